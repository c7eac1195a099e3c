"""``wakeup``: the wake-ups of the caller's room – listed, booked, changed, skipped, taken off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from hotline.call.ports import NewWakeup, Place, WakeupSummary
from hotline.ivr import events
from hotline.ivr.commands import BookWakeup, CancelWakeup, ChangeWakeup, ListWakeups, Request, SkipWakeup
from hotline.ivr.intake import GUEST, NOT_OFFERED, REFUSAL
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.listing import list_wakeups, show_wakeup
from hotline.ivr.steps.refs import StepRef
from hotline.ivr.steps.schedules import remembered

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

CODE = "wakeup-"
"""Beginning of the codes of :class:`~hotline.call.errors.WakeupRefused`; the menu leaves it out."""
BOOKED = "wakeup"
"""Outcome of a call in which a wake-up was booked or changed."""
Refusal = Literal[
    "past", "too_soon", "too_far", "never", "twice", "room_full", "interval_full", "no_room", "no_number",
    "unknown", "default",
]  # fmt: skip


class Wakeup(Step):
    """Do something about the wake-ups of the room the caller may settle things about.

    That is the room of their telephone or one they opened by its PIN, never one they merely named:
    nobody books, hears of or takes off a stranger's wake-up. A time comes from ``when``; all but
    ``list`` and ``book`` work on the present one of the list.
    """

    step: Literal["wakeup"] = "wakeup"
    do: Literal["list", "book", "change", "cancel", "skip"]
    next: StepRef
    """``list``: there is one, and it is the present one; else it is done and committed."""
    none: StepRef | None = None
    """``list``: the room has none."""
    refused: dict[Refusal, StepRef] = Field(default_factory=dict)
    """By rule of the hotel; ``default`` for every other. ``refusal`` has the code."""
    stranger: StepRef
    """The caller's room is not known, or this hotline books no wake-ups."""
    failed: StepRef

    @model_validator(mode="after")
    def _whole(self) -> Wakeup:
        if self.do == "list" and self.none is None:
            raise ValueError("none is needed: where to go when the room has no wake-up")
        if self.do != "list" and "default" not in self.refused:
            raise ValueError("refused needs a default: where to go when a rule does not allow it")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Do it and branch."""
        talk.fill(REFUSAL, "", by_caller=False)
        room = talk.room
        if room is None:
            return self.stranger
        result = yield from talk.request(self._command(talk, room))
        match result:
            case events.Found(value=events.Wakeups(bookings)):
                return self._done(talk, room, bookings)
            case events.Refused(code=code):
                talk.fill(REFUSAL, code, by_caller=False)
                return self._refused(code)
            case events.Failed(code=code) if code == NOT_OFFERED:
                return self.stranger
            case _:
                return self.failed

    def _command(self, talk: Talk, room: Place) -> Request:
        request, number = talk.number(), talk.slots.text("wakeup.number")
        match self.do:
            case "list":
                return ListWakeups(request=request, place=room)
            case "book":
                return BookWakeup(request=request, new=_new(talk, room))
            case "change":
                return ChangeWakeup(request=request, number=number, when=remembered(talk))
            case "cancel":
                return CancelWakeup(request=request, number=number)
            case "skip":
                return SkipWakeup(request=request, number=number)

    def _done(self, talk: Talk, room: Place, bookings: tuple[WakeupSummary, ...]) -> str | None:
        if self.do == "list":
            list_wakeups(talk, room, bookings)
            talk.outcome = "informed" if bookings and talk.outcome == "abandoned" else talk.outcome
            return self.next if bookings else self.none
        show_wakeup(talk, bookings[0])
        talk.outcome = BOOKED if talk.outcome in ("abandoned", "informed") else talk.outcome
        return self.next

    def _refused(self, code: str) -> str | None:
        name = code.removeprefix(CODE).replace("-", "_")
        by_name: dict[str, StepRef] = {str(rule): step for rule, step in self.refused.items()}
        return by_name.get(name) or by_name.get("default") or self.failed


def _new(talk: Talk, room: Place) -> NewWakeup:
    return NewWakeup(
        estate=talk.facts.estate,
        place=room,
        when=remembered(talk),
        language=talk.language,
        requested_by=GUEST,
        call=talk.facts.leg,
    )
