"""What the desk and the talk ask of each other: an operator who has taken a caller, and what came of it.

The desk (:mod:`hotline.operators.desk`) queues, rings, whispers and says “X号话务员为您服务”; the talk leads
the two from the bridge to the end: hold, consultation, transfer, three-way, park, supervision.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from hotline.call.ports import Call, LegFacts, ServeOrder, Words


class Right(StrEnum):
    """What an operator may do beyond talking (``may`` in ``operators.yaml``)."""

    TRANSFER_BLIND = "transfer_blind"
    OUTSIDE = "outside"
    """Dial or transfer to outside numbers, as the dialplan allows."""
    LONG_DISTANCE = "long_distance"
    """Approve long-distance calls."""
    LISTEN = "listen"
    """Listen, whisper and barge in; supervisors always may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatedOperator:
    """An operator as ``operators.yaml`` describes them."""

    number: str
    """Staff number, as spoken: “X号话务员”."""
    name: str = ""
    """Personal data: shown, never logged."""
    estate: str = "default"
    """Whose caller they serve, or whose house they work in now."""
    everywhere: bool = False
    """Serves all estates: rung for any of them, and fetches whoever is parked in any."""
    languages: frozenset[str] = frozenset({"zh"})
    skills: frozenset[str] = frozenset()
    may: frozenset[Right] = frozenset()
    supervisor: bool = False


def _nobody_waits() -> None:
    """Nobody wants to know that the operator has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """An operator who has taken a call: their leg is answered, whispered to and has accepted."""

    operator: SeatedOperator
    leg: Call
    rung_at: datetime
    answered_at: datetime
    line: str
    """The line that was rung: ``sip:…``, a number, ``headset:NUMBER``."""
    left: Callable[[], None] = _nobody_waits
    """The talk calls it, once or more often, when the operator is out of it for good while the caller talks
    on with somebody else (a completed transfer): wrap-up begins then and not at the end of the talk."""


class TalkEnd(StrEnum):
    """How a talk ended with the caller still on the line."""

    TALKED = "talked"
    """The operator left properly, or the talk is over."""
    SENT = "sent"
    """To a step of the menu."""
    OPERATOR_LOST = "operator_lost"
    """Their leg vanished or was interrupted for too long: the caller is queued again, in front."""
    TRANSFERRED = "transferred"
    """The caller talked on with somebody else, and that is over as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkResult:
    """What came of a talk."""

    end: TalkEnd
    step: str = ""
    """``SENT``: where to."""
    who: str = ""
    """``TRANSFERRED``: with whom, by number or name of the directory; never a resident's number."""


class TalkLike(Protocol):
    """One caller with one operator, from the bridge to the end of it."""

    async def run(self) -> TalkResult:
        """Lead the talk to its end; the caller is still on the line then.

        Cancelled when the caller has left: everybody it holds (operator, consulted, parked, supervisors)
        is let go in its ``finally``. However it ends, it does not hang up the caller; the operator's leg is
        ended by whoever wants it ended, and the desk hangs up what is left of it.
        """
        ...

    async def do(self, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the operator asks (``hold``, ``resume``, ``consult`` …); returns :meth:`state`.

        Raises :class:`~hotline.call.errors.OperatorRefused` with the reason; nothing has changed then.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return what the operator's screen shows of the talk: ``held``, ``consulting``, ``parked`` …"""
        ...

    async def supervise(self, leg: Call, mode: str) -> None:
        """Let a supervisor's answered leg ``listen``, ``whisper``, ``barge`` or ``leave``.

        Raises :class:`~hotline.call.errors.OperatorRefused`. The leg is the supervisor's: it is not hung up
        at the end of the talk, only heard by nobody and hearing nobody.
        """
        ...


class OwnTalk(TalkLike, Protocol):
    """A talk that an operator is in without the desk's doing: fetched, given back, dialled out."""

    @property
    def facts(self) -> LegFacts:
        """What is known of the caller's leg, or of the far end's."""
        ...


class Engage(Protocol):
    """Keeps the queues from ringing an operator who is busy otherwise; offered by the desk."""

    def __call__(self, estate: str, number: str, why: str) -> AbstractContextManager[SeatedOperator]:
        """Let an operator count as talking inside the ``with``: consulted, called, on a call of their own.

        ``why`` is shown as the reason. Afterwards they are what they were before. Raises
        :class:`~hotline.call.errors.OperatorRefused` for one who is signed out, rings or talks.
        """
        ...


DoOutsideTalk = Callable[[SeatedOperator, str, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Operator, their line, action, arguments: what an operator may do who talks with no caller (``dial`` …).

Raises :class:`~hotline.call.errors.OperatorRefused`."""

MakeTalk = Callable[[Call, Seat, ServeOrder, Words], TalkLike]
"""Begin a talk of the caller's leg with a seated operator; nothing happens before :meth:`TalkLike.run`."""
