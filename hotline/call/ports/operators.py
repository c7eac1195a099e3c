"""Operators: callers wait for one, are served, and who serves decides what comes next (DOMAIN 2, 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from hotline.call.audio import Playable
from hotline.call.ports.legs import Call
from hotline.call.ports.paper import Place


class Presence(StrEnum):
    """What an operator is doing."""

    SIGNED_OUT = "signed_out"
    READY = "ready"
    PAUSED = "paused"
    """For a reason; set by the machine when a ringing line is not answered."""
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    """After a call, before the next."""


class Phrase(StrEnum):
    """What is said around a served call; the menu words it, :class:`Words` sounds it."""

    WHISPER = "whisper"
    """To the operator alone, before the bridge: what, where, how often (“投诉, 三号楼602, 第二次来电”)."""
    QUESTION = "question"
    """To the operator: which key accepts. Only where accepting by key is configured."""
    SERVING = "serving"
    """To both: “X号话务员为您服务”. Facts: ``operator`` (number)."""
    CALLER_GONE = "caller_gone"
    """To the operator: the caller has hung up."""
    HOLD_RETURN = "hold_return"
    """To the caller coming back from hold: thanks and an apology (DOMAIN section 2)."""
    INTERRUPTED = "interrupted"
    """To the caller: the operator cannot be heard for the moment, stay on the line."""
    AGAIN = "again"
    """To the caller: the operator is gone; they are first in the queue."""
    CONSULT = "consult"
    """To somebody an operator asks: who calls, about what. Facts: ``name``, ``matter``, ``operator``."""
    CONSULT_QUESTION = "consult_question"
    """To them: 1 yes, 2 no, 9 again."""
    CONSULT_REFUSED = "consult_refused"
    """To the operator: they do not take the call."""
    CONSULT_SILENT = "consult_silent"
    """To the operator: nobody answered there, or the line is busy."""
    TRANSFERRING = "transferring"
    """To the caller: they are being connected."""
    TRANSFER_BACK = "transfer_back"
    """To the caller: nobody there; back to the operator."""
    PARKED = "parked"
    """To the operator who parks a caller: where. Facts: ``slot`` (digits)."""
    CALL_BACK = "call_back"
    """To a caller who is called back in their place: the operator they waited for."""
    OPERATOR_WAITS = "operator_waits"
    """To an operator whose caller is being called back: one moment."""


class Words(Protocol):
    """Sounds phrases in the languages of one call."""

    def sounds(self, phrase: Phrase, facts: Mapping[str, str] | None = None) -> Sequence[Playable]:
        """Return what is played; empty when the menu says nothing there. Never fails."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOrder:
    """A caller's place in a queue, and what the operator should know."""

    queue: str
    estate: str
    priority: int = 50
    """Smaller goes first; 0 is an emergency."""
    language: str = "zh"
    skills: frozenset[str] = frozenset()
    """Wanted beyond the queue's own."""
    topic: str = ""
    place: Place = field(default_factory=Place)
    ticket: str = ""
    caller_name: str = ""
    callback: str = ""
    """Number the caller can be called back at, raw; personal data."""
    first: bool = False
    """Goes before others of the same priority: back from an operator who was lost."""


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a caller stands; told when it changes."""

    position: int
    """From 1."""
    expected: float | None
    """Seconds until an operator is likely to be free; ``None``: not known yet."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An operator takes the call: music and announcements are over, both are being connected."""

    operator: str
    """Number."""


QueueNews = QueuePlace | Taken
TellCaller = Callable[[QueueNews], None]


class ServeEnd(StrEnum):
    """How serving ended with the caller still on the line."""

    TALKED = "talked"
    SENT = "sent"
    """The operator sent the caller to a step of the menu."""
    NOBODY = "nobody"
    """Nobody is there, or the longest wait is over in every queue: a message is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What came of it."""

    end: ServeEnd
    operator: str = ""
    """Number of who talked last."""
    step: str = ""
    """``SENT``: where to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorSummary:
    """An operator as others see them."""

    number: str
    name: str
    estate: str
    presence: Presence
    since: datetime | None
    reason: str = ""
    line: str = ""
    """``sip:…``, a plain number or ``headset:NUMBER``."""


class OperatorDesk(Protocol):
    """Queues callers, rings operators, leads the talk (hold, consultation, transfer) to its end."""

    async def serve(self, call: Call, order: ServeOrder, words: Words, tell: TellCaller) -> Served:
        """Queue an answered caller and serve them; plays nothing while waiting, that is the caller's menu.

        ``tell`` is called on the event loop. Cancelling means that the caller has left or chose something
        else: whoever is rung or talks is let go. An unknown queue raises :class:`KeyError`.
        """
        ...

    async def call_back(self, call: Call, order: ServeOrder, number: str) -> None:
        """Keep the caller's place without them and call ``number`` when it is their turn; committed.

        Raises :class:`~hotline.call.errors.OperatorRefused` when the queue does not offer it.
        """
        ...

    def anybody(self, queue: str, estate: str) -> bool:
        """True when an operator of this queue is signed in."""
        ...

    def find(self, estate: str, number: str) -> OperatorSummary | None:
        """Return an operator by number."""
        ...

    async def sign_in(self, estate: str, number: str, *, line: str = "") -> OperatorSummary:
        """Begin to work at ``line`` (empty: their own); paused until ready.

        Raises :class:`~hotline.call.errors.OperatorRefused`, as the others do.
        """
        ...

    async def ready(self, estate: str, number: str) -> OperatorSummary:
        """Take calls; also ends wrap-up."""
        ...

    async def pause(self, estate: str, number: str, reason: str) -> OperatorSummary:
        """Take no calls for a while."""
        ...

    async def sign_out(self, estate: str, number: str) -> OperatorSummary:
        """Go home; refused while a call is being talked on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Somebody an operator can be connected with."""

    name: str
    """Of an operator: their number."""
    address: str
    """``DialOrder.to``; never shown to callers."""
    kind: str
    """``operator``, ``staff``, ``room``, ``department``, ``outside``."""
    account: str = ""
    caller_id: str = ""
    asks: bool = True
    """They are told who calls and may refuse (a guest, a resident, a manager); others just answer."""
    longest: float | None = None
    """Seconds a call may last; outside lines."""
    purpose: str = ""
    """``DialOrder.purpose`` of legs to them, where it matters to the books; empty: what the leg is for."""
    slip: str = ""
    """Outside lines: number of the charge slip that :meth:`Switchboard.over` closes."""


class Switchboard(Protocol):
    """Finds whom an operator names, within what the operator may do."""

    async def find(self, wanted: str, *, operator: str, estate: str) -> Extension:
        """Return who ``wanted`` is: a number, a room, an operator, a department's name.

        Raises :class:`~hotline.call.errors.OperatorRefused` with the reason.
        """
        ...

    async def over(self, extension: Extension, leg: Call, *, operator: str, estate: str) -> None:
        """A leg to ``extension`` is over: what it cost is written down."""
        ...
