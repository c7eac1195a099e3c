"""A reminder and a question to an owner on a real hotline, answered by keys on real telephones."""

from __future__ import annotations

from pathlib import Path

import pytest
from ownconfig import furnish_config
from service import free_port, running
from test_dispatch import at_any_hour, phone, rings_briefly, until

pytestmark = pytest.mark.timeout(150)

HEARD = 18.0
"""Seconds after which an owner has heard what it is about, while the keys are being named: earlier ones do
not count."""
BILLS = "楼栋,单元,房号,月份,物业费,合计\n3,2,602,2026-01,205.50,205.50\n"


async def test_the_owner_allows_a_visitor_by_key_and_the_recording_is_the_proof(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        at = free_port()
        async with phone(at, "1", listens=HEARD):
            asked = await service.cli("confirm", "ask", "3-2-602", "--number", f"sip:wang@127.0.0.1:{at}")
            number = str(asked["number"])
            found = await until(
                service, "confirm", "show", number, holds=lambda one: one["standing"] != "asking"
            )
    assert (found["standing"], found["attempts"][0]["outcome"]) in (
        ("allowed", "confirmed"), ("allowed", "under way"),
    )  # fmt: skip
    assert found["leg"]
    assert (tmp_path / "recordings" / found["recording"]).is_file()


async def test_the_owners_next_number_is_rung_when_the_first_does_not_answer(tmp_path: Path) -> None:
    furnish_config(tmp_path, listens=False)
    rings_briefly(tmp_path, "confirmation")
    async with running(tmp_path) as service:
        gone, there = free_port(), free_port()
        owners = [f"sip:wang@127.0.0.1:{port}" for port in (gone, there)]
        async with phone(there, "2", listens=HEARD):
            asked = await service.cli(
                "confirm", "ask", "3-2-602", "--number", owners[0], "--number", owners[1]
            )
            found = await until(
                service, "confirm", "show", str(asked["number"]),
                holds=lambda one: one["standing"] != "asking", within=90,
            )  # fmt: skip
    assert found["standing"] == "refused"
    assert len(found["attempts"]) == 2


async def test_a_reminded_owner_says_it_is_paid_and_the_task_is_filed(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        at = free_port()
        (tmp_path / "people.csv").write_text(
            f"姓名,电话,楼栋,单元,房号\n王芳,sip:wang@127.0.0.1:{at},3,2,602\n", "utf-8"
        )
        (tmp_path / "bills.csv").write_text(BILLS, "utf-8")
        at_any_hour(tmp_path, "reminder")
        await service.cli("fees", "import", str(tmp_path / "bills.csv"))
        await service.cli("reminders", "create", "一月")
        await service.cli("reminders", "import", "一月", str(tmp_path / "people.csv"))
        async with phone(at, "12", listens=HEARD):
            await service.cli("reminders", "start", "一月")
            shown = await until(
                service, "reminders", "show", "一月", holds=lambda one: one["state"] == "done", within=60
            )
    assert shown["results"] == {"says_paid": 1}
