"""Callers the desk looks after: where they stand, who is rung for them, what is written down of it."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Call, CallLog, DialOrder, ServeOrder, TellCaller, Words
from hotline.operators import repository
from hotline.operators.lines import Caller, Leave, OperatorKey
from hotline.operators.models import WaitRow
from hotline.operators.papers import Papers
from hotline.operators.ringing import Ringing
from hotline.operators.seat import Seat, TalkEnd

PURPOSE = "operator"
NOTICE_SILENCE = 1.5
"""Seconds without a packet after which an operator's line counts as interrupted."""
REMEMBERED = 900.0
"""Seconds for which the place of a caller who left is known: they may still ask for a call back."""


@dataclass(slots=True, eq=False, kw_only=True)
class Visit:
    """A caller from the first queue to the last talk."""

    id: str
    leg: str
    """Of the caller; of a call back the one in which it was asked for."""
    linkedid: str
    number: str
    """The caller's, raw; personal data."""
    order: ServeOrder
    words: Words
    tell: TellCaller
    caller: Caller
    """As deciding sees them."""
    entered_at: datetime
    call_back: str = ""
    """Id of the call back whose place this is."""
    seated: asyncio.Future[Seat | None] = field(default_factory=asyncio.Future)
    """Who takes them; ``None``: nobody will."""
    rings: dict[OperatorKey, Ringing] = field(default_factory=dict)
    picked: OperatorKey | None = None
    """Who is taking them out of turn."""
    pause_afterwards: str = ""
    """Reason of the pause who picked them goes back to."""
    wait: str = ""
    """Id of the row of the present queue."""
    told: tuple[int, float] | None = None
    """Position last told, and when."""

    @property
    def waiting(self) -> bool:
        """True while nobody has taken them and it goes on."""
        return not self.seated.done()

    def current(self) -> Caller:
        """Return how deciding sees them now."""
        if len(self.rings) != len(self.caller.ringing) or self.caller.ringing != self.rings.keys():
            self.caller = replace(self.caller, ringing=frozenset(self.rings))
        if self.caller.picked != (self.picked is not None):
            self.caller = replace(self.caller, picked=self.picked is not None)
        return self.caller


def new_caller(visit: str, order: ServeOrder, *, entered: float, now: float, kept: bool = False) -> Caller:
    """Return a caller as deciding sees them; seconds of the monotonic clock."""
    return Caller(
        id=visit,
        queue=order.queue,
        estate=order.estate,
        entered=entered,
        queued=now,
        priority=order.priority,
        first=order.first,
        language=order.language,
        skills=order.skills,
        kept=kept,
    )


def ring_order(visit: Visit, line: str, *, ring: float, waited: float) -> DialOrder:
    """Return how an operator's line is rung for a visit, ``ring`` seconds."""
    return DialOrder(
        to=line,
        linkedid=visit.linkedid,
        purpose=PURPOSE,
        timeout=ring,
        estate=visit.caller.estate,
        may_transfer=True,
        notice_silence=NOTICE_SILENCE,
        card=card(visit, waited),
    )


def card(visit: Visit, waited: float) -> dict[str, str]:
    """Return what the operator's headset shows while it rings; personal data. Empty facts are left out."""
    order = visit.order
    facts = {
        "queue": visit.caller.queue,
        "topic": order.topic,
        "place": str(order.place),
        "caller": visit.number,
        "name": order.caller_name,
        "callback": order.callback,
        "ticket": order.ticket,
        "language": order.language,
        "priority": str(order.priority),
        "waited": str(int(waited)),
        "call_back": "yes" if visit.call_back else "",
    }
    return {name: value for name, value in facts.items() if value}


def whisper_facts(visit: Visit, operator: str, waited: float) -> dict[str, str]:
    """Return the facts of :attr:`~hotline.call.ports.Phrase.WHISPER` and the question after it."""
    order = visit.order
    return {
        "operator": operator,
        "queue": visit.caller.queue,
        "topic": order.topic,
        "place": str(order.place),
        "ticket": order.ticket,
        "waited": str(int(waited)),
        "call_back": "yes" if visit.call_back else "",
    }


@dataclass(frozen=True, slots=True)
class _Left:
    entered: float
    entered_at: datetime
    visit: str
    wait: str
    at: float


class VisitBook:
    """Writes every wait down, as a row and events on the call; remembers the places of who has just left."""

    def __init__(self, papers: Papers, log: CallLog, clock: Clock) -> None:
        """``log`` gets operators by number and nothing personal."""
        self._papers = papers
        self._log = log
        self._clock = clock
        self._left: dict[str, _Left] = {}

    def event(self, visit: Visit, kind: str, **detail: str) -> None:
        """Put an event on the caller's record."""
        self._log.event(visit.leg, kind, detail)

    def waited(self, visit: Visit) -> float:
        """Seconds in the present queue."""
        return self._clock.monotonic() - visit.caller.queued

    def entered(self, visit: Visit, position: int) -> None:
        """A caller came into a queue."""
        caller = visit.caller
        visit.wait = uuid.uuid4().hex
        since = self._clock.now() - timedelta(seconds=self.waited(visit))
        values: dict[str, Any] = {
            "id": visit.wait, "visit": visit.id, "estate": caller.estate, "queue": caller.queue,
            "leg": visit.leg, "priority": caller.priority, "entered_at": since, "position": position,
            "short": False, "operator": "", "offers": 0, "talk_end": "",
        }  # fmt: skip
        self._papers.put(lambda session: session.add(WaitRow(**values)))
        self.event(visit, "QUEUE_ENTER", queue=caller.queue, position=str(position))

    def offered(self, visit: Visit, operator: str) -> None:
        """A line is rung for the caller."""
        wait = visit.wait

        def write(session: Session) -> None:
            row = session.get(WaitRow, wait)
            if row is not None:
                row.offers += 1

        self._papers.put(write)
        self.event(visit, "QUEUE_OFFER", queue=visit.caller.queue, operator=operator)

    def left(self, visit: Visit, how: Leave, *, operator: str = "", short_abandon: float = 0.0) -> None:
        """A caller left a queue, or was taken. ``short_abandon``: seconds of a short abandon."""
        waited = round(self.waited(visit), 3)
        values = {
            "left_at": self._clock.now(), "how": how, "waited": waited, "operator": operator,
            "short": how is Leave.ABANDONED and waited < short_abandon,
        }  # fmt: skip
        self._papers.put(partial(repository.change_wait, wait=visit.wait, values=values))
        if how is Leave.ANSWERED:
            self.event(
                visit, "QUEUE_TAKEN", queue=visit.caller.queue, operator=operator, waited=f"{waited:.1f}"
            )
        else:
            self.event(visit, "QUEUE_LEAVE", queue=visit.caller.queue, reason=how, waited=f"{waited:.1f}")

    def talked(self, visit: Visit, seconds: float, end: TalkEnd | None) -> None:
        """A talk is over; ``None``: the caller hung up."""
        how = "hung_up" if end is None else end.value
        values = {"talk_ended_at": self._clock.now(), "talked": round(seconds, 3), "talk_end": how}
        self._papers.put(partial(repository.change_wait, wait=visit.wait, values=values))
        self.event(visit, "OPERATOR_LEAVE", reason=how, talked=f"{seconds:.1f}")

    # --- places of callers who have left -----------------------------------------------------------

    def remember(self, visit: Visit) -> None:
        """Keep the place of a caller who left it to choose something else."""
        now = self._clock.monotonic()
        self._left = {leg: one for leg, one in self._left.items() if now - one.at < REMEMBERED}
        caller = visit.caller
        self._left[visit.leg] = _Left(caller.entered, visit.entered_at, visit.id, visit.wait, now)

    def place_of(self, call: Call) -> tuple[str, datetime]:
        """Return visit and time of entry of a caller who has just left; their wait counts as a call back."""
        found = self._left.pop(call.facts.leg, None)
        if found is None:
            return uuid.uuid4().hex, self._clock.now()
        values = {"how": Leave.CALL_BACK}
        self._papers.put(partial(repository.change_wait, wait=found.wait, values=values))
        return found.visit, found.entered_at
