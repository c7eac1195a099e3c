from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hotline.app.reportrows import Instants

DAYS = (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"]
)
async def test_instants_of_a_report_are_what_the_zone_says_also_when_clocks_change(db, zone):
    with db.reading() as session:
        instants = Instants(session, ZoneInfo(zone))
        for day in DAYS:
            for minutes in range(0, 48 * 60, 7):
                at = day + timedelta(minutes=minutes, microseconds=minutes * 37)
                found, expected = instants.local(instants.raw(at)), at.astimezone(ZoneInfo(zone))
                assert found.isoformat() == expected.isoformat()
