"""A dispatcher's surroundings; whoever sets its clock overrides ``clock`` by a settable one."""

from __future__ import annotations

import pytest
from dispatch_kit import FakeDuty, Scene, Telephone, Tickets

from hotline.call.ports import DutyContact


@pytest.fixture
def scene(db, clock):
    people = {"emergency": [DutyContact("甲", "8001"), DutyContact("乙", "8002")]}
    people["supervisor"] = [DutyContact("主管", "8009")]
    return Scene(db, clock, FakeDuty(people), Tickets(), Telephone(clock))
