"""``hotline headset`` as operators run it: a process, a sound server with cards, a hotline at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
import typer
from headsetpeer import CALLER_HZ, TOKEN, HeadsetPeer
from service import Service, free_port, running
from soundcards import RATE, SoundCards, needs_soundcards, share, soundcards
from typer.testing import CliRunner

from hotline.app.livefeed import follow
from hotline.call.audio import Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.ports import Call, DialOrder
from hotline.cli import operator_tokens
from hotline.headsets.protocol import CLOSED_TAKEN_OVER, Do, HangUp, Key, Mute, Over, PickUp
from hotline.settings import Account, Channels, Sip
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

pytestmark = [needs_soundcards, pytest.mark.timeout(120)]

OPERATOR_HZ = 440.0
HOTLINE = str(Path(sys.executable).with_name("hotline"))


class Headset:
    """One running ``hotline headset --plain``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._reading = asyncio.ensure_future(self._read())
        self._changed = asyncio.Condition()

    def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    async def line(self, text: str, *, within: float = 15.0) -> str:
        """Wait for a line with ``text`` in it; what was said before counts as well."""

        def found() -> str | None:
            return next((line for line in self.lines if text in line), None)

        try:
            async with asyncio.timeout(within), self._changed:
                await self._changed.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"“{text}” is not said; said: {self.lines}") from None
        line = found()
        assert line is not None
        return line

    async def ended(self, *, within: float = 15.0) -> int:
        async with asyncio.timeout(within):
            code = await self.process.wait()
            await self._reading
        return code

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            async with self._changed:
                self.lines.append(line.decode().rstrip())
                self._changed.notify_all()


@contextlib.asynccontextmanager
async def headset(cards: SoundCards, url: str, *options: str, token: str = TOKEN) -> AsyncIterator[Headset]:
    process = await asyncio.create_subprocess_exec(
        HOTLINE, "headset", "--plain", "--language", "en", "--url", url, *options,
        env=cards.environment | {"HOTLINE_TOKEN": token},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    running = Headset(process)
    try:
        yield running
    finally:
        await running.close()


@contextlib.asynccontextmanager
async def on_a_call(
    cards: SoundCards, peer: HeadsetPeer, *, output: str = "headset"
) -> AsyncIterator[Headset]:
    """A headset with a call that is up."""
    async with headset(
        cards, f"http://127.0.0.1:{peer.port}", "--input", "mic", "--output", output
    ) as running:
        await peer.connected(1)
        await peer.ring()
        await running.line("Incoming call")
        running.type("a")
        await peer.got(PickUp)
        await peer.connect()
        await running.line("Connected")
        yield running


async def test_operator_and_caller_hear_each_other() -> None:
    async with soundcards("headset", "mic") as cards, HeadsetPeer().serving() as peer, on_a_call(cards, peer):
        await cards.heard("headset", CALLER_HZ)
        async with cards.tone_into("mic", OPERATOR_HZ):
            await peer.hears(OPERATOR_HZ)


async def test_a_ringing_call_shows_its_card_and_rings_on_the_loudspeaker() -> None:
    async with soundcards("headset", "mic", "loudspeaker") as cards, HeadsetPeer().serving() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        devices = ("--input", "mic", "--output", "headset", "--ring", "loudspeaker")
        async with headset(cards, url, *devices) as running:
            await running.line("operator 8")
            await peer.connected(1)
            await peer.ring()
            line = await running.line("Incoming call")
            assert line == "Incoming call place 3-2-602 · about 投诉 · ticket T-1007 · times called 2"
            await cards.heard("loudspeaker", 880.0, least=0.1)


async def test_muted_the_caller_hears_silence_and_the_hotline_knows() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
        cards.tone_into("mic", OPERATOR_HZ),
    ):
        await peer.hears(OPERATOR_HZ)
        running.type("mute")
        await peer.got(Mute, on=True)
        await peer.hears(0)
        running.type("mute")
        await peer.got(Mute, on=False)
        await peer.hears(OPERATOR_HZ)


async def test_every_word_reaches_the_hotline() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
    ):
        for line in ("ready", "pause 午饭", "consult 602", "complete", "hold", "park", "s", "5", "key #"):
            running.type(line)
        await peer.got(Do, action="ready")
        await peer.got(Do, action="pause", reason="午饭")
        await peer.got(Do, action="consult", to="602")
        await peer.got(Do, action="complete")
        await peer.got(Do, action="hold")
        await peer.got(Do, action="park")
        await peer.got(Do, action="send", step="survey")
        await peer.got(Key, key="5")
        await peer.got(Key, key="#")
        running.type("h")
        await peer.got(HangUp)
        peer.call = None
        await peer.tell(Over(why="normal"))
        await running.line("The call is over")
        running.type("no-such-word")
        await running.line("“no-such-word” is not understood")


async def test_an_unplugged_headset_keeps_the_call_and_comes_back_by_itself() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
    ):
        await cards.heard("headset", CALLER_HZ)
        await cards.unplug("headset")
        await cards.unplug("mic")
        await running.line("earpiece “headset” is gone")
        await running.line("microphone “mic” is gone")
        await running.line("no earpiece works; the call goes on")
        assert await peer.blocks(3.0) > 75, "silence goes on"
        await cards.plug("headset")
        await cards.plug("mic")
        await cards.heard("headset", CALLER_HZ, within=20)
        async with cards.tone_into("mic", OPERATOR_HZ):
            await peer.hears(OPERATOR_HZ, within=20)
        assert peer.connections == peer.offers == 1, "the call was never touched"


async def test_where_the_sound_server_moves_the_sound_the_caller_is_heard_all_along() -> None:
    async with soundcards("loudspeaker", "headset", "mic") as cards, HeadsetPeer().serving() as peer:
        await cards.prefer("headset")
        async with on_a_call(cards, peer, output="pulse"):
            await cards.heard("headset", CALLER_HZ)
            await cards.unplug("headset")
            await cards.heard("loudspeaker", CALLER_HZ)
            await cards.plug("headset")
            await cards.heard("headset", CALLER_HZ)
            assert peer.connections == peer.offers == 1


async def test_a_headset_that_is_plugged_in_later_is_taken_then() -> None:
    async with (
        soundcards("loudspeaker", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
    ):
        await running.line("earpiece “headset” is not there, using default meanwhile")
        await cards.heard("loudspeaker", CALLER_HZ)
        await cards.plug("headset")
        await running.line("earpiece: headset")
        await cards.heard("headset", CALLER_HZ)


async def test_after_a_network_break_the_headset_connects_again_with_the_same_call() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
    ):
        await cards.heard("headset", CALLER_HZ)
        await peer.cut()
        await running.line("Connection lost")
        await peer.connected(2)
        await cards.heard("headset", CALLER_HZ)
        async with cards.tone_into("mic", OPERATOR_HZ):
            await peer.hears(OPERATOR_HZ)
        running.type("hold")
        await peer.got(Do, action="hold")


async def test_a_line_that_has_gone_quiet_counts_as_broken() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        on_a_call(cards, peer) as running,
    ):
        peer.silent = True
        await running.line("Connection lost", within=15)
        peer.silent = False
        await peer.connected(2)
        await cards.heard("headset", CALLER_HZ)


async def test_a_line_taken_over_ends_with_a_sentence() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        headset(cards, f"http://127.0.0.1:{peer.port}") as running,
    ):
        await peer.connected(1)
        await peer.cut(CLOSED_TAKEN_OVER)
        assert await running.ended() == 3
        await running.line("taken over by another headset")
        assert peer.connections == 1


async def test_quitting_signs_out_and_a_refusal_keeps_the_operator() -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        headset(cards, f"http://127.0.0.1:{peer.port}") as running,
    ):
        await peer.connected(1)
        peer.refuse["sign_out"] = "There is a caller on the line."
        running.type("quit")
        await running.line("There is a caller on the line.")
        await running.line("Once more to quit")
        peer.refuse.clear()
        running.type("quit")
        assert await running.ended() == 0


async def test_a_signed_out_operator_is_signed_in() -> None:
    async with soundcards("headset", "mic") as cards, HeadsetPeer().serving() as peer:
        peer.presence = "signed_out"
        async with headset(cards, f"http://127.0.0.1:{peer.port}"):
            await peer.got(Do, action="sign_in", line="headset:8")


@pytest.mark.parametrize("input_ended", [False, True])
async def test_a_wrong_token_is_said_with_its_remedy(input_ended: bool) -> None:
    async with (
        soundcards("headset", "mic") as cards,
        HeadsetPeer().serving() as peer,
        headset(cards, f"http://127.0.0.1:{peer.port}", token="old") as running,
    ):
        if input_ended:
            assert running.process.stdin is not None
            running.process.stdin.close()
        assert await running.ended() == 2
        assert await running.line("ask the administrator")
        assert "old" not in " ".join(running.lines)


async def test_a_certificate_of_an_unknown_authority_is_refused_and_its_file_accepted(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*await certificate(tmp_path))
    async with soundcards("headset", "mic") as cards, HeadsetPeer().serving(tls) as peer:
        url = f"https://localhost:{peer.port}"
        async with headset(cards, url) as running:
            assert await running.ended() == 2
            await running.line("--ca")
        async with headset(cards, url, "--ca", str(tmp_path / "cert.pem")):
            await peer.connected(1)


async def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    process = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0
    return cert, key


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (("--url", "ftp://hotline"), 2, "http(s)://HOST:PORT"),
        (("--url", "http://127.0.0.1:1"), 3, "check the network"),
        (("--url", "https://127.0.0.1:1", "--ca", "/no/such/file"), 2, "PEM"),
        (("--url", "http://127.0.0.1:1", "--input", "no such"), 2, "--list-devices"),
        (("--url", "http://127.0.0.1:1", "--output", "e"), 2, "may be"),
    ],
)
async def test_what_cannot_work_is_said_in_one_sentence(
    options: tuple[str, ...], code: int, sentence: str
) -> None:
    async with soundcards("headset", "mic") as cards, headset(cards, *options[1:2], *options[2:]) as running:
        assert await running.ended() == code
        await running.line(sentence)
        assert "Traceback" not in " ".join(running.lines)


async def test_without_a_sound_server_it_is_said_how_to_start_one() -> None:
    async with soundcards() as cards:
        environment = cards.environment | {
            "PULSE_RUNTIME_PATH": "/nonexistent",
            "XDG_RUNTIME_DIR": "/nonexistent",
        }
        async with headset(SoundCards(environment), "http://127.0.0.1:1") as running:
            assert await running.ended() == 3
            await running.line("start one")


async def test_the_level_test_says_whether_the_microphone_works_and_plays_it_back() -> None:
    async with soundcards("headset", "mic") as cards:
        devices = ("--test", "--input", "mic", "--output", "headset")
        async with headset(cards, "", *devices) as running:
            assert await running.ended(within=45) == 0
            await running.line("The microphone “mic” is silent")
        async with cards.tone_into("mic", OPERATOR_HZ), headset(cards, "", *devices) as running:
            await running.line("Playing it back")
            await cards.heard("headset", OPERATOR_HZ)
            assert await running.ended(within=45) == 0
            await running.line("dB: ")


async def test_chosen_devices_are_remembered() -> None:
    async with soundcards("headset", "mic") as cards, HeadsetPeer().serving() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        async with headset(cards, url, "--input", "mic", "--output", "headset"):
            await peer.connected(1)
        kept = Path(cards.environment["XDG_CONFIG_HOME"]) / "hotline" / "headset.json"
        assert json.loads(kept.read_text()) == {"input": "mic", "output": "headset", "ring": ""}
        async with headset(cards, url) as running:
            await running.line("microphone: mic")
            await running.line("earpiece: headset")


OPERATORS = """operators:
  - {number: "8", name: 李静, line: "headset:8"}
queues:
  main: {strategy: longest_idle, ring: 15, accept_key: false, longest_wait: 60}
"""


def strength(call: Call, hz: float) -> Callable[[], Awaitable[float]]:
    """How much of what a telephone hears now is a tone of ``hz``."""

    async def listen() -> float:
        loop, frames, done = asyncio.get_running_loop(), bytearray(), asyncio.Event()

        def sink(frame: bytes) -> None:
            frames.extend(frame)
            if len(frames) >= 2 * 8000 // 4:
                loop.call_soon_threadsafe(done.set)

        call.tap(sink)
        try:
            async with asyncio.timeout(5):
                await done.wait()
        finally:
            call.untap(sink)
        samples = np.frombuffer(bytes(frames), dtype=np.int16)
        return share(samples, hz * RATE / 8000)

    return listen


@contextlib.asynccontextmanager
async def caller_of(service: Service) -> AsyncIterator[Call]:
    """Somebody calls the hotline with a telephone of their own."""
    port, clock = free_port(), SystemClock()
    media = MediaEngine(clock=clock)
    account = Account(name="caller", user="13900002222", domain=f"127.0.0.1:{service.sip}", register_every=0)
    sip = Sip(
        listen=f"127.0.0.1:{port}", rtp_ports=f"{port + 2}-{port + 40}",
        channels=Channels(total=4, reserved_outgoing=1, reserved_emergency=0), accounts=(account,),
    )  # fmt: skip
    telephony = SipTelephony(sip, clock, media)
    media.start()
    try:
        await telephony.start()
        order = DialOrder(
            to="hotline", linkedid="", purpose="test", caller_id="13900002222", account="caller"
        )
        call = await telephony.dial(order)
        try:
            yield call
        finally:
            await call.hangup()
    finally:
        await telephony.close()
        media.stop()


async def reached(service: Service, step: str, *, within: float) -> None:
    """Wait until the caller hears a step of the menu."""
    async with asyncio.timeout(within):
        async for event in follow(service.home / "run"):
            if event.get("event") == "MENU" and event["detail"].get("step") == step:
                return


async def token_of_operator(home: Path, number: str) -> str:
    command = typer.Typer()
    command.command()(operator_tokens.token)
    made = await asyncio.to_thread(CliRunner().invoke, command, [number, "--home", str(home), "--json"])
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["token"])


async def test_a_caller_of_the_real_hotline_talks_with_the_operator_at_the_sound_card(tmp_path: Path) -> None:
    async with (
        soundcards("headset", "mic") as cards,
        running(tmp_path, roles="calls,web,headsets") as service,
    ):
        (tmp_path / "config" / "operators.yaml").write_text(OPERATORS, encoding="utf-8")
        token = await token_of_operator(tmp_path, "8")
        url, devices = f"http://127.0.0.1:{service.http}", ("--input", "mic", "--output", "headset")
        async with headset(cards, url, *devices, token=token) as operator:
            await operator.line("State paused", within=30)
            operator.type("ready")
            await operator.line("State ready", within=30)
            async with caller_of(service) as call:
                await reached(service, "main", within=60)
                await call.send_digits("0")
                await operator.line("Incoming call", within=60)
                operator.type("a")
                await operator.line("Connected", within=20)
                call.play([Tone(ToneName.BEEP, 20.0)], repeat=True)
                await cards.heard("headset", 1000.0, within=30)
                async with cards.tone_into("mic", OPERATOR_HZ), asyncio.timeout(30):
                    while await strength(call, OPERATOR_HZ)() < 0.5:
                        await asyncio.sleep(0.1)
            await operator.line("The call is over", within=20)
