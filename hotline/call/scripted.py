"""A :class:`~hotline.call.ports.Call` without a telephone, for virtual time.

Menu scenarios, the terminal simulator and tests drive the far end with ``far_…`` methods and look
at what was played. Sound takes the time ``seconds_of`` says; nothing is really heard.
"""

from __future__ import annotations

import asyncio
import wave
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hotline.call.audio import Clip, Playable, Silence, Tone
from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.events import (
    Answered,
    BridgeEnded,
    CallEvent,
    Digit,
    HangupBy,
    Held,
    HungUp,
    Interrupted,
    PromptEnded,
    Restored,
    Resumed,
    TransferAsked,
)
from hotline.call.ports import Call, LegFacts, LegReport, PcmSink

RING_CYCLE = 5.0
"""Seconds of one ring: DOMAIN section 2."""
SecondsOf = Callable[[Playable], float]


@dataclass(slots=True)
class Heard:
    """One playable as the far end heard it; ``ended`` is ``None`` while it sounds or when cut off."""

    item: Playable
    began: float
    ended: float | None = None
    cut: bool = False


@dataclass(slots=True)
class _Playback:
    number: int
    items: list[Playable]
    repeat: bool


class ScriptedCall:
    """One leg on the running loop's time; make it inside a running loop."""

    def __init__(self, facts: LegFacts, clock: Clock, *, seconds_of: SecondsOf | None = None) -> None:
        """A leg that has just begun to ring."""
        self._facts = facts
        self._clock = clock
        self._seconds_of = seconds_of or sound_seconds
        self._events: asyncio.Queue[CallEvent] = asyncio.Queue()
        self._queue: deque[_Playback] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._sounding = False
        self._playbacks = 0
        self._answered_at: datetime | None = None
        self._ended_at: datetime | None = None
        self._hungup: HungUp | None = None
        self._recording: Path | None = None
        self._recording_since = 0.0
        self._unrecorded = False
        self._hears: tuple[ScriptedCall, ...] = ()
        self._heard_by: list[ScriptedCall] = []
        self.transfer: bool | None = None
        """What the far end's wish to transfer was answered with."""
        self._sinks: list[PcmSink] = []
        self._disposition = "NO ANSWER"
        self.heard: list[Heard] = []
        """Everything the far end was played, in order."""
        self.keys_sent = ""
        """Keys pressed towards the far end."""
        self.changed = asyncio.Event()
        """Set whenever something was played, cut or ended: who waits clears it first."""

    # --- the far end ---------------------------------------------------------------------------

    def far_presses(self, keys: str) -> None:
        """Press keys, one right after the other."""
        for key in keys:
            self.post(Digit(key=key))

    def far_hangs_up(self) -> None:
        """Hang up, or give up while it rings."""
        cause = "normal" if self.answered else "cancelled"
        self._end(HangupBy.FAR, cause, "ANSWERED" if self.answered else "CANCELLED")

    def far_answers(self) -> None:
        """Answer an outgoing leg."""
        if not self.answered and not self.over:
            self._answered_at = self._clock.now()
            self._disposition = "ANSWERED"
            self.post(Answered())

    def far_holds(self) -> None:
        """Put us on hold."""
        self.post(Held())

    def far_resumes(self) -> None:
        """Take us off hold."""
        self.post(Resumed())

    def far_falls_silent(self) -> None:
        """The network is cut, or the browser closed."""
        self.post(Interrupted())

    def far_is_back(self) -> None:
        """Sound comes again."""
        self.post(Restored())

    def far_transfers(self, to: str, *, replaces: str = "") -> None:
        """Press the telephone's own transfer key."""
        self.post(TransferAsked(to=to, replaces=replaces))

    # --- the port ------------------------------------------------------------------------------

    @property
    def facts(self) -> LegFacts:
        """What the INVITE said."""
        return self._facts

    @property
    def answered(self) -> bool:
        """True once it was answered, also afterwards."""
        return self._answered_at is not None

    @property
    def over(self) -> bool:
        """True once it has ended."""
        return self._hungup is not None

    @property
    def bridged_with(self) -> ScriptedCall | None:
        """The leg it is connected with, if it is exactly one and both ways."""
        return self._hears[0] if len(self._hears) == 1 and self in self._hears[0].hears else None

    @property
    def hears(self) -> tuple[ScriptedCall, ...]:
        """The legs whose sound it gets."""
        return self._hears

    async def next_event(self) -> CallEvent:
        """Return the next event in order."""
        if self.over and self._events.empty():
            raise CallGone("the call is over")
        return await self._events.get()

    def post(self, event: CallEvent) -> None:
        """Put an event into the queue; nothing comes after ``HungUp``."""
        if not self.over or isinstance(event, HungUp):
            self._events.put_nowait(event)

    async def answer(self) -> None:
        """Answer an incoming leg."""
        self._must_live()
        self.far_answers()

    async def refuse(self) -> None:
        """Refuse an incoming leg as busy."""
        self._must_live()
        self._end(HangupBy.NEAR, "busy", "BUSY")

    async def hangup(self, cause: str = "normal") -> None:
        """End the leg."""
        if not self.over:
            self._end(HangupBy.NEAR, cause, "ANSWERED" if self.answered else self._disposition)

    def play(self, items: Sequence[Playable], *, repeat: bool = False) -> int:
        """Queue ``items``."""
        self._playbacks += 1
        number = self._playbacks
        if self.over:
            return number
        self._queue.append(_Playback(number, list(items), repeat))
        if not self._sounding:
            self._go_on()
        return number

    def stop_playing(self) -> None:
        """Silence at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sounding = False
        if self.heard and self.heard[-1].ended is None and not self.heard[-1].cut:
            self.heard[-1].cut = True
        stopped, self._queue = self._queue, deque()
        for playback in stopped:
            self.post(PromptEnded(playback=playback.number, completed=False))
        self.changed.set()

    def start_recording(self, path: Path) -> None:
        """Pretend to record: positions are right, the file is not written."""
        if self._unrecorded:
            return
        self._recording = path
        self._recording_since = self._clock.monotonic()

    def discard_recording(self) -> None:
        """Delete the recording and allow no other."""
        self._recording, self._unrecorded = None, True

    @property
    def recording(self) -> Path | None:
        """The file that would be written."""
        return self._recording

    @property
    def recorded_seconds(self) -> float:
        """Seconds since recording began."""
        return 0.0 if self._recording is None else self._clock.monotonic() - self._recording_since

    def tap(self, sink: PcmSink) -> None:
        """Remember the sink; there is no sound to hand on."""
        self._sinks.append(sink)

    def untap(self, sink: PcmSink) -> None:
        """Forget the sink."""
        if sink in self._sinks:
            self._sinks.remove(sink)

    async def bridge(self, other: Call) -> None:
        """Connect with another scripted leg."""
        await self.unbridge()
        await other.unbridge()
        await self.hear(other)
        await other.hear(self)

    async def unbridge(self) -> None:
        """Hear nobody and be heard by nobody."""
        for listener in tuple(self._heard_by):
            listener._listen_to(*(one for one in listener.hears if one is not self))
        self._listen_to()

    async def hear(self, *others: Call) -> None:
        """Hear exactly ``others`` from now on."""
        self._must_live()
        scripted = [other for other in others if isinstance(other, ScriptedCall)]
        if len(scripted) < len(others):
            raise TypeError("a scripted call hears scripted calls")
        for other in scripted:
            other._must_live()
        self.stop_playing()
        self._listen_to(*scripted)

    def _listen_to(self, *others: ScriptedCall) -> None:
        for other in self._hears:
            other._heard_by.remove(self)
        self._hears = others
        for other in others:
            other._heard_by.append(self)
        self.changed.set()

    async def settle_transfer(self, *, accepted: bool) -> None:
        """Answer the far end's wish."""
        self.transfer = accepted

    async def send_digits(self, keys: str) -> None:
        """Press keys towards the far end."""
        self._must_live()
        self.keys_sent += keys

    def report(self) -> LegReport:
        """What became of the leg."""
        offered, ended = self._facts.offered_at, self._ended_at or self._clock.now()
        rang = ((self._answered_at or ended) - offered).total_seconds()
        hungup = self._hungup or HungUp(by=HangupBy.NETWORK, cause="lost")
        return LegReport(
            answered_at=self._answered_at,
            ended_at=ended,
            ring_seconds=rang,
            rings=int(rang / RING_CYCLE) + 1,
            disposition=self._disposition,
            hangup_by=hungup.by,
            hangup_cause=hungup.cause,
        )

    # --- inside --------------------------------------------------------------------------------

    def _must_live(self) -> None:
        if self.over:
            raise CallGone("the call is over")

    def _go_on(self) -> None:
        """Let the next item of the queue sound."""
        self._timer, self._sounding = None, False
        while self._queue and not self._queue[0].items:
            self.post(PromptEnded(playback=self._queue.popleft().number, completed=True))
        self.changed.set()
        if not self._queue:
            return
        playback = self._queue[0]
        item = playback.items.pop(0)
        if playback.repeat:
            playback.items.append(item)
        sound = Heard(item, self._clock.monotonic())
        self.heard.append(sound)
        seconds = self._seconds_of(item)
        self._sounding = True
        if seconds != float("inf"):
            self._timer = asyncio.get_running_loop().call_later(seconds, self._sounded, sound)

    def _sounded(self, sound: Heard) -> None:
        sound.ended = self._clock.monotonic()
        self._go_on()

    def _end(self, by: HangupBy, cause: str, disposition: str) -> None:
        if self.over:
            return
        self.stop_playing()
        self._ended_at = self._clock.now()
        self._disposition = disposition
        self._listen_to()
        for listener in tuple(self._heard_by):
            listener._listen_to(*(one for one in listener.hears if one is not self))
            listener.post(BridgeEnded())
        ended = HungUp(by=by, cause=cause)
        self._hungup = ended
        self.post(ended)
        self.changed.set()


def sound_seconds(item: Playable) -> float:
    """Return how long a playable takes: a real file's length, 2 s for a clip that is not there."""
    match item:
        case Silence(seconds=seconds):
            return seconds
        case Tone(seconds=None):
            return float("inf")
        case Tone(seconds=seconds) if seconds is not None:
            return seconds
        case Clip(path=path, start=start, end=end):
            if end is not None:
                return max(end - start, 0.0)
            return max(_file_seconds(path) - start, 0.0)
    return 0.0


def _file_seconds(path: Path) -> float:
    try:
        with wave.open(str(path)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error):
        return 2.0
