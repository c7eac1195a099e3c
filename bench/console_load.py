"""What open consoles cost while calls run: processor of the web process, delay until a screen knows, sound.

    sudo .venv/bin/python bench/console_load.py                       # 50 consoles, 50 calls, 6 minutes
    sudo .venv/bin/python bench/console_load.py --calls 4 --hold 15   # a try

The same calls twice (``bench/calls.py``: sipp, default menu, recording on): without a page open, then with
pages that are connected as browsers are (NiceGUI's socket.io over WebSocket): of five two live boards, one
operator's desk, one register of wake-ups, one page of questions to owners. The delay is from the line of the
calls process's socket to the message at the page.
Results go to ``bench/results/console-load-DATE.json``.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import contextlib
import json
import os
import re
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import websockets

sys.path.insert(0, str(Path(__file__).parent))

import calls
from calling import analysis, machine, wiretap
from calling.ports import HOST, Ports, deaf_ears
from calling.service import Service, running

from hotline.accounts import passwords, sessions, users
from hotline.accounts.rights import Role
from hotline.accounts.sessions import COOKIE
from hotline.app.livefeed import follow
from hotline.call.clock import SystemClock
from hotline.db.engine import Database
from hotline.home import Home

PATHS = ("/live", "/live", "/desk", "/register", "/confirmations")
_QUERY = re.compile(r"query: (\{.*?\}),")
_CALL = re.compile(r"call:([0-9a-f]{32})")
ROLES = ("--roles", "calls,web", "--no-standby")
CORE_GOAL, DELAY_GOAL_MS = 0.2, 300.0
TIMED = 15
"""Pages among which delays are taken, on those that show calls; all others are only kept reading."""


@dataclass(slots=True)
class Screens:
    """What pages got to see, and when the calls process said it."""

    said: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    messages: int = 0
    bytes: int = 0
    open: int = 0
    came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def seen(self, known: set[str], text: str) -> None:
        """Take the calls in that a page shows for the first time."""
        now = time.perf_counter()
        for leg in set(_CALL.findall(text)) - known:
            known.add(leg)
            if leg in self.said:
                self.delays.append(now - self.said[leg])


def signed_in(home: Path) -> str:
    """Return the cookie of a supervisor with an operator's number."""
    clock = SystemClock()
    db = Database(Home(home).database_url, clock=clock)
    new = users.NewUser(username="bench", name="Bench", roles=[Role.SUPERVISOR], number="01")
    password = passwords.hashed("correct horse bench")
    with db.transaction() as session:
        row = users.add(session, new, password, by="bench", at=clock.now(), must_change=False)
        cookie = sessions.begin(session, row, at=clock.now(), address=HOST, agent="bench")
    db.close()
    return cookie


async def page(base: str, path: str, cookie: str, screens: Screens, *, timed: bool) -> None:
    """Open a page and read what it is sent until cancelled."""
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    async with httpx.AsyncClient(base_url=f"http://{base}", headers=headers, timeout=60) as client:
        answer = await client.get(path)
        answer.raise_for_status()
    found = _QUERY.search(answer.text)
    assert found is not None, answer.text[:500]
    written = found[1].replace("true", "True").replace("false", "False")  # as Python or as JavaScript
    query = {name: str(value).lower() for name, value in ast.literal_eval(written).items()}
    query |= {"document_id": uuid.uuid4().hex, "tab_id": uuid.uuid4().hex}
    query |= {"EIO": "4", "transport": "websocket"}
    address = f"ws://{base}/_nicegui_ws/socket.io/?{urlencode(query)}"
    known: set[str] = set()
    async with websockets.connect(
        address, additional_headers=headers | {"Origin": f"http://{base}"}, max_size=None, compression=None
    ) as socket:
        await socket.recv()
        await socket.send("40")
        screens.open += 1
        screens.came.release()
        with contextlib.suppress(websockets.ConnectionClosed):  # the hotline is stopped before its pages
            async for text in socket:
                if text == "2":  # engine.io asks whether somebody is there
                    await socket.send("3")
                    continue
                screens.messages += 1
                screens.bytes += len(text)
                if timed and isinstance(text, str):
                    screens.seen(known, text)


async def note(home: Path, screens: Screens) -> None:
    """Write down when the calls process said that a call came in."""
    async for event in follow(home / "run"):
        if event["type"] == "leg" and event["leg"] == event["call"]:
            screens.said[event["leg"]] = time.perf_counter()


@contextlib.asynccontextmanager
async def consoles(service: Service, count: int) -> AsyncIterator[Screens]:
    """Keep pages open."""
    screens = Screens()
    if not count:
        yield screens
        return
    cookie = await asyncio.to_thread(signed_in, service.home)
    base = f"{HOST}:{service.ports.hotline_http}"
    async with asyncio.TaskGroup() as work:
        tasks = [work.create_task(note(service.home, screens))]
        for number in range(count):
            path = PATHS[number % len(PATHS)]
            opened = page(base, path, cookie, screens, timed=number < TIMED)
            tasks.append(work.create_task(opened))
            await screens.came.acquire()  # one after the other, as people do
        yield screens
        for task in tasks:
            task.cancel()


async def measure(level: calls.Level, count: int) -> dict[str, Any]:
    """Run the calls with so many consoles open."""
    level.folder.mkdir()
    marks = analysis.PromptMarks(level.presses)
    sip, sound = level.folder / "sip.pcap", level.folder / "sound.pcap"
    with deaf_ears(*level.ports.caller_rtp):
        async with (
            running(level.folder / "home", level.ports, speech=False, more=ROLES, within=400) as service,
            consoles(service, count) as screens,
            wiretap.sip_capture(sip, level.ports),
            wiretap.sound_capture(sound, level.ports) as tcpdump,
            calls.sipp(level) as callers,
        ):
            used = await calls.under_load(level, service, callers, tcpdump.pid)
            await service.stop()
    figures = calls.read_captures(level, marks, sip, sound)
    return {
        "consoles": screens.open,
        "calls": figures["answered"],
        "web_cores": used["cores_used"].get("web"),
        "calls_cores": used["cores_used"].get("calls"),
        "others_on_the_machine": used["cores_used"]["others_on_the_machine"],
        "delay_ms": analysis.spread(screens.delays) if screens.delays else None,
        "messages_to_pages": screens.messages,
        "megabytes_to_pages": round(screens.bytes / 1e6, 2),
        "sound_from_hotline_ms": figures["sound_from_hotline_ms"],
        "sound_from_sipp_ms": figures["sound_from_sipp_ms"],
        "load_average": used["load_average"],
    }


async def both(given: argparse.Namespace) -> dict[str, Any]:
    """Measure with each number of consoles."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="console-load-") as folder:
        for count in given.consoles:
            name = f"{count}_consoles"
            level = calls.Level(given.calls, given.rate, given.hold, Path(folder) / name, Ports(given.base))
            found[name] = await measure(level, count)
            print(json.dumps({name: found[name]}, ensure_ascii=False, indent=1), flush=True)
    return found


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--consoles", type=int, nargs="+", default=[0, 50])
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--rate", type=float, default=2.0, help="new calls a second")
    parser.add_argument("--hold", type=float, default=60.0, help="seconds all calls are held")
    parser.add_argument("--base", type=int, default=7000, help="first port")
    given = parser.parse_args()
    if os.getuid() != 0:
        sys.exit("sipp and tcpdump need root: sudo .venv/bin/python bench/console_load.py")
    found = asyncio.run(both(given))
    at = datetime.now(UTC)
    report = {
        "at": at.isoformat(timespec="seconds"), "machine": machine.machine(), "versions": machine.versions(),
        "goals": {"web_cores": CORE_GOAL, "delay_ms": DELAY_GOAL_MS}, **found,
    }  # fmt: skip
    target = Path(__file__).parent / "results" / f"console-load-{at:%Y-%m-%d}.json"
    target.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
