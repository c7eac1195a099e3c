from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from ticket_kit import (
    AT,
    InService,
    OfficeHours,
    deed,
    desk_on,
    events,
    lines,
    new,
    policy_of,
    shipped,
    stored,
)

from hotline.call.errors import EnvironmentFault, InvalidInput
from hotline.call.ports import TicketKind, Urgency
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.db.outbox import OutboxEvent
from hotline.tickets import repository
from hotline.tickets.models import TicketLimitRow, TicketRow
from hotline.tickets.policy_file import PolicyFile
from hotline.tickets.service import Tickets
from hotline.tickets.watch import SlaWatch

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOURS = {"default": OfficeHours()}
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What differs between databases is in test_sla_exactly_once.py."""


@pytest.fixture
def source():
    return InService(shipped())


@pytest.fixture
def desk(db, clock, source):
    return desk_on(db, clock, policy=source)


@pytest.fixture
def watch(db, clock, source):
    return SlaWatch(db, clock=clock, policy=source, working_time=HOURS)


async def told(db):
    return await db.read(events)


async def limits_of(db, number):
    return {limit.name: limit for limit in await db.read(lambda s: repository.limits(s, number))}


REQUEST = {"kind": TicketKind.REQUEST}
"""One limit only: first response within an hour."""


@one_database
async def test_each_warning_and_the_breach_are_told_once_at_their_time(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number
    found = []
    for minutes in (0, 29, 30, 31, 47, 48, 59, 60, 61, 600):
        clock.at = AT + minutes * MINUTE
        if fresh := await watch.tick():
            found.append((minutes, fresh))
    assert found == [(30, 1), (48, 1), (60, 1)]
    assert await told(db) == [
        (number, "warning", "first_response", "50"),
        (number, "warning", "first_response", "80"),
        (number, "breach", "first_response", "100"),
    ]
    detail = (await db.read(lambda s: s.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()))[
        -1
    ].detail
    assert detail == {"limit": "first_response", "percent": "100", "due": (AT + HOUR).isoformat()}
    assert (await lines(db, number))[-1][1] == "sla_breach"


@one_database
async def test_a_message_of_friday_afternoon_misses_nothing_before_monday_morning(db, desk, watch, clock):
    clock.at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # Friday, 17:00 in Shanghai
    opening = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
    left = new(kind=TicketKind.COMPLAINT, topic="general_manager", due_at=opening)
    number = (await desk.open_ticket(left)).number
    for at in (clock.at + 12 * HOUR, clock.at + DAY, opening, opening + 2 * MINUTE):
        clock.at = at
        assert await watch.tick() == 0
    await desk.act(number, deed("accept", who="陈总"))
    clock.at = opening + 3 * HOUR
    assert await watch.tick() == 1
    assert await told(db) == [(number, "warning", "feedback", "50")]


@one_database
async def test_a_message_nobody_heard_an_hour_after_the_opening_is_a_breach(db, desk, watch, clock):
    left = new(kind=TicketKind.MESSAGE, topic="general_manager", due_at=AT + DAY)
    number = (await desk.open_ticket(left)).number
    clock.at = AT + DAY + HOUR
    assert await watch.tick() == 3
    assert (await told(db))[-1] == (number, "breach", "first_response", "100")


@one_database
async def test_a_ticket_whose_limits_cannot_be_told_silences_no_other(db, desk, watch, clock, monkeypatch):
    broken = (await desk.open_ticket(new(urgency=Urgency.URGENT))).number
    number = (await desk.open_ticket(new(urgency=Urgency.URGENT))).number
    tell = watch._book.tell

    def wrong(session, rows, now):
        if broken in {row.number for row in rows}:
            raise LookupError("nobody foresaw this")
        return tell(session, rows, now)

    monkeypatch.setattr(watch._book, "tell", wrong)
    monkeypatch.setattr(watch._book, "refresh", lambda *rows: 1 / 0)
    clock.pass_time(minutes=2)
    assert await watch.tick() == 1
    assert await told(db) == [(number, "breach", "first_response", "100")]


@one_database
async def test_a_limit_that_is_met_is_silent(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number
    clock.pass_time(minutes=10)
    await desk.act(number, deed("accept"))
    clock.pass_time(days=1)
    assert await watch.tick() == 0
    limit = (await limits_of(db, number))["first_response"]
    assert (limit.met_at, limit.next_fire_at) == (AT + 10 * MINUTE, None)


@one_database
async def test_what_was_missed_while_nobody_watched_is_told_even_if_it_was_met_since(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number
    clock.pass_time(hours=2)
    await desk.act(number, deed("accept"))
    await desk.act(number, deed("complete"))
    await desk.act(number, deed("close"))
    assert await watch.tick() == 3
    assert [percent for *_, percent in await told(db)] == ["50", "80", "100"]


@one_database
async def test_what_was_missed_before_reopening_is_told_with_the_old_limits(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number
    clock.pass_time(hours=2)
    for action in ("accept", "complete", "reopen"):
        await desk.act(number, deed(action))
    assert len(await told(db)) == 3
    assert await watch.tick() == 0
    clock.pass_time(hours=1)
    assert await watch.tick() == 3
    assert len(await told(db)) == 6


@one_database
async def test_a_cancelled_ticket_is_watched_no_more(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number
    await desk.act(number, deed("cancel"))
    clock.pass_time(days=2)
    assert await watch.tick() == 0
    assert (await stored(db, number)).limits_of is None


@one_database
async def test_time_stands_still_while_a_ticket_is_postponed(db, desk, watch, clock):
    number = (await desk.open_ticket(new(), fault="shared_lift")).number
    await desk.act(number, deed("accept"))
    clock.pass_time(minutes=10)
    await desk.act(number, deed("postpone", until=AT + DAY, caller_told=True))
    assert (await limits_of(db, number))["solved"].due_at is None
    clock.pass_time(hours=5)
    await watch.tick()
    assert "solved" not in {name for _, _, name, _ in await told(db)}
    await desk.act(number, deed("resume"))
    assert (await limits_of(db, number))["solved"].due_at == clock.now() + 20 * MINUTE
    clock.pass_time(minutes=20)
    await watch.tick()
    assert (number, "breach", "solved", "100") in await told(db)


@one_database
async def test_the_new_promise_is_what_is_watched_after_a_postponement(db, desk, watch, clock):
    number = (await desk.open_ticket(new(kind=TicketKind.COMPLAINT))).number
    await desk.promise(number, AT + HOUR, who="a")
    await desk.act(number, deed("postpone", until=AT + 10 * HOUR, caller_told=True))
    clock.pass_time(hours=9)
    await watch.tick()
    assert {percent for _, _, name, percent in await told(db) if name == "promised"} == {"50", "80"}


@one_database
async def test_an_urgent_ticket_nobody_took_is_told_after_a_minute(db, desk, watch, clock):
    number = (await desk.open_ticket(new(urgency=Urgency.URGENT))).number
    clock.pass_time(seconds=59)
    assert await watch.tick() == 0
    clock.pass_time(seconds=1)
    assert await watch.tick() == 1
    assert await told(db) == [(number, "breach", "first_response", "100")]


# --- policies that change -----------------------------------------------------------------------


@one_database
async def test_a_changed_policy_counts_for_tickets_that_are_open(db, desk, watch, clock, source, tmp_path):
    number = (await desk.open_ticket(new(**REQUEST))).number
    await watch.tick()
    source.policy = policy_of("limits: {request: {ordinary: {first_response: 2h, solved: 3h}}}", tmp_path)
    clock.pass_time(minutes=1)
    await watch.tick()
    found = await limits_of(db, number)
    assert {name: limit.due_at for name, limit in found.items()} == {
        "first_response": AT + 2 * HOUR, "solved": AT + 3 * HOUR,
    }  # fmt: skip
    assert (await stored(db, number)).respond_by == AT + 2 * HOUR
    source.policy = policy_of("limits: {}", tmp_path)
    await watch.tick()
    assert await limits_of(db, number) == {}


@one_database
async def test_a_level_told_before_a_change_is_not_told_again_after_it(
    db, desk, watch, clock, source, tmp_path
):
    await desk.open_ticket(new(**REQUEST))
    clock.pass_time(minutes=30)
    assert await watch.tick() == 1
    source.policy = policy_of("limits: {request: {ordinary: {first_response: 2h}}}", tmp_path)
    clock.pass_time(minutes=30)
    assert await watch.tick() == 0
    clock.pass_time(hours=1)
    assert await watch.tick() == 2


@one_database
async def test_a_holiday_added_since_moves_the_limit_instead_of_telling_a_breach(db, desk, clock, source):
    hours = OfficeHours()
    number = (await desk.open_ticket(new(kind=TicketKind.ENQUIRY))).number
    watch = SlaWatch(db, clock=clock, policy=source, working_time={"default": hours})
    clock.at = AT + 2 * DAY
    await watch.tick()
    hours.holidays.add("2026-11-26")
    clock.at = AT + 3 * DAY
    await watch.tick()
    assert (number, "breach", "solved", "100") not in await told(db)
    assert (await limits_of(db, number))["solved"].due_at == AT + 4 * DAY


@one_database
async def test_tickets_filed_without_a_policy_at_hand_are_worked_out_at_the_next_tick(
    db, clock, source, watch
):
    plain = Tickets(db, clock=clock, zones={}, normalise=str)
    number = (await plain.open_ticket(new(kind=TicketKind.ENQUIRY))).number
    assert (await stored(db, number)).limits_of == ""
    await watch.tick()
    assert (await stored(db, number)).limits_of.startswith(source.policy.fingerprint)


@one_database
async def test_tickets_older_than_the_limits_are_taken_up(db, desk, watch, clock):
    number = (await desk.open_ticket(new(**REQUEST))).number

    def as_before(session):
        for limit in session.scalars(select(TicketLimitRow)).all():
            session.delete(limit)
        session.get_one(TicketRow, number).limits_of = ""

    await db.write(as_before)
    clock.pass_time(minutes=30)
    assert await watch.tick() == 1


def test_the_file_is_taken_up_when_it_changes_and_stays_out_when_it_is_bad(tmp_path):
    path = tmp_path / "sla.yaml"
    path.write_text("limits: {request: {ordinary: {first_response: 1h}}}")
    source = PolicyFile(tmp_path, windows=lambda: frozenset({"office"}))
    first = source.current()
    path.write_text("limits: {request: {ordinary: {first_response: 90m}}}\n")
    second = source.current()
    assert second.fingerprint != first.fingerprint
    for bad in ("limits: {request: {ordinary: {first_response: soon}}}",
                "limits: {request: {ordinary: {solved: {time: 2h, window: gone}}}}"):  # fmt: skip
        path.write_text(bad)
        assert source.current() is second
        assert source.problems[0].line == 1
    path.write_text("limits: {request: {ordinary: {first_response: 90m}}}  # good again")
    assert source.current().fingerprint == second.fingerprint
    assert source.problems == ()


def test_a_folder_without_the_file_has_the_shipped_policy(tmp_path):
    assert PolicyFile(tmp_path).current().fingerprint == shipped().fingerprint


def test_a_bad_file_at_the_start_is_refused_unless_a_predecessor_left_a_good_one(tmp_path):
    config, left = tmp_path / "config", tmp_path / "left"
    config.mkdir()
    (config / "sla.yaml").write_text("limits: {request: {ordinary: {first_response: 1h}}}")
    good = PolicyFile(config, last_good=left).current()
    (config / "sla.yaml").write_text("limits: 3")
    with pytest.raises(InvalidInput):
        PolicyFile(config)
    replaced = PolicyFile(config, last_good=left)
    assert replaced.current().fingerprint == good.fingerprint
    assert replaced.problems


def test_the_watch_ticks_every_second_and_outlives_a_database_that_is_away():
    class Flaky(SlaWatch):
        ticks: list[float]

        async def tick(self):
            self.ticks.append(self._clock.monotonic())
            if len(self.ticks) == 2:
                raise EnvironmentFault("locked", code="database-locked")
            return 0

    async def main():
        watch = Flaky(None, clock=VirtualClock(), policy=InService(shipped()), working_time={})
        watch.ticks = []
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(3.5)
        running.cancel()
        return watch.ticks

    assert run_virtual(main()) == [0, 1, 2, 3]
