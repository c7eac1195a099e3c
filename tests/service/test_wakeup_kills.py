"""``kill -9`` at any point of an attempt: no wake-up is lost, none is rung twice for one attempt.

``bench/wakeup_kills.py`` does the same two hundred times.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from kills import POINTS, Night

pytestmark = pytest.mark.timeout(900)

KILLS = int(os.environ.get("HOTLINE_KILLS", "20"))
"""Take three minutes; more of them find rarer moments."""
SEED = 20261122


async def test_kills_lose_no_wake_up_and_ring_nobody_twice_for_one_attempt(tmp_path: Path) -> None:
    async with Night.begin(tmp_path, seed=SEED) as night:
        morning = await night.pass_with(KILLS)
    told = morning.summary()
    assert morning.wrong() == [], told
    assert {kill.point for kill in morning.kills} == set(POINTS)
    assert told["attempts"].get("unknown", 0) >= KILLS / 4, "kills hit attempts under way"
    assert told["ended"].get("knocked", 0) > 0, "some guests were knocked for"
    assert told["rings"] <= sum(told["attempts"].values())
