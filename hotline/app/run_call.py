"""One task owns one call from its first ring to its last write (DESIGN section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone
from hotline.call.events import HungUp
from hotline.call.ports import Call, CallLog
from hotline.settings import Estate, Settings

log = structlog.get_logger(__name__)

Conversation = Callable[[Call, Estate], Awaitable[str]]
"""Runs the menu on an answered call and returns its outcome."""
MayRecord = Callable[[], bool]


async def run_call(
    call: Call,
    estate: Estate,
    *,
    settings: Settings,
    clock: Clock,
    calls: CallLog,
    converse: Conversation,
    recording_path: Path | None,
) -> str:
    """Answer, converse, and leave a complete record whatever happens; returns the outcome.

    The record is written even when the task is cancelled (drain over, process ending).
    """
    leg = call.facts.leg
    await calls.opened(call.facts, estate=estate.id)
    outcome = "abandoned"
    try:
        if await _rang(call, settings.sip.ringing.answer_after, clock):
            await call.answer()
            if recording_path is not None:
                call.start_recording(recording_path)
                await calls.recording(leg, recording_path)
            outcome = await converse(call, estate)
    except CallGone:
        pass  # the caller left while something was asked of the call: a normal end
    except asyncio.CancelledError:
        outcome = "lost"  # the process is ending with the caller on the line
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        await _shielded(_close(call, calls, outcome))
    return outcome


async def _rang(call: Call, seconds: float, clock: Clock) -> bool:
    """Let it ring; False when the caller gave up meanwhile."""
    ringing = asyncio.ensure_future(clock.sleep(seconds))
    try:
        while not ringing.done():
            event = asyncio.ensure_future(call.next_event())
            await asyncio.wait((ringing, event), return_when=asyncio.FIRST_COMPLETED)
            if not event.done():
                event.cancel()
                with suppress(asyncio.CancelledError):
                    await event
            elif isinstance(event.result(), HungUp):
                return False
    finally:
        ringing.cancel()
    return not call.over


async def _close(call: Call, calls: CallLog, outcome: str) -> None:
    if not call.over:
        with suppress(CallGone):
            await call.hangup()
    await calls.closed(call.facts.leg, call.report(), outcome=outcome, recorded_seconds=call.recorded_seconds)


async def _shielded(last_write: Awaitable[None]) -> None:
    """Finish ``last_write`` even if this task is being cancelled, then let the cancellation go on."""
    task = asyncio.ensure_future(last_write)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
