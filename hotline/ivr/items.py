"""What can be said on a call, still as meaning: the session turns it into sound.

Items are resolved: slots are filled in, the language is fixed. Scenarios compare sounds, the
terminal simulator prints them as text.
"""

from __future__ import annotations

from dataclasses import dataclass

from hotline.call.audio import ToneName
from hotline.call.ports import Span


@dataclass(frozen=True, slots=True)
class Prompt:
    """A recorded sentence, in the given language."""

    id: str
    language: str


PRESENT = "now"
"""Value of a :class:`ReadBack` that is whatever time or day it is when it is said."""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """A value put together from recorded words by :func:`hotline.language.readback.read_back`."""

    kind: str
    value: str
    language: str


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The caller's own words out of the recording."""

    span: Span


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Sound:
    """A tone or music; without ``seconds`` until it is stopped."""

    name: ToneName
    seconds: float | None = None


Spoken = Prompt | ReadBack | OwnWords | Pause | Sound

BEEP = Sound(ToneName.BEEP, 0.2)
"""“Speak after the tone.”"""
RINGING = Sound(ToneName.RINGBACK)
"""Heard by the caller while people are rung."""
