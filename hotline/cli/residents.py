"""``hotline residents``: rooms, people, their numbers, lift telephones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.residents import repository
from hotline.residents.listing import LIFT
from hotline.residents.models import LiftRow, ResidentRow
from hotline.residents.service import ImportReport, import_list

app = typer.Typer(help="The directory: import from CSV or XLSX, list.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX; see config/samples/residents.csv.")
    ],
    home: HomeOption = DEFAULT_HOME,
    estate: Annotated[
        str | None, typer.Option("--estate", help="Estate of rows that name none; default: the first.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and say what would change.")] = False,
    remove_missing: Annotated[
        bool,
        typer.Option(
            "--remove-missing", help="Also remove people and lift telephones the list does not name."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Import rooms, residents and lift telephones: the whole list, or nothing if a line is wrong.

    Importing a list again updates it. People who are no longer in the list stay, unless --remove-missing
    is given: the list is then the whole truth about the estates it names.
    """
    with plain_errors(), opened(home, set_up=True) as store:
        report = import_list(
            store.db,
            file,
            estates={each.id: each.name for each in store.settings.estates},
            default=store.estate(estate) or store.settings.estates[0].id,
            normalise=store.normalise,
            dry_run=dry_run,
            remove_missing=remove_missing,
        )
    for warning in report.warnings:
        print(warning, file=sys.stderr)
    _tell(report, dry_run=dry_run, as_json=as_json)


def _tell(report: ImportReport, *, dry_run: bool, as_json: bool) -> None:
    changes = report.changes
    if as_json:
        names = ("rooms", "people", "lifts", "changed", "unchanged", "removed")
        print_json({name: getattr(changes, name) for name in names} | {"dry_run": dry_run})
        return
    prefix = "Would be imported" if dry_run else "Imported"
    print(
        f"{prefix}: {changes.rooms} new rooms, {changes.people} new people, {changes.lifts} new lift "
        f"telephones; {changes.changed} changed, {changes.unchanged} as before, {changes.removed} removed."
    )


@app.command("list")
def list_residents(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 200,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List people with their rooms and numbers, and lift telephones."""
    with plain_errors(), opened(home) as store:
        wanted = store.estate(estate)
        with store.db.reading() as session:
            people = repository.residents(session, wanted, limit=limit)
            lifts = repository.lifts(session, wanted)
        shown = personal.shown(
            store.home,
            unmasked=unmasked,
            command="residents list",
            rows=len(people),
            at=store.db.clock.now(),
        )
    rows = [_person(row, shown) for row in people] + [_lift(row) for row in lifts]
    if as_json:
        print_json(rows)
    elif not rows:
        print("Nobody is in the directory yet. `hotline residents import FILE` reads a CSV or XLSX list.")
    else:
        columns = ("estate", "building", "unit", "room", "name", "kind", "numbers", "note")
        lines = [[_joined(row[column]) for column in columns] for row in rows]
        tables.print_table(columns, lines)
        if len(people) == limit:
            print(f"… the first {limit}; --limit shows more.")


def _joined(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _person(row: ResidentRow, shown: Shown) -> dict[str, Any]:
    return {
        "estate": row.estate,
        "building": row.room.building,
        "unit": row.room.unit,
        "room": row.room.room,
        "name": shown.name(row.name),
        "kind": row.kind,
        "numbers": [shown.number(number.number) for number in row.numbers],
        "note": shown.text(row.note),
    }


def _lift(row: LiftRow) -> dict[str, Any]:
    """A lift is nobody: nothing to mask."""
    return {
        "estate": row.estate,
        "building": row.building,
        "unit": row.unit,
        "room": "",
        "name": row.name,
        "kind": LIFT,
        "numbers": [row.number],
        "note": "",
    }
