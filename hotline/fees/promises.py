"""Promises to pay: given on a call, kept or broken by what was paid and when (DOMAIN section 8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from hotline.call.errors import FeeRefused
from hotline.call.ports import Place, Span
from hotline.call.ports.fees import room_key
from hotline.db import outbox
from hotline.fees import repository
from hotline.fees.models import BillRow, PromiseBillRow, PromiseRow
from hotline.fees.states import BillState, PromiseState


def promise_in(
    session: Session,
    *,
    estate: str,
    place: Place,
    promised_on: date,
    today: date,
    now: datetime,
    longest: int,
    said_to: str,
    leg: str = "",
    words: Span | None = None,
) -> PromiseRow:
    """Keep that a room will pay everything it owes by a day, in the transaction of ``session``.

    An earlier promise that is still open is replaced by it. The same said again on one call is one
    promise. ``longest``: days from ``today``. Raises :class:`~hotline.call.errors.FeeRefused`:
    ``promise-past``, ``promise-too-far``, or ``nothing-owed``.
    """
    _must_lie_ahead(promised_on, today, longest)
    owed = repository.unpaid_rows(session, estate, place, lock=True)
    if not owed:
        raise FeeRefused(f"{place} owes nothing: there is nothing to promise.", code="nothing-owed")
    before = of_room(session, estate, place, PromiseState.OPEN)
    for row in before:
        if leg and (row.leg, row.promised_on) == (leg, promised_on):
            return row
        row.state, row.decided_at = PromiseState.REPLACED, now
    new = PromiseRow(
        estate=estate, building=place.building, unit=place.unit, room=place.room,
        room_key=room_key(place.room), said_at=now, said_on=today, promised_on=promised_on,
        amount_fen=sum(bill.total_fen for bill in owed), said_to=said_to, leg=leg,
        recording=words.recording if words else "", words_start=words.start if words else None,
        words_end=words.end if words else None, state=PromiseState.OPEN, decided_at=None,
    )  # fmt: skip
    new.bills = list(owed)
    session.add(new)
    session.flush()
    for bill in owed:
        detail = f"to be paid by {promised_on.isoformat()}"
        repository.note(session, bill.number, "promised", who=said_to, at=now, detail=detail)
    _tell(session, new, "promise.made", now)
    return new


def judged(promised_on: date, bills: Iterable[BillRow], *, today: date) -> PromiseState:
    """Return what a promise comes to on a day: by the day the money came, not the day it was noted."""
    asked = [bill for bill in bills if bill.state is not BillState.WITHDRAWN]
    if not asked:
        return PromiseState.VOID
    days = [bill.paid_on for bill in asked]
    if all(day is not None and day <= promised_on for day in days):
        return PromiseState.KEPT
    late = any(day is not None and day > promised_on for day in days)
    return PromiseState.BROKEN if late or today > promised_on else PromiseState.OPEN


def reconsider(session: Session, bill: str, *, today: date, now: datetime) -> None:
    """Judge the promises about a bill again after it was paid, withdrawn or its payment taken back."""
    query = (
        select(PromiseRow)
        .join(PromiseBillRow, PromiseBillRow.promise == PromiseRow.id)
        .where(PromiseBillRow.bill == bill, PromiseRow.state != PromiseState.REPLACED)
        .with_for_update(of=PromiseRow)
    )
    for row in session.scalars(query):
        decide(session, row, today=today, now=now)


def decide(session: Session, row: PromiseRow, *, today: date, now: datetime) -> bool:
    """Write what a promise comes to by now; True when that is news."""
    state = judged(row.promised_on, row.bills, today=today)
    if state is row.state:
        return False
    row.state, row.decided_at = state, None if state is PromiseState.OPEN else now
    if state in (PromiseState.KEPT, PromiseState.BROKEN):
        _tell(session, row, f"promise.{state.value}", now)
    return True


def of_room(session: Session, estate: str, place: Place, *states: PromiseState) -> Sequence[PromiseRow]:
    """Return the promises of a room, the latest last."""
    query = select(PromiseRow).where(
        PromiseRow.estate == estate,
        PromiseRow.building == place.building,
        PromiseRow.unit == place.unit,
        PromiseRow.room_key == room_key(place.room),
    )
    if states:
        query = query.where(PromiseRow.state.in_(states))
    return session.scalars(query.order_by(PromiseRow.id)).all()


def listed(
    session: Session, *, estate: str | None, states: Sequence[PromiseState] = (), limit: int | None = None,
    offset: int = 0,
) -> Sequence[PromiseRow]:  # fmt: skip
    """Return promises with their bills, the latest first."""
    query = select(PromiseRow).options(selectinload(PromiseRow.bills)).order_by(PromiseRow.id.desc())
    query = query.limit(limit).offset(offset)
    if estate is not None:
        query = query.where(PromiseRow.estate == estate)
    return session.scalars(query.where(PromiseRow.state.in_(states)) if states else query).all()


def passed(session: Session, estate: str, *, today: date, limit: int) -> Sequence[int]:
    """Return open promises whose day has passed."""
    query = select(PromiseRow.id).where(
        PromiseRow.estate == estate, PromiseRow.state == PromiseState.OPEN, PromiseRow.promised_on < today
    )
    return session.scalars(query.order_by(PromiseRow.id).limit(limit)).all()


def _must_lie_ahead(promised_on: date, today: date, longest: int) -> None:
    if promised_on < today:
        raise FeeRefused(f"{promised_on} has passed: ask for a day from today on.", code="promise-past")
    last = today + timedelta(days=longest)
    if promised_on > last:
        raise FeeRefused(f"{promised_on} is too far: a promise lies before {last}.", code="promise-too-far")


def _tell(session: Session, row: PromiseRow, kind: str, at: datetime) -> None:
    detail = {"promised_on": row.promised_on.isoformat(), "fen": str(row.amount_fen)}
    outbox.add(session, estate=row.estate, kind=kind, subject=str(row.id), at=at, detail=detail)
