"""``hotline rooms``: rooms and the telephones in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.placeoption import RoomArgument, place_of
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.residents import rooms

app = typer.Typer(help="Rooms and the telephones in them.", no_args_is_help=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX; see config/samples/rooms.csv.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and say what would change.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import rooms with what is dialled to ring them: the whole list, or nothing if a line is wrong."""
    with plain_errors(), opened(home, set_up=True) as store:
        changes = rooms.import_rooms(
            store.db,
            file,
            estate=store.estate(estate) or store.settings.estates[0].id,
            normalise=store.normalise,
            dry_run=dry_run,
        )
    for warning in changes.warnings:
        print(warning, file=sys.stderr)
    if as_json:
        counts = {"added": changes.added, "changed": changes.changed, "unchanged": changes.unchanged}
        print_json(counts | {"dry_run": dry_run})
        return
    prefix = "Would be imported" if dry_run else "Imported"
    print(f"{prefix}: {changes.added} new rooms, {changes.changed} changed, {changes.unchanged} as before.")


@app.command("list")
def list_rooms(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 500,
    as_json: JsonOption = False,
) -> None:
    """List rooms and what is dialled to ring them."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        rows = [
            {"estate": row.estate, "room": str(row.place), "telephone": row.address}
            for row in rooms.listed(session, store.estate(estate), limit=limit)
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No rooms yet. `hotline rooms import FILE` reads a CSV or XLSX list.")
    else:
        tables.print_table(("estate", "room", "telephone"), [list(row.values()) for row in rows])


@app.command("set")
def set_(
    room: RoomArgument,
    telephone: Annotated[str, typer.Argument(help='Extension, number or sip: address; "" for none.')],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
) -> None:
    """Say what is dialled to ring a room."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = rooms.named(session, store.estate(estate) or store.settings.estates[0].id, place_of(room))
        rooms.set_address(session, row, telephone, normalise=store.normalise)
        place = str(row.place)
    print(f"{place} is rung at {telephone}." if telephone else f"{place} has no telephone.")
