"""A call's audio without a call: buffers as measured on baresip-python 0.5.2a3, on a clock moved by hand."""

from __future__ import annotations

import math
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from baresip.errors import AudioNotActive, AudioRestarted

from hotline.call.audio import Clip
from hotline.call.events import CallEvent, PromptEnded
from hotline.telephony.media import MediaEngine, MediaLeg
from hotline.telephony.media.clips import LoadedClip, decode_clip
from hotline.telephony.media.wavfile import NotWav

FRAME = 0.02


class ManualClock:
    """Time moves when a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 2, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass(frozen=True)
class Info:
    tx_ready: bool = True
    rx_ready: bool = True
    tx_sample_rate: int = 8000
    tx_channels: int = 1
    rx_sample_rate: int = 8000
    rx_channels: int = 1
    tx_capacity: int = 32768


@dataclass(frozen=True)
class Stats:
    tx_buffered: int
    tx_flushed_bytes: int
    tx_starved_frames: int
    tx_high_water: int


class FakeStream:
    """The near end of a call. ``step`` is what the native threads do every 20 ms."""

    def __init__(self, *, ratio: int = 1, channels: int = 1) -> None:
        rate = 8000 * ratio
        self.format = Info(
            tx_sample_rate=rate, rx_sample_rate=rate, tx_channels=channels, rx_channels=channels
        )
        self.frame = 320 * ratio * channels
        self.active = True
        self.muted = False
        """Held by the far end: consumed, but not on the wire."""
        self.wire = bytearray()
        """Everything sent, silence included: the position is the time."""
        self.tx = bytearray()
        self.rx = bytearray()
        self.talk: Callable[[], bytes] | None = None
        """What the far end says in the next 20 ms (device format); None: it sends nothing."""
        self.flush_requested = False
        self.flushed = self.starved = self.high_water = 0
        self.epoch = 0
        self.just_before: dict[str, Callable[[], None]] = {}
        """Things that happen once, right before the named operation: races."""
        self.refused = 0
        """Bytes of the next write that are not taken."""
        self._bound: int | None = None

    def step(self) -> None:
        if not self.active:
            return
        if self.flush_requested:
            self.flushed += len(self.tx)
            self.tx.clear()
            self.flush_requested = False
        frame = bytes(self.tx[: self.frame])
        del self.tx[: self.frame]
        if 0 < len(frame) < self.frame:
            self.starved += 1
        self.wire += frame + bytes(self.frame - len(frame))
        if self.talk is not None:
            self.rx += self.talk()

    def restart(self, *, both: bool = True, **changed: int) -> None:
        """A re-INVITE replaced the streams; with ``both=False`` only the receiving one."""
        self.epoch += 1
        self.rx.clear()
        if both:
            self.tx.clear()
            self.flush_requested = False
            self.flushed = self.starved = self.high_water = 0
        self.format = replace(self.format, **changed)
        self.frame = 320 * self.format.tx_sample_rate // 8000 * self.format.tx_channels

    def info(self) -> Info:
        self._alive()
        self._bound = self.epoch
        return self.format

    def stats(self) -> Stats:
        self.just_before.pop("stats", bool)()
        self._alive()
        self._bound = self.epoch
        return Stats(len(self.tx), self.flushed, self.starved, self.high_water)

    def read(self, max_bytes: int) -> bytes:
        self.just_before.pop("read", bool)()
        self._checked()
        data = bytes(self.rx[:max_bytes])
        del self.rx[:max_bytes]
        return data

    def write(self, pcm: bytes) -> int:
        self.just_before.pop("write", bool)()
        self._checked()
        taken = min(len(pcm), self.format.tx_capacity - len(self.tx)) - self.refused
        self.refused = 0
        self.tx += pcm[:taken]
        self.high_water = max(self.high_water, len(self.tx))
        return taken

    def flush_tx(self) -> None:
        self.just_before.pop("flush_tx", bool)()
        self._checked()
        self.flush_requested = True

    def _alive(self) -> None:
        if not self.active:
            self._bound = None
            raise AudioNotActive("no audio")

    def _checked(self) -> None:
        self._alive()
        if self._bound is None:
            self._bound = self.epoch
        if self._bound != self.epoch:
            self._bound = None
            raise AudioRestarted("renegotiated")


class WallStream(FakeStream):
    """The same on the machine's clock: the native threads' steps are made up for at every use."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = time.monotonic()
        self._steps = 0

    def _alive(self) -> None:
        while self._steps < (time.monotonic() - self._begun) / FRAME - 1:
            self._steps += 1
            self.step()
        super()._alive()


class InlineLoader:
    """Loads at once, on the caller's thread; ``slow`` clips come when a test says so."""

    def __init__(self) -> None:
        self.missing = 0
        self.slow: dict[Path, tuple[LoadedClip, Callable[[], None]] | None] = {}

    def load(self, clip: Clip, when_done: Callable[[], None]) -> LoadedClip:
        loaded = LoadedClip(clip)
        if clip.path in self.slow:
            self.slow[clip.path] = (loaded, when_done)
            return loaded
        self._finish(loaded)
        return loaded

    def arrive(self, path: Path) -> None:
        waiting = self.slow.pop(path)
        assert waiting is not None
        loaded, when_done = waiting
        self._finish(loaded)
        when_done()

    def _finish(self, loaded: LoadedClip) -> None:
        try:
            loaded.pcm = decode_clip(loaded.clip)
        except (OSError, NotWav):
            self.missing += 1
        loaded.done = True

    def give_up(self, loaded: LoadedClip) -> None:
        self.missing += 1

    def stop(self) -> None:
        pass


class Line:
    """One call on an engine that is ticked by hand."""

    def __init__(self, exchange: Exchange, stream: FakeStream) -> None:
        self.stream = stream
        self.events: list[CallEvent] = []
        self.dated: list[tuple[float, CallEvent]] = []
        self._clock = exchange.clock
        self.leg: MediaLeg = exchange.engine.attach(stream, post=self._post)

    def _post(self, event: CallEvent) -> None:
        self.events.append(event)
        self.dated.append((self._clock.seconds, event))

    @property
    def ended(self) -> list[tuple[int, bool]]:
        """The playbacks that ended, and how."""
        return [(e.playback, e.completed) for e in self.events if isinstance(e, PromptEnded)]


class Exchange:
    """An engine, its clock and the lines on it."""

    def __init__(self, **options: object) -> None:
        self.clock = ManualClock()
        self.loader = InlineLoader()
        self.engine = MediaEngine(clock=self.clock, loader=self.loader, **options)  # type: ignore[arg-type]
        self.lines: list[Line] = []

    def line(self, *, ratio: int = 1, channels: int = 1) -> Line:
        line = Line(self, FakeStream(ratio=ratio, channels=channels))
        self.lines.append(line)
        return line

    def run(self, seconds: float) -> None:
        """Let 20 ms pass, again and again: native threads first, then the engine's tick."""
        for _ in range(round(seconds / FRAME)):
            self.clock.seconds += FRAME
            for line in self.lines:
                line.stream.step()
            self.engine.tick()


def sine(frequency: float, seconds: float, *, amplitude: int = 8000, rate: int = 8000) -> bytes:
    """PCM of a tone."""
    count = round(seconds * rate)
    step = 2 * math.pi * frequency / rate
    return struct.pack(f"<{count}h", *(round(amplitude * math.sin(step * n)) for n in range(count)))


def ramp(samples: int, first: int = 1) -> bytes:
    """Samples that are all different, so that one can be found: 1, 2, 3 …"""
    return struct.pack(f"<{samples}h", *((first + n - 1) % 32000 + 1 for n in range(samples)))


def samples(pcm: bytes) -> tuple[int, ...]:
    """The values of PCM."""
    return struct.unpack(f"<{len(pcm) // 2}h", pcm[: len(pcm) // 2 * 2])


def write_wav(
    path: Path, data: bytes, *, tag: int = 1, channels: int = 1, rate: int = 8000, tail: bytes = b""
) -> Path:
    """Write a WAV by hand; ``tail`` follows the sound (other chunks, or garbage)."""
    width = 2 if tag == 1 else 1
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * width, channels * width, 8 * width)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + len(tail)) + body + tail)
    return path
