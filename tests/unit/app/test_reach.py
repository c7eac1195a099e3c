"""Where people named on tickets are reached."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from hotline.accounts.models import StaffRow
from hotline.app.reach import Reach
from hotline.duty.models import DutyChangeRow
from hotline.duty.service import DutyBook

MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def reach(tmp_path):
    def roster(text):
        (tmp_path / "roster.yaml").write_text(text, encoding="utf-8")

    roster("people: {王师傅: '8001'}\nrosters:\n  emergency: [{name: 李 师傅, number: '8002'}]\n")
    book = DutyBook(tmp_path, ZoneInfo("Asia/Shanghai"))
    return Reach({"default": book}), roster


def member(number, name, telephone, *, active=True):
    return StaffRow(
        estate="default", number=number, name=name, telephone=telephone, telephone_raw=telephone, roles=[],
        pin_hash="", failed=0, locks=0, active=active,
    )  # fmt: skip


async def number_of(db, reach, name, estate="default"):
    return await db.read(lambda session: reach.telephone(session, estate, name))


async def test_the_roster_knows_people_by_name_however_it_is_spaced(db, reach):
    reach, _ = reach
    assert await number_of(db, reach, "王师傅") == "8001"
    assert await number_of(db, reach, "李师傅") == "8002"


async def test_whom_the_roster_does_not_know_is_reached_by_the_account_of_one_who_is_still_there(db, reach):
    reach, _ = reach
    rows = [
        member("101", "赵师傅", "+8613800001113"),
        member("102", "钱师傅", "+8613800001114", active=False),
        member("103", "王师傅", "+8613800001115"),
        member("104", "同名", "+8613800001116"),
        member("105", "同名", "+8613800001117"),
    ]
    await db.write(lambda session: session.add_all(rows))
    assert await number_of(db, reach, "赵师傅") == "+8613800001113"
    assert await number_of(db, reach, "王师傅") == "8001", "the roster's number counts"
    for name in ("钱师傅", "同名", "孙师傅"):
        assert await number_of(db, reach, name) == ""
    assert await number_of(db, reach, "赵师傅", estate="elsewhere") == ""


async def test_somebody_added_to_the_roster_is_known_at_once(db, reach):
    reach, roster = reach
    assert await number_of(db, reach, "孙师傅") == ""
    roster("people: {孙师傅: '8009'}\nrosters:\n  emergency: []\n")
    assert await number_of(db, reach, "孙师傅") == "8009"


async def test_who_works_here_is_in_the_roster_has_an_account_or_stood_in(db, reach):
    reach, roster = reach
    rows = [member("101", "赵师傅", ""), member("102", "钱师傅", "", active=False)]
    stand_in = DutyChangeRow(
        estate="default", roster="emergency", first_day=MONDAY.date(), last_day=MONDAY.date(), begins_at=None,
        ends_at=None, remove="", put_name="周师傅", put_number="8005", why="", who="a", at=MONDAY,
        cancelled_at=None, cancelled_by="",
    )  # fmt: skip
    await db.write(lambda session: session.add_all([*rows, stand_in]))
    found = await db.read(lambda session: reach.names(session, "default"))
    assert found == {"王师傅", "李 师傅", "赵师傅", "周师傅"}
    roster("people: {孙师傅: '8009'}\nrosters: {emergency: []}\n")
    assert "孙师傅" in await db.read(lambda session: reach.names(session, "default"))
    assert not await db.read(lambda session: reach.names(session, "elsewhere"))


def test_a_roster_that_is_not_there_has_nobody_on_it(reach):
    reach, _ = reach
    assert [person.number for person in reach.on_duty("default", "emergency", MONDAY)] == ["8002"]
    assert not reach.on_duty("default", "porters", MONDAY)
    assert not reach.on_duty("elsewhere", "emergency", MONDAY)
