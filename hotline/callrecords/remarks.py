"""Remarks of people on a call: written among its events, so that they stand where they belong in time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.callrecords import repository

KIND = "REMARK"
LONGEST = 1000
"""Characters."""


class RemarkRefused(HotlineError):
    """A remark that is none, or far too long; nothing was written."""

    code = "remark-empty"


def add(session: Session, leg: str, text: str, *, by: str, at: datetime) -> None:
    """Write a remark of ``by`` on a leg.

    Raises :class:`RemarkRefused`, or :class:`~hotline.callrecords.repository.UnknownLeg`.
    """
    words = text.strip()
    if not words:
        raise RemarkRefused("A remark needs words.")
    if len(words) > LONGEST:
        raise RemarkRefused(f"A remark has at most {LONGEST} characters.", code="remark-too-long")
    repository.add_event(session, leg, KIND, at, {"by": by, "text": words})
