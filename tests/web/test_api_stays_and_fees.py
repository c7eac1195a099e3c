"""Guests and bills over HTTP: what the property's own systems tell the hotline."""

from __future__ import annotations

import pytest

from hotline.app.bills import BilledRooms
from hotline.fees.service import FeesBook
from hotline.outbound import repository as calls
from hotline.outbound.models import OutboundCallRow
from hotline.outbound.repository import NewCall
from hotline.residents.staymodels import StayRow
from hotline.wakeup.models import WakeupRow

BILLS = "房号,月份,物业费,到期日\n808,2026-09,100.00,2026-09-30\n808,2026-10,120.50,2026-10-31\n"


async def posted(web, path, token, **body):
    return await web.ask("POST", f"/api/v1{path}", token, json=body)


async def test_a_guest_checks_in_moves_and_leaves_and_the_wakeups_go_along(web):
    token = web.token("stays:write", "wakeups:write")
    came = await posted(web, "/stays", token, room="808", name="陈晨", departure="2026-11-30")
    assert (came.status_code, came.json()["arrival"]) == (201, "2026-11-23")
    await posted(web, "/wakeups", token, room="808", at="06:30", repeat="daily")
    moved = await posted(web, "/stays/move", token, room="808", to_room="802")
    assert (moved.json()["room"], moved.json()["wakeups"]) == ("802", 1)
    assert [row.room for row in web.rows(WakeupRow)] == ["802"]
    left = await posted(web, "/stays/checkout", token, room="802")
    assert left.json()["wakeups"] == 1
    assert [row.state.value for row in web.rows(WakeupRow)] == ["cancelled"]
    assert "陈" not in came.text + moved.text + left.text


async def test_a_check_in_asked_twice_under_one_key_is_one_stay(web):
    token, key = web.token("stays:write"), {"Idempotency-Key": "in-1"}
    body = {"room": "808", "name": "陈晨"}
    first = await web.ask("POST", "/api/v1/stays", token, json=body, headers=key)
    again = await web.ask("POST", "/api/v1/stays", token, json=body, headers=key)
    assert first.json() == again.json()
    assert len(web.rows(StayRow)) == 1
    other = await posted(web, "/stays", token, room="808", name="林")
    assert (other.status_code, other.json()["code"]) == (409, "stay-refused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"room": "808"}, "name"),
        ({"room": "808", "name": " "}, "name"),
        ({"room": "9", "name": "甲"}, "room"),
    ],
)
async def test_a_check_in_that_cannot_be_names_its_field(web, body, field):
    answer = await posted(web, "/stays", web.token("stays:write"), **body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_payment_ends_reminders_at_once_and_is_noted_once(web, tmp_path):
    path = tmp_path / "bills.csv"
    path.write_text(BILLS, encoding="utf-8")
    numbers = _bills(web, path)
    with web.db.transaction() as session:
        reminder = NewCall(
            estate="default", kind="reminder", subject="default/--808", policy="p", flow="f",
            to="8808", due_at=web.clock.now(),
        )  # fmt: skip
        calls.schedule(session, reminder, now=web.clock.now())
    token = web.token("fees:write")
    owed = (await web.ask("GET", "/api/v1/fees/unpaid?room=808", token)).json()
    assert (owed["total"], [bill["month"] for bill in owed["bills"]]) == ("220.50", ["2026-09", "2026-10"])
    first = await posted(web, f"/fees/bills/{numbers[0]}/paid", token, paid_on="2026-11-20", how="bank")
    assert first.json() == {
        "number": numbers[0], "state": "paid", "changed": True, "left": 1, "reminders_cancelled": 0,
    }  # fmt: skip
    last = await web.ask("POST", f"/api/v1/fees/bills/{numbers[1]}/paid", token)
    assert last.json()["reminders_cancelled"] == 1
    assert [row.state.value for row in web.rows(OutboundCallRow)] == ["cancelled"]
    again = await web.ask("POST", f"/api/v1/fees/bills/{numbers[1]}/paid", token)
    assert again.json()["changed"] is False
    none = await web.ask("POST", "/api/v1/fees/bills/99/paid", token)
    assert (none.status_code, none.json()["code"]) == (404, "bill-unknown")
    ahead = await posted(web, f"/fees/bills/{numbers[1]}/paid", token, paid_on="2199-01-01")
    assert ahead.json()["changed"] is False


def _bills(web, path) -> list[str]:
    from zoneinfo import ZoneInfo

    from sqlalchemy import select

    from hotline.fees.models import BillRow
    from hotline.fees.rules import open_rules

    zones = {"default": ZoneInfo("Asia/Shanghai")}
    book = FeesBook(web.db, clock=web.clock, rules=open_rules(path.parent), zones=zones)
    book.import_list(
        path, estates={"default": "东湖酒店"}, default="default", directory=BilledRooms(web.db), who="root"
    )
    with web.db.reading() as session:
        return list(session.scalars(select(BillRow.number).order_by(BillRow.month)))
