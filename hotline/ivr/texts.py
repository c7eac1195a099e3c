"""What prompts say, from the text files they are rendered from: ``<folder>/<language>/texts/*.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.language.readback import LANGUAGES, vocabulary

Texts = Mapping[str, Mapping[str, str]]
"""Language → prompt id → text."""


def load_texts(*folders: Path) -> Texts:
    """Return all texts of ``folders`` (later ones win) and the words of read-back.

    An administrator's own recording without a text (``<folder>/<language>/<id>.wav``) counts as there.
    Raises :class:`InvalidInput` for a file that is no map of texts.
    """
    found: dict[str, dict[str, str]] = {language: dict(vocabulary(language)) for language in LANGUAGES}
    for folder in folders:
        for language in LANGUAGES:
            for path in sorted((folder / language).glob("*.wav")):
                found[language].setdefault(path.stem, path.stem)
            for path in sorted((folder / language / "texts").glob("*.yaml")):
                found[language].update(_texts_of(path))
    return found


def _texts_of(path: Path) -> dict[str, str]:
    document = yamlsource.read(path)
    plain = document.plain()
    if not isinstance(plain, dict):
        raise InvalidInput((Problem(str(path), 1, "", "a map of prompt ids to texts is expected"),))
    wrong = tuple(
        document.problem((key,), "the text must be words, in quotes if need be")
        for key, text in plain.items()
        if not isinstance(text, str)
    )
    if wrong:
        raise InvalidInput(wrong)
    return plain
