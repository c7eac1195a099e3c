"""Reading and writing the desk's rows inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hotline.db import outbox
from hotline.operators.figures import Stretch, Wait
from hotline.operators.lines import Leave, OperatorKey
from hotline.operators.models import CallBackRow, CallBackState, PresentRow, StateRow, WaitRow
from hotline.operators.presence import Standing

RECENT = 10
"""Calls from which the first estimate after a start is made."""


# --- presence ----------------------------------------------------------------------------------------


def standings(session: Session) -> dict[OperatorKey, Standing]:
    """Return how everybody stood when it was last written."""
    return {(row.estate, row.number): _standing(row) for row in session.scalars(select(PresentRow))}


def stand(session: Session, key: OperatorKey, standing: Standing, at: datetime) -> None:
    """Write how an operator stands from ``at`` on; a new state begins a new line of the history."""
    row = session.get(PresentRow, key)
    changed = row is None or (row.presence, row.reason) != (standing.presence, standing.reason)
    if row is None:
        row = PresentRow(estate=key[0], number=key[1])
        session.add(row)
    row.presence, row.since, row.reason = standing.presence, standing.since or at, standing.reason
    row.line, row.idle_since, row.until = standing.line, standing.idle_since, standing.until
    row.afterwards, row.missed = standing.afterwards, standing.missed
    session.flush()
    if changed:
        end_state(session, key, at)
        session.add(
            StateRow(
                estate=key[0],
                number=key[1],
                presence=standing.presence,
                reason=standing.reason,
                since=at,
                until=None,
            )
        )


def end_state(session: Session, key: OperatorKey, at: datetime) -> None:
    """End the line of the history that is still open."""
    still = (StateRow.estate == key[0], StateRow.number == key[1], StateRow.until.is_(None))
    session.execute(update(StateRow).where(*still).values(until=at))


def history(
    session: Session, *, estate: str | None, number: str, since: datetime, until: datetime
) -> Sequence[StateRow]:
    """Return the states of an operator that touch a span of time, in order."""
    query = select(StateRow).where(StateRow.number == number, StateRow.since < until)
    query = query.where((StateRow.until.is_(None)) | (StateRow.until > since))
    if estate is not None:
        query = query.where(StateRow.estate.in_(("", estate)))
    return session.scalars(query.order_by(StateRow.since, StateRow.id)).all()


def stretches(rows: Iterable[StateRow]) -> list[Stretch]:
    """Return states as :mod:`hotline.operators.figures` counts them."""
    return [Stretch(row.presence, row.since, row.until) for row in rows]


def _standing(row: PresentRow) -> Standing:
    return Standing(
        presence=row.presence,
        since=row.since,
        reason=row.reason,
        line=row.line,
        idle_since=row.idle_since,
        until=row.until,
        afterwards=row.afterwards,
        missed=row.missed,
    )


def tell(session: Session, *, estate: str, kind: str, subject: str, at: datetime, **detail: str) -> None:
    """Tell others, in the same transaction."""
    outbox.add(session, estate=estate, kind=kind, subject=subject, at=at, detail=detail)


# --- waits -------------------------------------------------------------------------------------------


def close_lost_waits(session: Session, at: datetime) -> int:
    """Close what a predecessor left open; returns how many."""
    talking = (WaitRow.left_at.is_not(None), WaitRow.how == Leave.ANSWERED, WaitRow.talk_ended_at.is_(None))
    session.execute(update(WaitRow).where(*talking).values(talk_ended_at=at, talk_end="lost"))
    found = session.scalars(select(WaitRow).where(WaitRow.left_at.is_(None))).all()
    for row in found:
        row.left_at, row.how = at, Leave.LOST
        row.waited = (at - row.entered_at).total_seconds()
    return len(found)


def change_wait(session: Session, wait: str, values: Mapping[str, object]) -> None:
    """Write what became of a wait."""
    session.execute(update(WaitRow).where(WaitRow.id == wait).values(**values))


def handling_times(session: Session, queue: str) -> list[float]:
    """Return how long the last calls of a queue were talked, the oldest first; seconds."""
    query = (
        select(WaitRow.talked)
        .where(WaitRow.queue == queue, WaitRow.talked.is_not(None))
        .order_by(WaitRow.entered_at.desc())
        .limit(RECENT)
    )
    return [talked for talked in reversed(session.scalars(query).all()) if talked is not None]


def waits_between(
    session: Session, since: datetime, until: datetime, *, estate: str | None = None, queue: str = ""
) -> Sequence[WaitRow]:
    """Return the waits that began in a span of time, in order."""
    query = select(WaitRow).where(WaitRow.entered_at >= since, WaitRow.entered_at < until)
    if estate is not None:
        query = query.where(WaitRow.estate == estate)
    if queue:
        query = query.where(WaitRow.queue == queue)
    return session.scalars(query.order_by(WaitRow.entered_at, WaitRow.id)).all()


def counted(rows: Iterable[WaitRow]) -> list[Wait]:
    """Return waits that are over as :mod:`hotline.operators.figures` counts them."""
    return [
        Wait(
            visit=row.visit,
            queue=row.queue,
            how=row.how,
            waited=row.waited or 0.0,
            operator=row.operator,
            talked=row.talked or 0.0,
            short=row.short,
        )
        for row in rows
        if row.how is not None
    ]


# --- calls back --------------------------------------------------------------------------------------


def open_call_backs(session: Session) -> Sequence[CallBackRow]:
    """Return the places that are kept, the longest first; those a crash interrupted wait again."""
    unfinished = (CallBackState.WAITING, CallBackState.PLACING)
    query = select(CallBackRow).where(CallBackRow.state.in_(unfinished)).order_by(CallBackRow.entered_at)
    found = session.scalars(query).all()
    for row in found:
        row.state = CallBackState.WAITING
    return found


def change_call_back(session: Session, call_back: str, values: Mapping[str, object]) -> None:
    """Write how a call back stands."""
    session.execute(update(CallBackRow).where(CallBackRow.id == call_back).values(**values))
