"""What happens on legs goes to three places: the call records, the live feed, nobody's log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from hotline.app.livefeed import LiveFeed
from hotline.call.ports import IntakeDraft, LegFacts, LegReport
from hotline.callrecords.service import CallRecords
from hotline.settings import Settings


class LegBook:
    """The telephony's ``LegSink``: every leg, also refused ones and those we dial, gets its record."""

    def __init__(self, records: CallRecords, feed: LiveFeed, settings: Settings) -> None:
        """Write to ``records`` and ``feed``; the settings say which estate a number belongs to."""
        self._records = records
        self._feed = feed
        self._settings = settings
        self._estates: dict[str, str] = {}
        """Estate by ``linkedid`` of the calls in progress: an outgoing leg belongs to its caller's."""

    def opened(self, facts: LegFacts) -> None:
        """A leg began."""
        estate = (
            self._estates.get(facts.linkedid) or facts.estate or self._settings.estate_for(facts.dialled).id
        )
        if facts.leg == facts.linkedid:
            self._estates[facts.linkedid] = estate
        self._records.opened_soon(facts, estate=estate)
        self._feed.publish(
            "leg",
            leg=facts.leg,
            call=facts.linkedid,
            estate=estate,
            direction=facts.direction,
            caller=facts.caller,
            dialled=facts.dialled,
            purpose=facts.purpose,
        )

    def answered(self, leg: str, at: datetime, ring_seconds: float, rings: int) -> None:
        """A leg was answered."""
        self._records.answered_soon(leg, at, ring_seconds=ring_seconds, rings=rings)
        self._feed.publish("answered", leg=leg, ring_seconds=round(ring_seconds, 2), rings=rings)

    def event(self, leg: str, kind: str) -> None:
        """Something worth keeping happened on a leg."""
        self._records.event(leg, kind)
        self._feed.publish("event", leg=leg, event=kind)

    def closed(self, leg: str, report: LegReport) -> None:
        """A leg is over."""
        self._estates.pop(leg, None)
        self._records.closed_soon(leg, report)
        self._feed.publish("ended", leg=leg, disposition=report.disposition, cause=report.hangup_cause)


class TellingCallLog:
    """A session's ``CallLog``: the records, with the events shown on the live feed as well."""

    def __init__(self, records: CallRecords, feed: LiveFeed) -> None:
        """Write to ``records``, tell ``feed``."""
        self._records = records
        self._feed = feed

    async def opened(self, facts: LegFacts, *, estate: str) -> None:
        """A leg began."""
        await self._records.opened(facts, estate=estate)

    async def answered(self, leg: str, at: datetime, *, ring_seconds: float, rings: int) -> None:
        """The leg was answered."""
        await self._records.answered(leg, at, ring_seconds=ring_seconds, rings=rings)

    def event(self, leg: str, kind: str, detail: Mapping[str, str] | None = None) -> None:
        """Something happened in the menu."""
        self._records.event(leg, kind, detail)
        self._feed.publish("event", leg=leg, event=kind, **{"detail": dict(detail or {})})

    async def recording(self, leg: str, path: Path) -> None:
        """The leg's recording is being written."""
        await self._records.recording(leg, path)

    async def recording_refused(self, leg: str) -> None:
        """The caller does not want to be recorded."""
        await self._records.recording_refused(leg)

    async def draft(self, leg: str, draft: IntakeDraft | None) -> None:
        """The intake grew, or is done."""
        await self._records.draft(leg, draft)

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        """The call is over; the outcome is known."""
        await self._records.closed(leg, report, outcome=outcome, recorded_seconds=recorded_seconds)
        self._feed.publish("closed", leg=leg, outcome=outcome)
