"""Finding expected sounds among those that were played, and putting them into words."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hotline.call.audio import Clip, Tone
from hotline.call.clock import Clock
from hotline.call.scripted import Heard, ScriptedCall
from hotline.ivr.rehearsal import RehearsalDesk, RehearsalPrompts
from hotline.ivr.scenario import Sounding
from hotline.ivr.voice import BUILDING, PEOPLE, spoken_ids
from hotline.language.wording import PAUSES

VALUE_KINDS = (
    "place", "ticket", "phone", "datetime", "date", "time", "money", "number", "digits",
    "state", "kind", "schedule", "items", "minutes", "hours", "month", "weekday", BUILDING, PEOPLE,
)  # fmt: skip


class Matcher:
    """Compares what was played with what a scenario expects."""

    def __init__(self, clock: Clock, zone: ZoneInfo, desk: RehearsalDesk) -> None:
        """Values are spoken as of the clock's day; ``desk`` knows the last ticket's number."""
        self._clock = clock
        self._zone = zone
        self._desk = desk

    def find(self, call: ScriptedCall, expected: Sounding, begin: int, *, to_the_end: bool) -> int | None:
        """Return the position after ``expected`` in ``call.heard``, from ``begin`` on; None: not there."""
        spoken = [
            (index, heard)
            for index, heard in enumerate(call.heard)
            if index >= begin and _name(heard) is not None
        ]
        names = [_name(heard) or ("", "") for _, heard in spoken]
        for wanted in self._wanted(expected, names):
            at = _position(names, wanted)
            if at is None:
                continue
            index, last = spoken[at + len(wanted) - 1]
            if not to_the_end or last.ended is not None:
                return index + 1
        return None

    def _wanted(self, expected: Sounding, names: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
        if expected.words:
            return [[("", "recording.wav")]]
        languages = [expected.language] if expected.language else ["zh", "en", ""]
        if expected.prompt is not None:
            return [[(language, expected.prompt)] for language in languages]
        value = self._value(expected.read_back or "")
        return [
            [(language, prompt) for prompt in ids if prompt not in PAUSES]
            for language in languages
            if language
            for ids in self._spoken_forms(language, value)
        ]

    def _value(self, text: str) -> str:
        if text == "$ticket" and self._desk.filed:
            return self._desk.filed[-1].summary.number
        return text

    def _spoken_forms(self, language: str, value: str) -> list[Sequence[str]]:
        today = self._clock.now().astimezone(self._zone).date()
        forms: list[Sequence[str]] = []
        for kind in VALUE_KINDS:
            try:
                ids = spoken_ids(language, kind, value, today=today)
            except ValueError:
                continue
            if ids:
                forms.append(ids)
        return forms


def _position(names: Sequence[tuple[str, str]], wanted: Sequence[tuple[str, str]]) -> int | None:
    last = len(names) - len(wanted)
    return next((at for at in range(last + 1) if list(names[at : at + len(wanted)]) == list(wanted)), None)


def _name(heard: Heard) -> tuple[str, str] | None:
    """Return (language, id) of a prompt, ("", name) of a tone or a recording; None for a pause."""
    match heard.item:
        case Clip(path=path):
            language = str(path.parent)
            return ("" if language == "." else language, path.name)
        case Tone(name=name):
            return ("", name.value)
        case _:
            return None


def described(sounds: Sequence[Heard], prompts: RehearsalPrompts) -> str:
    """Return what was heard as lines to read."""
    lines = []
    for heard in sounds:
        name = _name(heard)
        if name is None:
            continue
        text = prompts.texts.get(name[0], {}).get(name[1], "")
        cut = " (cut off)" if heard.cut else ""
        lines.append(f"  heard {name[1]}{f' “{text}”' if text else ''}{cut}")
    return "\n".join(lines[:40]) or "  heard nothing"
