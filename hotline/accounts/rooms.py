"""PINs of rooms: :class:`RoomPins` is the ``RoomDoor`` port.

Whoever does not call from a registered number hears of a room's bills by room and PIN. Unlike a
member of staff, anybody may know a room's number and try: wrong PINs lock a room for a while, never
for long, and whoever calls from a registered number needs no PIN at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts import pins
from hotline.accounts.models import RoomAuditRow, RoomPinRow
from hotline.call.clock import Clock
from hotline.call.errors import RoomRefused
from hotline.call.ports import Place
from hotline.call.ports.fees import room_key
from hotline.db import outbox
from hotline.db.engine import Database

WRONG, LOCKED = "room-wrong", "room-locked"
"""Codes of :class:`~hotline.call.errors.RoomRefused`: the menu says different sentences."""
LONGEST_LOCK = timedelta(hours=2)
"""A prankster who keeps trying can hold the door shut that long after each five tries, and a PIN of
six digits stands 60 guesses a day."""
LOCKS_FORGOTTEN = timedelta(hours=24)
"""A lock that ended so long ago does not make the next one longer."""
TELEPHONE = "telephone"
"""Who did it, in the audit, when it was done by calling in."""


@dataclass(frozen=True, slots=True)
class NewRoomPin:
    """A PIN that was made up for a room, and its hash. The digits are shown once and kept nowhere."""

    place: Place
    digits: str
    kept: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt that was counted before its PIN is compared."""

    pin_hash: str = ""
    """Empty when no PIN fits: the room has none."""
    locked_until: datetime | None = None
    """The room is locked already: no PIN fits."""
    locks_until: datetime | None = None
    """The lock that begins with this attempt if it is wrong."""


class RoomPins:
    """The doors of all estates' rooms. See :class:`~hotline.call.ports.RoomDoor`."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Read from and count in ``db``."""
        self._db = db
        self._clock = clock

    async def open(self, estate: str, place: Place, pin: str) -> None:
        """Return when room and PIN belong together.

        Raises :class:`~hotline.call.errors.RoomRefused`: ``room-wrong`` (a wrong PIN, a room without
        one, no such room: the same words, as slowly), ``room-locked`` once five wrong PINs have locked
        the room: 15 minutes, twice as long each time, two hours at most.
        """
        at = self._clock.now()
        attempt = await self._db.write(partial(_begin, estate=estate, place=place, at=at))
        # comparing takes tens of milliseconds of a core: not on the loop that carries the calls
        right = await asyncio.to_thread(pins.fits, pin, attempt.pin_hash)
        if attempt.locked_until is not None:
            raise _locked(attempt.locked_until)
        if not attempt.pin_hash:
            raise _wrong()
        if not right:
            await self._refuse(estate, place, attempt)
        rehashed = ""
        if pins.is_outdated(attempt.pin_hash):
            rehashed = await asyncio.to_thread(pins.hashed, pin)
        at = self._clock.now()
        await self._db.write(partial(_entered, estate=estate, place=place, at=at, rehashed=rehashed))

    async def _refuse(self, estate: str, place: Place, attempt: _Attempt) -> NoReturn:
        at, until = self._clock.now(), attempt.locks_until
        await self._db.write(partial(_refused, estate=estate, place=place, at=at, locks_until=until))
        raise _wrong() if until is None else _locked(until)


# --- keeping them --------------------------------------------------------------------------------


def make_up(places: Iterable[Place]) -> list[NewRoomPin]:
    """Return a random PIN for each room, hashed on all cores: some 30 ms of one each. Blocks."""
    wanted = [(place, _digits(place)) for place in places]
    with ThreadPoolExecutor() as threads:
        kept = threads.map(pins.hashed, (digits for _, digits in wanted))
        return [NewRoomPin(place, digits, one) for (place, digits), one in zip(wanted, kept, strict=True)]


def give(session: Session, estate: str, new: NewRoomPin, *, by: str, at: datetime) -> None:
    """Set a room's PIN, the first or another one; a locked room is open again."""
    row = find(session, estate, new.place)
    if row is None:
        place = new.place
        row = RoomPinRow(
            estate=estate, building=place.building, unit=place.unit, room=place.room,
            room_key=room_key(place.room),
        )  # fmt: skip
        session.add(row)
    row.pin_hash, row.given_at = new.kept, at
    row.failed, row.locks, row.locked_until = 0, 0, None
    _note(session, estate, new.place, "pin", by=by, at=at)


def unlock(session: Session, estate: str, place: Place, *, by: str, at: datetime) -> None:
    """Open a locked room; raises :class:`RoomRefused` (``room-unknown``) for one without a PIN."""
    row = _must_find(session, estate, place)
    row.failed, row.locks, row.locked_until = 0, 0, None
    _note(session, estate, place, "unlocked", by=by, at=at)


def remove(session: Session, estate: str, place: Place, *, by: str, at: datetime) -> None:
    """Take a room's PIN away: nobody gets in by it. Raises as :func:`unlock` does."""
    session.delete(_must_find(session, estate, place))
    _note(session, estate, place, "removed", by=by, at=at)


def find(session: Session, estate: str, place: Place, *, lock: bool = False) -> RoomPinRow | None:
    """Return a room's PIN row; leading zeros of the room's number do not matter."""
    query = select(RoomPinRow).where(
        RoomPinRow.estate == estate,
        RoomPinRow.building == place.building,
        RoomPinRow.unit == place.unit,
        RoomPinRow.room_key == room_key(place.room),
    )
    return session.scalars(query.with_for_update() if lock else query).first()


def everybody(session: Session, estate: str | None) -> Sequence[RoomPinRow]:
    """Return every room that has a PIN."""
    row = RoomPinRow
    query = select(row).order_by(row.estate, row.building, row.unit, row.room)
    return session.scalars(query if estate is None else query.where(row.estate == estate)).all()


def audit_of(session: Session, estate: str, place: Place) -> Sequence[RoomAuditRow]:
    """Return what happened to a room's PIN, oldest first; of no room: attempts without one."""
    query = select(RoomAuditRow).where(RoomAuditRow.estate == estate, RoomAuditRow.place == _name(place))
    return session.scalars(query.order_by(RoomAuditRow.id)).all()


# --- attempts ------------------------------------------------------------------------------------


def _begin(session: Session, estate: str, place: Place, at: datetime) -> _Attempt:
    """Count an attempt as wrong before its PIN is looked at: ten calls at once have five tries."""
    row = find(session, estate, place, lock=True)
    if row is None:
        _note(session, estate, None, "refused", by=TELEPHONE, at=at)
        return _Attempt()
    if row.locked_until is not None and row.locked_until > at:
        _note(session, estate, place, "refused", by=TELEPHONE, at=at)
        return _Attempt(row.pin_hash, row.locked_until)
    if row.locked_until is not None and row.locked_until + LOCKS_FORGOTTEN <= at:
        row.failed, row.locks, row.locked_until = 0, 0, None
    row.failed += 1
    if row.failed < pins.TRIES:
        return _Attempt(row.pin_hash)
    until = row.locked_until = at + min(pins.lock_for(row.locks), LONGEST_LOCK)
    row.failed, row.locks = 0, row.locks + 1
    return _Attempt(row.pin_hash, locks_until=until)


def _entered(session: Session, estate: str, place: Place, at: datetime, rehashed: str) -> None:
    row = find(session, estate, place, lock=True)
    if row is None:
        return
    row.failed, row.locks, row.locked_until = 0, 0, None
    row.pin_hash = rehashed or row.pin_hash
    _note(session, estate, place, "entered", by=TELEPHONE, at=at)


def _refused(session: Session, estate: str, place: Place, at: datetime, locks_until: datetime | None) -> None:
    _note(session, estate, place, "refused", by=TELEPHONE, at=at)
    if locks_until is None:
        return
    _note(session, estate, place, "locked", by=TELEPHONE, at=at)
    detail = {"until": locks_until.isoformat()}
    outbox.add(session, estate=estate, kind="room.locked", subject=_name(place), at=at, detail=detail)


def _note(session: Session, estate: str, place: Place | None, event: str, *, by: str, at: datetime) -> None:
    name = "" if place is None else _name(place)
    session.add(RoomAuditRow(estate=estate, place=name, at=at, event=event, by=by))


def _name(place: Place) -> str:
    """One name of a room however its number is written."""
    return str(Place(place.building, place.unit, room_key(place.room))) if place.room else ""


def _digits(place: Place) -> str:
    """Six random digits without the room's own number.

    The first is no zero: spreadsheet programs leave it out, and a letter would have five.
    """
    known = "".join(character for character in place.room if character.isdigit())
    while True:
        digits = pins.generate(number=known)
        if digits[0] != "0" and (len(known) < pins.SHORTEST - 1 or known not in digits):
            return digits


def _must_find(session: Session, estate: str, place: Place) -> RoomPinRow:
    row = find(session, estate, place, lock=True)
    if row is None:
        raise RoomRefused(
            f"The room {place} has no PIN: `hotline fees pins give` makes one up.", code="room-unknown"
        )
    return row


def _wrong() -> RoomRefused:
    return RoomRefused("The room and the PIN do not belong together.", code=WRONG)


def _locked(until: datetime) -> RoomRefused:
    return RoomRefused(
        f"Too many wrong PINs: locked until {until.isoformat(timespec='minutes')}, "
        "or until `hotline fees pins unlock`.",
        code=LOCKED,
    )
