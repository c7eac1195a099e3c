"""Every incoming call gets one task that owns it to its last write."""

from __future__ import annotations

import asyncio

import structlog

from hotline.app.conversing import Conversing
from hotline.app.parts import Parts
from hotline.app.run_call import run_call
from hotline.call.ports import Call, Telephony
from hotline.ivr.session import Session
from hotline.settings import Estate

log = structlog.get_logger(__name__)


class Answering:
    """Takes calls as they ring and runs the menu in service on them."""

    def __init__(self, parts: Parts, telephony: Telephony, conversing: Conversing) -> None:
        """``telephony`` brings the calls, ``conversing`` what they are led with."""
        self._parts = parts
        self._telephony = telephony
        self._conversing = conversing

    async def run(self) -> None:
        """Run until the telephony has no more calls (drained)."""
        async with asyncio.TaskGroup() as tasks:
            async for call in self._telephony.calls():
                tasks.create_task(self._one(call), name=f"call {call.facts.leg}")

    async def _one(self, call: Call) -> None:
        """A failure inside one call is recorded on that call and never touches another."""
        settings = self._parts.settings
        try:
            await run_call(
                call,
                settings.estate_for(call.facts.dialled),
                settings=settings,
                clock=self._parts.clock,
                calls=self._conversing.log,
                converse=self._converse,
                recording_path=self._conversing.recordings.path(call),
            )
        except Exception:
            log.exception("a call failed", leg=call.facts.leg)

    async def _converse(self, call: Call, estate: Estate) -> str:
        menu = self._parts.menus.in_service(estate.menu)
        return await Session(call, menu, self._conversing.equipment(call, estate)).run()
