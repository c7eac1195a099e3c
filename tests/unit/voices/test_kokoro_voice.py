from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from hotline.call.errors import EnvironmentFault
from hotline.speech.voices import kokoro_folder
from hotline.speech.voices.builder import VOICES
from hotline.speech.voices.kokoro import KokoroVoice

SEARCHED = kokoro_folder.search_path(Path("var/models"), os.environ)


@pytest.fixture(scope="module")
def model() -> Path:
    """The model's folder; the packages of the extra voice-build are needed as well."""
    for package in ("onnxruntime", "misaki", "espeakng_loader", "phonemizer"):
        pytest.importorskip(package)
    try:
        return kokoro_folder.find(SEARCHED)
    except EnvironmentFault as fault:
        pytest.skip(fault.sentence)


@pytest.fixture(scope="module")
def voice(model: Path) -> Callable[[str], KokoroVoice]:
    """One open voice a language: opening takes a second."""
    return cache(lambda language: KokoroVoice(model, language, VOICES[language]))


@pytest.mark.model
@pytest.mark.parametrize(("language", "word"), [("zh", "三"), ("en", "three")])
def test_a_word_is_spoken_short_and_the_same_every_time(
    voice: Callable[[str], KokoroVoice], language: str, word: str
) -> None:
    first = voice(language).speak_piece(word)
    assert np.array_equal(first, voice(language).speak_piece(word))
    loud = np.flatnonzero(np.abs(first) > 0.02)
    assert 0.1 < (loud[-1] - loud[0]) / 24_000 < 0.6


@pytest.mark.model
def test_two_sentences_are_spoken_with_a_pause(voice: Callable[[str], KokoroVoice]) -> None:
    both = voice("zh").speak("您好。再见。")
    hello = voice("zh").speak("您好。")
    assert np.array_equal(both[: len(hello)], hello)
    assert not both[len(hello) : len(hello) + 6000].any()
    assert both[len(hello) + 6000 :].any()


@pytest.mark.model
def test_what_cannot_be_spoken_is_refused(voice: Callable[[str], KokoroVoice]) -> None:
    with pytest.raises(ValueError, match="#"):
        voice("zh").speak("请按#键。")
    with pytest.raises(ValueError, match="empty"):
        voice("zh").speak(" ")


@pytest.mark.model
def test_an_unknown_voice_is_refused_with_those_there_are(model: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"no voice \"zf_nobody\".*zf_xiaoxiao"):
        KokoroVoice(model, "zh", "zf_nobody")


def test_the_model_is_looked_for_where_it_may_be(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="hotline models install kokoro-82m"):
        kokoro_folder.find((tmp_path,))
    (tmp_path / "kokoro-82m").mkdir()
    (tmp_path / "kokoro-82m" / "kokoro.onnx").touch()
    assert kokoro_folder.find((tmp_path / "none", tmp_path)) == tmp_path / "kokoro-82m"
    assert kokoro_folder.search_path(tmp_path, {"HOTLINE_MODELS": "/models"})[0] == Path("/models")
