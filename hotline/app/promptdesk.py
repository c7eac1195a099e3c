"""What the hotline says, for the console's page of prompts: texts, own recordings, what is missing.

Own recordings lie in ``HOME/prompts/LANGUAGE/ID.wav`` and win over the built ones; own texts in
``texts/console.yaml`` beside them. Running calls take both up by themselves.
"""

from __future__ import annotations

import io
import json
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from ruamel.yaml import YAML

from hotline.app import promptsound
from hotline.app.promptsound import PromptRefused
from hotline.call.audio import RATE
from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.home import Home, shipped
from hotline.keptconfig import write_copy
from hotline.language.readback import LANGUAGES, vocabulary
from hotline.speech.voices import kokoro_folder, levels
from hotline.speech.voices.book import PromptFolder
from hotline.speech.voices.builder import VOICES, build
from hotline.speech.voices.checker import PromptFolders, check_own
from hotline.speech.voices.manifest import Manifest, digest, read_manifest
from hotline.speech.voices.scripts import read_scripts
from hotline.speech.voices.soundfile import Unplayable, read_sound, sound_format
from hotline.web.menudesk import PromptLine, Taken

LONGEST_TEXT = 500
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_RECORDED = "recorded.json"
_TEXTS = "console.yaml"
_Stamp = tuple[tuple[str, int, int], ...]
_VOICE_MODULES = ("onnxruntime", "misaki")


@dataclass(frozen=True, slots=True)
class _Note:
    """What is remembered of a recording."""

    text: str
    audio: str
    by: str
    at: str


class PromptShelf:
    """The prompts of a data folder (:class:`~hotline.web.menudesk.PromptDesk`); blocks, for threads."""

    def __init__(self, home: Home, clock: Clock) -> None:
        """Look at nothing yet."""
        self._home = home
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[str, tuple[_Stamp, list[PromptLine]]] = {}

    def lines(self, language: str) -> list[PromptLine]:
        """Return all prompts of a language; raises :class:`~hotline.call.errors.InvalidInput`.

        Read anew when a file changed: some tenths of a second for a thousand prompts.
        """
        if language not in LANGUAGES:
            raise PromptRefused(f'There is no language "{language}".', code="prompt-name")
        stamp = _stamp(*self._folders(language))
        known = self._lines.get(language)
        if known is None or known[0] != stamp:
            known = self._lines[language] = (stamp, self._read(language))
        return known[1]

    def _read(self, language: str) -> list[PromptLine]:
        own, built = self._folders(language)
        own_texts, built_texts = read_scripts(own), read_scripts(built)
        book = PromptFolder(self._home.prompts, shipped("prompts"))
        remarks = self._remarks(language)
        notes, manifests = _notes(own), (read_manifest(own), read_manifest(built))
        texts = {one.id: one.text for one in built_texts.values()} | dict(vocabulary(language))
        texts |= {one.id: one.text for one in own_texts.values()}
        texts |= {path.stem: texts.get(path.stem, "") for path in own.glob("*.wav")}
        return [
            self._line(book, language, prompt, texts[prompt], notes, manifests, remarks, prompt in own_texts)
            for prompt in sorted(texts)
        ]

    def sound(self, language: str, prompt: str) -> Path:
        """Return the file that is played; raises :class:`PromptRefused` (``prompt-unknown``)."""
        self._checked(language, prompt)
        path = PromptFolder(self._home.prompts, shipped("prompts")).path(language, prompt)
        if path is None:
            raise PromptRefused(f'There is no sound for "{prompt}" in {language}.', code="prompt-unknown")
        return path

    def record(self, language: str, prompt: str, sound: bytes, *, by: str) -> Taken:
        """Put a recording in service: checked, at the telephone's rate and the house's level, trimmed."""
        self._checked(language, prompt)
        own, _ = self._folders(language)
        if prompt not in self._texts(language):
            raise PromptRefused(
                f'There is no prompt "{prompt}": give it a text first.', code="prompt-unknown"
            )
        with self._lock:
            samples, remarks = promptsound.prepared(sound)
            own.mkdir(parents=True, exist_ok=True, mode=0o700)
            promptsound.written(own / f"{prompt}.wav", samples)
            self._note(own, prompt, self._texts(language)[prompt], by)
        seconds = len(samples) / RATE
        return Taken(round(seconds, 2), round(levels.active_level(samples), 1), remarks)

    def back(self, language: str, prompt: str) -> None:
        """Put the built one back; raises :class:`PromptRefused` when there is no own one."""
        self._checked(language, prompt)
        own, _ = self._folders(language)
        path = own / f"{prompt}.wav"
        with self._lock:
            if not path.is_file():
                raise PromptRefused(f'There is no own recording of "{prompt}".', code="prompt-not-own")
            path.unlink()
            _keep_notes(own, {name: note for name, note in _notes(own).items() if name != prompt})

    def write(self, language: str, prompt: str, text: str) -> None:
        """Give a prompt another text, or a new one its first; empty: the program's own again."""
        self._checked(language, prompt)
        words = " ".join(text.split())
        if text and not words:
            raise PromptRefused("A text has words: blanks alone say nothing.", code="prompt-empty")
        if len(words) > LONGEST_TEXT or not words.isprintable():
            raise PromptRefused(
                f"A text has at most {LONGEST_TEXT} printable characters: callers listen to no more.",
                code="prompt-text",
            )
        if prompt in vocabulary(language):
            raise PromptRefused(
                f'"{prompt}" is a word of read-back: its text is the language\'s own.', code="prompt-text"
            )
        own, built = self._folders(language)
        with self._lock:
            path = own / "texts" / _TEXTS
            present = read_scripts(own)
            if prompt in present and not present[prompt].file.endswith(_TEXTS):
                raise PromptRefused(
                    f"The text stands in {present[prompt].file}: change it there.", code="prompt-text"
                )
            if not words and prompt not in read_scripts(built):
                _may_go(prompt, own_text=prompt in present, own_sound=(own / f"{prompt}.wav").is_file())
            texts = {one.id: one.text for one in present.values() if one.file.endswith(_TEXTS)}
            texts.pop(prompt, None)
            if words:
                texts[prompt] = words
            out = io.StringIO()
            YAML().dump(texts, out)
            _kept(path, out.getvalue())

    def without_voice(self) -> str:
        """Return why nothing can be rendered here and what to do; empty when it can."""
        missing = [name for name in _VOICE_MODULES if find_spec(name) is None]
        if missing:
            return (
                "The program's voice is not installed on this machine: "
                "`.venv/bin/pip install --require-hashes -r requirements/voice-build.txt`, then "
                "`hotline models install kokoro-82m`. Recording works without it."
            )
        try:
            kokoro_folder.find(kokoro_folder.search_path(self._home.models, os.environ))
        except EnvironmentFault as fault:
            return fault.sentence
        return ""

    def render(self, language: str, prompt: str) -> Taken:
        """Speak an own text with the program's voice into the own folder."""
        self._checked(language, prompt)
        why = self.without_voice()
        if why:
            raise EnvironmentFault(why, code="voice-missing")
        own, _ = self._folders(language)
        if prompt not in read_scripts(own):
            raise PromptRefused(
                f'"{prompt}" has no text of its own: the built one is what the program ships.',
                code="prompt-not-own",
            )
        from hotline.speech.voices.kokoro import KokoroVoice  # the voice-build extra

        model = kokoro_folder.find(kokoro_folder.search_path(self._home.models, os.environ))
        with self._lock:
            try:
                build(own, KokoroVoice(model, language, VOICES[language]), VOICES[language], only=prompt)
            except ValueError as error:
                raise PromptRefused(str(error), code="prompt-text") from error
            _keep_notes(own, {name: note for name, note in _notes(own).items() if name != prompt})
        samples, rate = read_sound(own / f"{prompt}.wav")
        return Taken(round(len(samples) / rate, 2), round(levels.active_level(samples), 1), ())

    # --- ---------------------------------------------------------------------------------------

    def _folders(self, language: str) -> tuple[Path, Path]:
        return self._home.prompts / language, shipped("prompts") / language

    def _texts(self, language: str) -> dict[str, str]:
        own, built = self._folders(language)
        scripts = {**read_scripts(built), **read_scripts(own)}
        return dict(vocabulary(language)) | {one.id: one.text for one in scripts.values()}

    def _checked(self, language: str, prompt: str) -> None:
        if language not in LANGUAGES or not _ID.fullmatch(prompt):
            raise PromptRefused(
                "A prompt's name is made of a-z, 0-9 and _, and begins with a letter.", code="prompt-name"
            )

    def _remarks(self, language: str) -> Mapping[str, list[str]]:
        own, built = self._folders(language)
        found: dict[str, list[str]] = {}
        for problem in check_own(PromptFolders(language, built, own)):
            if problem.file.endswith(".wav"):
                found.setdefault(Path(problem.file).stem, []).append(problem.message)
        return found

    def _line(
        self, book: PromptFolder, language: str, prompt: str, text: str, notes: Mapping[str, _Note],
        manifests: tuple[Manifest | None, Manifest | None], remarks: Mapping[str, list[str]], own_text: bool,
    ) -> PromptLine:  # fmt: skip
        path = book.path(language, prompt)
        is_own = path is not None and path.is_relative_to(self._home.prompts)
        note, manifest = notes.get(prompt), manifests[0 if is_own else 1]
        entry = manifest.prompts.get(prompt) if manifest is not None else None
        said = note.text if is_own and note is not None else entry.text if entry is not None else ""
        return PromptLine(
            id=prompt, text=text, own_text=own_text,
            source="missing" if path is None else "own" if is_own else "built",
            seconds=_seconds(path) if path is not None else None,
            outdated=said if path is not None and said and said != text else "",
            remarks=tuple(remarks.get(prompt, ())) if is_own else (),
            recorded=f"{note.by} {note.at[:16].replace('T', ' ')}" if is_own and note is not None else "",
        )  # fmt: skip

    def _note(self, own: Path, prompt: str, text: str, by: str) -> None:
        at: datetime = self._clock.now()
        note = _Note(text, digest(own / f"{prompt}.wav"), by, at.isoformat(timespec="seconds"))
        _keep_notes(own, {**_notes(own), prompt: note})


def _may_go(prompt: str, *, own_text: bool, own_sound: bool) -> None:
    """Refuse to leave a prompt of one's own without a text; one without a sound goes with its text."""
    if not own_text or own_sound:
        raise PromptRefused(
            f'"{prompt}" needs a text: the program has none of its own for it. To do away with a prompt, '
            "take its recording away first, then its text.",
            code="prompt-empty",
        )


def _stamp(own: Path, built: Path) -> _Stamp:
    """Own files one by one, the program's by their folder: only an upgrade changes those."""
    paths = [built, built / "manifest.json", own, own / _RECORDED]
    paths += [*sorted((own / "texts").glob("*.yaml")), *sorted(own.glob("*.wav"))]
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _seconds(path: Path) -> float | None:
    try:
        return round(sound_format(path).seconds, 1)
    except Unplayable:
        return None


def _kept(path: Path, text: str) -> None:
    try:
        write_copy(text.encode(), path)
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}.") from error


def _notes(own: Path) -> dict[str, _Note]:
    """Return who recorded what; a file that is none is as if there were none."""
    try:
        found = json.loads((own / _RECORDED).read_text(encoding="utf-8"))
        return {prompt: _Note(**note) for prompt, note in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep_notes(own: Path, notes: Mapping[str, _Note]) -> None:
    told = {prompt: asdict(note) for prompt, note in sorted(notes.items())}
    _kept(own / _RECORDED, json.dumps(told, ensure_ascii=False, indent=1))
