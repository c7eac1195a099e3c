"""One open question on one call: from the first frame to exactly one event.

Frames are judged on the media thread (:mod:`hotline.speech.live.watch`); everything else happens on
the event loop. Speech and silence are measured in frames, waiting for the caller to begin by the loop's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

from hotline.call.audio import FRAME_SECONDS
from hotline.call.events import Heard, HeardNothing, SpeechStarted
from hotline.call.ports import Call, Question
from hotline.speech.live.complete import is_complete
from hotline.speech.live.counters import SpeechCounters
from hotline.speech.live.slots import Loan, Wanted
from hotline.speech.live.watch import COMPLETE_FRAMES, PAUSE_FRAMES, FrameWatch, Judged
from hotline.speech.recogniser import NOTHING, Recognition
from hotline.speech.voice import ONSET, Change

STALLED = 0.5
"""Seconds beyond ``end_silence`` without any frame that end an answer: the far end stopped sending."""

Borrow = Callable[[Wanted], Loan | None]


class _State(Enum):
    WAITING = 0
    SPEAKING = 1
    FINISHING = 2
    OVER = 3


class LiveHearing:
    """Implements :class:`~hotline.call.ports.Hearing`."""

    def __init__(
        self,
        call: Call,
        question: Question,
        number: int,
        *,
        wanted: Callable[[Question, Callable[[Recognition], None], Callable[[Recognition], None]], Wanted],
        borrow: Borrow,
        accept_score: float,
        counters: SpeechCounters,
    ) -> None:
        """Begin at once; must be made on the event loop."""
        self._call = call
        self._question = question
        self._number = number
        self._wanted = wanted
        self._borrow = borrow
        self._accept = accept_score
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._watch = FrameWatch(end_silence=question.end_silence, wake=self._wake)
        self._sink = self._watch.take
        self._state = _State.WAITING
        self._silent = 0
        self._held: list[bytes] = []
        self._loan: Loan | None = None
        self._so_far: Recognition | None = None
        self._began = 0
        self._frames = 0
        self._started = 0.0
        self._ended = 0.0
        self._last_frame_at = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        call.tap(self._sink)

    @property
    def number(self) -> int:
        """The ``hearing`` value of its events."""
        return self._number

    def expect(self) -> None:
        """Count ``begin_timeout`` from now on."""
        if self._state is _State.WAITING:
            self._arm(self._question.begin_timeout, self._nobody_spoke)

    def close(self) -> None:
        """Stop listening; nothing is posted afterwards."""
        if self._state is not _State.OVER:
            self._leave(_State.OVER)
            if self._loan is not None:
                self._loan.drop()

    # --- on the media thread ---

    def _wake(self) -> None:
        with suppress(RuntimeError):  # the loop is closing: nobody listens any more
            self._loop.call_soon_threadsafe(self._drain)

    # --- on the event loop ---

    def _drain(self) -> None:
        self._last_frame_at = self._loop.time()
        self._take_in()

    def _take_in(self) -> None:
        for judged in self._watch.judged():
            self._frames, self._silent = judged.number, judged.silent
            if self._state is _State.WAITING:
                self._held.append(judged.frame)
                if judged.change is Change.BEGAN:
                    self._begin()
            elif self._state is _State.SPEAKING:
                self._follow(judged)
        if self._state is _State.SPEAKING and self._silent < PAUSE_FRAMES:
            self._feed_held()

    def _begin(self) -> None:
        self._state = _State.SPEAKING
        self._began = self._frames
        self._started = max(0.0, self._call.recorded_seconds - ONSET[1] * FRAME_SECONDS)
        self._counters.utterances += 1
        self._call.post(SpeechStarted(hearing=self._number))
        self._loan = self._borrow(self._wanted(self._question, self._heard_so_far, self._heard))
        if self._loan is None:
            self._counters.without_slot += 1
        self._arm(self._question.end_silence + STALLED, self._check_stalled)

    def _follow(self, judged: Judged) -> None:
        if judged.change is Change.RESUMED:
            self._so_far = None
        self._held.append(judged.frame)
        if judged.silent == PAUSE_FRAMES:
            self._feed_held()
            if self._loan is not None:
                self._loan.pause()
        self._judge()

    def _judge(self) -> None:
        lasted = (self._frames - self._began) * FRAME_SECONDS
        over = self._silent * FRAME_SECONDS >= self._question.end_silence or lasted >= self._question.longest
        if over or (self._silent >= COMPLETE_FRAMES and self._is_complete()):
            self._finish()

    def _is_complete(self) -> bool:
        heard = self._so_far
        return heard is not None and heard.score >= self._accept and is_complete(self._question, heard.text)

    def _heard_so_far(self, recognition: Recognition) -> None:
        """The worker's answer to a pause; of use only while that pause lasts."""
        if self._state is _State.SPEAKING and self._silent >= PAUSE_FRAMES:
            self._so_far = recognition
            self._judge()

    def _finish(self) -> None:
        silent = self._silent * FRAME_SECONDS
        self._ended = max(self._started, self._call.recorded_seconds - silent)
        if self._silent < PAUSE_FRAMES:
            self._feed_held()  # cut off at the longest while speaking
        self._leave(_State.FINISHING)
        if self._loan is None:
            self._heard(NOTHING)
        elif self._so_far is not None:
            self._loan.drop()
            self._heard(self._so_far)
        else:
            self._loan.finish()

    def _heard(self, recognition: Recognition) -> None:
        if self._state is not _State.FINISHING:
            return
        self._state = _State.OVER
        if recognition.text:
            self._counters.recognised += 1
        self._call.post(
            Heard(
                hearing=self._number,
                text=recognition.text,
                score=recognition.score,
                started=self._started,
                ended=self._ended,
            )
        )

    def _nobody_spoke(self) -> None:
        if self._state is _State.WAITING:
            self._leave(_State.OVER)
            self._counters.silences += 1
            self._call.post(HeardNothing(hearing=self._number))

    def _check_stalled(self) -> None:
        limit = self._question.end_silence + STALLED
        idle = self._loop.time() - self._last_frame_at
        if idle < limit:
            self._arm(max(limit - idle, FRAME_SECONDS), self._check_stalled)
            return
        self._take_in()
        if self._state is _State.SPEAKING:
            self._finish()

    def _feed_held(self) -> None:
        if self._loan is not None and self._held:
            self._loan.feed(b"".join(self._held))
        self._held.clear()

    def _arm(self, seconds: float, what: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, what)

    def _leave(self, state: _State) -> None:
        self._state = state
        self._call.untap(self._sink)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
