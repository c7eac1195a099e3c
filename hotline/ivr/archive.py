"""Words said on earlier calls: found in good time, so that nothing waits when they are to be played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import structlog

from hotline.call.ports import Span
from hotline.ivr.voice import Voice

log = structlog.get_logger(__name__)

RecordingOf = Callable[[str], Awaitable[Path | None]]
"""Returns the recording of a leg that is over or running, ``None`` when there is none (any more)."""


class Archive:
    """Tells a :class:`~hotline.ivr.voice.Voice` where the words of other calls are."""

    def __init__(self, voice: Voice, recording_of: RecordingOf | None) -> None:
        """Without ``recording_of`` only the call's own words can be played."""
        self._voice = voice
        self._recording_of = recording_of

    async def fetch(self, values: Iterable[object]) -> None:
        """Find the recordings of all spans among ``values``. One that cannot be found is not played."""
        legs = {value.recording for value in values if isinstance(value, Span)}
        for leg in legs:
            await self._fetch(leg)

    async def _fetch(self, leg: str) -> None:
        if self._recording_of is None or self._voice.knows(leg):
            return
        try:
            recording = await self._recording_of(leg)
        except Exception:
            # words that cannot be played must not cost the caller the rest
            log.exception("a recording could not be looked up", recording=leg)
            return
        if recording is not None:
            self._voice.know(leg, recording)
