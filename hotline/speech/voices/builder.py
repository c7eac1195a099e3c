"""Render prompts: texts through a voice to 8 kHz files and the manifest. Only what is missing or stale."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from hotline.call.audio import RATE
from hotline.speech.voices import levels
from hotline.speech.voices.levels import Samples
from hotline.speech.voices.manifest import Entry, Manifest, digest, read_manifest, source_of, write_manifest
from hotline.speech.voices.scripts import PromptText, read_scripts
from hotline.speech.voices.soundfile import write_sound

VOICES: Final = {"zh": "zf_xiaoxiao", "en": "am_michael"}
"""One voice a language; why these: docs/decisions/0003-prompt-voice.md."""
_SAVED_EVERY = 20
"""Prompts between two writes of the manifest: so much is rendered again after an interruption."""


class Voice(Protocol):
    """Speaks texts."""

    @property
    def rate(self) -> int:
        """Samples a second."""
        ...

    @property
    def recipe(self) -> str:
        """Model and its settings in words; another recipe makes every prompt stale."""
        ...

    def speak(self, text: str) -> Samples:
        """Return sentences as samples, -1..1."""
        ...

    def speak_piece(self, text: str) -> Samples:
        """Return a word or phrase that others follow."""
        ...


@dataclass(frozen=True, slots=True)
class Margins:
    """Seconds of near-silence left around the speech."""

    before: float
    after: float


SENTENCE = Margins(0.04, 0.15)
PIECE = Margins(0.015, 0.035)


def stale(folder: Path, voice: str, recipe: str) -> list[PromptText]:
    """Return the prompts whose audio is missing, was changed, or was made of something else."""
    manifest = read_manifest(folder)
    made = manifest.prompts if manifest is not None else {}
    return [
        prompt
        for prompt in read_scripts(folder).values()
        if prompt.id not in made
        or made[prompt.id].source != source_of(prompt, voice, recipe)
        or not (folder / f"{prompt.id}.wav").is_file()
        or digest(folder / f"{prompt.id}.wav") != made[prompt.id].audio
    ]


def build(
    folder: Path,
    voice: Voice,
    name: str,
    *,
    started: Callable[[PromptText], None] = lambda prompt: None,
    only: str = "",
) -> int:
    """Render what is stale in a language's folder with the voice called ``name``; returns how many.

    ``only``: this prompt and no other, whether it is stale or not.

    The audio of prompts whose text is gone is removed when this builder had made it. May be
    interrupted: what was rendered is kept. Raises :class:`~hotline.call.errors.InvalidInput` for
    texts that do not hold and :class:`ValueError` for one that cannot be spoken.
    """
    recipe = made_with(voice)
    texts = read_scripts(folder)
    before = read_manifest(folder)
    made = dict(before.prompts) if before is not None else {}
    for gone in sorted(made.keys() - texts.keys()):
        (folder / f"{gone}.wav").unlink(missing_ok=True)
        del made[gone]
    wanted = [texts[only]] if only else stale(folder, name, recipe)
    try:
        for count, (prompt, entry) in enumerate(
            _rendered(folder, wanted, voice, name, recipe, started), start=1
        ):
            made[prompt.id] = entry
            if count % _SAVED_EVERY == 0:
                write_manifest(folder, Manifest(name, recipe, made))
    finally:
        write_manifest(folder, Manifest(name, recipe, made))
    return len(wanted)


def _rendered(
    folder: Path,
    wanted: list[PromptText],
    voice: Voice,
    name: str,
    recipe: str,
    started: Callable[[PromptText], None],
) -> Iterator[tuple[PromptText, Entry]]:
    for prompt in wanted:
        started(prompt)
        said = voice.speak(prompt.say) if prompt.whole else voice.speak_piece(prompt.say)
        samples = telephone_sound(said, voice.rate, SENTENCE if prompt.whole else PIECE)
        path = folder / f"{prompt.id}.wav"
        write_sound(path, samples)
        seconds = round(len(samples) / RATE, 3)
        level = round(levels.active_level(samples), 1)
        yield prompt, Entry(prompt.text, source_of(prompt, name, recipe), digest(path), seconds, level)


def telephone_sound(samples: Samples, rate: int, margins: Margins) -> Samples:
    """Resample, trim and level speech for the telephone."""
    sound = levels.to_telephone_rate(samples - np.float32(samples.mean()), rate)
    return levels.levelled(levels.trim(sound, before=margins.before, after=margins.after))


def made_with(voice: Voice) -> str:
    """Return model and settings in words: the recipe of the manifest."""
    return (
        f"{voice.recipe}; {RATE} Hz, {levels.TARGET_DBFS:g} dBFS, peak {levels.PEAK_DBFS:g} dBFS, "
        f"margins {SENTENCE.before:g}+{SENTENCE.after:g} s, pieces {PIECE.before:g}+{PIECE.after:g} s"
    )
