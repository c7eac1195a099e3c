"""Wake-ups from booking to confirmation, on the real dispatcher and tables."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from wakeup_kit import ESTATE, KNOCK, ROOM, local, once

from hotline.call.errors import WakeupRefused
from hotline.call.ports import Place
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime
from hotline.outbound import repository as calls
from hotline.outbound.policy import Outcome
from hotline.wakeup.config import Booking, Knocking, WakeupRules
from hotline.wakeup.course import State

EARLY = "2026-11-23 06:58"


def test_a_guest_who_presses_the_key_is_rung_once_on_the_minute(live_through):
    async def story(night):
        summary = await night.booked()
        assert (summary.number, summary.next_at) == ("1001", local("2026-11-23 07:00"))
        night.telephones.script["8602"] = ["awake"]
        night.begin()
        await night.until("2026-11-23 07:18")
        assert night.telephones.times("8602") == ["07:00:00"]
        assert [ring.to for ring in night.telephones.rings] == ["8602"]
        day = await night.day()
        assert (day.state, day.confirmed_by, day.minutes_late) == (State.CONFIRMED, "guest", 0)
        assert await night.book.of_room(ESTATE, ROOM) == []

    live_through(EARLY, story)


def test_nobody_up_after_five_minutes_is_knocked_for_and_the_guest_is_rung_every_minute(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["no_answer"], "8001": ["no_answer"], "8002": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:18")
        assert night.telephones.times("8602") == [f"07:0{minute}:00" for minute in range(6)]
        assert night.telephones.times("8001") == ["07:05:00"]
        assert night.telephones.times("8002") == ["07:05:32"]
        day = await night.day()
        assert (day.state, day.confirmed_by, day.minutes_late) == (State.KNOCKED, "乙", 5)
        assert [one["late"] for one in await night.events("wakeup.confirmed")] == ["5"]

    live_through(EARLY, story)


def test_the_guest_who_answers_late_hears_how_late_and_ends_the_knocking(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["no_answer"] * 12 + ["awake"], "8001": ["no_answer"]}
        night.begin()
        await night.until("2026-11-23 07:18")
        assert night.telephones.times("8602")[-1] == "07:12:00"
        given = [given for kind, given in night.telephones.said if kind == "wakeup"][-1]
        assert (given["wakeup.late"], given["wakeup.time"]) == ("12", "07:00")
        assert max(ring.at for ring in night.telephones.rings) < local("2026-11-23 07:13")
        day = await night.day()
        assert (day.state, day.minutes_late) == (State.CONFIRMED, 12)

    live_through(EARLY, story)


def test_key_two_rings_again_after_five_minutes_twice_and_moves_the_knocking(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {
            "8602": ["snoozed", "snoozed", "snoozed", "no_answer"],
            "8001": ["knocked"],
        }
        night.begin()
        await night.until("2026-11-23 07:18")
        times = night.telephones.times("8602")
        assert times[:3] == ["07:00:00", "07:05:12", "07:10:24"]
        assert night.telephones.times("8001") == ["07:15:24"]
        day = await night.day()
        assert (day.state, day.snoozes, day.turn, day.minutes_late) == (State.KNOCKED, 2, 3, 15)
        first, *_, last = [given for kind, given in night.telephones.said if kind == "wakeup"]
        assert first["wakeup.snooze"] == "5"
        assert "wakeup.snooze" not in last

    live_through(EARLY, story)


def test_who_cannot_enter_alarms_and_the_supervisor_is_rung_next(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["declined"], "8001": ["cannot_enter"], "8009": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:18")
        assert night.telephones.times("8009") == ["07:05:16"]
        assert night.telephones.times("8002") == []
        assert night.telephones.said[-1][1]["wakeup.locked"] == "yes"
        assert [one["why"] for one in await night.events("wakeup.alarm")] == ["cannot_enter"]
        assert (await night.day()).confirmed_by == "主管"

    live_through(EARLY, story)


def test_a_night_in_which_nobody_helps_alarms_after_two_rounds_and_ends_at_last(live_through):
    async def story(night):
        night.rules = WakeupRules(knock=Knocking(give_up_after=15))
        await night.booked()
        night.begin()
        await night.until("2026-11-23 07:22")
        guest, floor = night.telephones.times("8602"), night.telephones.times("8001")
        assert (len(guest), guest[-1]) == (20, "07:19:00")
        assert floor[0] == "07:05:00"
        assert "07:04:00" < floor[-1] < "07:20:00"
        assert night.telephones.times("8009"), "the supervisor joins"
        assert [one["why"] for one in await night.events("wakeup.alarm")] == ["rounds", "unconfirmed"]
        day = await night.day()
        assert day.state is State.UNCONFIRMED
        assert day.alarmed_at < local("2026-11-23 07:09")

    live_through(EARLY, story)


def test_an_empty_roster_alarms_at_once(live_through):
    async def story(night):
        night.duty.people = {"floor": [], "supervisor": []}
        await night.booked()
        night.begin()
        await night.until("2026-11-23 07:06")
        assert [one["why"] for one in await night.events("wakeup.alarm")] == ["nobody"]

    live_through(EARLY, story)


@pytest.mark.parametrize(
    ("deed", "spacing"), [("busy", 55), ("declined", 50), ("failed", 55), ("silent", 67), ("hangs_up", 57)]
)
def test_whatever_the_telephone_does_the_guest_is_rung_again_within_a_good_minute(
    live_through, deed, spacing
):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": [deed], "8001": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:10")
        rings = [ring.at for ring in night.telephones.rings if ring.to == "8602"]
        assert len(rings) >= 5
        assert all((b - a).total_seconds() == spacing for a, b in pairwise(rings))
        assert night.telephones.times("8001") == ["07:05:00"]

    live_through(EARLY, story)


def test_both_ends_confirming_at_once_leave_one_confirmation(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["no_answer"] * 5 + ["awake"], "8001": ["going+knocked"]}
        night.begin()
        await night.until("2026-11-23 07:16")
        day = await night.day()
        assert (day.state, day.confirmed_by) == (State.CONFIRMED, "guest")
        assert len(await night.events("wakeup.confirmed")) == 1
        assert len(night.telephones.times("8001")) == 1

    live_through(EARLY, story)


def test_whoever_knocks_while_the_guest_snoozes_has_seen_them_awake(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {
            "8602": ["no_answer"] * 5 + ["snoozed", "no_answer"],
            "8001": ["going+knocked"],
        }
        night.begin()
        await night.until("2026-11-23 07:16")
        assert (await night.day()).state is State.KNOCKED
        assert night.telephones.times("8602")[-1] == "07:05:00"

    live_through(EARLY, story)


# --- outages -------------------------------------------------------------------------------------


def test_after_a_short_outage_the_guest_is_rung_at_once(live_through):
    async def story(night):
        await night.booked()
        night.begin()
        await night.until("2026-11-23 06:59")
        await night.kill()
        night.telephones.script = {"8602": ["awake"]}
        await night.until("2026-11-23 07:04")
        night.begin()
        await night.until("2026-11-23 07:16")
        assert night.telephones.times("8602") == ["07:04:00"]
        assert (await night.day()).minutes_late == 4

    live_through(EARLY, story)


def test_after_a_long_outage_floor_staff_are_rung_with_the_reason_and_the_guest_is_not(live_through):
    async def story(night):
        night.rules = WakeupRules(escalate_after=10)
        await night.booked()
        night.begin()
        await night.until("2026-11-23 06:59")
        await night.kill()
        night.telephones.script = {"8001": ["knocked"]}
        await night.until("2026-11-23 07:06")
        night.begin()
        await night.until("2026-11-23 07:16")
        assert night.telephones.times("8602") == []
        assert night.telephones.times("8001") in (["07:06:00"], ["07:06:01"])
        assert night.telephones.said[-1][1]["wakeup.outage"] == "yes"
        day = await night.day()
        assert (day.state, day.reason, day.minutes_late) == (State.KNOCKED, "outage", 6)
        call = await night.db.read(lambda s: calls.find(s, "wakeup", "1001", "2026-11-23"))
        assert call.result == "too late"

    live_through(EARLY, story)


def test_days_missed_in_a_week_without_power_are_all_in_the_register(live_through):
    async def story(night):
        when = WakeTime(at=once("07:00").at, repeat=Repeat.DAILY)
        await night.booked(when=when)
        night.telephones.script = {"8602": ["awake"], "8001": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:10")
        await night.kill()
        await night.until("2026-11-28 08:30")
        night.begin()
        await night.until("2026-11-28 08:35")
        await night.kill()
        await night.until("2026-11-29 06:58")
        night.begin()
        await night.until("2026-11-29 07:05")
        states = [(day.day.day, day.state) for day in await night.days()]
        assert states[0] == (23, State.CONFIRMED)
        assert states[1:5] == [(day, State.TOO_LATE) for day in (24, 25, 26, 27)]
        assert states[5:7] == [(28, State.KNOCKED), (29, State.CONFIRMED)]
        assert len(await night.events("wakeup.alarm")) == 4

    live_through(EARLY, story)


def test_a_kill_while_it_rings_is_followed_by_another_ring_and_the_knock_keeps_its_time(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["no_answer"], "8001": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:00")
        await night.clock.sleep(20)
        await night.kill()
        await night.clock.sleep(5)
        night.begin()
        await night.until("2026-11-23 07:16")
        outcomes = [attempt.outcome for attempt in await night.attempts()]
        assert outcomes[0] is Outcome.UNKNOWN
        assert night.telephones.times("8602")[:2] == ["07:00:00", "07:00:35"]
        assert night.telephones.times("8001") == ["07:05:00"]

    live_through(EARLY, story)


def test_a_confirmation_outlives_a_kill_right_after_it(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["awake"]}
        night.begin()
        await night.until("2026-11-23 07:00")
        await night.clock.sleep(13)  # committed, the thank-you is being said
        assert (await night.day()).state is State.CONFIRMED
        await night.kill()
        night.begin()
        await night.until("2026-11-23 07:18")
        assert len(night.telephones.rings) == 1

    live_through(EARLY, story)


@pytest.mark.parametrize("moved", [timedelta(minutes=-20), timedelta(minutes=3), timedelta(hours=2)])
def test_a_clock_that_is_set_neither_loses_nor_doubles_a_wake_up(live_through, moved):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["awake"], "8001": ["knocked"]}
        night.begin()
        await night.clock.sleep(30)
        night.clock.moved = moved
        await night.clock.sleep(24 * 60)
        rung = [ring.to for ring in night.telephones.rings]
        assert rung == (["8001"] if moved > timedelta(minutes=7) else ["8602"])
        assert not (await night.day()).standing.live

    live_through(EARLY, story)


def test_a_clock_set_back_after_the_confirmation_rings_nobody_again(live_through):
    async def story(night):
        await night.booked(when=WakeTime(at=once("07:00").at, repeat=Repeat.DAILY))
        night.telephones.script = {"8602": ["awake"]}
        night.begin()
        await night.until("2026-11-23 07:01")
        night.clock.moved = timedelta(minutes=-5)
        await night.until("2026-11-23 07:18")
        assert len(night.telephones.rings) == 1

    live_through(EARLY, story)


def test_two_nodes_place_each_wake_up_once(live_through):
    async def story(night):
        for room in range(20):
            await night.booked(room=Place("1", "", str(100 + room)))
            night.telephones.script[f"8{100 + room}"] = ["awake"]
        night.begin(alone=False)
        night.begin(alone=False)
        await night.until("2026-11-23 07:10")
        rung = [ring.to for ring in night.telephones.rings]
        assert sorted(rung) == sorted(set(rung))
        assert len(rung) == 20

    live_through(EARLY, story)


def test_a_hundred_at_once_with_thirty_channels_are_all_rung_in_fair_order(live_through):
    async def story(night):
        night.rules = WakeupRules(booking=Booking(per_interval=300))
        for room in range(100):
            await night.booked(room=Place("1", "", str(100 + room)))
            night.telephones.script[f"8{100 + room}"] = ["awake"]
        night.begin()
        await night.until("2026-11-23 07:10")
        assert night.telephones.most <= 30
        first = {ring.to: ring.at for ring in reversed(night.telephones.rings)}
        assert len([to for to in first if to not in ("8001", "8002", "8009")]) == 100
        assert max(first.values()) - min(first.values()) < timedelta(minutes=2)
        assert {(await night.day(str(1001 + n))).state for n in range(100)} == {State.CONFIRMED}

    live_through(EARLY, story)


# --- changes while it is due ---------------------------------------------------------------------


def test_a_cancelled_wake_up_rings_no_more_even_while_it_rings(live_through):
    async def story(night):
        await night.booked()
        night.begin()
        await night.until("2026-11-23 07:02")
        await night.book.cancel(ESTATE, "1001", who="前台")
        await night.until("2026-11-23 07:16")
        assert len(night.telephones.rings) <= 3
        assert night.telephones.times("8001") == []
        assert (await night.day()).state is State.CANCELLED

    live_through(EARLY, story)


def test_a_changed_wake_up_rings_at_the_new_time_only(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["awake"]}
        changed = await night.book.change(ESTATE, "1001", once("07:10"), who="guest")
        assert changed.next_at == local("2026-11-23 07:10")
        night.begin()
        await night.until("2026-11-23 07:20")
        assert night.telephones.times("8602") == ["07:10:00"]

    live_through(EARLY, story)


def test_a_day_changed_away_and_back_rings_once(live_through):
    async def story(night):
        await night.booked()
        night.telephones.script = {"8602": ["awake"]}
        await night.book.change(ESTATE, "1001", once("07:00", "2026-11-25"), who="guest")
        back = await night.book.change(ESTATE, "1001", once("07:04"), who="guest")
        assert back.next_at == local("2026-11-23 07:04")
        night.begin()
        await night.until("2026-11-23 07:06")
        await night.kill()
        await night.until("2026-11-25 06:58")
        night.begin()
        await night.until("2026-11-25 07:03")
        assert night.telephones.times("8602") == ["07:04:00"]

    live_through(EARLY, story)


def test_a_skipped_day_is_left_out_and_the_next_one_rings(live_through):
    async def story(night):
        await night.booked(when=WakeTime(at=once("07:00").at, repeat=Repeat.DAILY))
        night.telephones.script = {"8602": ["awake"]}
        skipped = await night.book.skip(ESTATE, "1001", who="guest")
        assert skipped.next_at == local("2026-11-24 07:00")
        night.begin()
        await night.until("2026-11-23 07:05")
        await night.kill()
        await night.until("2026-11-24 06:58")
        night.begin()
        await night.until("2026-11-24 07:05")
        assert [f"{ring.at.astimezone(night.zone):%d}" for ring in night.telephones.rings] == ["24"]
        assert [day.state for day in await night.days()][:2] == [State.SKIPPED, State.CONFIRMED]

    live_through(EARLY, story)


def test_a_guest_who_moves_there_and_back_takes_nobody_elses_wake_up_along(live_through):
    async def story(night):
        new = Place("3", "2", "701")
        await night.booked()
        await night.booked("07:10", new)
        who = {"at": night.clock.now(), "who": "前台", "stay": "7"}

        def work(session):
            there = night.book.moved_in(session, ESTATE, ROOM, new, own=False, **who)
            back = night.book.moved_in(session, ESTATE, new, ROOM, own=True, **who)
            ended = night.book.ended_in(session, ESTATE, ROOM, own=True, **who)
            return there, back, ended

        assert await night.db.write(work) == (1, 1, 1)
        left = await night.book.of_room(ESTATE, new)
        assert [(one.number, one.state) for one in left] == [("1002", "booked")]

    live_through(EARLY, story)


def test_what_an_earlier_version_moved_along_without_writing_whose_it_is_still_goes_along(live_through):
    async def story(night):
        new = Place("3", "2", "701")
        await night.booked()
        who = {"at": night.clock.now(), "who": "前台"}

        def work(session):
            before = night.book.moved_in(session, ESTATE, ROOM, new, **who)
            return before, night.book.ended_in(session, ESTATE, new, stay="7", own=True, **who)

        assert await night.db.write(work) == (1, 1)

    live_through(EARLY, story)


def test_a_guest_is_not_moved_beside_another_wake_up_of_the_room(live_through):
    async def story(night):
        new = Place("3", "2", "701")
        await night.booked()
        await night.booked("07:03", new)
        with pytest.raises(WakeupRefused, match=r"1002 \(07:03\) already, beside 1001 \(07:00\)") as refused:
            await night.db.write(
                lambda s: night.book.moved_in(
                    s, ESTATE, ROOM, new, at=night.clock.now(), who="前台", stay="7"
                )
            )
        assert refused.value.code == "wakeup-twice-there"
        assert [one.number for one in await night.book.of_room(ESTATE, ROOM)] == ["1001"]

    live_through(EARLY, story)


def test_a_guest_who_moves_is_woken_in_the_new_room_and_checked_out_in_none(live_through):
    async def story(night):
        new = Place("3", "2", "701")
        await night.booked()
        await night.booked("07:10")
        night.telephones.script = {"8701": ["awake"]}
        moved = await night.db.write(
            lambda s: night.book.moved_in(s, ESTATE, ROOM, new, at=night.clock.now(), who="前台")
        )
        assert moved == 2
        night.begin()
        await night.until("2026-11-23 07:03")
        assert night.telephones.times("8701") == ["07:00:00"]
        ended = await night.db.write(
            lambda s: night.book.ended_in(s, ESTATE, new, at=night.clock.now(), who="前台")
        )
        assert ended == 1
        await night.until("2026-11-23 07:16")
        assert len(night.telephones.rings) == 1
        assert (await night.day()).place == "3-2-701"

    live_through(EARLY, story)


def test_a_room_whose_telephone_is_gone_is_knocked_for_at_the_booked_time(live_through):
    async def story(night):
        await night.booked()
        night.rooms.addresses[str(ROOM)] = ""
        night.telephones.script = {"8001": ["knocked"]}
        night.begin()
        await night.until("2026-11-23 07:10")
        assert night.telephones.times("8001")[0] < "07:00:03"
        assert (await night.day()).reason == "no_address"

    live_through(EARLY, story, tick=1.0)


def test_a_number_of_their_own_is_rung_instead_of_the_room(live_through):
    async def story(night):
        await night.booked(to="13800001111")
        night.telephones.script = {"13800001111": ["awake"]}
        night.begin()
        await night.until("2026-11-23 07:10")
        assert [ring.to for ring in night.telephones.rings] == ["13800001111"]

    live_through(EARLY, story)


def test_a_booking_for_later_gets_its_calls_when_its_day_comes(live_through):
    async def story(night):
        new = NewWakeup(estate=ESTATE, place=ROOM, when=once("07:00", "2026-11-26"))
        await night.book.book(new)
        assert await night.days() == []
        night.telephones.script = {"8602": ["awake"]}
        await night.until("2026-11-25 06:00")
        night.begin()
        await night.until("2026-11-25 06:01")
        await night.kill()
        assert [day.day for day in await night.days()] == [date(2026, 11, 26)]
        assert await night.attempts(KNOCK) == []
        await night.until("2026-11-26 06:59")
        night.begin()
        await night.until("2026-11-26 07:05")
        assert night.telephones.times("8602") == ["07:00:00"]

    live_through(EARLY, story)
