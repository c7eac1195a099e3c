"""``hotline duty``: check hours, holidays and rosters; see who would be rung."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hotline.app import logs
from hotline.call.clock import SystemClock
from hotline.call.errors import InvalidInput, Problem
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.duty import plan
from hotline.duty.hours import NeverOpens
from hotline.duty.service import DutyBook
from hotline.settings import Settings

app = typer.Typer(help="Office hours, holidays, rosters.", no_args_is_help=True)

_NEXT_YEAR_FROM = 11
"""Month from which next year's holidays are published and should be known."""

AtOption = Annotated[
    str | None, typer.Option("--at", metavar="WHEN", help="Then instead of now: '2026-11-21 08:00'.")
]


@app.command()
def check(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check hours.yaml, roster.yaml and holidays.yaml; exit 2 with every problem and its line."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        book = DutyBook(folder.config, ZoneInfo(settings.estates[0].timezone))
        missing = _missing_rosters(book, settings, str(plan.file_of(folder.config, "roster.yaml")))
        if missing:
            raise InvalidInput(missing)
        now = SystemClock().now().astimezone(ZoneInfo(settings.estates[0].timezone))
        warnings = [
            *book.warnings,
            *_unknown_years(book, now, str(plan.file_of(folder.config, "holidays.yaml"))),
        ]
        if as_json:
            found = {"windows": sorted(book.windows), "rosters": sorted(book.rosters)}
            print_json(found | {"warnings": [str(warning) for warning in warnings]})
            return
        for warning in warnings:
            print(warning, file=sys.stderr)
        print(f"{len(book.windows)} windows and {len(book.rosters)} rosters are in order.")


@app.command()
def who(
    roster: Annotated[str | None, typer.Argument(help="One roster; default: all.")] = None,
    home: HomeOption = DEFAULT_HOME,
    at: AtOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show which windows are open and whom each roster would ring, now or at another time."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        zone, now = ZoneInfo(settings.estates[0].timezone), SystemClock().now()
        book = DutyBook(folder.config, zone)
        moment = tables.instant(at, zone=zone, now=now) or now
        if roster is not None and roster not in book.rosters:
            known = ", ".join(sorted(book.rosters)) or "none"
            message = f'no roster "{roster}" (there are: {known})'
            raise InvalidInput((Problem(str(plan.file_of(folder.config, "roster.yaml")), 0, "", message),))
        shown = personal.shown(folder, unmasked=unmasked, command="duty who", rows=len(book.rosters), at=now)
        names = [roster] if roster else sorted(book.rosters)
        rosters = {
            name: [
                {"name": shown.name(contact.name), "number": shown.text(contact.number)}
                for contact in book.on_duty(name, moment)
            ]
            for name in names
        }
        windows = {name: _window(book, name, moment) for name in sorted(book.windows)}
    if as_json:
        print_json({"at": moment.isoformat(), "windows": windows, "rosters": rosters})
    else:
        _print_who(rosters, windows, moment, zone)


def _window(book: DutyBook, name: str, at: datetime) -> dict[str, Any]:
    try:
        opens = book.next_opening(name, at).isoformat()
    except NeverOpens:
        opens = None
    return {"open": book.is_open(name, at), "next_opening": opens}


def _print_who(
    rosters: dict[str, list[dict[str, str]]], windows: dict[str, dict[str, Any]], at: datetime, zone: ZoneInfo
) -> None:
    print(f"{at.astimezone(zone):%Y-%m-%d %H:%M %A}\n")
    lines = [
        (
            name,
            "open" if window["open"] else "closed",
            "never" if window["next_opening"] is None
            else tables.local(datetime.fromisoformat(window["next_opening"]), zone)[:16],
        )
        for name, window in windows.items()
    ]  # fmt: skip
    tables.print_table(("window", "", "opens next"), lines)
    print()
    people = [
        (name if position == 0 else "", contact["name"], contact["number"])
        for name, contacts in rosters.items()
        for position, contact in enumerate(contacts or [{"name": "nobody", "number": ""}])
    ]
    tables.print_table(("roster", "rings in turn", "number"), people)


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
