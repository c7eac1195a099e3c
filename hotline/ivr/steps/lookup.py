"""``lookup``: who is calling, or what became of a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from hotline.call.ports import TicketSummary
from hotline.ivr import events
from hotline.ivr.commands import FindTicket
from hotline.ivr.intake import of_ticket
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Lookup(Step):
    """Look something up.

    ``caller``: fills ``place`` and ``callback`` of a caller the directory knows (looked up while the
    call was being answered). ``ticket``: by the number in slot ``by``, fills ``ticket.*``.
    """

    step: Literal["lookup"] = "lookup"
    what: Literal["caller", "ticket"]
    by: ReadSlot | None = None
    found: StepRef
    none: StepRef
    failed: StepRef | None = None
    """Where to go when it cannot be looked up now; default: ``none``."""

    @model_validator(mode="after")
    def _needs_number(self) -> Lookup:
        if self.what == "ticket" and self.by is None:
            raise ValueError("by is needed: the slot that has the ticket's number")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Look it up and branch."""
        if self.what == "caller":
            return self._caller(talk)
        number = talk.slots.text(self.by or "")
        result = yield from talk.request(FindTicket(request=talk.number(), number=number))
        match result:
            case events.Found(value=TicketSummary() as ticket):
                talk.slots = of_ticket(talk.slots, ticket)
                talk.outcome = "informed" if talk.outcome == "abandoned" else talk.outcome
                return self.found
            case events.Nothing():
                return self.none
            case _:
                return self.failed or self.none

    def _caller(self, talk: Talk) -> str:
        known = talk.facts.known
        if known is None:
            return self.none
        if str(known.place) and not talk.slots.has_place():
            talk.fill("place", known.place, by_caller=False)
        callback = known.callback_number or talk.facts.number
        if callback and talk.slots.get("callback") is None:
            talk.fill("callback", callback, by_caller=False)
        return self.found
