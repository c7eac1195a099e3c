"""How words sound, so that homophones and near misses of a recogniser compare as alike."""

from __future__ import annotations

import re
from typing import Any

_CONFUSED = (
    (re.compile(r"^(zh|ch|sh)"), lambda found: found[0][0]),
    (re.compile(r"ng$"), lambda found: "n"),
    (re.compile(r"^n"), lambda found: "l"),
    (re.compile(r"^hu(?=[aeo])"), lambda found: "f"),
)
"""Initials and finals that southern Mandarin, and recognisers of 8 kHz sound, do not keep apart:
z/zh, c/ch, s/sh, n/ng, n/l, f/hu."""


def load() -> None:
    """Read the dictionary, which takes 0.3 s: for processes that must not wait in the middle of a call."""
    sound("好", "zh")


def sound(text: str, language: str, *, exact: bool = False) -> list[str]:
    """Return the sounds of ``text``, one entry a syllable (Mandarin) or a word (English).

    Tones are left out. ``exact=True`` keeps the sounds that are easily confused apart.
    """
    if language != "zh":
        return text.split()
    from pypinyin import lazy_pinyin  # 0.3 s: not every process and command compares sounds

    syllables = lazy_pinyin(text, errors=_each)
    return syllables if exact else [_merged(syllable) for syllable in syllables]


def _each(characters: str) -> Any:
    """Leave what is no Chinese as it is, a character each, so that positions stay."""
    return list(characters)


def _merged(syllable: str) -> str:
    for pattern, merge in _CONFUSED:
        syllable = pattern.sub(merge, syllable)
    return syllable
