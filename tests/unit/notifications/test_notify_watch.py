"""What is seen of the machine, and when that is an alarm."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from notify_kit import ON_SQLITE, told

from hotline.app.alarm_watch import watch_alarms
from hotline.app.livefeed import LiveFeed
from hotline.call.errors import InvalidInput
from hotline.db import outbox
from hotline.home import Home
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.alarms import Alarms
from hotline.notifications.models import AlarmState
from hotline.notifications.probes import (
    CallsStatus,
    Disk,
    Recordings,
    RosterGap,
    Rosters,
    TimeKept,
    Trunks,
)
from hotline.notifications.watch import LOOK_EVERY, Watch
from hotline.settings import Settings

pytestmark = ON_SQLITE
TRUNK = AlarmKind.TRUNK_DOWN


class SteppingClock:
    """Dates and seconds move together, when a test says so."""

    def __init__(self, clock) -> None:
        self._clock = clock
        self._begin = clock.now()

    def now(self):
        return self._clock.now()

    def monotonic(self) -> float:
        return (self._clock.now() - self._begin).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture
def stepping(clock):
    return SteppingClock(clock)


class Machine:
    """A calls process as its status says, and what else is looked at."""

    def __init__(self, db, clock, folder, stepping, *, node="") -> None:
        self.status = {
            "calls": {"since": "2026-11-23T01:00:00+00:00"},
            "trunks": {"trunk": {"state": "registered"}, "own": {"state": "unregistered"}},
            "recording": {"enabled": True, "free_mb": 90_000},
            "media": {"failed_recordings": 0},
        }
        self.silent = False
        self.kept: bool | None = True
        self.gaps: list[RosterGap] = []
        self.clock, self.db = clock, db
        settings = Settings()
        calls = CallsStatus(self.ask, stepping)
        probes = [
            calls, Trunks(calls), Recordings(calls, settings, stepping), Disk(Home(folder), settings),
            TimeKept(lambda: self.kept), Rosters(lambda at: self.gaps, stepping),
        ]  # fmt: skip
        self.watch = Watch(db, stepping, probes, node=node)

    async def ask(self):
        return None if self.silent else self.status

    async def go_on(self, seconds: float, step: float = 15) -> None:
        for _ in range(int(seconds / step)):
            await self.watch.look()
            self.clock.pass_time(seconds=step)

    async def standing(self) -> list[tuple[str, str]]:
        return [(row.kind, row.subject) for row in await Alarms(self.db, self.clock).standing()]


@pytest.fixture
def free_disk(monkeypatch):
    disk = SimpleNamespace(free=100_000_000_000)
    monkeypatch.setattr("hotline.notifications.probes.shutil.disk_usage", lambda folder: disk)
    return disk


@pytest.fixture
def machine(db, clock, tmp_path, stepping, free_disk):
    return Machine(db, clock, tmp_path, stepping)


async def test_a_healthy_machine_raises_nothing(machine, db):
    await machine.go_on(300)
    assert await told(db) == []


async def test_a_trunk_that_is_down_for_more_than_a_minute_is_an_alarm_until_it_is_back_for_a_while(
    machine, db
):
    trunk = machine.status["trunks"]["trunk"]
    trunk.update(state="failed", last_error="408 Request Timeout")
    await machine.go_on(60)
    assert await machine.standing() == []
    await machine.go_on(30)
    assert await machine.standing() == [("trunk_down", "trunk")]
    trunk["state"] = "registered"
    await machine.go_on(15)
    trunk["state"] = "registering"
    await machine.go_on(15)
    assert await machine.standing() == [("trunk_down", "trunk")]
    trunk["state"] = "registered"
    await machine.go_on(60)
    assert [kind for kind, _, _ in await told(db)] == ["alarm.raised", "alarm.cleared"]


async def test_a_trunk_that_flaps_within_a_minute_is_no_alarm(machine, db):
    for turn in range(20):
        machine.status["trunks"]["trunk"]["state"] = "failed" if turn % 3 else "registered"
        await machine.go_on(15)
    assert await told(db) == []


async def test_a_trunk_that_was_removed_takes_its_alarm_along(machine, db, clock):
    await Alarms(db, clock).raise_(TRUNK, "gone")
    await machine.go_on(15)
    assert await machine.standing() == []


async def test_an_alarm_from_before_a_restart_is_cleared_when_all_is_well(
    machine, db, clock, tmp_path, stepping, free_disk
):
    machine.status["trunks"]["trunk"]["state"] = "failed"
    await machine.go_on(90)
    successor = Machine(db, clock, tmp_path, stepping)
    await successor.go_on(60)
    assert [kind for kind, _, _ in await told(db)] == ["alarm.raised", "alarm.cleared"]


async def test_a_silent_calls_process_is_an_alarm_and_says_nothing_of_trunks(machine, db):
    await machine.go_on(15)
    machine.silent = True
    await machine.go_on(45)
    assert await machine.standing() == []
    await machine.go_on(60)
    assert await machine.standing() == [("calls_restarted", "calls")]
    machine.silent = False
    await machine.go_on(15)
    assert await machine.standing() == []


async def test_a_node_without_calls_process_misses_none(machine, db):
    machine.silent = True
    await machine.go_on(600)
    assert await told(db) == []


async def test_a_replaced_calls_process_is_told_of_once_and_over_when_the_new_one_is_steady(machine, db):
    await machine.go_on(30)
    machine.status["calls"]["since"] = "2026-11-23T02:00:30+00:00"
    await machine.go_on(300)
    assert await machine.standing() == [("calls_restarted", "calls")]
    await machine.go_on(400)
    assert [kind for kind, _, _ in await told(db)] == ["alarm.raised", "alarm.cleared"]


async def test_a_filling_disk_is_told_of_with_room_to_spare_and_cleared_with_some(machine, db, free_disk):
    free_disk.free = 999_000_000
    await machine.go_on(15)
    assert await machine.standing() == [("disk_filling", "recordings")]
    (row,) = await Alarms(db, machine.clock).standing()
    assert (row.detail["free_mb"], row.detail["limit_mb"]) == ("999", "1000")
    free_disk.free = 1_050_000_000
    await machine.go_on(300)
    assert await machine.standing() == [("disk_filling", "recordings")]
    free_disk.free = 1_200_000_000
    await machine.go_on(120)
    assert await machine.standing() == []


async def test_recording_that_is_suspended_or_fails_is_an_alarm(machine, db):
    machine.status["recording"]["free_mb"] = 499
    await machine.go_on(15)
    assert await machine.standing() == [("recording_failed", "calls")]
    machine.status["recording"]["free_mb"] = 900
    await machine.go_on(15)
    assert await machine.standing() == []
    machine.status["media"]["failed_recordings"] = 1
    await machine.go_on(15)
    assert await machine.standing() == [("recording_failed", "calls")]
    machine.status["media"]["failed_recordings"] = 0  # a new process counts anew
    await machine.go_on(660)
    assert await machine.standing() == []


async def test_recordings_that_are_switched_off_are_not_missed(machine, db):
    machine.status["recording"] = {"enabled": False, "free_mb": 1}
    await machine.go_on(15)
    assert await machine.standing() == []


async def test_a_clock_nobody_keeps_is_an_alarm_after_ten_minutes_and_an_unknown_one_never(machine, db):
    machine.kept = None
    await machine.go_on(900)
    machine.kept = False
    await machine.go_on(595)
    assert await machine.standing() == []
    await machine.go_on(30)
    assert await machine.standing() == [("clock_unsynchronised", "clock")]
    machine.kept = None
    await machine.go_on(300)
    assert await machine.standing() == [("clock_unsynchronised", "clock")]
    machine.kept = True
    await machine.go_on(90)
    assert await machine.standing() == []


async def test_a_gap_in_todays_roster_is_its_estates_alarm_until_it_is_filled(machine, db, clock):
    machine.gaps = [RosterGap("east", "emergency", "12:00-13:00")]
    await machine.go_on(15)
    (row,) = await Alarms(db, clock).standing()
    assert (row.kind, row.estate, row.subject) == ("roster_gap", "east", "emergency")
    assert row.detail == {"gaps": "12:00-13:00"}
    machine.gaps = []
    await machine.go_on(630)
    assert await machine.standing() == []


async def test_a_roster_file_that_does_not_hold_says_nothing_of_gaps(machine, db, clock):
    def broken(at):
        raise InvalidInput(())

    await Alarms(db, clock).raise_(AlarmKind.ROSTER_GAP, "emergency", estate="east")
    rosters = Rosters(broken, SteppingClock(clock))
    assert await rosters.look() is None
    assert await machine.standing() == [("roster_gap", "emergency")]


async def test_a_node_that_is_well_leaves_another_nodes_alarms_alone(
    db, clock, tmp_path, stepping, free_disk
):
    ill = Machine(db, clock, tmp_path, stepping, node="one")
    well = Machine(db, clock, tmp_path, stepping, node="two")
    ill.status["trunks"]["trunk"]["state"] = "failed"
    for _ in range(10):
        await ill.watch.look()
        await well.watch.look()
        clock.pass_time(seconds=15)
    assert await ill.standing() == [("trunk_down", "trunk@one")]
    ill.status["trunks"]["trunk"]["state"] = "registered"
    await ill.go_on(60)
    assert await ill.standing() == []


async def test_an_urgent_ticket_nobody_takes_is_an_alarm_until_somebody_does(machine, db, clock):
    async def happen(kind, number, **detail):
        await db.write(
            lambda s: outbox.add(
                s, estate="default", kind=kind, subject=number, at=clock.now(), detail=detail
            )
        )

    await happen("ticket.unaccepted", "202611230001", roster="emergency")
    await happen("ticket.changed", "202611230001", event="unaccepted", state="registered")
    await happen("ticket.unaccepted", "202611230001", roster="emergency")
    await machine.go_on(15)
    assert await machine.standing() == [("ticket_unaccepted", "202611230001")]
    await happen("ticket.changed", "202611230002", event="accepted", state="accepted")
    await machine.go_on(15)
    assert len(await machine.standing()) == 1
    await happen("ticket.changed", "202611230001", event="accepted", state="accepted")
    await machine.go_on(15)
    assert await machine.standing() == []
    assert [kind for kind, _, _ in await told(db)] == ["alarm.raised", "alarm.cleared"]


@pytest.mark.parametrize("helps", ["wakeup.confirmed", "wakeup.cancelled"])
async def test_a_guest_nobody_could_wake_is_an_alarm_until_somebody_has(machine, db, clock, helps):
    async def happen(kind, **detail):
        await db.write(
            lambda s: outbox.add(
                s, estate="default", kind=kind, subject="1001", at=clock.now(), detail=detail
            )
        )

    await happen("wakeup.alarm", why="rounds", place="808", time="07:00", day="2026-11-23")
    await happen("wakeup.alarm", why="time", place="808", time="07:00", day="2026-11-23")
    await machine.go_on(15)
    assert await machine.standing() == [("wakeup_unconfirmed", "1001")]
    await happen(helps, place="808", time="07:00", day="2026-11-23")
    await machine.go_on(15)
    assert await machine.standing() == []


async def test_the_watch_asks_the_calls_process_over_its_socket(db, tmp_path, clock):
    """The whole loop once, with a real socket."""
    home = Home(tmp_path)
    home.run.mkdir()
    status = {
        "calls": {"since": "x"},
        "recording": {"enabled": True, "free_mb": 1},
        "trunks": {},
        "media": {"failed_recordings": 0},
    }
    feed = LiveFeed(home.run, {"status": lambda: status})
    await feed.start()
    gaps = [RosterGap("default", "emergency", "00:00-24:00")]
    watching = asyncio.ensure_future(
        watch_alarms(
            db, home, Settings(), clock, roster_gaps=lambda at: gaps, clock_synchronised=lambda: True
        )
    )
    try:
        async with asyncio.timeout(LOOK_EVERY):
            while len(await Alarms(db, clock).standing()) < 2:
                await asyncio.sleep(0.02)
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await feed.close()
    rows = await Alarms(db, clock).standing()
    assert {row.kind for row in rows} == {"recording_failed", "roster_gap"}
    assert all(row.state is AlarmState.RAISED for row in rows)
