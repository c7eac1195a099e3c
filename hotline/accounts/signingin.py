"""The steps of a sign-in: password, then a code where one is due; both count towards the lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.accounts import secondfactor, sessions, tokens, users
from hotline.accounts.secondfactor import Rule, Step
from hotline.accounts.usermodels import UserRow, UserSessionRow


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in whose password was right."""

    cookie: str
    step: Step


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor that is in service now."""

    cookie: str
    recovery: tuple[str, ...]
    """Shown once."""


def password_given(
    session: Session, username: str, *, good: bool, rule: Rule, at: datetime, address: str, agent: str
) -> Begun | None:
    """Go on after a password that was ``good`` or not; ``None``: it was not.

    Raises :class:`~hotline.accounts.users.SignInRefused` (``account-locked``).
    """
    row = users.judge(session, username, good=good, at=at, last=False)
    if row is None:
        return None
    step = secondfactor.step_after_password(row, rule)
    if step is Step.IN:
        users.judge(session, username, good=True, at=at)
    cookie = sessions.begin(session, row, at=at, address=address, agent=agent, passed=step is Step.IN)
    return Begun(cookie, step)


def code_given(session: Session, cookie: str, code: str, *, at: datetime) -> str | None:
    """Let in who shows a code, or a recovery code; ``None``: it was wrong. Returns the new cookie.

    Raises :class:`~hotline.accounts.sessions.SessionEnded`,
    :class:`~hotline.accounts.users.SignInRefused` (``account-locked``).
    """
    row = sessions.pending(session, cookie, at=at)
    user = users.find(session, row.username)
    users.judge(session, user.username, good=True, at=at, last=False)  # refused while it is locked
    if not user.active or not user.totp_secret or not _taken(session, user, code, at):
        users.judge(session, user.username, good=False, at=at)
        return None
    users.judge(session, user.username, good=True, at=at)
    return sessions.completed(session, row, user, at=at)


def _taken(session: Session, user: UserRow, code: str, at: datetime) -> bool:
    step = secondfactor.step_of(user.totp_secret, code, at=at, after=user.totp_counter)
    if step is not None:
        user.totp_counter = step
        return True
    left = secondfactor.without(user.recovery, code)
    if left is None:
        return False
    user.recovery = left
    note = f"{len(left)} left"
    tokens.note(
        session, f"user:{user.username}", "recovery-code", at=at, by=f"user:{user.username}", detail=note
    )
    return True


def offer(session: Session, row: UserSessionRow) -> str:
    """Return the secret this session is to set up: the same until a code confirms it."""
    row.offered = row.offered or secondfactor.make_secret()
    return row.offered


def confirm(session: Session, row: UserSessionRow, code: str, *, at: datetime) -> SetUp | None:
    """Put the offered second factor into service when ``code`` is one of it; ``None``: it is not.

    A session whose sign-in waited for it is let in (with a new cookie); one that was in stays.
    """
    user = users.find(session, row.username)
    step = secondfactor.step_of(row.offered, code, at=at, after=0) if row.offered else None
    if step is None:
        return None
    codes = secondfactor.make_recovery_codes()
    user.totp_secret, user.totp_counter, user.recovery = row.offered, step, secondfactor.kept(codes)
    user.version += 1
    row.offered = ""
    who = f"user:{user.username}"
    tokens.note(session, who, "second-factor", at=at, by=who)
    if row.passed:
        return SetUp("", codes)
    users.judge(session, user.username, good=True, at=at)
    return SetUp(sessions.completed(session, row, user, at=at), codes)


def renew_recovery(session: Session, username: str, *, at: datetime) -> tuple[str, ...]:
    """Make new recovery codes, shown once; the ones before are void."""
    user = users.find(session, username)
    codes = secondfactor.make_recovery_codes()
    user.recovery = secondfactor.kept(codes)
    tokens.note(session, f"user:{username}", "recovery-codes-made", at=at, by=f"user:{username}")
    return codes
