"""``room_pin``: who does not call from a registered telephone gives room and PIN, by keys only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from hotline.call.ports import Place
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import Conceal, OpenRoom
from hotline.ivr.keypad import Digits
from hotline.ivr.steps.answers import place_by_keys
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of
from hotline.ivr.steps.base import InputStep, Items, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

LOCKED = "room-locked"
"""Code of :class:`~hotline.call.errors.RoomRefused` for a room that wrong PINs have locked."""
LONGEST_ROOM = 16
SHORTEST_PIN, LONGEST_PIN = 4, 8


class RoomPin(InputStep):
    """Ask for room (``prompts``) and PIN (``pin``): amounts are for who belongs there (DOMAIN section 3).

    Neither is said again or written down. ``tries`` counts wrong pairs; the room has its own count,
    over all calls. That there is no such room sounds like a wrong PIN.
    """

    step: Literal["room_pin"] = "room_pin"
    pin: Items = Field(min_length=1)
    """The question for the PIN."""
    wrong: Items = ()
    """Said when room and PIN do not belong together, before both are asked for again."""
    locked: StepRef
    """Where to go when the room is locked: its prompt says so."""
    empty: StepRef | None = None
    """Where the terminator alone leads: who has no PIN need not wait for the failures."""
    closed: StepRef
    """Where to go when rooms have no PINs here."""
    next: StepRef
    """The room is open: its place is known, and what belongs to it may be said."""

    @model_validator(mode="after")
    def _needs_a_way_out(self) -> RoomPin:
        if self.failed is None:
            raise ValueError('"failed" is needed: where a call goes after too many wrong PINs')
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Open the room, or not."""
        offered = yield from talk.request(OpenRoom(request=talk.number(), place=None))
        if not isinstance(offered, events.Found):
            return self.closed
        talk.do(Conceal(on=True))
        try:
            return (yield from self._open(talk))
        finally:
            talk.do(Conceal(on=False))

    def _open(self, talk: Talk) -> Turn[str | None]:
        for attempt in range(self.tries or talk.menu.defaults.tries):
            if attempt:
                yield from talk.say(talk.spoken(self.wrong))
            entry = yield from self._entry(talk)
            if entry is None:
                return failed_of(talk, self)
            if isinstance(entry, str):
                return entry
            place, pin = entry
            result = yield from talk.request(OpenRoom(request=talk.number(), place=place, pin=pin))
            match result:
                case events.Found():
                    talk.opened = place
                    talk.fill("place", place, by_caller=False)
                    return self.next
                case events.Refused(code=code) if code == LOCKED:
                    talk.ahead.clear()  # meant for the next try, not for what is offered instead of it
                    return self.locked
                case events.Refused():
                    talk.ahead.clear()
                case _:
                    return talk.menu.failure
        return failed_of(talk, self)

    def _entry(self, talk: Talk) -> Turn[tuple[Place, str] | StepRef | None]:
        def room(answer: Keys | Said) -> Turn[Got[Place | StepRef] | Missed]:
            yield from ()
            if answer == Keys("") and self.empty is not None:
                return Got(self.empty)
            place = _place(answer.typed) if isinstance(answer, Keys) else None
            return Missed() if place is None else Got(place)

        def pin(answer: Keys | Said) -> Turn[Got[str] | Missed]:
            yield from ()
            return Got(answer.typed) if isinstance(answer, Keys) else Missed()

        pad = Digits(0 if self.empty is not None else 1, LONGEST_ROOM, self.terminator, separator=True)
        place = yield from ask_until_understood(talk, self, Inquiry(pad=pad), room)
        if place is None or isinstance(place, str):
            return place
        question = self.model_copy(update={"prompts": self.pin, "reprompts": ()})
        pin_pad = Digits(SHORTEST_PIN, LONGEST_PIN, self.terminator)
        given = yield from ask_until_understood(talk, question, Inquiry(pad=pin_pad), pin)
        return None if given is None else (place, given)


def _place(typed: str) -> Place | None:
    """``808`` is a room of a house without buildings: a hotel's."""
    if typed and "*" not in typed:
        return Place(room=typed)
    return place_by_keys("place", typed, Place())
