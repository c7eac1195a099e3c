"""``hotline fees``: bills, late fees, payments, promises to pay, PINs of rooms."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from hotline.app.bills import BilledRooms
from hotline.app.menus import KnownPrompts
from hotline.call.errors import InvalidInput
from hotline.cli import fee_deeds, fee_pins, feetables, tables
from hotline.cli.feebook import Desk, amount_of, day_of, month_of, opened_book
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.tables import EstateOption, FormatOption, LimitOption, OutOption
from hotline.fees import promises, repository, rules
from hotline.fees.late_fee import last_free_day, late_fee
from hotline.fees.models import BillRow
from hotline.fees.service import ImportReport
from hotline.fees.states import BillState
from hotline.home import shipped
from hotline.speech.voices.book import PromptFolder

app = typer.Typer(
    help="Bills of rooms: import, late fees, payments, promises to pay, PINs.", no_args_is_help=True
)
app.add_typer(fee_deeds.app)
app.add_typer(fee_pins.app, name="pins")

MonthOption = Annotated[str | None, typer.Option("--month", metavar="MONTH", help="2026-10.")]
RoomOption = Annotated[str | None, typer.Option("--room", help="Only this room: 3-2-602.")]
StateOption = Annotated[list[BillState] | None, typer.Option("--state", help="Only these; may be repeated.")]
_LISTED = ("number", "estate", "room", "month", "total", "late_fee", "due_on", "state", "paid_on")
_CHANGES = ("new", "changed", "unchanged", "paid", "left_alone")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX; see config/samples/bills.csv.")],
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="Month of rows that name none: 2026-10.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check and say what would change.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import bills: the whole list, or nothing if a line is wrong. The same list again changes nothing.

    A bill is known by room and month. An unpaid one takes the new amounts, with its history; a paid
    one stays as it was, with a warning.
    """
    with opened_book(home, estate, set_up=True) as desk:
        report = desk.book.import_list(
            file,
            estates={each.id: each.name for each in desk.store.settings.estates},
            default=desk.estate,
            directory=BilledRooms(desk.store.db),
            who=desk.who,
            month=month_of(month) if month else "",
            dry_run=dry_run,
        )
    for warning in report.warnings:
        print(warning, file=sys.stderr)
    _tell(report, dry_run=dry_run, as_json=as_json)


@app.command("list")
def list_bills(
    month: MonthOption = None,
    room: RoomOption = None,
    state: StateOption = None,
    limit: LimitOption = 200,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """List bills with their late fee as of today, the latest month first."""
    with opened_book(home, estate) as desk:
        rows = [
            feetables.bill(row, desk.book.today(row.estate))
            for row in _rows(desk, estate, month=month, room=room, state=state, limit=limit)
        ]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No such bills. `hotline fees import FILE` reads a CSV or XLSX list.")
    else:
        tables.print_table(_LISTED, [[row[column] for column in _LISTED] for row in rows])
        if len(rows) == limit:
            print(f"… the first {limit}; --limit shows more.")


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="The bill's number.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show a bill: items, late-fee rule, what happened to it, promises about it."""
    with opened_book(home, None) as desk, desk.store.db.reading() as session:
        row = repository.find(session, number)
        zone = desk.store.zone
        facts = feetables.bill(row, desk.book.today(row.estate))
        facts["late_fee_rule"] = feetables.rule(row.late_fee)
        happened = [feetables.history(line, zone) for line in repository.history(session, number)]
        given = [
            feetables.promise(one, zone)
            for one in promises.of_room(session, row.estate, row.place)
            if any(bill.number == number for bill in one.bills)
        ]
    if as_json:
        print_json(facts | {"history": happened, "promises": given})
        return
    items = facts.pop("items")
    tables.print_facts(facts)
    for heading, lines in (("items", items), ("history", happened), ("promises", given)):
        if lines:
            print(f"\n{heading}")
            tables.print_table(tuple(lines[0]), [list(feetables.flat(line).values()) for line in lines])


@app.command()
def late(
    amount: Annotated[str, typer.Argument(help="What is owed, in yuan: 1000 or 230.50.")],
    due: Annotated[str, typer.Option("--due", metavar="DAY", help="When it is due: 2026-10-15.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="As of that day; default: today.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reckon a late fee by the rule in service, without any bill."""
    with plain_errors(), opened_book(home, estate) as desk:
        owed, due_on = amount_of(amount), day_of(due)
        as_of: date = day_of(on) if on else desk.book.today(desk.estate)
        rule = desk.book.terms(desk.estate).late_fee
    facts = {
        "rule": feetables.rule(rule.as_kept() if rule else {}),
        "first_day": (last_free_day(rule, due_on) + timedelta(days=1)).isoformat() if rule else "",
        "as_of": as_of.isoformat(),
        "late_fee": str(late_fee(rule, owed, due_on=due_on, as_of=as_of)),
    }
    print_json(facts) if as_json else tables.print_facts(facts)


@app.command()
def export(
    out: OutOption = Path("-"),
    form: FormatOption = None,
    month: MonthOption = None,
    room: RoomOption = None,
    state: StateOption = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
) -> None:
    """Export bills, a line each, as CSV, XLSX or JSON."""
    with opened_book(home, estate) as desk:
        rows = [
            feetables.bill(row, desk.book.today(row.estate))
            for row in _rows(desk, estate, month=month, room=room, state=state)
        ]
        tables.export(
            [feetables.flat(row) for row in rows], feetables.BILL_COLUMNS, out, form, zone=desk.store.zone
        )


@app.command()
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """Check fees.yaml; exit 2 with every problem and its line."""
    with plain_errors():
        folder, settings = open_home(home)
        prompts = KnownPrompts(PromptFolder(folder.prompts, shipped("prompts")))
        ids = [estate.id for estate in settings.estates]
        problems = rules.unknown_names(
            folder.config, estates=ids, said=lambda wording: prompts.has("zh", wording)
        )
        if any(not problem.warning for problem in problems):
            raise InvalidInput(tuple(problems))
        for problem in problems:
            print(problem, file=sys.stderr)
        found = rules.load(folder.config)
    print(f"The terms of {len(ids)} estates are in order, {len(found.estates)} of them with their own.")


def _rows(
    desk: Desk,
    estate: str | None,
    *,
    month: str | None,
    room: str | None,
    state: list[BillState] | None,
    limit: int | None = None,
) -> list[BillRow]:
    place = desk.room(room) if room else None
    wanted = month_of(month) if month else ""
    with desk.store.db.reading() as session:
        found = repository.bills(
            session, estate=desk.estate if room else estate, place=place, month=wanted, states=state or (),
            limit=limit,
        )  # fmt: skip
        return list(found)


def _tell(report: ImportReport, *, dry_run: bool, as_json: bool) -> None:
    changes = report.changes
    if as_json:
        print_json({name: getattr(changes, name) for name in _CHANGES} | {"dry_run": dry_run})
        return
    prefix = "Would be imported" if dry_run else "Imported"
    print(
        f"{prefix}: {changes.new} new bills, {changes.changed} changed, {changes.unchanged} as before, "
        f"{changes.paid} paid by the list, {changes.left_alone} paid before and left as they were."
    )
