"""Sessions of people at the console: made by sign-in, shown by a cookie, ended by time or by them.

Rows hold only a hash of the cookie. A session ends :data:`UNUSED` after it was last used and at the latest
:data:`LONGEST` after sign-in; with the account's password or roles changed it ends at once.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.accounts import tokens
from hotline.accounts.rights import Holder, Role, rights_of
from hotline.accounts.usermodels import UserRow, UserSessionRow
from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.db.engine import Database

COOKIE = "hotline_session"
UNUSED = timedelta(hours=2)
LONGEST = timedelta(hours=12)
"""A shift and its handover."""
SEEN_EVERY = timedelta(minutes=1)
PENDING = timedelta(minutes=10)
"""How long the second step of a sign-in may take."""
LONGEST_AGENT = 120
SHOWN = 12
"""Characters of a session's id that lists show: enough to end it, useless for getting in."""
_BYTES = 32
_MOST_SUCCESSORS = 1000


class SessionEnded(HotlineError):
    """Whoever asks is not signed in, or not any more."""

    code = "session-ended"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody whose session holds."""

    holder: Holder
    name: str
    """As colleagues call them."""
    roles: tuple[Role, ...]
    language: str
    csrf: str
    session: str
    """Id of the session's row."""
    must_change: bool
    """Nothing else opens before they have chosen a password of their own."""


def begin(
    session: Session, row: UserRow, *, at: datetime, address: str, agent: str, passed: bool = True
) -> str:
    """Make a session and return its cookie: shown once, kept as a hash."""
    cookie = secrets.token_urlsafe(_BYTES)
    session.execute(delete(UserSessionRow).where(UserSessionRow.expires_at < at))
    session.add(
        UserSessionRow(
            id=hashed(cookie), username=row.username, csrf=secrets.token_urlsafe(_BYTES), passed=passed,
            offered="", created_at=at, seen_at=at, expires_at=at + LONGEST, address=address,
            agent=agent[:LONGEST_AGENT],
        )
    )  # fmt: skip
    if passed:
        row.last_seen_at = at
        tokens.note(session, f"user:{row.username}", "signed-in", at=at, by=f"user:{row.username}")
    session.flush()
    return cookie


def pending(session: Session, cookie: str, *, at: datetime) -> UserSessionRow:
    """Return the session whose second step is due; raises :class:`SessionEnded`."""
    row = session.get(UserSessionRow, hashed(cookie)) if cookie else None
    if row is None or row.passed or at - row.created_at >= PENDING:
        raise SessionEnded("This sign-in has taken too long: begin again with username and password.")
    return row


def completed(session: Session, row: UserSessionRow, user: UserRow, *, at: datetime) -> str:
    """Let a pending session in after its second step; returns a new cookie, the one before is void."""
    address, agent = row.address, row.agent
    session.delete(row)
    return begin(session, user, at=at, address=address, agent=agent)


def end(session: Session, cookie: str, *, at: datetime) -> None:
    """End the session of a cookie; one that is none is no mistake."""
    row = session.get(UserSessionRow, hashed(cookie))
    if row is not None:
        tokens.note(session, f"user:{row.username}", "signed-out", at=at, by=f"user:{row.username}")
        session.delete(row)


def end_all(session: Session, username: str, *, but: str = "") -> int:
    """End every session of somebody except the one with id ``but``; returns how many."""
    query = select(UserSessionRow).where(UserSessionRow.username == username, UserSessionRow.id != but)
    rows = session.scalars(query).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def end_one(session: Session, username: str, beginning: str, *, by: str, at: datetime) -> bool:
    """End the session of somebody whose id begins so; False: there is none (any more)."""
    for row in of(session, username):
        if len(beginning) >= SHOWN and row.id.startswith(beginning):
            session.delete(row)
            tokens.note(session, f"user:{username}", "session-ended", at=at, by=by)
            return True
    return False


def of(session: Session, username: str) -> Sequence[UserSessionRow]:
    """Return somebody's sessions, the latest first."""
    query = select(UserSessionRow).where(UserSessionRow.username == username)
    return session.scalars(query.order_by(UserSessionRow.seen_at.desc())).all()


class Sessions:
    """Lets in who shows a session's cookie."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Read from ``db``."""
        self._db = db
        self._clock = clock
        self._successors: dict[str, str] = {}

    def succeed(self, before: str, after: str) -> None:
        """Note that the browser with the cookie ``before`` has signed in again and now has ``after``.

        Pages it left open go on with the new session; whether it is the same person is theirs to ask.
        """
        self._successors.pop(hashed(before), None)
        self._successors[hashed(before)] = hashed(after)
        while len(self._successors) > _MOST_SUCCESSORS:
            del self._successors[next(iter(self._successors))]

    async def check(self, cookie: str) -> SignedIn:
        """Return whose session it is and count it as used; raises :class:`SessionEnded`."""
        return await self._check(hashed(cookie) if cookie else "", used=True)

    async def still(self, session: str) -> SignedIn:
        """Return who is signed in by the session with this id, not counting as use (an open page is none).

        Raises :class:`SessionEnded`.
        """
        return await self._check(session, used=False)

    async def used(self, session: str) -> SignedIn:
        """As :meth:`still`, and somebody did something just now."""
        return await self._check(session, used=True)

    async def _check(self, session_id: str, *, used: bool) -> SignedIn:
        now = self._clock.now()
        ids = self._line_of(session_id)
        found = await self._db.read(lambda session: _first(session, ids, now)) if session_id else None
        if found is None:
            raise SessionEnded("You are not signed in, or your session has ended: sign in again.")
        signed_in, seen_at = found
        if used and now - seen_at >= SEEN_EVERY:
            await self._db.write(lambda session: _seen(session, signed_in.session, now))
        return signed_in

    def _line_of(self, session_id: str) -> Sequence[str]:
        """Return a session's id and those of its successors, the oldest first."""
        line = [session_id]
        while (after := self._successors.get(line[-1])) is not None and after not in line:
            line.append(after)
        return line


def _first(session: Session, ids: Sequence[str], now: datetime) -> tuple[SignedIn, datetime] | None:
    return next((found for one in ids if (found := _find(session, one, now)) is not None), None)


def _find(session: Session, session_id: str, now: datetime) -> tuple[SignedIn, datetime] | None:
    row = session.get(UserSessionRow, session_id)
    if row is None or not holds(row, now):
        return None
    user = session.get(UserRow, row.username)
    if user is None or not user.active:
        return None
    return signed_in(user, row), row.seen_at


def holds(row: UserSessionRow, now: datetime) -> bool:
    """Whether a session lets somebody in."""
    return row.passed and row.expires_at > now and now - row.seen_at < UNUSED


def signed_in(user: UserRow, row: UserSessionRow) -> SignedIn:
    """Return who a session lets in."""
    roles = tuple(Role(role) for role in user.roles if role in set(Role))
    holder = Holder(
        id=f"user:{user.username}", name=user.username, estate=user.estate, scopes=rights_of(roles),
        person=True, number=user.number,
    )  # fmt: skip
    return SignedIn(
        holder=holder, name=user.name, roles=roles, language=user.language, csrf=row.csrf,
        session=row.id, must_change=user.must_change,
    )  # fmt: skip


def _seen(session: Session, session_id: str, now: datetime) -> None:
    row = session.get(UserSessionRow, session_id)
    if row is None:
        return
    row.seen_at = now
    user = session.get(UserRow, row.username)
    if user is not None:
        user.last_seen_at = now


def hashed(cookie: str) -> str:
    """Return the id of a cookie's session."""
    return hashlib.sha256(cookie.encode()).hexdigest()
