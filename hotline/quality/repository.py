"""Reading reviews."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.quality.drawing import average
from hotline.quality.models import ReviewRow, ReviewState


class NoReview(HotlineError):
    """A review was asked for that is none, or of another estate or operator."""

    code = "review-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which reviews to list, those of the latest calls first."""

    estate: str
    operator: str = ""
    state: ReviewState | None = None
    examples: bool = False
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, int] | None = None
    """Call and number of the last one seen: only those behind it."""
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """An operator's scores of one month."""

    month: str
    """``2026-11``."""
    scored: int
    average: float


@dataclass(frozen=True, slots=True)
class Record:
    """An operator's scores so far."""

    operator: str
    scored: int
    passed: int
    average: float | None
    waiting: int
    """Drawn, not scored yet."""
    months: tuple[Month, ...] = field(default=())

    @property
    def trend(self) -> float | None:
        """Points between the last two months with scores; ``None`` with fewer."""
        if len(self.months) < 2:
            return None
        return round(self.months[-1].average - self.months[-2].average, 1)


def find(session: Session, key: int, *, estate: str, operator: str = "") -> ReviewRow:
    """Return a review; ``operator``: only of this one's calls. Raises :class:`NoReview`."""
    row = session.get(ReviewRow, key)
    if row is None or row.estate != estate or (operator and row.operator != operator):
        raise NoReview(f"There is no review {key}.")
    return row


def listed(session: Session, wanted: ReviewFilter) -> Sequence[ReviewRow]:
    """Return reviews, those of the latest calls first."""
    query = select(ReviewRow).where(ReviewRow.estate == wanted.estate)
    if wanted.operator:
        query = query.where(ReviewRow.operator == wanted.operator)
    if wanted.state is not None:
        query = query.where(ReviewRow.state == wanted.state)
    if wanted.examples:
        query = query.where(ReviewRow.example.is_(True))
    if wanted.since is not None:
        query = query.where(ReviewRow.call_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(ReviewRow.call_at < wanted.until)
    if wanted.after is not None:
        at, number = wanted.after
        query = query.where(ReviewRow.call_at <= at, or_(ReviewRow.call_at < at, ReviewRow.id > number))
    query = query.order_by(ReviewRow.call_at.desc(), ReviewRow.id).limit(wanted.limit).offset(wanted.offset)
    return session.scalars(query).all()


def records(session: Session, estate: str, zone: ZoneInfo, *, operator: str = "") -> list[Record]:
    """Return how each operator has been scored, by number; months are those of the calls."""
    row = ReviewRow
    query = (
        select(row.operator, row.call_at, row.state, row.percent, row.passed)
        .where(row.estate == estate, row.state != ReviewState.LEFT_OUT)
        .order_by(row.call_at)
    )
    if operator:
        query = query.where(row.operator == operator)
    by_operator: dict[str, list[tuple[str, float | None, bool | None]]] = defaultdict(list)
    for number, at, state, percent, passed in session.execute(query):
        scored = percent if state is ReviewState.SCORED else None
        by_operator[number].append((f"{at.astimezone(zone):%Y-%m}", scored, passed))
    return [_record(number, lines) for number, lines in sorted(by_operator.items())]


def _record(operator: str, lines: Sequence[tuple[str, float | None, bool | None]]) -> Record:
    months: dict[str, list[float]] = defaultdict(list)
    for month, percent, _ in lines:
        if percent is not None:
            months[month].append(percent)
    scores = [percent for found in months.values() for percent in found]
    return Record(
        operator=operator,
        scored=len(scores),
        passed=sum(bool(passed) for _, percent, passed in lines if percent is not None),
        average=average(scores),
        waiting=len(lines) - len(scores),
        months=tuple(Month(name, len(found), average(found) or 0.0) for name, found in months.items()),
    )
