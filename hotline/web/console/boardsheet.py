"""What the live board shows, as keys and plain values. Pure but for what the hub and figures hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotline.call.inprogress import Leg, Stage
from hotline.language import numbers
from hotline.web.api.parts import EstateFacts
from hotline.web.console.livefigures import Day, LiveFigures, Red
from hotline.web.console.livehub import LiveHub
from hotline.web.masks import Masks

GOAL = 0.95
"""Share of calls answered within three rings below which the figure is amber."""
MOST_NUMBERS = 500
_MASKED = Masks()


@dataclass(frozen=True, slots=True)
class Board:
    """One estate's board; the same for everybody who reads its language."""

    hub: LiveHub
    figures: LiveFigures
    estate: EstateFacts
    chinese: bool
    shown: dict[str, str] = field(default_factory=dict)
    """Numbers as they are shown, by number."""

    def sheet(self) -> dict[str, Any]:
        """Return everything that is shown now; numbers masked."""
        legs = [leg for leg in self.hub.calls.legs.values() if self._ours(leg)]
        found: dict[str, Any] = {"link": self.hub.connected, "tiles": self._tiles(legs)}
        found |= {f"call:{leg.leg}": self._call(leg) for leg in legs}
        found |= {
            f"op:{estate}/{number}": operator_line(one, estate)
            for (estate, number), one in self.hub.operators.items()
            if estate in ("", self.estate.id)
        }
        found |= {f"queue:{one['queue']}": self._queue(one, legs) for one in self.hub.queues}
        found |= {f"trunk:{name}": trunk(name, facts) for name, facts in self.figures.trunks.items()}
        red = self.figures.red.get(self.estate.id, Red())
        found |= {
            f"red:{one.kind}:{one.id}:{one.text}": {
                "kind": one.kind, "id": one.id, "text": one.text, "state": one.state, "at": one.at,
            }
            for one in red.lines
        }  # fmt: skip
        return found

    def _ours(self, leg: Leg) -> bool:
        return leg.estate in ("", self.estate.id) and (leg.first or leg.stage is not Stage.CONNECTED)

    def _call(self, leg: Leg) -> dict[str, Any]:
        far = leg.caller if leg.direction == "inbound" else leg.dialled
        ringing = [one for one in leg.ringing if self._presence(one) == "ringing"]
        return {
            "number": self._masked(far), "dir": leg.direction, "stage": leg.stage.value,
            "since": round(leg.since, 1), "began": round(leg.began, 1), "step": leg.step,
            "purpose": leg.purpose, "em": leg.emergency, "op": leg.operator, "ops": ringing,
            "phase": self._phase(leg),
            "queue": leg.queue if leg.stage is Stage.WAITING else "",
        }  # fmt: skip

    def _masked(self, raw: str) -> str:
        """Reading a number costs more than all the rest of a line: each is read once."""
        if len(self.shown) > MOST_NUMBERS:
            self.shown.clear()
        if raw not in self.shown:
            self.shown[raw] = masked(raw)
        return self.shown[raw]

    def _presence(self, number: str) -> str:
        return str((self._operator(number) or {}).get("presence", ""))

    def _operator(self, number: str) -> Mapping[str, Any] | None:
        known = self.hub.operators
        return known.get((self.estate.id, number)) or known.get(("", number))

    def _phase(self, leg: Leg) -> str:
        """What the operator's screen says of a talk: held, consulting …"""
        state = self._operator(leg.operator) if leg.operator else None
        return str(state.get("phase", "")) if state is not None and state.get("call") == leg.leg else ""

    def _queue(self, one: Mapping[str, Any], legs: list[Leg]) -> dict[str, Any]:
        waiting = [leg for leg in legs if leg.stage is Stage.WAITING and leg.queue == one["queue"]]
        oldest = min((leg.since for leg in waiting), default=0.0)
        return {
            "queue": one["queue"], "waiting": one.get("waiting", 0), "oldest": round(oldest, 1),
            "there": one.get("there", 0), "ready": one.get("ready", 0),
        }  # fmt: skip

    def _tiles(self, legs: list[Leg]) -> dict[str, Any]:
        day = self.figures.day.get(self.estate.id, Day())
        red = self.figures.red.get(self.estate.id, Red())
        first = [leg for leg in legs if leg.first]
        waiting = sum(leg.stage is Stage.WAITING for leg in legs)
        ringing = sum(leg.stage is Stage.RINGING for leg in first)
        states = [
            one.get("presence") for (at, _), one in self.hub.operators.items() if at in ("", self.estate.id)
        ]
        there = sum(state != "signed_out" for state in states)
        return {
            "calls": {"text": str(len(first)), "under": self._t(f"{ringing} 个振铃", f"{ringing} ringing")},
            "waiting": {"text": str(waiting), "tone": "amber" if waiting else ""},
            "ready": {
                "text": f"{states.count('ready')}/{there}",
                "tone": "red" if waiting and not states.count("ready") else "",
            },
            "share": self._share(day),
            "today": {
                "text": str(day.calls),
                "under": self._t(f"放弃 {day.abandoned}", f"{day.abandoned} given up"),
            },
            "tickets": {"text": str(day.tickets)},
            "red": {"text": str(red.count), "tone": "red" if red.count else "good"},
            "channels": self._channels(),
        }

    def _share(self, day: Day) -> dict[str, Any]:
        share = day.share
        if share is None:
            return {"text": "–"}
        return {
            "text": f"{share * 100:.0f}%",
            "tone": "good" if share >= GOAL else "amber",
            "under": f"{day.in_time}/{day.answered}",
        }

    def _channels(self) -> dict[str, Any]:
        channels = self.figures.channels
        used = channels.get("channels_in_use")
        return {"text": "–" if used is None else f"{used}/{channels.get('channels_limit')}"}

    def _t(self, zh: str, en: str) -> str:
        return zh if self.chinese else en


def operator_line(one: Mapping[str, Any], estate: str) -> dict[str, Any]:
    """Return an operator as a line of the board."""
    since = one.get("since")
    return {
        "number": one["number"], "name": one.get("name", ""), "estate": estate,
        "presence": one.get("presence", ""), "reason": one.get("reason", ""),
        "since": epoch(since) if isinstance(since, str) else None,
        "phase": one.get("phase", "") if one.get("call") else "",
        "hears": bool(one.get("supervising")),
    }  # fmt: skip


def epoch(text: str) -> float:
    """Return an ISO instant in epoch seconds."""
    return round(datetime.fromisoformat(text).timestamp(), 1)


def masked(raw: str) -> str:
    """Return a number of a call as everybody may see it; extensions whole."""
    return _MASKED.number(numbers.normalise(raw), raw) if raw else ""


def trunk(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trunk's state (:class:`hotline.telephony.status.AccountState`) and why it fails."""
    return {"name": name, "state": str(facts.get("state", "")), "why": str(facts.get("last_error", ""))}
