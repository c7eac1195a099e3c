"""Answers kept under idempotency keys: a program that asks twice – its line broke – is done for once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.accounts.models import ApiAnswerRow
from hotline.call.errors import HotlineError

KEPT = timedelta(days=7)
"""How long a key is remembered."""
LONGEST_KEY = 200
_UNANSWERED = 0


class KeyRefused(HotlineError):
    """An idempotency key that was used for something else."""

    code = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered."""

    status: int
    body: dict[str, Any]
    again: bool = False
    """True when it is the kept one of before."""


def once(
    session: Session, *, token: str, key: str, fingerprint: str, at: datetime, do: Callable[[], Answer]
) -> Answer:
    """Return the kept answer, or do it and keep its answer, all in this transaction.

    What is refused raises and leaves nothing, so that it may be asked again. Two that ask at the same
    time: the second waits for the first's transaction. Raises :class:`KeyRefused`.
    """
    session.execute(delete(ApiAnswerRow).where(ApiAnswerRow.at < at - KEPT))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(ApiAnswerRow).values(
        token=token, key=key, fingerprint=fingerprint, at=at, status=_UNANSWERED, body={}
    )
    session.execute(first.on_conflict_do_nothing())
    row = session.get_one(ApiAnswerRow, (token, key), with_for_update=True, populate_existing=True)
    if row.fingerprint != fingerprint:
        raise KeyRefused("This Idempotency-Key was used for another request: take a new one.")
    if row.status != _UNANSWERED:
        return Answer(row.status, row.body, again=True)
    answer = do()
    row.status, row.body = answer.status, answer.body
    return answer
