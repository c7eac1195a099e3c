"""How things stand for the operator, folded from what the hotline says. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from hotline.headsets.protocol import (
    Connected,
    Desk,
    Done,
    Error,
    Hello,
    Message,
    Over,
    Refused,
    Ring,
    StopRing,
)


class Link(StrEnum):
    """The connection to the hotline."""

    CONNECTING = "connecting"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the operator: a text's key with its facts, or the hotline's own sentence."""

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class CallCard:
    """A call that rings or is up, and what is known of it (personal data)."""

    call: str
    card: Mapping[str, str]


@dataclass(slots=True)
class Situation:
    """What the operator's screen shows. A headset that connects again is told everything anew."""

    link: Link = Link.CONNECTING
    operator: str = ""
    name: str = ""
    presence: str = ""
    since: datetime | None = None
    reason: str = ""
    queues: Mapping[str, int] = field(default_factory=dict)
    ringing: CallCard | None = None
    talking: CallCard | None = None
    held: bool = False
    consulting: str = ""
    parked: str = ""
    muted: bool = False

    def take(self, message: Message) -> tuple[Notice, ...]:
        """Fold one message in; returns what is to be told."""
        match message:
            case Hello():
                return self._hello(message)
            case Ring():
                self.ringing = CallCard(message.call, message.card)
                return (Notice("ring", {"card": message.card}),)
            case StopRing():
                was, self.ringing = self.ringing, None
                return (Notice("stop_ring"),) if was else ()
            case Connected():
                return self._connected(message)
            case Over():
                return self._over(message)
            case Desk():
                return self._desk(message.fields)
            case Refused() | Error():
                return (Notice(message.code, sentence=message.sentence),)
            case Done():
                told = self._desk(message.fields) if "presence" in message.fields else ()
                return (Notice("done"), *told)
            case _:
                return ()

    def lost(self, seconds: float) -> tuple[Notice, ...]:
        """Note that the connection broke; calls are kept by the hotline and told again afterwards."""
        self.link = Link.DOWN
        return (Notice("down", {"seconds": round(seconds, 1)}),)

    def _hello(self, message: Hello) -> tuple[Notice, ...]:
        again = bool(self.operator)
        self.link, self.operator, self.name = Link.UP, message.operator, message.name
        self.ringing = self.talking = None
        if again:
            return (Notice("up"),)
        return (Notice("hello", {"operator": message.operator, "name": message.name}),)

    def _connected(self, message: Connected) -> tuple[Notice, ...]:
        card = message.card or (self.ringing.card if self.ringing else {})
        self.ringing, self.talking = None, CallCard(message.call, card)
        return (Notice("connected"),)

    def _over(self, message: Over) -> tuple[Notice, ...]:
        was, self.talking, self.ringing = self.talking, None, None
        self.held, self.consulting = False, ""
        key = "over_network" if message.why in ("network", "lost") else "over"
        return (Notice(key),) if was else ()

    def _desk(self, fields: Mapping[str, Any]) -> tuple[Notice, ...]:
        before = (self.presence, self.reason, self.held, self.consulting, self.parked)
        self.presence = str(fields.get("presence") or self.presence)
        self.reason = str(fields.get("reason") or "")
        self.name = str(fields.get("name") or self.name)
        self.since = _instant(fields.get("since"))
        self.held = bool(fields.get("held"))
        self.consulting = _named(fields.get("consulting"))
        # a parked caller is none of this operator's talk any more: the slot is kept until it is fetched
        self.parked = _named(fields.get("parked")) or self.parked
        self.queues = _lengths(fields.get("queues"))
        if (self.presence, self.reason, self.held, self.consulting, self.parked) == before:
            return ()
        return (Notice("state"),)


def _instant(value: Any) -> datetime | None:
    """Read an ISO instant; the desk may not know it."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _named(value: Any) -> str:
    """Return who is consulted (a name) or where somebody is parked (a slot); empty for neither."""
    return str(value) if isinstance(value, (str, int)) and value else ""


def _lengths(value: Any) -> dict[str, int]:
    """Return waiting callers by queue; what is no list of ``queue`` and ``waiting`` is left out."""
    return {
        str(one["queue"]): int(one["waiting"])
        for one in (value if isinstance(value, (list, tuple)) else ())
        if isinstance(one, Mapping) and "queue" in one and isinstance(one.get("waiting"), int)
    }
