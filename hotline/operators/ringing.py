"""One operator's line rung for one caller: answered, whispered to, accepted – or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog

from hotline.call.audio import Playable
from hotline.call.clock import Clock
from hotline.call.errors import (
    CallGone,
    DialBusy,
    DialDeclined,
    DialFailed,
    DialNoAnswer,
    HotlineError,
    NoChannel,
)
from hotline.call.events import CallEvent, Digit, HungUp, Interrupted, PromptEnded, TransferAsked
from hotline.call.ports import Call, Dialer, DialOrder, Phrase, Words
from hotline.operators.presence import Absence

log = structlog.get_logger(__name__)

ACCEPT, DECLINE, AGAIN = "1", "2", "9"
"""Keys of the question; DOMAIN section 2: the same as of every other question to a human."""
ANSWER_WITHIN = 8.0
"""Seconds for the key after the question."""
ASKED = 2
"""Times the question is put."""
GOODBYE_WITHIN = 6.0
"""Seconds for “the caller has hung up” at most."""


class RingEnd(StrEnum):
    """How ringing ended."""

    TAKEN = "taken"
    MISSED = "missed"
    """Through the operator or their line: ``reason`` is an :class:`~hotline.operators.presence.Absence`."""
    DECLINED = "declined"
    """The operator pressed the key for it: the next one is rung, they stay ready."""
    LET_GO = "let_go"
    """The caller has left, or a colleague was faster."""
    NOT_RUNG = "not_rung"
    """For a reason of ours: no channel was free."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of it."""

    end: RingEnd
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _LetGo(CallEvent):
    """The desk needs this operator no more."""


Claim = Callable[[Call, datetime, datetime], bool]
"""Leg, rung at, answered at: take the caller; False when somebody else has them."""


class Ringing:
    """Leads the operator's leg up to the moment they take the caller; the leg is the desk's then."""

    def __init__(
        self,
        order: DialOrder,
        *,
        dialer: Dialer,
        clock: Clock,
        words: Words,
        facts: Mapping[str, str],
        accept_key: bool,
        claim: Claim,
    ) -> None:
        """``facts`` are for the whisper; ``claim`` is called once, without a pause before what follows."""
        self._order = order
        self._dialer = dialer
        self._clock = clock
        self._words = words
        self._facts = facts
        self._accept_key = accept_key
        self._claim = claim
        self._dialling: asyncio.Future[Call] | None = None
        self._leg: Call | None = None
        self._let_go = False
        self._caller_gone = False

    @property
    def answered(self) -> bool:
        """True once the operator has answered, whatever they decide then."""
        return self._leg is not None and not self._let_go

    def let_go(self, *, caller_gone: bool = False) -> None:
        """Ring no more; an operator who has answered is told when the caller has gone."""
        if self._let_go:
            return
        self._let_go, self._caller_gone = True, caller_gone
        if self._leg is not None:
            self._leg.post(_LetGo())
        elif self._dialling is not None:
            self._dialling.cancel()

    async def run(self) -> Rung:
        """Ring to the end; unless :attr:`RingEnd.TAKEN`, the leg is hung up."""
        if self._let_go:
            return Rung(RingEnd.LET_GO)
        rung_at = self._clock.now()
        try:
            leg = await self._dial()
        except NoChannel:
            return Rung(RingEnd.NOT_RUNG)
        except DialFailed as failed:
            return Rung(RingEnd.MISSED, _absence(failed))
        except HotlineError as error:
            log.warning("an operator's line could not be rung", code=error.code)
            return Rung(RingEnd.NOT_RUNG)
        if leg is None:
            return Rung(RingEnd.LET_GO)
        taken = False
        try:
            answered_at = self._clock.now()
            rung = await self._answered(leg)
            taken = rung.end is RingEnd.TAKEN and self._claim(leg, rung_at, answered_at)
            if rung.end is RingEnd.TAKEN and not taken:
                rung = Rung(RingEnd.LET_GO)
            return rung
        except CallGone:
            return Rung(RingEnd.MISSED, Absence.DECLINED)
        finally:
            if not taken:
                await leg.hangup()

    async def _dial(self) -> Call | None:
        self._dialling = asyncio.ensure_future(self._dialer.dial(self._order))
        try:
            self._leg = await self._dialling
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._let_go and self._dialling.cancelled() and not (task and task.cancelling()):
                return None
            if self._dialling.done() and not self._dialling.cancelled() and not self._dialling.exception():
                await self._dialling.result().hangup()  # answered in the moment in which all is ended
            raise
        return self._leg

    async def _answered(self, leg: Call) -> Rung:
        whisper = () if self._let_go else self._words.sounds(Phrase.WHISPER, self._facts)
        if self._let_go:
            return await self._say_goodbye(leg)
        if self._accept_key:
            question = self._words.sounds(Phrase.QUESTION, self._facts)
            rung = await self._ask(leg, [*whisper, *question])
        else:
            rung = await self._whisper(leg, whisper)
        if rung.end is RingEnd.LET_GO:
            return await self._say_goodbye(leg)
        return rung

    async def _whisper(self, leg: Call, sounds: Sequence[Playable]) -> Rung:
        if not sounds:
            return Rung(RingEnd.TAKEN)
        playback = leg.play(sounds)
        while True:
            event = await leg.next_event()
            match event:
                case PromptEnded(playback=number) if number == playback:
                    return Rung(RingEnd.TAKEN)
                case Digit(key=key) if key == ACCEPT:
                    leg.stop_playing()  # who has heard enough need not wait
                    return Rung(RingEnd.TAKEN)
            if (over := await _over(leg, event)) is not None:
                return over

    async def _ask(self, leg: Call, sounds: Sequence[Playable]) -> Rung:
        for _time in range(ASKED):
            key = await self._key(leg, sounds)
            while key == AGAIN:
                key = await self._key(leg, sounds)
            if isinstance(key, Rung):
                return key
            if key:
                return Rung(RingEnd.TAKEN if key == ACCEPT else RingEnd.DECLINED)
        return Rung(RingEnd.MISSED, Absence.NO_ANSWER)

    async def _key(self, leg: Call, sounds: Sequence[Playable]) -> str | Rung:
        """Put the question; return the key, empty for none, or how it ended."""
        playback = leg.play(sounds)
        try:
            async with asyncio.timeout(None) as limit:
                while True:
                    event = await leg.next_event()
                    match event:
                        case PromptEnded(playback=number) if number == playback:
                            limit.reschedule(asyncio.get_running_loop().time() + ANSWER_WITHIN)
                        case Digit(key=key) if key in (ACCEPT, DECLINE, AGAIN):
                            leg.stop_playing()
                            return key
                    if (over := await _over(leg, event)) is not None:
                        return over
        except TimeoutError:
            return ""

    async def _say_goodbye(self, leg: Call) -> Rung:
        """Tell an operator who listens already that the caller has hung up."""
        if self._caller_gone:
            await say_gone(leg, self._words, self._facts)
        return Rung(RingEnd.LET_GO)


async def say_gone(leg: Call, words: Words, facts: Mapping[str, str]) -> None:
    """Tell an operator that the caller has hung up; returns when they have heard it."""
    leg.stop_playing()
    sounds = words.sounds(Phrase.CALLER_GONE, facts)
    if not sounds or leg.over:
        return
    try:
        async with asyncio.timeout(GOODBYE_WITHIN):
            await played(leg, leg.play(sounds))
    except (TimeoutError, CallGone):
        pass  # they have hung up themselves


async def played(leg: Call, playback: int) -> bool:
    """Wait until a playback has ended; False when nobody listens any more. Raises :class:`CallGone`."""
    while True:
        event = await leg.next_event()
        if isinstance(event, PromptEnded) and event.playback == playback:
            return True
        if isinstance(event, HungUp | Interrupted):
            return False


async def _over(leg: Call, event: CallEvent) -> Rung | None:
    match event:
        case HungUp():
            return Rung(RingEnd.MISSED, Absence.DECLINED)
        case Interrupted():
            return Rung(RingEnd.MISSED, Absence.LINE_LOST)
        case _LetGo():
            return Rung(RingEnd.LET_GO)
        case TransferAsked():
            await leg.settle_transfer(accepted=False)
    return None


def _absence(failed: DialFailed) -> Absence:
    match failed:
        case DialNoAnswer():
            return Absence.NO_ANSWER
        case DialBusy():
            return Absence.LINE_BUSY
        case DialDeclined():
            return Absence.DECLINED
    return Absence.LINE_FAILED
