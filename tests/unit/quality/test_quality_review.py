"""Quality review: the draw, the form, scores that stay what they were."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hotline.call.errors import InvalidInput
from hotline.home import shipped
from hotline.quality import repository, views
from hotline.quality.drawing import Candidate, drawn
from hotline.quality.form import Form, ScoreRefused, load, of_row
from hotline.quality.models import ReviewRow, ReviewState
from hotline.quality.repository import NoReview, ReviewFilter
from hotline.quality.service import Draw, QualityBook, QualityRefused, Score, Scorer, mine

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
BOSS = Scorer("user:boss")
FORM = Form.model_validate(
    {
        "pass": 60,
        "criteria": [
            {"id": "greeting", "zh": "问候", "en": "Greeting", "weight": 1, "points": 4},
            {"id": "hold", "zh": "等待", "en": "Hold", "weight": 3, "points": 2, "optional": True},
            {"id": "identity", "zh": "核实", "en": "Identity", "weight": 6, "points": 2, "critical": True},
        ],
    }
)


def calls(count: int) -> list[Candidate]:
    first = datetime(2026, 11, 2, tzinfo=UTC)
    return [Candidate(f"{number:032x}", first + timedelta(hours=number), 60.0) for number in range(count)]


class Desk:
    """A book whose candidates and form a test sets."""

    def __init__(self) -> None:
        self.form, self.there = FORM, calls(12)
        self.book = QualityBook(lambda: self.form, lambda *_: self.there)

    def draw(self, session, **more):
        asked = {
            "estate": "main", "operator": "01", "first": date(2026, 11, 1), "last": date(2026, 11, 30),
            "zone": ZONE, "count": 3,
        }  # fmt: skip
        return self.book.draw(session, Draw(**(asked | more)), who="user:boss", now=NOW)

    def score(self, session, row, *, who=BOSS, form="", version=None, **points):
        given = {"greeting": 4, "hold": None, "identity": 2} | points
        new = Score(points=given, comment=" gut ", version=version or row.version, form=form)
        self.book.score(session, row, new, who=who, now=NOW)
        session.flush()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@given(seed=some.text(max_size=5), count=some.integers(1, 30), size=some.integers(0, 25))
def test_drawing_again_gives_the_same_calls_and_then_only_others(seed, count, size):
    there = calls(size)
    first = drawn(there, seed=seed, count=count)
    assert first == drawn(list(reversed(there)), seed=seed, count=count)
    then = drawn(there, seed=seed, count=count, without={one.call for one in first})
    assert not {one.call for one in first} & {one.call for one in then}
    more = drawn(there, seed=seed, count=count + len(then))
    assert {one.call for one in more} >= {one.call for one in first}


async def test_a_call_is_never_drawn_twice_until_none_is_left(db, desk):
    with db.transaction() as session:
        desk.there.append(Candidate("f" * 32, NOW, 19.0))  # too short to show much
        sizes = [desk.draw(session, count=5)[1] for _ in range(3)]
        assert sizes == [5, 5, 2]
        with pytest.raises(QualityRefused, match="no more recorded calls") as refused:
            desk.draw(session)
        assert refused.value.code == "quality-none-left"
        rows = repository.listed(session, ReviewFilter(estate="main"))
        assert sorted(row.call for row in rows) == [one.call for one in calls(12)]
        assert desk.draw(session, operator="02")[1] == 3  # who talked in the same call is scored on their own


async def test_a_score_keeps_the_form_it_was_given_by(db, desk):
    with db.transaction() as session:
        desk.draw(session)
        row = repository.listed(session, ReviewFilter(estate="main"))[0]
        desk.score(session, row, greeting=2, hold=1)
        assert (row.percent, row.passed) == (80.0, True)  # (1·½ + 3·½ + 6·1) of 10
        desk.form = Form.model_validate(FORM.kept() | {"pass": 95})
        desk.form = Form.model_validate(
            desk.form.kept() | {"criteria": [one for one in FORM.kept()["criteria"] if one["id"] != "hold"]}
        )
        shown = views.whole(row, ZONE, desk.form)
        assert (shown["form"], shown["pass"], shown["percent"]) == (FORM.mark, 60, 80.0)
        assert [one["id"] for one in shown["criteria"]] == ["greeting", "hold", "identity"]
        assert of_row(row.form).percent(row.points) == row.percent
        with pytest.raises(ScoreRefused, match="no hold"):
            desk.score(session, row, hold=1)


async def test_what_does_not_apply_does_not_count_and_a_critical_nothing_fails_the_call(db, desk):
    with db.transaction() as session:
        desk.draw(session)
        first, second, third = repository.listed(session, ReviewFilter(estate="main"))
        desk.score(session, first, hold=None)
        assert (first.percent, first.passed, first.comment) == (100.0, True, "gut")
        desk.score(session, second, hold=2, identity=0)
        assert (second.percent, second.passed) == (40.0, False)
        for points in ({"greeting": 5}, {"greeting": -1}, {"greeting": None}, {"strange": 1}):
            with pytest.raises(ScoreRefused):
                desk.score(session, third, **points)
        assert third.state is ReviewState.DRAWN


async def test_two_people_at_one_form_and_nobody_at_their_own(db, desk):
    with db.transaction() as session:
        desk.draw(session)
        row = mine(session, repository.listed(session, ReviewFilter(estate="main"))[0].id, estate="main")
        seen = row.version
        desk.score(session, row, version=seen, form=FORM.mark)
        for refusal, change in (
            ("quality-changed", {"version": seen}),
            ("quality-form-changed", {"form": "00000000"}),
            ("quality-own-call", {"who": Scorer("user:li", "01")}),
        ):
            with pytest.raises(QualityRefused) as refused:
                desk.score(session, row, greeting=0, **change)
            assert refused.value.code == refusal
        assert (row.percent, row.version) == (100.0, seen + 1)
        with pytest.raises(NoReview):
            mine(session, row.id, estate="north")
        with pytest.raises(NoReview):
            repository.find(session, row.id, estate="main", operator="02")


async def test_examples_are_scored_calls_and_left_out_ones_count_nowhere(db, desk):
    with db.transaction() as session:
        desk.draw(session)
        first, second, _ = repository.listed(session, ReviewFilter(estate="main"))
        with pytest.raises(QualityRefused, match="Score the call first"):
            desk.book.example(first, "a greeting", marked=True, version=1)
        desk.score(session, first)
        desk.book.example(first, "a greeting", marked=True, version=2)
        desk.book.leave_out(second, "wrong number", version=1, who=BOSS, now=NOW)
        session.flush()
        found = repository.listed(session, ReviewFilter(estate="main", examples=True))
        assert [(row.id, row.example_note) for row in found] == [(first.id, "a greeting")]
        record = repository.records(session, "main", ZONE)[0]
        assert (record.scored, record.passed, record.waiting, record.average) == (1, 1, 1, 100.0)


async def test_the_trend_is_between_the_last_two_months_with_scores(db, desk):
    with db.transaction() as session:
        # the last day of October in China is still October there, though it is not yet over in UTC
        moments = [datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 10, 31, 15, 59, tzinfo=UTC),
                   datetime(2026, 10, 31, 16, 0, tzinfo=UTC)]  # fmt: skip
        desk.there = [Candidate(f"{number:032x}", at, 60.0) for number, at in enumerate(moments)]
        desk.draw(session)
        rows = {row.call: row for row in repository.listed(session, ReviewFilter(estate="main"))}
        for number, identity in enumerate((2, 1, 2)):
            desk.score(session, rows[f"{number:032x}"], identity=identity)
        record = repository.records(session, "main", ZONE)[0]
        months = [(month.month, month.average) for month in record.months]
        assert months == [("2026-09", 100.0), ("2026-10", 57.1), ("2026-11", 100.0)]
        assert record.trend == 42.9
        assert session.get(ReviewRow, rows[f"{1:032x}"].id).passed is False


def test_the_shipped_form_holds_and_every_mistake_has_its_line(tmp_path: Path):
    shipped_form = load(shipped("config"))
    assert sum(one.weight for one in shipped_form.criteria) == 100
    (tmp_path / "quality.yaml").write_text(
        "pass: 120\ncriteria:\n  - {id: a, zh: 一, en: A, weight: 1}\n"
        "  - {id: a, zh: 二, en: B, weight: 0}\n  - {id: c, zh: 三, weight: 1, colour: red}\n"
    )
    with pytest.raises(InvalidInput) as refused:
        load(tmp_path)
    told = {(problem.line, problem.where.rpartition(".")[2]) for problem in refused.value.problems}
    assert {(1, "pass"), (4, "id"), (4, "weight"), (5, "colour")} <= told
