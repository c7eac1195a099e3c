"""What belongs to a room: its PIN, bills and wake-ups."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotline.call.ports import NewWakeup, Place, WakeTime
from hotline.ivr.commands.base import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRoom(Request):
    """Do room and PIN belong together? Found; refused with the code of ``RoomRefused``."""

    place: Place | None
    """``None``: have rooms PINs here at all?"""
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBills(Request):
    """What is unpaid? Found value: :class:`~hotline.ivr.events.Bills`."""

    place: Place | None
    """``None``: are bills known here at all?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWakeups(Request):
    """Which wake-ups of the room still ring? Found value: :class:`~hotline.ivr.events.Wakeups`."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWakeup(Request):
    """Book it; found value: ``Wakeups`` of this one; refused with the code of ``WakeupRefused``."""

    new: NewWakeup


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWakeup(Request):
    """Ring a booking of the room at another time; found and refused as :class:`BookWakeup`."""

    number: str
    when: WakeTime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWakeup(Request):
    """Take a booking off; found and refused as :class:`BookWakeup`."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipWakeup(Request):
    """Leave a booking's next time out; found and refused as :class:`BookWakeup`."""

    number: str
