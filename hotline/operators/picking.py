"""An operator takes a particular caller out of the queue: who may, and when it is too late.

The race with the queue's own offers is decided here, on the event loop, between two turns: whoever has
answered for the caller keeps them, other lines that ring for them are let go, and until the ring of who
picked them is over nobody else is rung.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Presence
from hotline.operators.config import OperatorEntry
from hotline.operators.lines import EMERGENCY, State, members
from hotline.operators.presence import ABSENCES, Deed, Standing, refusal
from hotline.operators.visits import Visit


def wanted(visits: Iterable[Visit], leg: str, entry: OperatorEntry, state: State) -> Visit:
    """Return who waits with that leg, for an operator of their estate.

    Raises:
        OperatorRefused: ``caller-gone``.
    """
    for visit in visits:
        ours = entry.key[0] in ("", visit.caller.estate) and visit.caller.queue in state.queues
        if visit.leg == leg and visit.waiting and ours:
            return visit
    raise OperatorRefused(
        "This caller does not wait any more: a colleague has taken them, or they have hung up.",
        code="caller-gone",
    )


def check(visit: Visit, entry: OperatorEntry, standing: Standing, state: State, *, supervises: bool) -> None:
    """Say whether an operator may take a caller now; their own queues' only, supervisors anybody's.

    Raises:
        OperatorRefused: with the reason; nothing has changed.
    """
    key, rules = entry.key, state.queues[visit.caller.queue]
    serves = any(one.key == key for one in members(state, rules, visit.caller.estate))
    if not (serves or supervises or entry.supervisor):
        raise OperatorRefused(
            f"Queue {rules.name} is not yours: a supervisor may take its callers.", code="not-your-queue"
        )
    if key in visit.rings:
        raise OperatorRefused("Your line rings for this caller already: answer it.", code="caller-rings")
    if visit.picked is not None or any(ringing.answered for ringing in visit.rings.values()):
        raise OperatorRefused("A colleague is taking this caller just now.", code="caller-taken")
    if standing.presence in (Presence.SIGNED_OUT, Presence.TALKING):
        raise refusal(standing.presence, Deed.TALK, entry.number)


def check_ring(other: Visit, entry: OperatorEntry) -> None:
    """Say whether an operator may leave the caller for whom their line rings.

    Raises:
        OperatorRefused: they have answered already, or it is an emergency, which comes first.
    """
    if other.rings[entry.key].answered:
        raise OperatorRefused("You are taking another caller just now.", code="operator-ringing")
    if other.caller.priority <= EMERGENCY:
        raise OperatorRefused(
            "An emergency rings at your line: answer it, it comes first.", code="emergency-rings"
        )


def pause_afterwards(standing: Standing) -> str:
    """Return the reason of the pause an operator goes back to after the call; empty: they are ready then.

    Who was set to pause by the machine is at their desk again.
    """
    if standing.presence is Presence.PAUSED:
        return "" if standing.reason in ABSENCES else standing.reason
    return standing.afterwards
