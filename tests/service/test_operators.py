"""A caller, a queue and two operators at real telephones, on a real hotline."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from service import Service, free_port, running

from hotline.app.livefeed import follow

pytestmark = pytest.mark.timeout(200)

CALLER = Path(__file__).with_name("caller.py")
PHONE = Path(__file__).with_name("phone.py")
OPERATORS = """
operators:
  - {{number: "01", line: "sip:o1@127.0.0.1:{0}", may: [transfer_blind]}}
  - {{number: "02", line: "sip:o2@127.0.0.1:{1}"}}
queues:
  main: {{strategy: longest_idle, ring: 10, wrap_up: 5, longest_wait: 120}}
"""


class Watch:
    """What happens on calls, as it happens, with the time it was seen."""

    def __init__(self, home: Path) -> None:
        self.seen: list[tuple[str, float, dict[str, Any]]] = []
        self._news = asyncio.Condition()
        self._task = asyncio.create_task(self._follow(home / "run"))

    async def _follow(self, run: Path) -> None:
        async for event in follow(run):
            if event.get("type") == "event":
                self.seen.append((event["event"], time.monotonic(), event.get("detail", {})))
                async with self._news:
                    self._news.notify_all()

    async def until(self, name: str, *, after: int = 0, within: float = 45) -> tuple[int, float]:
        """Wait for an event; returns the place after it and when it was seen."""
        async with asyncio.timeout(within):
            while True:
                for place, (kind, at, _) in enumerate(self.seen):
                    if place >= after and kind == name:
                        return place + 1, at
                async with self._news:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._news.wait(), 0.5)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@contextlib.asynccontextmanager
async def process(*words: object) -> AsyncIterator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(sys.executable, *map(str, words))
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def ready(service: Service, number: str) -> None:
    await service.cli("operators", "sign-in", number)
    await service.cli("operators", "ready", number)


async def test_a_caller_whose_operator_vanishes_is_told_and_is_first_with_the_next(tmp_path: Path) -> None:
    one, two = free_port(), free_port()
    async with running(tmp_path) as service:
        (tmp_path / "config" / "operators.yaml").write_text(OPERATORS.format(one, two), encoding="utf-8")
        watch = Watch(tmp_path)
        turns = json.dumps({"welcome": {"keys": "0", "interrupts": True}})
        caller = (CALLER, f"127.0.0.1:{service.sip}", free_port(), tmp_path / "run", "13911112222", turns)
        async with process(PHONE, one, "") as first, process(PHONE, two, "") as second:
            await ready(service, "01")
            async with process(*caller) as calling:
                place, _ = await watch.until("BRIDGE_ENTER")
                vanished = time.monotonic()
                first.kill()
                place, told = await watch.until("OPERATOR_INTERRUPTED", after=place)
                assert told - vanished < 2.5
                await ready(service, "02")
                place, _ = await watch.until("OPERATOR_LOST", after=place)
                place, _ = await watch.until("BRIDGE_ENTER", after=place)
                second.send_signal(signal.SIGTERM)
                await watch.until("BRIDGE_EXIT", after=place)
                assert await asyncio.wait_for(calling.wait(), 40) == 0
        await watch.close()
        (call,) = await service.cli("calls", "list")
        record = await service.cli("calls", "show", call["uniqueid"])
        waits = await service.cli("operators", "waits", "--since", "1h")
    kinds = [event["kind"] for event in record["events"]]
    assert call["outcome"] == "transferred"
    assert kinds.index("QUEUE_ENTER") < kinds.index("BRIDGE_ENTER") < kinds.index("OPERATOR_LOST")
    assert [leg["purpose"] for leg in record["legs"]].count("operator") == 2
    assert {wait["operator"] for wait in waits} == {"01", "02"}
