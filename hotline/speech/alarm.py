"""Whether an emergency phrase was really said: what it takes to ring people at night.

Whatever search found the phrase, it has to fit the sound. Measured with the menu's words on
``speech-eval`` and on rendered calls (``bench/false_alarms.py``), in the decoder's logarithm a frame:
where nothing but a phrase of three or more syllables was allowed, said ones lie at −16 … +5 and
phrases laid over other speech below −16, but for a few that leave the rest of the sentence unfit
(−20 and less as a whole). Two-syllable phrases fit other words at −8, so they also have to win
against ordinary speech (:mod:`hotline.speech.grammar.urgent`). In noise all of it moves together,
so there less is believed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hotline.language import slots
from hotline.speech import confidence
from hotline.speech.confidence import SILENCES, Stretch
from hotline.speech.grammar.urgent import SHORT as SHORT_PHRASE

NOISY_DB = 22.0
"""Signal to noise below which the noisy figures hold: calls at 10 dB measure 12 to 17, clean ones 28 up."""
SHORTEST_SYLLABLE = 0.14
"""Seconds a syllable of a phrase must last on average; people in a hurry speak at 0.15 to 0.2."""
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


LONG = Limits(-14.0, -15.0)
MIDDLING = Limits(-12.5, -12.0)
"""Three syllables."""
SHORT = Limits(-12.5, -10.5)
LONG_IN_NOISE = Limits(-12.0, -15.0)


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
        return LONG_IN_NOISE if len(phrase) > SHORT_PHRASE else None
    if len(phrase) > SHORT_PHRASE + 1:
        return LONG
    return MIDDLING if len(phrase) > SHORT_PHRASE else SHORT
