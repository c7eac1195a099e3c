"""What the trade's pages show, without a browser: order, words in both languages, masks, pages of lists."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from hotline.call.errors import Problem
from hotline.call.ports import BillSummary, DutyContact, Place
from hotline.call.ports.fees import room_subject
from hotline.call.ports.wakeups import Repeat, WakeTime
from hotline.campaigns.results import QuestionResult, Tally
from hotline.campaigns.states import PersonState
from hotline.duty.roster import Reason, Turn
from hotline.duty.timetable import Stretch
from hotline.fees.repository import Debt
from hotline.home import shipped
from hotline.wakeup import entries
from hotline.wakeup.course import State
from hotline.wakeup.entries import Entry
from hotline.wakeup.register import Line
from hotline.web.console.campaigns import lines as campaigns
from hotline.web.console.duty import lines as duty
from hotline.web.console.fees import lines as fees
from hotline.web.console.kit import paging, uploads
from hotline.web.console.wakeups import lines as wakeups
from hotline.web.masks import Masks

ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
"""07:00 in the morning of the 23rd."""


def zh(chinese: str, english: str) -> str:
    return chinese


def en(chinese: str, english: str) -> str:
    return english


def entry(shown_as: str, number: str = "1001", **facts: object) -> Entry:
    line = Line(
        number=number, day=date(2026, 11, 23), place="808", due_at=DUE, state=State.DUE,
        requested_by="guest", confirmed_at=None, confirmed_by="", minutes_late=None, snoozes=0, reason="",
        alarmed_at=None, attempts=(),
    )  # fmt: skip
    when = WakeTime(at=time(7), repeat=Repeat.DAILY)
    booking = SimpleNamespace(when=when, note=str(facts.get("note", "")))
    return Entry(line=line, booking=booking, filed=True, minutes_late=None, shown_as=shown_as)  # type: ignore[arg-type]


def test_red_wake_ups_stand_on_top_the_worst_first_the_others_by_time():
    found = [
        entry(entries.DUE, "1"),
        entry(entries.LATE, "2"),
        entry(entries.DONE, "3"),
        entry(entries.ALARM, "4"),
    ]
    assert [one.line.number for one in wakeups.in_order(found)] == ["4", "2", "1", "3"]


def test_a_line_of_the_register_says_its_state_in_words_and_hides_numbers_in_notes():
    row = wakeups.entry(entry(entries.ALARM, note="call 13800001111"), zh, ZONE, Masks())
    assert row.cells[:3] == ("11-23 07:00", "808", "告警\n待叫醒")
    assert (row.tone, row.link) == ("red", "/register/1001")
    assert row.cells[8] == "每天\ncall 138****1111"
    assert wakeups.entry(entry(entries.DUE), en, ZONE, Masks()).cells[7] == "1001 guest"


def test_the_totals_leave_out_what_there_is_none_of():
    assert wakeups.totals([entry(entries.DUE), entry(entries.ALARM)], zh) == "共 2 · 待叫醒 1 · 告警 1"


BILL = BillSummary(
    number="20260800001", place=Place("3", "2", "602"), month="2026-08", items=(), total=Decimal("315.08"),
    late_fee=Decimal("0.32"), due_on=date(2026, 8, 15), notice_on=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("today", "tone", "since"),
    [
        (date(2026, 8, 15), "", "2026-08-15\nnot due"),
        (date(2026, 11, 14), "amber", "2026-08-15\n91 days ago"),
        (date(2027, 2, 12), "red", "2026-08-15\n181 days ago"),
    ],
)
def test_a_debt_turns_amber_and_red_with_its_age_and_says_so(today, tone, since):
    debt = Debt(BILL.place, (BILL,), None)
    row = fees.debt(debt, "default", None, {}, en, Masks(), today)
    assert (row.tone, row.cells[6], row.cells[1]) == (tone, since, "no telephone")
    assert row.link == "/fees/room?room=3-2-602"


def test_a_debt_shows_what_came_of_the_latest_reminder():
    person = SimpleNamespace(state=PersonState.FINISHED, result="promised")
    called = {room_subject("default", BILL.place): [(person, None)]}
    row = fees.debt(Debt(BILL.place, (BILL,), None), "default", None, called, zh, Masks(), date(2026, 9, 1))  # type: ignore[arg-type]
    assert row.cells[8] == "承诺缴费"


def test_what_people_typed_about_a_bill_is_masked_days_are_not():
    line = SimpleNamespace(
        at=DUE, bill="1", who="hotline", event="promised", detail="to be paid by 2026-12-01"
    )
    assert fees.history(line, zh, ZONE, Masks(), chinese=True).cells[4] == "承诺 2026-12-01 前缴清"  # type: ignore[arg-type]
    line = SimpleNamespace(at=DUE, bill="1", who="hotline", event="withdrawn", detail="call 13800001111")
    assert fees.history(line, zh, ZONE, Masks(), chinese=True).cells[4] == "call 138****1111"  # type: ignore[arg-type]


def test_progress_counts_people_nobody_calls_any_more():
    tally = Tally(4, {PersonState.FINISHED: 1, PersonState.NOT_REACHED: 1, PersonState.PLANNED: 2}, 1)
    assert campaigns.progress(tally) == "2 / 4 (50 %)"
    assert campaigns.progress(Tally(0, {}, 0)) == ""


def test_a_question_draws_a_bar_for_each_value_none_of_them_empty():
    row = campaigns.question(QuestionResult("solved", 201, 1.5, {"1": 200, "2": 1}, 0), zh)
    assert row.cells[2:4] == ("1.50", "1  " + "█" * 20 + " 200\n2  █ 1")


def test_the_shipped_questions_are_called_as_people_call_them_and_others_as_their_file_does():
    asked = (shipped("config") / "menus" / "outbound" / "survey.yaml").read_text(encoding="utf-8")
    reports = set(re.findall(r"report: \{as: (\w+)", asked)) - {"finished", "not_now", "stop"}
    assert reports == set(campaigns.QUESTIONS)
    named = [
        campaigns.question(QuestionResult(name, 1, None, {}, 0), zh).cells[0] for name in ("overall", "own")
    ]
    assert named == ["总体满意度", "own"]


def turn(name: str, begin: datetime, end: datetime, **facts: object) -> Turn:
    return replace(
        Turn(
            contact=DutyContact(name, "801"), reason=Reason.WEEKLY, begin=begin, end=end, day=begin.date(),
            rank=(0, 0, 0),
        ),
        **facts,
    )  # fmt: skip


def test_a_day_of_duty_names_hours_stand_ins_and_the_time_with_nobody():
    begin = duty.midnight(date(2026, 11, 23), ZONE)
    noon = begin + timedelta(hours=12)
    day = turn("张三", begin, noon, reason=Reason.CHANGE, instead_of="李四")
    found = [Stretch(begin, noon, (day,)), Stretch(noon, begin + timedelta(days=2), ())]
    first = duty.day_cell(found, date(2026, 11, 23), ZONE, zh, Masks(unmasked=True))
    assert first == "00:00–12:00 张三（代李四）\n12:00–24:00 ⚠ 无人"
    assert duty.day_cell(found, date(2026, 11, 24), ZONE, en, Masks()) == "⚠ NOBODY"


def test_a_roster_with_nobody_on_it_is_a_finding_and_called_what_people_call_it():
    row = duty.unmanned("emergency", zh, must=True)
    assert row.tone == "red" and row.cells[0] == "紧急 (emergency)" and "roster.yaml" in row.cells[1]
    assert duty.unmanned("night", en, must=False).cells[0] == "night"


def test_a_page_knows_whether_another_follows_and_one_behind_the_end_is_the_last():
    assert paging.part([1, 2, 3], 2, 2) == paging.Part([1, 2], 2, True)
    assert paging.part_of_all([1, 2, 3], 9, 2) == paging.Part([3], 2, False)
    assert paging.part_of_all([], 1, 2) == paging.Part([], 1, False)
    assert paging.offset(-5) == 0


def test_an_address_leaves_out_what_is_not_asked_and_quotes_the_rest():
    asked = {"room": "A-1&b=<x>", "page": 1, "all": False, "state": ""}
    assert paging.address("/fees", asked) == "/fees?room=A-1%26b%3D%3Cx%3E"
    assert paging.address("/fees", {"page": 1}) == "/fees"


def test_a_mistake_of_a_list_stands_beside_its_row():
    row = uploads.problem_row(Problem("list.csv", 3, "room", "no room 999"), chinese=False)
    assert (row.cells, row.tone) == (("3", "room", "no room 999"), "red")
    assert uploads.problem_row(Problem("list.csv", 0, "", "odd", warning=True), chinese=True).tone == "amber"
