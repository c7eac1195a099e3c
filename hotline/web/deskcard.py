"""What an operator sees of who calls: person, room, open tickets, fees, last calls, the intake so far.

Everything is a fact from a row; what is not known is left out and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.call.ports import Direction, KnownCaller, NewTicket, Place
from hotline.callrecords import drafts
from hotline.callrecords.models import CallRow, DraftRow, LegRow
from hotline.fees import repository as fees
from hotline.language import numbers
from hotline.residents import repository as directory
from hotline.residents import rooms, stays
from hotline.residents.models import ResidentRow
from hotline.tickets import repository as tickets
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketRow, TicketState
from hotline.web.masks import Masks

MOST = 6
"""Tickets and calls of a card."""
_OPEN = tuple(state for state in TicketState if state not in ENDED)


class CallUnknown(HotlineError):
    """There is no such leg in this estate."""

    code = "call-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a card is read, and for whom."""

    estate: str
    zone: ZoneInfo
    today: date
    now: datetime
    masks: Masks
    may: Callable[[Scope], bool]

    def number(self, number: str, raw: str) -> str:
        """Return a number as it is dialled here, or masked."""
        return self.masks.number(dialled(number) if self.masks.unmasked else number, raw)

    def at(self, instant: datetime) -> str:
        """Return an instant as the estate's clock shows it."""
        return instant.astimezone(self.zone).strftime("%m-%d %H:%M")


def dialled(number: str) -> str:
    """Return a normalised number as people here dial it: ``+8613800001111`` → ``13800001111``."""
    shown = numbers.display(number) if number else ""
    return "".join(character for character in shown if character.isdigit() or character == "+")


def far_end(row: LegRow) -> str:
    """Return the number of the other side of a leg, as it came."""
    return row.src_raw if row.direction is Direction.INBOUND else row.dst_raw


def leg_of(session: Session, estate: str, leg: str) -> LegRow:
    """Return a leg of an estate; raises :class:`CallUnknown`."""
    row = session.get(LegRow, leg)
    if row is None or row.estate != estate:
        raise CallUnknown("There is no such call.")
    return row


def draft_of(session: Session, leg: str) -> NewTicket | None:
    """Return what the intake of a call has got; ``None`` when there is none, or none that is understood."""
    row = session.get(DraftRow, leg)
    try:
        return None if row is None else drafts.load(row.version, row.ticket)
    except drafts.UnreadableDraft:
        return None


def card(session: Session, leg: str, known: KnownCaller | None, reading: Reading) -> dict[str, Any]:
    """Return the card of a call; raises :class:`CallUnknown`."""
    row = leg_of(session, reading.estate, leg)
    draft = draft_of(session, leg)
    inbound = row.direction is Direction.INBOUND
    number, raw = (row.src, row.src_raw) if inbound else (row.dst, row.dst_raw)
    place = _place(draft, known)
    found: dict[str, Any] = {
        "leg": leg, "number": reading.number(number, raw), "name": _caller_name(draft, known, reading),
        "place": str(place), "lift": bool(known and known.lift), "draft": _intake(draft, reading),
        "calls": _calls(session, row.linkedid, number, reading),
    }  # fmt: skip
    if reading.may(Scope.TICKETS_READ):
        found["tickets"] = _tickets(session, _of_caller(number, place), reading)
    return found | (room(session, place, reading) if place.room else {})


def room(session: Session, place: Place, reading: Reading) -> dict[str, Any]:
    """Return what is known of a room: people, who stays there, fees; ``room`` ``None``: there is none."""
    row = rooms.find(session, reading.estate, place)
    if row is None:
        return {"room": None if directory.has_rooms(session, reading.estate) else str(place)}
    found: dict[str, Any] = {"room": str(row.place)}
    if reading.may(Scope.RESIDENTS_READ):
        people = select(ResidentRow).where(ResidentRow.room_id == row.id).order_by(ResidentRow.id).limit(MOST)
        found["people"] = [_person(one, reading) for one in session.scalars(people)]
        stay = stays.current(session, row.id)
        found["stay"] = None if stay is None else {"name": reading.masks.name(stay.name)}
    if reading.may(Scope.FEES_READ):
        found["fees"] = _fees(session, row.place, reading)
    return found


def of_room(session: Session, place: Place, reading: Reading) -> dict[str, Any]:
    """Return what is known of a room with its open tickets."""
    found = room(session, place, reading)
    if reading.may(Scope.TICKETS_READ):
        named = rooms.find(session, reading.estate, place)
        where = named.place if named is not None else place
        found["tickets"] = _tickets(session, [_in_room(where)], reading)
    return found


def _place(draft: NewTicket | None, known: KnownCaller | None) -> Place:
    if draft is not None and str(draft.place):
        return draft.place
    return known.place if known is not None else Place()


def _caller_name(draft: NewTicket | None, known: KnownCaller | None, reading: Reading) -> str:
    name = (draft.caller_name if draft is not None else "") or (known.name if known is not None else "")
    return reading.masks.name(name) if name else ""


def _intake(draft: NewTicket | None, reading: Reading) -> dict[str, Any] | None:
    """What the menu has asked already, as the form takes it."""
    if draft is None:
        return None
    place = draft.place
    parts = (place.building, place.unit, place.room) if place.room else ()
    return {
        "kind": draft.kind.value, "urgency": draft.urgency.value, "topic": draft.topic,
        "room": "-".join(part for part in parts if part),
        "place": reading.masks.text(place.note) if not place.room else "",
        "name": reading.masks.name(draft.caller_name),
        "callback": reading.masks.number("", draft.callback_number) if draft.callback_number else "",
        "text": reading.masks.text(draft.description), "spoken": draft.words is not None,
        "language": draft.language,
    }  # fmt: skip


def _calls(session: Session, this: str, number: str, reading: Reading) -> list[dict[str, Any]]:
    if not number:
        return []
    query = select(CallRow).where(
        CallRow.src == number, CallRow.estate == reading.estate, CallRow.linkedid != this
    )
    rows = session.scalars(query.order_by(CallRow.start.desc()).limit(MOST)).all()
    return [
        {
            "call": row.linkedid, "at": reading.at(row.start), "outcome": row.outcome,
            "seconds": round(row.billsec or 0), "disposition": row.disposition,
        }
        for row in rows
    ]  # fmt: skip


def _of_caller(number: str, place: Place) -> list[Any]:
    found = []
    if number:
        found += [TicketRow.caller_number == number, TicketRow.callback_number == number]
    if place.room:
        found.append(_in_room(place))
    return found


def _in_room(place: Place) -> Any:
    return (
        (TicketRow.building == place.building)
        & (TicketRow.unit == place.unit)
        & (TicketRow.room == place.room)
    )


def _tickets(session: Session, matching: Sequence[Any], reading: Reading) -> list[dict[str, Any]]:
    """Open ones, the newest first."""
    if not matching:
        return []
    query = select(TicketRow).where(
        TicketRow.estate == reading.estate, TicketRow.state.in_(_OPEN), or_(*matching)
    )
    rows = session.scalars(query.order_by(TicketRow.opened_at.desc()).limit(MOST)).all()
    return [
        {
            "number": row.number, "kind": row.kind.value, "state": row.state.value,
            "urgency": row.urgency.value, "at": reading.at(row.opened_at), "assignee": row.assignee,
            "place": str(reading.masks.place(tickets.summary(row).place)),
            "text": reading.masks.text(row.description)[:120],
            "overdue": row.next_due_at is not None and row.next_due_at < reading.now,
        }
        for row in rows
    ]  # fmt: skip


def _person(row: ResidentRow, reading: Reading) -> dict[str, Any]:
    shown = [reading.number(one.number, one.raw) for one in row.numbers]
    return {"name": reading.masks.name(row.name), "kind": row.kind, "numbers": shown}


def _fees(session: Session, place: Place, reading: Reading) -> dict[str, Any]:
    """``known``: whether there are bills of the room at all."""
    unpaid = fees.unpaid(session, reading.estate, place, today=reading.today)
    if not unpaid:
        return {"known": fees.has_bills(session, reading.estate, place), "unpaid": 0}
    return {
        "known": True, "unpaid": len(unpaid), "oldest": unpaid[0].month,
        "total": str(sum(one.total for one in unpaid)), "late": str(sum(one.late_fee for one in unpaid)),
    }  # fmt: skip
