"""``set``: fill, copy and clear slots, change the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from hotline.call.ports import Place, TicketKind, Urgency
from hotline.ivr.steps.base import Language, Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef, WrittenSlot

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Set(Step):
    """Change what is known. Values are text; ``place`` takes a note (“公共区域”)."""

    step: Literal["set"] = "set"
    values: dict[WrittenSlot, str] = Field(default_factory=dict)
    copy_from: dict[WrittenSlot, ReadSlot] = Field(default_factory=dict, alias="copy")
    """Slot → slot it is copied from, as it is before anything is cleared."""
    clear: tuple[WrittenSlot, ...] = ()
    language: Language | Literal["next"] | None = None
    next: StepRef

    @field_validator("values")
    @classmethod
    def _known_words(cls, values: dict[WrittenSlot, str]) -> dict[WrittenSlot, str]:
        for slot, names in (("kind", list(map(str, TicketKind))), ("urgency", list(map(str, Urgency)))):
            value = values.get(WrittenSlot(slot))
            if value is not None and value not in names:
                raise ValueError(f'no {slot} "{value}"; there are {", ".join(names)}')
        return values

    def run(self, talk: Talk) -> Turn[str | None]:
        """Change it and go on."""
        yield from ()
        copied = {slot: talk.slots.get(source) for slot, source in self.copy_from.items()}
        talk.slots = talk.slots.cleared(frozenset(self.clear))
        for slot, text in self.values.items():
            talk.fill(slot, Place(note=text) if slot == "place" else text)
        for slot, value in copied.items():
            if value is not None:
                talk.fill(slot, value)
        if self.language == "next":
            talk.language = talk.next_language()
        elif self.language in talk.menu.languages:
            talk.language = self.language
        return self.next
