"""Calls led by a session on virtual time, every part around it replaceable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ivr_kit import RESIDENT, ZONE, duty_book, shipped_menu, texts

from hotline.call.audio import Clip
from hotline.call.ports import Direction, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.equipment import Equipment
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import (
    RehearsalDesk,
    RehearsalDialer,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.session import Session
from hotline.settings import Estate

ROSTERS: dict[str, Sequence[str]] = {"emergency": ["8001"], "general_manager": ["9001"], "operator": []}


class Around:
    """Everything a session needs, each part replaceable."""

    def __init__(
        self, *, menu: Menu | None = None, people: dict[str, Sequence[str]] | None = None, **parts: Any
    ) -> None:
        self.clock = VirtualClock()
        self.prompts = parts.pop("prompts", None) or RehearsalPrompts(texts())
        self.menu = menu or shipped_menu()
        self.ears = parts.pop("ears", None) or RehearsalEars()
        self.desk = parts.pop("desk", None) or RehearsalDesk(self.clock, ZONE)
        self.directory = parts.pop("directory", None) or RehearsalDirectory(
            {"13800001111": RESIDENT}, frozenset()
        )
        self.duty = parts.pop("duty", None) or RehearsalDuty(duty_book(), ROSTERS)
        self.dialer = parts.pop("dialer", None) or RehearsalDialer(
            self.clock, RehearsalPrompts(texts()), people or {}
        )
        self.log = RehearsalLog()
        self.estate = Estate(id="default", name="物业", **parts.pop("estate", {}))
        self.outcome = ""
        facts = LegFacts(
            leg="c" * 32,
            linkedid="c" * 32,
            direction=Direction.INBOUND,
            caller="13800001111",
            dialled="4008",
            offered_at=self.clock.now(),
        )
        self.call = ScriptedCall(facts, self.clock, seconds_of=RehearsalPrompts(texts()).seconds_of)
        self.options = parts

    def session(self) -> Session:
        options = dict(self.options)
        of_the_flow = {name: options.pop(name) for name in ("given", "report", "start") if name in options}
        equipment = Equipment(
            clock=self.clock,
            prompts=self.prompts,
            ears=self.ears,
            desk=self.desk,
            directory=self.directory,
            duty=self.duty,
            dialer=self.dialer,
            log=self.log,
            estate=self.estate,
            **options,
        )
        return Session(self.call, self.menu, equipment, **of_the_flow)

    async def run(self) -> str:
        await self.call.answer()
        self.call.start_recording(Path("recording.wav"))
        self.outcome = await self.session().run()
        return self.outcome

    async def with_caller(self, caller: Callable[[], Awaitable[None]]) -> None:
        """Run the session against a caller; both must end."""
        running = asyncio.ensure_future(self.run())
        await caller()
        await asyncio.wait_for(running, 4000)
        await self.dialer.close()

    async def hear(self, prompt: str, seconds: float = 200.0) -> None:
        waited = 0.0
        while prompt not in self.names():
            assert waited < seconds, f"{prompt} was not heard, but {self.names()[-12:]}"
            assert not self.call.over, f"the call was over before {prompt} was heard"
            waited += 0.1
            await self.clock.sleep(0.1)

    def names(self) -> list[str]:
        return [heard.item.path.name for heard in self.call.heard if isinstance(heard.item, Clip)]


AnyAround = TypeVar("AnyAround", bound=Around)


def rehearse(make: Callable[[], AnyAround], caller: Callable[[AnyAround], Awaitable[None]]) -> AnyAround:
    """Make everything inside the loop, run the call, return what is left."""

    async def whole() -> AnyAround:
        around = make()
        await around.with_caller(lambda: caller(around))
        return around

    return run_virtual(whole())


async def report_a_repair(around: Around) -> None:
    await around.hear("main_menu")
    around.call.far_presses("1")
    await around.hear("say_problem")
    await around.clock.sleep(12)
    await around.ears.speak(around.call, "灯坏了", score=0.9)
    await around.hear("confirm_details")
    around.call.far_presses("1")


async def press_emergency(around: Around) -> None:
    await around.hear("greeting")
    around.call.far_presses("**")
