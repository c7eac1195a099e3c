"""What all steps share: what is said, and how input is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hotline.ivr.steps.refs import PromptRef, ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.events import Event
    from hotline.ivr.talk import Talk

T = TypeVar("T")
Turn = Generator[None, "Event", T]
"""A piece of conversation: takes events, ends with a value. Commands go through ``Talk.do``."""

Language = Literal["zh", "en"]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class Section(BaseModel):
    """Base: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Item(Section):
    """One thing that is said. Exactly one of ``prompt``, ``read_back``, ``words``, ``pause``, ``tone``."""

    prompt: PromptRef | None = None
    """A prompt's id; the plain form ``- greeting`` is the same."""
    language: Literal["other"] | None = None
    """``other``: say the prompt in the menu's next language (“For English, press eight”)."""
    read_back: ReadSlot | None = None
    """A slot's value, spoken: place, telephone number, ticket number, time …"""
    kind: str | None = Field(None, alias="as")
    """How to speak it, when the slot's own kind is not right: digits, number, money …"""
    words: ReadSlot | None = None
    """The caller's own words of that slot."""
    pause: float | None = Field(None, gt=0, le=10)
    """Seconds of silence."""
    tone: Literal["beep"] | None = None
    otherwise: PromptRef | None = None
    """Said when the slot of ``read_back`` or ``words`` is empty; without it nothing is said."""
    when: ReadSlot | None = None
    """Said only when this slot or fact is set (``call.late``, ``call.recorded``, ``caller.place``)."""
    unless: ReadSlot | None = None
    """Said only when this slot or fact is not set."""

    @model_validator(mode="before")
    @classmethod
    def _plain_id(cls, value: Any) -> Any:
        return {"prompt": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_thing(self) -> Item:
        given = [self.prompt, self.read_back, self.words, self.pause, self.tone]
        if sum(thing is not None for thing in given) != 1:
            raise ValueError("give exactly one of prompt, read_back, words, pause, tone")
        return self


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) or value is None else [value]


def _as_rounds(value: Any) -> Any:
    """``x`` and ``[x, y]`` are one round; ``[[x], [y]]`` are two."""
    if value is None:
        return value
    items = _as_list(value)
    nested = any(isinstance(item, list | tuple) for item in items)
    return [_as_list(item) for item in items] if nested else [items]


Items = Annotated[tuple[Item, ...], BeforeValidator(_as_list)]
"""What is said, in order; a single id may stand alone."""
Rounds = Annotated[tuple[Items, ...], BeforeValidator(_as_rounds)]
"""What is said the first time, the second time …; the last one is repeated."""


class Step(Section, ABC):
    """One step of a menu. ``step`` is the key it has in the file: ``main: {menu: {…}}``."""

    step: str
    asks: ClassVar[bool] = False
    """True when the step waits for the caller: a loop without such a step would never end."""

    @abstractmethod
    def run(self, talk: Talk) -> Turn[str | None]:
        """Lead the conversation; return the next step's name, ``None`` at the end of the call."""


class InputStep(Step):
    """A step that asks for something. What is not given comes from the menu's ``defaults``."""

    asks: ClassVar[bool] = True

    prompts: Items = ()
    """The question."""
    reprompts: Items = ()
    """The question the second time, when a shorter one is enough."""
    noinput: Rounds = ()
    """Said after silence, before the question is asked again."""
    nomatch: Rounds = ()
    """Said after keys that are no answer, and after words when there is no ``misheard``."""
    misheard: Rounds = ()
    """Said after words that were not understood."""
    tries: int | None = Field(None, ge=1, le=10)
    """Failures (silence or not understood) until ``failed``."""
    timeout: Seconds | None = None
    """Seconds of silence after the question."""
    interdigit_timeout: Seconds | None = None
    """Seconds between two keys of one entry."""
    terminator: Annotated[str, Field(pattern=r"^[#*]?$")] = "#"
    """Key that ends an entry of digits; empty: only length and pauses end it."""
    barge_in: bool = True
    """A key or voice interrupts the question."""
    fresh: bool = False
    """Keys pressed before the question was asked are no answer to it: who agrees has heard to what."""
    failed: StepRef | None = None
    """Where to go after ``tries`` failures."""
    silent: StepRef | None = None
    """Where to go instead when all of them were silence: nobody is asked the same in yet another way."""


class Defaults(Section):
    """Values for input steps that do not say otherwise."""

    noinput: Rounds = ()
    nomatch: Rounds = ()
    misheard: Rounds = ()
    tries: int = Field(2, ge=1, le=10)
    timeout: Seconds = 6.0
    choice_interdigit: Seconds = 1.5
    """Between the keys of a choice: long enough for ``00``."""
    digits_interdigit: Seconds = 4.0
    """Between the keys of a number."""
    failed: StepRef
