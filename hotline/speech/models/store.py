"""Where speech models lie on this machine, and which one serves what."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hotline.home import shipped
from hotline.settings import Speech

VOSK_ZH = "vosk-model-small-cn-0.22"
POCKETSPHINX_ZH = "pocketsphinx-zh-8k"
WHISPER = "whisper-base"
KOKORO = "kokoro-82m"


@dataclass(frozen=True, slots=True)
class Kind:
    """A model of an engine: how its folder is known, whether it came from the catalogue or not."""

    engine: str
    languages: tuple[str, ...]
    folders: str
    """Glob of folder names."""
    marks: tuple[str, ...]
    """Files that a whole model has."""


KINDS = (
    Kind("vosk", ("zh",), "vosk-model*-cn-*", ("am/final.mdl", "conf/mfcc.conf")),
    Kind("vosk", ("en",), "vosk-model*-en-*", ("am/final.mdl", "conf/mfcc.conf")),
    Kind("vosk", ("ko",), "vosk-model*-ko*", ("am/final.mdl", "conf/mfcc.conf")),
    Kind(
        "pocketsphinx",
        ("zh",),
        "pocketsphinx-zh-8k",
        ("tdt_sc_8k/mdef", "tdt_sc_8k/sendump", "lm/mandarin_notone.dic"),
    ),
    Kind("whisper", ("zh", "en"), "whisper-*", ("model.bin", "config.json", "tokenizer.json")),
)


LIBRARIES = {"vosk": "vosk", "pocketsphinx": "pocketsphinx", "whisper": "faster_whisper"}
"""Engine → the module it needs."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A model found on disk."""

    engine: str
    languages: tuple[str, ...]
    path: Path


def model_folders(settings: Speech, home_models: Path) -> tuple[Path, ...]:
    """Folders that may hold models, in the order they are looked through: ``$HOTLINE_MODELS`` (one
    or more, joined by ``:``), the configured or the home's own, ``~/.cache/hotline/models``, and what
    comes with the program."""
    named = [Path(part) for part in os.environ.get("HOTLINE_MODELS", "").split(os.pathsep) if part]
    cache = Path.home() / ".cache" / "hotline" / "models"
    return (*named, settings.models or home_models, cache, shipped("models"))


def find(name: str, folders: Iterable[Path]) -> Path | None:
    """Return the first folder called ``name``, complete or not; ``None`` when there is none."""
    return next((folder / name for folder in folders if (folder / name).is_dir()), None)


def installed(folders: Iterable[Path]) -> list[Installed]:
    """Return every whole model in ``folders``, in their order; half-installed ones do not count."""
    return [model for folder in folders for model in _in(folder) if has_library(model.engine)]


def has_library(engine: str) -> bool:
    """True when the engine's own library is installed (whisper is an extra)."""
    return find_spec(LIBRARIES[engine]) is not None


def _in(folder: Path) -> Iterator[Installed]:
    for kind in KINDS:
        try:
            candidates = sorted(folder.glob(kind.folders))
        except OSError:
            continue
        for path in candidates:
            if all((path / mark).is_file() for mark in kind.marks):
                yield Installed(kind.engine, kind.languages, path)


def choose(engines: Iterable[str], language: str, models: Iterable[Installed]) -> Installed | None:
    """Return the model of the first engine in ``engines`` that speaks ``language``."""
    there = list(models)
    for engine in engines:
        for model in there:
            if model.engine == engine and language in model.languages:
                return model
    return None
