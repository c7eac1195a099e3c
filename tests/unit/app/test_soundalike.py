"""A prompt is told from every other prompt, noise and silence, whatever the line did to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hotline.app.soundalike import ALIKE, PromptTemplate, as_samples, silent
from hotline.call.audio import Clip
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.companding import alaw_decode, alaw_encode

PROMPTS = Path("prompts")
EXPECTED = [(language, prompt) for language in ("zh", "en") for prompt in ("greeting", "main_menu")]


def pcm(language: str, prompt: str) -> np.ndarray:
    return as_samples(decode_clip(Clip(PROMPTS / language / f"{prompt}.wav")))


def template(language: str, prompt: str) -> PromptTemplate:
    return PromptTemplate(decode_clip(Clip(PROMPTS / language / f"{prompt}.wav")))


def on_the_line(sound: np.ndarray, *, before: float = 0.5, gain: float = 1.0) -> np.ndarray:
    """Silence around it, another level, A-law there and back."""
    whole = np.concatenate([np.zeros(int(before * 8000)), sound * gain, np.zeros(8000)])
    return alaw_decode(alaw_encode(whole.astype(np.int16)).tobytes()).astype(float)


@pytest.mark.parametrize(("language", "prompt"), EXPECTED)
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_the_same_prompt_is_found_where_it_began(language, prompt, gain):
    heard = template(language, prompt).look(on_the_line(pcm(language, prompt), before=1.3, gain=gain))
    assert heard.score > 0.95
    assert heard.at == pytest.approx(1.3, abs=0.06)


def test_turned_polarity_does_not_matter():
    assert template("zh", "greeting").look(-on_the_line(pcm("zh", "greeting"))).alike


@pytest.mark.parametrize("prompt", ["greeting", "main_menu"])
@pytest.mark.parametrize("missing", [0.25, 0.5])
def test_a_beginning_that_was_cut_off_is_forgiven(prompt, missing):
    rest = pcm("zh", prompt)[int(missing * 8000) :]
    assert template("zh", prompt).look(on_the_line(rest, before=1.0)).alike


def test_lost_packets_and_one_that_came_twice_are_forgiven():
    sound = on_the_line(pcm("zh", "greeting"))
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    frames[::12] = 0.0
    slipped = np.concatenate([*frames[:60], frames[59], *frames[60:]])
    assert template("zh", "greeting").look(slipped).alike


def test_noise_on_the_line_is_forgiven():
    sound = on_the_line(pcm("zh", "greeting"))
    noise = np.random.default_rng(1).normal(0, 1500, len(sound))
    assert template("zh", "greeting").look(sound + noise).alike


@pytest.mark.parametrize(("language", "prompt"), EXPECTED)
def test_no_other_prompt_of_the_menu_is_taken_for_it(language, prompt):
    looked_for = template(language, prompt)
    others = ["recorded_notice", "emergency_first", "press_repairs", "apology_late", "no_input", "ask_place"]
    others += [name for _, name in EXPECTED[:2] if name != prompt]
    for other in others:
        assert looked_for.look(on_the_line(pcm(language, other))).score < 0.6, other
    stranger = "en" if language == "zh" else "zh"
    assert looked_for.look(on_the_line(pcm(stranger, prompt))).score < 0.6


def test_noise_tones_and_silence_are_nothing_like_it():
    looked_for, length = template("zh", "greeting"), 8000 * 5
    time = np.arange(length) / 8000
    sounds = [
        np.zeros(length),
        np.random.default_rng(1).normal(0, 3000, length),
        8000 * np.sin(2 * np.pi * 450 * time),
    ]
    assert max(looked_for.look(sound).score for sound in sounds) < 0.2 < ALIKE
    assert looked_for.look(np.zeros(100)).score == 0.0


def test_silence_is_told_from_sound():
    assert silent(np.random.default_rng(1).normal(0, 8, 16000))
    assert not silent(on_the_line(pcm("zh", "greeting")))


def test_a_prompt_without_sound_cannot_be_looked_for():
    with pytest.raises(ValueError, match="silent"):
        PromptTemplate(bytes(16000))
