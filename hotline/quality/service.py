"""Drawing, scoring and showing calls: every change in somebody's transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.quality import repository
from hotline.quality.drawing import Candidate, drawn
from hotline.quality.form import Form, Points
from hotline.quality.models import ReviewRow, ReviewState, SampleRow

LONGEST = 4000
"""Characters of a comment."""
MOST_DAYS = 366


class QualityRefused(HotlineError):
    """Something the rules of quality review do not allow; see the code."""

    code = "quality-refused"


class Candidates(Protocol):
    """Which calls an operator took that can be listened to; the operators' slice knows."""

    def __call__(
        self, session: Session, estate: str, operator: str, since: datetime, until: datetime
    ) -> Sequence[Candidate]:
        """Return those with a recording, from ``since`` to before ``until``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What is to be drawn."""

    estate: str
    operator: str
    first: date
    last: date
    """The last day."""
    zone: ZoneInfo
    count: int | None = None
    """``None``: as the form says."""
    seed: str = ""
    """Empty: made of operator and days, so that it is the same for everybody."""

    @property
    def seeded(self) -> str:
        """What chance is made of."""
        return self.seed or f"{self.estate}/{self.operator}/{self.first}/{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a supervisor found."""

    points: Points
    comment: str = ""
    version: int
    """Of the review as they saw it: two people at one form."""
    form: str = ""
    """:attr:`~hotline.quality.form.Form.mark` of the form they saw; empty: whichever is in service."""


class QualityBook:
    """Quality review."""

    def __init__(self, form: Callable[[], Form], candidates: Candidates) -> None:
        """``form``: the one in service."""
        self.form = form
        self._candidates = candidates

    def draw(self, session: Session, wanted: Draw, *, who: str, now: datetime) -> tuple[SampleRow, int]:
        """Draw calls nobody has drawn before; returns the sample and how many calls it has.

        Raises :class:`QualityRefused`: ``quality-days``, ``quality-none-left``.
        """
        _check_days(wanted)
        form = self.form()
        since, until = _span(wanted)
        found = [
            one
            for one in self._candidates(session, wanted.estate, wanted.operator, since, until)
            if one.talked >= form.sample.shortest
        ]
        known = select(ReviewRow.call).where(ReviewRow.operator == wanted.operator)
        before = frozenset(session.scalars(known.where(ReviewRow.estate == wanted.estate)))
        count = wanted.count or form.sample.calls
        chosen = drawn(found, seed=wanted.seeded, count=count, without=before)
        if not chosen:
            raise QualityRefused(
                f"Operator {wanted.operator} has no more recorded calls of at least "
                f"{form.sample.shortest:g} s from {wanted.first} to {wanted.last}: choose other days.",
                code="quality-none-left",
            )
        sample = SampleRow(
            estate=wanted.estate, operator=wanted.operator, first_day=wanted.first, last_day=wanted.last,
            seed=wanted.seeded, wanted=count, candidates=len(found), drawn_at=now, drawn_by=who,
        )  # fmt: skip
        session.add(sample)
        session.flush()
        session.add_all(_review(sample, one) for one in chosen)
        session.flush()
        return sample, len(chosen)

    def score(self, session: Session, row: ReviewRow, given: Score, *, who: Scorer, now: datetime) -> None:
        """Write a score, or another one in its place.

        Raises :class:`~hotline.quality.form.ScoreRefused`, or :class:`QualityRefused`: ``quality-changed``,
        ``quality-form-changed``, ``quality-own-call``, ``quality-comment``.
        """
        form = self.form()
        if given.form and given.form != form.mark:
            raise QualityRefused(
                "The form was changed meanwhile: open the call again. What you wrote is still here.",
                code="quality-form-changed",
            )
        who.refuse_own(row)
        _take(row, given.version)
        if len(given.comment) > LONGEST:
            raise QualityRefused(f"A comment has at most {LONGEST} characters.", code="quality-comment")
        points = form.check(given.points)
        row.percent, row.passed = form.percent(points), form.passed(points)
        row.points, row.form = dict(points), form.kept()
        row.comment, row.state = given.comment.strip(), ReviewState.SCORED
        row.scored_at, row.scored_by = now, who.name

    def leave_out(self, row: ReviewRow, why: str, *, version: int, who: Scorer, now: datetime) -> None:
        """Score nothing: a wrong number, no sound. It is not drawn again. Raises as :meth:`score`."""
        who.refuse_own(row)
        _take(row, version)
        row.state, row.comment = ReviewState.LEFT_OUT, why.strip()[:LONGEST]
        row.percent, row.passed, row.points, row.form = None, None, {}, {}
        row.scored_at, row.scored_by = now, who.name

    def example(self, row: ReviewRow, note: str, *, marked: bool, version: int) -> None:
        """Mark a scored call as an example for training, or take the mark away.

        Raises :class:`QualityRefused`: ``quality-changed``, ``quality-not-scored``.
        """
        if marked and row.state is not ReviewState.SCORED:
            raise QualityRefused("Score the call first: what is it an example of?", code="quality-not-scored")
        _take(row, version)
        row.example, row.example_note = marked, note.strip()[:LONGEST] if marked else ""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Who scores."""

    name: str
    """For the row: ``user:wang``."""
    operator: str = ""
    """Their own number, when they take calls, too."""

    def refuse_own(self, row: ReviewRow) -> None:
        """Raise :class:`QualityRefused` (``quality-own-call``): nobody scores their own calls."""
        if self.operator and self.operator == row.operator:
            raise QualityRefused("Nobody scores their own calls: ask a colleague.", code="quality-own-call")


def mine(session: Session, key: int, *, estate: str) -> ReviewRow:
    """Return a review to be changed, locked where several may; raises as :func:`repository.find`."""
    row = repository.find(session, key, estate=estate)
    session.refresh(row, with_for_update=True)
    return row


def _take(row: ReviewRow, version: int) -> None:
    if row.version != version:
        raise QualityRefused(
            f"{row.scored_by or 'Somebody'} has changed this review meanwhile: open it again. What you wrote "
            "is still here.",
            code="quality-changed",
        )
    row.version += 1


def _check_days(wanted: Draw) -> None:
    if not timedelta() <= wanted.last - wanted.first <= timedelta(days=MOST_DAYS):
        raise QualityRefused(
            f"{wanted.first} to {wanted.last} is no span of days, or longer than a year.", code="quality-days"
        )


def _span(wanted: Draw) -> tuple[datetime, datetime]:
    begin = datetime.combine(wanted.first, time(), wanted.zone)
    return begin, datetime.combine(wanted.last + timedelta(days=1), time(), wanted.zone)


def _review(sample: SampleRow, one: Candidate) -> ReviewRow:
    return ReviewRow(
        sample=sample.id, estate=sample.estate, operator=sample.operator, call=one.call, call_at=one.at,
        talked=one.talked, state=ReviewState.DRAWN, form={}, points={}, percent=None, passed=None, comment="",
        scored_at=None, scored_by="", example=False, example_note="", version=1,
    )  # fmt: skip
