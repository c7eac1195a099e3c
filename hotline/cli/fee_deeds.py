"""What is done about bills: paid, withdrawn, promised – and who still owes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app.bills import contacts
from hotline.cli import feetables, personal, tables
from hotline.cli.feebook import BadFigure, day_of, month_of, opened_book
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.placeoption import RoomArgument
from hotline.cli.tables import EstateOption, FormatOption, LimitOption
from hotline.fees import promises as given
from hotline.fees import repository
from hotline.fees.payments import Settled
from hotline.fees.states import PromiseState

app = typer.Typer()

WhyOption = Annotated[str, typer.Option("--why", help="For the bill's history.")]
OutFile = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Write a sheet instead; - is standard output."),
]
_OWING = ("estate", "room", "name", "number", "months", "total", "late_fee", "oldest_due_on", "promised_on")


@app.command()
def paid(
    numbers: Annotated[list[str] | None, typer.Argument(help="Numbers of bills.")] = None,
    room: Annotated[str | None, typer.Option("--room", help="All unpaid bills of a room: 3-2-602.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="When the money came; default: today.")
    ] = None,
    how: Annotated[str, typer.Option("--how", help="bank, cash, transfer …")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take a payment back that did not come.")] = False,
    why: WhyOption = "",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Note payments: all of them, or none if one cannot be. A room that owes nothing more is not reminded.

    The late fee ends on the day the money came, and a promise is kept by that day.
    """
    with opened_book(home, estate) as desk:
        place = desk.room(room) if room else None
        if not numbers and place is None:
            raise BadFigure("Name the bills that are paid, or a room with --room.", code="nothing-named")
        paid_on = day_of(on) if on else None
        with desk.store.db.transaction() as session:
            wanted = list(numbers or ())
            if place is not None:
                wanted += [row.number for row in repository.unpaid_rows(session, desk.estate, place)]
            if undo:
                for number in wanted:
                    desk.book.take_back_in(session, number, who=desk.who, why=why)
                settled = []
            else:
                settled = [
                    desk.book.mark_paid_in(session, number, who=desk.who, paid_on=paid_on, how=how)
                    for number in wanted
                ]
    if undo:
        _told([{"number": number, "state": "unpaid"} for number in wanted], as_json, "unpaid again")
    else:
        _told([_settled(one) for one in settled], as_json, "paid")


@app.command()
def withdraw(
    number: Annotated[str, typer.Argument(help="The bill's number.")],
    why: Annotated[str, typer.Option("--why", help="For the bill's history.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Take a bill back: it was wrong, or is collected otherwise. A corrected one may be imported."""
    with opened_book(home, None) as desk, desk.store.db.transaction() as session:
        settled = desk.book.withdraw_in(session, number, who=desk.who, why=why)
    _told([_settled(settled)], as_json, "withdrawn")


@app.command()
def unpaid(
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="Only of 2026-10.")] = None,
    not_due: Annotated[bool, typer.Option("--not-due", help="Also bills that are not due yet.")] = False,
    promised: Annotated[
        bool, typer.Option("--promised", help="Also rooms that promised a day still to come.")
    ] = False,
    out: OutFile = None,
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List rooms that owe, with whom to call: what reminders are made of."""
    with opened_book(home, estate) as desk:
        wanted = month_of(month) if month else ""
        with desk.store.db.reading() as session:
            found = desk.book.debts_in(
                session, desk.estate, overdue=not not_due, month=wanted, promised=promised
            )
            people = contacts(session, desk.estate)
        shown = personal.shown(
            desk.store.home, unmasked=unmasked, command="fees unpaid", rows=len(found),
            at=desk.store.db.clock.now(),
        )  # fmt: skip
        rows = [feetables.debt(one, desk.estate, people, shown) for one in found]
        if out is not None:
            flat = [feetables.flat(row) for row in rows]
            tables.export(flat, feetables.DEBT_COLUMNS, out, form, zone=desk.store.zone)
            return
    _print(rows, _OWING, as_json, "Nobody owes anything that is due.")


@app.command()
def promise(
    room: RoomArgument,
    day: Annotated[str, typer.Argument(help="The last day on which paying keeps it: 2026-12-01.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down that a room will pay all it owes by a day; an earlier open promise is replaced."""
    with opened_book(home, estate) as desk:
        place, promised_on = desk.room(room), day_of(day)
        with desk.store.db.transaction() as session:
            row = desk.book.promise_in(
                session, estate=desk.estate, place=place, promised_on=promised_on, said_to=desk.who
            )
            facts = feetables.promise(row, desk.store.zone)
    if as_json:
        print_json(facts)
    else:
        print(f"{facts['room']} will pay {facts['total']} yuan by {facts['promised_on']}.")


@app.command()
def promises(
    state: Annotated[
        list[PromiseState] | None, typer.Option("--state", help="Only these; may be repeated.")
    ] = None,
    limit: LimitOption = 200,
    out: OutFile = None,
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List promises to pay, the latest first: open, kept, broken, replaced."""
    with opened_book(home, estate) as desk:
        with desk.store.db.reading() as session:
            most = None if out else limit
            found = given.listed(session, estate=estate, states=state or (), limit=most)
            rows = [feetables.promise(row, desk.store.zone) for row in found]
        if out is not None:
            flat = [feetables.flat(row) for row in rows]
            tables.export(flat, feetables.PROMISE_COLUMNS, out, form, zone=desk.store.zone)
            return
    _print(rows, feetables.PROMISE_COLUMNS, as_json, "Nobody has promised anything yet.")


def _print(rows: list[dict[str, Any]], columns: tuple[str, ...], as_json: bool, nothing: str) -> None:
    if as_json:
        print_json(rows)
    elif not rows:
        print(nothing)
    else:
        flat = [feetables.flat(row) for row in rows]
        tables.print_table(columns, [[row[column] for column in columns] for row in flat])


def _settled(one: Settled) -> dict[str, Any]:
    return {
        "number": one.bill.number, "state": one.bill.state.value, "changed": one.changed,
        "left": one.left, "reminders_cancelled": one.cancelled,
    }  # fmt: skip


def _told(done: list[dict[str, Any]], as_json: bool, state: str) -> None:
    if as_json:
        print_json(done)
        return
    if not done:
        print("The room owes nothing: nothing was changed.")
    for one in done:
        again = "" if one.get("changed", True) else " (as it was before)"
        rest = f"; the room still owes {one['left']} bills" if one.get("left") else ""
        calls = (
            f"; {one['reminders_cancelled']} reminders are taken off (a talk under way goes on to its end)"
            if one.get("reminders_cancelled")
            else ""
        )
        print(f"Bill {one['number']} is {state}{again}{rest}{calls}.")
