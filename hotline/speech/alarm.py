"""Whether an emergency phrase was really said: what it takes to ring people at night.

The decoder's best path has the phrase; here it has to fit the sound as well. Measured with the
menu's words on ``speech-eval`` and on rendered calls (``bench/false_alarms.py``): spoken phrases lie
at −14 … +12 of the decoder's logarithm a frame, phrases laid over other speech at −8 … −25, and
those are often squeezed. In noise both move together, so there less is believed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hotline.language import slots
from hotline.speech import confidence
from hotline.speech.confidence import SILENCES, Stretch

NOISY_DB = 22.0
"""Signal to noise below which the noisy figures hold: calls at 10 dB measure 12 to 17, clean ones 28 up."""
SHORTEST_SYLLABLE = 0.15
"""Seconds a syllable of a phrase must last on average; people in a hurry speak at 0.15 to 0.2."""
_SHORT = 2
_FRAME_SECONDS = 0.01
_LONGEST = 3
"""Words of the grammar that may make up one phrase (家里 + 停电了)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Least difference a frame (:func:`hotline.speech.confidence.difference`)."""

    phrase: float
    """Of the phrase itself."""
    whole: float
    """Of everything heard in the utterance."""


LONG = Limits(-14.0, -12.0)
SHORT = Limits(-9.5, -8.0)
LONG_IN_NOISE = Limits(-9.0, -9.0)


def named(text: str, phrases: Collection[str]) -> bool:
    """True when ``text`` would be taken for an emergency."""
    return bool(text) and slots.emergency(text, phrases, "zh")


def score(
    words: Sequence[Stretch], sounds: Sequence[Stretch], phrases: Collection[str], signal_to_noise: float
) -> float:
    """Return how sure the surest of ``phrases`` among ``words`` is, 0 … 1; from 0.5 on it was said.

    ``words`` without garbage; ``signal_to_noise`` in dB. Two-syllable phrases are never sure in noise.
    """
    said = [word for word in words if word.name not in SILENCES]
    whole = confidence.difference(words, sounds)
    found = (
        _likeness(said[start:end], phrase, sounds, whole, signal_to_noise)
        for start, end, phrase in _places(said, phrases)
    )
    return max(found, default=0.0)


def _places(said: Sequence[Stretch], phrases: Collection[str]) -> list[tuple[int, int, str]]:
    """First word, word after the last, phrase; where a phrase is inside a range, no wider one counts."""
    places: list[tuple[int, int, str]] = []
    for width in range(1, _LONGEST + 1):
        for start in range(len(said) - width + 1):
            end = start + width
            text = "".join(word.name for word in said[start:end])
            places += [
                (start, end, phrase)
                for phrase in phrases
                if named(text, (phrase,))
                and not any(start <= s and e <= end and p == phrase for s, e, p in places)
            ]
    return places


def _likeness(
    said: Sequence[Stretch],
    phrase: str,
    sounds: Sequence[Stretch],
    whole: float | None,
    signal_to_noise: float,
) -> float:
    limits = _limits(phrase, signal_to_noise)
    own = confidence.difference(said, sounds)
    if limits is None or own is None or whole is None:
        return 0.0
    seconds = sum(word.end - word.start + 1 for word in said) * _FRAME_SECONDS
    if seconds < SHORTEST_SYLLABLE * sum(len(word.name) for word in said):
        return 0.0
    spare = min(own - limits.phrase, whole - limits.whole)
    return confidence.score(confidence.MIDDLE + spare)


def _limits(phrase: str, signal_to_noise: float) -> Limits | None:
    if signal_to_noise < NOISY_DB:
        return LONG_IN_NOISE if len(phrase) > _SHORT else None
    return LONG if len(phrase) > _SHORT else SHORT
