"""What is said to a person when the caller they were connected with is gone: a flow on their leg."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from hotline.call.errors import CallGone
from hotline.call.ports import Call, CallLog
from hotline.ivr import commands
from hotline.ivr.intake import Value
from hotline.ivr.model import Menu

log = structlog.get_logger(__name__)

Flows = Callable[[str], Menu]
"""Returns a flow in service by name; raises :class:`~hotline.call.errors.EnvironmentFault`."""
RecordTo = Callable[[Call], Path | None]
"""Says where a leg is recorded; ``None``: it is not."""
Converse = Callable[[Call, Menu, Mapping[str, Value]], Awaitable[str]]
"""Runs a flow on a leg; returns the outcome."""


class Afterwards:
    """Runs flows on legs whose caller is gone, and leaves their records complete."""

    def __init__(
        self, *, flows: Flows | None, record_to: RecordTo | None, record: CallLog, converse: Converse
    ) -> None:
        """Without ``flows`` nobody is asked anything afterwards."""
        self._flows = flows
        self._record_to = record_to
        self._record = record
        self._converse = converse

    async def talk_with(self, leg: Call, order: commands.Afterwards) -> None:
        """Say ``order`` on a leg that is ours alone again; it is over afterwards, whatever happens."""
        outcome = "failed"
        try:
            if self._flows is not None:
                flow = self._flows(order.flow)
                await self._start_recording(leg)
                outcome = await self._converse(leg, flow, dict(order.given))
        except CallGone:
            outcome = "abandoned"
        except Exception:
            # the caller has been helped already: this must not end their call's record as a failure
            log.exception("what was to be said afterwards failed", flow=order.flow, leg=leg.facts.leg)
        finally:
            await asyncio.shield(self._close(leg, outcome))

    async def _start_recording(self, leg: Call) -> None:
        path = self._record_to(leg) if self._record_to is not None else None
        if path is not None:
            leg.start_recording(path)
            await self._record.recording(leg.facts.leg, path)

    async def _close(self, leg: Call, outcome: str) -> None:
        with suppress(CallGone):
            if not leg.over:
                await leg.hangup()
        if leg.recording is not None:
            seconds = leg.recorded_seconds
            await self._record.closed(leg.facts.leg, leg.report(), outcome=outcome, recorded_seconds=seconds)
