"""A grammar as a list of phrases, for Vosk.

Vosk estimates a small language model from the phrases and lets any follow any, so a tree is cut at
its choices: “三号楼二单元六零二” becomes the phrases of buildings, units, floors and doors.
"""

from __future__ import annotations

from collections.abc import Callable

from hotline.speech.grammar.nodes import Node, words_of

LONGEST_WORD = 8
"""Characters of a word of the vocabulary."""


def phrases(node: Node, knows: Callable[[str], bool]) -> list[str]:
    """Return every text of the tree once, split into words the model ``knows``.

    Texts with a word it does not know are left out: Vosk would drop the word and keep the rest.
    """
    found: dict[str, None] = {}
    for words in words_of(node):
        split = split_words(words.text, knows)
        if split is not None:
            found[" ".join(split)] = None
    return list(found)


def split_words(text: str, knows: Callable[[str], bool]) -> list[str] | None:
    """Split into the longest known words, Mandarin without spaces, English at its spaces."""
    words: list[str] = []
    for part in text.lower().split() if text.isascii() else ["".join(text.split())]:
        rest = part
        while rest:
            length = next((n for n in range(min(len(rest), _reach(rest)), 0, -1) if knows(rest[:n])), 0)
            if not length or (rest.isascii() and length < len(rest)):
                return None
            words.append(rest[:length])
            rest = rest[length:]
    return words


def _reach(text: str) -> int:
    return len(text) if text.isascii() else LONGEST_WORD
