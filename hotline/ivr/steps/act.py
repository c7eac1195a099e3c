"""``act``: work on a ticket – accepted, arrived, done, passed on, assigned, postponed …"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from hotline.call.ports import Deed, TicketAction
from hotline.ivr import events
from hotline.ivr.commands import Act as ActOnTicket
from hotline.ivr.intake import REFUSAL
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

NOBODY = "unknown-assignee"
"""``refusal`` when no member of staff has the number the ticket was to be given to."""


class Act(Step):
    """Do something to a ticket, in the name of who identified themselves.

    In a menu only staff come here (``check`` sees to it); in a flow ``who`` names the slot with the
    name of the person called.
    """

    step: Literal["act"] = "act"
    action: TicketAction
    ticket: ReadSlot = ReadSlot("ticket.number")
    """Slot with the ticket's number."""
    who: ReadSlot = ReadSlot("staff.name")
    why: str = ""
    """For the ticket's history."""
    words: ReadSlot | None = None
    """Own words that go with it: an instruction, what was done."""
    assignee: ReadSlot | None = None
    """Slot with the staff number of who is to do it; empty: nobody in particular."""
    department: str = ""
    """Whose matter it is."""
    days: ReadSlot | None = None
    """``postpone``: slot with the days from today until the new promise."""
    hour: Annotated[int, Field(ge=0, le=23)] = 18
    """``postpone``: hour of that day."""
    told: ReadSlot | None = None
    """``postpone``: slot that is set when the caller has been told."""
    next: StepRef
    refused: StepRef
    """Where to go when the rules of tickets do not allow it; ``refusal`` has the rule's code."""
    failed: StepRef

    @model_validator(mode="after")
    def _days_to_postpone(self) -> Act:
        if (self.action is TicketAction.POSTPONE) != (self.days is not None):
            raise ValueError("postpone needs days, and nothing else does")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Do it; it is committed before anything more is said."""
        talk.fill(REFUSAL, "", by_caller=False)
        days = talk.slots.text(self.days) if self.days is not None else ""
        command = ActOnTicket(
            request=talk.number(),
            number=talk.slots.text(self.ticket),
            deed=self._deed(talk),
            assignee=talk.slots.text(self.assignee) if self.assignee is not None else "",
            days=int(days) if days.isdigit() else 0,
            hour=self.hour,
        )
        result = yield from talk.request(command)
        match result:
            case events.Found():
                talk.learn(result)
                if self.words is not None:
                    talk.placed(self.words, command.number)
                return self.next
            case events.Refused(code=code):
                talk.fill(REFUSAL, code, by_caller=False)
                return self.refused
            case events.Nothing():
                talk.fill(REFUSAL, NOBODY, by_caller=False)
                return self.refused
            case _:
                return self.failed

    def _deed(self, talk: Talk) -> Deed:
        return Deed(
            action=self.action,
            who=talk.slots.text(self.who),
            why=self.why,
            words=talk.slots.span(self.words) if self.words is not None else None,
            department=self.department,
            caller_told=self.told is not None and talk.slots.get(self.told) is not None,
            supervisor=talk.slots.get("staff.supervisor") is not None,
        )
