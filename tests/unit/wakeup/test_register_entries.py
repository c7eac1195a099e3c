"""The register of a night as it is looked at: done, late, escalated, alarm."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from wakeup_kit import ESTATE, local, once

from hotline.call.ports import Place
from hotline.cli import wakeuptables
from hotline.cli.personal import Shown
from hotline.wakeup import entries
from hotline.wakeup.course import State
from hotline.wakeup.models import OccurrenceRow


def room(number):
    return Place("", "", str(number))


def seen(night, begin="2026-11-23 00:00", end="2026-11-24 00:00"):
    with night.db.db.reading() as session:
        found = entries.between(
            session, night.schedule(), ESTATE, local(begin), local(end), now=night.clock.now()
        )
    return {one.line.place: one for one in found}


def test_a_line_is_shown_by_how_it_stands(live_through):
    async def story(night):
        night.telephones.script = {
            "8801": ["awake"],
            "8802": ["no_answer"],
            "8803": ["snoozed", "awake"],
            "8804": ["no_answer"],
            "8001": ["no_answer", "knocked", "no_answer"],
            "8002": ["no_answer"],
        }
        for number in (801, 803, 804):
            await night.booked("07:00", room(number))
        await night.booked("06:58", room(802))
        cancelled = await night.booked("07:30", room(805))
        await night.book.cancel(ESTATE, cancelled.number, who="guest")
        night.begin()
        shown = {}
        for at in ("06:57", "07:02", "07:04", "07:12"):
            await night.until(f"2026-11-23 {at}")
            shown[at] = {place: one.shown_as for place, one in seen(night).items()}
        rest = {"805": "off"}
        assert shown["06:57"] == dict.fromkeys(("801", "802", "803", "804"), "due") | rest
        assert shown["07:02"] == {
            "801": "done", "802": "ringing", "803": "ringing", "804": "ringing",
        } | rest  # fmt: skip
        assert shown["07:04"]["802"] == "escalated"
        found = seen(night)
        # put off by key: up five minutes late, and neither late nor red
        assert (found["803"].shown_as, found["803"].minutes_late) == ("done", 5)
        line = wakeuptables.entry(found["803"], ZoneInfo("Asia/Shanghai"), Shown(unmasked=False))
        assert line["outcomes"] == "snoozed confirmed"
        assert found["804"].shown_as in ("escalated", "alarm")
        assert found["802"].first_ring_late == 0
        assert [attempt.name for attempt in found["802"].knocks][:2] == ["甲", "乙"]
        counted = entries.totals(found.values())
        assert (counted["booked"], counted["done"], counted["off"]) == (4, 2, 1)

    live_through("2026-11-23 06:55", story)


@pytest.mark.parametrize(
    ("late", "snoozes", "alarmed", "shown_as"),
    [(0, 0, False, "done"), (4, 0, False, "done"), (5, 0, False, "late"), (5, 1, False, "done"),
     (9, 0, True, "alarm")],
)  # fmt: skip
def test_up_late_by_as_much_as_would_bring_the_floor_staff_is_red(
    live_through, late, snoozes, alarmed, shown_as
):
    async def story(night):
        await night.booked("07:00")

        def confirm(session):
            day = session.scalars(select(OccurrenceRow)).one()
            day.state, day.minutes_late, day.snoozes = State.CONFIRMED, late, snoozes
            day.confirmed_at = day.due_at + timedelta(minutes=late)
            day.alarmed_at = day.due_at if alarmed else None

        await night.db.write(confirm)
        assert seen(night)["3-2-602"].shown_as == shown_as

    live_through("2026-11-23 06:55", story)


@pytest.mark.parametrize(("alarmed", "shown_as", "booked"), [(False, "off", 0), (True, "alarm", 1)])
def test_cancelling_one_that_has_gone_wrong_takes_nothing_back(live_through, alarmed, shown_as, booked):
    async def story(night):
        await night.booked("07:00")

        def cancel(session):
            day = session.scalars(select(OccurrenceRow)).one()
            day.state, day.alarmed_at = State.CANCELLED, day.due_at if alarmed else None

        await night.db.write(cancel)
        found = seen(night)
        assert found["3-2-602"].shown_as == shown_as
        assert found["3-2-602"].line.gone_wrong is alarmed
        assert entries.totals(found.values())["booked"] == booked

    live_through("2026-11-23 06:55", story)


def test_a_shift_takes_over_what_is_under_way_and_what_comes_but_not_what_is_over(live_through):
    async def story(night):
        night.telephones.script = {"8801": ["awake"], "8802": ["no_answer"]}
        await night.booked("06:50", room(801))
        await night.booked("06:55", room(802))
        await night.booked("12:00", room(803))
        await night.booked(room=room(804), when=once("07:00", "2026-11-25"))
        night.begin()
        await night.until("2026-11-23 06:58")
        with night.db.db.reading() as session:
            found = [
                entries.still_to_come(
                    session, night.schedule(), ESTATE, night.clock.now(), timedelta(hours=hours)
                )
                for hours in (4, 12, 72)
            ]
        assert [[one.line.place for one in each] for each in found] == [
            ["802"], ["802", "803"], ["802", "803", "804"],
        ]  # fmt: skip

    live_through("2026-11-23 06:47", story)
