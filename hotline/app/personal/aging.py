"""Rows whose time is over: personal columns are masked or written over, some rows are deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, String, and_, cast, delete, func, or_, select
from sqlalchemy.orm import Session

from hotline.accounts.models import ApiAnswerRow, ApiAuditRow, RoomAuditRow, StaffAuditRow
from hotline.accounts.usermodels import UserSessionRow
from hotline.app.personal import below
from hotline.app.personal.traces import Trace
from hotline.call.ports import Direction
from hotline.language import numbers
from hotline.notifications.models import DeliveryRow, DeliveryState

AT_ONCE = 200
"""Rows a transaction: calls that write meanwhile wait a moment at most."""
_SHORT = 6
"""Digits of numbers that are nobody's secret."""

GONE: Mapping[str, tuple[tuple[Any, Any], ...]] = {
    "audit": (
        (ApiAuditRow, ApiAuditRow.at), (StaffAuditRow, StaffAuditRow.at), (RoomAuditRow, RoomAuditRow.at),
    ),
    "api_answers": ((ApiAnswerRow, ApiAnswerRow.at),),
    "sessions": ((UserSessionRow, UserSessionRow.expires_at),),
    "outbox": ((DeliveryRow, DeliveryRow.finished_at),),
}  # fmt: skip
"""By period of ``retention``: tables whose old rows are deleted, and the column of their time."""


def count(session: Session, trace: Trace, before: datetime) -> int:
    """Return how many rows have something personal that is older."""
    return session.scalar(select(func.count()).select_from(trace.row).where(_old(trace, before))) or 0


def age(session: Session, trace: Trace, before: datetime, now: datetime) -> tuple[int, list[str]]:
    """Treat up to :data:`AT_ONCE` rows; return how many, and files of theirs below the data folder."""
    rows: Sequence[Any] = session.scalars(select(trace.row).where(_old(trace, before)).limit(AT_ONCE)).all()
    lower = below.gather(
        session,
        legs={row.uniqueid for row in rows} if trace.own_side else (),
        tickets={row.number for row in rows} if trace.row.__tablename__ == "tickets" else (),
    )
    files = [part.path for part in lower.parts if part.path]
    if trace.own_side:
        below.blank_events(lower.events)
    else:
        below.blank(session, lower, now)
    for row in rows:
        if trace.own_side:
            _mask_sides(row)
        else:
            for column, value in trace.blank.items():
                setattr(row, column, value(row) if callable(value) else value)
    return len(rows), files


def count_gone(session: Session, row: Any, at: Any, before: datetime) -> int:
    """Return how many rows would be deleted."""
    return session.scalar(select(func.count()).select_from(row).where(_gone(row, at, before))) or 0


def forget(session: Session, row: Any, at: Any, before: datetime) -> int:
    """Delete old rows; returns how many."""
    return session.connection().execute(delete(row).where(_gone(row, at, before))).rowcount


def _gone(row: Any, at: Any, before: datetime) -> ColumnElement[bool]:
    if row is DeliveryRow:
        return and_(at < before, DeliveryRow.state == DeliveryState.DELIVERED)
    old: ColumnElement[bool] = at < before
    return old


def _old(trace: Trace, before: datetime) -> ColumnElement[bool]:
    left = [_shows(trace.row, side) for side in trace.own_side] or [
        _differs(getattr(trace.row, column), value)
        for column, value in trace.blank.items()
        if not callable(value)
    ]
    over = trace.over if trace.over is not None else trace.ended.is_not(None)
    return and_(over, trace.ended < before, or_(*left))


def _differs(column: Any, value: Any) -> ColumnElement[bool]:
    if isinstance(column.type, JSON):
        return and_(column.is_not(None), cast(column, String) != json.dumps(value))
    different: ColumnElement[bool] = column.is_not(None) if value is None else column != value
    return different


def _shows(row: Any, side: str) -> ColumnElement[bool]:
    """Whether a side of a call shows somebody's number: the hotline's own, dialled by callers, is none."""
    plain, raw = getattr(row, side), getattr(row, f"{side}_raw")
    told: ColumnElement[bool] = or_(_long(plain), _long(raw))
    if side == "dst":
        return and_(row.direction != Direction.INBOUND, told)
    return or_(told, row.src_name != "")


def _long(column: Any) -> ColumnElement[bool]:
    return and_(func.length(column) > _SHORT, column.not_like("%*%"))


def _mask_sides(row: Any) -> None:
    row.src, row.src_raw = _masked(row.src, row.src_raw)
    row.src_name = ""
    if row.direction is not Direction.INBOUND:
        row.dst, row.dst_raw = _masked(row.dst, row.dst_raw)


def _masked(number: str, raw: str) -> tuple[str, str]:
    shown = numbers.mask(number) if number else ""
    if len(number) > _SHORT and "*" not in shown:
        shown = number[:1] + "*"
    return shown, raw if len(raw) <= _SHORT else shown or raw[:1] + "*"
