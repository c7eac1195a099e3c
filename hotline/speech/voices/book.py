"""The prompt book of running calls: an administrator's own recordings first, then the shipped ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from hotline.call.audio import Clip, Playable, Silence
from hotline.call.errors import InvalidInput
from hotline.language.readback import spoken_text
from hotline.language.wording import PAUSES
from hotline.speech.voices.scripts import read_scripts
from hotline.speech.voices.soundfile import Unplayable, sound_format

log = structlog.get_logger(__name__)

_Stamp = tuple[int, int]
"""Change time (ns) and size of a file."""


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
        self._texts: dict[str, Mapping[str, str]] = {}
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
        """Return what ``prompt`` says, for the simulator; ``<id>`` when no text is known.

        Reads the text files at the first use: not for the path of a call.
        """
        if language not in self._texts:
            self._texts[language] = self._read_texts(language)
        return spoken_text(language, (prompt,), self._texts[language])

    def _read_texts(self, language: str) -> Mapping[str, str]:
        texts: dict[str, str] = {}
        for folder in reversed(self._folders):
            try:
                texts |= {prompt.id: prompt.text for prompt in read_scripts(folder / language).values()}
            except InvalidInput as error:
                log.warning("prompt texts unreadable", language=language, problems=len(error.problems))
        return texts

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
