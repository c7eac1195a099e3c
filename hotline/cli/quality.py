"""``hotline quality``: draw operators' calls by chance, score them by the form, keep examples."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hotline.app.quality import open_quality
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption, print_facts, print_table
from hotline.quality import form as quality_form
from hotline.quality import repository, views
from hotline.quality.form import ScoreRefused
from hotline.quality.models import ReviewState
from hotline.quality.repository import ReviewFilter
from hotline.quality.service import Draw, QualityBook, Score, Scorer, mine
from hotline.reports import periods

app = typer.Typer(help="Quality review 质检: samples, scores, examples for training.", no_args_is_help=True)

ReviewArgument = Annotated[int, typer.Argument(metavar="REVIEW", help="Number of the review: `list` has it.")]
OperatorOption = Annotated[str, typer.Option("--operator", help="Only this operator's calls (number).")]
PeriodOption = Annotated[str, typer.Option("--period", "-p", help="day, week or month.")]
FromOption = Annotated[
    str, typer.Option("--from", metavar="DAY", help="A day of it (2026-11-01); else today's.")
]
NOT_APPLICABLE = frozenset({"-", "na", "n/a"})
_LINES = ("review", "operator", "call_at", "talked", "state", "percent", "passed", "example", "call")


@dataclass(frozen=True, slots=True)
class _Desk:
    store: Store
    book: QualityBook
    estate: str
    zone: ZoneInfo

    @property
    def now(self) -> datetime:
        return self.store.db.clock.now()

    @property
    def scorer(self) -> Scorer:
        return Scorer(getpass.getuser())


@app.command()
def sample(
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="The operator's number.")],
    period: PeriodOption = "month",
    first: FromOption = "",
    calls: Annotated[int | None, typer.Option("--calls", min=1, max=200, help="How many.")] = None,
    seed: Annotated[str, typer.Option("--seed", help="Another chance than the usual one.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw calls of an operator that were not drawn before; the same for everybody who asks."""
    with _opened(home, estate) as desk:
        days = periods.asked(period, first, desk.zone, desk.now)
        draw = Draw(
            estate=desk.estate, operator=operator, first=days.first, last=days.last, zone=desk.zone,
            count=calls, seed=seed,
        )  # fmt: skip
        with desk.store.db.transaction() as session:
            row, count = desk.book.draw(session, draw, who=getpass.getuser(), now=desk.now)
            found = views.sample(row, count)
    if as_json:
        print_json(found)
    else:
        print_facts(found)


@app.command("list")
def list_reviews(
    operator: OperatorOption = "",
    state: Annotated[ReviewState | None, typer.Option("--state", help="Only those.")] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List reviews, those of the latest calls first, and how each operator has been scored."""
    with _opened(home, estate) as desk, desk.store.db.reading() as session:
        wanted = ReviewFilter(estate=desk.estate, operator=operator, state=state, limit=limit)
        found = [views.review(row, desk.zone) for row in repository.listed(session, wanted)]
        records = repository.records(session, desk.estate, desk.zone, operator=operator)
        scores = [views.record(one) for one in records]
    if as_json:
        print_json({"reviews": found, "operators": scores})
        return
    _table(found)
    if scores:
        print()
        heads = ("operator", "scored", "passed", "average", "trend", "waiting")
        print_table(heads, [[one[head] for head in heads] for one in scores])


@app.command()
def show(
    review: ReviewArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a review with its points, by the form it was scored by."""
    with _opened(home, estate) as desk, desk.store.db.reading() as session:
        row = repository.find(session, review, estate=desk.estate)
        found = views.whole(row, desk.zone, desk.book.form())
    _show(found, as_json)


@app.command()
def score(
    review: ReviewArgument,
    points: Annotated[
        list[str] | None,
        typer.Argument(metavar="CRITERION=POINTS …", help="greeting=5 hold=- (does not apply)"),
    ] = None,
    comment: Annotated[str, typer.Option("--comment", help="What the operator should hear.")] = "",
    leave_out: Annotated[str, typer.Option("--leave-out", metavar="WHY", help="Nothing to score.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score a drawn call, or another time; `--leave-out` for one that cannot be scored."""
    with _opened(home, estate) as desk:
        given = _points(points or [])
        with desk.store.db.transaction() as session:
            row = mine(session, review, estate=desk.estate)
            if leave_out:
                desk.book.leave_out(row, leave_out, version=row.version, who=desk.scorer, now=desk.now)
            else:
                new = Score(points=given, comment=comment, version=row.version)
                desk.book.score(session, row, new, who=desk.scorer, now=desk.now)
            found = views.whole(row, desk.zone, desk.book.form())
    _show(found, as_json)


@app.command()
def example(
    review: ReviewArgument,
    note: Annotated[str, typer.Argument(help="What it is an example of.")] = "",
    off: Annotated[bool, typer.Option("--off", help="It is none any more.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mark a scored call as an example for training."""
    with _opened(home, estate) as desk, desk.store.db.transaction() as session:
        row = mine(session, review, estate=desk.estate)
        desk.book.example(row, note, marked=not off, version=row.version)
        found = views.whole(row, desk.zone, desk.book.form())
    _show(found, as_json)


@app.command()
def examples(
    operator: OperatorOption = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List the examples for training."""
    with _opened(home, estate) as desk, desk.store.db.reading() as session:
        wanted = ReviewFilter(estate=desk.estate, operator=operator, examples=True, limit=limit)
        found = [views.review(row, desk.zone) for row in repository.listed(session, wanted)]
    if as_json:
        print_json(found)
    elif found:
        heads = ("review", "operator", "call_at", "percent", "example_note", "call")
        print_table(heads, [[one[head] for head in heads] for one in found])
    else:
        print("There is no example yet: `hotline quality example REVIEW NOTE` marks a scored call.")


@app.command()
def form(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check quality.yaml and show the form; exit 2 when it does not hold."""
    with plain_errors():
        place, _settings = open_home(home)
        found = quality_form.load(place.config)
    if as_json:
        print_json(found.kept() | {"form": found.mark})
        return
    heads = ("criterion", "zh", "en", "weight", "points", "optional", "critical")
    print_table(
        heads,
        [
            (one.id, one.zh, one.en, one.weight, one.points, one.optional, one.critical)
            for one in found.criteria
        ],
    )
    print(f"form {found.mark}: {found.passes:g} of 100 pass")


@contextmanager
def _opened(home: Path, estate: str | None) -> Iterator[_Desk]:
    with plain_errors(), opened(home) as store:
        wanted = store.estate(estate) or store.settings.estates[0].id
        zone = next(ZoneInfo(one.timezone) for one in store.settings.estates if one.id == wanted)
        yield _Desk(store, open_quality(store.home), wanted, zone)


def _points(given: list[str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if equals and text.lower() in NOT_APPLICABLE:
            found[name] = None
        elif equals and text.isascii() and text.isdigit() and len(text) < 4:
            found[name] = int(text)
        else:
            raise ScoreRefused(
                f'"{one[:60]}" is no score: write greeting=5, or hold=- where it does not apply.'
            )
    return found


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_facts({name: value for name, value in found.items() if name != "criteria"})
    print()
    heads = ("id", "zh", "points", "most", "weight")
    print_table(heads, [[one[head] for head in heads] for one in found["criteria"]])


def _table(found: list[dict[str, Any]]) -> None:
    if found:
        print_table(_LINES, [[one[head] for head in _LINES] for one in found])
    else:
        print("Nothing has been drawn yet: `hotline quality sample OPERATOR` draws calls.")
