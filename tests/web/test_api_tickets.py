"""Tickets over HTTP: from filing to closing, two people at one ticket, one request twice."""

from __future__ import annotations

from sqlalchemy import select

from hotline.accounts import passwords, sessions, users
from hotline.accounts.models import ApiAuditRow
from hotline.accounts.rights import Role
from hotline.accounts.sessions import COOKIE
from hotline.accounts.usermodels import UserSessionRow
from hotline.tickets.models import TicketRow

NEW = {"kind": "repair", "room": "3-2-602", "caller": "13800001111", "name": "张三", "text": "厨房水管漏水"}


async def test_a_ticket_is_filed_once_worked_on_and_guarded_against_two_people(web):
    token = web.token("tickets:write", "tickets:supervise")
    key = {"Idempotency-Key": "a-1"}
    filed = await web.ask("POST", "/api/v1/tickets", token, json=NEW, headers=key)
    again = await web.ask("POST", "/api/v1/tickets", token, json=NEW, headers=key)
    assert (filed.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == filed.json()
    assert len(web.rows(TicketRow)) == 1
    twin = await web.ask("POST", "/api/v1/tickets", token, json=NEW)
    assert (twin.status_code, twin.json()["code"]) == (409, "duplicate")

    number, tag = filed.json()["number"], filed.headers["ETag"]
    path = f"/api/v1/tickets/{number}"
    read = await web.ask("GET", path, token)
    assert (read.headers["ETag"], read.json()["caller_number"]) == (tag, "138****1111")
    unchanged = await web.ask("GET", path, token, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")

    match = {"If-Match": tag}
    assigned = await web.ask("POST", f"{path}/actions/assign", token, json={"to": "李工"}, headers=match)
    assert (assigned.status_code, assigned.json()["state"]) == (200, "assigned")
    late = await web.ask("POST", f"{path}/actions/assign", token, json={"to": "王工"}, headers=match)
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    match = {"If-Match": assigned.headers["ETag"]}
    taken = await web.ask("POST", f"{path}/actions/accept", token, json={"who": "李工"}, headers=match)
    assert (taken.status_code, taken.json()["assignee"]) == (200, "李工")
    early = await web.ask("POST", f"{path}/actions/close", token)
    assert (early.status_code, early.json()["code"]) == (409, "ticket-transition")
    for action in ("arrive", "complete", "close"):
        assert (await web.ask("POST", f"{path}/actions/{action}", token)).status_code == 200
    shown = (await web.ask("GET", path, token)).json()
    assert shown["state"] == "closed"
    assert [line["event"] for line in shown["history"]] == [
        "registered", "assigned", "accepted", "arrived", "completed", "closed",
    ]  # fmt: skip
    words = [row.event for row in web.rows(ApiAuditRow) if row.event.startswith("ticket.")]
    assert words == [
        "ticket.file", "ticket.assign", "ticket.accept", "ticket.arrive", "ticket.complete", "ticket.close",
    ]  # fmt: skip


async def test_a_record_that_lacks_something_is_not_filed(web):
    token = web.token("tickets:write")
    empty = await web.ask("POST", "/api/v1/tickets", token, json={"kind": "repair"})
    nowhere = await web.ask("POST", "/api/v1/tickets", token, json=NEW | {"room": "9-9-999"})
    wrong = await web.ask("POST", "/api/v1/tickets", token, json=NEW | {"caller": "138"})
    told = [(one.status_code, one.json()["code"]) for one in (empty, nowhere, wrong)]
    assert told == [(422, "record-lacks"), (422, "unknown-room"), (422, "implausible-number")]
    assert web.rows(TicketRow) == []


async def test_lists_come_page_by_page_and_repeat_nothing(web):
    token = web.token("tickets:write")
    for count in range(5):
        more = {"kind": "complaint", "room": "", "place": f"{count}号梯", "anyway": True}
        assert (await web.ask("POST", "/api/v1/tickets", token, json=NEW | more)).status_code == 201
    seen, cursor = [], ""
    for _ in range(3):
        page = (await web.ask("GET", f"/api/v1/tickets?limit=2&cursor={cursor}", token)).json()
        seen += [one["place"] for one in page["items"]]
        cursor = page["next"]
    assert (seen, cursor) == ([f"{count}号梯" for count in (4, 3, 2, 1, 0)], None)
    misspelt = await web.ask("GET", "/api/v1/tickets?statee=closed", token)
    assert (misspelt.status_code, misspelt.json()["errors"][0]["field"]) == (422, "statee")
    made_up = await web.ask("GET", "/api/v1/tickets?cursor=WzFd", token)
    assert (made_up.status_code, made_up.json()["code"]) == (422, "cursor-invalid")


async def test_only_supervisors_go_beyond_the_limits_and_no_estate_sees_anothers_ticket(web):
    token = web.token("tickets:write")
    number = (await web.ask("POST", "/api/v1/tickets", token, json=NEW)).json()["number"]
    path = f"/api/v1/tickets/{number}"
    reopened = await web.ask("POST", f"{path}/actions/reopen", token)
    beyond = await web.ask("POST", f"{path}/actions/accept", token, json={"supervisor": True})
    assert [one.json()["code"] for one in (reopened, beyond)] == ["scope-missing"] * 2
    foreign = await web.ask("GET", path, web.token("tickets:read", name="w", estate="west"))
    assert (foreign.status_code, foreign.json()["code"]) == (404, "unknown-ticket")
    senseless = await web.ask("POST", f"{path}/actions/cancel", token, json={"satisfaction": 5})
    assert (senseless.status_code, senseless.json()["code"]) == (422, "field-not-of-action")


async def test_photos_go_in_and_come_out_whole_and_programs_do_not(web, tmp_path):
    token = web.token("tickets:write")
    number = (await web.ask("POST", "/api/v1/tickets", token, json=NEW)).json()["number"]
    path = f"/api/v1/tickets/{number}"
    photo = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(300_000)
    kept = await web.ask("POST", f"{path}/files?name=../../leak.png", token, content=photo)
    assert kept.status_code == 201, kept.text
    part = next(one for one in kept.json()["parts"] if one["kind"] == "photo")
    assert (part["name"], part["bytes"]) == ("leak.png", len(photo))
    fetched = await web.ask("GET", f"{path}/parts/{part['number']}/file", token)
    assert (fetched.status_code, fetched.content) == (200, photo)
    program = await web.ask("POST", f"{path}/files?name=photo.jpg", token, content=b"MZ" + bytes(100))
    assert (program.status_code, program.json()["code"]) == (415, "attachment-refused")
    assert len(list((tmp_path / "attachments").rglob("*.*"))) == 1


async def test_metrics_count_what_is_open_and_red_and_name_nobody(web):
    token = web.token("tickets:write")
    await web.ask("POST", "/api/v1/tickets", token, json=NEW)
    await web.ask("POST", "/api/v1/tickets", token, json=NEW | {"urgency": "urgent", "room": "808"})
    text = (await web.ask("GET", "/metrics")).text
    assert 'hotline_tickets_open{estate="default",urgency="ordinary"} 1.0' in text
    assert 'hotline_tickets_red{estate="default"} 1.0' in text
    assert 'hotline_wakeups_red{estate="west"} 0.0' in text
    assert 'hotline_process_start_time_seconds{role="web"}' in text
    assert "13800001111" not in text


def signed_in(web, name: str, *roles: Role) -> dict[str, str]:
    """Return the headers of a page of somebody's who is signed in."""
    with web.db.transaction() as session:
        new = users.NewUser(username=name, name=name, roles=roles)
        password = passwords.NewPassword("not asked for")
        row = users.add(session, new, password, by="root", at=web.clock.now(), must_change=False)
        cookie = sessions.begin(session, row, at=web.clock.now(), address="", agent="")
        csrf = session.scalars(select(UserSessionRow.csrf).where(UserSessionRow.username == name)).one()
    return {"Cookie": f"{COOKIE}={cookie}", "X-CSRF-Token": csrf}


async def test_a_technician_sees_and_does_over_the_api_no_more_than_in_the_console(web):
    desk = web.token("tickets:write")
    free = (await web.ask("POST", "/api/v1/tickets", desk, json=NEW)).json()["number"]
    complaint = NEW | {"kind": "complaint"}
    hidden = (await web.ask("POST", "/api/v1/tickets", desk, json=complaint)).json()["number"]
    headers = signed_in(web, "li", Role.TECHNICIAN)
    listed = (await web.ask("GET", "/api/v1/tickets", headers=headers)).json()
    assert [one["number"] for one in listed["items"]] == [free]
    assert (await web.ask("GET", f"/api/v1/tickets/{hidden}", headers=headers)).status_code == 404
    path = f"/api/v1/tickets/{free}"
    nature = await web.ask("PUT", f"{path}/nature", headers=headers, json={"fault": "plumbing"})
    cancel = await web.ask("POST", f"{path}/actions/cancel", headers=headers, json={"why": "no"})
    assert [(one.status_code, one.json()["code"]) for one in (nature, cancel)] == [(403, "scope-missing")] * 2
    accepted = await web.ask("POST", f"{path}/actions/accept", headers=headers)
    assert (accepted.status_code, accepted.json()["assignee"]) == (200, "li")


async def test_reopening_and_closing_without_asking_the_caller_is_a_supervisors_decision(web):
    desk = web.token("tickets:write")
    number = (await web.ask("POST", "/api/v1/tickets", desk, json=NEW)).json()["number"]
    path = f"/api/v1/tickets/{number}/actions"
    for action in ("accept", "arrive", "complete"):
        done = await web.ask("POST", f"{path}/{action}", desk, json={"who": "李工"})
        assert done.status_code == 200, done.text
    assert (await web.ask("POST", f"{path}/close", desk)).json()["code"] == "scope-missing"
    supervisor = web.token("tickets:write", "tickets:supervise", name="supervisor")
    assert (await web.ask("POST", f"{path}/close", supervisor)).status_code == 200


async def test_a_number_in_full_width_digits_is_that_number(web):
    token = web.token("tickets:write", "personal:read")
    body = {"kind": "repair", "room": "808", "caller": "１３８００００１１１１", "text": "漏水"}
    number = (await web.ask("POST", "/api/v1/tickets", token, json=body)).json()["number"]
    [row] = [row for row in web.rows(TicketRow) if row.number == number]
    assert row.callback_number == "+8613800001111"
