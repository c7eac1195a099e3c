"""What a scenario's file says of the world, as the values calls are made of."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.ports import (
    KnownCaller,
    NewTicket,
    Place,
    Span,
    StaffMember,
    TicketKind,
    TicketSummary,
    Urgency,
)
from hotline.ivr import rehearsal_desk as desk
from hotline.ivr.intake import Value
from hotline.ivr.scenario import EarlierTicket, Employee, Person, Sounding


def known(person: Person) -> KnownCaller:
    """Return a resident or lift telephone as the directory knows them."""
    if person.lift:
        building, _, unit = person.place.partition("-")
        return KnownCaller(
            name=person.name, place=Place(building, unit, "", person.name), callback_number="", lift=True
        )
    return KnownCaller(
        name=person.name,
        place=place_of(person.place),
        callback_number=person.callback,
        room_telephone=person.room_telephone,
    )


async def recording_of(leg: str) -> Path | None:
    """Every earlier leg has a recording."""
    return Path("recording.wav")


EARLIER_WORDS = Span("e" * 32, 1.0, 4.0)
"""Words of another call, recorded before."""


def given(slot: str, value: str | Sounding, zone: ZoneInfo) -> Value:
    """Return a given slot's value: recorded words, a place, a local time or text."""
    if not isinstance(value, str):
        return EARLIER_WORDS
    if slot == "place" or slot.endswith(".place"):
        return place_of(value)
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError:
        return value


def place_of(text: str) -> Place:
    """Return ``3-2-602`` as a place, anything else as its note."""
    parts = text.split("-")
    if len(parts) == 3:
        return Place(*parts)
    return Place(note=text) if text else Place()


def earlier(ticket: EarlierTicket, zone: ZoneInfo, now: datetime) -> desk.Filed:
    """Return a ticket that exists before the call."""

    def aware(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.replace(tzinfo=zone)

    words, next_at = EARLIER_WORDS if ticket.words else None, aware(ticket.next)
    new = NewTicket(
        estate="default",
        kind=TicketKind(ticket.kind),
        caller_number=ticket.caller,
        callback_number=ticket.callback or ticket.caller,
        words=words,
    )
    summary = TicketSummary(
        number=ticket.number,
        kind=TicketKind(ticket.kind),
        urgency=Urgency.ORDINARY,
        state=ticket.state,
        place=place_of(ticket.place),
        opened_at=ticket.opened.replace(tzinfo=zone),
        due_at=aware(ticket.due),
        assignee=ticket.assignee,
        complete=True,
        topic=ticket.topic,
        words=words,
        next_at=next_at,
        late=next_at is not None and next_at <= now,
    )
    return desk.Filed(new, summary)


def employee(one: Employee, wrong: int) -> desk.Employee:
    """Return a member of staff with their PIN."""
    member = StaffMember(number=one.number, name=one.name, telephone="", roles=frozenset(one.roles))
    return desk.Employee(member, one.pin, wrong)
