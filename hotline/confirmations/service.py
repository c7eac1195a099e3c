"""Putting questions to owners and closing them. Every function works in somebody's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports import DutyContact, Place
from hotline.confirmations.errors import ConfirmationRefused
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.states import OPEN, Matter, Spot, Standing
from hotline.db import outbox
from hotline.outbound import repository as calls
from hotline.outbound.policies import Confirmations
from hotline.outbound.repository import NewCall

KIND = "confirmation"
"""Kind of the outbound rows; their subject is the question's number."""
DECIDED = "confirmation.decided"
"""Event for whoever asked: ``standing`` says the answer. Everything but ``allowed`` is a no."""
MOST_NUMBERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the desk asks."""

    estate: str
    place: Place
    matter: Matter
    owners: Sequence[DutyContact]
    """Whom to ring, one after the other."""
    asked_by: str
    who: str = ""
    what: str = ""
    persons: int | None = None
    plate: str = ""
    spot: Spot | None = None
    clip: str = ""
    """Prompt with a recording of who it is."""
    language: str = "zh"
    key: str = ""
    """The same key again is the same question; empty: a new one."""


def ask(
    session: Session, question: Question, rules: Confirmations, *, priority: int, now: datetime
) -> ConfirmationRow:
    """Put a question at once; the same ``key`` again returns what came of it.

    Raises :class:`ConfirmationRefused` when there is nobody to ask or nothing that can be said.
    """
    if question.key and (known := _by_key(session, question)) is not None:
        return known
    _check(question)
    row = _row(question, now, now + timedelta(minutes=rules.minutes))
    session.add(row)
    session.flush()
    new = NewCall(
        estate=row.estate, kind=KIND, subject=str(row.id), policy=rules.policy, flow=rules.flow,
        language=row.language, to=row.numbers[0], to_name=row.names[0], priority=priority, due_at=now,
        expires_at=row.expires_at, requested_by=row.asked_by,
    )  # fmt: skip
    calls.schedule(session, new, now=now)
    outbox.add(session, estate=row.estate, kind="confirmation.asked", subject=str(row.id), at=now)
    return row


def find(session: Session, number: int, *, lock: bool = False) -> ConfirmationRow:
    """Return a question; raises :class:`ConfirmationRefused` for one that is not there."""
    row = session.get(ConfirmationRow, number, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise ConfirmationRefused(
            f"There is no question {number}: `hotline confirm list` shows them.", code="confirmation-unknown"
        )
    return row


def listed(
    session: Session, *, estate: str | None, place: Place | None = None, limit: int | None = None,
    offset: int = 0,
) -> Sequence[ConfirmationRow]:  # fmt: skip
    """Return questions, the latest first."""
    query = select(ConfirmationRow).order_by(ConfirmationRow.id.desc()).limit(limit).offset(offset)
    if estate is not None:
        query = query.where(ConfirmationRow.estate == estate)
    if place is not None:
        query = query.where(
            ConfirmationRow.building == place.building, ConfirmationRow.unit == place.unit,
            ConfirmationRow.room == place.room,
        )  # fmt: skip
    return session.scalars(query).all()


def answered(
    session: Session, row: ConfirmationRow, standing: Standing, *, by: str, on: str, leg: str, now: datetime,
    note: str = "",
) -> None:  # fmt: skip
    """Write an answer and tell whoever asked; nobody is rung about it any more.

    Raises :class:`ConfirmationRefused` when the time is up or it is answered already: the desk has been
    told, and does not hear two answers.
    """
    if row.standing not in OPEN or row.expires_at <= now:
        raise ConfirmationRefused(
            f"Question {row.id} is closed ({row.standing.value}): ask again if it is still wanted.",
            code="confirmation-closed",
        )
    row.answered_at, row.answered_by, row.answered_on = now, by, on
    row.leg, row.note = leg or row.leg, note or row.note
    _close(session, row, standing, now)


def decide(
    session: Session, number: int, standing: Standing, *, by: str, now: datetime, note: str = ""
) -> ConfirmationRow:
    """Write down what the owner said to the desk; the recording of that call stays the proof.

    Raises :class:`ConfirmationRefused` when it is closed, or when the desk would allow what the owner
    was not heard about.
    """
    row = find(session, number, lock=True)
    if standing is Standing.ALLOWED and row.standing is Standing.ASKING:
        raise ConfirmationRefused(
            f"The owner has not spoken to the desk about question {number}: only their own yes allows it.",
            code="confirmation-no-consent",
        )
    answered(session, row, standing, by=by, on="", leg="", now=now, note=note)
    return row


def at_desk(row: ConfirmationRow, *, leg: str, minutes: float, now: datetime) -> None:
    """The owner speaks to the desk: what is said there needs its time, and the recording is the proof."""
    if row.standing in OPEN:
        row.standing, row.leg = Standing.AT_DESK, leg
        row.expires_at = max(row.expires_at, now + timedelta(minutes=minutes))


def cancel(session: Session, number: int, *, by: str, now: datetime) -> ConfirmationRow:
    """Whoever waited has left; raises :class:`ConfirmationRefused` when it is answered."""
    row = find(session, number, lock=True)
    if row.standing not in OPEN:
        raise ConfirmationRefused(
            f"Question {number} is closed already: {row.standing.value}.", code="confirmation-closed"
        )
    row.answered_by = by
    _close(session, row, Standing.CANCELLED, now)
    return row


def unanswered(session: Session, row: ConfirmationRow, *, now: datetime) -> None:
    """Nobody answered: that is a no."""
    if row.standing in OPEN:
        _close(session, row, Standing.NO_ANSWER, now)


def overdue(session: Session, now: datetime, *, limit: int = 100) -> Sequence[ConfirmationRow]:
    """Return open questions whose time is up, locked; other nodes' are left to them."""
    query = (
        select(ConfirmationRow)
        .where(ConfirmationRow.standing.in_(OPEN), ConfirmationRow.expires_at <= now)
        .order_by(ConfirmationRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(query).all()


def any_overdue(session: Session, now: datetime) -> bool:
    """True when a question's time is up."""
    query = select(ConfirmationRow.id).where(
        ConfirmationRow.standing.in_(OPEN), ConfirmationRow.expires_at <= now
    )
    return session.scalars(query.limit(1)).first() is not None


def with_old_clips(session: Session, before: datetime) -> Sequence[ConfirmationRow]:
    """Return closed questions from before an instant that still have a recording of who it is."""
    query = select(ConfirmationRow).where(
        ConfirmationRow.clip != "", ConfirmationRow.asked_at < before, ConfirmationRow.standing.not_in(OPEN)
    )
    return session.scalars(query).all()


def standing_at(row: ConfirmationRow, now: datetime) -> Standing:
    """Return what the desk goes by at an instant: no answer in time is a no, whoever writes it down."""
    return Standing.NO_ANSWER if row.standing in OPEN and row.expires_at <= now else row.standing


def _close(session: Session, row: ConfirmationRow, standing: Standing, now: datetime) -> None:
    row.standing = standing
    calls.cancel(session, kind=KIND, subject=str(row.id), now=now, why=standing.value)
    outbox.add(
        session, estate=row.estate, kind=DECIDED, subject=str(row.id), at=now,
        detail={"standing": standing.value},
    )  # fmt: skip


def _check(question: Question) -> None:
    if not question.owners:
        raise ConfirmationRefused(
            f"Nobody of {question.place} has a telephone: no answer means no. `hotline residents import` "
            "reads owners and their numbers; --number rings another one.",
            code="confirmation-nobody",
        )
    if question.persons is not None and not 1 <= question.persons <= 99:
        raise ConfirmationRefused(f"{question.persons} persons cannot be: give 1 to 99.", code="persons")
    if question.plate and not any(c.isascii() and c.isalnum() for c in question.plate):
        raise ConfirmationRefused(f'"{question.plate}" is no number plate.', code="plate")


def _by_key(session: Session, question: Question) -> ConfirmationRow | None:
    query = select(ConfirmationRow).where(
        ConfirmationRow.estate == question.estate, ConfirmationRow.key == question.key
    )
    return session.scalars(query).first()


def _row(question: Question, now: datetime, expires_at: datetime) -> ConfirmationRow:
    owners = list(question.owners)[:MOST_NUMBERS]
    place = question.place
    return ConfirmationRow(
        estate=question.estate, key=question.key or uuid.uuid4().hex, building=place.building,
        unit=place.unit, room=place.room, matter=question.matter, who=question.who, what=question.what,
        persons=question.persons, plate=question.plate, spot=question.spot or "", clip=question.clip,
        numbers=[one.number for one in owners], names=[one.name for one in owners],
        language=question.language, asked_by=question.asked_by, asked_at=now, expires_at=expires_at,
        standing=Standing.ASKING, answered_at=None, answered_by="", answered_on="", leg="", note="",
    )  # fmt: skip
