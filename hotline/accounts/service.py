"""Letting staff in by telephone: :class:`Staff` is the ``StaffDesk`` port."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import NoReturn

from sqlalchemy.orm import Session

from hotline.accounts import pins, repository
from hotline.accounts.repository import Attempt
from hotline.call.clock import Clock
from hotline.call.errors import StaffRefused
from hotline.call.ports import StaffMember
from hotline.db.engine import Database

WRONG, LOCKED = "staff-wrong", "staff-locked"
"""Codes of :class:`~hotline.call.errors.StaffRefused`: the menu says different sentences."""


class Staff:
    """The staff of every estate. See :class:`~hotline.call.ports.StaffDesk`."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Read from and count in ``db``."""
        self._db = db
        self._clock = clock

    async def enter(self, estate: str, number: str, pin: str) -> StaffMember:
        """Let a member of staff in.

        Raises :class:`~hotline.call.errors.StaffRefused`, code ``staff-wrong`` for a number and PIN
        that do not belong together (whichever of them is wrong, and as slowly), ``staff-locked``
        once five wrong PINs have locked the account: 15 minutes, then twice as long each time.
        """
        at = self._clock.now()
        begin = partial(repository.begin_attempt, estate=estate, number=number, at=at)
        attempt: Attempt = await self._db.write(begin)
        # comparing takes tens of milliseconds of a core: not on the loop that carries the calls
        right = await asyncio.to_thread(pins.fits, pin, attempt.pin_hash)
        if attempt.locked_until is not None:
            raise _locked(attempt.locked_until)
        if attempt.member is None:
            raise _wrong()
        if not right:
            await self._refuse(estate, number, attempt)
        outdated = pins.is_outdated(attempt.pin_hash)
        rehashed = await asyncio.to_thread(pins.hashed, pin) if outdated else ""
        await self._db.write(
            partial(repository.entered, estate=estate, number=number, at=self._clock.now(), rehashed=rehashed)
        )
        return attempt.member

    async def _refuse(self, estate: str, number: str, attempt: Attempt) -> NoReturn:
        at, until = self._clock.now(), attempt.locks_until
        note = partial(repository.refused, estate=estate, number=number, at=at, locks_until=until)
        await self._db.write(note)
        raise _wrong() if until is None else _locked(until)

    async def named(self, estate: str, name: str) -> StaffMember | None:
        """Return the member of staff a ticket names, to say their number to a caller.

        ``None`` when nobody active is called so, or more than one.
        """
        if not name:
            return None
        return await self._db.read(partial(repository.named, estate=estate, name=name))

    async def numbered(self, estate: str, number: str) -> StaffMember | None:
        """Return the active member of staff of that number."""

        def look(session: Session) -> StaffMember | None:
            row = repository.find(session, estate, number)
            return repository.member_of(row) if row is not None and row.active else None

        return await self._db.read(look)


def _wrong() -> StaffRefused:
    return StaffRefused("The staff number and the PIN do not belong together.", code=WRONG)


def _locked(until: datetime) -> StaffRefused:
    return StaffRefused(
        f"Too many wrong PINs: locked until {until.isoformat(timespec='minutes')}, "
        "or until `hotline staff unlock`.",
        code=LOCKED,
    )
