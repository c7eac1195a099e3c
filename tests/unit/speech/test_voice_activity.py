from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from hotline.call.audio import FRAME_BYTES
from hotline.speech.denoise import denoised, dithered, signal_to_noise
from hotline.speech.voice import Change, VoiceActivity, speech_spans


def voice(seconds: float, loudness: float = 3000.0) -> bytes:
    """A vowel: 140 Hz with formants, as webrtcvad takes for speech."""
    t = np.arange(int(8000 * seconds)) / 8000
    wave = sum(
        np.sin(2 * np.pi * 140 * k * t) * np.exp(-(((140 * k - 600) / 500) ** 2)) for k in range(1, 20)
    )
    trembling = 1 + 0.3 * np.sin(2 * np.pi * 5 * t)
    return (loudness * wave * trembling).clip(-32000, 32000).astype("<i2").tobytes()


def silence(seconds: float) -> bytes:
    return bytes(int(8000 * seconds) * 2)


def noise(seconds: float, loudness: float) -> bytes:
    rng = np.random.default_rng(7)
    return rng.normal(0, loudness, int(8000 * seconds)).clip(-32000, 32000).astype("<i2").tobytes()


def changes(pcm: bytes) -> list[tuple[int, Change]]:
    activity = VoiceActivity()
    frames = (pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES))
    return [(n, c) for n, c in enumerate(map(activity.take, frames)) if c is not Change.NONE]


def test_speech_begins_and_pauses_where_it_does() -> None:
    found = changes(silence(1) + voice(1) + silence(1))
    assert [change for _, change in found] == [Change.BEGAN, Change.PAUSED]
    assert 50 <= found[0][0] <= 60
    assert 100 <= found[1][0] <= 105


def test_a_pause_inside_an_answer_is_one_stretch_and_a_long_one_two() -> None:
    assert len(speech_spans(silence(0.5) + voice(0.6) + silence(0.4) + voice(0.6) + silence(1))) == 1
    assert len(speech_spans(silence(0.5) + voice(0.6) + silence(1.5) + voice(0.6) + silence(1))) == 2


def test_stretches_stay_inside_the_sound_and_do_not_overlap() -> None:
    pcm = silence(0.3) + voice(0.5) + silence(0.9) + voice(0.5)
    spans = speech_spans(pcm, margin=40)
    assert spans[0][0] == 0
    assert spans[-1][1] <= len(pcm) // FRAME_BYTES
    assert all(a[1] < b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("pcm", [silence(5), noise(10, 20), noise(10, 300), noise(10, 3000)])
def test_silence_and_steady_noise_are_never_speech(pcm: bytes) -> None:
    assert changes(pcm) == []


def test_a_click_is_no_speech() -> None:
    assert changes(silence(0.5) + voice(0.04) + silence(0.5)) == []


def test_a_click_does_not_end_a_pause() -> None:
    found = changes(silence(0.5) + voice(0.6) + silence(0.3) + voice(0.02) + silence(0.5))
    assert [change for _, change in found] == [Change.BEGAN, Change.PAUSED]


def test_frames_of_another_length_are_silence() -> None:
    activity = VoiceActivity()
    assert all(activity.take(b"\x7f\x7f" * 50) is Change.NONE for _ in range(50))


def test_steady_noise_is_taken_off_noisy_speech() -> None:
    speech = silence(0.5) + voice(1, 2000) + silence(0.5)
    noisy = _mixed(speech, noise(2, 500))
    before, after = _rms(noisy[:4000]), _rms(denoised(noisy)[:4000])
    assert after < before / 3


def test_clean_speech_is_left_alone() -> None:
    speech = silence(0.5) + voice(1) + silence(0.5)
    assert denoised(speech) == speech
    assert denoised(speech[:1000]) == speech[:1000]


def test_digital_silence_gets_a_trace_of_noise_always_the_same() -> None:
    quiet = dithered(silence(0.5))
    assert quiet == dithered(silence(0.5))
    assert 10 < _rms(quiet) < 25
    assert dithered(b"") == b""
    loudest = np.frombuffer(dithered(b"\xff\x7f" * 100), "<i2")
    assert loudest.min() > 32_700


def test_signal_to_noise_tells_a_noisy_line_from_a_clean_one() -> None:
    speech = silence(0.5) + voice(1, 2000) + silence(0.5)
    assert signal_to_noise(dithered(speech)) > 30
    assert 5 < signal_to_noise(_mixed(speech, noise(2, 500))) < 20
    assert signal_to_noise(speech[:1000]) == 0.0


def _mixed(one: bytes, other: bytes) -> bytes:
    total = np.frombuffer(one, "<i2").astype(int) + np.frombuffer(other, "<i2")
    return total.clip(-32768, 32767).astype("<i2").tobytes()


def _rms(pcm: bytes) -> float:
    return float(np.sqrt(np.mean(np.frombuffer(pcm, "<i2").astype(float) ** 2)))
