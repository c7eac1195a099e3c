"""Who is called about a room, a building or a bill: the directory's people for campaigns and questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.app.bills import contacts
from hotline.call.ports import DutyContact, Place
from hotline.call.ports.fees import room_key, room_subject
from hotline.campaigns.listing import Listed
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import TO_BE_CALLED, CampaignKind, CampaignState, PersonState
from hotline.fees.repository import Debt
from hotline.residents import names
from hotline.residents.models import ResidentRow, RoomRow
from hotline.tickets.life import ENDED
from hotline.tickets.models import TicketRow

OPEN_CASE = "open_case"
"""Reason not to remind a room: what came of an earlier reminder is still being worked on."""
ELSEWHERE = "reminded_elsewhere"
"""Reason: another campaign reminds the room just now, as often as its policy allows."""
_MAY_CONSENT = (("owner",), ("tenant", "resident", "business"))
"""Whose yes counts: the owner's; of a room whose owner is not known, that of whoever lives there."""
Numbers = Callable[[str], str]
"""Normalises a telephone number; a SIP address stays as it is."""


@dataclass(frozen=True, slots=True)
class Payers:
    """People to remind, and rooms that owe something but have nobody with a telephone."""

    people: tuple[Listed, ...]
    unreachable: tuple[Place, ...]


def payers(
    session: Session, estate: str, debts: Iterable[Debt], *, normalise: Numbers, language: str
) -> Payers:
    """Return whom to call about each debt: the owner's first number, or whoever else is listed first."""
    known = contacts(session, estate)
    people, unreachable = [], []
    for debt in debts:
        room = room_subject(estate, debt.place)
        contact = known.get(room)
        if contact is None:
            unreachable.append(debt.place)
            continue
        place = debt.place
        people.append(
            Listed(
                number=normalise(contact.number) or contact.number,
                raw=contact.number,
                name=contact.name,
                building=place.building,
                unit=place.unit,
                room=place.room,
                language=language,
                about=room,
            )
        )
    return Payers(tuple(people), tuple(unreachable))


def not_now(session: Session, estate: str, campaign: int) -> Callable[[Debt], str]:
    """Return a reason against reminding a room, empty when there is none.

    Its dispute, payment or visit is still being seen to, or another campaign than this calls about it:
    the attempts a day and in all are those of one call (DOMAIN section 8).
    """
    query = (
        select(PersonRow.about)
        .join(TicketRow, TicketRow.number == PersonRow.ticket)
        .where(PersonRow.about != "", TicketRow.estate == estate, TicketRow.state.not_in(ENDED))
    )
    cases = set(session.scalars(query))
    called = (
        select(PersonRow.about)
        .join(CampaignRow, CampaignRow.id == PersonRow.campaign)
        .where(
            CampaignRow.kind == CampaignKind.REMINDER,
            CampaignRow.state.in_((CampaignState.RUNNING, CampaignState.PAUSED)),
            CampaignRow.estate == estate,
            CampaignRow.id != campaign,
            PersonRow.state.in_((PersonState.LISTED, *TO_BE_CALLED)),
        )
    )
    elsewhere = set(session.scalars(called))

    def reason(debt: Debt) -> str:
        room = room_subject(estate, debt.place)
        return OPEN_CASE if room in cases else ELSEWHERE if room in elsewhere else ""

    return reason


def neighbours(
    session: Session, estate: str, *, building: str = "", unit: str = "", language: str
) -> list[Listed]:
    """Return everybody of an estate, a building or a unit with a telephone, each telephone once."""
    query = select(ResidentRow).join(RoomRow).where(ResidentRow.estate == estate)
    if building:
        query = query.where(RoomRow.building == names.building(building))
    if unit:
        query = query.where(RoomRow.unit == names.unit(unit))
    query = query.options(selectinload(ResidentRow.numbers)).order_by(
        RoomRow.building, RoomRow.unit, RoomRow.room, ResidentRow.id
    )
    found: dict[str, Listed] = {}
    for person in session.scalars(query):
        for number in person.numbers[:1]:
            room = person.room
            listed = Listed(
                number=number.number, raw=number.raw, name=person.name, building=room.building,
                unit=room.unit, room=room.room, language=language,
            )  # fmt: skip
            found.setdefault(number.number, listed)
    return list(found.values())


def owners(session: Session, estate: str, place: Place) -> Sequence[DutyContact]:
    """Return whose yes counts for a room, with every number they have, in the order of the directory."""
    query = (
        select(ResidentRow)
        .join(RoomRow)
        .where(
            ResidentRow.estate == estate,
            RoomRow.building == names.building(place.building),
            RoomRow.unit == names.unit(place.unit),
        )
        .options(selectinload(ResidentRow.numbers))
        .order_by(ResidentRow.id)
    )
    of_room = [
        person
        for person in session.scalars(query)
        if room_key(person.room.room) == room_key(names.room(place.room))
    ]
    for group in _MAY_CONSENT:
        found: dict[str, DutyContact] = {}
        for person in of_room:
            for number in person.numbers if person.kind in group else ():
                found.setdefault(number.number, DutyContact(person.name, number.raw))
        if found:
            return list(found.values())
    return []
