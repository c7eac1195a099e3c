"""Text to the phonemes Kokoro-82M was trained on: Mandarin by misaki, English by eSpeak NG.

misaki's own English needs a download, so eSpeak's phonemes are brought to misaki's alphabet
(documented in misaki's ``EN_PHONES.md``: diphthongs and affricates are one letter each).
"""

from __future__ import annotations

import contextlib
import io
import re
from functools import lru_cache
from typing import Any

_BRITISH = "en-gb"
_AMERICAN = "en-us"
_SYLLABIC = re.compile(r"(\S)\u0329")
_LETTERS = re.compile(r"[A-Za-z]+")

_COMMON = {
    **{"a^ɪ": "I", "a^ʊ": "W", "d^ʒ": "ʤ", "e^ɪ": "A", "t^ʃ": "ʧ", "ɔ^ɪ": "Y", "ə^l": "ᵊl"},
    **{"ɚ": "əɹ", "r": "ɹ", "x": "k", "ɐ": "ə", "ɬ": "l", "ʔ": "t", "ɾ": "T"},
}
_ACCENT = {
    _BRITISH: {"e^ə": "ɛː", "iə": "ɪə", "ə^ʊ": "Q"},
    _AMERICAN: {"o^ʊ": "O", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""},
}


class Phonemes:
    """Phonemes of one voice's language. Loading the dictionaries takes a second or two."""

    def __init__(self, language: str, voice: str) -> None:
        self._language = language
        self._accent = _BRITISH if voice.startswith("b") else _AMERICAN

    def of(self, text: str) -> str:
        """Return the phonemes of ``text``; letters inside Mandarin are spelled in English."""
        if self._language != "zh":
            return self._english(text)
        parts: list[str] = []
        done = 0
        for letters in _LETTERS.finditer(text):
            parts += [_mandarin(text[done : letters.start()]), self._english(" ".join(letters[0]))]
            done = letters.end()
        return " ".join(part for part in (*parts, _mandarin(text[done:])) if part)

    def _english(self, text: str) -> str:
        phonemes = str(_espeak(self._accent).phonemize([text])[0]).strip()
        for old, new in {**_COMMON, **_ACCENT[self._accent]}.items():
            phonemes = phonemes.replace(old, new)
        phonemes = _SYLLABIC.sub(r"ᵊ\1", phonemes)
        return phonemes.replace("^", "").replace("ɹɹ", "ɹ").replace("o", "ɔ").replace("-", "")


@lru_cache(maxsize=1)
def _misaki() -> Any:
    from misaki import zh

    return zh.ZHG2P()


def _mandarin(text: str) -> str:
    if not text.strip():
        return ""
    with contextlib.redirect_stderr(io.StringIO()):  # jieba reports loading its dictionary
        phonemes = _misaki()(text)
    return str(phonemes[0] if isinstance(phonemes, tuple) else phonemes)


@lru_cache(maxsize=2)
def _espeak(accent: str) -> Any:
    import espeakng_loader
    from phonemizer.backend import EspeakBackend
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend(language=accent, preserve_punctuation=True, with_stress=True, tie="^")
