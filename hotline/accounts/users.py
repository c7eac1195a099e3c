"""Accounts of people at the console: made, changed, locked, removed – on the record."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts import passwords, sessions, tokens
from hotline.accounts.passwords import NewPassword
from hotline.accounts.pins import TRIES, lock_for
from hotline.accounts.rights import Role
from hotline.accounts.usermodels import UserRow
from hotline.call.errors import HotlineError

_NUMBER = re.compile(r"[0-9]{1,8}")
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


class BadUser(HotlineError):
    """Something about an account that cannot be; nothing was changed."""

    code = "bad-user"


class SignInRefused(HotlineError):
    """A sign-in that lets nobody in."""

    code = "sign-in-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """An account as an administrator writes it down."""

    username: str
    name: str
    roles: Collection[Role]
    estate: str = ""
    number: str = ""
    language: str = "zh"


def add(
    session: Session, new: NewUser, password: NewPassword, *, by: str, at: datetime, must_change: bool = True
) -> UserRow:
    """Make an account; raises :class:`BadUser` for a username that is taken or facts that cannot be."""
    username = checked_username(new.username)
    check_facts(new.name, new.roles, number=new.number, language=new.language)
    if session.get(UserRow, username) is not None:
        raise BadUser(f'There is an account "{username}": choose another username.', code="username-taken")
    row = UserRow(
        username=username, name=new.name.strip(), estate=new.estate, number=new.number.strip(),
        roles=sorted(set(new.roles)), language=new.language, password_hash=password.kept,
        must_change=must_change, totp_secret="", totp_counter=0, recovery=[], failed=0, locks=0,
        locked_until=None, created_at=at, created_by=by, last_seen_at=None, active=True, version=1,
    )  # fmt: skip
    session.add(row)
    tokens.note(session, f"user:{username}", "account.added", at=at, by=by, detail=" ".join(row.roles))
    session.flush()
    return row


def check_facts(name: str, roles: Collection[Role], *, number: str, language: str) -> None:
    """Raise :class:`BadUser` for facts of an account that cannot be."""
    if not name.strip() or len(name) > 64 or not name.isprintable():
        raise BadUser("An account needs the name of its person, at most 64 characters.", code="bad-name")
    if not roles:
        raise BadUser(f"An account needs at least one role: {', '.join(Role)}.", code="no-role")
    if number.strip() and not _NUMBER.fullmatch(number.strip()):
        raise BadUser("A staff or operator number has 1 to 8 digits.", code="bad-number")
    if language not in ("zh", "en"):
        raise BadUser("The console speaks zh and en.", code="bad-language")


def find(session: Session, username: str) -> UserRow:
    """Return an account; raises :class:`BadUser` (``user-unknown``)."""
    row = session.get(UserRow, username.strip().lower())
    if row is None:
        raise BadUser(f'There is no account "{username}".', code="user-unknown")
    return row


def listed(session: Session, *, inactive: bool = False) -> Sequence[UserRow]:
    """Return the accounts, by username."""
    query = select(UserRow).order_by(UserRow.username)
    return session.scalars(query if inactive else query.where(UserRow.active)).all()


def any_at_all(session: Session) -> bool:
    """Whether somebody can sign in: before that the first-run page opens."""
    return session.scalars(select(UserRow.username).where(UserRow.active).limit(1)).first() is not None


def judge(session: Session, username: str, *, good: bool, at: datetime, last: bool = True) -> UserRow | None:
    """Count a sign-in whose password (or code) was ``good`` or not; ``None``: it was not.

    Wrong ones lock the account for growing spans, as PINs do; the answer is the same for an account that
    does not exist. Only the ``last`` step of a sign-in that is right forgets the wrong ones before: else who
    knows the password could try codes without end. Call :func:`~hotline.accounts.passwords.right` before,
    outside the transaction.
    Raises :class:`SignInRefused` (``account-locked``).
    """
    row = session.get(UserRow, username.strip().lower(), with_for_update=True)  # one attempt after another
    if row is None or not row.active:
        return None
    if row.locked_until is not None and at < row.locked_until:
        raise SignInRefused(
            "Too many wrong attempts: the account is locked for a while. An administrator can open it.",
            code="account-locked",
        )
    if good:
        if last:
            row.failed, row.locks, row.locked_until = 0, 0, None
        return row
    row.failed += 1
    tokens.note(session, f"user:{row.username}", "sign-in-refused", at=at, by=f"user:{row.username}")
    if row.failed >= TRIES:
        row.locked_until = at + lock_for(row.locks)
        row.failed, row.locks = 0, row.locks + 1
        tokens.note(session, f"user:{row.username}", "locked", at=at, by=f"user:{row.username}")
    return None


def set_password(
    session: Session, username: str, password: NewPassword, *, by: str, at: datetime, must_change: bool,
    keep_session: str = "",
) -> UserRow:  # fmt: skip
    """Set a password; other sessions of the account end, a lock is opened. Raises :class:`BadUser`."""
    row = find(session, username)
    row.password_hash, row.must_change = password.kept, must_change
    row.failed, row.locks, row.locked_until = 0, 0, None
    row.version += 1
    sessions.end_all(session, row.username, but=keep_session)
    tokens.note(session, f"user:{row.username}", "password", at=at, by=by)
    return row


def checked_username(username: str) -> str:
    """Return a username as it is kept; raises :class:`BadUser` for what is none."""
    found = username.strip().lower()
    if not _USERNAME.fullmatch(found):
        raise BadUser(
            "A username has 2 to 32 letters, digits, dots and hyphens (a-z, 0-9).", code="bad-username"
        )
    return found


def checked_password(password: str, *, username: str, name: str = "") -> NewPassword:
    """Return a new password's hash; raises :class:`BadUser` for a weak one. Not on an event loop."""
    check_password(password, username=username, name=name)
    return passwords.hashed(password)


def check_password(password: str, *, username: str, name: str = "") -> None:
    """Raise :class:`BadUser` for a weak password."""
    weak = passwords.weakness(password, username=username, name=name)
    if weak:
        raise BadUser(weak, code="weak-password")
