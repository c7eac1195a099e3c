"""Recordings that people send for prompts: checked, and brought to the house's form."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hotline.call.audio import RATE
from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.speech.voices import levels
from hotline.speech.voices.builder import SENTENCE, telephone_sound
from hotline.speech.voices.checker import LONGEST_SECONDS
from hotline.speech.voices.soundfile import Unplayable, read_sound, sound_format, write_sound

MOST_BYTES = 12_000_000
"""Of a recording that is sent: two minutes at 48 kHz."""
MOST_SECONDS = 60.0
LEAST_SECONDS = 0.1
QUIETEST = -45.0
"""dBFS: what is quieter is noise once it was made louder."""
_FULL_SCALE = 32_700 / 32_768


class PromptRefused(HotlineError):
    """A prompt, recording or text that cannot be taken; what was there stays."""

    code = "prompt-refused"


def prepared(sound: bytes) -> tuple[levels.Samples, tuple[str, ...]]:
    """Return a recording in the house's form and what to do better; raises :class:`PromptRefused`."""
    if len(sound) > MOST_BYTES:
        raise PromptRefused(
            f"The file has {len(sound) // 1_000_000} MB; a prompt has a few seconds.", code="prompt-too-large"
        )
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(sound)
        file.flush()
        path = Path(file.name)
        try:
            seconds = sound_format(path).seconds
            if not LEAST_SECONDS <= seconds <= MOST_SECONDS:
                raise PromptRefused(
                    f"The recording takes {seconds:.1f} s; a prompt takes {LEAST_SECONDS:g} to "
                    f"{MOST_SECONDS:g} s.",
                    code="prompt-length",
                )
            samples, rate = read_sound(path)
        except Unplayable as error:
            raise PromptRefused(f"The file {error}.", code="prompt-unplayable") from error
    level = levels.active_level(samples)
    if level < QUIETEST:
        raise PromptRefused(
            f"Nothing is heard in it ({level:.0f} dBFS): is the right microphone chosen?",
            code="prompt-silent",
        )
    clipped = float((abs(samples) >= _FULL_SCALE).mean())
    ready = telephone_sound(samples, rate, SENTENCE)
    length = len(ready) / RATE
    remarks = []
    if clipped > 0.001:
        remarks.append("it is clipped: record it again at a lower level")
    if length > LONGEST_SECONDS:
        remarks.append(f"it takes {length:.1f} s; callers stop listening after {LONGEST_SECONDS:g}")
    return ready, tuple(remarks)


def written(path: Path, samples: levels.Samples) -> None:
    """Write a prompt's file; raises :class:`~hotline.call.errors.EnvironmentFault`."""
    try:
        write_sound(path, samples)
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}.") from error
