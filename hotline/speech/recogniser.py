"""The recogniser port: what every engine offers, in the worker process that owns it.

Everything here is synchronous: engines live in processes of their own, never on an event loop.
Sound is 16-bit mono PCM at 8,000 Hz, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from hotline.call.ports import QuestionKind
from hotline.speech.grammar.place import PlaceBlock


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do with its model."""

    engine: str
    """``vosk``, ``pocketsphinx`` or ``whisper``."""
    languages: frozenset[str]
    """``zh``, ``en`` …; what the model was made for."""
    rates: tuple[int, ...]
    """Sample rates it takes without conversion, the model's own first."""
    streaming: bool
    """Works while the caller speaks; otherwise on the finished utterance."""
    grammar: bool
    """Can be held to a grammar; otherwise any words come out."""
    free: bool
    """Can take down free speech well enough for a transcript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is listened for: a :class:`~hotline.call.ports.Question` without its timing."""

    kind: QuestionKind
    language: str
    phrases: tuple[str, ...] = ()
    emergency_phrases: tuple[str, ...] = ()
    places: tuple[PlaceBlock, ...] = ()
    """PLACE: the estate's addresses."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was understood: words without spaces in Mandarin, and how sure it is, 0 … 1.

    0.5 is the point where an answer is as likely wrong as right (``settings.Speech.accept_score``);
    :mod:`hotline.speech.confidence` says how it is reckoned. Empty text always scores 0.
    """

    text: str
    score: float


NOTHING = Recognition("", 0.0)


class Utterance(Protocol):
    """One stretch of speech being recognised."""

    def feed(self, pcm: bytes) -> None:
        """Take the next sound, whole frames; cheap or decoding, as the engine likes."""
        ...

    def result(self) -> Recognition:
        """Say what was understood of everything fed. May be asked again after more sound."""
        ...


class Recogniser(Protocol):
    """An engine with its model loaded."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def begin(self, task: Task) -> Utterance:
        """Begin an utterance; the one before is given up.

        Raises :class:`~hotline.call.errors.EnvironmentFault` when the grammar cannot be built.
        """
        ...

    def transcribe(self, pcm: bytes, language: str, hints: Mapping[str, str]) -> Recognition:
        """Take free speech down. ``hints``: ``prompt`` – words of the trade to expect."""
        ...
