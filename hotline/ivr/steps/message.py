"""``message``: take a message; it becomes a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import TicketKind
from hotline.ivr.steps.attempts import failed_of
from hotline.ivr.steps.base import InputStep, Seconds, Turn
from hotline.ivr.steps.filing import Filing, file_ticket
from hotline.ivr.steps.record import own_words
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Message(Filing, InputStep):
    """Have a message said and file it. What the slots already hold goes with it."""

    step: Literal["message"] = "message"
    longest: Seconds = 120.0
    beep: bool = True
    next: StepRef
    unfiled: StepRef
    """Where to go when the ticket cannot be filed."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Record, file, go on; with nothing said, what was given before is filed all the same."""
        said = yield from own_words(talk, self, "words", self.longest, self.beep)
        if said is None:
            return failed_of(talk, self)
        filing = self
        if talk.slots.get("kind") is None and self.kind is None:
            filing = self.model_copy(update={"kind": TicketKind.MESSAGE})
        filed = yield from file_ticket(talk, filing)
        return self.unfiled if filed is None else self.next
