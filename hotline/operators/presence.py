"""What an operator is doing, as one table of states and deeds. Pure; time is passed in.

An operator who does not answer is set to pause by the machine (DOMAIN section 5: who does not answer is
noticed and the next is rung); such an *absence* counts as not being there until they are ready again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Presence

SIGNED_IN = "signed_in"
"""Reason of the pause right after signing in."""


class Deed(StrEnum):
    """What changes a presence."""

    SIGN_IN = "sign_in"
    READY = "ready"
    PAUSE = "pause"
    SIGN_OUT = "sign_out"
    RING = "ring"
    """Their line is rung for a caller."""
    RELEASE = "release"
    """Rung no more, through no fault of theirs: the caller has left, a colleague took the call."""
    MISS = "miss"
    """Rung in vain."""
    TALK = "talk"
    FINISH = "finish"
    """Out of the call; wrap-up begins."""
    LOSE = "lose"
    """Their line vanished in the middle of a call."""
    REST = "rest"
    """The time for wrap-up is over."""


class Absence(StrEnum):
    """Why the machine set an operator to pause."""

    NO_ANSWER = "no_answer"
    LINE_BUSY = "line_busy"
    DECLINED = "declined"
    LINE_FAILED = "line_failed"
    """Not registered, not reachable, refused by the exchange."""
    LINE_LOST = "line_lost"


ABSENCES = frozenset(Absence)

_OUT, _READY, _PAUSED = Presence.SIGNED_OUT, Presence.READY, Presence.PAUSED
_RINGING, _TALKING, _WRAP_UP = Presence.RINGING, Presence.TALKING, Presence.WRAP_UP

TRANSITIONS: Mapping[tuple[Presence, Deed], Presence] = MappingProxyType(
    {
        (_OUT, Deed.SIGN_IN): _PAUSED,
        (_OUT, Deed.READY): _READY,
        (_OUT, Deed.SIGN_OUT): _OUT,
        (_READY, Deed.SIGN_IN): _READY,
        (_READY, Deed.READY): _READY,
        (_READY, Deed.PAUSE): _PAUSED,
        (_READY, Deed.SIGN_OUT): _OUT,
        (_READY, Deed.RING): _RINGING,
        (_READY, Deed.TALK): _TALKING,
        (_PAUSED, Deed.SIGN_IN): _PAUSED,
        (_PAUSED, Deed.READY): _READY,
        (_PAUSED, Deed.PAUSE): _PAUSED,
        (_PAUSED, Deed.SIGN_OUT): _OUT,
        (_PAUSED, Deed.TALK): _TALKING,
        (_RINGING, Deed.READY): _RINGING,
        (_RINGING, Deed.PAUSE): _PAUSED,
        (_RINGING, Deed.SIGN_OUT): _OUT,
        (_RINGING, Deed.RELEASE): _READY,
        (_RINGING, Deed.MISS): _PAUSED,
        (_RINGING, Deed.TALK): _TALKING,
        (_TALKING, Deed.READY): _TALKING,
        (_TALKING, Deed.PAUSE): _TALKING,
        (_TALKING, Deed.FINISH): _WRAP_UP,
        (_TALKING, Deed.LOSE): _PAUSED,
        (_WRAP_UP, Deed.SIGN_IN): _WRAP_UP,
        (_WRAP_UP, Deed.READY): _READY,
        (_WRAP_UP, Deed.PAUSE): _PAUSED,
        (_WRAP_UP, Deed.SIGN_OUT): _OUT,
        (_WRAP_UP, Deed.REST): _READY,
        (_WRAP_UP, Deed.TALK): _TALKING,
    }
)
"""Everything that may happen; what is not here is refused."""

_REFUSALS: Mapping[tuple[Presence, Deed], tuple[str, str]] = MappingProxyType(
    {
        (_OUT, Deed.PAUSE): ("operator-signed-out", "is not signed in: sign in first."),
        (_OUT, Deed.TALK): ("operator-signed-out", "is not signed in."),
        (_TALKING, Deed.SIGN_OUT): ("operator-talking", "talks: end the call first, then sign out."),
        (_TALKING, Deed.SIGN_IN): ("operator-talking", "talks: the line can be changed after the call."),
        (_RINGING, Deed.SIGN_IN): ("operator-ringing", "is being rung: the line can be changed afterwards."),
        (_RINGING, Deed.TALK): ("operator-ringing", "is being rung for a caller."),
        (_TALKING, Deed.TALK): ("operator-talking", "talks already."),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one operator stands."""

    presence: Presence = Presence.SIGNED_OUT
    since: datetime | None = None
    reason: str = ""
    """Why they pause; what they talk about when it is no caller of a queue."""
    line: str = ""
    idle_since: datetime | None = None
    """Since when they have waited for a call: kept when a ring for them was withdrawn."""
    until: datetime | None = None
    """End of wrap-up."""
    afterwards: str = ""
    """Reason of a pause that begins when the present call or its wrap-up is over."""
    missed: int = 0
    """Rings in vain, one after the other."""

    @property
    def there(self) -> bool:
        """True when they are signed in and have not vanished from their desk."""
        absent = self.presence is Presence.PAUSED and self.reason in ABSENCES
        return self.presence is not Presence.SIGNED_OUT and not absent


def after(
    standing: Standing,
    deed: Deed,
    now: datetime,
    *,
    who: str = "",
    reason: str = "",
    line: str = "",
    wrap_up: float = 0.0,
    patience: int = 1,
) -> Standing:
    """Return how an operator stands after a deed.

    ``wrap_up``: seconds, with ``FINISH``. ``patience``: rings in vain that set to pause, with ``MISS``.
    Raises :class:`~hotline.call.errors.OperatorRefused` for what the table does not have; ``who`` is named.
    """
    target = TRANSITIONS.get((standing.presence, deed))
    if target is None:
        raise refusal(standing.presence, deed, who)
    kept = replace(standing, line=line or standing.line)
    if target is _TALKING and standing.presence is _TALKING:
        return replace(kept, afterwards=reason if deed is Deed.PAUSE else "")
    match deed:
        case Deed.SIGN_IN:
            return _signed_in(kept, target, now)
        case Deed.MISS:
            return _missed(kept, now, reason, patience)
        case Deed.FINISH | Deed.REST:
            return _finished(kept, now, wrap_up if deed is Deed.FINISH else 0.0)
        case Deed.TALK:
            own = standing.reason if standing.presence is _PAUSED else standing.afterwards
            return _moved(replace(kept, missed=0), _TALKING, now, reason, afterwards=own)
        case Deed.RELEASE:
            return replace(_moved(kept, _READY, now, ""), idle_since=standing.idle_since)
        case Deed.READY if target is _READY:
            return _moved(replace(kept, missed=0), _READY, now, "")
        case _:
            return _moved(kept, target, now, reason)


def refusal(presence: Presence, deed: Deed, who: str) -> OperatorRefused:
    """Return why the table does not have it."""
    code, sentence = _REFUSALS.get(
        (presence, deed), ("operator-refused", f"cannot do that now ({presence.value}, {deed.value}).")
    )
    return OperatorRefused(f"Operator {who} {sentence}" if who else f"The operator {sentence}", code=code)


def _moved(
    standing: Standing, target: Presence, now: datetime, reason: str, *, afterwards: str = ""
) -> Standing:
    same = target is standing.presence and reason == standing.reason
    if same and target in (_READY, _OUT, _RINGING):
        return standing
    return replace(
        standing,
        presence=target,
        since=standing.since if same else now,
        reason=reason,
        idle_since=now if target is _READY else standing.idle_since,
        until=standing.until if same else None,
        afterwards=afterwards,
    )


def _signed_in(standing: Standing, target: Presence, now: datetime) -> Standing:
    """Whoever comes back to their desk is no longer absent; a pause of their own goes on."""
    if target is not _PAUSED or standing.there:
        return standing
    return _moved(replace(standing, missed=0), _PAUSED, now, SIGNED_IN)


def _missed(standing: Standing, now: datetime, reason: str, patience: int) -> Standing:
    missed = standing.missed + 1
    if missed >= patience:
        return replace(_moved(standing, _PAUSED, now, reason), missed=missed)
    ready = _moved(standing, _READY, now, "")
    return replace(ready, idle_since=standing.idle_since, missed=missed)


def _finished(standing: Standing, now: datetime, wrap_up: float) -> Standing:
    """A pause asked for in the middle of a call comes before the next call, after the papers."""
    if wrap_up > 0:
        busy = _moved(standing, _WRAP_UP, now, "", afterwards=standing.afterwards)
        return replace(busy, until=now + timedelta(seconds=wrap_up))
    if standing.afterwards:
        return _moved(standing, _PAUSED, now, standing.afterwards)
    return _moved(standing, _READY, now, "")
