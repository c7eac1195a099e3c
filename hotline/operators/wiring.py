"""Who hears whom, and which tone sounds where, in every situation of a talk. Pure.

The caller always hears somebody or something: that is a property of :func:`wiring`, not of the code that
moves between the situations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hotline.call.audio import ToneName
from hotline.operators.talkstate import Mode, Phase, Situation, ThirdStage

CALLER = "caller"
OPERATOR = "operator"
THIRD = "third"
"""Parties; supervisors go by the number of their leg."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What every party hears; who is in neither mapping hears silence."""

    hears: Mapping[str, frozenset[str]]
    tones: Mapping[str, ToneName]
    """Endless, after whatever words are said first."""
    group: frozenset[str]
    """Those in conversation with each other, supervisors apart."""


def wiring(situation: Situation) -> Wiring:
    """Return what is heard in ``situation``."""
    group = _group(situation)
    hears = {party: group - {party} for party in group}
    heard = {one for one, mode in situation.supervisors.items() if mode is Mode.BARGE}
    for supervisor, mode in situation.supervisors.items():
        if group:
            hears[supervisor] = group | heard - {supervisor}
        for party in _told_by(mode, group):
            hears[party] = hears[party] | {supervisor}
    return Wiring(hears, _tones(situation, group), group)


def _group(situation: Situation) -> frozenset[str]:
    operator = frozenset({OPERATOR}) if situation.operator_talks else frozenset()
    match situation.phase:
        case Phase.TALKING if operator:
            return operator | {CALLER}
        case Phase.CONFERENCE:
            return operator | {CALLER, THIRD}
        case Phase.TRANSFERRED:
            return frozenset({CALLER, THIRD})
        case Phase.CONSULTING if operator and situation.third is ThirdStage.TALKING:
            return operator | {THIRD}
        case _:
            return frozenset()


def _told_by(mode: Mode, group: frozenset[str]) -> frozenset[str]:
    """Who hears a supervisor. With no operator in it there is nobody to whisper to."""
    match mode:
        case Mode.LISTEN:
            return frozenset()
        case Mode.WHISPER:
            return group & {OPERATOR}
        case Mode.BARGE:
            return group


def _tones(situation: Situation, group: frozenset[str]) -> dict[str, ToneName]:
    tones: dict[str, ToneName] = {}
    transferring = situation.phase is Phase.TRANSFERRING
    if CALLER not in group:
        tones[CALLER] = ToneName.RINGBACK if transferring else ToneName.MUSIC
    if OPERATOR not in group:
        if transferring or situation.third is ThirdStage.RINGING:
            tones[OPERATOR] = ToneName.RINGBACK
        elif situation.third is ThirdStage.ASKED:
            tones[OPERATOR] = ToneName.MUSIC
    if THIRD not in group and situation.third is ThirdStage.TALKING:
        tones[THIRD] = ToneName.MUSIC
    return tones
