"""``collect``: a place or a number by keys, and by voice where an engine is in service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.keypad import Digits
from hotline.ivr.steps.answers import place_by_keys, spoken_value
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Rounds, Turn
from hotline.ivr.steps.refs import StepRef, WrittenSlot
from hotline.ivr.steps.rooms import is_no_room

if TYPE_CHECKING:
    from hotline.ivr.intake import Value
    from hotline.ivr.talk import Talk

EMPTY = "empty"
"""What was understood when nothing but the terminator was pressed."""
What = Literal["place", "building", "unit", "room", "phone", "digits"]


class Collect(InputStep):
    """Collect digits. ``place`` takes ``3*2*602``; building, unit and room fill a place step by step."""

    step: Literal["collect"] = "collect"
    what: What
    into: WrittenSlot
    least: int = Field(1, ge=0, le=30)
    """Fewest digits (stars of a place count too)."""
    most: int = Field(20, ge=1, le=30)
    """Most digits. When equal to ``least`` no terminator is needed."""
    speech: bool = False
    """May also be said (place, phone, digits)."""
    only_if_missing: bool = False
    """Skipped when the slot is already filled."""
    check_room: bool = False
    """The place must be in the estate's room list, if it has one."""
    unknown: Rounds = ()
    """Said when there is no such room."""
    empty: StepRef | None = None
    """Where the terminator alone leads; without it an empty entry is not understood."""
    next: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask, understand, check, fill the slot."""
        if self.only_if_missing and _filled(talk, self.into):
            return self.next
        least = 0 if self.empty is not None else self.least
        pad = Digits(least, self.most, self.terminator, separator=self.what == "place")
        question = None
        if self.speech and talk.understands:
            question = talk.question(QuestionKind(self.what), timeout=timeout_of(talk, self))

        def understand(answer: Keys | Said) -> Turn[Got[Value] | Missed]:
            if answer == Keys("") and self.empty is not None:
                return Got(EMPTY)
            value = self._value(talk, answer)
            if value is None:
                return Missed()
            if self.check_room and (yield from is_no_room(talk, value)):
                return Missed(self.unknown)
            return Got(value)

        inquiry = Inquiry(pad=pad, question=question)
        value: Value | None = yield from ask_until_understood(talk, self, inquiry, understand)
        if value is None:
            return failed_of(talk, self)
        if value == EMPTY and self.empty is not None:
            return self.empty
        talk.fill(self.into, value)
        return self.next

    def _value(self, talk: Talk, answer: Keys | Said) -> Value | None:
        if isinstance(answer, Said):
            if answer.score < talk.facts.accept_score:
                return None
            return spoken_value(self.what, answer.text, talk.language)
        if self.what in ("place", "building", "unit", "room"):
            return place_by_keys(self.what, answer.typed, talk.slots.place())
        return answer.typed if answer.typed or self.least == 0 else None


def _filled(talk: Talk, slot: str) -> bool:
    return talk.slots.has_place() if slot == "place" else talk.slots.get(slot) is not None
