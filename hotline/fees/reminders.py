"""What reminders ask of bills: who owes, who has promised, what came of a call (DOMAIN section 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from hotline.call.ports import Place
from hotline.call.ports.fees import REMINDER, room_subject
from hotline.fees import promises, repository
from hotline.fees.repository import Debt
from hotline.fees.service import FeesBook
from hotline.fees.states import PromiseState

REST = timedelta(hours=1)
"""A promise that was just broken is not answered by a call in the same hour."""
PAID, PROMISED, BROKEN_NOW = "paid", "promised", "promise_just_broken"


@dataclass(frozen=True, slots=True)
class Unpaid:
    """The rooms to be reminded, and why others that owe something are not."""

    debts: tuple[Debt, ...]
    left_out: Mapping[str, int]
    """How many rooms for each reason."""


class FeeReminders:
    """Bills as reminders need them; everything happens in somebody's transaction."""

    def __init__(self, book: FeesBook) -> None:
        """Ask ``book``."""
        self._book = book

    def unpaid(
        self, session: Session, estate: str, *, now: datetime, month: str = "", overdue: bool = True,
        other: Callable[[Debt], str] = lambda debt: "",
    ) -> Unpaid:  # fmt: skip
        """Return the rooms to be reminded; ``other`` may know a reason against one."""
        why: Counter[str] = Counter()
        kept = []
        for debt in self._book.debts_in(session, estate, overdue=overdue, month=month, promised=True):
            reason = self._resting(session, estate, debt, now) or other(debt)
            if reason:
                why[reason] += 1
            else:
                kept.append(debt)
        return Unpaid(tuple(kept), dict(why))

    def _resting(self, session: Session, estate: str, debt: Debt, now: datetime) -> str:
        if debt.promised_on is not None:
            return PROMISED
        broken = promises.of_room(session, estate, debt.place, PromiseState.BROKEN)
        fresh = any(row.decided_at is not None and now - row.decided_at < REST for row in broken)
        return BROKEN_NOW if fresh else ""

    def settled_by(self, session: Session, estate: str, place: Place) -> str:
        """Return why a room is not to be reminded now; empty when it is."""
        if not repository.unpaid_rows(session, estate, place):
            return PAID
        return PROMISED if promises.of_room(session, estate, place, PromiseState.OPEN) else ""

    def promise(
        self, session: Session, estate: str, place: Place, promised_on: date, *, leg: str, at: datetime
    ) -> None:
        """Keep a promise; raises :class:`~hotline.call.errors.FeeRefused` for a day that is not taken.

        A room that has paid while it was called has nothing to promise: that is no refusal.
        """
        if not repository.unpaid_rows(session, estate, place, lock=True):
            return
        self._book.promise_in(
            session, estate=estate, place=place, promised_on=promised_on, said_to=REMINDER, leg=leg, at=at
        )

    def note(self, session: Session, estate: str, place: Place, event: str, *, at: datetime) -> None:
        """Write it in the history of every bill the room owes."""
        for bill in repository.unpaid_rows(session, estate, place):
            repository.note(session, bill.number, event, who=REMINDER, at=at)

    def subject(self, estate: str, debt: Debt) -> str:
        """Return what people are called about: a payment finds the calls by it."""
        return room_subject(estate, debt.place)
