"""The prompt book of running calls: an administrator's own recordings first, then the shipped ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog

from hotline.call.audio import Clip, Playable, Silence
from hotline.call.errors import InvalidInput
from hotline.language.readback import spoken_text
from hotline.language.wording import PAUSES
from hotline.speech.voices.manifest import read_manifest
from hotline.speech.voices.scripts import read_scripts
from hotline.speech.voices.soundfile import Unplayable, sound_format

log = structlog.get_logger(__name__)

_Stamp = tuple[int, int]
"""Change time (ns) and size of a file."""
_Source = Callable[[Path], Mapping[str, str]]
"""Reads the texts of one folder."""


class PromptFolder:
    """Prompts in two folders, ``<folder>/<language>/<id>.wav``; implements ``ports.PromptBook``.

    ``own`` wins. A file is looked at again whenever its change time or size differs, so a new or
    replaced recording is heard from the next prompt on. One that cannot be played is logged once
    and the shipped one is used instead.
    """

    def __init__(self, own: Path, shipped: Path) -> None:
        """Look at nothing yet; folders may be missing."""
        self._folders = (own, shipped)
        self._judged: dict[Path, tuple[_Stamp, bool]] = {}
        self._texts: dict[tuple[str, _Source], Mapping[str, str]] = {}
        self.missing: Counter[tuple[str, str]] = Counter()
        """How often a prompt (language, id) was asked for and left out."""

    def has(self, language: str, prompt: str) -> bool:
        """True when a recording exists that can be played, and for pauses."""
        return prompt in PAUSES or self.path(language, prompt) is not None

    def path(self, language: str, prompt: str) -> Path | None:
        """Return the file that is played for ``prompt``, ``None`` when there is none."""
        for folder in self._folders:
            path = folder / language / f"{prompt}.wav"
            if self._playable(path):
                return path
        return None

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Resolve ids to clips and pauses; a missing one is left out, counted and logged once."""
        found: list[Playable] = []
        for prompt in prompts:
            if prompt in PAUSES:
                found.append(Silence(PAUSES[prompt]))
                continue
            path = self.path(language, prompt)
            if path is not None:
                found.append(Clip(path))
                continue
            self.missing[language, prompt] += 1
            if self.missing[language, prompt] == 1:
                log.warning(
                    "prompt missing", language=language, prompt=prompt, remedy="hotline prompts check"
                )
        return found

    def text(self, language: str, prompt: str) -> str:
        """Return what ``prompt`` says; ``<id>`` when no text is known.

        The manifests know what their audio says and are read in a few milliseconds; only a prompt
        that is in none has the text files read, once.
        """
        for source in (_manifest_texts, _script_texts):
            if (language, source) not in self._texts:
                own, shipped = (source(folder / language) for folder in self._folders)
                self._texts[language, source] = {**shipped, **own}
            if prompt in self._texts[language, source]:
                return self._texts[language, source][prompt]
        return spoken_text(language, (prompt,))

    def _playable(self, path: Path) -> bool:
        try:
            status = path.stat()
        except OSError:
            self._judged.pop(path, None)
            return False
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._judged.get(path)
        if known is None or known[0] != stamp:
            known = (stamp, self._judge(path))
            self._judged[path] = known
        return known[1]

    def _judge(self, path: Path) -> bool:
        try:
            sound_format(path)
        except Unplayable as error:
            log.warning("prompt unplayable", file=str(path), reason=str(error))
            return False
        return True


def _manifest_texts(folder: Path) -> Mapping[str, str]:
    try:
        manifest = read_manifest(folder)
    except InvalidInput:
        log.warning("prompt manifest unreadable", folder=str(folder))
        return {}
    return {} if manifest is None else {prompt: entry.text for prompt, entry in manifest.prompts.items()}


def _script_texts(folder: Path) -> Mapping[str, str]:
    try:
        return {prompt.id: prompt.text for prompt in read_scripts(folder).values()}
    except InvalidInput as error:
        log.warning("prompt texts unreadable", folder=str(folder), problems=len(error.problems))
        return {}
