"""``hotline fees pins``: PINs by which people who call from elsewhere hear about a room."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline import sheets
from hotline.accounts import rooms as doors
from hotline.accounts.rooms import NewRoomPin
from hotline.app.bills import BilledRooms
from hotline.call.errors import HotlineError
from hotline.call.ports import Place
from hotline.cli import tables
from hotline.cli.feebook import Desk, opened_book
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from hotline.cli.placeoption import RoomArgument
from hotline.cli.tables import EstateOption, FormatOption
from hotline.fees import kinds
from hotline.fees.rooms import Rooms
from hotline.sheets import Column, Columns, Findings

app = typer.Typer(help="PINs of rooms, for callers from other numbers.", no_args_is_help=True)

_LETTER = ("estate", "building", "unit", "room", "pin")
_ROOM_LIST = Columns(
    "the room list",
    {
        name: Column(f"the {name}", kinds.LIST_COLUMNS[name], needed=name == "room")
        for name in ("building", "unit", "room")
    },
)


@app.command()
def give(
    room: RoomArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make up a PIN for a room; it is shown once. A locked room is open again."""
    with opened_book(home, estate) as desk:
        (new,) = doors.make_up([desk.room(room)])
        _store(desk, [new])
    if as_json:
        print_json({"room": str(new.place), "pin": new.digits})
    else:
        print(f"{new.place} has the PIN {new.digits}. It is shown only now.")


@app.command()
def generate(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="Sheet for the letters: one line a room.")
    ],
    rooms: Annotated[
        Path | None, typer.Option("--rooms", help="Only rooms of this list (楼栋 单元 房号); default: all.")
    ] = None,
    renew: Annotated[bool, typer.Option("--renew", help="Also rooms that have a PIN: it changes.")] = False,
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
) -> None:
    """Make up PINs for many rooms and write them to a sheet to print letters from.

    The PINs are kept nowhere else: print the letters, then delete the file.
    """
    with opened_book(home, estate) as desk:
        wanted = _listed(desk, rooms) if rooms is not None else _all_rooms(desk)
        with desk.store.db.reading() as session:
            new = [one for one in wanted if renew or doors.find(session, desk.estate, one) is None]
        if not new:
            print("Every room has a PIN already; --renew makes up new ones.")
            return
        made = doors.make_up(new)
        _write_letters(desk.estate, made, out, form)
        try:
            _store(desk, made)
        except BaseException:
            if str(out) != "-":
                out.unlink(missing_ok=True)  # PINs that are not in force must not be printed
            raise
    print(f"{len(made)} rooms have a new PIN. Delete {out} once the letters are printed.", file=sys.stderr)


@app.command("list")
def list_pins(
    home: HomeOption = DEFAULT_HOME, estate: EstateOption = None, as_json: JsonOption = False
) -> None:
    """List rooms that have a PIN, since when, and which are locked."""
    with opened_book(home, estate) as desk, desk.store.db.reading() as session:
        now, zone = desk.store.db.clock.now(), desk.store.zone
        rows = [
            {
                "estate": row.estate,
                "room": str(Place(row.building, row.unit, row.room)),
                "given_at": tables.local(row.given_at, zone),
                "locked_until": tables.local(row.locked_until, zone)
                if row.locked_until is not None and row.locked_until > now
                else "",
            }
            for row in doors.everybody(session, estate)
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No room has a PIN yet. `hotline fees pins generate --out FILE` makes them up.")
    else:
        tables.print_table(tuple(rows[0]), [list(row.values()) for row in rows])


@app.command()
def unlock(room: RoomArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Open a room that wrong PINs have locked; the PIN stays."""
    with opened_book(home, estate) as desk:
        place = desk.room(room)
        with desk.store.db.transaction() as session:
            doors.unlock(session, desk.estate, place, by=desk.who, at=desk.store.db.clock.now())
    print(f"{place} is open again.")


@app.command()
def remove(room: RoomArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Take a room's PIN away, when people move out: nobody gets in by it any more."""
    with opened_book(home, estate) as desk:
        place = desk.room(room)
        with desk.store.db.transaction() as session:
            doors.remove(session, desk.estate, place, by=desk.who, at=desk.store.db.clock.now())
    print(f"{place} has no PIN any more.")


@app.command()
def audit(
    room: RoomArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what happened to a room's PIN: given, entered, refused, locked."""
    with opened_book(home, estate) as desk:
        place = desk.room(room)
        with desk.store.db.reading() as session:
            found = doors.audit_of(session, desk.estate, place)
        rows: list[dict[str, Any]] = [
            {"at": tables.local(row.at, desk.store.zone), "event": row.event, "by": row.by} for row in found
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        print(f"Nothing happened to a PIN of {place}.")
    else:
        tables.print_table(("at", "event", "by"), [list(row.values()) for row in rows])


def _all_rooms(desk: Desk) -> Sequence[Place]:
    found = BilledRooms(desk.store.db).rooms(desk.estate)
    if not found:
        raise HotlineError(
            f"The estate {desk.estate} has no room list: `hotline residents import` reads one, or give "
            "a list with --rooms.",
            code="no-rooms",
        )
    return list(found)


def _listed(desk: Desk, path: Path) -> Sequence[Place]:
    """Return the rooms of a list, each once; raises ``InvalidInput`` with what is wrong in every line."""
    sheet = sheets.read(path, _ROOM_LIST)
    findings, known = Findings(sheet), Rooms(BilledRooms(desk.store.db), desk.estate)
    found: dict[str, Place] = {}
    for row in sheet.rows:
        texts = [findings.text(row, name, needed=name == "room") for name in ("building", "unit", "room")]
        place = known.find(*texts) if texts[-1] else ""
        if isinstance(place, Place):
            found.setdefault(str(place), place)
        elif place:
            findings.bad(row, "room", place)
    for warning in findings.settle():
        print(warning, file=sys.stderr)
    return list(found.values())


def _write_letters(
    estate: str, made: Sequence[NewRoomPin], out: Path, form: tables.SheetFormat | None
) -> None:
    """Write the sheet before the PINs are in force: letters that are lost cannot be made again."""
    rows = [
        {
            "estate": estate, "building": one.place.building, "unit": one.place.unit,
            "room": one.place.room, "pin": one.digits,
        }
        for one in made
    ]  # fmt: skip
    if str(out) != "-":
        half = out.with_name(out.name + ".part")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)  # the export writes into it: nobody else may read PINs
    tables.export(rows, _LETTER, out, form)


def _store(desk: Desk, made: Sequence[NewRoomPin]) -> None:
    at = desk.store.db.clock.now()
    with desk.store.db.transaction() as session:
        for one in made:
            doors.give(session, desk.estate, one, by=desk.who, at=at)
