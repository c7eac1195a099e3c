"""From what a menu says to what is meant: conditions applied, slots filled in, the language fixed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hotline.call.ports import Place, Span
from hotline.ivr.intake import NOW, SPOKEN_AS, Slots
from hotline.ivr.items import BEEP, PRESENT, OwnWords, Pause, Prompt, ReadBack, Spoken

if TYPE_CHECKING:
    from hotline.ivr.steps.base import Item


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves items against slots."""

    slots: Slots
    language: str
    other: str
    """Language of items that say ``language: other``."""
    timezone: str

    def spoken(self, items: Iterable[Item]) -> tuple[Spoken, ...]:
        """Return what is meant, in order; items that do not apply are left out."""
        return tuple(thing for item in items if (thing := self._resolve(item)) is not None)

    def _resolve(self, item: Item) -> Spoken | None:
        if item.when is not None and self.slots.get(item.when) is None:
            return None
        if item.unless is not None and self.slots.get(item.unless) is not None:
            return None
        language = self.other if item.language == "other" else self.language
        if item.prompt is not None:
            return Prompt(item.prompt, language)
        if item.pause is not None:
            return Pause(item.pause)
        if item.tone is not None:
            return BEEP
        return self._from_slot(item, language)

    def _from_slot(self, item: Item, language: str) -> Spoken | None:
        otherwise = Prompt(item.otherwise, language) if item.otherwise is not None else None
        if item.words is not None:
            span = self.slots.span(item.words)
            return OwnWords(span) if span is not None else otherwise
        slot = item.read_back or ""
        if slot == NOW:
            return ReadBack(item.kind or SPOKEN_AS[NOW], PRESENT, language)
        value = self.slots.get(slot)
        if isinstance(value, Place) and not (value.building or value.room):
            return otherwise
        if isinstance(value, Place) and not value.room:
            return ReadBack("building", f"{value.building}-{value.unit}".rstrip("-"), language)
        if value is None or isinstance(value, Span):
            return otherwise
        if isinstance(value, datetime):
            local = value.astimezone(ZoneInfo(self.timezone))
            return ReadBack(item.kind or "datetime", f"{local:%Y-%m-%dT%H:%M}", language)
        usual = "place" if isinstance(value, Place) else "digits"
        kind = item.kind or SPOKEN_AS.get(slot, usual)
        return Prompt(str(value), language) if kind == "prompt" else ReadBack(kind, str(value), language)
