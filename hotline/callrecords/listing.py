"""Calls looked for by people: a filter, page by page, without reading what is not shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from hotline.call.ports import Direction
from hotline.callrecords.models import MENU, CallEventRow, CallRow, LegRow, RecordingRow, TranscriptRow
from hotline.db import pages
from hotline.db.pages import Page, Turn

MOST_COUNTED = 10_000
"""Calls counted of a filter; more are “over 10,000”."""
MOST_SIFTED = 1_000
"""The same where every call has to be looked into: by a step of the menu, by words."""
RUNNING = "running"
"""Looked for as a result: calls that go on."""
_LATEST = 4000
"""Events of menus read to know which steps there are."""
_WHOLE = 6
"""Digits of an extension or public service, which no mask hides."""

_FEW = 2000
"""Transcripts; more words are frequent."""

Legs = Select[str]
"""Ids of legs, asked of another slice's table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSearch:
    """Which calls; what is empty does not narrow."""

    estate: str
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""
    """Normalised, of either side; with ``part`` any stretch of one."""
    part: bool = False
    masked: bool = False
    """With ``part``: only what a masked number shows, its end; short numbers are nobody's secret."""
    direction: Direction | None = None
    disposition: str = ""
    """A word of the record, or :data:`RUNNING`."""
    outcome: str = ""
    step: str = ""
    """A step of the menu the call came through."""
    recorded: bool = False
    """A recording is there and was not deleted."""
    emergency: bool = False
    text: str = ""
    """Stands in a transcript of the call."""
    among: Collection[str] | None = None
    """The only calls in question, by ``linkedid``: :func:`sifted` finds them."""
    legs: tuple[Legs, ...] = ()
    """A leg of the call is among each of these."""
    numbers: Collection[str] | None = None
    """One side has one of these normalised numbers …"""
    or_calls: Collection[str] = ()
    """… or it is one of these calls, by ``linkedid``; counts with ``numbers`` only."""

    @property
    def slow(self) -> bool:
        """Whether what stands below each call has to be read."""
        return bool(self.step or self.text)


def calls(session: Session, wanted: CallSearch, *, size: int, turn: Turn) -> Page[CallRow]:
    """Return a page of calls, newest first."""
    return pages.page(session, _query(wanted), CallRow.start, CallRow.linkedid, size=size, turn=turn)


def sifted(session: Session, wanted: CallSearch) -> CallSearch:
    """Return the search with the calls in which its words were said, where those are few.

    Words that are said seldom are found by reading the transcripts, frequent ones by looking into the
    newest calls until a page is full: each way is slow for the other kind.
    """
    if not wanted.text:
        return wanted
    row = TranscriptRow
    said = row.text.contains(wanted.text, autoescape=True)
    asked = select(row.uniqueid).where(row.estate == wanted.estate, said)
    if wanted.since is not None:
        asked = asked.where(row.created_at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(row.created_at < wanted.until + timedelta(days=1))
    legs = session.scalars(asked.limit(_FEW + 1)).all()
    return wanted if len(legs) > _FEW else replace(wanted, among=frozenset(of_legs(session, legs).values()))


def most_counted(wanted: CallSearch) -> int:
    """Return up to where the calls of a filter are counted."""
    return MOST_SIFTED if wanted.slow else MOST_COUNTED


def count(session: Session, wanted: CallSearch) -> int:
    """Return how many calls fit, at most one more than :func:`most_counted`."""
    only = select(CallRow.linkedid).where(*_conditions(wanted, by_legs=bool(wanted.legs)))
    return pages.bounded_count(session, only, most=most_counted(wanted))


def first_legs(session: Session, rows: Sequence[CallRow]) -> dict[str, LegRow]:
    """Return the leg each of the calls began with, by its id."""
    found = session.scalars(select(LegRow).where(LegRow.uniqueid.in_([row.uniqueid for row in rows])))
    return {leg.uniqueid: leg for leg in found}


def recorded(session: Session, legs: Collection[str]) -> frozenset[str]:
    """Return those of the legs whose recording can still be heard."""
    row = RecordingRow
    return frozenset(
        session.scalars(select(row.uniqueid).where(row.uniqueid.in_(legs), row.purged_at.is_(None)))
    )


def steps(session: Session, estate: str) -> Sequence[str]:
    """Return the steps of menus that calls came through lately, by name."""
    row = CallEventRow
    latest = (
        select(row.step.label("step"))
        .where(row.kind == MENU, row.estate == estate)
        .order_by(row.at.desc())
        .limit(_LATEST)
        .subquery()
    )
    return [
        step for step in session.scalars(select(latest.c.step).distinct().order_by(latest.c.step)) if step
    ]


def of_legs(session: Session, legs: Collection[str]) -> dict[str, str]:
    """Return the ``linkedid`` of each leg that is known."""
    found = session.execute(select(LegRow.uniqueid, LegRow.linkedid).where(LegRow.uniqueid.in_(legs)))
    return {leg: linkedid for leg, linkedid in found}  # noqa: C416


def _query(wanted: CallSearch) -> Select[CallRow]:
    return select(CallRow).where(*_conditions(wanted))


def _conditions(wanted: CallSearch, *, by_legs: bool = False) -> Iterator[ColumnElement[bool]]:
    """``by_legs``: from the legs to their calls, not through all calls of the estate, the newest first.

    A page is full soon either way; a count is through with an operator's calls, not with a year's. A room's
    few calls are found by its numbers at once. SQLite takes the index of the estate wherever it is compared
    as it stands.
    """
    apart = by_legs or wanted.numbers is not None
    yield (CallRow.estate.concat("") if apart else CallRow.estate) == wanted.estate
    if wanted.since is not None:
        yield CallRow.start >= wanted.since
    if wanted.until is not None:
        yield CallRow.start < wanted.until
    if wanted.direction is not None:
        yield CallRow.direction == wanted.direction
    if wanted.disposition:
        yield CallRow.disposition == ("" if wanted.disposition == RUNNING else wanted.disposition)
    if wanted.outcome:
        yield CallRow.outcome == wanted.outcome
    if wanted.emergency:
        yield CallRow.emergency.is_(True)
    yield from _sides(wanted)
    yield from _below(wanted)


def _sides(wanted: CallSearch) -> Iterator[ColumnElement[bool]]:
    if wanted.number and wanted.part:
        has = _shows if wanted.masked else _has
        yield or_(has(CallRow.src, wanted.number), has(CallRow.dst, wanted.number))
    elif wanted.number:
        yield or_(CallRow.src == wanted.number, CallRow.dst == wanted.number)
    if wanted.numbers is not None:
        known = tuple(wanted.numbers)
        yield or_(CallRow.src.in_(known), CallRow.dst.in_(known), CallRow.linkedid.in_(wanted.or_calls))


def _has(side: InstrumentedAttribute[str], digits: str) -> ColumnElement[bool]:
    return side.contains(digits, autoescape=True)


def _shows(side: InstrumentedAttribute[str], digits: str) -> ColumnElement[bool]:
    """Whether the digits stand in a number as :func:`hotline.language.numbers.mask` leaves it.

    Four last digits stay of nine and more, two of fewer; of numbers at home the 0 is put before.
    """
    length = func.length(side)
    signs = case((side.startswith("+86"), 2), (side.startswith("+"), 1), else_=0)
    ends = side.endswith(digits, autoescape=True)
    if len(digits) > 2:
        ends = and_(ends, length - signs >= 9) if len(digits) <= 4 else false()
    return or_(and_(length <= _WHOLE, _has(side, digits)), ends)


def _below(wanted: CallSearch) -> Iterator[ColumnElement[bool]]:
    """What stands on the call's legs."""
    for legs in wanted.legs:
        yield CallRow.linkedid.in_(_linkedids(legs))
    if wanted.step:
        yield CallRow.uniqueid.in_(_through(wanted))
    if wanted.recorded:
        heard = select(RecordingRow.uniqueid).where(RecordingRow.purged_at.is_(None))
        yield heard.where(RecordingRow.uniqueid == CallRow.uniqueid).exists()
    if wanted.among is not None:
        yield CallRow.linkedid.in_(wanted.among)
    elif wanted.text:
        leg, said = aliased(LegRow), aliased(TranscriptRow)
        found = select(leg.uniqueid).join(said, said.uniqueid == leg.uniqueid)
        words = said.text.contains(wanted.text, autoescape=True)
        yield found.where(leg.linkedid == CallRow.linkedid, words).exists()


def _through(wanted: CallSearch) -> Legs:
    """Return the legs that came through a step; a call lasts less than a day."""
    event = aliased(CallEventRow)
    conditions = [event.estate == wanted.estate, event.kind == MENU, event.step == wanted.step]
    if wanted.since is not None:
        conditions.append(event.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(event.at < wanted.until + timedelta(days=1))
    return select(event.uniqueid).where(*conditions)


def _linkedids(legs: Legs) -> Select[str]:
    return select(LegRow.linkedid).where(LegRow.uniqueid.in_(legs))
