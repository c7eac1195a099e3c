"""Real SIP peers from Debian as processes with deadlines: sipp, baresip, linphonec."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import signal
import socket
import struct
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).parent / "scenarios"
HOST = "127.0.0.1"


def free_port(*, pair: bool = False) -> int:
    """A port free for UDP and TCP, outside the ephemeral range; ``pair``: the next one too."""
    for _ in range(200):
        port = random.randrange(10_000, 30_000, 2)
        try:
            for candidate in (port, port + 1) if pair else (port,):
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(socket.AF_INET, kind) as sock:
                        sock.bind((HOST, candidate))
        except OSError:
            continue
        return port
    raise RuntimeError("no free port")


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end, then make it."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), 1.5)
    except TimeoutError:
        process.kill()
        await process.wait()


class Sipp:
    """One sipp run: a scenario, one call unless told otherwise."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder

    @classmethod
    async def start(
        cls,
        scenario: str,
        target: int | None,
        folder: Path,
        *,
        service: str = "95001",
        calls: int = 1,
        rate: int = 10,
        replace: dict[str, str] | None = None,
        extra: Sequence[str] = (),
        source: str = HOST,
        port: int | None = None,
    ) -> Sipp:
        text = (SCENARIOS / f"{scenario}.xml").read_text()
        for mark, value in (replace or {}).items():
            text = text.replace(mark, value)
        script = folder / f"{scenario}-{random.randrange(10**9)}.xml"
        script.write_text(text)
        where = [f"{HOST}:{target}"] if target is not None else []
        process = await asyncio.create_subprocess_exec(
            "sipp", *where, "-sf", str(script), "-s", service, "-m", str(calls), "-r", str(rate),
            "-i", source, "-mi", source, "-p", str(port or free_port()), "-mp", str(free_port(pair=True)),
            "-nostdin", "-timeout", "15", "-timeout_error", "-trace_err",
            "-error_file", str(script.with_suffix(".err")), *extra,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
        )  # fmt: skip
        return cls(process, script.with_suffix(".err"))

    async def done(self, within: float = 12.0) -> None:
        """Wait for the scenario's end; fails with sipp's own words when it did not go as written."""
        try:
            code = await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            await end(self._process)
            raise AssertionError(f"sipp did not end: {self.errors()}") from None
        assert code == 0, f"sipp ended with {code}: {self.errors()}"

    def errors(self) -> str:
        return self._folder.read_text() if self._folder.exists() else ""

    async def end(self) -> None:
        await end(self._process)


_BARESIP_CONFIG = """
sip_listen {host}:{port}
{certificate}
call_max_calls 4
audio_player aubridge,peer
audio_source aufile,{sound}
audio_alert aubridge,alert
ausrc_srate 8000
ausrc_channels 1
rtp_ports {rtp}-{rtp_end}
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module opus.so
module aubridge.so
module aufile.so
module srtp.so
{dump}
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
module_app cons.so
cons_listen {host}:{keys}
ctrl_tcp_listen {host}:{control}
"""


def write_tone(path: Path, *, frequency: int = 400) -> Path:
    """Twenty seconds of a quiet tone: a telephone sends neither sound nor keys without a source."""
    length = 8000 // frequency
    period = [round(2000 * math.sin(2 * math.pi * step / length)) for step in range(length)]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(struct.pack(f"<{length}h", *period) * (160_000 // length))
    return path


class Baresip:
    """Debian's baresip, driven over its control port (JSON in netstrings)."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        port: int,
        keys: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        folder: Path,
    ) -> None:
        self.port = port
        self._folder = folder
        self._process = process
        self._reader = reader
        self._writer = writer
        self._keys = keys

    @classmethod
    async def start(
        cls,
        folder: Path,
        *,
        account: str = "",
        answer: str = "auto",
        transport: str = "udp",
        certificate: Path | None = None,
        registers: str = "",
    ) -> Baresip:
        """``registers``: ``USER@HOST:PORT``, its address-of-record at an exchange."""
        folder = folder / f"baresip-{random.randrange(10**9)}"
        folder.mkdir()
        port, control, keys, rtp = free_port(pair=True), free_port(), free_port(), free_port(pair=True)
        write_tone(folder / "tone.wav")
        (folder / "config").write_text(
            _BARESIP_CONFIG.format(
                host=HOST, port=port, control=control, keys=keys, rtp=rtp, rtp_end=rtp + 20,
                certificate=f"sip_certificate {certificate}" if certificate else "",
                sound=folder / "tone.wav",
                dump=f"module sndfile.so\nsnd_path {folder}" if registers else "",
            )
        )  # fmt: skip
        address = registers or f"peer@{HOST}:{port}"
        every = 60 if registers else 0
        (folder / "accounts").write_text(
            f"<sip:{address};transport={transport}>;regint={every};auth_pass=none;answermode={answer};{account}\n"
        )
        (folder / "contacts").write_text("")
        process = await asyncio.create_subprocess_exec(
            "baresip", "-4", "-n", HOST, "-f", str(folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=(folder / "out").open("wb"),
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        for _ in range(100):
            try:
                reader, writer = await asyncio.open_connection(HOST, control)
                return cls(process, port, keys, reader, writer, folder)
            except OSError:
                await asyncio.sleep(0.05)
        await end(process)
        raise AssertionError(f"baresip did not start: {(folder / 'out').read_text()}")

    async def command(self, command: str, params: str = "") -> None:
        body = json.dumps({"command": command, "params": params}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        await self._writer.drain()

    def press(self, key: str) -> None:
        """Press a key on its console: it is sent as an RFC 4733 event of normal length."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(key.encode(), (HOST, self._keys))

    async def event(self, kind: str, within: float = 6.0) -> dict[str, Any]:
        """Wait for an event of that type (``CALL_ESTABLISHED`` …)."""
        async with asyncio.timeout(within):
            while True:
                length = int((await self._reader.readuntil(b":"))[:-1])
                message = json.loads((await self._reader.readexactly(length + 1))[:-1])
                if message.get("type") == kind:
                    return dict(message)

    def heard(self) -> bytes:
        """What it heard in its calls so far: PCM, 8 kHz mono (only of a telephone that registers)."""
        found = sorted(self._folder.glob("dump-*-dec.wav"))
        return b"".join(file.read_bytes()[44:] for file in found)

    def freeze(self) -> None:
        """Cut its network: nothing comes from it until :meth:`thaw`."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Connect it again."""
        self._process.send_signal(signal.SIGCONT)

    async def vanish(self) -> None:
        """Pull its plug: it says nothing any more, not even BYE."""
        self._process.kill()
        await self._process.wait()

    async def end(self) -> None:
        self._writer.close()
        await end(self._process)


class Linphone:
    """Debian's linphonec, driven over its standard input."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, screen: Path) -> None:
        self.port = port
        self._process = process
        self._screen = screen

    @classmethod
    async def start(cls, folder: Path, *, registers: str = "", sound: Path | None = None) -> Linphone:
        """``registers``: ``USER@HOST:PORT``; ``sound``: a WAV it speaks with, else it is silent."""
        folder = folder / f"linphone-{random.randrange(10**9)}"
        # Without a place for its database it neither registers nor takes calls.
        (folder / ".local/share/linphone").mkdir(parents=True)
        port, rtp = free_port(), free_port(pair=True)
        user, _, registrar = registers.partition("@")
        user = user or "peer"
        config = folder / "linphonerc"
        config.write_text(
            # Without network monitoring it binds to loopback even where there is no network, but it
            # registers only with it.
            f"[sip]\nauto_net_state_mon={1 if registers else 0}\nbind_address={HOST}\nsip_port={port}\n"
            f"sip_tcp_port=0\nsip_tls_port=0\ncontact=sip:{user}@{HOST}\n[rtp]\nbind_address={HOST}\naudio_rtp_port={rtp}\n"
            "[sound]\nplayback_dev_id=none\ncapture_dev_id=none\nringer_dev_id=none\n"
        )
        process = await asyncio.create_subprocess_exec(
            "linphonec", "-c", str(config),
            stdin=asyncio.subprocess.PIPE,
            stdout=(folder / "linphone.out").open("wb"),
            stderr=asyncio.subprocess.STDOUT,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        peer = cls(process, port, folder / "linphone.out")
        await peer.command("ipv6 disable")
        if sound is not None:
            await peer.command("soundcard use files")
            await peer.command(f"play {sound}")
        if registers:
            await peer.command(f"register sip:{registers} sip:{registrar} none")
        for _ in range(100):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                try:
                    sock.bind((HOST, port))
                except OSError:
                    return peer
            await asyncio.sleep(0.05)
        raise AssertionError(f"linphonec did not start: {(folder / 'linphone.out').read_text()}")

    def said(self, text: str) -> bool:
        """Whether it wrote that on its screen."""
        return text in self._screen.read_text(errors="replace")

    async def command(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def end(self) -> None:
        await end(self._process)


@contextlib.asynccontextmanager
async def ended(peer: Any) -> AsyncIterator[Any]:
    """Use a peer and see to its end."""
    try:
        yield peer
    finally:
        await peer.end()
