"""What an operator's desk is told as it happens, as keys and plain values; the card is asked for apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hotline.call.inprogress import Leg, Stage
from hotline.web.console.boardsheet import epoch, masked
from hotline.web.console.livehub import LiveHub

_STATE = (
    "presence", "reason", "afterwards", "line", "call", "phase", "held", "consulting", "third", "conference",
    "parked", "interrupted", "supervising", "name",
)  # fmt: skip
_TIMES = ("since", "until")
_RUNG = ("ringing", "talking")
"""Rung for a caller: who is rung back for one they held or parked is talking, but has no call yet."""


@dataclass(frozen=True, slots=True)
class DeskView:
    """One operator's desk."""

    hub: LiveHub
    estate: str
    number: str
    shown: dict[str, str] = field(default_factory=dict)
    """Masked numbers of callers who wait."""

    def sheet(self) -> dict[str, Any]:
        """Return how things stand for this operator."""
        state = self._state()
        leg, how = self._own(state)
        waiting = [one for one in self._legs() if one.stage is Stage.WAITING]
        waiting.sort(key=lambda one: (not one.emergency, one.since))
        found: dict[str, Any] = {
            "link": self.hub.connected,
            "me": self._me(state),
            "call": self._call(leg, how),
            "lines": [[line.who, line.text, round(line.at, 1)] for line in self.hub.calls.lines(leg.leg)]
            if leg is not None
            else [],
        }
        found |= {f"wait:{one.leg}": self._waiting(one, place) for place, one in enumerate(waiting, start=1)}
        found |= {
            f"park:{one.slot}": {"slot": one.slot, "since": round(one.since, 1)}
            for one in self._legs()
            if one.stage is Stage.PARKED and one.slot
        }
        queues = (state or {}).get("queues", ())
        return found | {
            f"queue:{one['queue']}": {name: one.get(name) for name in ("queue", "waiting", "there", "ready")}
            for one in (*queues,)
        }

    def _legs(self) -> list[Leg]:
        return [leg for leg in self.hub.calls.legs.values() if leg.estate in ("", self.estate)]

    def _state(self) -> Mapping[str, Any] | None:
        known = self.hub.operators
        return known.get((self.estate, self.number)) or known.get(("", self.number))

    def _me(self, state: Mapping[str, Any] | None) -> dict[str, Any]:
        """``known`` is ``False`` for a number that is not in operators.yaml."""
        if state is None:
            return {"known": False, "presence": "signed_out"}
        found: dict[str, Any] = {"known": True} | {name: state[name] for name in _STATE if name in state}
        times = {name: epoch(state[name]) for name in _TIMES if isinstance(state.get(name), str)}
        return found | times

    def _own(self, state: Mapping[str, Any] | None) -> tuple[Leg | None, str]:
        """Return the call this operator has or is rung for, and which of both."""
        legs = self.hub.calls.legs
        if state is not None and state.get("call"):
            return legs.get(str(state["call"])), "talking"
        if state is not None and state.get("presence") in _RUNG:
            rung = next((leg for leg in self._legs() if self.number in leg.ringing), None)
            return rung, "ringing"
        return None, ""

    def _call(self, leg: Leg | None, how: str) -> dict[str, Any]:
        if leg is None:
            return {"leg": "", "how": how}
        return {
            "leg": leg.leg, "how": how, "dir": leg.direction, "began": round(leg.began, 1),
            "since": round(leg.since, 1), "queue": leg.queue, "step": leg.step, "em": leg.emergency,
            "words": leg.words,
        }  # fmt: skip

    def _waiting(self, leg: Leg, place: int) -> dict[str, Any]:
        if leg.caller not in self.shown:
            self.shown[leg.caller] = masked(leg.caller)
        return {
            "place": place, "number": self.shown[leg.caller], "queue": leg.queue,
            "since": round(leg.since, 1), "em": leg.emergency, "ringing": list(leg.ringing),
        }  # fmt: skip
