"""The process dies in the minute of many wake-ups, or again and again: everybody is woken, in fair order."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from wakeup_kit import local

from hotline.call.ports import Place
from hotline.outbound.models import AttemptRow
from hotline.wakeup.config import Booking, WakeupRules
from hotline.wakeup.course import State
from hotline.wakeup.models import OccurrenceRow

EARLY = "2026-11-23 06:50"
MANY = 300


async def filled(night, rooms: int) -> list[str]:
    """Book that many at 07:00, all of whom press the key when they are rung; returns their telephones."""
    night.rules = WakeupRules(booking=Booking(per_interval=2000))
    telephones = []
    for room in range(rooms):
        await night.booked(room=Place("1", "", str(1000 + room)))
        await night.clock.sleep(0.01)
        telephones.append(f"8{1000 + room}")
        night.telephones.script[telephones[-1]] = ["awake"]
    return telephones


async def standing(night):
    return await night.db.read(lambda s: list(s.scalars(select(OccurrenceRow).order_by(OccurrenceRow.id))))


async def rung_once_for_each_attempt(night):
    """Every ring has one attempt that was written at that instant or before and not over by then."""
    attempts = await night.db.read(lambda s: list(s.scalars(select(AttemptRow).order_by(AttemptRow.at))))
    for ring in night.telephones.rings:
        mine = [one for one in attempts if one.to == ring.to and one.at <= ring.at]
        open_then = [one for one in mine if one.ended_at is None or one.ended_at >= ring.at]
        assert open_then, (ring, mine)
        attempts.remove(open_then[0])


@pytest.mark.timeout(120)
@pytest.mark.parametrize("dies_after", [3.0])
def test_three_hundred_at_the_minute_of_a_restart_are_all_rung_in_the_order_of_booking(
    live_through, dies_after
):
    async def story(night):
        telephones = await filled(night, MANY)
        night.begin()
        await night.until("2026-11-23 07:00")
        await night.clock.sleep(dies_after)
        await night.kill()
        cut_off = {ring.to for ring in night.telephones.rings}
        await night.clock.sleep(2)
        night.begin()
        await night.until("2026-11-23 07:20")
        days = await standing(night)
        assert {day.state for day in days} == {State.CONFIRMED}
        assert len(days) == MANY
        await rung_once_for_each_attempt(night)
        after = [ring.to for ring in night.telephones.rings[len(cut_off) :]]
        assert sorted(after) == sorted(telephones), "each once more, nobody a second time"
        fresh = [to for to in after if to not in cut_off]
        assert fresh == [to for to in telephones if to not in cut_off]
        last = max(ring.at for ring in night.telephones.rings)
        assert last - local("2026-11-23 07:00") < timedelta(minutes=4)

    live_through(EARLY, story)


@pytest.mark.parametrize("seed", range(2))
def test_a_process_that_dies_again_and_again_loses_and_doubles_nothing(live_through, seed):
    async def story(night):
        chance = random.Random(seed)
        for to in await filled(night, 25):
            deeds = ["awake", "no_answer", "busy", "silent", "hangs_up", "declined"]
            night.telephones.script[to] = [*chance.choices(deeds, k=chance.randrange(3)), "awake"]
        night.telephones.script |= {"8001": ["no_answer", "going+knocked"], "8002": ["knocked"]}
        await night.until("2026-11-23 06:59")
        for _ in range(5):
            night.begin()
            await night.clock.sleep(chance.choice([1, 10, 60]) * chance.random() + 0.001)
            await night.kill()
            await night.clock.sleep(chance.choice([0.1, 2, 20]))
        night.begin()
        await night.until("2026-11-23 07:40")
        days = await standing(night)
        assert {day.state for day in days} <= {State.CONFIRMED, State.KNOCKED}
        await rung_once_for_each_attempt(night)
        for day in days:
            late = [
                r for r in night.telephones.rings if r.to == f"8{day.place[-4:]}" and r.at > day.confirmed_at
            ]
            assert late == []

    live_through(EARLY, story)
