"""Bills of every estate: :class:`FeesBook` is the ``FeeDesk`` port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import FeeRefused, InvalidInput, Problem
from hotline.call.ports import BillSummary, Place, Span
from hotline.db.engine import Database
from hotline.fees import listing, payments, promises, repository
from hotline.fees.models import PromiseRow
from hotline.fees.payments import Settled
from hotline.fees.repository import Debt
from hotline.fees.rooms import Directory, Rooms
from hotline.fees.rules import FeeRules, Terms
from hotline.fees.storing import Changes, Store

_PAID_AT_ONCE = 50
"""Payments of a list that are noted in one transaction."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did (or would do)."""

    changes: Changes
    warnings: tuple[Problem, ...]


class Rules(Protocol):
    """``fees.yaml`` in service: :class:`~hotline.keptconfig.KeptConfig`."""

    def in_service(self) -> FeeRules:
        """Look at the file, then return what holds."""
        ...

    @property
    def last(self) -> FeeRules:
        """Return what was last taken up, without a look."""
        ...


class FeesBook:
    """Bills, payments and promises. See :class:`~hotline.call.ports.FeeDesk`.

    What ends in ``_in`` works in the caller's transaction, for kinds of placed calls and commands.
    """

    def __init__(self, db: Database, *, clock: Clock, rules: Rules, zones: Mapping[str, ZoneInfo]) -> None:
        """``rules``: see :func:`hotline.fees.rules.open_rules`; ``zones`` by estate: a day is theirs."""
        self._db = db
        self._clock = clock
        self._rules = rules
        self._zones = zones

    # --- the port --------------------------------------------------------------------------------

    async def unpaid(self, estate: str, place: Place) -> Sequence[BillSummary]:
        """Return the room's unpaid bills, the oldest first, late fees as of today."""
        today = self.today(estate)
        return await self._db.read(partial(repository.unpaid, estate=estate, place=place, today=today))

    async def has_bills(self, estate: str, place: Place) -> bool:
        """True when bills of this room, paid or not, are known."""
        return await self._db.read(partial(repository.has_bills, estate=estate, place=place))

    # --- payments --------------------------------------------------------------------------------

    async def mark_paid(
        self, number: str, *, who: str, paid_on: date | None = None, how: str = ""
    ) -> Settled:
        """Note a payment (of today) and stop reminding; see :func:`hotline.fees.payments.mark_paid`."""
        return await self._db.write(
            partial(self.mark_paid_in, number=number, who=who, paid_on=paid_on, how=how)
        )

    def mark_paid_in(
        self, session: Session, number: str, *, who: str, paid_on: date | None = None, how: str = ""
    ) -> Settled:
        """Do the same in a transaction."""
        today = self._today_of_bill(session, number)
        now = self._clock.now()
        return payments.mark_paid(
            session, number, paid_on=paid_on or today, today=today, how=how, who=who, now=now
        )

    def withdraw_in(self, session: Session, number: str, *, who: str, why: str) -> Settled:
        """Take a bill back; see :func:`hotline.fees.payments.withdraw`."""
        today = self._today_of_bill(session, number)
        return payments.withdraw(session, number, who=who, why=why, today=today, now=self._clock.now())

    def take_back_in(self, session: Session, number: str, *, who: str, why: str) -> BillSummary:
        """Undo a payment; see :func:`hotline.fees.payments.take_back`."""
        today = self._today_of_bill(session, number)
        row = payments.take_back(session, number, who=who, why=why, today=today, now=self._clock.now())
        return repository.summary(row, today)

    # --- promises --------------------------------------------------------------------------------

    async def promise(
        self, estate: str, place: Place, promised_on: date, *, said_to: str, leg: str = "",
        words: Span | None = None,
    ) -> PromiseRow:  # fmt: skip
        """Keep a promise; see :meth:`promise_in`."""
        self._rules.in_service()
        keep = partial(
            self.promise_in, estate=estate, place=place, promised_on=promised_on, said_to=said_to,
            leg=leg, words=words,
        )  # fmt: skip
        return await self._db.write(keep)

    def promise_in(
        self, session: Session, *, estate: str, place: Place, promised_on: date, said_to: str, leg: str = "",
        words: Span | None = None, at: datetime | None = None,
    ) -> PromiseRow:  # fmt: skip
        """Keep that the room will pay what it owes by a day; see :func:`hotline.fees.promises.promise_in`.

        ``at``: when it was said, now when left out.
        """
        now = at or self._clock.now()
        return promises.promise_in(
            session, estate=estate, place=place, promised_on=promised_on,
            today=self.today(estate, now), now=now, longest=self.terms(estate).longest_promise,
            said_to=said_to, leg=leg, words=words,
        )  # fmt: skip

    # --- lists -----------------------------------------------------------------------------------

    def debts_in(
        self, session: Session, estate: str, *, overdue: bool = True, month: str = "", promised: bool = False
    ) -> tuple[Debt, ...]:
        """Return the rooms to be reminded, each with what it owes.

        ``overdue``: only bills whose due day has passed. A room that has promised a day that is still
        to come is left out unless ``promised``.
        """
        found = repository.debts(session, estate, today=self.today(estate), overdue=overdue, month=month)
        return tuple(debt for debt in found if promised or debt.promised_on is None)

    def import_list(
        self, path: Path, *, estates: Mapping[str, str], default: str, directory: Directory, who: str,
        month: str = "", dry_run: bool = False,
    ) -> ImportReport:  # fmt: skip
        """Store a CSV or XLSX list: all of it or, with any mistake in it, nothing. Blocks.

        ``estates`` maps ids to names; rows that name none belong to ``default``, rows without a month
        to ``month``. Raises :class:`~hotline.call.errors.InvalidInput` with the problems of every line.
        """
        rules = self._rules.in_service()
        reading = listing.Reading(
            estates=estates, default=default, rooms=cache(partial(Rooms, directory)), month=month,
            items=rules.items,
        )  # fmt: skip
        bills = listing.read(path, reading)
        self._must_be_past(bills)
        with self._db.transaction() as session:
            attempt = session.begin_nested()
            store = Store(session, who=who, now=self._clock.now(), terms=cache(rules.terms))
            changes = store.take(bills)
            if dry_run:
                attempt.rollback()
        if not dry_run:
            self._pay(store.payments, who)
        return ImportReport(changes, (*bills.warnings, *changes.warnings))

    def _pay(self, paid: Sequence[tuple[str, date]], who: str) -> None:
        """Note what the list told to be paid, some at a time: a call's own write must not wait long.

        Ended in the middle, the same list again notes the rest. What was withdrawn just now stays so.
        """
        for at in range(0, len(paid), _PAID_AT_ONCE):
            with self._db.transaction() as session:
                for number, day in paid[at : at + _PAID_AT_ONCE]:
                    with suppress(FeeRefused):
                        self.mark_paid_in(session, number, who=who, paid_on=day, how="list")

    def _must_be_past(self, bills: listing.BillList) -> None:
        ahead = tuple(
            Problem(bills.file, bill.line, "paid_on", f"{bill.paid_on} is still to come")
            for bill in bills.bills
            if bill.paid_on is not None and bill.paid_on > self.today(bill.estate)
        )
        if ahead:
            raise InvalidInput(ahead)

    # --- days and rules --------------------------------------------------------------------------

    def terms(self, estate: str) -> Terms:
        """Return the rules of an estate that were last taken up; never touches a file."""
        return self._rules.last.terms(estate)

    def today(self, estate: str, at: datetime | None = None) -> date:
        """Return the estate's day at an instant, now when left out."""
        return (at or self._clock.now()).astimezone(self._zones.get(estate, ZoneInfo("UTC"))).date()

    def _today_of_bill(self, session: Session, number: str) -> date:
        return self.today(repository.find(session, number).estate)
