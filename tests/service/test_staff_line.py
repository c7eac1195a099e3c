"""Staff and managers on real calls: they identify themselves by keys and work on real tickets."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from service import Service, free_port, running
from test_dispatch import CALLER, file_urgent, phone, until

pytestmark = pytest.mark.timeout(150)

STRANGER = "13900002222"


async def calling(
    service: Service, caller: str, turns: dict[str, dict[str, object]]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, CALLER, f"127.0.0.1:{service.sip}", str(free_port()), str(service.home / "run"),
        caller, json.dumps(turns),
    )  # fmt: skip


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_a_technician_accepts_a_ticket_by_staff_number_and_pin(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        member = await service.cli("staff", "add", "12", "王师傅", "--role", "technician")
        number = await file_urgent(tmp_path)
        turns = {
            "welcome": {"keys": "7", "interrupts": True},
            "staff": {"keys": f"12#{member['pin']}#", "interrupts": True},
            "staff_desk": {"keys": "1", "interrupts": True},
            "staff_ticket": {"keys": f"{number}#", "interrupts": True},
            # who knows the work does not listen to the whole case
            "staff_case": {"keys": "1", "interrupts": True},
            "staff_accepted": {"hangs_up": True},
        }
        caller = await calling(service, STRANGER, turns)
        try:
            assert await asyncio.wait_for(caller.wait(), 90) == 0
        finally:
            await end(caller)
        ticket = await service.cli("tickets", "show", number, "--unmasked")
        assert (ticket["state"], ticket["assignee"]) == ("accepted", "王师傅")
        assert member["pin"] not in "\n".join(service.errors)
        calls = await until(
            service, "calls", "list", holds=lambda found: bool(found and all(call["end"] for call in found))
        )
        record = await service.cli("calls", "show", calls[0]["uniqueid"], "--unmasked")
        assert member["pin"] not in json.dumps(record)


async def test_the_general_manager_takes_a_call_and_the_case_is_theirs(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        port = free_port()
        (tmp_path / "config" / "roster.yaml").write_text(
            "rosters:\n  emergency: []\n  operator: []\n  general_manager:\n"
            f"    - {{name: 陈总, number: 'sip:gm@127.0.0.1:{port}'}}\n",
            encoding="utf-8",
        )
        hours = tmp_path / "config" / "hours.yaml"
        text = hours.read_text("utf-8")
        hours.write_text(_always_open(text), encoding="utf-8")
        turns = {
            "welcome": {"keys": "4", "interrupts": True},
            "manager_name": {"speech": "place.wav"},
            "manager_matter": {"speech": "place.wav"},
        }
        async with phone(port, "1"):
            caller = await calling(service, STRANGER, turns)
            try:
                (ticket,) = await until(
                    service, "tickets", "list", "--unmasked",
                    holds=lambda found: [one["state"] for one in found] == ["accepted"], within=90,
                )  # fmt: skip
            finally:
                await end(caller)
        assert (ticket["topic"], ticket["assignee"]) == ("general_manager", "陈总")


def _always_open(hours: str) -> str:
    """Open the manager's window all day, whatever hour the test runs at."""
    begin = hours.index("  general_manager:")
    lines = hours[begin:].split("\n")
    kept = 1
    while kept < len(lines) and (lines[kept].startswith("    ") or not lines[kept].strip()):
        kept += 1
    window = '  general_manager:\n    - days: every_day\n      times: ["00:00-24:00"]\n'
    return hours[:begin] + window + "\n".join(lines[kept:])
