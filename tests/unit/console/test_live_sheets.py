"""What boards and desks show of the picture: whose call, which stage, no number in full."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hotline.call.ports import Direction, Place, TicketKind, Urgency
from hotline.call.ports.paper import NewTicket
from hotline.call.virtual_time import VirtualClock
from hotline.callrecords.models import CallRow
from hotline.db.engine import Database
from hotline.settings import Settings
from hotline.tickets.service import Tickets
from hotline.web.api.parts import EstateFacts
from hotline.web.console.boardsheet import Board
from hotline.web.console.desksheet import DeskView
from hotline.web.console.livefigures import LiveFigures
from hotline.web.console.livehub import LiveHub

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HERE = EstateFacts("default", "示范小区", ZoneInfo("Asia/Shanghai"), "zh")


async def nothing() -> AsyncIterator[dict[str, Any]]:
    return
    yield {}


async def silent() -> None:
    return None


class Now:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, _seconds: float) -> None:
        return


def house(*events: dict[str, Any]) -> LiveHub:
    hub = LiveHub(nothing, VirtualClock(NOW))
    for at, one in enumerate(events):
        hub.calls.take(one, 100.0 + at)
    return hub


def event(kind: str, leg: str, **detail: str) -> dict[str, Any]:
    return {"type": "event", "leg": leg, "event": kind, "detail": detail}


def opened(leg: str, caller: str, estate: str = "default", **more: str) -> dict[str, Any]:
    facts = {"call": leg, "direction": "inbound", "caller": caller, "estate": estate} | more
    return {"type": "leg", "leg": leg, **facts}


def operator(number: str, presence: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "name": "王芳", "presence": presence, "since": NOW.isoformat(), **more}


CALLS = (
    opened("one", "13911112222"),
    event("QUEUE_ENTER", "one", queue="main"),
    event("QUEUE_OFFER", "one", operator="01"),
    opened("two", "13933334444"),
    event("QUEUE_ENTER", "two", queue="main"),
    event("QUEUE_TAKEN", "two", operator="02"),
    opened("three", "13955556666", "north"),
    opened("leg of two", "", call="two", direction="outbound", dialled="01"),
    {"type": "answered", "leg": "leg of two"},
)


def test_the_board_shows_its_estates_calls_with_numbers_masked_and_the_talks_phase() -> None:
    hub = house(*CALLS)
    hub.operators = {
        ("", "01"): operator("01", "ringing"),
        ("default", "02"): operator("02", "talking", call="two", phase="held"),
        ("north", "03"): operator("03", "ready"),
    }
    figures = LiveFigures(None, Now(), Settings(), silent)  # type: ignore[arg-type]
    sheet = Board(hub, figures, HERE, chinese=True).sheet()
    assert {key for key in sheet if key.startswith("call:")} == {"call:one", "call:two"}
    assert sheet["call:one"]["ops"] == ["01"] and sheet["call:two"]["phase"] == "held"
    assert {key for key in sheet if key.startswith("op:")} == {"op:/01", "op:default/02"}
    assert sheet["tiles"]["calls"]["text"] == "2" and sheet["tiles"]["waiting"]["tone"] == "amber"
    text = json.dumps(sheet)
    assert "139****2222" in text and "13911112222" not in text and "13933334444" not in text


def test_a_line_that_was_let_go_is_not_shown_as_ringing() -> None:
    hub = house(*CALLS)
    hub.operators = {("", "01"): operator("01", "ready")}
    figures = LiveFigures(None, Now(), Settings(), silent)  # type: ignore[arg-type]
    assert Board(hub, figures, HERE, chinese=True).sheet()["call:one"]["ops"] == []
    assert DeskView(hub, "default", "01").sheet()["call"] == {"leg": "", "how": ""}


def test_a_desk_has_the_call_it_is_rung_for_and_the_one_it_talks_with() -> None:
    hub = house(*CALLS, event("HEARD", "two", text="水管漏水"))
    hub.operators = {
        ("", "01"): operator("01", "ringing"),
        ("default", "02"): operator("02", "talking", call="two", phase="talking"),
    }
    rung = DeskView(hub, "default", "01").sheet()
    assert (rung["call"]["leg"], rung["call"]["how"], rung["lines"]) == ("one", "ringing", [])
    assert rung["wait:one"]["number"] == "139****2222"
    talks = DeskView(hub, "default", "02").sheet()
    assert (talks["call"]["leg"], talks["call"]["how"]) == ("two", "talking")
    assert [line[:2] for line in talks["lines"]] == [["caller", "水管漏水"]]
    stranger = DeskView(hub, "default", "99").sheet()
    assert stranger["me"] == {"known": False, "presence": "signed_out"} and stranger["lines"] == []


def test_a_desk_that_is_rung_back_for_a_held_caller_has_that_call() -> None:
    hub = house(*CALLS, event("RECALL", "two", operator="02", reason="recall"))
    hub.operators = {("default", "02"): operator("02", "talking")}
    call = DeskView(hub, "default", "02").sheet()["call"]
    assert (call["leg"], call["how"]) == ("two", "ringing")


async def test_red_is_what_is_overdue_or_urgent_and_in_nobodys_hands(db: Database) -> None:
    tickets = Tickets(db, clock=Now(), zones={"default": HERE.zone}, normalise=lambda raw: raw)
    urgent = NewTicket(
        estate="default", kind=TicketKind.REPAIR, urgency=Urgency.URGENT, place=Place("3", "2", "602")
    )
    filed = await tickets.open_ticket(urgent)
    await tickets.open_ticket(NewTicket(estate="default", kind=TicketKind.ENQUIRY))
    start = NOW - timedelta(minutes=5)
    facts = {
        "estate": "default", "process": "p", "direction": Direction.INBOUND, "src": "", "src_raw": "",
        "src_name": "", "dst": "", "dst_raw": "", "account": "", "start": start, "end": NOW,
        "disposition": "ANSWERED", "hangup_cause": "", "outcome": "", "emergency": False,
    }  # fmt: skip
    with db.transaction() as session:
        for number, seconds in enumerate((4.0, 11.5, None)):
            answered = None if seconds is None else start + timedelta(seconds=seconds)
            session.add(
                CallRow(
                    **facts, linkedid=str(number), uniqueid=str(number), answer=answered, ring_seconds=seconds
                )
            )
    figures = LiveFigures(db, Now(), Settings(), silent)
    hub = house()
    figures.begin(hub)
    (_, _, ask_red), (_, _, ask_day) = hub._asking
    assert await ask_red(frozenset({"default"})) == ["default"]
    red = figures.red["default"]
    assert red.count == 1 and (red.lines[0].id, red.lines[0].text) == (filed.number, "3-2-602")
    assert await ask_red(frozenset({"default"})) == []
    await ask_day(frozenset({"default"}))
    day = figures.day["default"]
    assert (day.calls, day.answered, day.in_time, day.abandoned, day.tickets) == (3, 2, 1, 1, 2)
    assert day.share == 0.5
