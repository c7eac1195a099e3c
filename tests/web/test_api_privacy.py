"""Export and deletion of one person's data over HTTP, and what is kept how long."""

from __future__ import annotations

import io
import json
import zipfile

from hotline.accounts.models import ApiAuditRow
from hotline.privacy.models import PrivacyRequestRow
from hotline.residents.staymodels import StayRow

ROOT = "/api/v1/privacy"
MANY = {"number": "13800001111", "reason": "letter of 20 November"}


async def test_a_persons_data_is_handed_out_and_deleted_once_and_both_are_on_the_record(web):
    token = web.token("privacy:write", "stays:write", "messages:write", "tickets:write")
    guest = {"room": "808", "name": "陈晨"}
    await web.ask("POST", "/api/v1/stays", token, json=guest)
    await web.ask("POST", "/api/v1/stays/checkout", token, json={"room": "808"})
    told = {"room": "808", "name": "陈晨", "reason": "identity card shown"}

    made = await web.ask("POST", f"{ROOT}/exports", token, json=told, headers={"Idempotency-Key": "e"})
    again = await web.ask("POST", f"{ROOT}/exports", token, json=told, headers={"Idempotency-Key": "e"})
    path = f"{ROOT}/exports/{made.json()['number']}"
    bundle = zipfile.ZipFile(io.BytesIO((await web.ask("GET", path, token)).content))
    assert (made.status_code, again.json()) == (201, made.json())
    assert [row["name"] for row in json.loads(bundle.read("data.json"))["data"]["stays"]] == ["陈晨"]

    seen = (await web.ask("POST", f"{ROOT}/look", token, json=guest)).json()
    assert (seen["counts"], web.rows(StayRow)[0].name) == ({"stays": 1}, "陈晨")
    key = {"Idempotency-Key": "d"}
    gone = await web.ask("POST", f"{ROOT}/deletions", token, json=told, headers=key)
    twice = await web.ask("POST", f"{ROOT}/deletions", token, json=told, headers=key)
    assert (gone.status_code, gone.json()["counts"]) == (201, {"stays": 1})
    assert {one["code"]: bool(one["zh"]) for one in gone.json()["stays"]} == {"backups": True}
    assert (twice.headers["Idempotent-Replayed"], twice.json()) == ("true", gone.json())
    assert "陈晨" not in web.rows(StayRow)[0].name

    book = (await web.ask("GET", f"{ROOT}/requests", token)).json()["items"]
    assert [(one["kind"], one["by"]) for one in book] == [("delete", "api:pms"), ("export", "api:pms")]
    assert book[0]["person"] == book[1]["person"]
    assert len(web.rows(PrivacyRequestRow)) == 2
    words = [row.event for row in web.rows(ApiAuditRow)]
    assert [one for one in words if one.startswith("privacy.")] == [
        "privacy.export", "privacy.fetch", "privacy.delete"
    ]  # fmt: skip
    assert not any("陈晨" in f"{row.detail}{row.by}" for row in web.rows(ApiAuditRow))


async def test_only_who_has_the_right_and_only_of_their_estate_and_of_somebody_named(web):
    officer, other = web.token("privacy:write"), web.token("privacy:write", name="west", estate="west")
    auditor = web.token("audit:read", name="audit")
    made = (await web.ask("POST", f"{ROOT}/exports", officer, json=MANY)).json()
    number, path = made["number"], f"{ROOT}/exports/{made['number']}"
    nobody = await web.ask("POST", f"{ROOT}/deletions", officer, json={"room": "808", "reason": "r"})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "person-unnamed")
    without = await web.ask("POST", f"{ROOT}/deletions", officer, json={"number": "13800001111"})
    assert [one["field"] for one in without.json()["errors"]] == ["reason"]
    assert (await web.ask("POST", f"{ROOT}/exports", auditor, json=MANY)).status_code == 403
    assert (await web.ask("GET", path, auditor)).status_code == 403
    assert (await web.ask("GET", f"{ROOT}/requests", other)).json()["items"] == []
    for one in (path, f"{ROOT}/requests/{number}"):
        assert (await web.ask("GET", one, other)).status_code == 404
    await web.ask("POST", f"{ROOT}/exports", officer, json=MANY)
    late = await web.ask("GET", path, officer)
    assert (late.status_code, late.json()["code"]) == (410, "export-gone")
    kept = (await web.ask("GET", ROOT, auditor)).json()
    assert (kept["consent"]["consent"], kept["days"]["recordings"], kept["last_night"]) == (
        "notice", 180, None,
    )  # fmt: skip
