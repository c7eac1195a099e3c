"""Makes the legs of a talk hear what :mod:`hotline.operators.wiring` says, changing only what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hotline.call.audio import Playable, Silence, Tone, ToneName
from hotline.call.errors import CallGone
from hotline.call.ports import Call
from hotline.operators.wiring import CALLER, Wiring

PAUSE_AFTER_WORDS = 1.5
"""Seconds of silence between words and the tone below them: who is connected right after their words hears
no snatch of music, who is not does not wait in silence for 2 s."""

Note = Callable[[str, str, Mapping[str, str]], None]
"""Takes leg, kind and detail of a call-record event."""


class Circuit:
    """Remembers what every leg hears."""

    def __init__(self, note: Note) -> None:
        """``note`` takes ``BRIDGE_ENTER`` and ``BRIDGE_EXIT``."""
        self._note = note
        self._hears: dict[str, frozenset[str]] = {}
        self._tones: dict[str, ToneName | None] = {}
        self._bridged: tuple[str, frozenset[str]] = ("", frozenset())

    async def apply(
        self, wiring: Wiring, legs: Mapping[str, Call], words: Mapping[str, Sequence[Playable]]
    ) -> dict[str, int]:
        """Connect, silence and play; returns the playbacks of words by party.

        Legs that are over are left out: their ``HungUp`` follows and changes the situation.
        """
        playbacks: dict[str, int] = {}
        for party, leg in legs.items():
            others = [legs[one] for one in sorted(wiring.hears.get(party, ())) if one in legs]
            said = words.get(party, ())
            if leg.over:
                continue
            await self._listen(leg, others)
            number = self._sound(leg, wiring.tones.get(party), said)
            if said:
                playbacks[party] = number
        self._note_group(wiring, legs)
        return playbacks

    async def let_go(self, legs: Sequence[Call]) -> None:
        """Nobody of ``legs`` hears anybody or anything any more."""
        for leg in legs:
            self._hears.pop(leg.facts.leg, None)
            self._tones.pop(leg.facts.leg, None)
            if not leg.over:
                await _hear(leg, [])

    def close(self) -> None:
        """All is over: so are the bridges."""
        self._note_bridge("", frozenset())

    def forget(self, leg: Call) -> None:
        """A leg has left."""
        self._hears.pop(leg.facts.leg, None)
        self._tones.pop(leg.facts.leg, None)

    async def _listen(self, leg: Call, others: Sequence[Call]) -> None:
        number = leg.facts.leg
        wanted = frozenset(other.facts.leg for other in others if not other.over)
        if number in self._hears and self._hears[number] == wanted:
            return
        self._hears[number] = await _hear(leg, others)
        self._tones[number] = None

    def _sound(self, leg: Call, tone: ToneName | None, said: Sequence[Playable]) -> int:
        number = leg.facts.leg
        if not said and self._tones.get(number) is tone:
            return 0
        leg.stop_playing()
        playback = leg.play(said) if said else 0
        if tone is not None:
            between = [Silence(PAUSE_AFTER_WORDS)] if said else []
            leg.play([*between, Tone(tone)])
        self._tones[number] = tone
        return playback

    def _note_group(self, wiring: Wiring, legs: Mapping[str, Call]) -> None:
        parties = [party for party in legs if party in wiring.group]
        on = CALLER if CALLER in parties else (parties[0] if parties else "")
        others = frozenset(legs[party].facts.leg for party in parties if party != on)
        self._note_bridge(legs[on].facts.leg if on else "", others)

    def _note_bridge(self, leg: str, others: frozenset[str]) -> None:
        before, with_whom = self._bridged
        self._bridged = (leg, others)
        for other in sorted(with_whom - others if before == leg else with_whom):
            self._note(before, "BRIDGE_EXIT", {"with": other})
        for other in sorted(others - with_whom if before == leg else others):
            self._note(leg, "BRIDGE_ENTER", {"with": other})


async def _hear(leg: Call, others: Sequence[Call]) -> frozenset[str]:
    """Have ``leg`` hear those of ``others`` who are there; one may leave in this very moment."""
    for _ in range(len(others) + 1):
        there = [other for other in others if not other.over]
        try:
            await leg.hear(*there)
        except CallGone:
            if leg.over:
                break
            continue
        return frozenset(other.facts.leg for other in there)
    return frozenset()
