from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from hotline.call.errors import EnvironmentFault
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.db.outbox import OutboxEvent
from hotline.duty import repository
from hotline.duty.changes import DutyChanges, DutyRefused, NewChange
from hotline.duty.fresh import keep_fresh
from hotline.duty.models import DutyChangeRow
from hotline.duty.service import DutyBook

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROSTER = """\
people: {王: "103"}
rosters:
  emergency:
    - {name: 李, number: "102"}
  technicians:
    must_cover: true
    week:
      - {during: technicians, days: mon-fri, who: [{name: 张, number: "101"}, {name: 李, number: "102"}]}
      - {during: technicians, days: [sat, sun], who: 李}
      - {during: technician_on_call, who: 张}
    after: [{name: 经理, number: "105"}]
  desk:
    week:
      - {during: day_shift, who: 李}
"""
TUESDAY = date(2026, 11, 24)


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def book(tmp_path):
    (tmp_path / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    return DutyBook(tmp_path, SHANGHAI)


@pytest.fixture
def desk(db, clock):
    return DutyChanges(db, clock=clock)


def names(book, at, roster="technicians"):
    return [contact.name for contact in book.on_duty(roster, local(at))]


def change(**given):
    return NewChange(**{"roster": "technicians", "first": TUESDAY, "remove": "张", "put": "王"} | given)


async def test_a_change_counts_at_once_and_is_told_without_names(book, desk, db, clock):
    (ref,) = await desk.add(book, change(why="病假"), who="主管")
    assert names(book, "2026-11-24 09:00") == ["王", "李", "经理"]
    assert names(book, "2026-11-25 07:00") == ["王", "经理"]
    assert names(book, "2026-11-25 09:00") == ["张", "李", "经理"]
    row = await db.read(lambda session: session.get(DutyChangeRow, ref))
    assert (row.who, row.at, row.why, row.put_number) == ("主管", clock.now(), "病假", "103")
    events = await db.read(lambda session: session.scalars(select(OutboxEvent)).all())
    assert [(one.kind, one.subject, one.detail) for one in events] == [
        ("duty.changed", str(ref), {"roster": "technicians"})
    ]


async def test_a_cancelled_change_counts_no_more_and_stays_on_record(book, desk, db):
    (ref,) = await desk.add(book, change(), who="主管")
    assert await desk.cancel(book, ref, who="经理") == (ref,)
    assert names(book, "2026-11-24 09:00") == ["张", "李", "经理"]
    (row,) = await db.read(lambda session: repository.rows(session, "default"))
    assert row.cancelled_by == "经理"
    with pytest.raises(DutyRefused, match="cancelled already"):
        await desk.cancel(book, ref, who="经理")


async def test_a_swap_is_two_changes_made_and_cancelled_together(book, desk):
    swap = change(roster="desk", remove="李", put="王", swap_with=date(2026, 11, 26))
    with pytest.raises(DutyRefused, match='"王" has no turn on "desk"'):
        await desk.add(book, swap, who="主管")
    await desk.add(book, change(roster="desk", remove="李", put="王", first=date(2026, 11, 26)), who="主管")
    first, second = await desk.add(book, swap, who="主管")
    assert names(book, "2026-11-24 09:00", "desk") == ["王"]
    assert names(book, "2026-11-26 09:00", "desk") == ["李"]
    assert await desk.cancel(book, second, who="主管") == (first, second)
    assert names(book, "2026-11-26 09:00", "desk") == ["王"]


async def test_somebody_between_two_times_and_somebody_new(book, desk):
    wanted = change(
        first=None,
        begin=local("2026-11-24 10:00"),
        end=local("2026-11-24 12:00"),
        put="赵",
        number="13800001114",
    )
    await desk.add(book, wanted, who="主管")
    assert [names(book, f"2026-11-24 {hour}:30")[0] for hour in ("09", "10", "12")] == ["张", "赵", "张"]
    await desk.add(book, change(roster="desk", remove="", put="赵", first=date(2026, 11, 25)), who="主管")
    (contact, added) = book.on_duty("desk", local("2026-11-25 09:00"))
    assert (contact.name, added.name, added.number) == ("李", "赵", "13800001114")
    assert "13800001114" in book.numbers("desk")


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (change(roster="technician"), "there are: desk, emergency, technicians"),
        (change(remove="章"), "there are: 张, 李, 经理"),
        (change(put="孙"), "there are: 张, 李, 王, 经理"),
        (change(put="孙", number="one"), "neither a telephone number"),
        (change(put="", number="101"), "needs a name"),
        (change(remove="", put=""), "who is not there"),
        (change(put="张"), "stand in for themselves"),
        (change(put="李"), '"李" is on duty at that time already'),
        (change(first=None), "Say when"),
        (change(begin=local("2026-11-24 10:00"), end=local("2026-11-24 12:00")), "Say when"),
        (change(first=None, begin=local("2026-11-24 10:00")), "Say when"),
        (change(first=None, begin=local("2026-11-24 10:00"), end=local("2026-11-24 10:00")), "ends before"),
        (change(last=date(2026, 11, 23)), "before it begins"),
        (change(last=date(2027, 11, 29)), "a year"),
        (change(first=date(2026, 11, 20)), "is over"),
        (change(swap_with=date(2026, 11, 25), put=""), "A swap needs"),
        (change(remove="张", put="", first=TUESDAY), 'leaves nobody on "technicians" from 2026-11-24 22:00'),
    ],
)  # fmt: skip
async def test_what_does_not_hold_is_refused_with_what_would_and_changes_nothing(
    book, desk, db, wanted, sentence
):
    with pytest.raises(DutyRefused, match=sentence) as caught:
        await desk.add(book, wanted, who="主管")
    assert caught.value.code.startswith("duty-")
    assert await db.read(lambda session: repository.rows(session, None)) == []


async def test_the_emergency_roster_may_be_named_as_one_that_must_be_covered(book, desk):
    away = change(roster="emergency", remove="李", put="")
    with pytest.raises(DutyRefused, match="must be covered"):
        await desk.add(book, away, who="主管", must_cover={"emergency"})
    await desk.add(book, away, who="主管")
    assert names(book, "2026-11-24 09:00", "emergency") == []


async def test_nobody_makes_a_change_without_a_name_and_unknown_ones_cannot_be_cancelled(book, desk):
    with pytest.raises(DutyRefused, match="who makes"):
        await desk.add(book, change(), who=" ")
    with pytest.raises(DutyRefused, match="no change 77"):
        await desk.cancel(book, 77, who="主管")


async def test_what_is_over_cannot_be_cancelled_but_a_night_that_lasts_can(book, desk, clock):
    (ref,) = await desk.add(book, change(), who="主管")
    clock.at = local("2026-11-25 03:00")
    assert names(book, "2026-11-25 03:00") == ["王", "经理"]
    clock.at = local("2026-11-26 00:00")
    with pytest.raises(DutyRefused, match="is over"):
        await desk.cancel(book, ref, who="主管")


async def test_the_change_of_one_estate_is_not_anothers(book, desk, db, tmp_path):
    other = DutyBook(tmp_path, SHANGHAI, estate="west")
    (ref,) = await desk.add(other, change(), who="主管")
    await book.refresh(db)
    assert names(book, "2026-11-24 09:00")[0] == "张"
    with pytest.raises(DutyRefused, match="no change"):
        await desk.cancel(book, ref, who="主管")


async def test_changes_long_over_are_not_read_any_more(book, desk, db, clock):
    await desk.add(book, change(), who="主管")
    clock.at = local("2026-11-24 00:00") + timedelta(days=repository.PAST.days + 3)
    await book.refresh(db)
    assert book.rota.changes == ()


async def test_every_process_takes_up_what_another_changed(book, desk, db, clock, tmp_path):
    elsewhere = DutyBook(tmp_path, SHANGHAI)
    await desk.add(elsewhere, change(), who="主管")
    assert names(book, "2026-11-24 09:00")[0] == "张"
    keeping = asyncio.create_task(keep_fresh({"default": book}, db, clock, every=0.01))
    async with asyncio.timeout(5):
        while names(book, "2026-11-24 09:00")[0] != "王":
            await asyncio.sleep(0.01)
    await desk.cancel(elsewhere, 1, who="主管")
    async with asyncio.timeout(5):
        while names(book, "2026-11-24 09:00")[0] != "张":
            await asyncio.sleep(0.01)
    keeping.cancel()


class Fails:
    """A database that does not answer twice, then has nothing."""

    def __init__(self):
        self.asked = 0

    async def read(self, fn):
        self.asked += 1
        if self.asked in (2, 3):
            raise EnvironmentFault("away", code="database-unreachable")
        return {} if self.asked > 3 else {"default": [_kept()]}


def _kept():
    row = DutyChangeRow(
        id=1, roster="technicians", first_day=TUESDAY, last_day=TUESDAY, begins_at=None, ends_at=None,
        remove="张", put_name="王", put_number="103", why="",
    )  # fmt: skip
    return repository.change_of(row)


def test_a_database_that_does_not_answer_leaves_what_was_known_and_is_told_of_once(book):
    async def watch():
        clock, seen = VirtualClock(), []
        keeping = asyncio.create_task(keep_fresh({"default": book}, Fails(), clock, every=5))
        for _ in range(4):
            await clock.sleep(4.9)
            seen.append(names(book, "2026-11-24 09:00")[0])
            await clock.sleep(0.1)
        keeping.cancel()
        return seen

    with capture_logs() as logs:
        assert run_virtual(watch()) == ["王", "王", "王", "张"]
    assert [(entry["log_level"], entry["code"]) for entry in logs] == [("warning", "database-unreachable")]
