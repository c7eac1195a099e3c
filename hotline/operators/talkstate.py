"""Where a talk stands, and what may be done there: one table of phase and action. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Phase(StrEnum):
    """What a talk is doing, seen from the caller."""

    TALKING = "talking"
    """Caller and operator."""
    HELD = "held"
    """Caller on music, the operator by themselves."""
    CONSULTING = "consulting"
    """Caller on music, the operator with somebody else: ringing, asked or talking."""
    CONFERENCE = "conference"
    """Caller, operator and a third."""
    TRANSFERRING = "transferring"
    """Caller hears ringing; a third is rung or asked; the operator waits or has left."""
    TRANSFERRED = "transferred"
    """Caller and a third; no operator."""
    PARKED = "parked"
    """Caller on music in a numbered slot; no operator."""
    RECALLING = "recalling"
    """An operator is rung for a caller who has none; the caller on music."""


class ThirdStage(StrEnum):
    """How far a third party is."""

    NONE = "none"
    RINGING = "ringing"
    ASKED = "asked"
    """Told who calls; may say no (DOMAIN section 6)."""
    TALKING = "talking"
    """Has agreed, or needed not be asked."""


class Mode(StrEnum):
    """How a supervisor takes part."""

    LISTEN = "listen"
    """Hears, is heard by nobody."""
    WHISPER = "whisper"
    """Heard by the operator alone."""
    BARGE = "barge"
    """Heard by everybody."""


@dataclass(slots=True, kw_only=True)
class Situation:
    """The whole state of a talk, as far as sound and permission go."""

    phase: Phase = Phase.TALKING
    third: ThirdStage = ThirdStage.NONE
    operator: bool = True
    """An operator's leg is up."""
    cut: bool = False
    """Nothing comes from the operator's leg though it is up."""
    line_held: bool = False
    """The operator's telephone holds us, by its own key."""
    supervisors: dict[str, Mode] = field(default_factory=dict)
    """By the supervisor's leg."""

    @property
    def operator_talks(self) -> bool:
        """True when the operator can be heard and hears."""
        return self.operator and not self.cut and not self.line_held


_WITH_CALLER = frozenset({Phase.TALKING, Phase.HELD})

ALLOWED: Mapping[str, frozenset[Phase]] = {
    "hold": frozenset({Phase.TALKING}),
    "resume": frozenset({Phase.HELD}),
    "consult": _WITH_CALLER,
    "blind": _WITH_CALLER,
    "park": _WITH_CALLER,
    "send": _WITH_CALLER,
    "complete": frozenset({Phase.CONSULTING, Phase.CONFERENCE}),
    "conference": frozenset({Phase.CONSULTING}),
    "cancel": frozenset({Phase.CONSULTING, Phase.CONFERENCE, Phase.TRANSFERRING}),
    "drop": frozenset({Phase.CONSULTING, Phase.CONFERENCE, Phase.TRANSFERRING}),
    "leave": frozenset({Phase.CONFERENCE}),
    "fetch": frozenset({Phase.PARKED}),
}
"""Action to the phases it is possible in; everything else is refused with :data:`REMEDIES`."""

REMEDIES: Mapping[Phase, str] = {
    Phase.TALKING: "You are talking with the caller; hold, consult or transfer from here.",
    Phase.HELD: "The caller is on hold; resume first.",
    Phase.CONSULTING: "You are consulting somebody; complete, cancel or begin a conference.",
    Phase.CONFERENCE: "You are in a conference; leave it, or cancel to let the third party go.",
    Phase.TRANSFERRING: "The caller is being transferred; cancel takes the caller back.",
    Phase.TRANSFERRED: "The caller has been transferred; you are no longer in this call.",
    Phase.PARKED: "The caller is parked; unpark the slot first.",
    Phase.RECALLING: "An operator is being rung for this caller; pick up there.",
}
"""What to do instead, by phase; every phase has one."""

_NEEDS_THE_THIRD = frozenset({"complete", "conference"})
_NEEDS_THE_LINE = frozenset({"resume", "consult"})


def refusal(action: str, situation: Situation) -> str:
    """Return why ``action`` cannot be done now and what can; empty when it can."""
    phases = ALLOWED.get(action)
    if phases is None:
        return f"There is no action “{action}” in a talk; there are {', '.join(sorted(ALLOWED))}."
    if situation.phase not in phases:
        return f"“{action}” is not possible now. {REMEDIES[situation.phase]}"
    if action in _NEEDS_THE_THIRD and situation.third is not ThirdStage.TALKING:
        return f"“{action}” is not possible yet: the other party has not agreed. Wait for them or cancel."
    if action == "fetch":
        return ""
    if situation.cut:
        return f"“{action}” is not possible while your line is interrupted. Wait until it is back."
    if action in _NEEDS_THE_LINE and situation.line_held:
        return f"“{action}” is not possible while your telephone holds the call. Resume it there first."
    return ""
