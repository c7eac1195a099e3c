"""``hotline stays``: guests check in, move and check out; their wake-ups go with them."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline import sheets
from hotline.call.errors import HotlineError
from hotline.cli import personal, tables
from hotline.cli.followers import followers
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.placeoption import RoomArgument, place_of
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.cli.ticket_desk import WhoOption, login
from hotline.residents import stays
from hotline.residents.staymodels import StayRow
from hotline.residents.stays import LANGUAGES, Stays

app = typer.Typer(help="Guests: check in, move, check out.", no_args_is_help=True)

ToOption = Annotated[str, typer.Option("--to", metavar="DAY", help="Day of departure: 2026-11-25.")]
LanguageOption = Annotated[
    str, typer.Option("--language", help="Spoken first on calls to the guest: zh, en.")
]


class BadStay(HotlineError):
    """An option that does not say what it should."""

    code = "bad-stay"


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX; see config/samples/stays.csv.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and say what would change.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Import guests who are here: the whole list, or nothing if a line is wrong."""
    with plain_errors(), opened(home, set_up=True) as store:
        at_home = _estate(store, estate)
        changes = stays.import_stays(store.db, file, estate=at_home, who=login(who), dry_run=dry_run)
    for warning in changes.warnings:
        print(warning, file=sys.stderr)
    if as_json:
        counts = {"added": changes.added, "changed": changes.changed, "unchanged": changes.unchanged}
        print_json(counts | {"dry_run": dry_run})
        return
    prefix = "Would be imported" if dry_run else "Imported"
    print(f"{prefix}: {changes.added} new guests, {changes.changed} changed, {changes.unchanged} as before.")


@app.command("checkin")
def check_in(
    room: RoomArgument,
    name: Annotated[str, typer.Argument(help="The guest's name.")],
    home: HomeOption = DEFAULT_HOME,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="Day of arrival; default: today.")] = "",
    to: ToOption = "",
    language: LanguageOption = "zh",
    estate: EstateOption = None,
    who: WhoOption = None,
) -> None:
    """Let a guest stay in a room."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        now = store.db.clock.now()
        stay = Stays().check_in(
            session, _estate(store, estate), place_of(room), name=name,
            from_on=_day(from_) or now.astimezone(store.zone).date(), to_on=_day(to),
            language=_language(language), at=now, who=login(who),
        )  # fmt: skip
        place = str(stay.room.place)
    print(f"Checked in to {place}.")


@app.command("move")
def move(
    room: RoomArgument,
    to_room: Annotated[str, typer.Argument(metavar="TO", help="The new room.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
) -> None:
    """Give a guest another room; wake-ups go along."""
    with plain_errors(), opened(home) as store:
        work = Stays(followers(store))
        with store.db.transaction() as session:
            stay = stays.of_room(session, _estate(store, estate), place_of(room))
            done = work.move(session, stay, place_of(to_room), at=store.db.clock.now(), who=login(who))
    print(f"Moved to {to_room}; {done.followed} wake-ups went along.")


@app.command("checkout")
def check_out(
    room: RoomArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
) -> None:
    """End a stay; its wake-ups are taken off."""
    with plain_errors(), opened(home) as store:
        work = Stays(followers(store))
        with store.db.transaction() as session:
            stay = stays.of_room(session, _estate(store, estate), place_of(room))
            done = work.check_out(session, stay, at=store.db.clock.now(), who=login(who))
    print(f"Checked out; {done.followed} wake-ups were taken off.")


@app.command("change")
def change(
    room: RoomArgument,
    home: HomeOption = DEFAULT_HOME,
    name: Annotated[str, typer.Option("--name", help="The guest's name.")] = "",
    to: ToOption = "",
    language: Annotated[str, typer.Option("--language", help="zh or en.")] = "",
    estate: EstateOption = None,
    who: WhoOption = None,
) -> None:
    """Correct a stay."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        stay = stays.of_room(session, _estate(store, estate), place_of(room))
        changed = Stays().change(
            session, stay, at=store.db.clock.now(), who=login(who), name=name, to_on=_day(to),
            language=_language(language) if language else "",
        )  # fmt: skip
    print("Changed." if changed else "Nothing to change: it was so already.")


@app.command("list")
def list_stays(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 500,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List who is in which room."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        found = stays.in_house(session, store.estate(estate), limit=limit)
        shown = _shown(store, unmasked, "stays list", len(found))
        rows = [_row(stay, shown) for stay in found]
    if as_json:
        print_json(rows)
    elif not rows:
        print("Nobody stays here. `hotline stays checkin ROOM NAME` lets a guest stay.")
    else:
        tables.print_table(tuple(rows[0]), [list(row.values()) for row in rows])


@app.command("show")
def show(
    room: RoomArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show who stays in a room, and what happened to the stay."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        stay = stays.of_room(session, _estate(store, estate), place_of(room))
        facts = _row(stay, _shown(store, unmasked, "stays show", 1))
        lines = [
            {"at": tables.local(line.at, store.zone), "who": line.who, "what": line.event, "": line.detail}
            for line in stays.history(session, stay)
        ]
    if as_json:
        print_json(facts | {"history": lines})
        return
    tables.print_facts(facts)
    tables.print_table(("at", "who", "what", ""), [list(line.values()) for line in lines])


def _estate(store: Store, wanted: str | None) -> str:
    return store.estate(wanted) or store.settings.estates[0].id


def _shown(store: Store, unmasked: bool, command: str, rows: int) -> Shown:
    return personal.shown(store.home, unmasked=unmasked, command=command, rows=rows, at=store.db.clock.now())


def _row(stay: StayRow, shown: Shown) -> dict[str, Any]:
    return {
        "estate": stay.estate,
        "room": str(stay.room.place),
        "name": shown.name(stay.name),
        "from": str(stay.from_on),
        "to": str(stay.to_on or ""),
        "language": stay.language,
    }


def _day(text: str) -> date | None:
    found = sheets.day(text) if text else None
    if text and found is None:
        raise BadStay(f'"{text}" is no day: write it like 2026-11-25.')
    return found


def _language(text: str) -> str:
    found = LANGUAGES.get(text.lower())
    if found is None:
        raise BadStay(f'"{text}" is not spoken here: zh or en.')
    return found
