"""Recordings for single calls: an administrator's WAV files, or texts that a voice speaks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hotline.call.errors import InvalidInput, Problem
from hotline.home import Home
from hotline.speech.voices import kokoro_folder
from hotline.speech.voices.builder import SENTENCE, VOICES, telephone_sound
from hotline.speech.voices.levels import active_level
from hotline.speech.voices.soundfile import Unplayable, read_sound, write_sound

LONGEST_SECONDS = 60.0
"""Nobody listens longer on the telephone."""
SILENT_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class Recordings:
    """What is said in each language: a file, else a text."""

    home: Home
    files: Mapping[str, Path | None]
    texts: Mapping[str, str]

    def __bool__(self) -> bool:
        """True when something is recorded or to be spoken."""
        return any(self.files.values()) or any(self.texts.values())

    def check(self, *, said_otherwise: bool) -> None:
        """Raise :class:`InvalidInput` with everything that cannot be played or is missing in a language.

        ``said_otherwise``: words that are recorded already say it in the languages left out here.
        """
        problems = [
            Problem(str(path), 0, "", message)
            for path in self.files.values()
            if path is not None
            for message in _wrong_with(path)
        ]
        missing = [one for one, path in self.files.items() if path is None and not self.texts.get(one)]
        if missing and not said_otherwise:
            problems += [
                Problem(
                    "the command", 0, f"--wav-{one}", f"nothing is said in {one}; --text-{one} will do, too"
                )
                for one in missing
            ]
        if problems:
            raise InvalidInput(tuple(problems))

    @contextmanager
    def made(self) -> Iterator[Callable[[str], str]]:
        """Make the sounds and yield what puts them into the data folder under a prompt's id.

        They are made first, outside of any transaction: a voice takes its seconds, and writes of calls
        under way would wait for them. Raises :class:`~hotline.call.errors.EnvironmentFault` when a text is
        to be spoken and no voice is installed.
        """
        self.home.run.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.home.run) as folder:
            sounds = {language: Path(folder, f"{language}.wav") for language in self.files}
            made = [language for language, target in sounds.items() if self._make(language, target)]

            def put(prompt: str) -> str:
                for language in made:
                    target = self.home.prompts / language / f"{prompt}.wav"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    sounds[language].replace(target)
                return prompt if made else ""

            yield put

    def _make(self, language: str, target: Path) -> bool:
        """Write the sound of a language; False when nothing is to be said in it."""
        path, text = self.files[language], self.texts.get(language, "")
        if path is not None:
            samples, rate = read_sound(path)
            write_sound(target, telephone_sound(samples, rate, SENTENCE))
        elif text:
            self._speak(language, text, target)
        return path is not None or bool(text)

    def _speak(self, language: str, text: str, target: Path) -> None:
        from hotline.speech.voices.kokoro import KokoroVoice

        model = kokoro_folder.find(kokoro_folder.search_path(self.home.models, os.environ))
        voice = KokoroVoice(model, language, VOICES[language])
        write_sound(target, telephone_sound(voice.speak(text), voice.rate, SENTENCE))


def _wrong_with(path: Path) -> Iterator[str]:
    try:
        samples, rate = read_sound(path)
    except Unplayable as error:
        yield str(error)
        return
    if active_level(samples) < SILENT_DBFS:
        yield "is silent; record it again"
    if len(samples) / rate > LONGEST_SECONDS:
        yield f"takes {len(samples) / rate:.0f} s; nobody listens longer than {LONGEST_SECONDS:.0f}"
