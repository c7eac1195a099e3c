"""A desk, and the number of a repair filed there."""

from __future__ import annotations

import pytest
from ticket_kit import desk_on, new

from hotline.call.ports import Place


@pytest.fixture
def desk(db, clock):
    return desk_on(db, clock)


@pytest.fixture
async def number(desk):
    return (await desk.open_ticket(new(caller_number="13800001111", place=Place("3", "2", "602")))).number
