"""Every incoming call gets one task that owns it to its last write."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import structlog

from hotline.accounts.service import Staff
from hotline.app.legbook import TellingCallLog
from hotline.app.livefeed import LiveFeed
from hotline.app.menus import open_flows
from hotline.app.parts import Parts
from hotline.app.recording import RecordingPlace
from hotline.app.run_call import run_call
from hotline.app.tellingprompts import TellingPrompts
from hotline.call.ports import Call, Telephony
from hotline.callrecords.repository import recording_path
from hotline.ivr.session import Session
from hotline.settings import Estate

log = structlog.get_logger(__name__)


class Answering:
    """Takes calls as they ring and runs the menu in service on them."""

    def __init__(self, parts: Parts, telephony: Telephony, feed: LiveFeed) -> None:
        """``parts`` are what a conversation needs; ``telephony`` brings the calls."""
        self._parts = parts
        self._telephony = telephony
        self._feed = feed
        self._log = TellingCallLog(parts.records, feed)
        self._recordings = RecordingPlace(parts)
        self._staff = Staff(parts.db, clock=parts.clock)
        self._flows = open_flows(parts.home, parts.prompts, parts.duty, parts.clock)

    async def run(self) -> None:
        """Run until the telephony has no more calls (drained)."""
        async with asyncio.TaskGroup() as tasks:
            watch = tasks.create_task(self._flows.watch(), name="flows of calls")
            async for call in self._telephony.calls():
                tasks.create_task(self._one(call), name=f"call {call.facts.leg}")
            watch.cancel()

    async def _one(self, call: Call) -> None:
        """A failure inside one call is recorded on that call and never touches another."""
        settings = self._parts.settings
        try:
            await run_call(
                call,
                settings.estate_for(call.facts.dialled),
                settings=settings,
                clock=self._parts.clock,
                calls=self._log,
                converse=self._converse,
                recording_path=self._recordings.path(call),
            )
        except Exception:
            log.exception("a call failed", leg=call.facts.leg)

    async def _converse(self, call: Call, estate: Estate) -> str:
        parts = self._parts
        session = Session(
            call,
            parts.menus.in_service(estate.menu),
            clock=parts.clock,
            prompts=TellingPrompts(parts.prompts, self._feed, call.facts.leg),
            ears=parts.ears,
            desk=parts.tickets,
            directory=parts.residents,
            duty=parts.estate_duty(estate),
            dialer=self._telephony,
            log=self._log,
            estate=estate,
            ringing=parts.settings.sip.ringing,
            announce=parts.settings.recording.announce,
            accept_score=parts.settings.speech.accept_score,
            recording_of=self._recording_of,
            staff=self._staff,
            flows=self._flows.in_service,
            record_to=self._recordings.path,
        )
        return await session.run()

    async def _recording_of(self, leg: str) -> Path | None:
        find = partial(recording_path, leg=leg, recordings=self._parts.home.recordings)
        return await self._parts.db.read(find)
