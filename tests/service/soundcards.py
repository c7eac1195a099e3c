"""Sound cards for tests: a PulseAudio daemon of one's own with null sinks, reached through ALSA."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shutil
import struct
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import numpy as np
import pytest

RATE = 48_000
PLUGIN = Path("/usr/lib")
"""Where ALSA's plugins lie, in a folder named after the architecture."""
MISSING = [
    name
    for name, there in (
        ("pulseaudio", shutil.which("pulseaudio")),
        ("pulseaudio-utils", shutil.which("pactl")),
        ("libasound2-plugins", next(PLUGIN.glob("*/alsa-lib/libasound_module_pcm_pulse.so"), None)),
    )
    if not there
]
needs_soundcards = pytest.mark.skipif(
    bool(MISSING), reason=f"no sound cards can be made; apt-get install {' '.join(MISSING)}"
)
ASOUNDRC = """
pcm.headset { type pulse device "headset" }
pcm.mic { type pulse device "mic.monitor" }
pcm.loudspeaker { type pulse device "loudspeaker" }
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


class SoundCards:
    """What is plugged in; every card is a null sink, its monitor is what somebody there would hear."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._modules: dict[str, str] = {}

    async def plug(self, name: str) -> None:
        self._modules[name] = await self._run(
            "pactl", "load-module", "module-null-sink", f"sink_name={name}", f"rate={RATE}"
        )

    async def unplug(self, name: str) -> None:
        await self._run("pactl", "unload-module", self._modules.pop(name))

    async def prefer(self, name: str) -> None:
        """Make it the card of those who name none."""
        await self._run("pactl", "set-default-sink", name)

    @contextlib.asynccontextmanager
    async def tone_into(self, name: str, hz: float) -> AsyncIterator[None]:
        """Somebody hums into the card for as long as the block lasts."""
        process = await self._pipe("pacat", "--playback", f"--device={name}")
        assert process.stdin is not None
        stdin = process.stdin

        async def hum() -> None:
            position = 0
            with contextlib.suppress(ConnectionError):
                while True:
                    stdin.write(sine(hz, position, RATE // 10))
                    position += RATE // 10
                    await stdin.drain()

        humming = asyncio.ensure_future(hum())
        try:
            yield
        finally:
            humming.cancel()
            await asyncio.gather(humming, return_exceptions=True)
            process.kill()
            await process.wait()

    async def heard(self, name: str, hz: float, *, within: float = 10.0, least: float = 0.2) -> None:
        """Wait until a tone of ``hz`` is what the card plays."""
        process = await self._pipe("pacat", "--record", f"--device={name}.monitor", "--latency-msec=20")
        assert process.stdout is not None
        strongest = 0.0
        try:
            async with asyncio.timeout(within):
                while True:
                    block = np.frombuffer(await process.stdout.readexactly(RATE // 5 * 2), dtype=np.int16)
                    strongest = max(strongest, share(block, hz))
                    if share(block, hz) > least:
                        return
        except TimeoutError:
            raise AssertionError(f"{hz:.0f} Hz is not heard on {name}, at most {strongest:.2f}") from None
        finally:
            process.kill()
            await process.wait()

    async def _pipe(self, *command: str) -> asyncio.subprocess.Process:
        pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            *command, "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1",
            env=self.environment, stdin=pipe, stdout=pipe, stderr=quiet,
        )  # fmt: skip

    async def _run(self, *command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *command, env=self.environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode().strip()


@contextlib.asynccontextmanager
async def soundcards(*names: str) -> AsyncIterator[SoundCards]:
    """Run a sound server with these cards; the first is what people get who name none."""
    root = Path(tempfile.mkdtemp(prefix="cards-"))  # short: the server's socket lies in it
    try:
        (root / ".asoundrc").write_text(ASOUNDRC, encoding="utf-8")
        environment = os.environ | {
            "HOME": str(root), "XDG_RUNTIME_DIR": str(root), "PULSE_RUNTIME_PATH": str(root / "pulse"),
            "XDG_CONFIG_HOME": str(root / "config"),
        }  # fmt: skip
        for inherited in ("PULSE_SERVER", "PULSE_SINK", "PULSE_SOURCE", "ALSA_CONFIG_PATH"):
            environment.pop(inherited, None)
        server = await asyncio.create_subprocess_exec(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
            "--high-priority=no", "-L", "module-native-protocol-unix auth-anonymous=1",
            env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _answers(server, root / "pulse" / "native")
            cards = SoundCards(environment)
            for name in names:
                await cards.plug(name)
            yield cards
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.terminate()
            await server.wait()
    finally:
        shutil.rmtree(root, ignore_errors=True)


async def _answers(server: asyncio.subprocess.Process, path: Path) -> None:
    """Wait until connections are taken: its socket is there some time before."""
    async with asyncio.timeout(15):
        while True:
            assert server.returncode is None, "the sound server ended"
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(path)
                writer.close()
                return
            await asyncio.sleep(0.05)


def sine(hz: float, start: int, count: int, loudness: float = 0.4) -> bytes:
    """16-bit samples of a tone from sample ``start`` on."""
    values = [loudness * 32767 * math.sin(2 * math.pi * hz * n / RATE) for n in range(start, start + count)]
    return struct.pack(f"<{count}h", *(int(value) for value in values))


def share(block: np.ndarray, hz: float) -> float:
    """How much of a block's power is a tone of ``hz``; 0 for silence."""
    samples = block.astype(np.float64)
    power = float(np.sum(samples**2))
    if power < len(samples) * 100.0:
        return 0.0
    wave = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / RATE)
    return float(2 * np.abs(np.sum(samples * wave)) ** 2 / (len(samples) * power))
