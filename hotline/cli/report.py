"""``hotline report``: figures of a day, week or month, and the rows behind each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hotline.app.reports import open_reports
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, SheetFormat, print_table
from hotline.reports import periods, views
from hotline.reports.service import Asked, Behind, Report, Reports
from hotline.reports.words import part_name, value

app = typer.Typer(help="Figures of a day, week or month 报表, each with the rows behind it.")

PeriodOption = Annotated[str, typer.Option("--period", "-p", help="day, week or month.")]
FromOption = Annotated[
    str, typer.Option("--from", metavar="DAY", help="A day of it (2026-11-01); else today's.")
]
CsvOption = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file; - prints it.")
]
XlsxOption = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write an XLSX file.")]
EnglishOption = Annotated[bool, typer.Option("--english", help="Titles and definitions in English.")]


@dataclass(frozen=True, slots=True)
class _Desk:
    store: Store
    reports: Reports
    asked: Asked


@app.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    period: PeriodOption = "month",
    first: FromOption = "",
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    english: EnglishOption = False,
    unmasked: UnmaskedOption = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the figures of the day, week or month a day belongs to."""
    if context.invoked_subcommand is not None:
        return
    with _opened(home, estate, period, first) as desk:
        found = _masked(desk, _made(desk), unmasked)
        for out, form in ((csv, SheetFormat.CSV), (xlsx, SheetFormat.XLSX)):
            if out is not None:
                lines = views.sheet(found, chinese=not english)
                _write(views.COLUMNS, lines, out, form, desk.asked.period.zone)
    if as_json:
        print_json(views.report(found))
    elif csv is None and xlsx is None:
        _print(found, chinese=not english)


@app.command()
def rows(
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="calls.unanswered, calls.by_hour:09 …")],
    period: PeriodOption = "month",
    first: FromOption = "",
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what a figure counts: calls, tickets, wake-ups … by their ids."""
    with _opened(home, estate, period, first) as desk:
        with desk.store.db.reading() as session:
            found = desk.reports.behind(session, desk.asked, figure)
        for out, form in ((csv, SheetFormat.CSV), (xlsx, SheetFormat.XLSX)):
            if out is not None:
                _write(views.ROW_COLUMNS, views.row_sheet(found), out, form, desk.asked.period.zone)
    if as_json:
        print_json(views.behind(found))
    elif csv is None and xlsx is None:
        _print_rows(found)


@app.command()
def figures(as_json: JsonOption = False) -> None:
    """List the figures there are and what each means."""
    found = views.definitions()
    if as_json:
        print_json(found)
        return
    print_table(
        ("figure", "unit", "meaning"),
        [(one["id"], one["unit"], f"{one['zh']} {one['en']}: {one['about']['en']}") for one in found],
    )


@contextmanager
def _opened(home: Path, estate: str | None, period: str, first: str) -> Iterator[_Desk]:
    with plain_errors(), opened(home) as store:
        wanted = store.estate(estate) or store.settings.estates[0].id
        zone = next(ZoneInfo(one.timezone) for one in store.settings.estates if one.id == wanted)
        now = store.db.clock.now()
        asked = Asked(estate=wanted, period=periods.asked(period, first, zone, now), now=now)
        yield _Desk(store, open_reports(store.home, store.settings), asked)


def _made(desk: _Desk) -> Report:
    with desk.store.db.reading() as session:
        return desk.reports.report(session, desk.asked)


def _masked(desk: _Desk, found: Report, unmasked: bool) -> Report:
    shown = personal.shown(
        desk.store.home, unmasked=unmasked, command="report", rows=len(found.names), at=desk.asked.now
    )
    return found.named(shown.name)


def _write(columns: tuple[str, ...], lines: Any, out: Path, form: SheetFormat, zone: ZoneInfo) -> None:
    kept = [dict(zip(columns, line, strict=True)) for line in lines]
    tables.export(kept, columns, out, form, zone=zone)


def _print(found: Report, *, chinese: bool) -> None:
    period = found.asked.period
    print(f"{found.asked.estate}  {period.grain.value}  {period.first} – {period.last}  ({period.zone.key})")
    for section, counted in found.sections:
        print(f"\n{section.zh} {section.en}")
        lines = []
        for one in counted:
            figure = one.figure
            title = figure.zh if chinese else figure.en
            shown = value(figure.unit, one.value, chinese=chinese)
            lines.append((figure.id, title, shown))
            lines += [
                (
                    "",
                    f"  {part_name(figure, part.key, found.names, chinese=chinese)}",
                    value(figure.unit, part.value, chinese=chinese),
                )
                for part in one.parts
                if part.count
            ]
        print_table(("figure", "what", "value"), lines)


def _print_rows(found: Behind) -> None:
    shown = value(found.figure.unit, found.value, chinese=False)
    print(f"{found.figure.zh} {found.figure.en}: {shown} ({len(found.rows)} rows)")
    print_table(
        ("at", "kind", "id", "part", "counted", "value"),
        [
            (
                f"{one.fact.at:%Y-%m-%d %H:%M:%S}",
                found.figure.leads.value,
                one.fact.id,
                one.part,
                "yes" if one.counted else "no",
                "" if one.value is None else f"{one.value:g}",
            )
            for one in found.rows
        ],
    )
