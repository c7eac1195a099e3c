"""``prompts/<language>/manifest.json``: what each audio file says and what it was made of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hotline.call.errors import InvalidInput, Problem
from hotline.speech.voices.scripts import PromptText

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One rendered prompt."""

    text: str
    source: str
    """sha256 of what it was made of: see :func:`source_of`."""
    audio: str
    """sha256 of the file."""
    seconds: float
    level: float
    """dBFS of the speech."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All rendered prompts of one language."""

    voice: str
    recipe: str
    """Model and settings, in words; part of every ``source``."""
    prompts: dict[str, Entry] = field(default_factory=dict)


def source_of(prompt: PromptText, voice: str, recipe: str) -> str:
    """Return the sha256 of everything that decides what the audio of ``prompt`` sounds like."""
    parts = json.dumps([prompt.text, prompt.say, voice, recipe], ensure_ascii=False)
    return hashlib.sha256(parts.encode()).hexdigest()


def digest(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a language's folder, ``None`` when there is none yet.

    Raises :class:`~hotline.call.errors.InvalidInput` when it cannot be read as one.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = {prompt: Entry(**entry) for prompt, entry in content.pop("prompts").items()}
        return Manifest(**content, prompts=entries)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"is no manifest ({error}); delete it and run: hotline prompts build"
        raise InvalidInput((Problem(str(path), 0, "", message),)) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it, ids sorted, one prompt a line, so that a change shows as one line."""
    lines = [
        f"    {json.dumps(prompt)}: {json.dumps(asdict(entry), ensure_ascii=False)}"
        for prompt, entry in sorted(manifest.prompts.items())
    ]
    head = f'{{\n  "voice": {json.dumps(manifest.voice)},\n  "recipe": {json.dumps(manifest.recipe)},\n'
    text = head + '  "prompts": {\n' + ",\n".join(lines) + "\n  }\n}\n"
    part = folder / f"{FILE}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / FILE)
