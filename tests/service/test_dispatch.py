"""Calls the machine places, on a real hotline with real telephones that answer or do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from service import Service, free_port, running

from hotline.call.clock import SystemClock
from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language.numbers import normalise
from hotline.tickets.service import Tickets

pytestmark = pytest.mark.timeout(150)

CALLER = Path(__file__).with_name("caller.py")
PHONE = Path(__file__).with_name("phone.py")
RESIDENT = "13800001111"


@contextlib.asynccontextmanager
async def phone(port: int, keys: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, PHONE, str(port), keys)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def roster(home: Path, *ports: int) -> None:
    people = "".join(
        f"    - {{name: 师傅{number}, number: 'sip:p{number}@127.0.0.1:{port}'}}\n"
        for number, port in enumerate(ports, start=1)
    )
    (home / "config" / "roster.yaml").write_text(
        f"rosters:\n  emergency:\n{people}  general_manager: []\n  operator: []\n", encoding="utf-8"
    )


async def file_urgent(home: Path) -> str:
    db = Database(Home(home).database_url, clock=SystemClock())
    tickets = Tickets(
        db, clock=SystemClock(), zones={"default": ZoneInfo("Asia/Shanghai")}, normalise=normalise
    )
    new = NewTicket(
        estate="default", kind=TicketKind.REPAIR, topic="repairs", urgency=Urgency.URGENT,
        place=Place("3", "2", "602"), caller_number=RESIDENT,
    )  # fmt: skip
    filed = await tickets.open_ticket(new)
    await db.aclose()
    return filed.number


async def until(service: Service, *words: str, holds: Callable[[Any], bool], within: float = 40) -> Any:
    """Ask the command line until the answer holds."""
    deadline = time.monotonic() + within
    while True:
        found = await service.cli(*words)
        if holds(found):
            return found
        assert time.monotonic() < deadline, "\n".join([str(found), *service.errors[-12:]])
        await asyncio.sleep(0.3)


async def test_an_urgent_ticket_rings_the_roster_within_five_seconds_until_a_key_accepts(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as service:
        gone, taking = free_port(), free_port()
        roster(tmp_path, gone, taking)
        async with phone(taking, "1"):
            number = await file_urgent(tmp_path)
            call = await until(
                service, "outbound", "show", number, holds=lambda call: call["state"] == "done"
            )
            ticket = await service.cli("tickets", "show", number)
    assert call["tried"][0]["outcome"] == "failed"
    assert [attempt["confirmed"] for attempt in call["tried"]] == ["", "accepted"]
    assert (call["result"], ticket["state"], ticket["assignee"]) == ("accepted", "accepted", "师傅2")
    opened, rung = ticket["opened_at"], call["tried"][0]["at"]
    assert _seconds_between(opened, rung) < 5


async def test_a_call_cut_off_by_a_crash_is_placed_again_and_confirmed_once(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        taking = free_port()
        roster(tmp_path, taking)
        async with phone(taking, ""):  # answers, presses nothing
            number = await file_urgent(tmp_path)
            await until(
                service, "outbound", "show", number,
                holds=lambda call: bool(call["tried"] and call["tried"][0]["leg"]),
            )  # fmt: skip
            os.kill(service.children("calls")[0], signal.SIGKILL)
        async with phone(taking, "1"):
            call = await until(
                service, "outbound", "show", number, holds=lambda call: call["state"] == "done", within=60
            )
            ticket = await service.cli("tickets", "show", number)
    outcomes = [attempt["outcome"] for attempt in call["tried"]]
    assert outcomes[0] == "unknown"
    assert [attempt["confirmed"] for attempt in call["tried"]].count("accepted") == 1
    assert [line["event"] for line in ticket["history"]].count("accepted") == 1


async def test_an_emergency_whose_process_dies_is_rung_again_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        taking = free_port()
        roster(tmp_path, taking)
        turns = {"main": {"keys": "00", "interrupts": True}}
        caller = await asyncio.create_subprocess_exec(
            sys.executable, CALLER, f"127.0.0.1:{service.sip}", str(free_port()), str(service.home / "run"),
            RESIDENT, json.dumps(turns),
        )  # fmt: skip
        try:
            (ticket,) = await until(service, "tickets", "list", holds=lambda found: len(found) == 1)
            await until(
                service, "outbound", "list", holds=lambda found: [c["state"] for c in found] == ["held"]
            )
            async with phone(taking, "1"):
                os.kill(service.children("calls")[0], signal.SIGKILL)
                number = ticket["number"]
                await until(
                    service,
                    "tickets",
                    "show",
                    number,
                    holds=lambda found: found["state"] == "accepted",
                    within=60,
                )
        finally:
            if caller.returncode is None:
                caller.kill()
            await caller.wait()


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
