"""Whole calls on a real hotline: real SIP, real sound, real database; nothing is imitated."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from ownconfig import furnish_config
from service import Service, free_port, running

from hotline.app.livefeed import follow

pytestmark = pytest.mark.timeout(150)

STRANGER = "13900002222"
RESIDENT = "13800001111"
"""3-2-602 in the sample directory."""
SAMPLE = Path("config/samples/residents.csv")
CALLER = Path(__file__).with_name("caller.py")
PHONE = Path(__file__).with_name("phone.py")

BY_KEYS: dict[str, dict[str, Any]] = {
    "welcome": {"keys": "1", "interrupts": True},
    "place": {"keys": "3*2*602#", "interrupts": True},
    "place_keys": {"keys": "3*2*602#", "interrupts": True},
    "say_problem": {"speech": "problem.wav"},
    "emergency_heard": {"keys": "2", "interrupts": True},
    "callback_own": {"keys": "1", "interrupts": True},
    "details": {"keys": "1", "interrupts": True},
    "say_ticket": {"hangs_up": True, "interrupts": True},
}
"""Of somebody who knows the menu: the key for repairs is pressed while the hotline still greets."""

RINGS_ROUND = "      ring: 25\n      rounds: 10\n"
"""How the shipped menu rings the emergency roster. UDP tells nobody that a telephone is gone."""


async def call(
    service: Service, caller: str, turns: Mapping[str, Mapping[str, Any]]
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, CALLER, f"127.0.0.1:{service.sip}", str(free_port()), str(service.home / "run"),
        caller, json.dumps(turns),
    )  # fmt: skip


async def ended(process: asyncio.subprocess.Process, within: float = 120) -> None:
    assert await asyncio.wait_for(process.wait(), within) == 0


async def import_sample(home: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline", "residents", "import", str(SAMPLE), "--home", str(home),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await process.wait() == 0


async def reached(service: Service, step: str, within: float = 60) -> None:
    """Wait until a call's menu is at ``step``."""
    async with asyncio.timeout(within):
        async for event in follow(service.home / "run"):
            if event.get("event") == "MENU" and event["detail"]["step"] == step:
                return


async def the_call(service: Service, within: float = 15) -> dict[str, Any]:
    """The one call's record, once it is closed."""
    deadline = time.monotonic() + within
    while True:
        calls = await service.cli("calls", "list", "--unmasked")
        if calls and calls[0]["end"] and calls[0]["outcome"]:
            shown: dict[str, Any] = await service.cli("calls", "show", calls[0]["uniqueid"], "--unmasked")
            return shown
        assert time.monotonic() < deadline, calls
        await asyncio.sleep(0.2)


async def test_a_stranger_reports_a_leak_by_keys_and_gets_a_ticket(tmp_path: Path) -> None:
    turns = {**BY_KEYS, "main": BY_KEYS["welcome"]}
    del turns["welcome"]  # a stranger hears everything before the main menu
    async with running(tmp_path) as service:
        await import_sample(tmp_path)
        await ended(await call(service, STRANGER, turns))
        record = await the_call(service)
        (ticket,) = await service.cli("tickets", "list", "--unmasked")
    assert (record["disposition"], record["outcome"], record["rings"]) == ("ANSWERED", "ticket", 1)
    assert record["src"] == f"+86{STRANGER}"
    assert 0.9 <= record["ring_seconds"] <= 2.5
    assert ticket["place"] == "3-2-602"
    assert ticket["complete"] is True
    assert ticket["callback_number"].endswith(STRANGER)
    assert ticket["call"] == record["uniqueid"]


async def test_a_call_cut_off_by_kill_9_is_closed_readable_and_called_back(tmp_path: Path) -> None:
    async with running(tmp_path, standby=True) as service:
        await import_sample(tmp_path)
        position = await service.line("hotline ready")
        caller = await call(service, STRANGER, BY_KEYS)
        await reached(service, "say_problem")
        await asyncio.sleep(2)  # a real caller speaks for two real seconds
        killed = time.time()
        os.kill(service.children("calls")[0], signal.SIGKILL)
        await service.line("hotline ready again", within=10, after=position)
        record = await the_call(service)
        ticket = await _the_ticket(service)
        if caller.returncode is None:  # nobody hung up on it, but it may have noticed the silence
            caller.kill()
        await caller.wait()
    assert record["disposition"] in ("LOST", "ANSWERED")
    assert "lost" in json.dumps(record).lower()
    assert ticket["complete"] is False
    assert ticket["place"] == "3-2-602"
    seconds = _seconds(next((tmp_path / "recordings").rglob("*.wav")))
    talked = killed - _epoch(record["answer"])
    assert talked - 1.3 <= seconds <= talked + 1.0


async def _the_ticket(service: Service) -> dict[str, Any]:
    """The only ticket, once there is one: a new process finishes what the dead one's callers began."""
    async with asyncio.timeout(20):
        while not (found := await service.cli("tickets", "list", "--unmasked")):
            await asyncio.sleep(0.25)
    (ticket,) = found
    assert isinstance(ticket, dict)
    return ticket


async def test_a_caller_who_hangs_up_in_the_middle_leaves_an_incomplete_ticket(tmp_path: Path) -> None:
    turns = {**BY_KEYS, "callback_own": {"hangs_up": True, "interrupts": True}}
    async with running(tmp_path) as service:
        await import_sample(tmp_path)
        await ended(await call(service, STRANGER, turns))
        record = await the_call(service)
        (ticket,) = await service.cli("tickets", "list", "--unmasked")
    assert record["hangup_by"] == "far"
    assert ticket["complete"] is False
    assert ticket["place"] == "3-2-602"
    path = next((tmp_path / "recordings").rglob("*.wav"))
    assert _seconds(path) == pytest.approx(record["billsec"], abs=1.0)


async def test_an_emergency_rings_the_duty_list_until_somebody_takes_it_and_bridges(tmp_path: Path) -> None:
    gone, taking = free_port(), free_port()
    config = furnish_config(tmp_path, listens=False)
    (config / "roster.yaml").write_text(
        "rosters:\n  emergency:\n"
        f"    - {{name: 王师傅, number: 'sip:wang@127.0.0.1:{gone}'}}\n"
        f"    - {{name: 李师傅, number: 'sip:li@127.0.0.1:{taking}'}}\n"
        "  general_manager: []\n  operator: []\n",
        encoding="utf-8",
    )
    menu = config / "menus" / "main.yaml"
    text = menu.read_text(encoding="utf-8")
    assert text.count(RINGS_ROUND) == 1
    menu.write_text(text.replace(RINGS_ROUND, RINGS_ROUND.replace("25", "6")), encoding="utf-8")
    async with running(tmp_path) as service:
        phone = await asyncio.create_subprocess_exec(sys.executable, PHONE, str(taking), "1")
        try:
            turns = {"welcome": {"keys": "00", "interrupts": True}, "goodbye": {"hangs_up": True}}
            caller = await call(service, RESIDENT, turns)
            await entered(service, "BRIDGE_ENTER")
            await asyncio.sleep(2)  # two real people talk for two real seconds
            phone.send_signal(signal.SIGTERM)
            await ended(caller)
        finally:
            if phone.returncode is None:
                phone.kill()
            await phone.wait()
        record = await the_call(service)
        (ticket,) = await service.cli("tickets", "list", "--unmasked")
        history = await service.cli("tickets", "show", ticket["number"], "--unmasked")
    assert (ticket["urgency"], ticket["topic"]) == ("urgent", "emergency")
    legs = {leg["dst"]: leg["disposition"] for leg in record["legs"] if leg["direction"] == "outbound"}
    assert sorted(legs.values()) == ["ANSWERED", "FAILED"]
    assert "李师傅" in json.dumps(history, ensure_ascii=False)
    sound = _right_channel(next(p for p in (tmp_path / "recordings").rglob(f"{record['uniqueid']}.wav")))
    assert _holds_tone(sound, 1000), "the technician's voice never reached the caller"


@pytest.mark.model
@pytest.mark.alone
async def test_a_spoken_call_is_understood_transcribed_and_described(tmp_path: Path) -> None:
    turns = {**BY_KEYS, "place": {"speech": "place.wav"}}
    await import_sample(tmp_path)  # before the start: the grammar of addresses has the rooms at once
    async with running(tmp_path, roles="calls,work", listens=True) as service:
        await understands(service)
        await ended(await call(service, STRANGER, turns))
        record = await the_call(service)
        assert [event["detail"]["text"] for event in record["events"] if event["kind"] == "HEARD"]
        assert not [
            e for e in record["events"] if e["kind"] == "MENU" and e["detail"]["step"] == "place_keys"
        ]
        deadline = time.monotonic() + 40
        while not (await service.cli("tickets", "list", "--unmasked"))[0]["description"]:
            assert time.monotonic() < deadline, "the transcript never became the ticket's description"
            await asyncio.sleep(0.5)
        (ticket,) = await service.cli("tickets", "list", "--unmasked")
    assert ticket["place"] == "3-2-602"
    assert "漏水" in ticket["description"]


async def understands(service: Service, within: float = 40) -> None:
    """Wait until live recognition is in service."""
    deadline = time.monotonic() + within
    while not (await service.cli("status"))["speech"]["engine_zh"]:
        assert time.monotonic() < deadline, "no recogniser came up"
        await asyncio.sleep(0.3)


async def entered(service: Service, kind: str, within: float = 60) -> None:
    """Wait until an event of this kind is seen on a call."""
    async with asyncio.timeout(within):
        async for event in follow(service.home / "run"):
            if event.get("event") == kind:
                return


def _seconds(path: Path) -> float:
    """Length of one of our A-law stereo recordings."""
    return len(_samples(path)) / 8000


def _samples(path: Path) -> NDArray[np.uint8]:
    data = path.read_bytes()
    at = data.index(b"data") + 8
    raw = np.frombuffer(data[at:], dtype=np.uint8)
    return raw[: len(raw) // 2 * 2].reshape(-1, 2)


def _right_channel(path: Path) -> NDArray[np.float64]:
    """What the caller was sent, A-law expanded (ITU-T G.711)."""
    code = _samples(path)[:, 1].astype(np.int64) ^ 0x55
    segment, low = (code >> 4) & 7, (code & 15) << 4
    size = np.where(segment == 0, low + 8, (low + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.float64)


def _holds_tone(sound: NDArray[np.float64], hertz: int) -> bool:
    """True when some second of the sound is mostly this frequency."""
    for start in range(0, len(sound) - 8000, 4000):
        power = np.abs(np.fft.rfft(sound[start : start + 8000])) ** 2
        if power.sum() > 1e9 and power[hertz - 10 : hertz + 10].sum() > 0.6 * power.sum():
            return True
    return False


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
