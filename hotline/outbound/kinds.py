"""What a slice says about its kind of machine-placed call; the dispatcher does the rest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from sqlalchemy.orm import Session

from hotline.call.ports import Call, DutyContact, Span
from hotline.outbound.models import AttemptRow, OutboundCallRow


class Verdict(Enum):
    """What a report means for the call."""

    DONE = "done"
    """A human took it: the call is confirmed and never placed again."""
    PASS_ON = "pass_on"  # noqa: S105 - not a password
    """The person cannot: the next one is rung."""
    NOTED = "noted"
    """Kept; the conversation goes on and nothing is confirmed yet."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a person's key or words reported in a flow."""

    outcome: str
    values: Mapping[str, str | Span] = field(default_factory=dict)
    who: str = ""
    """Name on the roster of the person who was rung."""
    leg: str = ""
    at: datetime | None = None


class Kind(Protocol):
    """One kind. Every method runs inside a transaction of the dispatcher and must not wait."""

    def wanted(self, session: Session, row: OutboundCallRow) -> bool:
        """False when nobody needs to be called any more; the call is cancelled then."""
        ...

    def given(self, session: Session, row: OutboundCallRow) -> dict[str, Any]:
        """Return the slots the flow begins with."""
        ...

    def reported(
        self, session: Session, row: OutboundCallRow, attempt: AttemptRow, report: Report
    ) -> Verdict:
        """Write what was reported; raises a :class:`~hotline.call.errors.HotlineError` that refuses it."""
        ...

    def round_over(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """Everybody on the roster was tried and nobody took it; it begins again."""
        ...

    def given_up(self, session: Session, row: OutboundCallRow, *, at: datetime) -> None:
        """The policy allows no more attempts."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A kind that keeps some people of a roster out of some matters."""

    def may_hear(self, session: Session, row: OutboundCallRow, contact: DutyContact) -> bool:
        """False for somebody who is not rung about this."""
        ...


Reporter = Callable[[str, Mapping[str, str | Span]], Awaitable[None]]
"""Commits a report before it returns; raises when it was refused or could not be written."""


class Speak(Protocol):
    """Runs a flow on an answered leg."""

    async def __call__(
        self, call: Call, row: OutboundCallRow, given: Mapping[str, Any], report: Reporter
    ) -> None:
        """Return when the flow or the call is over."""
        ...
