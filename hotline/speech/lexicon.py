"""Pronunciations for the toneless Mandarin models of PocketSphinx.

The dictionary that comes with the models lacks words of the trade (号楼, 报修, 困人 …), so grammar
texts are split into the longest words it has; what it has not is spelt by pinyin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from hotline.call.errors import EnvironmentFault

_INITIALS = (
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h",
    "j", "q", "x", "r", "z", "c", "s", "w", "y",
)  # fmt: skip
_FINALS = frozenset(
    (
        *("a", "ai", "an", "ang", "ao", "e", "ei", "en", "eng", "er", "i", "ia", "ian", "iang", "iao", "ie"),
        *("in", "ing", "iong", "iu", "o", "ong", "ou", "u", "ua", "uai", "uan", "uang", "ui", "un", "uo"),
        *("ux", "uxan", "uxe", "uxn"),
    )
)
_WHOLE = {
    "a": ("as", "a"), "ai": ("as", "ai"), "an": ("as", "an"), "ang": ("as", "ang"), "ao": ("as", "ao"),
    "e": ("es", "e"), "ei": ("es", "ei"), "en": ("es", "en"), "er": ("es", "er"),
    "o": ("os", "o"), "ou": ("os", "ou"),
    "yu": ("uxs", "ux"), "yuan": ("uxs", "an"), "yue": ("uxs", "uxe"), "yun": ("uxs", "en"),
    "ye": ("y", "ie"),
}  # fmt: skip
_LETTERS = {
    "A": "es ei", "B": "b i", "C": "x i", "D": "d i", "E": "y i", "F": "es ai f u", "G": "j i",
    "H": "es ai ch u", "I": "as ai", "J": "zh ei", "K": "k ei", "L": "es ai l e", "M": "es ai m u",
    "N": "es en", "O": "os ou", "P": "p i", "Q": "k iu", "R": "as a", "S": "es ai s if", "T": "t i",
    "U": "y ou", "V": "w ei", "W": "d a b u l iu", "X": "es ai k e s if", "Y": "w ai", "Z": "z ei",
}  # fmt: skip

VARIANTS = 4
"""Pronunciations kept of one text; each makes the network larger."""
LONGEST_WORD = 6
"""Characters; longer dictionary words are names and idioms."""


def phones(syllable: str) -> tuple[str, ...]:
    """Return the model's phones of one toneless pinyin syllable (``lv`` for lü).

    Raises ``ValueError`` for what is no Mandarin syllable.
    """
    if syllable in _WHOLE:
        return _WHOLE[syllable]
    initial = next((start for start in _INITIALS if syllable.startswith(start)), "")
    final = syllable[len(initial) :].replace("ü", "v")
    if final.startswith("u") and initial in ("j", "q", "x"):
        final = "v" + final[1:]
    final = final.replace("v", "ux")
    if final == "i" and initial in ("zh", "ch", "sh", "r"):
        return initial, "ib"
    if final == "i" and initial in ("z", "c", "s"):
        return initial, "if"
    if not initial or final not in _FINALS:
        raise ValueError(f'"{syllable}" is no Mandarin syllable')
    return initial, final


class Lexicon:
    """Words and their pronunciations: the model's dictionary, and our own words beside it."""

    def __init__(self, dictionary: Mapping[str, Sequence[str]]) -> None:
        """``dictionary``: word → pronunciations, each phones joined by spaces. The phones that
        occur in it are those of the model; no other is ever used."""
        self._words = {word: tuple(spoken) for word, spoken in dictionary.items()}
        self._known = frozenset(
            phone for spoken in self._words.values() for one in spoken for phone in one.split()
        )

    def _fits(self, pronunciation: str) -> bool:
        return self._known.issuperset(pronunciation.split())

    def split(self, text: str) -> tuple[str, ...]:
        """Split into the longest words the dictionary has; other characters stand alone."""
        found: list[str] = []
        rest = "".join(text.split())
        while rest:
            length = next(
                (n for n in range(min(LONGEST_WORD, len(rest)), 1, -1) if rest[:n] in self._words), 1
            )
            found.append(rest[:length])
            rest = rest[length:]
        return tuple(found)

    def spoken(self, text: str) -> tuple[str, ...]:
        """Return how ``text`` is spoken, one to ``VARIANTS`` ways, phones joined by spaces.

        Raises :class:`~hotline.call.errors.EnvironmentFault` naming a word nobody can pronounce.
        """
        ways = product(*(self._pronunciations(word) for word in self.split(text)))
        return tuple(" ".join(way) for way in islice(ways, VARIANTS))

    def _pronunciations(self, word: str) -> tuple[str, ...]:
        spoken = list(self._words.get(word, ()))
        spelt = _spelt(word)
        if spelt and self._fits(spelt) and spelt not in spoken:
            spoken.append(spelt)
        if not spoken:
            raise EnvironmentFault(
                f'The grammar word "{word}" cannot be pronounced by the Mandarin model: write it in Chinese '
                "characters, single capital letters or digits spelt out."
            )
        return tuple(spoken)


@lru_cache(maxsize=4096)
def _spelt(word: str) -> str:
    if word.upper() in _LETTERS:
        return _LETTERS[word.upper()]
    try:
        syllables = lazy_pinyin(word, style=Style.NORMAL, v_to_u=False, errors="default")
        return " ".join(phone for syllable in syllables for phone in phones(syllable))
    except ValueError:
        return ""


def read_dictionary(path: Path) -> dict[str, list[str]]:
    """Read a Sphinx dictionary: ``word phones`` or ``word(2) phones``, UTF-8, one a line."""
    words: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            word, _, spoken = line.strip().partition("\t")
            if not spoken:
                word, _, spoken = line.strip().partition(" ")
            if word and spoken:
                words.setdefault(word.partition("(")[0] or word, []).append(" ".join(spoken.split()))
    return words
