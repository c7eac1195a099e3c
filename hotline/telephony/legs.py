"""What the user agent tells the application about every leg."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from hotline.call.ports import LegFacts, LegReport


class LegSink(Protocol):
    """Gets every leg, also those that were refused or never answered.

    Called on the event loop, in order, for each leg ``opened``, then perhaps ``answered``, then
    ``closed``; none of them may wait.
    """

    def opened(self, facts: LegFacts) -> None:
        """A leg began: an INVITE arrived, or one of ours is about to be sent."""
        ...

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        """The leg was answered after ringing that long."""
        ...

    def event(self, leg: str, kind: str) -> None:
        """Something worth keeping happened on the leg: ``TRANSFER_REFUSED``."""
        ...

    def closed(self, leg: str, report: LegReport) -> None:
        """The leg is over."""
        ...


class NoLegSink:
    """Keeps nothing."""

    def opened(self, facts: LegFacts) -> None:
        """Ignore it."""

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        """Ignore it."""

    def event(self, leg: str, kind: str) -> None:
        """Ignore it."""

    def closed(self, leg: str, report: LegReport) -> None:
        """Ignore it."""
