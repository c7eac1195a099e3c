"""Booking, changing, skipping: what the house takes and what it refuses, and the register."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from functools import partial

import pytest
from sqlalchemy import func, select
from wakeup_kit import ESTATE, POLICIES, ROOM, SHANGHAI, Rooms, Weekdays, local, once

from hotline.call.errors import InvalidInput, WakeupRefused
from hotline.call.ports import Place
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime
from hotline.outbound import repository as calls
from hotline.outbound.models import OutboundCallRow
from hotline.wakeup import config, repository
from hotline.wakeup.book import WakeupBook
from hotline.wakeup.config import Booking, WakeupRules
from hotline.wakeup.course import State
from hotline.wakeup.house import House
from hotline.wakeup.models import OccurrenceRow, WakeupRow
from hotline.wakeup.planner import WakeupPlanner
from hotline.wakeup.register import due_between, register
from hotline.wakeup.schedule import Schedule

DAILY = WakeTime(at=time(7), repeat=Repeat.DAILY)


class Scene:
    def __init__(self, db, clock):
        self.db, self.clock, self.rooms = db, clock, Rooms()
        self.rules = WakeupRules()
        houses = {ESTATE: House(SHANGHAI, Weekdays())}
        self.schedule = Schedule(lambda: self.rules, houses, lambda: POLICIES)
        self.book = WakeupBook(
            db, self.schedule, rooms=self.rooms, clock=clock,
            normalise=lambda raw: "".join(char for char in raw if char.isdigit()),
        )  # fmt: skip

    def new(self, when=None, room=ROOM, **more):
        return NewWakeup(estate=ESTATE, place=room, when=when or once("07:00"), **more)

    async def booked(self, *given, **more):
        return await self.book.book(self.new(*given, **more))

    async def refusal(self, deed):
        before = await self.counts()
        with pytest.raises(WakeupRefused) as refused:
            await deed
        assert await self.counts() == before, "nothing half-stored"
        return refused.value.code

    async def counts(self):
        tables = (WakeupRow, OccurrenceRow, OutboundCallRow)
        return await self.db.read(
            lambda s: [s.scalar(select(func.count()).select_from(table)) for table in tables]
        )


@pytest.fixture
def scene(db, clock):
    """Monday 2026-11-23, 10:00."""
    return Scene(db, clock)


async def test_a_booking_is_read_back_with_its_number_and_next_time(scene):
    found = await scene.booked()
    assert (found.number, found.state, found.next_at) == ("1001", "booked", local("2026-11-24 07:00"))
    assert found.next_at.tzinfo is SHANGHAI
    assert [one.number for one in await scene.book.of_room(ESTATE, ROOM)] == ["1001"]
    assert (await scene.booked(once("08:00"))).number == "1002"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        (once("09:00", "2026-11-23"), "wakeup-past"),
        (once("07:00", "2026-11-20"), "wakeup-past"),
        (once("10:01"), "wakeup-too-soon"),
        (once("07:00", "2028-11-23"), "wakeup-too-far"),
        (WakeTime(at=time(7), repeat=Repeat.DAYS), "wakeup-never"),
        (WakeTime(at=time(7), repeat=Repeat.DAYS, days=frozenset({8})), "wakeup-never"),
        (WakeTime(at=time(7), repeat=Repeat.DAILY, until=date(2026, 11, 23)), "wakeup-never"),
        (
            WakeTime(at=time(7), repeat=Repeat.DAILY, first=date(2026, 12, 2), until=date(2026, 12, 1)),
            "wakeup-never",
        ),
    ],
)
async def test_times_that_cannot_be_are_refused_with_their_code(scene, when, code):
    assert await scene.refusal(scene.booked(when)) == code


async def test_rooms_that_cannot_be_rung_are_refused(scene):
    scene.rooms.unknown = {str(ROOM)}
    assert await scene.refusal(scene.booked()) == "wakeup-no-room"
    assert await scene.refusal(scene.booked(room=Place())) == "wakeup-no-room"
    scene.rooms.unknown, scene.rooms.addresses = set(), {str(ROOM): ""}
    assert await scene.refusal(scene.booked()) == "wakeup-no-number"
    assert await scene.refusal(scene.booked(to="nobody")) == "wakeup-no-number"
    assert (await scene.booked(to="sip:guest@192.0.2.7")).state == "booked"


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        (once("07:04"), True),
        (once("06:56"), True),
        (once("07:05"), False),
        (WakeTime(at=time(7), repeat=Repeat.DAILY), True),
        (once("07:00", "2027-03-01"), False),
    ],
)
async def test_a_second_wake_up_of_a_room_keeps_its_distance_on_every_day(scene, second, refused):
    await scene.booked()
    if refused:
        assert await scene.refusal(scene.booked(second)) == "wakeup-twice"
    else:
        assert (await scene.booked(second)).state == "booked"
    assert (await scene.booked(second, room=Place("3", "2", "603"))).state == "booked"


async def test_a_single_day_far_ahead_clashes_with_a_daily_one(scene):
    await scene.booked(DAILY)
    assert await scene.refusal(scene.booked(once("07:00", "2027-03-01"))) == "wakeup-twice"


async def test_a_room_and_an_interval_take_so_many(scene):
    scene.rules = WakeupRules(booking=Booking(per_room=2, per_interval=3))
    await scene.booked(once("07:00"))
    await scene.booked(once("08:00"))
    assert await scene.refusal(scene.booked(once("09:00"))) == "wakeup-room-full"
    for room in ("603", "604"):
        await scene.booked(DAILY, room=Place("3", "2", room))
    assert await scene.refusal(scene.booked(once("07:04"), room=Place("1"))) == "wakeup-interval-full"
    assert (await scene.booked(once("07:05"), room=Place("1", "", "1"))).state == "booked"
    weekly = WakeTime(at=time(7), repeat=Repeat.DAYS, days=frozenset({5}))
    assert (await scene.booked(weekly, room=Place("1", "", "2"))).state == "booked"


async def test_an_unknown_cancelled_or_foreign_booking_cannot_be_changed(scene):
    await scene.booked()
    assert await scene.refusal(scene.book.cancel(ESTATE, "9999", who="前台")) == "wakeup-unknown"
    assert await scene.refusal(scene.book.cancel("other", "1001", who="前台")) == "wakeup-unknown"
    assert (await scene.book.cancel(ESTATE, "1001", who="前台", why="guest asked")).state == "cancelled"
    assert await scene.refusal(scene.book.change(ESTATE, "1001", DAILY, who="前台")) == "wakeup-unknown"
    assert await scene.refusal(scene.book.skip(ESTATE, "1001", who="前台")) == "wakeup-unknown"
    assert await scene.book.of_room(ESTATE, ROOM) == []


async def test_a_refused_change_leaves_the_booking_as_it_was(scene):
    await scene.booked()
    await scene.booked(once("08:00"))
    assert await scene.refusal(scene.book.change(ESTATE, "1001", once("08:02"), who="x")) == "wakeup-twice"
    (first, _) = await scene.book.of_room(ESTATE, ROOM)
    assert (first.number, first.when.at) == ("1001", time(7))
    changed = await scene.book.change(ESTATE, "1001", once("07:03"), who="guest")
    assert changed.next_at == local("2026-11-24 07:03")


async def test_skipping_the_only_day_ends_the_booking(scene):
    await scene.booked()
    assert (await scene.book.skip(ESTATE, "1001", who="guest")).state == "over"


async def test_skipping_a_day_far_ahead_leaves_the_one_after_it(scene):
    await scene.booked(WakeTime(at=time(7), repeat=Repeat.DAILY, first=date(2026, 12, 10)))
    assert (await scene.book.skip(ESTATE, "1001", who="guest")).next_at == local("2026-12-11 07:00")
    assert (await scene.book.skip(ESTATE, "1001", who="guest")).next_at == local("2026-12-12 07:00")


async def test_every_change_is_in_the_history_with_its_author(scene):
    await scene.booked(requested_by="guest")
    await scene.book.change(ESTATE, "1001", once("08:00"), who="前台小王")
    await scene.book.cancel(ESTATE, "1001", who="console", why="left")
    found = await scene.db.read(lambda s: [(row.event, row.who) for row in repository.history(s, "1001")])
    assert found == [("booked", "guest"), ("changed", "前台小王"), ("cancelled", "console")]


async def test_each_day_has_two_calls_the_guest_s_and_the_floor_s_five_minutes_later(scene):
    await scene.booked()
    guest, floor = await scene.db.read(
        lambda s: [calls.find(s, kind, "1001", "2026-11-24") for kind in ("wakeup", "knock")]
    )
    assert (guest.due_at, floor.due_at) == (local("2026-11-24 07:00"), local("2026-11-24 07:05"))
    assert floor.priority < guest.priority
    assert floor.roster == "floor"


async def test_the_planner_files_a_daily_wake_up_a_day_ahead_and_never_twice(scene):
    await scene.booked(DAILY)
    planner = WakeupPlanner(scene.db, scene.schedule, scene.clock)
    for _ in range(3):
        await planner.tick()
    assert (await scene.counts())[1:] == [1, 2]
    scene.clock.pass_time(hours=19)  # 05:00: the next day's 07:00 is within 26 hours
    for _ in range(3):
        await planner.tick()
    assert (await scene.counts())[1:] == [2, 4]


async def test_the_register_tells_what_was_due_and_the_handover_what_is_left(scene):
    await scene.booked()
    await scene.booked(once("08:00"))
    begin, end = local("2026-11-24 00:00"), local("2026-11-25 00:00")

    def finish(session):
        booking, day = (
            repository.lock(session, "1001"),
            repository.day_of(session, "1001", date(2026, 11, 24)),
        )
        up = local("2026-11-24 07:12")
        knocked = replace(day.standing, state=State.KNOCKED, confirmed_at=up, confirmed_by="甲")
        scene.schedule.finish(session, booking, day, knocked, up)

    await scene.db.write(finish)
    found = await scene.db.read(lambda s: register(s, ESTATE, begin, end))
    assert [line.number for line in found.lines] == ["1001", "1002"]
    assert (found.done, found.still_due, found.late) == (1, 1, 1)
    first = found.lines[0]
    assert (first.minutes_late, first.confirmed_by, first.requested_by) == (12, "甲", "guest")
    assert first.first_ring_delay is None
    left = await scene.db.read(lambda s: due_between(s, ESTATE, begin, end))
    assert [line.number for line in left] == ["1002"]


def test_the_shipped_rules_hold_and_name_policies_that_are_there(tmp_path):
    assert config.load(tmp_path).escalate_after == 5
    known = partial(config.unknown_names, tmp_path, policies=POLICIES, flows={"wakeup", "knock"})
    assert known(rosters={"floor", "supervisor"}) == []
    warned = known(rosters=set())
    assert [problem.warning for problem in warned] == [True, True]


def test_every_mistake_in_the_file_is_named_with_its_line(tmp_path):
    (tmp_path / "wakeup.yaml").write_text("escalate_after: 3\nsnooze: {minutes: 99}\nsnoze: {}\n", "utf-8")
    with pytest.raises(InvalidInput) as invalid:
        config.load(tmp_path)
    assert sorted(problem.line for problem in invalid.value.problems) == [1, 2, 3]


def test_names_that_are_nowhere_are_told_with_the_wrong_values_of_the_same_file(tmp_path):
    (tmp_path / "wakeup.yaml").write_text(
        "escalate_after: 3\n"
        "ring: {policy: wakup, flow: wakup, late_start: never}\n"
        "knock: {roster: flor, policy: knok}\n",
        "utf-8",
    )
    problems = config.unknown_names(
        tmp_path, policies=POLICIES, rosters={"floor", "supervisor"}, flows={"wakeup", "knock"}
    )
    assert [(one.line, one.where, one.warning) for one in problems] == [
        (1, "escalate_after", False),
        (2, "ring.late_start", False),
        (2, "ring.flow", False),
        (2, "ring.policy", False),
        (3, "knock.policy", False),
        (3, "knock.roster", True),
    ]
