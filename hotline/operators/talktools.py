"""What every talk is given: equipment, rules, and the desk as the talk sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from hotline.call.audio import Playable
from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.events import PromptEnded
from hotline.call.ports import Call, CallLog, Dialer, Extension, Switchboard
from hotline.operators.lines import OperatorKey
from hotline.operators.seat import Engage, OwnTalk, SeatedOperator
from hotline.operators.talkrules import TalkRules

if TYPE_CHECKING:
    from hotline.operators.park import ParkingLot

log = structlog.get_logger(__name__)

TakeDown = Callable[[Call, Mapping[str, Call], str], None]
"""Takes the caller's leg, the legs of caller and operator by party while the two talk with each other (empty:
they do not now) and the language; again with every change, and once more at the end; never waits."""
Show = Callable[[str, dict[str, Any]], None]
"""Takes an operator's number and the state of their talk, whenever it changed; never waits."""


class OwnTalks:
    """Talks of operators that did not come to them from a queue: unparked, given back, dialled out.

    The desk knows whose caller came from a queue; what the others ask is done here.
    """

    def __init__(self) -> None:
        self._talks: dict[OperatorKey, OwnTalk] = {}
        self.when_over: list[Callable[[OwnTalk], None]] = []
        """Called when an outgoing call is over."""

    def joined(self, operator: SeatedOperator, talk: OwnTalk) -> None:
        """``talk`` takes the operator's commands from now on."""
        self._talks[_key(operator)] = talk

    def left(self, operator: SeatedOperator, talk: OwnTalk) -> None:
        """It does so no more."""
        if self._talks.get(_key(operator)) is talk:
            del self._talks[_key(operator)]

    def of(self, operator: SeatedOperator) -> OwnTalk | None:
        """Return the talk the operator is in."""
        return self._talks.get(_key(operator))

    def of_key(self, key: OperatorKey) -> OwnTalk | None:
        """Return the talk of the operator with that key in ``operators.yaml``."""
        return self._talks.get(key)

    def over(self, talk: OwnTalk) -> None:
        """Tell whoever listens to it."""
        for told in self.when_over:
            told(talk)


def _key(operator: SeatedOperator) -> OperatorKey:
    """An operator of all estates is in one talk, whichever estate its caller is of."""
    return ("" if operator.everywhere else operator.estate), operator.number


def engage_anybody(estate: str, number: str, why: str) -> AbstractContextManager[SeatedOperator]:
    """Keep no count of who is busy: for talks without a desk."""
    return nullcontext(SeatedOperator(number=number, estate=estate))


class Farewells:
    """Legs on their way out. They outlast the talk: a caller never waits for somebody else's BYE."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, farewell: Coroutine[Any, Any, None]) -> None:
        """Carry ``farewell`` out, whatever becomes of who asked for it."""
        task = asyncio.get_running_loop().create_task(farewell, name="farewell")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait until everybody is gone."""
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _nobody_is_lost(estate: str, number: str) -> None:
    """Nobody's presence is kept."""


def _show_nobody(operator: str, state: dict[str, Any]) -> None:
    """No screens."""


def _nobody_takes_down(call: Call, speakers: Mapping[str, Call], language: str) -> None:
    """No transcript while they talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkTools:
    """Shared by all talks of a calls process."""

    dialer: Dialer
    switchboard: Switchboard
    log: CallLog
    clock: Clock
    lot: ParkingLot
    rules_now: Callable[[], TalkRules] = TalkRules
    """Asked each time: ``operators.yaml`` may change while people talk."""
    engage: Engage = engage_anybody
    lose: Callable[[str, str], None] = _nobody_is_lost
    """Takes estate and number of an operator whose line has vanished."""
    own: OwnTalks = field(default_factory=OwnTalks)
    show: Show = _show_nobody
    take_down: TakeDown = _nobody_takes_down
    farewells: Farewells = field(default_factory=Farewells)

    @property
    def rules(self) -> TalkRules:
        """What holds just now."""
        return self.rules_now()

    def let_go(
        self, leg: Call, *, extension: Extension | None = None, operator: str = "", estate: str = ""
    ) -> None:
        """Hang ``leg`` up, and have what it cost written down; returns at once."""
        self.farewells.say(self.part(leg, extension, operator, estate))

    async def say_and_hang_up(self, leg: Call, words: Sequence[Playable]) -> None:
        """Say something to a leg nobody else reads any more, and hang it up."""
        try:
            await leg.hear()
            playback = leg.play(words) if words else 0
            async with asyncio.timeout(self.rules.words_limit):
                while (
                    words
                    and not leg.over
                    and await leg.next_event() != PromptEnded(playback=playback, completed=True)
                ):
                    pass
            await leg.hangup()
        except TimeoutError:
            await leg.hangup()
        except CallGone:
            pass  # they have gone first

    async def part(self, leg: Call, extension: Extension | None, operator: str, estate: str) -> None:
        """Hang ``leg`` up; what it cost, placed to ``extension``, is written down."""
        try:
            await leg.hear()
            await leg.hangup()
        except CallGone:
            pass  # somebody was faster
        except Exception:
            log.exception("a leg could not be hung up", leg=leg.facts.leg)
        if extension is None:
            return
        try:
            await self.switchboard.over(extension, leg, operator=operator, estate=estate)
        except Exception:
            log.exception("what a leg cost was not written down", leg=leg.facts.leg)
