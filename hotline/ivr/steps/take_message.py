"""``take_message``: leave words for a room or a member of staff who is not there (DOMAIN section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import Place, Span
from hotline.call.ports.messages import MessageSummary, NewMessage
from hotline.ivr import events
from hotline.ivr.commands import TakeMessage
from hotline.ivr.intake import REFUSAL
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class LeaveMessage(Step):
    """Hand words recorded before on; ``room`` or ``staff`` names the slot with whom they are for."""

    step: Literal["take_message"] = "take_message"
    room: ReadSlot | None = None
    """Slot with the room: not the caller's own."""
    staff: ReadSlot | None = None
    """Slot with the staff number."""
    words: ReadSlot
    """Slot with what was recorded."""
    urgent: bool = False
    next: StepRef
    """It is kept; ``message.at`` says when it is told."""
    refused: StepRef
    """There is nobody there, or no telephone; the slot ``refusal`` says why."""
    failed: StepRef
    """It could not be kept."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Keep it."""
        place = talk.slots.get(self.room) if self.room is not None else None
        staff = talk.slots.text(self.staff) if self.staff is not None else ""
        span = talk.slots.get(self.words)
        new = NewMessage(
            estate=talk.facts.estate,
            place=place if isinstance(place, Place) else Place(),
            staff=staff,
            words=span if isinstance(span, Span) else None,
            from_number=talk.slots.text("callback") or talk.facts.number,
            from_name=talk.facts.known.name if talk.facts.known is not None else "",
            urgent=self.urgent,
            taken_by="caller",
            call=talk.facts.leg,
            language=talk.language,
            key=f"{talk.facts.leg}-{talk.number()}",
        )
        result = yield from talk.request(TakeMessage(request=talk.number(), new=new))
        match result:
            case events.Found(value=MessageSummary() as kept):
                talk.fill("message.number", kept.number, by_caller=False)
                if talk.outcome == "abandoned":
                    talk.outcome = "message"
                return self.next
            case events.Refused(code=code):
                talk.fill(REFUSAL, code, by_caller=False)
                return self.refused
            case _:
                return self.failed
