"""``ticket``: file what the call has given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.filing import Filing, file_ticket
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Ticket(Filing, Step):
    """File a ticket; ``ticket.number`` and the like can be read back afterwards."""

    step: Literal["ticket"] = "ticket"
    next: StepRef
    failed: StepRef
    """Where to go when it cannot be filed (database locked or full)."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """File it."""
        filed = yield from file_ticket(talk, self)
        return self.failed if filed is None else self.next
