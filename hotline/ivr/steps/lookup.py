"""``lookup``: who is calling, what became of a ticket, which tickets and bills there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from hotline.call.ports import Place, TicketKind
from hotline.ivr import events
from hotline.ivr.commands import FindDuplicate, FindTicket, ListBills, ListCases
from hotline.ivr.intake import NOT_OFFERED
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.cases import go_to, listed
from hotline.ivr.steps.listing import list_bills
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

STAFF_ONLY = frozenset({"own_cases", "manager_cases"})
"""Lists that are for staff: an incoming menu leads to them through ``identify`` only."""


class Lookup(Step):
    """Look something up.

    ``caller``: fills ``place`` and ``callback`` of a caller the directory knows (looked up while the
    call was being answered). ``ticket``: by the number in slot ``by``, fills ``ticket.*``.
    ``duplicate``: the open ticket of the same room and kind from the last 24 hours. Lists, gone
    through with ``cases``: ``caller_tickets`` (open ones of the caller's number), ``own_cases`` (of
    the member of staff), ``manager_cases`` (all, or those of a ``topic``). ``bills``: the unpaid ones of
    the room of the caller's telephone, or of the one opened by its PIN – of no other. In a flow: of the
    ``place`` it was given, whoever answers.
    """

    step: Literal["lookup"] = "lookup"
    what: Literal["caller", "ticket", "duplicate", "caller_tickets", "own_cases", "manager_cases", "bills"]
    by: ReadSlot | None = None
    topic: str = ""
    """``manager_cases``: only those of this topic (``general_manager``)."""
    open_only: bool = True
    """``manager_cases``: without those that are closed or cancelled."""
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    """Longest list."""
    found: StepRef
    none: StepRef
    failed: StepRef | None = None
    """Where to go when it cannot be looked up now; default: ``none``."""
    stranger: StepRef | None = None
    """``bills``: the caller has not been identified."""
    unbilled: StepRef | None = None
    """``bills``: no bill of the room is known, paid or not; default: ``none``."""
    closed: StepRef | None = None
    """``bills``: this hotline knows no bills; default: ``failed``."""

    @model_validator(mode="after")
    def _needs_number(self) -> Lookup:
        if self.what == "ticket" and self.by is None:
            raise ValueError("by is needed: the slot that has the ticket's number")
        if self.what == "bills" and self.stranger is None:
            raise ValueError("stranger is needed: amounts are said after identification only")
        if self.topic and self.what != "manager_cases":
            raise ValueError("only manager_cases has a topic")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Look it up and branch."""
        match self.what:
            case "caller":
                return self._caller(talk)
            case "ticket":
                return (yield from self._ticket(talk, talk.slots.text(self.by or "")))
            case "duplicate":
                return (yield from self._duplicate(talk))
            case "bills":
                return (yield from self._bills(talk))
            case _:
                return (yield from self._list(talk))

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

    def _ticket(self, talk: Talk, number: str) -> Turn[str]:
        return self._of(talk, (yield from talk.request(FindTicket(request=talk.number(), number=number))))

    def _duplicate(self, talk: Talk) -> Turn[str]:
        kind = talk.slots.text("kind")
        place = talk.slots.place()
        if not (kind and place.room):
            return self.none
        find = FindDuplicate(request=talk.number(), place=place, kind=TicketKind(kind))
        result = yield from talk.request(find)
        outcome = talk.outcome
        following = self._of(talk, result)
        talk.outcome = outcome  # nobody was told anything yet
        return following

    def _list(self, talk: Talk) -> Turn[str]:
        command = self._wanted(talk)
        if command is None:
            return self.none
        result = yield from talk.request(command)
        if not isinstance(result, events.Found) or not isinstance(result.value, tuple):
            return self._of(talk, result)
        listed(talk, result.value)
        for at, number in enumerate(result.value):
            following = yield from self._ticket(talk, number)
            if following != self.none:
                go_to(talk, at)
                return following
        return self.none

    def _bills(self, talk: Talk) -> Turn[str | None]:
        room = talk.room if talk.menu.flow is None else _given_room(talk)
        result = yield from talk.request(ListBills(request=talk.number(), place=room))
        match result:
            case events.Found() if room is None:
                return self.stranger
            case events.Found(value=events.Bills(unpaid, known)):
                list_bills(talk, unpaid)
                talk.outcome = "informed" if talk.outcome == "abandoned" else talk.outcome
                return self.found if unpaid else self.none if known else self.unbilled or self.none
            case events.Failed(code=code) if code == NOT_OFFERED and self.closed is not None:
                return self.closed
            case _:
                return self.failed or self.none

    def _wanted(self, talk: Talk) -> ListCases | None:
        request = talk.number()
        if self.what == "caller_tickets":
            number = talk.facts.number
            return ListCases(request=request, caller=number, limit=self.limit) if number else None
        if talk.staff is None:
            return None
        if self.what == "own_cases":
            return ListCases(request=request, assignee=talk.staff.name, limit=self.limit)
        return ListCases(request=request, topic=self.topic, open_only=self.open_only, limit=self.limit)

    def _of(self, talk: Talk, result: events.Result) -> str:
        if isinstance(result, events.Found) and talk.learn(result):
            talk.outcome = "informed" if talk.outcome == "abandoned" else talk.outcome
            return self.found
        if isinstance(result, events.Nothing):
            return self.none
        return self.failed or self.none


def _given_room(talk: Talk) -> Place | None:
    """A placed call is about the room it was placed for, not about that of the telephone that answers."""
    place = talk.slots.place()
    return place if place.room else None
