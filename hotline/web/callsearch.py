"""What people ask of the list of calls: fields of a form as one search, for page and file alike.

A room is found by the numbers of its residents, its own telephone and the tickets that name it; a ticket by
the calls that belong to it; an operator by the callers they took. Those stand in other slices' tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.call.ports import Direction, Place
from hotline.callrecords import listing
from hotline.callrecords.listing import CallSearch, Legs
from hotline.language import numbers
from hotline.operators.models import WaitRow
from hotline.residents import names
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.settings import Settings
from hotline.tickets.models import PartKind, TicketPartRow, TicketRow
from hotline.web.masks import Masks

LONGEST = 100
"""Characters of a field."""
MOST_TICKETS = 500
"""Of a room, the latest, whose calls are looked for."""
SIFTED_DAYS = 92
"""Back to when words and steps of menus are looked for where nobody says since when: a quarter."""
_PART_BELOW = 7
"""Fewer digits are the end or a stretch of a number; its end alone for who sees numbers masked."""
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


class BadAsked(HotlineError):
    """A field of a search that means nothing; the search is not done."""

    code = "bad-search"


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of the form, as they were typed; also the query of the list's address."""

    since: str = ""
    until: str = ""
    """The last day."""
    number: str = ""
    room: str = ""
    direction: str = ""
    result: str = ""
    outcome: str = ""
    step: str = ""
    operator: str = ""
    recorded: str = ""
    emergency: str = ""
    ticket: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Take from an address what is asked; the rest is somebody else's."""
        return cls(**{one.name: query.get(one.name, "").strip()[:LONGEST] for one in fields(cls)})

    def query(self) -> dict[str, str]:
        """Return what is asked, for an address."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    def dated(self, now: datetime, zone: ZoneInfo) -> Asked:
        """Return the same, with a first day where every call would have to be read otherwise.

        It stands in the form like one that was typed: an earlier one may be given.
        """
        if self.since or not (self.step or self.text):
            return self
        first = now.astimezone(zone).date() - timedelta(days=SIFTED_DAYS)
        return replace(self, since=first.isoformat())

    @property
    def seldom(self) -> bool:
        """Whether something is asked that stands among the further fields."""
        return any(
            (self.step, self.operator, self.recorded, self.emergency, self.ticket, self.text, self.outcome)
        )


def search_of(
    asked: Asked, session: Session, estate: str, zone: ZoneInfo, settings: Settings, masks: Masks
) -> CallSearch:
    """Return the search; raises :class:`BadAsked` naming the field.

    Who sees numbers masked finds them by what the mask leaves, or by a whole one: not digit by digit.
    """
    since, until = span(asked.since, asked.until, zone)
    digits = "".join(sign for sign in asked.number if sign.isdigit())
    part = len(digits) < _PART_BELOW
    found = numbers.normalise(asked.number, country=settings.sip.country, area_code=settings.sip.area_code)
    if asked.number and not digits:
        raise BadAsked(
            f'"{asked.number}" has no digits: give a number, or its last digits.', code="bad-telephone"
        )
    room = _room(session, estate, asked.room) if asked.room else (None, ())
    search = CallSearch(
        estate=estate, since=since, until=until, number=digits if part else found or digits,
        part=part, masked=not masks.unmasked,
        direction=Direction(asked.direction) if asked.direction in set(Direction) else None,
        disposition=asked.result, outcome=asked.outcome, step=asked.step, recorded=bool(asked.recorded),
        emergency=bool(asked.emergency), text=asked.text, legs=tuple(_legs(asked, estate)),
        numbers=room[0], or_calls=room[1],
    )  # fmt: skip
    return listing.sifted(session, search)


def span(since: str, until: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Return a span of local days, the last one included; raises :class:`BadAsked`."""
    first, last = _day(since), _day(until)
    if first is not None and last is not None and last < first:
        raise BadAsked("The last day lies before the first one.", code="bad-span")
    begin = None if first is None else datetime.combine(first, time(), zone)
    return begin, None if last is None else datetime.combine(last + timedelta(days=1), time(), zone)


def place_of(text: str) -> Place:
    """Return ``3-2-602``, ``A-1203`` or ``808`` taken apart."""
    return names.whole(text) or Place("", "", names.room(text))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not _FIRST_DAY <= found <= _LAST_DAY:
        raise BadAsked(f'"{text[:20]}" is no day: write it as 2026-11-21.', code="bad-day")
    return found


def _room(session: Session, estate: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbers of a room and the calls of its tickets."""
    place = place_of(text)
    here = [RoomRow.estate == estate, RoomRow.room == place.room]
    ticket = [TicketRow.estate == estate, TicketRow.room == place.room, TicketRow.call != ""]
    if place.building:
        here += [RoomRow.building == place.building, RoomRow.unit == place.unit]
        ticket += [TicketRow.building == place.building, TicketRow.unit == place.unit]
    people = (
        select(ResidentNumberRow.number)
        .join(ResidentRow, ResidentRow.id == ResidentNumberRow.resident_id)
        .join(RoomRow, RoomRow.id == ResidentRow.room_id)
        .where(*here)
    )
    own = select(RoomRow.address_number).where(*here, RoomRow.address_number != "")
    known = dict.fromkeys((*session.scalars(people), *session.scalars(own)))
    filed = select(TicketRow.call).where(*ticket).order_by(TicketRow.opened_at.desc()).limit(MOST_TICKETS)
    return tuple(known), tuple(listing.of_legs(session, session.scalars(filed).all()).values())


def _legs(asked: Asked, estate: str) -> list[Legs]:
    found: list[Legs] = []
    if asked.operator:
        found.append(select(WaitRow.leg).where(WaitRow.estate == estate, WaitRow.operator == asked.operator))
    if asked.ticket:
        number = "".join(sign for sign in asked.ticket if sign.isdigit())
        of_ticket = select(TicketPartRow.recording).where(
            TicketPartRow.number == number, TicketPartRow.estate == estate,
            TicketPartRow.kind.in_((PartKind.CALL, PartKind.RECORDING)),
        )  # fmt: skip
        filed = select(TicketRow.call).where(TicketRow.number == number, TicketRow.estate == estate)
        found.append(select(of_ticket.union(filed).subquery().c[0]))
    return found
