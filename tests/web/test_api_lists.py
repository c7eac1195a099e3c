"""Lists sent over HTTP, and PINs of rooms made from them."""

from __future__ import annotations

from hotline.accounts.models import ApiAnswerRow, ApiAuditRow, RoomPinRow
from hotline.fees.models import BillRow
from hotline.residents.models import ResidentRow

ROOT = "/api/v1"
PEOPLE = "楼栋,单元,房号,姓名,类型,电话\n3,2,602,王伟,业主,13800001111\n3,2,603,李娜,租户,13800002222\n"
BILLS = "房号,月份,物业费,到期日\n808,2026-09,100.00,2026-09-30\n808,2026-10,120.50,2026-10-31\n"


async def sent(web, path, token, text, key="", **query):
    headers = {"Content-Type": "text/csv"} | ({"Idempotency-Key": key} if key else {})
    return await web.ask(
        "POST", f"{ROOT}{path}", token, content=text.encode("gb18030"), headers=headers, params=query
    )


async def test_a_list_is_stored_whole_or_not_at_all_and_once(web):
    token = web.token("residents:write", "fees:write", "personal:read")
    wrong = PEOPLE + "3,2,,赵六,业主,13800003333\n3,2,604,周八,业主,电话\n"
    refused = await sent(web, "/residents/imports", token, wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-input")
    assert {(one["line"], one["field"]) for one in refused.json()["errors"]} >= {(4, "room")}
    assert {one["line"] for one in refused.json()["errors"]} == {4, 5}
    looked = await sent(web, "/residents/imports", token, PEOPLE, dry_run="true")
    assert (looked.json()["new"], looked.json()["dry_run"], web.rows(ResidentRow)) == (3, True, [])

    first = await sent(web, "/residents/imports", token, PEOPLE, "list-1")
    fewer = await sent(
        web, "/residents/imports", token, PEOPLE.splitlines()[0] + "\n" + PEOPLE.splitlines()[2]
    )
    again = await sent(web, "/residents/imports", token, PEOPLE, "list-1")
    other = await sent(web, "/residents/imports", token, PEOPLE + "3,2,605,钱七,业主,\n", "list-1")
    assert (first.json()["new"], fewer.json()["unchanged"]) == (3, 1)
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", first.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert {row.name for row in web.rows(ResidentRow)} == {"王伟", "李娜"}

    bad = await sent(web, "/fees/bills/imports", token, BILLS + "999,2026-10,1.00,2026-10-31\n")
    assert (bad.status_code, [one["line"] for one in bad.json()["errors"]], web.rows(BillRow)) == (
        422,
        [4],
        [],
    )
    made = await sent(web, "/fees/bills/imports", token, BILLS)
    assert (made.json()["new"], len(web.rows(BillRow))) == (2, 2)
    events = [row.event for row in web.rows(ApiAuditRow) if row.event.endswith(".import")]
    assert events == ["residents.import", "residents.import", "bills.import"]


async def test_lists_need_the_right_of_their_slice_and_have_a_size(web):
    fees = web.token("fees:write")
    for path in ("/residents/imports", "/rooms/imports", "/stays/imports", "/wakeups/imports"):
        assert (await sent(web, path, fees, PEOPLE)).status_code == 403
    west = web.token("fees:write", name="west", estate="west")
    elsewhere = await sent(
        web, "/fees/bills/imports", west, "小区,房号,月份,物业费\n东湖酒店,808,2026-09,1.00\n"
    )
    assert (elsewhere.status_code, web.rows(BillRow)) == (422, [])
    huge = await sent(web, "/fees/bills/imports", fees, "房号\n" + "8" * 10_000_001)
    assert (huge.status_code, huge.json()["code"]) == (413, "list-too-large")
    guests = web.token("stays:write", "wakeups:write", name="desk")
    came = await sent(web, "/stays/imports", guests, "房号,姓名,入住\n808,陈晨,2026-11-23\n")
    woken = await sent(web, "/wakeups/imports", guests, "房号,时间\n808,06:30\n")
    assert (came.json()["new"], woken.json()["new"]) == (1, 1)


async def test_pins_of_rooms_are_shown_once_and_taken_away(web):
    token = web.token("fees:write")
    path, key = f"{ROOT}/fees/pins", {"Idempotency-Key": "letters"}
    body = {"rooms": ["808", "801", "0808"]}
    made = await web.ask("POST", path, token, json=body, headers=key)
    again = await web.ask("POST", path, token, json=body, headers=key)
    assert (made.status_code, [one["room"] for one in made.json()["pins"]]) == (201, ["808", "801"])
    assert (again.json()["pins"], again.json()["number"]) == ([], "2")
    pin = made.json()["pins"][0]["pin"]
    assert not any(pin in str(row.body) for row in web.rows(ApiAnswerRow))
    kept = await web.ask("POST", path, token, json={"rooms": ["808", "802"]})
    assert (kept.json()["left"], [one["room"] for one in kept.json()["pins"]]) == (["808"], ["802"])
    shown = await web.ask("GET", f"{path}/808", token)
    assert [one["event"] for one in shown.json()["history"]] == ["pin"]
    tag = {"If-Match": shown.headers["ETag"]}
    await web.ask("POST", f"{path}/808/unlock", token, headers=tag)
    late = await web.ask("DELETE", f"{path}/808", token, headers=tag)
    gone = await web.ask("DELETE", f"{path}/808", token)
    assert (late.status_code, gone.status_code) == (412, 200)
    assert (await web.ask("GET", f"{path}/808", token)).json()["code"] == "pin-unknown"
    assert len(web.rows(RoomPinRow)) == 2
    assert (await web.ask("GET", path, web.token("stays:write", name="desk"))).status_code == 403
