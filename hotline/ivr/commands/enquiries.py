"""Directory enquiries, the world clock, messages and outside lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline.call.ports.messages import NewMessage
from hotline.ivr.commands.base import Command, Request
from hotline.ivr.items import Spoken


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntries(Request):
    """What may be asked for? Found value: :class:`~hotline.ivr.events.Entries`."""

    what: str
    """``directory`` or ``clock``."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEntry(Request):
    """Return an entry of the directory; found value: ``Listing``; nothing: it is gone."""

    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskTimeIn(Request):
    """What time is it there? Found value: ``TimeThere``."""

    city: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectEntry(Request):
    """Connect the caller with an entry; found when they have talked, nothing when nobody answered."""

    entry: str
    ring: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeMessage(Request):
    """Keep a message; found value: ``MessageSummary``; refused with the code of ``MessageRefused``."""

    new: NewMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutside(Request):
    """Dial out and talk; found value: :class:`~hotline.ivr.events.OutsideTalk` when it is over.

    Refused with the code of ``OutsideRefused``. ``booking``: it is the booked call's turn.
    """

    number: str = field(repr=False)
    booking: str = ""
    connecting: tuple[Spoken, ...] = ()
    warning: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookOutside(Request):
    """Let a call wait for its turn; found value: ``OutsideBooking``; refused as :class:`CallOutside`."""

    number: str = field(repr=False)
    language: str = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class PressOutside(Command):
    """Press a key towards the far end of an outside call."""

    request: int
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndOutside(Command):
    """The caller has had enough of an outside call, or is gone: stop ringing, or hang up there."""

    request: int
