"""What tests of work on tickets share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ticket_kit import deed

from hotline.call.errors import TicketRefused
from hotline.call.ports import Span

CALL = "a" * 32
DAY = timedelta(days=1)
WORDS = Span(CALL, 1.0, 4.5)


async def refused(doing, code):
    with pytest.raises(TicketRefused) as caught:
        await doing
    assert caught.value.code == code, caught.value.sentence
    return caught.value.sentence


async def done(desk, number):
    for action in ("accept", "complete"):
        await desk.act(number, deed(action))
