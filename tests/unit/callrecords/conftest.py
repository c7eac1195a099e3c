from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.call.events import HangupBy
from hotline.call.ports import Direction, LegFacts, LegReport, MediaQuality
from hotline.callrecords.service import CallRecords
from hotline.language.numbers import normalise


class Scene:
    """Legs and reports with everything that does not matter filled in."""

    def __init__(self, clock) -> None:
        self.clock = clock

    def facts(self, leg="a" * 32, **changed) -> LegFacts:
        given = {
            "linkedid": leg,
            "direction": Direction.INBOUND,
            "caller": "13800001111",
            "dialled": "8000",
            "offered_at": self.clock.now(),
        }
        return LegFacts(leg=leg, **(given | changed))

    def report(self, **changed) -> LegReport:
        start = self.clock.now()
        given = {
            "answered_at": start + timedelta(seconds=1),
            "ended_at": start + timedelta(seconds=61),
            "ring_seconds": 1.0,
            "rings": 1,
            "disposition": "ANSWERED",
            "hangup_by": HangupBy.FAR,
            "hangup_cause": "normal",
            "sip_status": 200,
            "quality": MediaQuality(
                codec="PCMA", received_packets=3000, sent_packets=3001, lost=2, jitter_ms=1.5, mos=4.3
            ),
        }
        return LegReport(**(given | changed))


@pytest.fixture
def scene(clock) -> Scene:
    return Scene(clock)


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "recordings"
    folder.mkdir()
    return folder


@pytest.fixture
async def records(db, clock, recordings) -> AsyncIterator[CallRecords]:
    service = CallRecords(db, clock=clock, process="p1", recordings=recordings, normalise=normalise)
    yield service
    await service.close()
