"""Who is on the line, as far as it is known when the conversation begins."""

from __future__ import annotations

import structlog

from hotline.call.clock import Clock
from hotline.call.ports import Call, Direction, Directory, KnownCaller
from hotline.ivr.intake import CallFacts
from hotline.ivr.within import within
from hotline.settings import Estate, Ringing

log = structlog.get_logger(__name__)

DIRECTORY_PATIENCE = 1.0
"""Seconds the first words wait for the directory to say who is calling."""


async def facts_of(
    call: Call,
    *,
    clock: Clock,
    directory: Directory,
    estate: Estate,
    ringing: Ringing,
    announce: bool,
    refusal_key: str,
    understood: frozenset[str],
    accept_score: float,
) -> CallFacts:
    """Return what is known of a call.

    On a leg we placed, the person is the one we dialled for a reason of our own: nobody is looked up,
    and a lift telephone that we rang is no emergency.
    """
    offered = call.facts
    placed = offered.direction is Direction.OUTBOUND
    rung = (clock.now() - offered.offered_at).total_seconds()
    known = None if placed else await _known(offered.leg, offered.caller, clock, directory, estate)
    return CallFacts(
        leg=offered.leg,
        estate=estate.id,
        language=estate.language,
        timezone=estate.timezone,
        number=_number_to_call(offered.dialled if placed else offered.caller),
        known=known,
        late=not placed and int(rung / ringing.ring_cycle) + 1 > ringing.apology_after_rings,
        announce=announce,
        refusal_key=refusal_key,
        recording=call.recording is not None,
        emergency=offered.emergency and not placed,
        understood=understood,
        accept_score=accept_score,
    )


async def _known(
    leg: str, caller: str, clock: Clock, directory: Directory, estate: Estate
) -> KnownCaller | None:
    try:
        return await within(clock, DIRECTORY_PATIENCE, directory.caller(estate.id, caller))
    except TimeoutError:
        log.warning("the directory was too slow to say who is calling", leg=leg)
    except Exception:
        log.exception("the directory failed", leg=leg)
    return None


def _number_to_call(raw: str) -> str:
    """Return a caller's number when somebody can be reached by it (not “anonymous”)."""
    digits = raw.removeprefix("+")
    return raw if digits.isdigit() and len(digits) >= 3 else ""
