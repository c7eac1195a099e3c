"""From what is meant to what sounds: items to clips, tones and pauses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from hotline.call.audio import Clip, Playable, Silence, Tone
from hotline.call.clock import Clock
from hotline.call.ports import Call, PromptBook
from hotline.ivr.items import PRESENT, OwnWords, Pause, Prompt, ReadBack, Sound, Spoken
from hotline.language.readback import read_back, wording
from hotline.language.wording import PAUSES

log = structlog.get_logger(__name__)

BUILDING = "building"
"""Kind of a place without a room, ``3-2`` or ``3``: lifts, stairs, a whole building."""


PEOPLE = "people"
"""Kind of a number of people."""
NAMED = {"matter": "matter_", "presence": "presence_"}
"""Kinds of values each of which has a prompt of its own; one without is said as ``other``, if that has."""


def spoken_ids(language: str, kind: str, value: str, *, today: date) -> Sequence[str]:
    """Return the prompt ids that say ``value``; raises :class:`ValueError` when it cannot be said."""
    if kind == BUILDING:
        building, _, unit = value.partition("-")
        return wording(language).place(building, unit, "")
    if kind == PEOPLE and (language, value) == ("zh", "2"):
        return ["num_liang"]  # people are counted “两位”
    if kind == PEOPLE:
        kind = "number"
    if kind in NAMED:
        return [f"{NAMED[kind]}{value}"]
    return read_back(language, kind, value, today=today)


class Voice:
    """Speaks for one call: its prompts, its recording, its estate's calendar."""

    def __init__(self, call: Call | None, prompts: PromptBook, clock: Clock, timezone: str) -> None:
        """Speak about ``call``, if there is one yet; days are named as they are in ``timezone``."""
        self._call = call
        self._other: dict[str, Path] = {}
        self._prompts = prompts
        self._clock = clock
        self._zone = ZoneInfo(timezone)

    def know(self, leg: str, recording: Path) -> None:
        """Where the words of another call are: they can be played from now on."""
        self._other[leg] = recording

    def knows(self, leg: str) -> bool:
        """True when words recorded on that leg can be played."""
        return leg in self._other or (self._call is not None and leg == self._call.facts.leg)

    def sounds(self, items: Iterable[Spoken]) -> list[Playable]:
        """Return everything that can be played of ``items``, in order; what is missing is left out."""
        return [sound for item in items for sound in self._sounds_of(item)]

    def _sounds_of(self, item: Spoken) -> list[Playable]:
        match item:
            case Prompt(id=prompt, language=language):
                return self._prompts.clips(language, [prompt])
            case ReadBack():
                return self._read_back(item)
            case OwnWords(span=span):
                call = self._call
                own = call is not None and span.recording == call.facts.leg
                recording = call.recording if call is not None and own else self._other.get(span.recording)
                if recording is None:
                    return []
                return [Clip(recording, span.start, span.end, channel=0)]
            case Pause(seconds=seconds):
                return [Silence(seconds)]
            case Sound(name=name, seconds=seconds):
                return [Tone(name, seconds)]

    def _read_back(self, item: ReadBack) -> list[Playable]:
        now = self._clock.now().astimezone(self._zone)
        value = item.value
        if value == PRESENT:
            value = f"{now:%H:%M}" if item.kind == "time" else f"{now:%Y-%m-%dT%H:%M}"
        try:
            ids = spoken_ids(item.language, item.kind, value, today=now.date())
        except ValueError:
            # the value itself is personal data and stays out of the log
            log.warning("value cannot be spoken", kind=item.kind, language=item.language)
            return []
        if item.kind in NAMED and not self._prompts.has(item.language, ids[0]):
            ids = [one for one in (f"{NAMED[item.kind]}other",) if self._prompts.has(item.language, one)]
        sounds: list[Playable] = []
        for prompt in ids:
            if prompt in PAUSES:
                sounds.append(Silence(PAUSES[prompt]))
            else:
                sounds.extend(self._prompts.clips(item.language, [prompt]))
        return sounds
