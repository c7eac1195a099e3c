"""Every slice over HTTP once: made, changed by its rules, guarded by rights, on the audit."""

from __future__ import annotations

from hotline.accounts.models import ApiAnswerRow, ApiTokenRow
from hotline.accounts.usermodels import UserRow

ROOT = "/api/v1"
ROSTER = """\
people: {王: "103"}
rosters:
  emergency:
    - {name: 李, number: "102"}
  technicians:
    week:
      - {during: technicians, days: mon-fri, who: [{name: 张, number: "101"}, {name: 李, number: "102"}]}
      - {during: technicians, days: [sat, sun], who: 李}
"""


async def test_a_shift_is_handed_over_by_two_people_with_what_is_open(web):
    token = web.token("shifts:write", "tickets:write")
    ticket = {"kind": "repair", "room": "808", "caller": "13800001111", "text": "漏水"}
    await web.ask("POST", f"{ROOT}/tickets", token, json=ticket)
    begun = await web.ask("POST", f"{ROOT}/shifts", token, json={"who": "小李"})
    other = await web.ask("POST", f"{ROOT}/shifts/close", token, json={"who": "小王"})
    closed = await web.ask("POST", f"{ROOT}/shifts/close", token, json={"who": "小李", "equipment": "好"})
    taken = await web.ask("POST", f"{ROOT}/shifts/accept", token, json={"who": "小王"})
    assert [one.status_code for one in (begun, other, closed, taken)] == [201, 409, 200, 200]
    page = (await web.ask("GET", f"{ROOT}/shifts/{begun.json()['number']}", token)).json()
    assert (page["state"], page["handovers"][0]["incoming"]) == ("ended", "小王")
    assert len(page["handovers"][0]["cases"]) == 1


async def test_a_message_is_taken_masked_and_settled_once(web):
    token = web.token("messages:write")
    new = {"room": "808", "text": "请回电 13800001111", "from_name": "张三"}
    taken = await web.ask("POST", f"{ROOT}/messages", token, json=new)
    number, tag = taken.json()["number"], taken.headers["ETag"]
    assert (taken.status_code, taken.json()["from_name"], taken.json()["text"]) == (201, "张*", "…")
    path = f"{ROOT}/messages/{number}/delivered"
    first = await web.ask("POST", path, token, json={"note": "纸条"}, headers={"If-Match": tag})
    second = await web.ask("POST", path, token, headers={"If-Match": tag})
    assert (first.status_code, first.json()["state"], second.status_code) == (200, "delivered", 412)


async def test_duty_tells_who_is_on_and_takes_changes_back(web, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "roster.yaml").write_text(ROSTER, encoding="utf-8")
    token = web.token("duty:write", "personal:read")
    now = (await web.ask("GET", f"{ROOT}/duty?roster=technicians", token)).json()
    assert [one["name"] for one in now["rosters"]["technicians"]] == ["张", "李"]
    body = {"roster": "technicians", "first": "2026-11-24", "remove": "张", "put": "王"}
    made = await web.ask("POST", f"{ROOT}/duty/changes", token, json=body)
    at = "?roster=technicians&at=2026-11-24T10:00:00"
    then = (await web.ask("GET", f"{ROOT}/duty{at}", token)).json()["rosters"]["technicians"]
    assert (made.status_code, [one["name"] for one in then]) == (201, ["王", "李"])
    await web.ask("DELETE", f"{ROOT}/duty/changes/{made.json()['number']}", token)
    week = (await web.ask("GET", f"{ROOT}/duty/week?roster=technicians&days=2", token)).json()
    people = {one["name"] for part in week["rosters"]["technicians"] for one in part["people"]}
    assert people == {"张", "李"}
    assert (await web.ask("GET", f"{ROOT}/duty?roster=nobody", token)).json()["code"] == "roster-unknown"


async def test_secrets_stand_in_the_first_answer_only(web):
    token = web.token("staff:write", "accounts:write", "tickets:read")
    key = {"Idempotency-Key": "once"}
    asked = (
        ("staff", {"number": "801", "name": "李工"}, "pin"),
        ("users", {"username": "wang", "name": "小王", "roles": ["operator"]}, "password"),
        ("tokens", {"name": "erp", "scopes": ["tickets:read"]}, "token"),
    )
    for path, body, secret in asked:
        first = await web.ask("POST", f"{ROOT}/{path}", token, json=body, headers={"Idempotency-Key": path})
        again = await web.ask("POST", f"{ROOT}/{path}", token, json=body, headers={"Idempotency-Key": path})
        assert first.status_code == 201, first.text
        assert (len(first.json()[secret]) >= 6, again.json()[secret]) == (True, "")
        kept = [str(row.body) for row in web.rows(ApiAnswerRow)]
        assert not any(first.json()[secret] in text for text in kept)
    beyond = await web.ask(
        "POST", f"{ROOT}/tokens", token, json={"name": "x", "scopes": ["audit:read"]}, headers=key
    )
    assert (beyond.status_code, beyond.json()["code"]) == (403, "scope-missing")
    assert {row.name for row in web.rows(ApiTokenRow)} == {"pms", "erp"}


async def test_accounts_are_changed_by_one_at_a_time_and_the_audit_says_so(web):
    token = web.token("accounts:write", "audit:read")
    body = {"username": "wang", "name": "小王", "roles": ["operator"]}
    await web.ask("POST", f"{ROOT}/users", token, json=body)
    path = f"{ROOT}/users/wang"
    tag = {"If-Match": (await web.ask("GET", path, token)).headers["ETag"]}
    first = await web.ask("PATCH", path, token, json={"roles": ["supervisor"]}, headers=tag)
    second = await web.ask("PATCH", path, token, json={"name": "王"}, headers=tag)
    assert (first.json()["roles"], second.status_code) == (["supervisor"], 412)
    assert [row.name for row in web.rows(UserRow)] == ["小王"]
    lines = (await web.ask("GET", f"{ROOT}/audit?limit=2&by=api:pms", token)).json()
    more = (await web.ask("GET", f"{ROOT}/audit?limit=50&by=api:pms&cursor={lines['next']}", token)).json()
    words = [one["event"] for one in lines["items"] + more["items"]]
    assert words[:2] == ["user.change", "account.changed"]
    assert "user.add" in words


async def test_rooms_are_rung_at_another_telephone_unless_somebody_was_faster(web):
    token = web.token("residents:write")
    path = f"{ROOT}/rooms/808"
    tag = {"If-Match": (await web.ask("GET", path, token)).headers["ETag"]}
    first = await web.ask("PUT", f"{path}/telephone", token, json={"telephone": "8899"}, headers=tag)
    second = await web.ask("PUT", f"{path}/telephone", token, json={"telephone": "8898"}, headers=tag)
    assert (first.json()["telephone"], second.status_code) == ("8899", 412)
    rooms = (await web.ask("GET", f"{ROOT}/rooms?limit=3", token)).json()
    rest = (await web.ask("GET", f"{ROOT}/rooms?limit=3&cursor={rooms['next']}", token)).json()
    assert [one["room"] for one in rooms["items"] + rest["items"]] == ["801", "802", "808", "3-2-602"]
    assert (await web.ask("GET", f"{ROOT}/rooms/999", token)).status_code == 404


async def test_outside_calls_are_approved_and_approvals_taken_back(web):
    token = web.token("outside:write")
    body = {"room": "808", "number": "02112345678", "hours": 2, "calls": 1}
    made = await web.ask("POST", f"{ROOT}/outside/approvals", token, json=body)
    assert (made.status_code, made.json()["left"]) == (201, 1)
    listed = (await web.ask("GET", f"{ROOT}/outside/approvals", token)).json()["items"]
    await web.ask("DELETE", f"{ROOT}/outside/approvals/{made.json()['number']}", token)
    after = (await web.ask("GET", f"{ROOT}/outside/approvals", token)).json()["items"]
    assert (len(listed), after) == (1, [])


async def test_campaigns_are_made_listed_and_numbers_left_out(web):
    token = web.token("campaigns:write")
    wrong = await web.ask("POST", f"{ROOT}/campaigns", token, json={"name": "x", "flow": "nothing"})
    made = await web.ask("POST", f"{ROOT}/campaigns", token, json={"name": "满意度"})
    number = made.json()["number"]
    await web.ask("POST", f"{ROOT}/campaign-stops", token, json={"number": "13900002222"})
    people = {"people": [{"number": "13800001111", "name": "张三"}, {"number": "13900002222"}]}
    added = (await web.ask("POST", f"{ROOT}/campaigns/{number}/people", token, json=people)).json()
    assert (wrong.json()["code"], made.status_code) == ("flow-unknown", 201)
    assert (added["new"], added["left_out"]) == (1, 1)
    listed = (await web.ask("GET", f"{ROOT}/campaigns/{number}/people", token)).json()["items"]
    assert [(one["name"], one["telephone"]) for one in listed] == [("张*", "138****1111")]


async def test_a_wakeup_is_changed_by_who_read_it_last(web):
    token = web.token("wakeups:write")
    made = await web.ask("POST", f"{ROOT}/wakeups", token, json={"room": "808", "at": "06:30"})
    path = f"{ROOT}/wakeups/{made.json()['number']}"
    tag = {"If-Match": (await web.ask("GET", path, token)).headers["ETag"]}
    first = await web.ask("PUT", f"{path}/when", token, json={"at": "07:00"}, headers=tag)
    second = await web.ask("PUT", f"{path}/when", token, json={"at": "08:00"}, headers=tag)
    assert (first.json()["at"], second.status_code) == ("07:00", 412)


async def test_what_is_said_and_what_is_asked_for_can_be_read(web):
    token = web.token("menus:read", "directory:read")
    menus = (await web.ask("GET", f"{ROOT}/menus?limit=200", token)).json()["items"]
    text = await web.ask("GET", f"{ROOT}/menus/text?file=outbound/survey", token)
    prompts = (await web.ask("GET", f"{ROOT}/prompts/zh?limit=1", token)).json()["items"]
    sound = await web.ask("GET", f"{ROOT}/prompts/zh/{prompts[0]['number']}/sound", token)
    found = (await web.ask("GET", f"{ROOT}/directory?q=110", token)).json()["items"]
    clock = (await web.ask("GET", f"{ROOT}/clock/London", token)).json()
    assert "outbound/survey" in menus
    assert "steps" in text.json()["text"]
    assert sound.content[:4] == b"RIFF"
    assert any(one["number"] == "110" for one in found)
    assert clock["ahead"] == -8
