"""``hotline staff``: who may report by telephone, and their PINs."""

from __future__ import annotations

import getpass
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from hotline.accounts import pins, repository, roll
from hotline.accounts.administration import BadStaff, Given, NewMember, Office, roles_of
from hotline.accounts.models import StaffRow
from hotline.accounts.pins import NewPin
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, EXIT_INVALID, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption

app = typer.Typer(help="Staff who report by telephone: numbers, roles, PINs.", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(help="Staff number 工号.")]
OfEstate = Annotated[str | None, typer.Option("--estate", help="Estate (its id); default: the first.")]
RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", help="technician, supervisor, manager, floor, operator; may be repeated."),
]
AskPin = Annotated[
    bool, typer.Option("--ask-pin", help="Type the PIN in (unseen) instead of having one made up.")
]


@app.command()
def add(
    number: NumberArgument,
    name: Annotated[str, typer.Argument(help="Name.")],
    telephone: Annotated[str, typer.Option("--telephone", help="Own telephone.")] = "",
    role: RoleOption = None,
    ask_pin: AskPin = False,
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add somebody with a PIN; a number that somebody has is refused."""
    new_pin = _new_pin(number, ask=ask_pin)
    with _office(home, estate, set_up=True) as office:
        roles = roles_of(role or ["technician"])
        office.add(NewMember(number=number, name=name, telephone=telephone, roles=roles))
        given = office.give_pin(number, new_pin)
    _tell(given, as_json=as_json, made_up=not ask_pin)


@app.command()
def change(
    number: NumberArgument,
    name: Annotated[str | None, typer.Option("--name", help="New name.")] = None,
    telephone: Annotated[
        str | None, typer.Option("--telephone", help="New telephone; '' takes it away.")
    ] = None,
    role: RoleOption = None,
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Change name, telephone or roles (all of them anew); what is not named stays, and so does the PIN."""
    given = {"name": name, "telephone": telephone, "roles": role or None}
    new: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    with _office(home, estate) as office:
        if role:
            new["roles"] = roles_of(role)
        office.change(number, **new)
    if as_json:
        print_json({"number": number, "done": "changed", "fields": list(new)})
    else:
        print(f"Staff number {number} is changed ({', '.join(new)}); the PIN stays.")


@app.command("list")
def list_staff(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    left: Annotated[bool, typer.Option("--left", help="Also those who have left.")] = False,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the staff: roles, whether they have a PIN, whether it is locked."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            rows = repository.everybody(session, store.estate(estate), left=left)
        at = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="staff list", rows=len(rows), at=at)
        lines = [_line(row, shown, store) for row in rows]
    if as_json:
        print_json(lines)
    elif not lines:
        print("No staff yet: `hotline staff add NUMBER NAME`, or `hotline staff import FILE` for a list.")
    else:
        columns = ("estate", "number", "name", "telephone", "roles", "pin", "locked_until", "active")
        tables.print_table(columns, [[_text(line[column]) for column in columns] for line in lines])


@app.command()
def pin(
    number: NumberArgument,
    ask_pin: AskPin = False,
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Give somebody a new PIN; it is shown once. A locked account is open again."""
    new_pin = _new_pin(number, ask=ask_pin)
    with _office(home, estate) as office:
        given = office.give_pin(number, new_pin)
    _tell(given, as_json=as_json, made_up=not ask_pin)


@app.command()
def unlock(
    number: NumberArgument,
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Open an account that wrong PINs have locked; the PIN stays."""
    with _office(home, estate) as office:
        office.unlock(number)
    _done(number, "unlocked", as_json)


@app.command()
def remove(
    number: NumberArgument,
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let nobody in with this number any more; what they did stays on record."""
    with _office(home, estate) as office:
        office.remove(number)
    _done(number, "removed", as_json)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX: 工号, 姓名, 电话, 角色.")],
    estate: OfEstate = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Import a list: all of it, or nothing if a line is wrong. Who is new gets a PIN, shown once."""
    with plain_errors(), opened(home, set_up=True) as store:
        members = roll.read(file, normalise=store.normalise)
        wanted = _estate(store, estate)
        with store.db.reading() as session:
            rows = repository.everybody(session, wanted)
        have = {row.number for row in rows if row.pin_hash}
        # hundreds of hashes take seconds: the database of a running hotline is not locked meanwhile
        fresh = {one.number: pins.made_up(number=one.number) for one in members if one.number not in have}
        with store.db.transaction() as session:
            office = _of(store, session, wanted)
            without = {row.number for member in members if not (row := office.keep(member)).pin_hash}
            given = [office.give_pin(number, new) for number, new in fresh.items() if number in without]
    if as_json:
        print_json({"people": len(members), "pins": [_pin(one) for one in given]})
        return
    print(f"{len(members)} people imported, {len(given)} of them with a new PIN.")
    if given:
        tables.print_table(("number", "name", "pin"), [(one.number, one.name, one.pin) for one in given])
        print("The PINs are shown only now: give each to its owner.")


@contextmanager
def _office(home: Path, estate: str | None, *, set_up: bool = False) -> Iterator[Office]:
    """Open the data folder for a change; a mistake in what was given exits with 2, nothing changed."""
    with plain_errors(), opened(home, set_up=set_up) as store:
        wanted = _estate(store, estate)
        try:
            with store.db.transaction() as session:
                yield _of(store, session, wanted)
        except BadStaff as bad:
            print(bad.sentence, file=sys.stderr)
            raise typer.Exit(EXIT_INVALID) from bad


def _estate(store: Store, wanted: str | None) -> str:
    return store.estate(wanted) or store.settings.estates[0].id


def _of(store: Store, session: Session, estate: str) -> Office:
    return Office(session, estate, getpass.getuser(), store.db.clock.now(), store.normalise)


def _new_pin(number: str, *, ask: bool) -> NewPin:
    """Return a PIN typed in or made up, hashed before the database is opened."""
    if not ask:
        return pins.made_up(number=number)
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
        except getpass.GetPassWarning as warning:  # the PIN would be seen, or there is nobody to ask
            print(
                "--ask-pin needs a terminal, where the PIN is typed unseen. Leave it out: a PIN is made up "
                "and shown once.",
                file=sys.stderr,
            )
            raise typer.Exit(EXIT_INVALID) from warning
    return pins.prepared(typed)


def _tell(given: Given, *, as_json: bool, made_up: bool) -> None:
    if as_json:
        # a PIN somebody typed in is known to them: it is not repeated on the screen
        print_json(_pin(given) if made_up else {"number": given.number, "name": given.name})
    elif made_up:
        print(f"{given.name} ({given.number}) has the PIN {given.pin}. It is shown only now.")
    else:
        print(f"{given.name} ({given.number}) has the PIN you typed.")


def _done(number: str, what: str, as_json: bool) -> None:
    print_json({"number": number, "done": what}) if as_json else print(f"Staff number {number} is {what}.")


def _pin(given: Given) -> dict[str, str]:
    return {"number": given.number, "name": given.name, "pin": given.pin}


def _line(row: StaffRow, shown: Shown, store: Store) -> dict[str, Any]:
    locked = row.locked_until is not None and row.locked_until > store.db.clock.now()
    return {
        "estate": row.estate,
        "number": row.number,
        "name": shown.name(row.name),
        "telephone": shown.number(row.telephone, row.telephone_raw),
        "roles": list(row.roles),
        "pin": bool(row.pin_hash),
        "locked_until": tables.local(row.locked_until, store.zone) if locked else "",
        "active": row.active,
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
