"""``hotline wakeups``: wake-ups 叫醒 – booked, changed, looked at; the register of a day or shift."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from hotline.app.bills import BilledRooms
from hotline.app.wakeups import DirectoryRooms
from hotline.cli import personal, wakeup_deeds, wakeup_register, wakeuptables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.placeoption import place_of
from hotline.cli.tables import EstateOption, LimitOption, print_facts
from hotline.cli.ticket_desk import WhoOption, login
from hotline.cli.wakeupdesk import desk_opened
from hotline.wakeup import entries, listing, repository
from hotline.wakeup.models import BookingState

app = typer.Typer(
    help="Wake-ups 叫醒: book, change, cancel, skip, import, list; the register.", no_args_is_help=True
)
app.add_typer(wakeup_deeds.app)
app.add_typer(wakeup_register.app)

NumberArgument = Annotated[str, typer.Argument(metavar="NUMBER", help="The wake-up's number.")]


@app.command("list")
def list_wakeups(
    room: Annotated[str, typer.Option("--room", help="Only of this room.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also those that ring no more.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    limit: LimitOption = 200,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List bookings, the next to ring first."""
    with plain_errors(), desk_opened(home, estate) as desk, desk.store.db.reading() as session:
        place = desk.room_in(session, place_of(room)) if room else None
        states = () if everything else (BookingState.BOOKED,)
        found = entries.bookings(session, desk.wanted, place=place, states=states, limit=limit)
        shown = personal.shown(
            desk.store.home, unmasked=unmasked, command="wakeups list", rows=len(found), at=desk.now
        )
        rows = [
            wakeuptables.booking(row, repository.next_ring(session, row), desk.zone_of(row.estate), shown)
            for row in found
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No wake-ups are booked. `hotline wakeups book ROOM TIME` books one.")
    else:
        wakeuptables.print_rows(wakeuptables.LIST_COLUMNS, rows)


@app.command()
def show(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a booking: its days with every attempt and outcome, and what was done to it by whom."""
    with plain_errors(), desk_opened(home, estate) as desk, desk.store.db.reading() as session:
        row = entries.booking(session, number, desk.wanted)
        zone = desk.zone_of(row.estate)
        shown = personal.shown(
            desk.store.home, unmasked=unmasked, command="wakeups show", rows=1, at=desk.now
        )
        facts = wakeuptables.booking(row, repository.next_ring(session, row), zone, shown)
        days = [
            wakeuptables.day(one, zone, shown)
            for one in entries.of_booking(session, desk.parts.schedule, row, now=desk.now)
        ]
        lines = [wakeuptables.history(one, zone, shown) for one in repository.history(session, number)]
    if as_json:
        print_json(facts | {"register": days, "history": lines})
        return
    print_facts(facts)
    for one in days:
        print(
            f"\n{one['time']}  {one['room']}  {one['state']}"
            + (f", {one['reason']}" if one["reason"] else "")
        )
        if one["confirmed_at"]:
            print(f"  awake {one['confirmed_at']}, {one['minutes_late']} minutes late: {one['confirmed_by']}")
        if one["attempts"]:
            wakeuptables.print_rows(tuple(one["attempts"][0]), one["attempts"])
    print()
    wakeuptables.print_rows(("at", "who", "event", "day", "why"), lines)


@app.command()
def cancel(
    number: NumberArgument,
    why: Annotated[str, typer.Option("--why", help="For the history.")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a wake-up off for good, all its days; also while the telephone rings."""
    with plain_errors(), desk_opened(home, estate) as desk:
        at_home = desk.estate_of(number)
        found = asyncio.run(desk.book.cancel(at_home, number, who=login(who), why=why))
    wakeup_deeds.told(found, at_home, "cancelled", as_json)


@app.command()
def skip(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave the next day of a wake-up out; those after it ring."""
    with plain_errors(), desk_opened(home, estate) as desk:
        at_home = desk.estate_of(number)
        found = asyncio.run(desk.book.skip(at_home, number, who=login(who)))
    wakeup_deeds.told(found, at_home, "skips its next day", as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX; see config/samples/wakeups.csv.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    who: WhoOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check and say what would be booked.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Book a list of wake-ups: every line, or nothing if a line is wrong. Again it changes nothing."""
    with plain_errors(), desk_opened(home, estate, set_up=True) as desk:
        changes = listing.import_wakeups(
            desk.store.db, desk.book, file, estate=desk.estate, zone=desk.zone_of(desk.estate),
            rooms=DirectoryRooms(), plain=BilledRooms(desk.store.db).plain, who=login(who), dry_run=dry_run,
        )  # fmt: skip
    for warning in changes.warnings:
        print(warning, file=sys.stderr)
    if as_json:
        print_json({"booked": changes.booked, "unchanged": changes.unchanged, "dry_run": dry_run})
        return
    prefix = "Would be booked" if dry_run else "Booked"
    print(f"{prefix}: {changes.booked} wake-ups; {changes.unchanged} were booked before.")
