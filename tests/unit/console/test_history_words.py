"""Histories on Chinese pages: everything the hotline itself writes has its words there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import yaml

import hotline
from hotline.call.ports.wakeups import Repeat, WakeTime
from hotline.campaigns import reminders
from hotline.home import shipped
from hotline.tickets import life
from hotline.wakeup.book import described
from hotline.web.console.fees import historywords as fees
from hotline.web.console.fees import lines
from hotline.web.console.tickets import historywords as tickets
from hotline.web.console.tickets import words
from hotline.web.console.wakeups import historywords as wakeups
from hotline.web.masks import Masks

SOURCES = Path(hotline.__file__).parent
WRITERS = frozenset({"note", "note_in", "record", "write", "alarm", "_alarming", "_cancel"})
"""Functions that write a line of a history: its event is given by position."""
REMARKS = frozenset({"why", "detail"})


def calls(*folders: str) -> Iterator[ast.Call]:
    for folder in folders:
        for path in sorted((SOURCES / folder).rglob("*.py")):
            yield from (
                one for one in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(one, ast.Call)
            )


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def constant(node: ast.expr) -> str | None:
    """A constant, also one with holes: they are filled with a number, or what stands for a visit."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _filled(part) for part in node.values
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _filled(part: ast.expr) -> str:
    name = getattr(getattr(part, "value", None), "id", "")
    return reminders.VISIT if name == "VISIT" else "7"


def written(*folders: str) -> Iterator[tuple[str, str]]:
    """Yield (event, remark) as the sources give them; either may be empty."""
    for call in calls(*folders):
        remarks = [constant(one.value) or "" for one in call.keywords if one.arg in REMARKS]
        if name_of(call) in WRITERS:
            events = [text for one in call.args if (text := constant(one))]
            yield from ((event, remark) for event in events for remark in remarks or [""])
        if name_of(call) == "Deed":
            yield from (("", remark) for remark in remarks)
        if name_of(call) == "NoteTicket":
            event = next(constant(one.value) or "" for one in call.keywords if one.arg == "event")
            yield from ((event, remark) for remark in remarks or [""])


CODE = re.compile(r"[a-z_]+")
WORDS = re.compile(r"[A-Za-z]{2,}")


def test_every_event_and_remark_of_a_tickets_history_has_chinese_words():
    found = set(written("tickets", "ivr"))
    assert len(found) > 20
    events = {event for event, _ in found if CODE.fullmatch(event)} | set(life.EVENTS.values())
    assert events - set(words.EVENTS) == set()
    remarks = {remark for _, remark in found if remark}
    english = [remark for remark in remarks if WORDS.search(tickets.in_chinese(remark))]
    assert english == []


def test_every_note_of_the_shipped_menus_and_of_lists_has_chinese_words():
    def notes(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key == "note" and isinstance(value, str))
            node = list(node.values())
        if isinstance(node, list):
            for one in node:
                yield from notes(one)

    menus = sorted((shipped("config") / "menus").rglob("*.yaml"))  # and what their scenarios see written
    said = {note for path in menus for note in notes(yaml.safe_load(path.read_text("utf-8"))) if note}
    said |= {
        text
        for call in calls("campaigns")
        if name_of(call) == "file"
        for one in call.args
        if (text := constant(one))
    }
    assert len(said) > 8
    said = {note.replace("from main", "from 1") for note in said}  # a queue's own name stays
    assert [note for note in sorted(said) if WORDS.search(tickets.in_chinese(note))] == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("caller hung up; about bill 20260900117", "来电人挂断；涉及账单 20260900117"),
        ("call interrupted; belongs to 202611220003", "通话中断；属于工单 202611220003"),
        ("called again about it (王强)", "再次来电催问 (王强)"),
        ("personal visit: 3 calls in vain (十一月催费)", "上门：呼叫 3 次无果 (十一月催费)"),
        (
            "handed to operator 801; said before: 1.0-2.5 s of the recording",
            "转接话务员 801；先前所说：录音第 1.0-2.5 秒",
        ),
        ("1 of 5: follow-up call", "满意度 1 / 5：回访电话"),
        ("李师傅 工程部: by telephone", "李师傅 工程部：通过电话"),
        ("follow-up: satisfaction 2", "回访：满意度 2"),
        ("no number of 张三: roster repairs", "张三 没有号码：按值班表“repairs”呼叫"),
        ("客人说 a; b", "客人说 a; b"),
        ("他说: 水还在漏", "他说: 水还在漏"),
        ("spoke to the owner", "spoke to the owner"),
        ("水管坏了\nremark by the caller", "水管坏了\n来电人补充"),
    ],
)
def test_what_people_wrote_stays_beside_what_the_hotline_wrote(stored: str, shown: str) -> None:
    assert tickets.detail("remark", stored, chinese=True) == shown
    assert tickets.detail("remark", stored, chinese=False) == stored


def test_a_persons_remark_is_theirs_whatever_it_looks_like():
    assert tickets.detail("remark", "not solved", chinese=True, by_hotline=False) == "not solved"
    assert tickets.detail("remark", "disputes the bill (十月)", chinese=True) == "对账单有异议 (十月)"


def test_codes_are_words_in_both_languages():
    assert tickets.detail("nature", "asking_help: 老人", chinese=True) == "求助: 老人"
    assert tickets.detail("more_urgent", "urgent", chinese=True) == "急"
    assert tickets.detail("sla_breach", "on_site", chinese=False) == "On site"


def test_every_event_and_reason_of_a_wake_ups_history_has_words():
    found = set(written("wakeup", "ivr/../wakeup"))
    events = {event for event, _ in found if CODE.fullmatch(event)}
    reasons = events & set(wakeups.WHYS)  # of an alarm: given by position
    assert {"rung_out", "alarm", "booked", "skipped"} <= events
    assert events - reasons - set(wakeups.EVENTS) == set()
    for remark in {remark for _, remark in found if remark}:
        assert not WORDS.search(wakeups.why("rung_out", remark, Masks(), chinese=True)), remark


@pytest.mark.parametrize(
    ("when", "zh", "en"),
    [
        (WakeTime(at=time(7), repeat=Repeat.DAILY), "07:00 每天", "07:00 daily"),
        (
            WakeTime(at=time(7), repeat=Repeat.ONCE, first=date(2026, 11, 24)),
            "07:00 一次 2026-11-24", "07:00 once 2026-11-24",
        ),
        (
            WakeTime(at=time(6, 30), repeat=Repeat.DAYS, days=frozenset({1, 3})),
            "06:30 周一三", "06:30 Mon Wed",
        ),
        (
            WakeTime(at=time(7), repeat=Repeat.WORKDAYS, until=date(2026, 12, 1)),
            "07:00 工作日 – 2026-12-01", "07:00 workdays – 2026-12-01",
        ),
    ],
)  # fmt: skip
def test_a_time_in_a_wake_ups_history_is_read_in_the_pages_language(when: WakeTime, zh: str, en: str) -> None:
    for chinese, shown in ((True, zh), (False, en)):
        assert wakeups.why("booked", described(when), Masks(), chinese=chinese) == shown
        changed = f"{described(when)} → {described(when)}"
        assert wakeups.why("changed", changed, Masks(), chinese=chinese) == f"{shown} → {shown}"


def test_every_event_and_remark_of_a_bills_history_has_chinese_words():
    found = set(written("fees"))
    assert {event for event, _ in found if CODE.fullmatch(event)} - set(fees.EVENTS) == set()
    assert {"reminded", reminders.SAYS_PAID, reminders.DISPUTE} <= set(fees.EVENTS)  # of calls about them
    stored = {
        "320.00 yuan, due 2026-11-30": "320.00 元，应缴日 2026-11-30",
        "on 2026-11-20, list": "缴费日 2026-11-20，名单",
        "on 2026-11-20, 现金": "缴费日 2026-11-20，现金",
        "total 300.00 → 320.00; notice none → 2026-11-01": "总额 300.00 → 320.00；通知日 2026-11-01",
        "to be paid by 2026-12-01": "承诺 2026-12-01 前缴清",
        "items divided otherwise; due 2026-11-30 → 2026-12-05": (
            "各项金额有变；应缴日 2026-11-30 → 2026-12-05"
        ),
    }
    for english, chinese in stored.items():
        assert fees.detail(english, chinese=True) == chinese
        assert fees.detail(english, chinese=False) == english


def test_an_account_stands_there_by_its_name_and_others_are_masked():
    row = SimpleNamespace(
        at=datetime(2026, 11, 23, tzinfo=UTC), bill="1", who="user:op1", event="says_paid", detail=""
    )
    shown = lines.history(row, lambda zh, en: zh, ZoneInfo("Asia/Shanghai"), Masks(), chinese=True)  # type: ignore[arg-type]
    assert shown.cells[2:4] == ("op1", "称已缴")
    assert fees.who("张三", lambda zh, en: zh, Masks()) == "张*"
    assert fees.who("reminder", lambda zh, en: zh, Masks()) == "催费电话"
