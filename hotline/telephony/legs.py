"""What the user agent tells the application about every leg."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

import structlog

from hotline.call.ports import LegFacts, LegReport

_log = structlog.get_logger(__name__)


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
        """Something worth keeping happened on the leg: ``TRANSFER_REFUSED``, ``MUTE``."""
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


class GuardedSink:
    """Keeps a sink's failures away from the calls: a record that cannot be written ends no call."""

    def __init__(self, sink: LegSink) -> None:
        self._sink = sink

    def opened(self, facts: LegFacts) -> None:
        """Pass it on."""
        with _survived("opened"):
            self._sink.opened(facts)

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        """Pass it on."""
        with _survived("answered"):
            self._sink.answered(leg, at, ring_seconds, rings)

    def event(self, leg: str, kind: str) -> None:
        """Pass it on."""
        with _survived("event"):
            self._sink.event(leg, kind)

    def closed(self, leg: str, report: LegReport) -> None:
        """Pass it on."""
        with _survived("closed"):
            self._sink.closed(leg, report)


@contextmanager
def _survived(what: str) -> Iterator[None]:
    try:
        yield
    except Exception:
        _log.exception("a leg could not be recorded; the call goes on", what=what)
