"""``hotline duty``: check hours, holidays and rosters; see who would be rung; change single dates."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from hotline.app import logs
from hotline.call.clock import SystemClock
from hotline.call.errors import InvalidInput, Problem
from hotline.cli import dutychanges, dutytables, personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.tables import EstateOption
from hotline.duty import plan
from hotline.duty.coverage import Finding, findings
from hotline.duty.hours import NeverOpens
from hotline.duty.service import DutyBook
from hotline.duty.timetable import handover, stretches
from hotline.settings import Settings

app = typer.Typer(help="Office hours, holidays, rosters.", no_args_is_help=True)
app.add_typer(dutychanges.app, name="change")

_NEXT_YEAR_FROM = 11
"""Month from which next year's holidays are published and should be known."""
_A_SHIFT = timedelta(days=1)
"""The last shift of a week is shown to its end."""

AtOption = Annotated[
    str | None, typer.Option("--at", metavar="WHEN", help="Then instead of now: '2026-11-21 08:00'.")
]
RosterArgument = Annotated[str | None, typer.Argument(help="One roster or topic; default: all.")]


@app.command()
def check(
    home: HomeOption = DEFAULT_HOME,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="Look so far ahead.")] = 14,
    as_json: JsonOption = False,
) -> None:
    """Check the files, and the days ahead for gaps and overlaps; exit 2 with every problem and its line.

    A gap is a mistake on the emergency rosters and on rosters with must_cover, else a warning.
    """
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        books = [dutychanges.book_of(folder, settings, estate.id) for estate in settings.estates]
        missing = _missing_rosters(books[0], settings, str(plan.file_of(folder.config, "roster.yaml")))
        if missing:
            raise InvalidInput(missing)
        now = SystemClock().now()
        found = {
            book.estate: findings(
                book.rota, now, now + timedelta(days=days), must_cover={estate.emergency_roster}
            )
            for book, estate in zip(books, settings.estates, strict=True)
        }
        told = [problem for book in books for problem in _told(book, found[book.estate], many=len(books) > 1)]
        warnings = [
            *books[0].warnings,
            *_unknown_years(
                books[0], now.astimezone(books[0].zone), str(plan.file_of(folder.config, "holidays.yaml"))
            ),
            *(problem for problem in told if problem.warning),
        ]
        mistakes = tuple(problem for problem in told if not problem.warning)
        if as_json:
            names = {"windows": sorted(books[0].windows), "rosters": sorted(books[0].rosters)}
            lines = [dutytables.finding_fields(estate, one) for estate in found for one in found[estate]]
            print_json(names | {"warnings": [str(warning) for warning in warnings], "findings": lines})
        else:
            for warning in warnings:
                print(warning, file=sys.stderr)
        if mistakes:
            raise InvalidInput(mistakes)
        if not as_json:
            print(f"{len(books[0].windows)} windows and {len(books[0].rosters)} rosters are in order.")


@app.command()
def who(
    roster: RosterArgument = None,
    home: HomeOption = DEFAULT_HOME,
    at: AtOption = None,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show which windows are open, whom each roster rings in turn and why, and who takes over when."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        book = dutychanges.book_of(folder, settings, estate)
        now = SystemClock().now()
        moment = tables.instant(at, zone=book.zone, now=now) or now
        names = dutychanges.asked(book, folder, roster)
        shown = personal.shown(folder, unmasked=unmasked, command="duty who", rows=len(names), at=now)
        rosters = {
            name: [dutytables.turn_fields(turn, shown) for turn in book.responsible(name, moment)]
            for name in names
        }
        nexts = {name: handover(book.rota, name, moment) for name in names}
        then = {name: dutytables.stretch_fields(one, shown) if one else None for name, one in nexts.items()}
        windows = {name: _window(book, name, moment) for name in sorted(book.windows)}
    if as_json:
        print_json({"at": moment.isoformat(), "windows": windows, "rosters": rosters, "next": then})
    else:
        dutytables.print_who(rosters, then, windows, moment, book.zone)


@app.command()
def week(
    roster: RosterArgument = None,
    home: HomeOption = DEFAULT_HOME,
    start: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="First day; default: today.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=62, help="So many days.")] = 7,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show who is on duty day by day, with the times at which one hands over to the next."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        now = SystemClock().now()
        book = dutychanges.book_of(folder, settings, estate)
        local = (tables.instant(start, zone=book.zone, now=now) or now).astimezone(book.zone)
        book = dutychanges.book_of(folder, settings, estate, since=local)
        begin = local.replace(hour=0, minute=0, second=0, microsecond=0)
        end = begin + timedelta(days=days)
        names = dutychanges.asked(book, folder, roster)
        shown = personal.shown(folder, unmasked=unmasked, command="duty week", rows=len(names), at=now)
        found = {
            name: [
                dutytables.stretch_fields(one, shown)
                for one in stretches(book.rota, name, begin, end + _A_SHIFT)
                if one.begin < end
            ]
            for name in names
        }
    if as_json:
        print_json({"from": begin.isoformat(), "to": end.isoformat(), "rosters": found})
    else:
        dutytables.print_week(found, begin, days, book.zone)


def _window(book: DutyBook, name: str, at: datetime) -> dict[str, Any]:
    try:
        opens = book.next_opening(name, at).isoformat()
    except NeverOpens:
        opens = None
    return {"open": book.is_open(name, at), "next_opening": opens}


def _told(book: DutyBook, found: list[Finding], *, many: bool) -> list[Problem]:
    """Return gaps and overlaps as problems at their rosters; the same hours on several days are one."""
    problems = []
    for roster, sentence, mistake in dutytables.sentences(found, book.zone):
        place = book.places[roster]
        if sentence.startswith(dutytables.GAP) and book.rota.rosters[roster].after:
            sentence += "; only those under after are rung"
        where = f"{place.where} (estate {book.estate})" if many else place.where
        problems.append(Problem(place.file, place.line, where, sentence, warning=not mistake))
    return problems


def _missing_rosters(book: DutyBook, settings: Settings, file: str) -> tuple[Problem, ...]:
    return tuple(
        Problem(file, 0, "rosters", f'no roster "{name}", which hotline.yaml names as emergency_roster')
        for name in sorted({estate.emergency_roster for estate in settings.estates})
        if name not in book.rosters
    )


def _unknown_years(book: DutyBook, now: datetime, file: str) -> list[Problem]:
    years = [now.year] + ([now.year + 1] if now.month >= _NEXT_YEAR_FROM else [])
    message = "public holidays of {} are not known: weekends rest, add the holidays here"
    return [
        Problem(file, 0, "holidays", message.format(year), warning=True)
        for year in years
        if not book.knows_year(year)
    ]
