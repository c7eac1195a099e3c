"""Calls the machine places, on a real hotline with real telephones that answer or do not."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ownconfig import furnish_config
from service import CommandFailed, Service, free_port, running

from hotline.call.clock import SystemClock
from hotline.call.ports import Deed, NewTicket, Place, TicketAction, TicketKind, Urgency
from hotline.db.engine import Database
from hotline.home import Home
from hotline.language.numbers import normalise
from hotline.tickets.service import Tickets

pytestmark = pytest.mark.timeout(150)

CALLER = Path(__file__).with_name("caller.py")
PHONE = Path(__file__).with_name("phone.py")
RESIDENT = "13800001111"


@contextlib.asynccontextmanager
async def phone(port: int, keys: str, *, listens: float = 1.0) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, PHONE, str(port), keys, str(listens), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while (line := await process.stdout.readline()).strip() != b"ready":
                assert line, "the telephone ended before it took calls"
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


@contextlib.asynccontextmanager
async def tickets_of(home: Path) -> AsyncIterator[Tickets]:
    """The tickets of a running hotline, from another process: a command line takes seconds to start."""
    db = Database(Home(home).database_url, clock=SystemClock())
    zones = {"default": ZoneInfo("Asia/Shanghai")}
    yield Tickets(db, clock=SystemClock(), zones=zones, normalise=normalise)
    await db.aclose()


async def file_urgent(home: Path) -> str:
    new = NewTicket(
        estate="default", kind=TicketKind.REPAIR, topic="repairs", urgency=Urgency.URGENT,
        place=Place("3", "2", "602"), caller_number=RESIDENT,
    )  # fmt: skip
    async with tickets_of(home) as tickets:
        return (await tickets.open_ticket(new)).number


async def reopened_after_completion(home: Path, owner: str) -> str:
    """File an ordinary ticket without a number to call, have it done, wait for its end, reopen it."""
    new = NewTicket(estate="default", kind=TicketKind.REPAIR, place=Place("3", "2", "602"))
    async with tickets_of(home) as tickets:
        number = (await tickets.open_ticket(new, who=owner)).number
        for action in (TicketAction.ACCEPT, TicketAction.COMPLETE):
            await tickets.act(number, Deed(action=action, who=owner))
        async with asyncio.timeout(30):
            while (found := await tickets.find("default", number)) and found.state != "closed":
                await asyncio.sleep(0.3)
        await tickets.act(number, Deed(action=TicketAction.REOPEN, who="李主管", why="still leaking"))
    return number


async def until(service: Service, *words: str, holds: Callable[[Any], bool], within: float = 40) -> Any:
    """Ask the command line until the answer holds; a refusal may only be too early."""
    deadline = time.monotonic() + within
    found: Any = None
    while True:
        with contextlib.suppress(CommandFailed):
            found = await service.cli(*words)
            if holds(found):
                return found
        assert time.monotonic() < deadline, "\n".join([str(found), *service.errors[-12:]])
        await asyncio.sleep(0.3)


async def test_an_urgent_ticket_rings_the_roster_within_five_seconds_until_a_key_accepts(
    tmp_path: Path,
) -> None:
    gone, taking = free_port(), free_port()
    furnish_config(tmp_path, listens=False)
    rings_briefly(tmp_path, "urgent")
    roster(tmp_path, gone, taking)
    async with running(tmp_path) as service, phone(taking, "1"):
        number = await file_urgent(tmp_path)
        call = await until(service, "outbound", "show", number, holds=lambda call: call["state"] == "done")
        ticket = await service.cli("tickets", "show", number)
    assert call["tried"][0]["outcome"] == "failed"
    assert [attempt["confirmed"] for attempt in call["tried"]] == ["", "accepted"]
    assert (call["result"], ticket["state"], ticket["assignee"]) == ("accepted", "accepted", "师傅2")
    opened, rung = ticket["opened_at"], call["tried"][0]["at"]
    assert _seconds_between(opened, rung) < 5


async def test_a_call_cut_off_by_a_crash_is_placed_again_and_confirmed_once(tmp_path: Path) -> None:
    async with running(tmp_path, standby=True) as service:
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
    async with running(tmp_path, standby=True) as service:
        taking = free_port()
        roster(tmp_path, taking)
        turns = {"welcome": {"keys": "00", "interrupts": True}}
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
                call = await until(
                    service, "outbound", "show", number,
                    holds=lambda call: call["state"] == "done", within=60,
                )  # fmt: skip
                found = await service.cli("tickets", "show", number)
        finally:
            if caller.returncode is None:
                caller.kill()
            await caller.wait()
    assert (found["state"], found["assignee"], found["owner"]) == ("accepted", "师傅1", "师傅1")
    assert (call["kind"], call["result"], call["roster"]) == ("dispatch", "accepted", "emergency")
    assert [attempt["confirmed"] for attempt in call["tried"]].count("accepted") == 1
    assert [line["event"] for line in found["history"]].count("accepted") == 1


async def test_the_owner_of_a_reopened_ticket_is_called_until_a_key_confirms_it(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        owner = free_port()
        people = f"people:\n  王师傅: 'sip:p1@127.0.0.1:{owner}'\n"
        rosters = "rosters:\n  emergency: []\n  general_manager: []\n  operator: []\n"
        (tmp_path / "config" / "roster.yaml").write_text(people + rosters, encoding="utf-8")
        at_any_hour(tmp_path, "notice")
        async with phone(owner, "1"):
            number = await reopened_after_completion(tmp_path, "王师傅")
            call = await until(
                service, "outbound", "show", number, holds=lambda call: call["state"] == "done"
            )
            ticket = await service.cli("tickets", "show", number)
    assert (call["kind"], call["result"], call["tried"][-1]["confirmed"]) == (
        "notice", "acknowledged", "acknowledged",
    )  # fmt: skip
    history = [(line["who"], line["event"]) for line in ticket["history"]]
    assert history[-3:] == [("李主管", "reopened"), ("hotline", "telling_owner"), ("王师傅", "acknowledged")]
    assert ("hotline", "closed") in history, "no number to call: there is nobody to be followed up with"
    assert (ticket["state"], ticket["owner"]) == ("reopened", "王师傅")


def at_any_hour(home: Path, policy: str) -> None:
    """Take the window out of a policy."""
    _change(home, policy, r"    window: decent_hours\n", "")


def rings_briefly(home: Path, policy: str) -> None:
    """Give a telephone that is not there six seconds by this policy: UDP tells nobody that it is not."""
    _change(home, policy, r"    ring: \d+\n", "    ring: 6\n")


def _change(home: Path, policy: str, line: str, to: str) -> None:
    path = home / "config" / "outbound.yaml"
    before, after = path.read_text(encoding="utf-8").split(f"\n  {policy}:\n", 1)
    mine, count = re.subn(line, to, after, count=1)
    assert count == 1, f"{policy} in outbound.yaml has no {line}"
    path.write_text(f"{before}\n  {policy}:\n{mine}", encoding="utf-8")


def _seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
