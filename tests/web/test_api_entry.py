"""Who is let in, and by what."""

from __future__ import annotations

import base64

import pytest

from hotline.accounts import tokens
from hotline.accounts.models import ApiAuditRow, ApiTokenRow

REGISTER = "/api/v1/wakeup-register"


def basic(token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"reception:{token}".encode()).decode()}


@pytest.mark.parametrize("path", [REGISTER, "/api/v1/wakeups?room=808", "/api/v1/fees/unpaid?room=808"])
async def test_without_a_token_nobody_learns_anything_but_how_to_get_one(web, path):
    answer = await web.ask("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (401, "token-missing")
    assert "api-tokens create" in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_the_token_is_kept_only_as_a_hash_and_a_wrong_secret_is_refused(web):
    token = web.token("wakeups:read")
    assert (await web.ask("GET", REGISTER, token)).status_code == 200
    row = web.rows(ApiTokenRow)[0]
    assert token.split("_", 2)[2] not in row.secret_hash
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    nul = await web.ask("GET", REGISTER, headers=basic("hlt_a\x00b_c"))
    assert nul.json()["code"] == "token-wrong"
    for bad in (wrong, "hlt_nobody_x", "nonsense", "hlt__", token.replace("hlt", "xyz")):
        answer = await web.ask("GET", REGISTER, bad)
        assert (answer.status_code, answer.json()["code"]) == (401, "token-wrong")


async def test_a_revoked_or_expired_token_lets_nobody_in_from_the_next_request_on(web):
    token = web.token("wakeups:read", name="screen")
    short = web.token("wakeups:read", name="short", expires_at=web.clock.at.replace(hour=3))
    assert (await web.ask("GET", REGISTER, token)).status_code == 200
    with web.db.transaction() as session:
        tokens.revoke(session, "screen", by="root", at=web.clock.now())
    assert (await web.ask("GET", REGISTER, token)).json()["code"] == "token-wrong"
    assert (await web.ask("GET", REGISTER, short)).status_code == 200
    web.clock.move(hours=2)
    assert (await web.ask("GET", REGISTER, short)).json()["code"] == "token-expired"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("fees:write", "GET", REGISTER),
        ("wakeups:read", "POST", "/api/v1/wakeups/1001/skip"),
        ("wakeups:write", "GET", "/api/v1/fees/unpaid?room=808"),
        ("fees:read", "POST", "/api/v1/fees/bills/1/paid"),
    ],
)
async def test_a_token_does_what_its_scopes_say_and_nothing_else(web, scope, method, path):
    answer = await web.ask(method, path, web.token(scope))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


async def test_a_token_of_one_estate_sees_no_other(web):
    token = web.token("wakeups:read", estate="west")
    assert (await web.ask("GET", REGISTER, token)).json()["estate"] == "west"
    other = await web.ask("GET", f"{REGISTER}?estate=default", token)
    assert (other.status_code, other.json()["code"]) == (404, "estate-unknown")


async def test_a_password_of_a_browser_reads_but_changes_nothing(web):
    token = web.token("wakeups:write")
    assert (await web.ask("GET", REGISTER, headers=basic(token))).status_code == 200
    answer = await web.ask("POST", "/api/v1/wakeups/1001/skip", headers=basic(token))
    assert (answer.status_code, answer.json()["code"]) == (403, "basic-reads-only")


async def test_many_wrong_tokens_are_held_back_and_noted_but_a_right_one_enters(web):
    token = web.token("wakeups:read")
    answers = [(await web.ask("GET", REGISTER, "hlt_x_y")).status_code for _ in range(25)]
    assert answers == [401] * 20 + [429] * 5
    assert (await web.ask("GET", REGISTER, token)).status_code == 200
    assert [row.event for row in web.rows(ApiAuditRow)].count("refused") == 1
    web.clock.move(minutes=2)
    assert (await web.ask("GET", REGISTER, "hlt_x_y")).status_code == 401


async def test_the_last_use_is_known_to_the_minute(web):
    token = web.token("wakeups:read")
    await web.ask("GET", REGISTER, token)
    first = web.rows(ApiTokenRow)[0].last_used_at
    web.clock.move(seconds=30)
    await web.ask("GET", REGISTER, token)
    assert web.rows(ApiTokenRow)[0].last_used_at == first == web.clock.at.replace(second=0)


async def test_unknown_paths_are_problems_too(web):
    answer = await web.ask("GET", "/api/v1/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-path")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_token_of_one_estate_is_told_that_the_audit_and_the_machine_are_everybodys(web):
    token = web.token("audit:read", "system:write", name="west", estate="west")
    for path in ("/api/v1/audit", "/api/v1/system", "/api/v1/config"):
        refused = await web.ask("GET", path, token)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing"), path
        assert "of all estates, this token is for west" in refused.json()["detail"]
