"""``hotline prompts check``: what is wrong with prompts, as sentences. Needs no voice and no model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from hotline.call.errors import InvalidInput, Problem
from hotline.language.readback import vocabulary
from hotline.speech.voices.levels import PEAK_DBFS, TARGET_DBFS, Samples, active_level, peak
from hotline.speech.voices.manifest import Manifest, digest, read_manifest, source_of
from hotline.speech.voices.scripts import PromptText, read_scripts
from hotline.speech.voices.soundfile import Unplayable, read_sound

LONGEST_SECONDS: Final = 8.0
"""DESIGN section 7: prompts stay under 8 s."""
LEVEL_TOLERANCE_DB: Final = 3.0
OWN_LEVEL_TOLERANCE_DB: Final = 6.0
"""People's own recordings may differ more before it disturbs."""
_PEAK_TOLERANCE_DB = 0.1
_CLIPPED_RUN = 4
"""So many samples in a row at full scale are no chance peak."""
_FULL_SCALE = 32_700 / 32_768
_SECONDS_A_SIGN = {"zh": (0.08, 0.6), "en": (0.02, 0.35)}
"""Seconds a written sign of text takes when all of it is spoken: characters and letters."""
_SPARE_SECONDS = 0.5
_BUILD = "run: hotline prompts build"


@dataclass(frozen=True, slots=True)
class PromptFolders:
    """One language: where the shipped prompts are and where the administrator's own."""

    language: str
    shipped: Path
    own: Path


def check(folders: PromptFolders) -> list[Problem]:
    """Return everything found, errors and warnings.

    Raises :class:`~hotline.call.errors.InvalidInput` when texts or manifest cannot be read at all.
    """
    scripts = read_scripts(folders.shipped)
    manifest = read_manifest(folders.shipped)
    found = [
        *_vocabulary_problems(folders, scripts),
        *_rendered_problems(folders, scripts, manifest),
        *_orphans(folders.shipped, set(scripts)),
    ]
    return [*found, *_own_problems(folders, set(scripts))]


def check_own(folders: PromptFolders) -> list[Problem]:
    """Return what is found about the administrator's own recordings alone: some milliseconds each."""
    return list(_own_problems(folders, set(read_scripts(folders.shipped))))


def _vocabulary_problems(folders: PromptFolders, scripts: dict[str, PromptText]) -> Iterator[Problem]:
    name = _shown(folders.shipped / "texts" / "vocabulary.yaml")
    for prompt, text in vocabulary(folders.language).items():
        if prompt not in scripts:
            yield Problem(name, 0, prompt, f"read-back needs this prompt; add “{prompt}: {text}”")
        elif scripts[prompt].text != text:
            line = scripts[prompt].line
            yield Problem(
                scripts[prompt].file, line, prompt, f"read-back says “{text}” here; the text differs"
            )


def _rendered_problems(
    folders: PromptFolders, scripts: dict[str, PromptText], manifest: Manifest | None
) -> Iterator[Problem]:
    made = manifest.prompts if manifest is not None else {}
    for prompt in scripts.values():
        path = folders.shipped / f"{prompt.id}.wav"
        entry = made.get(prompt.id)
        if not path.is_file():
            yield Problem(_shown(path), 0, "", f"is missing; {_BUILD}")
            continue
        if entry is None or manifest is None:
            yield Problem(_shown(path), 0, "", f"is not in the manifest; {_BUILD}")
        elif entry.source != source_of(prompt, manifest.voice, manifest.recipe):
            yield Problem(_shown(path), 0, "", f"is stale: the text is now “{prompt.text}”; {_BUILD}")
        elif entry.audio != digest(path):
            yield Problem(_shown(path), 0, "", f"was changed after it was built; {_BUILD}")
        yield from _sound_problems(path, LEVEL_TOLERANCE_DB, folders.language, prompt)


def _orphans(folder: Path, known: set[str]) -> Iterator[Problem]:
    for path in sorted(folder.glob("*.wav")):
        if path.stem not in known:
            yield Problem(_shown(path), 0, "", "has no text any more; delete it", warning=True)


def _own_problems(folders: PromptFolders, known: set[str]) -> Iterator[Problem]:
    try:
        scripts = read_scripts(folders.own)
    except InvalidInput as error:
        yield from error.problems
        scripts = {}
    for prompt in scripts.values():
        if not (folders.own / f"{prompt.id}.wav").is_file():
            yield Problem(
                prompt.file, prompt.line, prompt.id, "has no recording; run: hotline prompts build --own"
            )
    for path in sorted(folders.own.glob("*.wav")):
        yield from _sound_problems(path, OWN_LEVEL_TOLERANCE_DB, folders.language, scripts.get(path.stem))
        if path.stem not in known | set(scripts):
            message = "replaces no shipped prompt and has no text; is the name right?"
            yield Problem(_shown(path), 0, "", message, warning=True)


def _sound_problems(
    path: Path, tolerance: float, language: str, prompt: PromptText | None
) -> Iterator[Problem]:
    try:
        samples, rate = read_sound(path)
    except Unplayable as error:
        yield Problem(_shown(path), 0, "", str(error))
        return
    level, highest = active_level(samples), peak(samples)
    if level < -60:
        yield Problem(_shown(path), 0, "", "is silent; record it again")
        return
    if _clipped(samples):
        yield Problem(_shown(path), 0, "", "is clipped; record it again at a lower level")
    elif prompt is not None and highest > PEAK_DBFS + _PEAK_TOLERANCE_DB and tolerance == LEVEL_TOLERANCE_DB:
        yield Problem(
            _shown(path), 0, "", f"has peaks of {highest:.1f} dBFS, at most {PEAK_DBFS:g}; {_BUILD}"
        )
    if abs(level - TARGET_DBFS) > tolerance:
        side = "loud" if level > TARGET_DBFS else "quiet"
        message = f"is too {side}: {level:.1f} dBFS instead of {TARGET_DBFS:g} ±{tolerance:g}"
        yield Problem(_shown(path), 0, "", message)
    yield from _length_problems(path, len(samples) / rate, language, prompt)


def _length_problems(
    path: Path, seconds: float, language: str, prompt: PromptText | None
) -> Iterator[Problem]:
    if seconds > LONGEST_SECONDS:
        message = f"takes {seconds:.1f} s; callers stop listening after {LONGEST_SECONDS:g}"
        yield Problem(_shown(path), 0, "", message, warning=True)
    if prompt is None:
        return
    shortest, longest = _SECONDS_A_SIGN[language]
    signs = sum(char.isalnum() for char in prompt.text)
    if not shortest * signs <= seconds <= longest * signs + _SPARE_SECONDS:
        message = f"takes {seconds:.2f} s, which does not fit its text “{prompt.text}”"
        yield Problem(_shown(path), 0, "", message, warning=True)


def _clipped(samples: Samples) -> bool:
    full = np.flatnonzero(np.abs(samples) >= _FULL_SCALE)
    if full.size < _CLIPPED_RUN:
        return False
    return bool((full[_CLIPPED_RUN - 1 :] - full[: 1 - _CLIPPED_RUN] == _CLIPPED_RUN - 1).any())


def _shown(path: Path) -> str:
    """``prompts/zh/num_3.wav``: enough to find the file."""
    return "/".join(path.parts[-4:] if path.parent.name == "texts" else path.parts[-3:])
