"""``hotline outside``: the register of outside calls, approvals, bookings, and what is billed."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app.desk import open_duty
from hotline.app.outside import Outside, open_outside
from hotline.call.errors import OutsideRefused
from hotline.call.ports import OutsideCategory, Place
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption, shown
from hotline.cli.placeoption import place_of
from hotline.cli.store import Store, opened
from hotline.dialplan import office, repository, slip
from hotline.dialplan.models import ApprovalRow, OutsideBookingRow, OutsideCallRow, SlipState
from hotline.residents import rooms

app = typer.Typer(help="Outside calls: register, approvals, bookings, charges.", no_args_is_help=True)
bookings = typer.Typer(help="Calls that wait for their turn.", no_args_is_help=True)
app.add_typer(bookings, name="bookings")

RoomOption = Annotated[str | None, typer.Option("--room", help="Only this room: 3-2-602 or 808.")]
COLUMNS = (
    "slip", "estate", "room", "operator", "extension", "at", "number", "category", "duration", "seconds",
    "cost", "currency", "tariff", "approved_by", "state", "billed_as", "lost",
)  # fmt: skip
LISTED = ("slip", "room", "operator", "at", "number", "category", "duration", "cost", "tariff", "state")


@dataclass(frozen=True, slots=True)
class Desk:
    """An opened data folder with its outside lines."""

    store: Store
    outside: Outside
    estate: str
    who: str

    def place(self, room: str) -> Place:
        """Return a room as the list writes it, or as it is given: its calls outlive its place on the list."""
        with self.store.db.reading() as session:
            row = rooms.find(session, self.estate, place_of(room))
        return place_of(room) if row is None else row.place

    def listed(self, room: str) -> Place:
        """Return a room of the list; raises :class:`OutsideRefused`."""
        with self.store.db.reading() as session:
            row = rooms.find(session, self.estate, place_of(room))
        if row is None:
            raise OutsideRefused(
                f"There is no room {room} on the list: `hotline rooms list` shows them.",
                code="outside-no-room",
            )
        return row.place


@contextmanager
def _opened(home: Path, estate: str | None) -> Iterator[Desk]:
    with plain_errors(), opened(home) as store:
        clock = store.db.clock
        duty = open_duty(store.home, store.settings)
        outside = open_outside(store.home, store.settings, store.db, clock, duty)
        wanted = store.estate(estate) or store.settings.estates[0].id
        yield Desk(store, outside, wanted, getpass.getuser())


@app.command()
def charges(
    room: RoomOption = None,
    since: tables.SinceOption = None,
    until: tables.UntilOption = None,
    state: Annotated[list[SlipState] | None, typer.Option("--state", help="Only these.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="Write an XLSX file.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV file.")] = None,
    limit: tables.LimitOption = 1000,
    unmasked: UnmaskedOption = False,
    home: HomeOption = DEFAULT_HOME,
    estate: tables.EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List outside calls and what they cost, by room and period; or write them to a sheet."""
    with _opened(home, estate) as desk:
        store, now = desk.store, desk.store.db.clock.now()
        with store.db.reading() as session:
            rows = repository.calls(
                session,
                estate=desk.estate if room or estate else None,
                place=desk.place(room) if room else None,
                states=state or (),
                since=tables.instant(since, zone=store.zone, now=now),
                until=tables.instant(until, zone=store.zone, now=now),
                limit=limit,
            )
        seen = shown(store.home, unmasked=unmasked, command="outside charges", rows=len(rows), at=now)
        facts = [_call(row, seen) for row in rows]
        files = {tables.SheetFormat.XLSX: xlsx, tables.SheetFormat.CSV: csv}
        if xlsx is not None or csv is not None:
            for form, path in files.items():
                if path is not None:
                    written = tables.export(facts, COLUMNS, path, form, zone=store.zone)
                    print(f"{written} calls written to {path}.")
        elif as_json:
            print_json(facts)
        else:
            _print(LISTED, [fact | {"at": tables.local(fact["at"], store.zone)} for fact in facts])
            total = sum(row.cost or 0 for row in rows)
            print(f"{len(rows)} calls, {total} {rows[0].currency if rows else ''}")


@app.command("slip")
def show_slip(
    number: Annotated[str, typer.Argument(help="Number of the slip.")],
    unmasked: UnmaskedOption = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print a charge slip 话费单."""
    with _opened(home, None) as desk:
        with desk.store.db.transaction() as session:
            row = repository.lock_call(session, number)
        now = desk.store.db.clock.now()
        seen = shown(desk.store.home, unmasked=unmasked, command="outside slip", rows=1, at=now)
        name = next(one.name for one in desk.store.settings.estates if one.id == row.estate)
        to = seen.number(row.number, row.dialled)
        print(slip.printable(row, number=to, house=name, zone=desk.store.zone), end="")


@app.command()
def bill(
    slips: Annotated[list[str], typer.Argument(help="Numbers of the slips.")],
    as_: Annotated[str, typer.Option("--as", metavar="BILL", help="Number of the bill.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Mark calls as put on a bill, all of them or none."""
    with _opened(home, None) as desk, desk.store.db.transaction() as session:
        now = desk.store.db.clock.now()
        rows = office.bill(session, slips, who=desk.who, bill=as_, now=now)
        print(f"Billed: {len(rows)} calls, {sum(row.cost or 0 for row in rows)} {rows[0].currency}.")


@app.command()
def rate(home: HomeOption = DEFAULT_HOME) -> None:
    """Rate calls again that no tariff fitted when they ended."""
    with _opened(home, None) as desk, desk.store.db.transaction() as session:
        now = desk.store.db.clock.now()
        rated = office.rate_again(session, desk.outside.book, desk.outside.plan.in_service(), now=now)
        print(f"{rated} calls have a price now.")


@app.command()
def approve(
    room: Annotated[str, typer.Option("--room", help="For this room: 3-2-602 or 808.")] = "",
    extension: Annotated[str, typer.Option("--extension", help="For this telephone.")] = "",
    number: Annotated[str, typer.Option("--number", help="Only for this number.")] = "",
    category: Annotated[OutsideCategory, typer.Option("--category")] = OutsideCategory.LONG_DISTANCE,
    hours: Annotated[float, typer.Option("--hours", min=0.1, max=720)] = 24,
    calls: Annotated[
        int, typer.Option("--calls", min=1, max=1000, help="Answered calls it is good for.")
    ] = 1,
    reason: Annotated[str, typer.Option("--reason")] = "",
    home: HomeOption = DEFAULT_HOME,
    estate: tables.EstateOption = None,
) -> None:
    """Approve calls that need it: long distance for a room."""
    with _opened(home, estate) as desk:
        place = desk.listed(room) if room else None
        normalise = desk.store.normalise
        with desk.store.db.transaction() as session:
            now = desk.store.db.clock.now()
            row = office.approve(
                session, desk.estate, extension=normalise(extension) if extension else "", place=place,
                category=category, number=normalise(number) if number else "", most=calls,
                until=now + timedelta(hours=hours), who=desk.who, reason=reason, now=now,
            )  # fmt: skip
            print(f"Approval {row.id}: {calls} {category.value} call(s) of {room or extension}.")


@app.command()
def withdraw(
    approval: Annotated[int, typer.Argument(help="Number of the approval.")], home: HomeOption = DEFAULT_HOME
) -> None:
    """Take an approval back."""
    with _opened(home, None) as desk, desk.store.db.transaction() as session:
        office.withdraw(session, approval, who=desk.who, now=desk.store.db.clock.now())
        print(f"Approval {approval} no longer counts.")


@app.command()
def approvals(
    home: HomeOption = DEFAULT_HOME, estate: tables.EstateOption = None, as_json: JsonOption = False
) -> None:
    """List approvals that still count."""
    with _opened(home, estate) as desk, desk.store.db.reading() as session:
        now, zone = desk.store.db.clock.now(), desk.store.zone
        rows = [_approval(row, zone) for row in repository.approvals(session, estate, now=now)]
    print_json(rows) if as_json else _print(tuple(rows[0]) if rows else (), rows)


@bookings.command("list")
def list_bookings(
    home: HomeOption = DEFAULT_HOME,
    estate: tables.EstateOption = None,
    limit: tables.LimitOption = 50,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List booked calls in the order they arrived."""
    with _opened(home, estate) as desk, desk.store.db.reading() as session:
        found = repository.bookings(session, estate=estate, limit=limit)
        now = desk.store.db.clock.now()
        seen = shown(desk.store.home, unmasked=unmasked, command="outside bookings", rows=len(found), at=now)
        rows = [_booking(row, seen, desk.store.zone) for row in found]
    if as_json or rows:
        print_json(rows) if as_json else _print(tuple(rows[0]), rows)
    else:
        print("No calls are booked.")


@bookings.command("approve")
def approve_booking(
    number: Annotated[str, typer.Argument(help="Number of the booking.")], home: HomeOption = DEFAULT_HOME
) -> None:
    """Let a booking be placed when its turn comes."""
    with _opened(home, None) as desk, desk.store.db.transaction() as session:
        now = desk.store.db.clock.now()
        desk.outside.book.bookings.approve(session, number, who=desk.who, now=now)
        print(f"Booking {number} is approved.")


@bookings.command("cancel")
def cancel_booking(
    number: Annotated[str, typer.Argument(help="Number of the booking.")], home: HomeOption = DEFAULT_HOME
) -> None:
    """Take a booking off."""
    with _opened(home, None) as desk, desk.store.db.transaction() as session:
        desk.outside.book.bookings.cancel(session, number, who=desk.who, now=desk.store.db.clock.now())
        print(f"Booking {number} is off.")


def _call(row: OutsideCallRow, seen: Shown) -> dict[str, Any]:
    return {
        "slip": row.slip,
        "estate": row.estate,
        "room": str(row.place),
        "operator": row.operator,
        "extension": row.extension,
        "at": row.answered_at or row.permitted_at,
        "number": seen.number(row.number, row.dialled),
        "category": row.category.value,
        "duration": tables.seconds(row.seconds),
        "seconds": row.seconds,
        "cost": row.cost,
        "currency": row.currency,
        "tariff": row.tariff,
        "approved_by": row.approved_by,
        "state": row.state.value,
        "billed_as": row.billed_as,
        "lost": "lost" if row.lost else "",
    }


def _approval(row: ApprovalRow, zone: Any) -> dict[str, Any]:
    return {
        "approval": row.id, "room": str(row.place), "extension": row.extension,
        "category": row.category.value, "left": row.most - row.used,
        "until": tables.local(row.until, zone), "given_by": row.given_by,
        "reason": row.reason,
    }  # fmt: skip


def _booking(row: OutsideBookingRow, seen: Shown, zone: Any) -> dict[str, Any]:
    return {
        "booking": row.number, "room": str(row.place), "number": seen.number(row.wanted, row.dialled),
        "category": row.category.value, "arrived": tables.local(row.arrived_at, zone),
        "approved": "yes" if row.approved else "no", "state": row.state.value, "slip": row.slip,
        "result": row.result,
    }  # fmt: skip


def _print(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    if rows:
        tables.print_table(columns, [[row[column] for column in columns] for row in rows])
