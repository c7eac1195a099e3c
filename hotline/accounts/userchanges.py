"""What administrators change about accounts: facts, roles, locks, leaving. Each is on the record."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts import sessions, tokens, users
from hotline.accounts.rights import Role
from hotline.accounts.usermodels import UserRow
from hotline.accounts.users import BadUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an account says of its person; ``None`` leaves it as it is."""

    name: str | None = None
    roles: Collection[Role] | None = None
    estate: str | None = None
    number: str | None = None
    language: str | None = None


def change(
    session: Session, username: str, facts: Facts, *, by: str, at: datetime, version: int | None = None,
    keep_session: str = "",
) -> UserRow:  # fmt: skip
    """Change an account. Raises :class:`BadUser`.

    Sessions but ``keep_session`` end when roles, estate or number differ: what is open with them was opened
    by somebody who is another now. ``version``: what the form was opened with (``user-changed`` when
    somebody was faster). The last administrator keeps the role (``last-administrator``).
    """
    row = users.find(session, username)
    _must_be(row, version)
    name = row.name if facts.name is None else facts.name.strip()
    roles = [Role(role) for role in row.roles] if facts.roles is None else sorted(set(facts.roles))
    number = row.number if facts.number is None else facts.number.strip()
    language = row.language if facts.language is None else facts.language
    users.check_facts(name, roles, number=number, language=language)
    estate = row.estate if facts.estate is None else facts.estate
    if Role.ADMINISTRATOR not in roles:
        _keep_an_administrator(session, row)
    before = (sorted(row.roles), row.estate, row.number)
    row.name, row.roles, row.estate = name, list(roles), estate
    row.number, row.language = number, language
    row.version += 1
    if (sorted(row.roles), row.estate, row.number) != before:
        sessions.end_all(session, row.username, but=keep_session)
    tokens.note(session, f"user:{row.username}", "account.changed", at=at, by=by, detail=" ".join(row.roles))
    session.flush()
    return row


def remove(session: Session, username: str, *, by: str, at: datetime, version: int | None = None) -> UserRow:
    """Let somebody in no more; the row stays, histories name it. Raises :class:`BadUser`."""
    row = users.find(session, username)
    _must_be(row, version)
    _keep_an_administrator(session, row)
    row.active = False
    row.totp_secret, row.totp_counter, row.recovery, row.password_hash = "", 0, [], ""
    row.version += 1
    sessions.end_all(session, row.username)
    tokens.note(session, f"user:{row.username}", "account.removed", at=at, by=by)
    return row


def unlock(session: Session, username: str, *, by: str, at: datetime) -> UserRow:
    """Open an account that wrong passwords or codes locked."""
    row = users.find(session, username)
    row.failed, row.locks, row.locked_until = 0, 0, None
    row.version += 1
    tokens.note(session, f"user:{row.username}", "unlocked", at=at, by=by)
    return row


def reset_second_factor(session: Session, username: str, *, by: str, at: datetime) -> UserRow:
    """Forget somebody's second factor (the telephone is lost); their sessions end."""
    row = users.find(session, username)
    row.totp_secret, row.totp_counter, row.recovery = "", 0, []
    row.version += 1
    sessions.end_all(session, row.username)
    tokens.note(session, f"user:{row.username}", "second-factor-reset", at=at, by=by)
    return row


def _must_be(row: UserRow, version: int | None) -> None:
    if not row.active:
        raise BadUser(f'The account "{row.username}" was removed.', code="user-removed")
    if version is not None and row.version != version:
        raise BadUser(
            f'Somebody else changed the account "{row.username}" meanwhile: look again, then change it.',
            code="user-changed",
        )


def _keep_an_administrator(session: Session, row: UserRow) -> None:
    """Raise when no other administrator would be left: nobody could make one any more."""
    if Role.ADMINISTRATOR not in row.roles or not row.active:
        return
    others = session.scalars(select(UserRow).where(UserRow.active, UserRow.username != row.username)).all()
    if not any(Role.ADMINISTRATOR in other.roles for other in others):
        raise BadUser("This is the last administrator: make another one first.", code="last-administrator")
