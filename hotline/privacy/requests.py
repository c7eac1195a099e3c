"""The book of requests: who asked for what, and what was done; nobody can be read from it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.privacy.models import PrivacyRequestRow, RequestKind, SaltRow

_SALT = "person"
LONGEST_REASON = 200


def person_hash(session: Session, identity: str) -> str:
    """Return the hash a person stands under; the salt is made at the first request."""
    row = session.get(SaltRow, _SALT)
    if row is None:
        row = SaltRow(name=_SALT, salt=secrets.token_hex(32))
        session.add(row)
        session.flush()
    return hmac.new(bytes.fromhex(row.salt), identity.encode(), hashlib.sha256).hexdigest()


def note(
    session: Session, kind: RequestKind, identity: str, *, estate: str, by: str, reason: str, at: datetime,
    counts: Mapping[str, int], stays: Collection[str] = (),
) -> PrivacyRequestRow:  # fmt: skip
    """Write a request down in the transaction of what was done."""
    row = PrivacyRequestRow(
        estate=estate, kind=kind, at=at, by=by, person=person_hash(session, identity),
        reason=reason.strip()[:LONGEST_REASON], counts=dict(counts), stays=sorted(stays),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def listed(session: Session, *, estate: str = "", limit: int = 100) -> Sequence[PrivacyRequestRow]:
    """Return requests, the latest first; ``estate`` empty means all."""
    query = select(PrivacyRequestRow).order_by(PrivacyRequestRow.id.desc()).limit(limit)
    return session.scalars(query.where(PrivacyRequestRow.estate == estate) if estate else query).all()
