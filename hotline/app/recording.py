"""Whether and where a call is recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import structlog

from hotline.app.parts import Parts
from hotline.call.ports import Call

log = structlog.get_logger(__name__)


class RecordingPlace:
    """Says where; remembers whether space was short, so that this is said once."""

    def __init__(self, parts: Parts) -> None:
        """Look at the settings and the disk of ``parts``."""
        self._parts = parts
        self.short_of_space = False

    def path(self, call: Call) -> Path | None:
        """Return the file, or ``None``: switched off, or too little space (calls go on without)."""
        recording = self._parts.settings.recording
        if not recording.enabled:
            return None
        free = shutil.disk_usage(self._parts.home.root).free // 1_000_000
        short = free < recording.free_space_mb
        if short and not self.short_of_space:
            log.error("too little space: calls are not recorded until some is freed", free_mb=free)
        self.short_of_space = short
        return None if short else self._parts.home.recording_path(call.facts.leg, self._parts.clock.now())
