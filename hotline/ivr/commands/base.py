"""The base of commands, the caller's ears and mouth, timers, and what ends a call."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.call.ports import Question, Span
from hotline.ivr.items import Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Command):
    """Say ``items`` after what is being said; :class:`~hotline.ivr.events.Played` follows."""

    playback: int
    items: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush(Command):
    """Stop everything that is being said: barge-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen(Command):
    """Open the ears for one question."""

    hearing: int
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Command):
    """The prompt is over: the caller's time to begin speaking starts."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopListening(Command):
    """Close the ears; nothing more comes of this question."""

    hearing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer(Command):
    """Feed :class:`~hotline.ivr.events.TimedOut` after ``seconds``."""

    timer: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTimer(Command):
    """Forget a timer."""

    timer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Command):
    """Base of commands that have a result. ``patience``: seconds until it counts as late."""

    request: int
    patience: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conceal(Command):
    """Which keys are pressed is (not) written down from now on: a PIN is being entered."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseRecording(Command):
    """The caller does not want to be recorded: delete what there is and record nothing more of the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Request):
    """Tell who placed this call what came of it; found once that is committed."""

    outcome: str
    values: tuple[tuple[str, str | Span], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Log(Command):
    """Add an event to the call record."""

    kind: str
    detail: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Command):
    """End the call."""
