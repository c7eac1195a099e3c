"""An office with operators, a room and a directory around a real hotline; everything on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ownconfig import furnish_config
from service import Service, free_port, running
from test_operators import Watch
from town import Person, Town

from hotline.app.livefeed import command
from hotline.call.errors import HotlineError

OPERATORS = """
operators:
  - {{number: "01", name: 王芳, line: "{one}", may: [transfer_blind, outside]}}
  - {{number: "02", name: 李娜, line: "{two}"}}
  - {{number: "03", name: 赵敏, supervisor: true}}
  - {{number: "04", name: 孙丽, supervisor: true, line: "{four}"}}
queues:
  main: {{operators: ["01", "02"], ring: 8, wrap_up: 1}}
"""
HOTLINE = """
sip:
  area_code: "0539"
  accounts:
    - {{name: trunk, user: hotline, domain: "127.0.0.1:{port}", register_every: 0}}
estates:
  - {{id: default, name: 示范小区}}
speech: {speech}
"""
NO_SPEECH = "{live_slots: 0, emergency_slots: 0, batch: []}"
DIRECTORY = """
entries:
  reception: {{zh: [客户服务中心, 客服], en: [Reception], number: "{desk}", code: "21", connect: true}}
"""
SHORT = """
steps:
  short:
    goto: {by: caller.number, cases: {set: human}, next: apology}
"""
CALLER = "13911112222"


@dataclass
class Office:
    """The hotline, its town, and who works there. Callers are in the queue as soon as they are answered."""

    service: Service
    town: Town
    watch: Watch
    caller: Person
    one: Person
    two: Person
    room: Person
    four: Person
    place: int = 0
    """Of the last event that was waited for."""

    async def do(self, operator: str, action: str, **args: Any) -> dict[str, Any]:
        """What a screen would send; raises HotlineError."""
        words = {"operator": operator, "estate": "", "action": action, "args": args}
        return await command(self.service.home / "run", "operators", words)

    async def refused(self, operator: str, action: str, **args: Any) -> str:
        """The code with which it is refused."""
        try:
            answer = await self.do(operator, action, **args)
        except HotlineError as refusal:
            return refusal.code
        raise AssertionError(f"{action} was done: {answer}")

    async def ready(self, *operators: str) -> None:
        for number in operators:
            await self.do(number, "ready")

    async def presence(self, number: str) -> str:
        return str((await self.do(number, "status"))["presence"])

    async def talk(self) -> None:
        """The caller rings and talks with operator 01."""
        await self.town.rings(self.caller, CALLER)
        await self.one.answered()
        await self.caller.hears("01", within=20)
        await self.one.hears("caller")

    def from_now(self) -> None:
        """Only what happens from now on counts for :meth:`event`."""
        self.place = len(self.watch.seen)

    async def event(self, name: str, *, within: float = 20) -> dict[str, Any]:
        """Wait for an event of the calls after the last one waited for; returns what it says."""
        self.place, _ = await self.watch.until(name, after=self.place, within=within)
        return self.watch.seen[self.place - 1][2]

    async def record(self) -> dict[str, Any]:
        """The newest call's record once all of it is over."""
        calls: list[dict[str, Any]] = []
        async with asyncio.timeout(40):
            while True:
                calls = await self.service.cli("calls", "list")
                if calls and all(one["end"] for one in calls):
                    found: dict[str, Any] = await self.service.cli(
                        "calls", "show", calls[0]["uniqueid"], "--unmasked"
                    )
                    if all(leg["end"] for leg in found["legs"]):
                        return found
                await asyncio.sleep(0.25)


@contextlib.asynccontextmanager
async def open_office(
    home: Path,
    *,
    one: str = "",
    roles: str = "calls",
    standby: bool = False,
    speech: str = NO_SPEECH,
) -> AsyncIterator[Office]:
    """Start it; 01 (at ``one``) and 02 have telephones, 03 a headset, 04 a supervisor's telephone."""
    port, sip = free_port(), free_port()
    at = f"127.0.0.1:{port}"
    _furnish(home, port, one or f"sip:01@{at}", speech)
    async with (
        running(home, sip=sip, ready=False, roles=roles, standby=standby) as service,
        Town.open(home, sip, port) as town,
    ):
        await service.line("hotline ready", within=120)
        if "web" in roles:
            await service.web_answers()
        watch = Watch(home)
        try:
            await service.cli("rooms", "import", str(home / "rooms.csv"))
            people = [town.person(name) for name in ("caller", "01", "02", "602", "sup")]
            yield Office(service, town, watch, *people)
        finally:
            await watch.close()


def _furnish(home: Path, port: int, one: str, speech: str) -> None:
    at = f"127.0.0.1:{port}"
    config = furnish_config(home)
    lines = {"one": one, "two": f"sip:02@{at}", "four": f"sip:sup@{at}"}
    config.joinpath("operators.yaml").write_text(OPERATORS.format(**lines), encoding="utf-8")
    config.joinpath("hotline.yaml").write_text(HOTLINE.format(port=port, speech=speech), encoding="utf-8")
    config.joinpath("directory.yaml").write_text(DIRECTORY.format(desk=f"sip:desk@{at}"), encoding="utf-8")
    plan = config / "dialplan.yaml"
    plan.write_text(plan.read_text("utf-8").replace('account: ""', "account: trunk"), encoding="utf-8")
    menu = config / "menus" / "main.yaml"
    text = menu.read_text("utf-8")
    for before, after in (("\nstart: apology\n", "\nstart: short\n"), ("\nsteps:\n", SHORT)):
        assert text.count(before) == 1
        text = text.replace(before, after)
    menu.write_text(text, encoding="utf-8")
    (home / "rooms.csv").write_text(f"room,telephone\n3-2-602,sip:602@{at}\n", encoding="utf-8")
