"""What the operator's desk asks over HTTP: the card, rooms, tickets of a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hotline.accounts.models import ApiAuditRow, StaffRow
from hotline.app.api import CallsSocket
from hotline.call.ports import Direction, IntakeDraft, NewTicket, Place, Span, TicketKind
from hotline.callrecords import repository as records
from hotline.callrecords.models import CallRow, LegRow
from hotline.messages.models import MessageRow
from hotline.tickets.models import TicketRow

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LEG = "a" * 32
DESK = "/api/v1/desk"


def with_call(web: Any, *, leg: str = LEG, estate: str = "default", draft: bool = True) -> None:
    """A call that came in and said in the menu what it is about."""
    facts = {
        "linkedid": leg, "estate": estate, "process": "p", "direction": Direction.INBOUND,
        "src": "+8613911112222", "src_raw": "13911112222", "src_name": "", "dst": "", "dst_raw": "",
        "account": "", "start": MORNING - timedelta(minutes=1), "disposition": "", "hangup_cause": "",
        "outcome": "",
    }  # fmt: skip
    said = NewTicket(
        estate=estate, kind=TicketKind.REPAIR, topic="repairs", place=Place("3", "2", "602"),
        caller_number="13911112222", words=Span(leg, 3.0, 6.5), call=leg,
    )  # fmt: skip
    with web.db.transaction() as session:
        session.add(CallRow(**facts, uniqueid=leg, emergency=False))
        session.flush()
        session.add(LegRow(**facts, uniqueid=leg, purpose="", codec=""))
        session.flush()
        if draft:
            kept = IntakeDraft(ticket=said, said_something=True)
            records.put_draft(session, leg, kept, MORNING)


def operator(web: Any, *more: str) -> str:
    scopes = ("desk", "tickets:write", "residents:read", "fees:read", "personal:read", *more)
    return web.token(*scopes, name="operator:01")


async def test_the_card_says_what_rows_say_and_each_look_is_on_the_record(web: Any) -> None:
    with_call(web)
    token = operator(web)
    found = (await web.ask("GET", f"{DESK}/calls/{LEG}", token)).json()
    assert found["number"] == "13911112222" and found["room"] == "3-2-602"
    assert found["draft"]["kind"] == "repair" and found["draft"]["spoken"]
    assert found["draft"]["room"] == "3-2-602"
    assert found["tickets"] == [] and found["calls"] == [] and found["people"] == []
    assert found["fees"] == {"known": False, "unpaid": 0}
    assert [one.detail for one in web.rows(ApiAuditRow) if one.event == "looked"] == [f"desk.call {LEG}"]


async def test_who_may_not_see_numbers_gets_none(web: Any) -> None:
    with_call(web)
    token = web.token("desk", name="operator:01")
    answer = await web.ask("GET", f"{DESK}/calls/{LEG}", token)
    assert answer.status_code == 200 and "13911112222" not in answer.text
    assert "tickets" not in answer.json() and "fees" not in answer.json()


async def test_a_call_of_another_estate_is_none(web: Any) -> None:
    with_call(web, estate="north")
    token = operator(web)
    assert (await web.ask("GET", f"{DESK}/calls/{LEG}", token)).status_code == 404
    body = {"kind": "repair", "room": "3-2-602", "text": "漏水", "leg": LEG}
    answer = await web.ask("POST", f"{DESK}/tickets", token, json=body)
    assert answer.status_code == 404 and web.rows(TicketRow) == []


async def test_a_ticket_sent_twice_is_filed_once_with_its_call_and_the_callers_words(web: Any) -> None:
    with_call(web)
    token = operator(web)
    body = {"kind": "repair", "urgency": "urgent", "room": "3-2-602", "text": "水管漏水", "leg": LEG}
    headers = {"Idempotency-Key": "8c0e"}
    first = await web.ask("POST", f"{DESK}/tickets", token, json=body, headers=headers)
    again = await web.ask("POST", f"{DESK}/tickets", token, json=body, headers=headers)
    assert first.status_code == 201 and first.json() == again.json()
    (row,) = web.rows(TicketRow)
    assert (row.number, row.call, row.words_recording) == (first.json()["number"], LEG, LEG)
    assert (row.caller_number, row.topic, row.urgency) == ("+8613911112222", "repairs", "urgent")


async def test_a_second_ticket_of_the_same_matter_is_pointed_out_and_can_be_added_to(web: Any) -> None:
    with_call(web)
    token = operator(web)
    body = {"kind": "repair", "room": "3-2-602", "text": "水管漏水", "leg": LEG}
    number = (await web.ask("POST", f"{DESK}/tickets", token, json=body)).json()["number"]
    twice = await web.ask("POST", f"{DESK}/tickets", token, json=body)
    assert (twice.status_code, twice.json()["code"]) == (409, "duplicate")
    room = (await web.ask("GET", f"{DESK}/rooms/3-2-602", token)).json()
    assert [one["number"] for one in room["tickets"]] == [number]
    added = await web.ask("POST", f"{DESK}/tickets/{number}/additions", token, json=body | {"text": "更大了"})
    assert added.status_code == 201 and len(web.rows(TicketRow)) == 1


DIRECTORY = """
entries:
  desk: {zh: [客户服务中心, 客服], en: [Reception], number: "8000", code: "21", connect: true}
  police: {zh: [报警], number: "110", kind: emergency, code: "91"}
"""


async def test_a_message_is_taken_in_a_call_for_a_room_staff_or_a_department_once(
    web: Any, tmp_path: Path
) -> None:
    with_call(web)
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    with web.db.transaction() as session:
        session.add(
            StaffRow(
                estate="default", number="12", name="王师傅", telephone="8012", telephone_raw="8012",
                roles=["technician"], pin_hash="", failed=0, locks=0, active=True,
            )
        )  # fmt: skip
    token = operator(web, "messages:write", "messages:read")
    known = (await web.ask("GET", f"{DESK}/addressees", token)).json()
    assert known == {"staff": [["12", "王师傅"]], "department": [["客户服务中心", "客服 Reception"]]}
    headers = {"Idempotency-Key": "m1"}
    body = {"whom": "department", "named": "客服", "text": "请回电", "from_name": "王女士", "leg": LEG}
    first = await web.ask("POST", f"{DESK}/messages", token, json=body, headers=headers)
    again = await web.ask("POST", f"{DESK}/messages", token, json=body, headers=headers)
    assert first.status_code == 201 and first.json() == again.json()
    assert (first.json()["for"], first.json()["at_once"], first.json()["supervisor"]) == (
        "客户服务中心", True, False,
    )  # fmt: skip
    (row,) = web.rows(MessageRow)
    assert (row.to, row.call, row.from_number, row.department) == ("8000", LEG, "13911112222", "客户服务中心")
    staff = await web.ask(
        "POST",
        f"{DESK}/messages",
        token,
        json={"whom": "staff", "named": "12", "text": "回电", "urgent": True},
    )
    assert staff.json()["for"] == "12 王师傅"
    listed = (await web.ask("GET", f"{DESK}/messages", token)).json()
    assert [(one["for"], one["urgent"]) for one in listed] == [("12 王师傅", True), ("客户服务中心", False)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"whom": "room", "named": "9-9-999", "text": "x"}, "room-unknown"),
        ({"whom": "staff", "named": "99", "text": "x"}, "message-nobody"),
        ({"whom": "department", "named": "报警", "text": "x"}, "message-nobody"),
        ({"whom": "room", "named": "3-2-602", "text": "x" * 2001}, "message-long"),
        ({"whom": "room", "named": "3-2-602", "text": "x", "leg": "f" * 32}, "call-unknown"),
        ({"whom": "room", "named": "", "text": "x"}, "invalid-input"),
    ],
)
async def test_a_message_that_cannot_be_delivered_is_refused_with_its_reason(
    web: Any, body: dict[str, str], code: str
) -> None:
    token = operator(web, "messages:write")
    answer = await web.ask("POST", f"{DESK}/messages", token, json=body)
    assert answer.json()["code"] == code and web.rows(MessageRow) == []
    only_desk = await web.ask("POST", f"{DESK}/messages", web.token("desk", name="desk"), json=body)
    assert only_desk.status_code == 403


async def test_a_caller_is_taken_for_oneself_by_desk_and_for_anybody_by_supervise(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    async def command(_calls: Any, name: str, words: dict[str, Any]) -> dict[str, Any]:
        asked.append(words)
        return {"presence": "ringing", "reason": ""}

    monkeypatch.setattr(CallsSocket, "command", command)
    mine, supervisor = operator(web), web.token("desk", "supervise", name="operator:03")
    order = {"action": "take", "args": {"leg": LEG}}
    for token in (mine, supervisor):
        assert (await web.ask("POST", f"{DESK}/do", token, json=order)).status_code == 200
    body = {"leg": LEG}
    paths = [("01", mine, 200), ("02", mine, 403), ("02", supervisor, 200)]
    for number, token, status in paths:
        answer = await web.ask("POST", f"/api/v1/operators/{number}/take", token, json=body)
        assert answer.status_code == status, answer.text
    assert [(words["operator"], words["action"]) for words in asked] == [
        ("01", "take"), ("03", "take_any"), ("01", "take"), ("02", "take_any"),
    ]  # fmt: skip
    assert all(words["args"] == {"leg": LEG} for words in asked)
    forged = {"action": "take_any", "args": {"leg": LEG}}
    assert (await web.ask("POST", f"{DESK}/do", mine, json=forged)).status_code == 422
    noted = [one.detail for one in web.rows(ApiAuditRow) if one.event == "operator.take_call"]
    assert len(noted) == 2


async def test_orders_need_an_operators_number_and_a_calls_process(web: Any) -> None:
    body = {"action": "ready", "args": {}}
    nobody = await web.ask("POST", f"{DESK}/do", web.token("desk", name="crm"), json=body)
    assert nobody.json()["code"] == "no-operator"
    token = operator(web)
    silent = await web.ask("POST", f"{DESK}/do", token, json=body)
    assert (silent.status_code, silent.json()["code"]) == (503, "calls-silent")
    odd = await web.ask("POST", f"{DESK}/do", token, json={"action": "fetch"})
    assert odd.status_code == 422
    board = web.token("live:read", name="board")
    assert (await web.ask("POST", f"{DESK}/do", board, json=body)).status_code == 403
