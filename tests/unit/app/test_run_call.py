"""One task owns one call: whatever happens, the record is written once and the leg is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hotline.app.run_call import run_call
from hotline.call.errors import CallGone
from hotline.call.ports import Call, Direction, LegFacts, LegReport
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Estate, Settings

ESTATE = Estate(id="default", name="物业")


@dataclass
class Log:
    """A CallLog that remembers, and is slow to close."""

    lines: list[str] = field(default_factory=list)
    reports: list[LegReport] = field(default_factory=list)

    async def opened(self, facts: LegFacts, *, estate: str) -> None:
        self.lines.append(f"opened {estate}")

    async def recording(self, leg: str, path: Path) -> None:
        self.lines.append("recording")

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        await asyncio.sleep(0.5)
        self.reports.append(report)
        self.lines.append(f"closed {outcome}")


async def begin(
    converse: Callable[[Call, Estate], Awaitable[str]], act: Callable[[ScriptedCall], Awaitable[None]]
) -> tuple[Log, ScriptedCall, asyncio.Task[str]]:
    clock = VirtualClock()
    facts = LegFacts(
        leg="a" * 32, linkedid="a" * 32, direction=Direction.INBOUND, caller="1", dialled="2",
        offered_at=clock.now(),
    )  # fmt: skip
    call, log = ScriptedCall(facts, clock), Log()
    task = asyncio.create_task(
        run_call(
            call,
            ESTATE,
            settings=Settings(),
            clock=clock,
            calls=log,  # type: ignore[arg-type]
            converse=converse,
            recording_path=Path("x.wav"),
        )
    )
    await act(call)
    return log, call, task


async def talk(call: Call, estate: Estate) -> str:
    await asyncio.sleep(5)
    return "ticket"


async def nothing(call: ScriptedCall) -> None:
    return None


def test_a_call_rings_a_second_is_answered_recorded_and_closed_with_its_outcome() -> None:
    async def main() -> None:
        log, call, task = await begin(talk, nothing)
        assert await task == "ticket"
        assert log.lines == ["opened default", "recording", "closed ticket"]
        assert log.reports[0].ring_seconds == pytest.approx(1.0, abs=0.01)
        assert call.over

    run_virtual(main())


def test_a_caller_who_gives_up_while_it_rings_is_never_answered() -> None:
    async def give_up(call: ScriptedCall) -> None:
        await asyncio.sleep(0.4)
        call.far_hangs_up()

    async def main() -> None:
        log, call, task = await begin(talk, give_up)
        assert await task == "abandoned"
        assert log.lines == ["opened default", "closed abandoned"]
        assert not call.answered

    run_virtual(main())


def test_keys_pressed_while_it_rings_do_not_end_the_ringing() -> None:
    async def impatient(call: ScriptedCall) -> None:
        await asyncio.sleep(0.2)
        call.far_presses("11")

    async def main() -> None:
        log, _, task = await begin(talk, impatient)
        assert await task == "ticket"
        assert log.reports[0].ring_seconds == pytest.approx(1.0, abs=0.01)

    run_virtual(main())


def test_a_failing_conversation_is_recorded_as_failed_and_the_leg_ends() -> None:
    async def fail(call: Call, estate: Estate) -> str:
        raise RuntimeError("broken")

    async def main() -> None:
        log, call, task = await begin(fail, nothing)
        with pytest.raises(RuntimeError):
            await task
        assert log.lines[-1] == "closed failed"
        assert call.over

    run_virtual(main())


def test_a_caller_who_leaves_in_the_middle_of_an_operation_is_a_normal_end() -> None:
    async def gone(call: Call, estate: Estate) -> str:
        raise CallGone("gone")

    async def main() -> None:
        log, _, task = await begin(gone, nothing)
        assert await task == "abandoned"
        assert log.lines[-1] == "closed abandoned"

    run_virtual(main())


def test_a_cancelled_call_still_writes_its_record() -> None:
    async def main() -> None:
        log, call, task = await begin(talk, nothing)
        await asyncio.sleep(3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log.lines[-1] == "closed lost"
        assert call.over

    run_virtual(main())
