"""The hotline calls itself over real SIP and listens; or calls a telephone that is no hotline."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from ownconfig import furnish_config
from service import HOTLINE, Service, free_port, running

pytestmark = pytest.mark.timeout(120)

PHONE = Path(__file__).with_name("phone.py")


NUMBER = "8888"


def trunk_to_itself(home: Path, sip: int) -> None:
    """A carrier that sends calls for the hotline's number back to it."""
    (furnish_config(home) / "hotline.yaml").write_text(
        "sip:\n  accounts:\n"
        f"    - {{name: trunk, user: '{NUMBER}', domain: '127.0.0.1:{sip}', register_every: 0}}\n",
        encoding="utf-8",
    )


async def selftest(service: Service, *options: str) -> tuple[int | None, Any]:
    process = await asyncio.create_subprocess_exec(
        HOTLINE, "selftest", "--now", *options, "--home", service.home, "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 70)
    return process.returncode, json.loads(out)


@pytest.mark.alone
async def test_a_hotline_that_works_hears_its_greeting_its_menu_and_the_answer_to_a_key(
    tmp_path: Path,
) -> None:
    sip = free_port()
    trunk_to_itself(tmp_path, sip)
    async with running(tmp_path, sip=sip) as service:
        code, found = await selftest(service, "--account", "trunk")
        calls = await service.cli("calls", "list", "--unmasked")
        tickets = await service.cli("tickets", "list")
    assert (code, found["passed"], found["step"]) == (0, True, ""), found
    assert found["to"] == NUMBER
    assert min(float(found[name]) for name in ("greeting_score", "menu_score", "key_score")) > 0.9
    assert 0.9 <= float(found["ring_seconds"]) <= 2.5
    assert tickets == []
    # both halves can be told from people's calls
    assert [call["outcome"] for call in calls] == ["selftest", "selftest"]
    assert sorted(call["direction"] for call in calls) == ["inbound", "outbound"]


async def test_a_number_that_leads_elsewhere_is_told_from_the_hotline(tmp_path: Path) -> None:
    async with running(tmp_path) as service:
        port = free_port()
        phone = await asyncio.create_subprocess_exec(sys.executable, PHONE, str(port), "")
        try:
            code, found = await selftest(service, "--number", f"sip:x@127.0.0.1:{port}")
        finally:
            phone.send_signal(signal.SIGKILL)
            await phone.wait()
        (last,) = await service.cli("selftest", "--last")
    assert (code, found["passed"], found["step"]) == (1, False, "greeting")
    assert "answered, but by something else" in found["reason"]
    assert last["reason"] == found["reason"]
