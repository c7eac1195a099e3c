"""Menus over HTTP: drafted, checked, compared, published, rolled back, and never put over an edit."""

from __future__ import annotations

import asyncio
import io
import math
import struct
import wave
from pathlib import Path

import pytest

from hotline.accounts.models import ApiAuditRow
from hotline.app import menutrial
from hotline.app.menubook import MenuTable

ROOT = "/api/v1/menus"
SMALL = """\
menu: small
start: main
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  main:
    menu:
      prompts: main_menu
      keys:
        1: bye
  bye:
    hangup: {prompts: goodbye}
"""
LONGER = SMALL.replace("menu: small\n", "menu: small\nlongest: 900\n")
OTHER = SMALL.replace("        1: bye\n", "        2: bye\n")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A menu on disk; what is judged is judged here, not in a process that takes seconds to begin."""

    async def judge(table: MenuTable, texts, told):
        return await asyncio.to_thread(menutrial.judge, table._home, table._settings, texts, told)

    monkeypatch.setattr(MenuTable, "judge", judge)
    menus = tmp_path / "config" / "menus"
    (menus / "tests").mkdir(parents=True)
    (menus / "small.yaml").write_text(SMALL, encoding="utf-8")
    return menus / "small.yaml"


async def test_a_draft_is_put_over_nobodys_text_and_published_over_no_edit_on_disk(web, file):
    token, other = web.token("menus:write"), web.token("menus:write", name="erp")
    made = await web.ask("POST", f"{ROOT}/drafts", token, json={"file": "small"})
    path, tag = f"{ROOT}/drafts/{made.json()['number']}", {"If-Match": made.headers["ETag"]}
    blind = await web.ask("PUT", path, token, json={"text": LONGER})
    first = await web.ask("PUT", path, token, json={"text": LONGER}, headers=tag)
    second = await web.ask("PUT", path, other, json={"text": OTHER}, headers=tag)
    assert [one.status_code for one in (made, blind, first, second)] == [201, 428, 200, 412]
    difference = await web.ask("GET", f"{ROOT}/difference?file=small&draft={made.json()['number']}", token)
    assert "+longest: 900" in difference.json()["lines"]

    file.write_text(OTHER, encoding="utf-8")  # somebody at the machine
    why = {"why": "shorter"}
    refused = await web.ask("POST", f"{path}/publish", token, json=why)
    assert (refused.status_code, refused.json()["code"], file.read_text()) == (409, "menu-changed", OTHER)
    three = (await web.ask("GET", f"{path}/comparison", token)).json()
    assert (three["stale"], three["conflicts"], three["theirs"]) == (True, 0, OTHER)
    tag = {"If-Match": first.headers["ETag"]}
    await web.ask("POST", f"{path}/from-disk", token, json={"text": three["merged"]}, headers=tag)
    key = {"Idempotency-Key": "once"}
    done = await web.ask("POST", f"{path}/publish", token, json=why, headers=key)
    again = await web.ask("POST", f"{path}/publish", token, json=why, headers=key)
    assert (done.status_code, done.json()["number"], again.json()) == (200, "small 3", done.json())
    assert file.read_text() == three["merged"]
    assert "longest: 900" in file.read_text()
    assert "2: bye" in file.read_text()

    versions = (await web.ask("GET", f"{ROOT}/versions?file=small", token)).json()["items"]
    assert [(one["kind"], one["by"]) for one in versions] == [
        ("published", "api:pms"), ("disk", ""), ("first", ""),
    ]  # fmt: skip
    events = [row.event for row in web.rows(ApiAuditRow) if row.event.startswith("menu.")]
    assert events == ["menu.draft", "menu.save", "menu.compare", "menu.publish"]


async def test_a_text_is_published_over_what_was_read_only_when_it_holds_and_goes_back(web, file):
    token = web.token("menus:write")
    read = await web.ask("GET", f"{ROOT}/text?file=small", token)
    tag, path = {"If-Match": read.headers["ETag"]}, f"{ROOT}/text?file=small"
    wrong = LONGER.replace("        1: bye", "        1: nowhere")
    bad = await web.ask("PUT", path, token, json={"text": wrong, "why": "x"}, headers=tag)
    assert (bad.status_code, bad.json()["code"]) == (422, "menu-has-mistakes")
    assert [(one["line"], "nowhere" in one["message"]) for one in bad.json()["errors"]] == [(12, True)]
    looked = (await web.ask("POST", f"{ROOT}/check", token, json={"file": "small", "text": wrong})).json()
    assert (looked["holds"], [one["line"] for one in looked["problems"]]) == (False, [12])
    tried = {"file": "small", "text": LONGER, "scenarios": True}
    trial = await web.ask("POST", f"{ROOT}/check", token, json=tried)
    assert trial.status_code == 200, trial.text
    assert trial.json()["trial"] == {"total": 0, "failed": 0, "differences": []}

    body = {"text": LONGER, "why": "long calls"}
    blind = await web.ask("PUT", path, token, json=body)
    done = await web.ask("PUT", path, token, json=body, headers=tag)
    late = await web.ask("PUT", path, token, json=body | {"text": OTHER}, headers=tag)
    assert [one.status_code for one in (blind, done, late)] == [428, 200, 412]
    assert file.read_text() == LONGER
    huge = await web.ask("PUT", path, token, json=body | {"text": "#" * 600_000}, headers=tag)
    assert huge.status_code in (413, 422)

    back = f"{ROOT}/versions/1/rollback?file=small"
    assert (await web.ask("POST", back, token, json={"why": "it was better"})).json()["number"] == "small 3"
    assert file.read_text() == SMALL
    file.write_text(OTHER, encoding="utf-8")
    signed = await web.ask("POST", f"{ROOT}/text/sign?file=small", token, json={"why": "by hand"})
    assert signed.json()["versions"][0]["reason"] == "by hand"
    night = {"text": SMALL.replace("menu: small", "menu: night"), "why": "for the night"}
    assert (await web.ask("PUT", f"{ROOT}/text?file=night", token, json=night)).json()["number"] == "night 1"
    assert file.with_name("night.yaml").read_text() == night["text"]


async def test_who_only_reads_menus_changes_none(web, file):
    token = web.token("menus:read")
    body = {"text": LONGER, "why": "x"}
    for method, path in (
        ("POST", "/drafts"), ("PUT", "/drafts/1"), ("POST", "/drafts/1/publish"), ("DELETE", "/drafts/1"),
        ("PUT", "/text?file=small"), ("POST", "/text/sign?file=small"),
        ("POST", "/versions/1/rollback?file=small"),
    ):  # fmt: skip
        answer = await web.ask(method, f"{ROOT}{path}", token, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing"), path
    assert (await web.ask("GET", f"{ROOT}/drafts", token)).json()["items"] == []
    assert file.read_text() == SMALL


def spoken(seconds: float, *, rate: int = 16000) -> bytes:
    """A second of tone as a WAV file."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (int(9000 * math.sin(at / 12)) for at in range(int(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<h", one) for one in samples))
    return made.getvalue()


async def test_a_prompt_is_recorded_over_what_was_read_and_given_back(web):
    token, path = web.token("menus:write"), "/api/v1/prompts/zh/greeting"
    read = await web.ask("GET", path, token)
    tag = {"If-Match": read.headers["ETag"]}
    short = await web.ask("PUT", f"{path}/sound", token, content=spoken(0.01))
    first = await web.ask("PUT", f"{path}/sound", token, content=spoken(1.0), headers=tag)
    second = await web.ask("PUT", f"{path}/sound", token, content=spoken(2.0), headers=tag)
    assert (short.status_code, second.status_code) == (422, 412), short.text
    assert (first.json()["source"], 0.9 < first.json()["seconds"] < 1.5) == ("own", True), first.text
    back = await web.ask("DELETE", f"{path}/sound", token)
    assert back.json()["source"] == read.json()["source"]
    new = await web.ask("PUT", "/api/v1/prompts/zh/pool_hours/text", token, json={"text": "泳池八点开放。"})
    assert (new.status_code, new.json()["text"], new.json()["source"]) == (200, "泳池八点开放。", "missing")
    assert [row.event for row in web.rows(ApiAuditRow) if row.event.startswith("prompt.")] == [
        "prompt.record", "prompt.back", "prompt.text",
    ]  # fmt: skip


async def test_a_recording_that_is_too_large_and_a_prompt_without_words_are_told_as_such(web):
    token, path = web.token("menus:write"), "/api/v1/prompts/zh"
    large = await web.ask("PUT", f"{path}/greeting/sound", token, content=bytes(12_000_001))
    assert (large.status_code, large.json()["code"]) == (413, "prompt-too-large")
    assert "list" not in large.json()["detail"]
    for text in ("", " "):
        empty = await web.ask("PUT", f"{path}/own_new/text", token, json={"text": text})
        assert (empty.status_code, empty.json()["code"]) == (422, "prompt-empty")
    assert (await web.ask("GET", f"{path}/own_new", token)).status_code == 404
