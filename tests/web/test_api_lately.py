"""People of the directory, lists of campaigns, placed calls and the machine over HTTP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.accounts.models import ApiAuditRow
from hotline.campaigns.models import PersonRow
from hotline.outbound import repository as calls
from hotline.outbound.models import OutboundCallRow
from hotline.outbound.repository import NewCall
from hotline.residents.models import ResidentRow

ROOT = "/api/v1"


def placed(web, kind: str, subject: str, *, minutes: int = 0, **more) -> str:
    new = NewCall(
        estate="default", kind=kind, subject=subject, policy="p", flow="f", to="13800001111",
        due_at=web.clock.now() + timedelta(minutes=minutes), **more,
    )  # fmt: skip
    with web.db.transaction() as session:
        calls.schedule(session, new, now=web.clock.now())
    return next(row.id for row in web.rows(OutboundCallRow) if row.subject == subject)


async def test_a_person_is_corrected_by_who_read_them_last_and_masked_for_others(web):
    token, masked = web.token("residents:write", "personal:read"), web.token("residents:read", name="m")
    new = {"room": "808", "name": "王伟", "kind": "owner", "numbers": ["13800001111"]}
    made = await web.ask("POST", f"{ROOT}/residents", token, json=new)
    twice = await web.ask("POST", f"{ROOT}/residents", token, json=new)
    assert (made.status_code, twice.status_code, twice.json()["code"]) == (201, 409, "person-twice")
    path, tag = f"{ROOT}/residents/{made.json()['number']}", {"If-Match": made.headers["ETag"]}
    bad = await web.ask("PATCH", path, token, json={"numbers": ["电话"]}, headers=tag)
    assert (bad.status_code, bad.json()["code"]) == (422, "person-number")
    first = await web.ask("PATCH", path, token, json={"note": "常出差"}, headers=tag)
    second = await web.ask("PATCH", path, token, json={"name": "王维"}, headers=tag)
    assert (first.json()["numbers"], first.json()["note"], second.status_code) == (
        ["+8613800001111"], "常出差", 412,
    )  # fmt: skip
    seen = (await web.ask("GET", path, masked)).json()
    assert (seen["name"], seen["numbers"]) == ("王*", ["138****1111"])
    assert (await web.ask("DELETE", path, masked)).status_code == 403
    assert (await web.ask("DELETE", path, token)).status_code == 200
    assert web.rows(ResidentRow) == []


async def test_a_notice_is_made_filled_from_the_directory_and_its_outlook_told(web, tmp_path: Path):
    token = web.token("campaigns:write", "residents:write")
    for name, number in (("王伟", "13800001111"), ("李娜", "13800002222")):
        person = {"room": "3-2-602", "name": name, "numbers": [number]}
        await web.ask("POST", f"{ROOT}/residents", token, json=person)
    body = {"name": "停水", "about": "water", "ends_at": "2026-12-05T18:00:00"}
    key = {"Idempotency-Key": "n"}
    made = await web.ask("POST", f"{ROOT}/campaign-notices", token, json=body, headers=key)
    again = await web.ask("POST", f"{ROOT}/campaign-notices", token, json=body, headers=key)
    assert (made.status_code, made.json()["kind"], again.json()) == (
        201, "announcement", made.json(),
    ), made.text  # fmt: skip
    wrong = await web.ask("POST", f"{ROOT}/campaign-notices", token, json=body | {"name": "x", "about": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "campaign-topic")
    path = f"{ROOT}/campaigns/{made.json()['number']}"
    await web.ask("POST", f"{ROOT}/campaign-stops", token, json={"number": "13800002222"})
    nobody = await web.ask("POST", f"{path}/neighbours", token, json={})
    added = await web.ask("POST", f"{path}/neighbours", token, json={"building": "3"})
    assert (nobody.json()["code"], added.json()["new"]) == ("campaign-whom", 1), added.text
    assert added.json()["left_out"] == 1
    told = await web.ask("GET", f"{path}/outlook", token)
    assert [one["field"] for one in told.json()["errors"]] == ["sip.accounts"]  # nothing could dial
    text = "姓名,电话\n赵六,13800003333\n"
    sent = await web.ask("POST", f"{path}/imports", token, content=text.encode())
    back = await web.ask("POST", f"{ROOT}/campaign-stops/removals", token, json={"number": "13800002222"})
    assert (sent.json()["new"], back.json()["new"], len(web.rows(PersonRow))) == (1, 1, 2), sent.text


async def test_placed_calls_are_listed_in_order_paused_and_cancelled_but_no_wakeup(web):
    token, looks = web.token("calls:write", "personal:read"), web.token("calls:read", name="looks")
    one, wake = placed(web, "dispatch", "202611230001"), placed(web, "wakeup", "1001", minutes=5)
    placed(web, "follow_up", "202611230002", minutes=9)
    first = (await web.ask("GET", f"{ROOT}/placed-calls?limit=2", looks)).json()
    rest = (await web.ask("GET", f"{ROOT}/placed-calls?limit=2&cursor={first['next']}", looks)).json()
    listed = first["items"] + rest["items"]
    assert [row["kind"] for row in listed] == ["dispatch", "wakeup", "follow_up"]
    assert (listed[0]["to"], rest["next"]) == ("138****1111", None)
    path = f"{ROOT}/placed-calls/{one}"
    tag = {"If-Match": (await web.ask("GET", path, token)).headers["ETag"]}
    paused = await web.ask("POST", f"{path}/pause", token, headers=tag)
    late = await web.ask("POST", f"{path}/cancel", token, json={"why": "settled"}, headers=tag)
    ended = await web.ask("POST", f"{path}/cancel", token, json={"why": "settled"})
    assert (paused.json()["state"], late.status_code, ended.json()["result"]) == ("paused", 412, "settled")
    lost = await web.ask("POST", f"{ROOT}/placed-calls/{wake}/cancel", token, json={})
    assert (lost.status_code, lost.json()["code"]) == (409, "wakeup-would-be-lost")
    assert (await web.ask("POST", f"{path}/resume", looks)).status_code == 403
    over = (await web.ask("GET", f"{ROOT}/placed-calls?over=true", looks)).json()["items"]
    assert [row["state"] for row in over] == ["waiting", "waiting", "cancelled"]


async def test_the_machine_is_shown_backed_up_and_its_files_changed_by_one_at_a_time(
    web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def checked(keeper, changed):
        return []

    monkeypatch.setattr("hotline.app.housekeeping.HouseKeeper._checked", checked)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "roster.yaml").write_text("people: {}\n", encoding="utf-8")
    token, looks = web.token("system:write"), web.token("system:read", name="looks")
    path, key = f"{ROOT}/config/roster.yaml", {"Idempotency-Key": "b"}
    read = await web.ask("GET", path, token)
    tag = {"If-Match": read.headers["ETag"]}
    blind = await web.ask("PUT", path, token, json={"text": "people: {王: '1'}\n"})
    first = await web.ask("PUT", path, token, json={"text": "people: {王: '1'}\n"}, headers=tag)
    second = await web.ask("PUT", path, token, json={"text": "people: {李: '1'}\n"}, headers=tag)
    assert [one.status_code for one in (blind, first, second)] == [428, 200, 412]
    assert (await web.ask("GET", f"{ROOT}/config/other.yaml", token)).json()["code"] == "config-unknown"
    assert (await web.ask("GET", path, looks)).status_code == 403
    assert [one["number"] for one in (await web.ask("GET", f"{ROOT}/config", looks)).json()["items"]] == [
        "roster.yaml"
    ]
    made = await web.ask("POST", f"{ROOT}/system/backups", token, json={"recordings": False}, headers=key)
    again = await web.ask("POST", f"{ROOT}/system/backups", token, json={"recordings": False}, headers=key)
    assert (made.status_code, again.json()) == (201, made.json()), made.text
    assert (Path(made.json()["path"]) / "hotline.db").is_file()
    found = (await web.ask("GET", f"{ROOT}/system", looks)).json()
    assert (found["backup"]["number"], found["answers"]) == (made.json()["number"], False)
    one = web.token("system:write", name="west", estate="west")
    assert (await web.ask("GET", f"{ROOT}/system", one)).json()["code"] == "scope-missing"
    events = {row.event for row in web.rows(ApiAuditRow)}
    assert {"config.save", "system.backup"} <= events
