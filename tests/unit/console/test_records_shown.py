"""Calls and tickets as pages and files show them: masked, in order, nothing that runs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from hotline.call.ports import TicketAction
from hotline.callrecords.models import CallEventRow, RecordingRow
from hotline.home import shipped
from hotline.tickets import sla
from hotline.tickets.life import TRANSITIONS, Hands, TicketState, next_state
from hotline.tickets.policy import LimitName
from hotline.web import exports
from hotline.web.callsearch import Asked, BadAsked, span
from hotline.web.console.calls import timeline
from hotline.web.console.calls.shaping import Look
from hotline.web.console.calls.words import word
from hotline.web.console.tickets import shaping, words
from hotline.web.console.tickets.moving import COLUMNS, actions_to
from hotline.web.masks import Masks

ZONE = ZoneInfo("Asia/Shanghai")
TOPIC = re.compile(r"topic: (\w+)")
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def pieces(*rows):
    for row in rows:
        yield [row]


async def test_a_file_holds_texts_and_real_times_and_runs_nothing(tmp_path):
    evil = ("=1+1", "+cmd", "@SUM(A1)", "＝1", "13800001111", AT, None, 3)
    sent = b"".join([part async for part in exports.csv_pieces(["a"], pieces(evil), ZONE)])
    line = sent.decode("utf-8-sig").splitlines()[1]
    assert line == "'=1+1,'+cmd,'@SUM(A1),'＝1,13800001111,2026-11-23T10:00:00+08:00,,3"
    path = await exports.xlsx_file(["a"], pieces(evil, ("x" * 40_000,)), ZONE)
    try:
        rows = list(load_workbook(path).active)
        assert [cell.data_type for cell in rows[1]][:5] == ["s"] * 5
        assert rows[1][5].value == datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001
        assert len(rows[2][0].value) == exports.LONGEST_CELL
    finally:
        path.unlink()


async def test_an_export_ends_at_its_bound():
    async def read(place):
        return [[1]] * 10, (place or 0) + 1

    found = [row async for rows in exports.in_pieces(read, most=25) for row in rows]
    assert len(found) == 25


@pytest.mark.parametrize("unmasked", [False, True])
def test_keys_and_words_of_a_call_are_hidden_from_whom_they_are_not_for(unmasked):
    look = Look(Masks(unmasked), ZONE, chinese=False)
    pressed = CallEventRow(uniqueid="a", at=AT, kind="DTMF", detail={"key": "7", "source": "rtp"})
    heard = CallEventRow(uniqueid="a", at=AT, kind="HEARD", detail={"text": "我叫张三"})
    assert ("7" in timeline.detail(pressed, look), "张三" in timeline.detail(heard, look)) == (unmasked,) * 2


def test_an_event_leads_into_the_recording_only_where_there_is_sound():
    began = RecordingRow(uniqueid="a", started_at=AT, seconds=30.0, purged_at=None)
    after = AT + timedelta(seconds=12.3)
    assert timeline._seek(after, began) == 12.3
    assert timeline._seek(AT + timedelta(seconds=31), began) is None
    assert timeline._seek(AT - timedelta(seconds=1), began) is None
    began.purged_at = AT
    assert timeline._seek(after, began) is None
    assert timeline.since(after, AT) == "+0:12.3"
    assert timeline.since(AT, after).startswith("-")


def limit(**changed) -> sla.Limit:
    levels = [(50, 5), (80, 8), (100, 20)]
    given = {
        "name": LimitName.SOLVED, "began_at": AT, "due_at": AT + timedelta(hours=20), "met_at": None,
        "ended_at": None,
        "levels": tuple(sla.Level(percent=one, at=AT + timedelta(hours=hours)) for one, hours in levels),
    }  # fmt: skip
    return sla.Limit(**(given | changed))


@pytest.mark.parametrize(
    ("hours", "percent", "tone"),
    [(0, 0, "good"), (5, 50, "amber"), (6.5, 65, "amber"), (14, 90, "warn"), (21, 100, "bad")],
)  # fmt: skip
def test_a_bar_reaches_its_marks_when_the_warnings_come_also_over_a_night(hours, percent, tone):
    shown = shaping.bar(limit(), AT + timedelta(hours=hours), ZONE, chinese=True)
    assert (shown.percent, shown.tone) == (percent, tone)


def test_a_limit_that_is_met_or_stands_still_moves_no_more():
    now = AT + timedelta(days=9)
    assert shaping.bar(limit(met_at=AT), now, ZONE, chinese=True).tone == "met"
    late = shaping.bar(limit(met_at=AT + timedelta(days=2)), now, ZONE, chinese=False)
    assert (late.tone, late.points) == ("bad", ()) and "late" in late.text
    assert shaping.bar(limit(due_at=None), now, ZONE, chinese=True).tone == "still"


def test_a_card_moves_by_an_action_exactly_where_the_table_has_one():
    for begin in TRANSITIONS:
        for end in TicketState:
            there = {
                action
                for action in TRANSITIONS[begin]
                if any(next_state(begin, action, hands) is end for hands in Hands)
            }
            assert set(actions_to(begin, end)) == there
    assert actions_to(TicketState.REGISTERED, TicketState.ASSIGNED)[0] is TicketAction.ASSIGN
    assert TicketState.CLOSED not in COLUMNS


def test_a_search_says_which_day_is_none_and_reads_long_texts_from_a_day_on():
    with pytest.raises(BadAsked, match="no day"):
        span("31.12.", "", ZONE)
    with pytest.raises(BadAsked, match="before"):
        span("2026-11-21", "2026-11-20", ZONE)
    begin, end = span("2026-11-21", "2026-11-21", ZONE)
    assert end - begin == timedelta(days=1)
    assert Asked(text="漏水").dated(AT, ZONE).since == "2026-08-23"
    assert Asked(number="1").dated(AT, ZONE).since == ""
    assert Asked.of({"text": "x" * 500, "other": "1"}).query() == {"text": "x" * 100}


def test_a_ticket_without_words_is_shown_by_its_subject_in_the_readers_language():
    menus = (shipped("config") / "menus").glob("*.yaml")
    written = {found for path in menus for found in TOPIC.findall(path.read_text())}
    assert written
    assert written <= set(words.SUBJECTS)
    assert word(words.SUBJECTS, "repairs", chinese=True) == "报修"
    assert word(words.SUBJECTS, "own_topic", chinese=False) == "own_topic"
