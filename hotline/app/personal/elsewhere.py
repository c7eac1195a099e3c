"""Somebody's number where the row is not about them: in what others wrote, in answers to programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, cast, or_, select
from sqlalchemy.orm import Session

from hotline.accounts.models import ApiAnswerRow
from hotline.app.personal.finding import Person
from hotline.confirmations.models import ConfirmationRow
from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow
from hotline.messages.models import MessageRow
from hotline.tickets.models import TicketHistoryRow, TicketPartRow, TicketRow
from hotline.wakeup.models import WakeupRow

_WHOLE = 7
"""Characters: a shorter number stands in many texts by chance."""
_MOBILE = 11


def mentioned(
    session: Session, person: Person, estate: str, *, tickets: Collection[str],
    own: Mapping[str, Collection[Any]],
) -> bool:  # fmt: skip
    """Whether a text of an estate has one of their numbers in it.

    Not asked: their own ``tickets``, by number, and ``own`` rows of other tables, by key. Reads whole tables.
    """
    forms = _written(person)
    shifts = select(ShiftRow.id).where(ShiftRow.estate == estate)
    texts: tuple[tuple[Any, ColumnElement[bool]], ...] = (
        (TicketRow.description, _others(TicketRow, estate, tickets)),
        (TicketHistoryRow.detail, _others(TicketHistoryRow, estate, tickets)),
        (TicketPartRow.text, _others(TicketPartRow, estate, tickets)),
        (MessageRow.text, _not_own(MessageRow, MessageRow.id, estate, own)),
        (WakeupRow.note, _not_own(WakeupRow, WakeupRow.number, estate, own)),
        (ConfirmationRow.what, _not_own(ConfirmationRow, ConfirmationRow.id, estate, own)),
        (ShiftLogRow.detail, ShiftLogRow.shift_id.in_(shifts)),
        (HandoverRow.remarks, HandoverRow.shift_id.in_(shifts)),
        (HandoverRow.equipment, HandoverRow.shift_id.in_(shifts)),
    )
    return any(
        session.scalar(select(column).where(where, _has(column, forms)).limit(1)) is not None
        for column, where in texts
        if forms
    )


def scrub_answers(session: Session, person: Person, estate: str) -> int:
    """Take numbers and names out of the answers kept for programs that ask twice; returns out of how many.

    The answer stays in its form: who asks again under its key is still not done for a second time.
    """
    forms = _long(person)
    if not forms:
        return 0
    query = select(ApiAnswerRow).where(_has(cast(ApiAnswerRow.body, String), forms))
    rows = [row for row in session.scalars(query) if row.body.get("estate", estate) == estate]
    for row in rows:
        row.body = _without(row.body, forms, person.names)
    return len(rows)


def _long(person: Person) -> tuple[str, ...]:
    return tuple(sorted(form for form in person.numbers if len(form) >= _WHOLE))


def _written(person: Person) -> tuple[str, ...]:
    """The forms people write in texts: those of mobiles also in groups."""
    mobiles = [form for form in _long(person) if len(form) == _MOBILE and form.isdigit()]
    grouped = (f"{one[:3]}{gap}{one[3:7]}{gap}{one[7:]}" for one in mobiles for gap in " -")
    return (*_long(person), *grouped)


def _not_own(row: Any, key: Any, estate: str, own: Mapping[str, Collection[Any]]) -> ColumnElement[bool]:
    others: ColumnElement[bool] = (row.estate == estate) & key.not_in(own.get(row.__tablename__, ()))
    return others


def _others(row: Any, estate: str, tickets: Collection[str]) -> ColumnElement[bool]:
    others: ColumnElement[bool] = (row.estate == estate) & row.number.not_in(tickets)
    return others


def _has(column: Any, forms: Collection[str]) -> ColumnElement[bool]:
    return or_(*(column.contains(form, autoescape=True) for form in forms))


def _without(value: Any, forms: Collection[str], names: Collection[str]) -> Any:
    match value:
        case dict():
            return {key: _without(one, forms, names) for key, one in value.items()}
        case list():
            return [_without(one, forms, names) for one in value]
        case str() if value in names or any(form in value for form in forms):
            return ""
    return value
