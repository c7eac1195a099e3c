"""``add``: what the caller said goes onto a ticket that is there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.ivr import events
from hotline.ivr.commands import AddTo
from hotline.ivr.intake import ADDS_TO, REFUSAL
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef, WrittenSlot

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Add(Step):
    """Add the call's slots (own words, urgency) to a ticket instead of filing one.

    ``set: {copy: {adds_to: ticket.number}}`` before the words are said sees to it that they reach the
    ticket even when the caller hangs up in the middle.
    """

    step: Literal["add"] = "add"
    ticket: ReadSlot = ReadSlot("ticket.number")
    """Slot with the ticket's number."""
    words: WrittenSlot = WrittenSlot("words")
    """Slot with the own words; it is empty afterwards."""
    note: str = ""
    """For the ticket's history."""
    next: StepRef
    refused: StepRef
    """Where to go when the ticket takes nothing more: it was closed meanwhile."""
    failed: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Add them; it is committed before anything more is said."""
        number = talk.slots.text(self.ticket)
        command = AddTo(request=talk.number(), number=number, ticket=talk.addition(self.words, self.note))
        result = yield from talk.request(command)
        match result:
            case events.Found():
                talk.learn(result)
                talk.placed(self.words, number)
                if talk.outcome in ("abandoned", "informed"):
                    talk.outcome = "ticket"
                return self.next
            case events.Refused(code=code):
                talk.fill(REFUSAL, code, by_caller=False)
                talk.slots = talk.slots.cleared(frozenset({ADDS_TO}))
                return self.refused
            case _:
                return self.failed
