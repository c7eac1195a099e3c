"""Calls in progress, folded from the live events of a calls process. Pure; time is passed in.

The calls process keeps such a picture and hands it to whoever begins to follow; followers keep theirs with
the same fold, so a picture taken over and one watched from the start are the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

ONE_BREATH = 0.5
"""Seconds within which pieces of a prompt are announced."""
MOST_LINES = 200
"""Lines of a conversation that are kept; the transcript after the call has all of them."""


class Stage(StrEnum):
    """Where a leg stands."""

    RINGING = "ringing"
    MENU = "menu"
    CONNECTED = "connected"
    """With somebody on duty, a room, an outside line."""
    WAITING = "waiting"
    """In a queue; lines may be rung for it."""
    TALKING = "talking"
    """With an operator, on hold or consulted about as well: the operator's screen says which."""
    PARKED = "parked"
    TRANSFERRED = "transferred"
    """With whom the operator has connected it."""


@dataclass(slots=True, kw_only=True)
class Leg:
    """One leg as screens show it; ``caller`` and ``dialled`` are personal data. Times are epoch seconds."""

    leg: str
    call: str
    direction: str
    estate: str = ""
    caller: str = ""
    dialled: str = ""
    purpose: str = ""
    began: float
    answered: float | None = None
    since: float = 0.0
    """When the stage began."""
    stage: Stage = Stage.RINGING
    step: str = ""
    """Of the menu."""
    queue: str = ""
    ringing: list[str] = field(default_factory=list)
    """Operators whose lines are rung for it."""
    operator: str = ""
    """Who has it."""
    slot: str = ""
    """Where it is parked."""
    emergency: bool = False
    words: str = ""
    """Whether the talk with an operator is taken down, or why not; empty: nobody talks."""

    @property
    def first(self) -> bool:
        """Whether the call began with this leg: what people mean by a call."""
        return self.leg == self.call


@dataclass(frozen=True, slots=True)
class Line:
    """Something said or pressed; personal data."""

    at: float
    who: str
    """``hotline``, ``caller`` or ``operator`` (recognised speech), ``keys``."""
    text: str


_STAGES: Mapping[str, Stage] = {
    "QUEUE_ENTER": Stage.WAITING,
    "QUEUE_TAKEN": Stage.TALKING,
    "QUEUE_LEAVE": Stage.MENU,
    "OPERATOR_LEAVE": Stage.MENU,
    "PARK": Stage.PARKED,
    "UNPARK": Stage.TALKING,
    "RECALL": Stage.WAITING,
    "BLINDTRANSFER": Stage.TRANSFERRED,
    "ATTENDEDTRANSFER": Stage.TRANSFERRED,
    "TRANSFER_OVER": Stage.MENU,
    "SEND": Stage.MENU,
}
_ALONE = frozenset({Stage.MENU, Stage.PARKED, Stage.TRANSFERRED, Stage.WAITING})
"""Stages without an operator."""


class InProgress:
    """Legs that are up, and what was said on them."""

    def __init__(self) -> None:
        """Nothing is known."""
        self.legs: dict[str, Leg] = {}
        self._lines: dict[str, deque[Line]] = {}

    def lines(self, leg: str) -> list[Line]:
        """Return what was said and pressed, the oldest first."""
        return list(self._lines.get(leg, ()))

    def dump(self) -> list[dict[str, Any]]:
        """Return everything as plain values for :meth:`load`."""
        return [
            asdict(leg) | {"lines": [asdict(line) for line in self.lines(leg.leg)]}
            for leg in self.legs.values()
        ]

    def load(self, dumped: Iterable[Mapping[str, Any]]) -> None:
        """Take a picture over; what was known is forgotten. Fields of another version are left out."""
        self.legs, self._lines = {}, {}
        known = {one.name for one in fields(Leg)}
        for one in dumped:
            facts = {name: value for name, value in one.items() if name in known}
            leg = Leg(**facts | {"stage": Stage(facts["stage"])})
            self.legs[leg.leg] = leg
            self._lines[leg.leg] = deque((Line(**line) for line in one.get("lines", ())), maxlen=MOST_LINES)

    def take(self, event: Mapping[str, Any], at: float) -> str:
        """Take one event in; returns the leg that changed, empty when nothing shown did."""
        name = str(event.get("leg", ""))
        match event.get("type"):
            case "leg":
                return self._opened(event, at)
            case "ended":
                self._lines.pop(name, None)
                return name if self.legs.pop(name, None) is not None else ""
        leg = self.legs.get(name)
        if leg is None:
            return ""
        match event.get("type"):
            case "answered":
                leg.answered = at
                _move(leg, Stage.MENU if leg.direction == "inbound" else Stage.CONNECTED, at)
            case "says":
                self._say(name, Line(at, "hotline", str(event.get("text", ""))))
            case "said":
                self._say(name, Line(at, str(event.get("who", "caller")), str(event.get("text", ""))))
            case "words":
                leg.words = str(event.get("words", ""))
            case "event":
                detail = event.get("detail")
                return self._happened(leg, str(event.get("event")), detail if detail else {}, at)
        return name

    def _opened(self, event: Mapping[str, Any], at: float) -> str:
        facts: dict[str, Any] = {
            name: str(event.get(name) or "") for name in ("estate", "caller", "dialled", "purpose")
        }
        name = str(event["leg"])
        if name in self.legs:  # opened by the telephony and again by whoever leads the call
            return ""
        self.legs[name] = Leg(
            leg=name, call=str(event.get("call") or name), direction=str(event.get("direction", "")),
            began=at, since=at, **facts,
        )  # fmt: skip
        self._lines[name] = deque(maxlen=MOST_LINES)
        return name

    def _happened(self, leg: Leg, kind: str, detail: Mapping[str, Any], at: float) -> str:
        if kind in _STAGES:
            _move(leg, _STAGES[kind], at)
        match kind:
            case "MENU":
                leg.step = str(detail.get("step", ""))
            case "HEARD" | "DTMF":
                self._said(leg.leg, kind, detail, at)
            case "EMERGENCY":
                leg.emergency = True
            case "BRIDGE_ENTER" if leg.stage is Stage.MENU:
                _move(leg, Stage.CONNECTED, at)
            case "BRIDGE_EXIT" if leg.stage is Stage.CONNECTED and leg.direction == "inbound":
                _move(leg, Stage.MENU, at)
            case "PARK":
                leg.slot = str(detail.get("slot", ""))
            case _ if not _queued(leg, kind, detail) and kind not in _STAGES:
                return ""
        return leg.leg

    def _said(self, leg: str, kind: str, detail: Mapping[str, Any], at: float) -> None:
        if kind == "HEARD":
            self._say(leg, Line(at, "caller", str(detail.get("text", ""))))
            return
        lines, key = self._lines[leg], str(detail.get("key", ""))
        if lines and lines[-1].who == "keys":  # a number is one line, however many keys it has
            last = lines.pop()
            lines.append(Line(last.at, "keys", last.text + key))
        else:
            lines.append(Line(at, "keys", key))

    def _say(self, leg: str, line: Line) -> None:
        """Prompts that are put together of pieces are one line."""
        if not line.text:
            return
        lines = self._lines[leg]
        last = lines[-1] if lines else None
        if last is not None and last.who == line.who == "hotline" and line.at - last.at < ONE_BREATH:
            if not last.text.endswith(line.text):  # said to both sides of a talk
                lines[-1] = Line(last.at, last.who, f"{last.text} {line.text}")
        else:
            lines.append(line)


def _queued(leg: Leg, kind: str, detail: Mapping[str, Any]) -> bool:
    operator = str(detail.get("operator") or detail.get("by") or "")
    match kind:
        case "QUEUE_ENTER":
            leg.queue = str(detail.get("queue", ""))
        case "QUEUE_OFFER" | "RECALL":
            leg.ringing = sorted({*leg.ringing, operator} - {""})
        case "QUEUE_MISSED" | "RECALL_FAILED":
            leg.ringing = [one for one in leg.ringing if one != operator]
        case "QUEUE_TAKEN" | "UNPARK":
            leg.operator, leg.ringing = operator, []
        case _:
            return False
    return True


def _move(leg: Leg, stage: Stage, at: float) -> None:
    if leg.stage is not stage:
        leg.stage, leg.since = stage, at
    if stage in _ALONE:
        leg.operator = ""
    if stage is not Stage.WAITING:
        leg.ringing = []
