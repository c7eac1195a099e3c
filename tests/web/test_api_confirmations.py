"""Questions to owners over HTTP: asked once, answered by the owner alone, masked."""

from __future__ import annotations

import pytest

from hotline.confirmations import service
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.states import Standing
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow

PATH = "/api/v1/confirmations"
ASKED = {"room": "3-2-602", "persons": 2, "plate": "鲁A12345", "at": "gate", "who": "张先生"}


@pytest.fixture
def owner(web):
    """The owner of 3-2-602 has a telephone."""
    with web.db.transaction() as session:
        room = session.query(RoomRow).filter_by(room="602").one()
        number = ResidentNumberRow(estate="default", position=0, number="+8613800001111", raw="13800001111")
        person = ResidentRow(
            estate="default", room_id=room.id, name="王芳", kind="owner", note="", numbers=[number]
        )
        session.add(person)


async def test_a_question_is_put_once_however_often_it_is_sent(web, owner):
    token, headers = web.token("confirmations:write"), {"Idempotency-Key": "gate-1"}
    first = await web.ask("POST", PATH, token, json=ASKED, headers=headers)
    again = await web.ask("POST", PATH, token, json=ASKED, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.json()["standing"] == "asking"
    (call,) = web.rows(OutboundCallRow)
    assert (call.kind, call.to, call.requested_by) == ("confirmation", "13800001111", "api:pms")


async def test_the_answer_is_read_and_masked_unless_the_token_may_see_it(web, owner):
    token = web.token("confirmations:write")
    number = (await web.ask("POST", PATH, token, json=ASKED)).json()["number"]
    with web.db.transaction() as session:
        service.answered(
            session, service.find(session, int(number)), Standing.ALLOWED, by="王芳", on="13800001111",
            leg="leg1", now=web.clock.now(),
        )  # fmt: skip
    shown = (await web.ask("GET", f"{PATH}/{number}", token)).json()
    assert (shown["standing"], shown["answered_by"], shown["plate"]) == ("allowed", "王*", "鲁A***")
    assert shown["answered_on"] == "138****1111"
    full = web.token("confirmations:read", "personal:read", name="gate")
    shown = (await web.ask("GET", f"{PATH}/{number}", full)).json()
    assert (shown["answered_by"], shown["answered_on"], shown["call"]) == ("王芳", "13800001111", "leg1")
    listed = (await web.ask("GET", f"{PATH}?room=3-2-602", token)).json()["confirmations"]
    assert [one["number"] for one in listed] == [number]


async def test_no_answer_in_time_reads_as_a_no_also_before_anybody_wrote_it_down(web, owner):
    token = web.token("confirmations:write")
    number = (await web.ask("POST", PATH, token, json=ASKED)).json()["number"]
    web.clock.move(minutes=6)
    assert (await web.ask("GET", f"{PATH}/{number}", token)).json()["standing"] == "no_answer"


async def test_a_program_cannot_allow_what_the_owner_did_not(web, owner):
    token = web.token("confirmations:write")
    number = (await web.ask("POST", PATH, token, json=ASKED)).json()["number"]
    answer = await web.ask("POST", f"{PATH}/{number}/decision", token, json={"allow": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "confirmation-no-consent")
    with web.db.transaction() as session:
        row = service.find(session, int(number))
        service.at_desk(row, leg="leg1", minutes=5, now=web.clock.now())
    answer = await web.ask("POST", f"{PATH}/{number}/decision", token, json={"allow": True, "note": "本人"})
    assert (answer.status_code, answer.json()["standing"]) == (200, "allowed")


async def test_whoever_waited_has_left_and_nobody_is_rung_any_more(web, owner):
    token = web.token("confirmations:write")
    number = (await web.ask("POST", PATH, token, json=ASKED)).json()["number"]
    assert (await web.ask("DELETE", f"{PATH}/{number}", token)).json()["standing"] == "cancelled"
    assert [call.state for call in web.rows(OutboundCallRow)] == [CallState.CANCELLED]
    closed = await web.ask("DELETE", f"{PATH}/{number}", token)
    assert (closed.status_code, closed.json()["code"]) == (409, "confirmation-closed")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"room": "808"}, 409, "confirmation-nobody"),
        ({"room": "9-9-9"}, 422, "room-unknown"),
        (ASKED | {"persons": 0}, 422, "invalid-input"),
        (ASKED | {"plate": "鲁"}, 422, "plate"),
        (ASKED | {"at": "roof"}, 422, "invalid-input"),
        (ASKED | {"colour": "red"}, 422, "invalid-input"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_nobody_is_rung(web, owner, body, status, code):
    answer = await web.ask("POST", PATH, web.token("confirmations:write"), json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert web.rows(OutboundCallRow) == []
    assert web.rows(ConfirmationRow) == []


async def test_only_the_scope_lets_in_and_another_estate_sees_nothing(web, owner):
    token = web.token("confirmations:write")
    number = (await web.ask("POST", PATH, token, json=ASKED)).json()["number"]
    reader = web.token("confirmations:read", name="reader")
    assert (await web.ask("GET", f"{PATH}/{number}", reader)).status_code == 200
    for other, method, path in (
        (web.token("fees:write", name="fees"), "GET", f"{PATH}/{number}"),
        (reader, "DELETE", f"{PATH}/{number}"),
    ):
        assert (await web.ask(method, path, other)).json()["code"] == "scope-missing"
    west = web.token("confirmations:write", name="west", estate="west")
    assert (await web.ask("GET", f"{PATH}/{number}", west)).json()["code"] == "confirmation-unknown"
    assert (await web.ask("GET", f"{PATH}/99", token)).status_code == 404
