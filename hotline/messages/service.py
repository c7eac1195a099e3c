"""Taking messages and settling them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import MessageRefused
from hotline.call.ports import Place, Urgency
from hotline.call.ports.messages import MessageSummary, NewMessage
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.messages.models import MessageRow
from hotline.messages.states import SETTLED, MessageState
from hotline.outbound import repository as calls
from hotline.outbound.repository import NewCall

KIND = "taken_message"
"""Kind of the outbound rows; their subject is the message's number."""
FLOW = "taken_message"
POLICY, URGENT_POLICY = "taken_message", "taken_message_urgent"
SUPERVISOR = "supervisor"
"""Roster that is rung about an urgent message for staff on duty."""
LONGEST_TEXT = 2000
_PRIORITY, _URGENT_PRIORITY = 45, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Who a message is for, as the house knows them."""

    to: str
    """What is dialled."""
    name: str = ""
    duty_until: datetime | None = None
    """Staff on duty now: until then no private calls. ``None``: not on duty."""


class House(Protocol):
    """Rooms, staff and departments, asked inside the transaction."""

    def room(self, session: Session, estate: str, place: Place) -> Addressee | None:
        """Return how a room is reached; ``None`` when there is no such room; ``to`` may be empty."""
        ...

    def staff(self, session: Session, estate: str, number: str, at: datetime) -> Addressee | None:
        """Return how a member of staff is reached; ``None`` when there is none of that number."""
        ...

    def department(self, estate: str, wanted: str, at: datetime) -> Addressee | None:
        """Return how a department of the directory is reached; ``None`` for none of that name."""
        ...


class Messages:
    """Implements :class:`hotline.call.ports.messages.MessageDesk`."""

    def __init__(self, db: Database, *, clock: Clock, house: House) -> None:
        """Keep messages in ``db``."""
        self._db = db
        self._clock = clock
        self._house = house

    async def take(self, new: NewMessage) -> MessageSummary:
        """Commit a message; see the port."""
        now = self._clock.now()
        return await self._db.write(lambda session: summary(take(session, new, self._house, now=now)))


def take(session: Session, new: NewMessage, house: House, *, now: datetime) -> MessageRow:
    """Keep a message and schedule the call that delivers it; the same ``key`` again returns what is there.

    Raises :class:`MessageRefused`.
    """
    if new.key and (known := _by_key(session, new)) is not None:
        return known
    _check(new)
    addressee = _addressee(session, new, house, now)
    to_supervisor = new.urgent and addressee.duty_until is not None
    waits = addressee.duty_until if addressee.duty_until is not None and not new.urgent else None
    row = _row(new, addressee, "" if to_supervisor else addressee.to, now, waits or now)
    session.add(row)
    session.flush()
    _schedule(session, row, roster=SUPERVISOR if to_supervisor else "", now=now)
    _tell(session, row, "taken", now)
    return row


def find(session: Session, number: int, *, lock: bool = False) -> MessageRow:
    """Return a message; raises :class:`MessageRefused` for one that is not there."""
    row = session.get(MessageRow, number, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise MessageRefused(
            f"There is no message {number}: `hotline messages list` shows them.", code="message-unknown"
        )
    return row


def listed(
    session: Session,
    *,
    estate: str | None,
    state: MessageState | None = None,
    place: Place | None = None,
    staff: str = "",
    before: int | None = None,
    limit: int | None = None,
) -> Sequence[MessageRow]:
    """Return messages, the latest first; ``before``: only those older than this number."""
    query = select(MessageRow).order_by(MessageRow.id.desc()).limit(limit)
    if estate is not None:
        query = query.where(MessageRow.estate == estate)
    if state is not None:
        query = query.where(MessageRow.state == state)
    if staff:
        query = query.where(MessageRow.staff == staff)
    if before is not None:
        query = query.where(MessageRow.id < before)
    if place is not None:
        query = query.where(
            MessageRow.building == place.building,
            MessageRow.unit == place.unit,
            MessageRow.room == place.room,
        )
    return session.scalars(query).all()


def acknowledged(
    session: Session, row: MessageRow, *, by: str, leg: str = "", now: datetime, note: str = ""
) -> None:
    """Somebody has it; nobody is called about it any more. The second time nothing happens.

    Raises :class:`MessageRefused` for one that was taken back.
    """
    if row.state is MessageState.CANCELLED:
        raise MessageRefused(f"Message {row.id} was taken back.", code="message-settled")
    if row.state is not MessageState.DELIVERED:
        _settle(session, row, MessageState.DELIVERED, by=by, leg=leg, note=note, now=now)


def cancel(session: Session, number: int, *, by: str, why: str, now: datetime) -> MessageRow:
    """Take a message back; raises :class:`MessageRefused` when it has arrived."""
    row = find(session, number, lock=True)
    if row.state in SETTLED:
        raise MessageRefused(
            f"Message {number} is {row.state.value}: it cannot be taken back.", code="message-settled"
        )
    _settle(session, row, MessageState.CANCELLED, by=by, note=why, now=now)
    return row


def undelivered(session: Session, row: MessageRow, *, why: str, now: datetime) -> None:
    """Every call was made in vain: whoever is told by the event has to go there."""
    if row.state is MessageState.WAITING:
        _settle(session, row, MessageState.UNDELIVERED, by="", note=why, now=now)


def retry(session: Session, number: int, *, by: str, now: datetime) -> MessageRow:
    """Call again about a message that did not arrive; raises :class:`MessageRefused` for others."""
    row = find(session, number, lock=True)
    if row.state is not MessageState.UNDELIVERED:
        raise MessageRefused(
            f"Message {number} is {row.state.value}: only one that did not arrive is tried again.",
            code="message-settled",
        )
    row.state, row.deliver_at, row.settled_at, row.note = MessageState.WAITING, now, None, f"again by {by}"
    _schedule(session, row, roster="" if row.to else SUPERVISOR, now=now, occurrence=now.isoformat())
    return row


def summary(row: MessageRow) -> MessageSummary:
    """Return what is read back."""
    return MessageSummary(number=str(row.id), state=row.state.value, deliver_at=row.deliver_at)


def _settle(
    session: Session, row: MessageRow, state: MessageState, *, by: str, now: datetime, leg: str = "",
    note: str = "",
) -> None:  # fmt: skip
    row.state, row.settled_at, row.settled_by = state, now, by
    row.leg, row.note = leg or row.leg, note or row.note
    calls.cancel(session, kind=KIND, subject=str(row.id), now=now, why=state.value)
    _tell(session, row, state.value, now)


def _tell(session: Session, row: MessageRow, what: str, now: datetime) -> None:
    detail = {
        "room": "" if row.staff else str(row.place),
        "staff": row.staff,
        "department": row.department,
        "urgency": Urgency.URGENT.value if row.urgent else Urgency.ORDINARY.value,
    }
    outbox.add(
        session, estate=row.estate, kind=f"message.{what}", subject=str(row.id), at=now,
        detail={name: value for name, value in detail.items() if value},
    )  # fmt: skip


def _check(new: NewMessage) -> None:
    if sum(map(bool, (new.place.room, new.staff, new.department))) != 1:
        raise MessageRefused(
            "Say who the message is for: a room, a member of staff, or a department.", code="message-for"
        )
    if new.words is None and not new.text.strip():
        raise MessageRefused(
            "The message is empty: record or write what is to be told.", code="message-empty"
        )
    if len(new.text) > LONGEST_TEXT:
        raise MessageRefused(
            f"The message has {len(new.text)} characters; {LONGEST_TEXT} are kept. Shorten it.",
            code="message-long",
        )


def _addressee(session: Session, new: NewMessage, house: House, now: datetime) -> Addressee:
    if new.staff:
        found = house.staff(session, new.estate, new.staff, now)
        missing = f"There is nobody with the staff number {new.staff}: `hotline staff list` shows them."
        silent = f"Staff number {new.staff} has no telephone: give them one with `hotline staff change`."
    elif new.department:
        found = house.department(new.estate, new.department, now)
        missing = f"The directory has no department {new.department}: `hotline enquiries list` shows them."
        silent = missing
    else:
        found = house.room(session, new.estate, new.place)
        missing = f"There is no room {new.place} on the list: `hotline rooms list` shows them."
        silent = f"Nobody of room {new.place} has a telephone: take the message there by hand."
    if found is None:
        raise MessageRefused(missing, code="message-nobody")
    on_duty_and_urgent = new.urgent and found.duty_until is not None
    if not found.to and not on_duty_and_urgent:
        raise MessageRefused(silent, code="message-no-telephone")
    return found


def _schedule(
    session: Session, row: MessageRow, *, roster: str, now: datetime, occurrence: str = "1"
) -> None:
    policy = URGENT_POLICY if row.urgent else POLICY
    new = NewCall(
        estate=row.estate, kind=KIND, subject=str(row.id), occurrence=occurrence, policy=policy, flow=FLOW,
        language=row.language, roster=roster, to=row.to, to_name=row.staff_name or str(row.place),
        priority=_URGENT_PRIORITY if row.urgent else _PRIORITY, due_at=row.deliver_at,
        requested_by=row.taken_by or "hotline",
    )  # fmt: skip
    calls.schedule(session, new, now=now)


def _by_key(session: Session, new: NewMessage) -> MessageRow | None:
    query = select(MessageRow).where(MessageRow.estate == new.estate, MessageRow.key == new.key)
    return session.scalars(query).first()


def _row(new: NewMessage, addressee: Addressee, to: str, now: datetime, deliver_at: datetime) -> MessageRow:
    place = new.place
    return MessageRow(
        estate=new.estate, key=new.key or uuid.uuid4().hex, building=place.building, unit=place.unit,
        room=place.room, staff=new.staff, staff_name=addressee.name, to=to, from_name=new.from_name,
        from_number=new.from_number, words=None if new.words is None else asdict(new.words),
        text=new.text.strip(), urgent=new.urgent, language=new.language, taken_by=new.taken_by, taken_at=now,
        call=new.call, state=MessageState.WAITING, deliver_at=deliver_at, settled_at=None, settled_by="",
        leg="", note="",
    )  # fmt: skip
