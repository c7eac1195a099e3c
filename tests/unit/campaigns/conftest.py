from __future__ import annotations

import pytest
from reminder_kit import Scene

from tests.unit.fees.fees_kit import Office
from tests.unit.tickets.ticket_kit import desk_on


@pytest.fixture
def reminders(db, clock, tmp_path):
    """Bills, tickets and campaigns on both databases; Monday, 2026-11-23, 10:00 in Shanghai."""
    return Scene(db, clock, Office(db, clock, tmp_path), desk_on(db, clock))
