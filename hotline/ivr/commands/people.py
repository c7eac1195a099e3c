"""People who are rung, talked to or waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from hotline.call.ports import Place, Span
from hotline.call.ports.operators import Phrase, ServeOrder
from hotline.ivr.commands.base import Command, Request
from hotline.ivr.items import Spoken

if TYPE_CHECKING:
    from hotline.ivr.steps.base import Items


@dataclass(frozen=True, slots=True, kw_only=True)
class RingPeople(Request):
    """Ring the roster one after another until somebody accepts by key.

    Found value: :class:`~hotline.ivr.events.Acceptance`; nothing: nobody, after all rounds.
    """

    roster: str
    purpose: str
    ring_seconds: float
    rounds: int
    pause_seconds: float
    """Between two rounds."""
    whisper: tuple[Spoken, ...]
    question: tuple[Spoken, ...]
    """Said after the whisper: which key accepts."""
    accepted: tuple[Spoken, ...]
    declined: tuple[Spoken, ...]
    optional: bool
    """A roster that is not configured counts as nobody instead of as a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief(Command):
    """Replace what the people rung by ``request`` are told from now on."""

    request: int
    whisper: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRinging(Command):
    """Nobody needs to be rung any more; the request's result no longer matters."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Afterwards:
    """A flow on the leg of the person the caller was connected with."""

    flow: str
    given: tuple[tuple[str, str | Place | Span | datetime], ...]
    key: str
    """Pressed by that person: they and the caller are taken apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge(Request):
    """Connect the caller with the person who accepted ``ringing``; found when they are apart again."""

    ringing: int
    afterwards: Afterwards | None = None
    """What is said to that person when the caller is gone, or when they press its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss(Command):
    """Tell the person who accepted ``ringing`` something and hang up: the caller is gone."""

    ringing: int
    items: tuple[Spoken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterQueue(Request):
    """Wait for an operator and talk; found value: ``Served``. Nothing: nobody is there.

    :class:`~hotline.ivr.events.QueueTold` says meanwhile how the caller's place stands. From
    ``Taken`` on nothing is said by the menu until the caller waits again or the result is there.
    """

    order: ServeOrder = field(repr=False)
    words: tuple[tuple[Phrase, Items], ...] = field(default=(), repr=False)
    """What is said around the call, by the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveQueue(Command):
    """The caller wants no operator any more, or is gone; the request's result no longer matters."""

    queue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCallBack(Request):
    """Keep the caller's place and call them back; found when committed; refused by rule of the desk."""

    order: ServeOrder = field(repr=False)
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPresence(Request):
    """What is the operator of this number doing? Found value: ``OperatorSummary``; nothing: none such."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPresence(Request):
    """Sign in or out, be ready or pause; found as :class:`AskPresence`, refused by rule of the desk."""

    number: str
    do: Literal["sign_in", "ready", "pause", "sign_out"]
    line: str = field(default="", repr=False)
    """``sign_in``: where to work; empty for the operator's own line."""
    reason: str = ""
    """``pause``: why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeTicket(Command):
    """Note that somebody took the matter by accepting the call: the ticket is theirs (签领)."""

    number: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTicket(Command):
    """Add a line to a ticket's history."""

    number: str
    event: str
    detail: str = ""
