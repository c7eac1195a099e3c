"""Whether and where a call is recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import structlog

from hotline.app.parts import Parts
from hotline.call.ports import Call
from hotline.callrecords.repository import recording_refused

log = structlog.get_logger(__name__)

_REMEMBERED = 10_000
"""Calls whose refusal is kept in memory; later legs of older ones are looked up."""


class RecordingPlace:
    """Says where; remembers whether space was short, so that this is said once, and who refused."""

    def __init__(self, parts: Parts) -> None:
        """Look at the settings and the disk of ``parts``."""
        self._parts = parts
        self._refused: dict[str, None] = {}
        self.short_of_space = False

    @property
    def refusal_key(self) -> str:
        """The key by which callers refuse to be recorded; empty where they are not asked."""
        recording = self._parts.settings.recording
        return recording.refusal_key if recording.consent == "ask" else ""

    def refuse(self, call: Call) -> None:
        """Record no later leg of a call either: who is connected with the caller, who calls them back."""
        self._refused[call.facts.linkedid] = None
        while len(self._refused) > _REMEMBERED:
            del self._refused[next(iter(self._refused))]

    def path(self, call: Call) -> Path | None:
        """Return the file, or ``None``: switched off, refused, or too little space (calls go on without)."""
        recording = self._parts.settings.recording
        if not recording.enabled or call.facts.linkedid in self._refused:
            return None
        free = shutil.disk_usage(self._parts.home.root).free // 1_000_000
        short = free < recording.free_space_mb
        if short and not self.short_of_space:
            log.error("too little space: calls are not recorded until some is freed", free_mb=free)
        self.short_of_space = short
        return None if short else self._parts.home.recording_path(call.facts.leg, self._parts.clock.now())

    async def later_path(self, call: Call) -> Path | None:
        """As :meth:`path`, for a leg that may come hours after its call: also after a restart."""
        linkedid = call.facts.linkedid
        if not self.refusal_key:
            return self.path(call)
        refused = await self._parts.db.read(lambda session: recording_refused(session, linkedid))
        return None if refused else self.path(call)
