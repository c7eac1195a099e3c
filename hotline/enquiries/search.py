"""Finding entries by what a person types or says: exactly, in part, by sound, by code. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz import fuzz

from hotline.enquiries.entries import LANGUAGES, Entry
from hotline.language.sounds import sound

ALIKE = 80.0
"""Likeness of the sound (0 to 100) from which a name is offered."""
_EXACT, _BEGINS, _HAS = 300.0, 250.0, 200.0


def find(entries: Mapping[str, Entry], wanted: str, *, most: int = 10) -> list[str]:
    """Return the ids of entries that may be meant, best first; several for a name that is not clear.

    ``wanted``: a name or a part of one in any language, its pinyin or initials, a code, the number itself.
    """
    plain = wanted.strip().casefold()
    if not plain:
        return []
    scores = {entry: _score(one, plain) for entry, one in entries.items()}
    found = sorted((entry for entry, score in scores.items() if score >= ALIKE), key=lambda e: -scores[e])
    sure = [entry for entry in found if scores[entry] >= _EXACT]
    return (sure or found)[:most]


def _score(one: Entry, plain: str) -> float:
    if plain in (one.code, one.number.casefold(), one.told):
        return _EXACT
    return max((_likeness(name, plain, lang) for lang in LANGUAGES for name in one.names(lang)), default=0.0)


def _likeness(name: str, plain: str, language: str) -> float:
    known = name.casefold()
    if plain == known:
        return _EXACT
    if known.startswith(plain):
        return _BEGINS
    if plain in known or (len(known) > 1 and known in plain):
        return _HAS
    spoken = sound(name, language)
    if plain.isascii() and language == "zh":
        joined, initials = "".join(spoken), "".join(syllable[:1] for syllable in spoken)
        typed = plain.replace(" ", "")
        return _BEGINS if typed in (joined, initials) else float(fuzz.ratio(typed, joined))
    return float(fuzz.ratio(" ".join(sound(plain, language)), " ".join(spoken)))
