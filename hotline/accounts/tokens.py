"""Tokens by which programs and pages are let in: made once, kept as hashes, revoked for good."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.models import ApiAuditRow, ApiTokenRow
from hotline.accounts.rights import Holder, Scope
from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.db.engine import Database

PREFIX = "hlt"
"""Tokens look like ``hlt_1f0c22ab_…``: scanners of source code recognise what must not lie there."""
LONGEST_NAME = 40
USED_EVERY = timedelta(minutes=1)
"""How often it is written down that a token is used."""
_SECRET_BYTES = 32
_NOBODYS = "0" * 64


class BadToken(HotlineError):
    """A token that cannot be made, or is not there; nothing was changed."""

    code = "bad-token"


class TokenRefused(HotlineError):
    """A token that lets nobody in."""

    code = "token-wrong"


@dataclass(frozen=True, slots=True)
class Issued:
    """A token that was just made: shown once."""

    row: ApiTokenRow
    token: str


# --- made by people at the machine ---------------------------------------------------------------


def create(
    session: Session, *, name: str, scopes: Collection[Scope], by: str, at: datetime, estate: str = "",
    expires_at: datetime | None = None,
) -> Issued:  # fmt: skip
    """Make a token; raises :class:`BadToken` without a name of its own or without a scope."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadToken(f"A token needs a name of at most {LONGEST_NAME} characters: who uses it?")
    if not scopes:
        raise BadToken(f"A token needs at least one scope: {', '.join(Scope)}.")
    taken = select(ApiTokenRow.id).where(ApiTokenRow.name == name, ApiTokenRow.revoked_at.is_(None))
    if session.scalars(taken.limit(1)).first() is not None:
        raise BadToken(f'There is a token "{name}": revoke it first, or choose another name.')
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = ApiTokenRow(
        id=secrets.token_hex(4), name=name, estate=estate, scopes=sorted(set(scopes)),
        secret_hash=_hashed(secret), created_at=at, created_by=by, expires_at=expires_at,
        last_used_at=None, revoked_at=None, revoked_by="",
    )  # fmt: skip
    session.add(row)
    note(session, row.id, "created", at=at, by=by, detail=" ".join(row.scopes))
    session.flush()
    return Issued(row, f"{PREFIX}_{row.id}_{secret}")


def revoke(session: Session, given: str, *, by: str, at: datetime) -> ApiTokenRow:
    """Let a token in no more, by its name or id; raises :class:`BadToken` when there is none in use."""
    query = select(ApiTokenRow).where(
        (ApiTokenRow.name == given) | (ApiTokenRow.id == given), ApiTokenRow.revoked_at.is_(None)
    )
    row = session.scalars(query.limit(1)).first()
    if row is None:
        raise BadToken(f'There is no token "{given}" in use. `hotline api-tokens list` shows them.')
    row.revoked_at, row.revoked_by = at, by
    note(session, row.id, "revoked", at=at, by=by)
    return row


def listed(session: Session, *, revoked: bool = False) -> Sequence[ApiTokenRow]:
    """Return the tokens in use, by name; with ``revoked`` also those that are not any more."""
    query = select(ApiTokenRow).order_by(ApiTokenRow.name, ApiTokenRow.created_at)
    if not revoked:
        query = query.where(ApiTokenRow.revoked_at.is_(None))
    return session.scalars(query).all()


def audit(session: Session, *, limit: int) -> Sequence[ApiAuditRow]:
    """Return what was done with tokens and by them, the latest first."""
    return session.scalars(select(ApiAuditRow).order_by(ApiAuditRow.id.desc()).limit(limit)).all()


def note(session: Session, token: str, event: str, *, at: datetime, by: str, detail: str = "") -> None:
    """Add a line to the audit."""
    session.add(ApiAuditRow(token=token, at=at, event=event, detail=detail, by=by))


# --- shown by programs ---------------------------------------------------------------------------


class Tokens:
    """Lets in who shows a token."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Read from ``db``."""
        self._db = db
        self._clock = clock

    async def check(self, token: str) -> Holder:
        """Return who shows it; raises :class:`TokenRefused` (``token-wrong``, ``token-expired``).

        Takes as long for a token nobody has: the comparison is in constant time, against a hash nobody
        has the secret of.
        """
        given, secret = _parts(token)
        row = await self._db.read(lambda session: session.get(ApiTokenRow, given))
        right = hmac.compare_digest(_hashed(secret), row.secret_hash if row is not None else _NOBODYS)
        if row is None or not right or row.revoked_at is not None:
            raise TokenRefused("This token lets nobody in: it is wrong, or was revoked.")
        now = self._clock.now()
        if row.expires_at is not None and row.expires_at <= now:
            raise TokenRefused(
                "This token has expired: make another (`hotline api-tokens create`).", code="token-expired"
            )
        if row.last_used_at is None or now - row.last_used_at >= USED_EVERY:
            await self._db.write(lambda session: _used(session, row.id, now))
        return Holder(row.id, row.name, row.estate, frozenset(_known(row.scopes)))

    async def any(self) -> bool:
        """Whether there is a token in use at all."""
        return bool(await self._db.read(listed))

    async def refused(self, where: str) -> None:
        """Write down that wrong tokens come from an address."""
        now = self._clock.now()
        await self._db.write(lambda session: note(session, "", "refused", at=now, by=where))

    async def looked(self, holder: Holder, at_what: str) -> None:
        """Write down that personal data was shown in full."""
        now = self._clock.now()
        await self._db.write(
            lambda session: note(session, holder.id, "looked", at=now, by=holder.who, detail=at_what)
        )

    async def listened(self, holder: Holder, uniqueid: str, what: str) -> None:
        """Write down that a leg's recording was heard, or its transcript read."""
        now = self._clock.now()
        await self._db.write(
            lambda session: note(session, holder.id, what, at=now, by=holder.who, detail=uniqueid)
        )


def _used(session: Session, token: str, at: datetime) -> None:
    row = session.get(ApiTokenRow, token)
    if row is not None:
        row.last_used_at = at


def _parts(token: str) -> tuple[str, str]:
    prefix, _, rest = token.strip().partition("_")
    given, _, secret = rest.partition("_")
    plain = prefix == PREFIX and given.isascii() and given.isalnum()  # no database is asked for a NUL
    return (given, secret) if plain else ("", "")


def _known(scopes: Collection[str]) -> Collection[Scope]:
    return [Scope(scope) for scope in scopes if scope in set(Scope)]


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
