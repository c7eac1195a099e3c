"""Speech: what is asked of a caller, who listens, and what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hotline.call.audio import Playable
from hotline.call.ports.legs import Call


class QuestionKind(StrEnum):
    """What is asked decides grammar, patience and how the words are understood."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    PLACE = "place"
    DIGITS = "digits"
    PHONE = "phone"
    TIME = "time"
    FREE = "free"
    """The caller's own words: no grammar; kept as recording, transcribed after the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing asked of the caller; the recogniser builds one small grammar from it."""

    kind: QuestionKind
    language: str
    """``zh`` or ``en``."""
    estate: str
    phrases: tuple[str, ...] = ()
    """CHOICE: everything that may be said. Emergency keywords are added to every question."""
    emergency_phrases: tuple[str, ...] = ()
    begin_timeout: float = 6.0
    """Seconds of silence before ``HeardNothing``, counted from ``Hearing.expect``."""
    end_silence: float = 0.8
    """Seconds of silence that end the answer (FREE: 2.0 is usual)."""
    longest: float = 15.0
    """Seconds of speech after which it is cut."""
    urgent: bool = False
    """Emergency intake: may use the reserved recognition slot."""


class Hearing(Protocol):
    """One open question on one call; posts SpeechStarted, then Heard or HeardNothing, once."""

    @property
    def number(self) -> int:
        """The ``hearing`` value of its events."""
        ...

    def expect(self) -> None:
        """The prompt is over: start counting ``begin_timeout`` now."""
        ...

    def close(self) -> None:
        """Stop listening; nothing is posted afterwards."""
        ...


class Ears(Protocol):
    """Live recognition of what callers say."""

    def understands(self, language: str) -> bool:
        """True when an engine for that language is in service (else: voice activity only)."""
        ...

    def listen(self, call: Call, question: Question) -> Hearing:
        """Listen to ``call`` until something was heard. Never waits and never fails: with no engine
        or no free slot only voice activity is judged and ``Heard.text`` stays empty."""
        ...


class PromptBook(Protocol):
    """Prompt ids to sound."""

    def has(self, language: str, prompt: str) -> bool:
        """True when a recording (own or rendered) exists."""
        ...

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Resolve ids to clips; a missing one is left out, counted and logged once."""
        ...
