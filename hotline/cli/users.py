"""``hotline users``: accounts of people at the console."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from hotline.accounts import passwords, userchanges, users
from hotline.accounts.passwords import NewPassword
from hotline.accounts.rights import Role
from hotline.accounts.userchanges import Facts
from hotline.accounts.usermodels import UserRow
from hotline.accounts.users import NewUser
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption

app = typer.Typer(help="Accounts of people at the console.", no_args_is_help=True)

UserArgument = Annotated[str, typer.Argument(metavar="USERNAME", help="Whose account.")]
RoleOption = Annotated[list[Role] | None, typer.Option("--role", help="What they are; may be repeated.")]
NumberOption = Annotated[str | None, typer.Option("--number", help="Staff or operator number.")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="Of the console: zh or en.")]
AskOption = Annotated[bool, typer.Option("--ask", help="Ask for the password; otherwise one is made.")]


@app.command()
def add(
    username: UserArgument,
    role: Annotated[list[Role], typer.Option("--role", help="What they are; may be repeated.")],
    name: Annotated[str, typer.Option("--name", help="As colleagues call them.")] = "",
    number: NumberOption = None,
    language: LanguageOption = None,
    ask: AskOption = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account. Its password is made and shown once, or asked for with --ask."""
    with plain_errors(), opened(home, set_up=True) as store:
        shown, kept = _password(username, name, ask=ask)
        new = NewUser(
            username=username, name=name or username, roles=role, estate=store.estate(estate) or "",
            number=number or "", language=language or "zh",
        )  # fmt: skip
        with store.db.transaction() as session:
            row = users.add(
                session, new, kept, by=getpass.getuser(), at=store.db.clock.now(), must_change=not ask
            )
            facts = _facts(row, store)
    _tell_password(facts, shown, as_json=as_json)


@app.command("list")
def list_users(
    everybody: Annotated[bool, typer.Option("--all", help="Also removed ones.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List accounts."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        rows = [_facts(row, store) for row in users.listed(session, inactive=everybody)]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No accounts yet. `hotline users add USERNAME --role administrator` makes one.")
    else:
        columns = tuple(rows[0])
        tables.print_table(columns, [[_text(row[column]) for column in columns] for row in rows])


@app.command()
def change(
    username: UserArgument,
    name: Annotated[str | None, typer.Option("--name", help="As colleagues call them.")] = None,
    role: RoleOption = None,
    number: NumberOption = None,
    language: LanguageOption = None,
    everywhere: Annotated[bool, typer.Option("--every-estate", help="Let them into every estate.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is given; new roles or another estate end the account's sessions."""
    with plain_errors(), opened(home) as store:
        wanted = "" if everywhere else store.estate(estate)
        facts = Facts(name=name, roles=role or None, estate=wanted, number=number, language=language)
        with store.db.transaction() as session:
            now = store.db.clock.now()
            shown = _facts(userchanges.change(session, username, facts, by=getpass.getuser(), at=now), store)
    _tell(shown, f"The account {shown['username']} was changed.", as_json=as_json)


@app.command()
def password(
    username: UserArgument, ask: AskOption = False, home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Set a new password; a lock is opened, sessions end. One that was made is to be changed at sign-in."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            name = users.find(session, username).name
        shown, kept = _password(username, name, ask=ask)
        with store.db.transaction() as session:
            row = users.set_password(
                session, username, kept, by=getpass.getuser(), at=store.db.clock.now(), must_change=not ask
            )
            facts = _facts(row, store)
    _tell_password(facts, shown, as_json=as_json)


@app.command()
def unlock(username: UserArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Open an account that wrong passwords or codes locked."""
    _deed(userchanges.unlock, username, home, "The account {} is open.", as_json=as_json)


@app.command()
def remove(username: UserArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Let somebody in no more, at once; records keep their name. The last administrator stays."""
    _deed(userchanges.remove, username, home, "The account {} lets nobody in any more.", as_json=as_json)


@app.command("reset-second-factor")
def reset_second_factor(
    username: UserArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Forget the second factor of somebody whose telephone is lost; they set up another at sign-in."""
    told = "The second factor of {} was forgotten."
    _deed(userchanges.reset_second_factor, username, home, told, as_json=as_json)


def _deed(deed: Callable[..., UserRow], username: str, home: Any, told: str, *, as_json: bool) -> None:
    with plain_errors(), opened(home) as store:

        def do(session: Session) -> dict[str, Any]:
            row = deed(session, username, by=getpass.getuser(), at=store.db.clock.now())
            return _facts(row, store)

        with store.db.transaction() as session:
            facts = do(session)
    _tell(facts, told.format(facts["username"]), as_json=as_json)


def _password(username: str, name: str, *, ask: bool) -> tuple[str, NewPassword]:
    """Return a password to show (empty: it was typed) and its hash."""
    if not ask:
        made = passwords.generate()
        return made, passwords.hashed(made)
    if not os.isatty(0):
        typed = input()
    else:
        typed = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return "", users.checked_password(typed, username=username, name=name)


def _tell_password(facts: dict[str, Any], shown: str, *, as_json: bool) -> None:
    if as_json:
        print_json(facts | ({"password": shown} if shown else {}))
        return
    if shown:
        print(shown)
        print(
            f"\nThis is the password of {facts['username']}, shown only now; they choose another at sign-in."
        )
    else:
        print(f"The password of {facts['username']} was set.")


def _tell(facts: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        print(sentence)


def _facts(row: UserRow, store: Store) -> dict[str, Any]:
    return {
        "username": row.username, "name": row.name, "roles": list(row.roles), "estate": row.estate or "all",
        "number": row.number, "language": row.language, "second_factor": bool(row.totp_secret),
        "locked_until": tables.local(row.locked_until, store.zone)[:16],
        "last_seen_at": tables.local(row.last_seen_at, store.zone)[:16],
        "must_change": row.must_change, "active": row.active,
    }  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, list) else str(value)
