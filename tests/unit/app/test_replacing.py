"""The parent has a process make way for one with new settings: only once the successor is warm."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hotline import supervise
from hotline.call.clock import SystemClock
from hotline.children import Child
from hotline.supervise import Supervisor

PATIENCE = 10.0


class Process:
    """One that ends when it is killed."""

    pid = os.getpid()
    returncode = None

    def __init__(self) -> None:
        self.killed = asyncio.Event()

    def kill(self) -> None:
        self.killed.set()


class Wire:
    """The parent's end: keeps what was said and answers pings."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.child: Child

    def send(self, message: dict[str, Any]) -> None:
        self.said += [word for word in message if word != "ping"]
        if "ping" in message:
            self.child.unanswered_since = None
        if "drain" in message:
            self.child.process.kill()


class Nursery:
    """Makes children that do as tests say."""

    def __init__(self) -> None:
        self.made: asyncio.Queue[Child] = asyncio.Queue()
        self.went_back: list[str] = []
        self.preparing: list[Child] = []
        self.prepares_at_once = True

    async def spawn(
        self, role: str, _arguments: object, clock: SystemClock, *, prepares: bool = False
    ) -> Child:
        wire = Wire()
        child = wire.child = Child(role, Process(), wire, clock.monotonic())
        self.preparing += [child] * prepares
        if prepares and self.prepares_at_once:
            child.prepared.set()
        child.task = asyncio.create_task(self._end(child))
        self.made.put_nowait(child)
        return child

    async def _end(self, child: Child) -> None:
        await child.process.killed.wait()
        child.gone.set()

    async def next(self) -> Child:
        async with asyncio.timeout(PATIENCE):
            return await self.made.get()


@pytest.fixture
async def nursery(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Nursery, Supervisor]]:
    nursery = Nursery()
    supervisor = Supervisor(
        [],
        ["calls"],
        SystemClock(),
        standby=False,
        take_back=lambda why: nursery.went_back.append(why) or True,
    )
    monkeypatch.setattr(supervise, "spawn", nursery.spawn)
    running = asyncio.create_task(supervisor.run())
    yield nursery, supervisor
    supervisor.stop()
    await asyncio.wait_for(running, PATIENCE)


async def until_said(child: Child, word: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while word not in child.link.said:
            await asyncio.sleep(0.01)


async def test_a_process_stays_until_its_successor_is_warm_and_is_not_asked_while_it_leaves(nursery) -> None:
    made, supervisor = nursery
    first = await made.next()
    first.warm.set()
    first.ready.set()
    first.wishes(["calls"])
    second = await made.next()
    await asyncio.sleep(2 * supervise.PING_EVERY)
    assert first.link.said == ["go"]
    second.warm.set()
    await until_said(first, "leave")
    assert second.link.said == []
    first.ending = True
    first.unanswered_since = -1000.0  # it closes its telephone and has no time for questions
    await asyncio.sleep(2 * supervise.PING_EVERY)
    assert not first.gone.is_set()
    first.process.kill()
    await until_said(second, "go")
    second.ready.set()
    assert supervisor.replacements == 0


async def test_a_successor_that_ends_early_changes_nothing(nursery) -> None:
    made, _ = nursery
    first = await made.next()
    first.warm.set()
    first.ready.set()
    first.wishes(["calls"])
    second = await made.next()
    second.process.kill()
    async with asyncio.timeout(PATIENCE):
        while first.to_replace.is_set():
            await asyncio.sleep(0.01)
    assert (first.link.said, first.gone.is_set()) == (["go"], False)
    assert made.went_back == ["The calls process ended with the new settings: see the log"]


async def test_settings_that_end_the_process_they_are_for_go_back_and_the_one_before_works_on(
    nursery,
) -> None:
    made, supervisor = nursery
    first = await made.next()
    first.warm.set()
    first.ready.set()
    first.wishes(["calls"])
    second = await made.next()
    second.warm.set()
    await until_said(first, "leave")
    first.process.kill()
    await until_said(second, "go")
    second.fatal = {"sentence": "SIP cannot listen there.", "exit": 1}
    second.process.kill()
    third = await made.next()
    await until_said(third, "go")
    assert made.went_back == ["The calls process ended with the new settings: SIP cannot listen there."]
    assert (supervisor.exit_code, supervisor.replacements) == (0, 0)
    third.warm.set()
    third.ready.set()
    third.process.kill()  # an end of its own is no matter of settings
    await until_said(await made.next(), "go")
    assert len(made.went_back) == 1


Beginning = tuple[Nursery, Supervisor, "asyncio.Task[int]", dict[str, Child]]


@pytest.fixture
async def beginning(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Beginning]:
    """A start whose data folder is not prepared yet: web and calls are there, and wait."""
    nursery = Nursery()
    nursery.prepares_at_once = False
    monkeypatch.setattr(supervise, "spawn", nursery.spawn)
    supervisor = Supervisor([], ["web", "calls"], SystemClock(), standby=False)
    running = asyncio.create_task(supervisor.run())
    made = {child.role: child for child in (await nursery.next(), await nursery.next())}
    assert nursery.preparing == [made["calls"]]
    yield nursery, supervisor, running, made
    supervisor.stop()
    supervisor.stop()
    await asyncio.wait_for(running, PATIENCE)


async def test_nobody_begins_work_before_the_data_folder_is_prepared(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, _, made = beginning
    await asyncio.sleep(2 * supervise.PING_EVERY)
    assert made["web"].link.said == made["calls"].link.said == []
    made["calls"].lines = ["a new folder"]
    made["calls"].prepared.set()
    await until_said(made["web"], "go")
    await until_said(made["calls"], "go")
    assert capsys.readouterr().out == "a new folder\n"


async def test_a_data_folder_that_cannot_be_prepared_ends_all_of_them_with_its_sentence(
    beginning: Beginning, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, running, made = beginning
    made["calls"].fatal = {"sentence": "The menu has no first step.", "exit": 2}
    made["calls"].process.kill()
    assert await asyncio.wait_for(running, PATIENCE) == 2
    assert made["web"].link.said == []
    assert capsys.readouterr().err == "The menu has no first step.\n"


async def test_a_stop_waits_for_what_is_being_prepared_and_then_nobody_begins(beginning: Beginning) -> None:
    _, supervisor, running, made = beginning
    supervisor.stop()
    await asyncio.wait_for(made["web"].gone.wait(), PATIENCE)
    assert not made["calls"].process.killed.is_set()  # a migration may be under way
    made["calls"].prepared.set()
    assert await asyncio.wait_for(running, PATIENCE) == 0
    assert made["web"].link.said == made["calls"].link.said == []


async def test_a_second_stop_waits_for_nothing(beginning: Beginning) -> None:
    _, supervisor, running, made = beginning
    supervisor.stop()
    supervisor.stop()
    assert await asyncio.wait_for(running, PATIENCE) == 0
    assert made["calls"].process.killed.is_set()
