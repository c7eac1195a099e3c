"""What is sent and what sends it: :class:`Message`, the port :class:`Channel`, and how it can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hotline.call.errors import PeerError


class TryAgain(PeerError):
    """Not delivered this time: unreachable, too slow, overloaded. The sentence holds no personal data."""

    code = "notification-try-again"

    def __init__(self, sentence: str, *, after: float | None = None) -> None:
        """Keep how many seconds the receiver asked to be left alone, when it did."""
        super().__init__(sentence)
        self.after = after


class NotYet(TryAgain):
    """Not even tried: the channel has sent what it may for now. Costs no attempt."""

    code = "notification-not-yet"


class GiveUp(PeerError):
    """Never to be delivered as it is: the receiver refused it for good, or the channel is set up wrong."""

    code = "notification-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened, as the outbox has it."""

    id: str
    """What receivers know it by."""
    estate: str
    kind: str
    subject: str
    detail: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event, worded for one channel. Whatever is in here the channel may see."""

    event_id: str
    """The same in every attempt and on every channel: receivers drop what they have seen."""
    kind: str
    """``ticket.opened``, ``alarm.raised`` …"""
    estate: str
    """Id of the estate; ``*`` for what concerns the whole machine."""
    subject: str
    """What it is about: a ticket's number, a trunk's name …"""
    at: datetime
    """When it happened (aware)."""
    title: str
    """One line."""
    text: str
    """A few lines, without the title."""
    urgent: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    """What is known of it, for programs."""


class Channel(Protocol):
    """A way to somebody."""

    async def send(self, message: Message) -> None:
        """Hand the message over.

        Returns when the receiver has taken it; raises :class:`TryAgain`, :class:`NotYet` or
        :class:`GiveUp` otherwise. May be cancelled at any time.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
