"""Wake-ups over HTTP: a program books, changes, skips and cancels; mistakes are named by field."""

from __future__ import annotations

import pytest

from hotline.accounts.models import ApiAuditRow
from hotline.outbound.models import OutboundCallRow
from hotline.wakeup.models import WakeupRow

PATH = "/api/v1/wakeups"
NEW = {"room": "808", "at": "06:30", "first": "2026-11-24"}


async def booked(web, token, **more):
    answer = await web.ask("POST", PATH, token, json=NEW | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_wakeup_is_booked_by_a_program_and_its_calls_are_placed(web):
    token = web.token("wakeups:write")
    found = await booked(web, token, note="VIP")
    assert found == {
        "number": "1001", "room": "808", "at": "06:30", "repeat": "once", "days": [],
        "first": "2026-11-24", "until": None, "state": "booked", "next_at": "2026-11-24T06:30:00+08:00",
    }  # fmt: skip
    assert [(row.number, row.requested_by, row.note) for row in web.rows(WakeupRow)] == [
        ("1001", "api:pms", "VIP")
    ]
    assert sorted(row.kind for row in web.rows(OutboundCallRow)) == ["knock", "wakeup"]
    of_room = await web.ask("GET", f"{PATH}?room=808", token)
    assert [one["number"] for one in of_room.json()["wakeups"]] == ["1001"]


async def test_the_same_key_books_once_and_is_answered_the_same_also_after_another_change(web):
    token = web.token("wakeups:write")
    key = {"Idempotency-Key": "booking-77"}
    first = await web.ask("POST", PATH, token, json=NEW, headers=key)
    await web.ask("DELETE", f"{PATH}/1001", token)
    again = await web.ask("POST", PATH, token, json=NEW, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(web.rows(WakeupRow)) == 1
    other = await web.ask("POST", PATH, token, json=NEW | {"at": "07:30"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    stranger = web.token("wakeups:write", name="other")
    free = await web.ask("POST", PATH, stranger, json=NEW, headers=key)
    assert free.json()["number"] == "1002"  # keys of one program are not another's


async def test_a_refusal_is_not_kept_under_its_key(web):
    token = web.token("wakeups:write")
    key = {"Idempotency-Key": "k"}
    await booked(web, token)
    refused = await web.ask("POST", PATH, token, json=NEW | {"at": "06:32"}, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "wakeup-twice")
    await web.ask("DELETE", f"{PATH}/1001", token)
    assert (await web.ask("POST", PATH, token, json=NEW | {"at": "06:32"}, headers=key)).status_code == 201


async def test_it_is_changed_skipped_and_cancelled_on_the_record(web):
    token = web.token("wakeups:write")
    await booked(web, token, repeat="daily")
    changed = await web.ask("PUT", f"{PATH}/1001/when", token, json={"at": "07:15", "repeat": "workdays"})
    assert changed.json()["next_at"] == "2026-11-24T07:15:00+08:00"
    skipped = await web.ask("POST", f"{PATH}/1001/skip", token)
    assert skipped.json()["next_at"] == "2026-11-25T07:15:00+08:00"
    gone = await web.ask("DELETE", f"{PATH}/1001?why=left", token)
    assert gone.json()["state"] == "cancelled"
    shown = (await web.ask("GET", f"{PATH}/1001", token)).json()
    done = [(one["event"], one["who"]) for one in shown["history"]]
    assert done == [(event, "api:pms") for event in ("booked", "changed", "skipped", "cancelled")]
    audit = [(row.event, row.detail, row.by) for row in web.rows(ApiAuditRow)]
    assert [event for event, _, _ in audit] == [
        "created", "wakeup.book", "wakeup.change", "wakeup.skip", "wakeup.cancel",
    ]  # fmt: skip
    assert audit[-1] == ("wakeup.cancel", "1001", "api:pms")
    again = await web.ask("DELETE", f"{PATH}/1001", token)
    assert (again.status_code, again.json()["code"]) == (404, "wakeup-unknown")


async def test_a_body_that_is_no_json_is_said_to_be_none(web):
    headers = {"Content-Type": "application/json"}
    token = web.token("wakeups:write")
    answer = await web.ask("POST", PATH, token, content='{"room": "808", "at"', headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "body")
    assert "not JSON" in error["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"room": "808"}, "at"),
        ({"room": "808", "at": "7:30"}, "at"),
        ({"room": "808", "at": "25:00"}, "at"),
        ({"room": "", "at": "07:30"}, "room"),
        ({"room": "808", "at": "07:30", "repeat": "hourly"}, "repeat"),
        ({"room": "808", "at": "07:30", "repeat": "days", "days": []}, "days"),
        ({"room": "808", "at": "07:30", "repeat": "days", "days": [8]}, "days.0"),
        ({"room": "808", "at": "07:30", "days": [1]}, "days"),
        ({"room": "808", "at": "07:30", "until": "2026-12-01"}, "until"),
        ({"room": "808", "at": "07:30", "first": "9999-12-31"}, "first"),
        ({"room": "808", "at": "07:30", "note": "a\u0000b"}, "note"),
        ({"room": "808", "at": "07:30", "colour": "red"}, "colour"),
        ({"room": "809", "at": "07:30"}, "room"),
        ({"room": "808", "at": "07:30", "to": "abc"}, "to"),
    ],
)
async def test_bad_input_is_refused_with_its_field_and_nothing_is_booked(web, body, field):
    answer = await web.ask("POST", PATH, web.token("wakeups:write"), json=body)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert web.rows(WakeupRow) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"at": "09:00", "first": "2026-11-23"}, "wakeup-past"),
        ({"at": "10:01", "first": "2026-11-23"}, "wakeup-too-soon"),
        ({"at": "07:00", "first": "2028-11-23"}, "wakeup-too-far"),
    ],
)
async def test_what_the_house_refuses_is_told_with_its_code(web, body, code):
    answer = await web.ask("POST", PATH, web.token("wakeups:write"), json={"room": "808"} | body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert answer.json()["detail"].endswith(".")
    assert web.rows(WakeupRow) == []


async def test_the_register_tells_day_by_day_what_is_planned_and_sums_it_up(web):
    token = web.token("wakeups:write")
    await booked(web, token, repeat="daily", to="13800001111")
    week = await web.ask("GET", "/api/v1/wakeup-register?date=2026-11-24&until=2026-11-30", token)
    found = week.json()
    assert found["totals"]["booked"] == found["totals"]["due"] == len(found["lines"]) == 7
    assert [line["planned"] for line in found["lines"]] == [True] + [False] * 6
    assert found["lines"][0]["telephone"] == "138****1111"
    assert found["from"] == "2026-11-24T00:00:00+08:00"
    year = await web.ask("GET", "/api/v1/wakeup-register?date=2026-01-01&until=2026-12-31", token)
    assert (year.status_code, year.json()["code"]) == (422, "span-too-long")
    none = await web.ask("GET", "/api/v1/wakeup-register?shift=7", token)
    assert (none.status_code, none.json()["code"]) == (404, "shift-unknown")


async def test_names_and_numbers_are_shown_in_full_only_by_scope_and_on_the_record(web):
    token = web.token("wakeups:write", "personal:read")
    await booked(web, token, to="13800001111")
    for _ in range(3):
        shown = await web.ask("GET", f"{PATH}/1001", token)
        assert shown.json()["telephone"] == "+8613800001111"
    assert [row.event for row in web.rows(ApiAuditRow)].count("looked") == 1  # once an hour, not a flood
    web.clock.move(minutes=61)
    await web.ask("GET", f"{PATH}/1001", token)
    assert [row.event for row in web.rows(ApiAuditRow)].count("looked") == 2


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(web):
    token = web.token("wakeups:write")
    answer = await web.ask("POST", PATH, token, content=b"x" * 300_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


async def test_the_description_names_every_path_and_asks_for_a_token(web):
    found = (await web.ask("GET", "/api/v1/openapi.json")).json()
    assert {"/wakeups", "/wakeups/{number}", "/wakeup-register", "/stays", "/fees/unpaid"} <= set(
        found["paths"]
    )
    assert found["components"]["securitySchemes"]
    assert all(operation["security"] for path in found["paths"].values() for operation in path.values())
