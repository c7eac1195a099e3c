"""``listen``: one question answered by voice; keys are the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.steps.answers import spoken_value
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Language, Rounds, Turn
from hotline.ivr.steps.refs import StepRef, WrittenSlot
from hotline.ivr.steps.rooms import is_no_room
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.intake import Value
    from hotline.ivr.talk import Talk

PRESSED = "*keys"
"""What was understood when a key was pressed instead."""


class Listen(InputStep):
    """Listen for a place, a number or one of several phrases.

    Not understood: asked again, then ``keys`` (the same question by keys), then a human. Any digit
    pressed goes to ``keys`` at once and is its first key; so does a language no engine understands.
    """

    step: Literal["listen"] = "listen"
    what: Literal["place", "phone", "digits", "choice"]
    into: WrittenSlot | None = None
    choices: dict[Language, dict[str, StepRef]] = Field(default_factory=dict)
    """For ``choice``: per language phrase → step."""
    only_if_missing: bool = False
    check_room: bool = False
    unknown: Rounds = ()
    keys: StepRef | None = None
    next: StepRef | None = None

    @model_validator(mode="after")
    def _whole(self) -> Listen:
        if self.what == "choice" and not self.choices:
            raise ValueError("a choice needs choices")
        if self.what != "choice" and (self.into is None or self.next is None):
            raise ValueError("into and next are needed")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Listen, understand, check, fill the slot."""
        if self.only_if_missing and self._filled(talk):
            return self.next
        if not talk.understands and self.keys is not None:
            return self.keys
        phrases = self.choices.get(talk.language, {})
        question = talk.question(QuestionKind(self.what), timeout=timeout_of(talk, self), phrases=phrases)
        own = frozenset("123456789*#") if self.keys is not None else frozenset()

        def understand(answer: Keys | Said) -> Turn[Got[Value] | Missed]:
            if isinstance(answer, Keys):
                talk.type_ahead(answer.typed)
                return Got(PRESSED)
            return (yield from self._understood(talk, answer, phrases))

        inquiry = Inquiry(pad=talk.choices(own), own=own, question=question)
        value: Value | None = yield from ask_until_understood(talk, self, inquiry, understand)
        if value is None or value == PRESSED:
            return self.keys or failed_of(talk, self)
        if self.what == "choice":
            return str(value)
        talk.fill(self.into or "", value)
        return self.next

    def _understood(self, talk: Talk, said: Said, phrases: dict[str, StepRef]) -> Turn[Got[Value] | Missed]:
        if not said.text or said.score < talk.facts.accept_score:
            return Missed()
        if self.what == "choice":
            key = understanding.choice(said.text, phrases, talk.language)
            return Missed() if key is None else Got(key)
        value = spoken_value(self.what, said.text, talk.language)
        if value is None:
            return Missed()
        if self.check_room and (yield from is_no_room(talk, value)):
            return Missed(self.unknown)
        return Got(value)

    def _filled(self, talk: Talk) -> bool:
        if self.into == "place":
            return talk.slots.has_place()
        return self.into is not None and talk.slots.get(self.into) is not None
