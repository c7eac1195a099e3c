"""An operator's office: the web site, the gateway, the headsets' line and a real Chromium, on loopback."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import socket
import struct
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.accounts.sessions import Sessions
from hotline.accounts.tokens import Tokens
from hotline.call.clock import SystemClock
from hotline.call.errors import OperatorRefused
from hotline.call.events import CallEvent
from hotline.call.ports import Call, DialOrder
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.headsets.gateway import Gateway
from hotline.telephony.headsets import HeadsetLine
from hotline.telephony.legs import NoLegSink
from hotline.telephony.media import MediaEngine
from hotline.web import headsetsite
from hotline.web.admitted import Admitted
from hotline.web.api.guard import Guard
from hotline.web.headsetparts import DeskNews, HeadsetParts

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 20.0
SPOKEN = 1000
"""Hertz of the tone in front of the browser's microphone."""
CARD = {
    "place": "三号楼602", "topic": "漏水", "name": "王女士", "caller": "13800001111", "times": "2",
    "ticket": "T-1042", "queue": "service", "waited": "14",
}  # fmt: skip


class FakeDesk:
    """Keeps an operator's presence, as the desk would; tells the page of every change."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {
            "operator": "8", "estate": "", "name": "李静", "presence": "signed_out", "since": None,
            "reason": "", "queues": [{"queue": "service", "waiting": 2}, {"queue": "fees", "waiting": 0}],
        }  # fmt: skip
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def command(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        assert name == "operators"
        assert args.pop("operator") == "8"
        action = args.pop("action")
        args.pop("estate")
        self.done.append((action, args))
        match action:
            case "ready":
                self.change(presence="ready", reason="")
            case "pause":
                self.change(presence="paused", reason=args["reason"])
            case "sign_in":
                self.change(presence="paused", reason="")
            case "hold" | "resume":
                self.change(held=action == "hold")
            case "blind":
                raise OperatorRefused("You may not transfer without asking.", code="not-now")
            case "overview":
                people = [("8", "李静", "talking"), ("9", "王强", "ready"), ("12", "赵敏", "talking")]
                names = ("number", "name", "presence")
                return {"operators": [dict(zip(names, one, strict=True)) for one in people]}
        return dict(self.state)

    def change(self, **facts: Any) -> None:
        self.state |= facts
        self.news.put_nowait({"type": "desk", "operator": "8", "estate": "", "state": dict(self.state)})

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            yield await self.news.get()


class CutableRelay:
    """TCP between browser and site that can be cut like a network: what is open breaks."""

    def __init__(self) -> None:
        self.port = free_port()
        self.site_port = free_port()
        self._cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    def cut(self) -> None:
        self._cut = True
        for writer in tuple(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self._cut = False

    def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            writer.transport.abort()
            return
        there_reader, there = await asyncio.open_connection("127.0.0.1", self.site_port)
        self._writers |= {writer, there}
        try:
            await asyncio.gather(_pump(reader, there), _pump(there_reader, writer))
        finally:
            self._writers -= {writer, there}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while block := await reader.read(65536):
            writer.write(block)
    except ConnectionError:
        pass
    finally:
        writer.close()


class Office:
    """Everything but the browser."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.media = MediaEngine(clock=self.clock)
        self.line = HeadsetLine(folder, self.clock, self.media, legs=NoLegSink(), ring_cycle=5.0)
        self.gateway = Gateway(folder, self.clock, addresses=["127.0.0.1"])
        self.desk = FakeDesk()
        self.relay = CutableRelay()
        upgrade(f"sqlite:///{folder / 'hotline.db'}")
        self.db = Database(f"sqlite:///{folder / 'hotline.db'}", clock=self.clock)
        self.folder = folder

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.relay.port}/headset"

    def token(self, name: str = "operator:8") -> str:
        with self.db.transaction() as session:
            issued = tokens.create(session, name=name, scopes=[Scope.DESK], by="root", at=self.clock.now())
        return issued.token

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Self]:
        office = cls(folder)
        office.media.start()
        await office.line.start()
        await office.relay.start()
        server = uvicorn.Server(office._site())
        news = office._parts.news
        running = [
            asyncio.create_task(office.gateway.run()),
            asyncio.create_task(server.serve()),
            asyncio.create_task(news.run()),
        ]
        await office.gateway.serving.wait()
        try:
            yield office
        finally:
            office.relay.close()
            server.should_exit = True
            await asyncio.wait(running[1:2], timeout=10)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await office.line.close()
            await asyncio.to_thread(office.media.stop)
            await office.db.aclose()

    def _site(self) -> uvicorn.Config:
        from fastapi import FastAPI

        site = FastAPI()
        self._parts = HeadsetParts(
            run=self.folder,
            clock=self.clock,
            command=self.desk.command,
            news=DeskNews(self.desk.follow, self.clock),
        )
        site.state.headsets = self._parts
        site.state.guard = Guard(
            Tokens(self.db, clock=self.clock), self.clock, Sessions(self.db, clock=self.clock)
        )
        site.state.admitted = Admitted(self.db, self.clock)
        site.include_router(headsetsite.router)
        return uvicorn.Config(
            site, host="127.0.0.1", port=self.relay.site_port, log_config=None, timeout_graceful_shutdown=2
        )

    def order(self, **more: Any) -> DialOrder:
        facts: dict[str, Any] = {
            "to": "headset:8", "linkedid": "c" * 32, "purpose": "operator", "estate": "default",
            "timeout": 15.0, "notice_silence": 1.5, "card": CARD,
        }  # fmt: skip
        return DialOrder(**(facts | more))


@asynccontextmanager
async def chromium(
    folder: Path, *, url: str, allowed: bool = True, hertz: int = SPOKEN
) -> AsyncIterator[Page]:
    """A browser before whose microphone a tone sounds; without ``allowed`` it may not use it."""
    spoken = folder / f"tone-{hertz}.wav"
    write_tone(spoken, hertz)
    flags = [
        "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={spoken}",
        "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--autoplay-policy=no-user-gesture-required", "--no-proxy-server", "--disable-gpu",
    ]  # fmt: skip
    flags += [] if allowed else ["--deny-permission-prompts"]
    flags += ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = await browser.new_context(
            viewport={"width": 1366, "height": 768}, permissions=["microphone"] if allowed else []
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        await page.goto(url)
        yield page
        await browser.close()


async def sign_in(page: Page, token: str) -> None:
    await page.fill("#token", token)
    await page.click("#enter button")
    await page.wait_for_selector("body[data-line=up]")


async def ready(page: Page) -> None:
    await page.click("#ready")
    await page.wait_for_selector("body[data-sound=up]")


async def picked_up(office: Office, page: Page) -> Call:
    """A call that the operator took with a click."""
    async with asyncio.timeout(PATIENCE):
        while not office.line.present("8", "default"):
            await asyncio.sleep(0.02)
    dialling = asyncio.create_task(office.line.dial(office.order()))
    await page.wait_for_selector("body[data-call=ringing]")
    await page.click("#pick-up")
    call = await dialling
    await page.wait_for_selector("body[data-call=talking]")
    return call


async def event_of(call: Call, kind: type[CallEvent]) -> CallEvent:
    async with asyncio.timeout(PATIENCE):
        while not isinstance(event := await call.next_event(), kind):
            pass
        return event


async def heard_by(call: Call, seconds: float) -> bytes:
    """What the hotline hears of the browser in the next seconds."""
    loop, frames, done = asyncio.get_running_loop(), [], asyncio.Event()

    def sink(frame: bytes) -> None:
        frames.append(frame)
        if len(frames) * 0.02 >= seconds:
            loop.call_soon_threadsafe(done.set)

    call.tap(sink)
    async with asyncio.timeout(PATIENCE):
        await done.wait()
    call.untap(sink)
    return b"".join(frames)


async def hears(call: Call, hertz: float) -> None:
    """Wait until the hotline hears a tone of the browser; its beginning is uneven, and it has pauses."""
    async with asyncio.timeout(PATIENCE):
        while strength(await heard_by(call, 0.4), hertz) < 0.8:
            pass


HEARD = """async (hertz) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(document.getElementById("heard").srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const width = context.sampleRate / analyser.fftSize;
  for (let look = 0; look < 150; look++) {
    await new Promise((done) => setTimeout(done, 100));
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    if (bins[loudest] > -50 && Math.abs(loudest * width - hertz) < 2 * width) {
      await context.close();
      return bins[loudest];
    }
  }
  return null;
}"""
"""Waits until a tone is the loudest thing in what the browser hears; returns its level in dB."""


def write_tone(path: Path, hertz: int, seconds: int = 4) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        samples = (round(9000 * math.sin(2 * math.pi * hertz * n / 48000)) for n in range(48000 * seconds))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


def strength(pcm: bytes, hertz: float) -> float:
    """Return which share of the sound's energy is a tone of ``hertz``, 0 to 1."""
    samples = struct.unpack(f"={len(pcm) // 2}h", pcm)
    energy = sum(s * s for s in samples)
    if not energy:
        return 0.0
    angle = 2 * math.pi * hertz / 8000
    real = sum(s * math.cos(angle * n) for n, s in enumerate(samples))
    imaginary = sum(s * math.sin(angle * n) for n, s in enumerate(samples))
    return 2 * (real * real + imaginary * imaginary) / len(samples) / energy


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not there():
            await asyncio.sleep(0.02)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def there() -> bool:
    return shutil.which("chromium") is not None
