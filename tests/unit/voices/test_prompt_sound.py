from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from tone_voice import tone

from hotline.speech.voices.carrier import CARRIERS, Carrier, NotSeparable, cut_before_tail, tail_seconds
from hotline.speech.voices.levels import active_level, levelled, peak, to_pcm, to_telephone_rate, trim
from hotline.speech.voices.soundfile import Unplayable, read_sound, sound_format, write_sound


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize(
    ("hertz", "kept"), [(300, True), (1000, True), (3300, True), (4100, False), (6000, False)]
)
def test_resampling_keeps_the_telephone_band_and_lets_nothing_fold_into_it(
    rate: int, hertz: int, kept: bool
) -> None:
    wave_in = np.sin(2 * np.pi * hertz * np.arange(rate) / rate).astype(np.float32)
    out = to_telephone_rate(wave_in, rate)[1000:7000]
    level = 10 * np.log10(np.mean(np.square(out)) + 1e-12)
    assert abs(level + 3.01) < 0.2 if kept else level < -60


def test_resampling_keeps_the_length_and_the_place_of_a_click() -> None:
    samples = np.zeros(24_000, np.float32)
    samples[12_000] = 1.0
    out = to_telephone_rate(samples, 24_000)
    assert len(out) == 8000
    assert int(np.argmax(np.abs(out))) == 4000


def test_trimming_leaves_the_margins_asked_for() -> None:
    out = trim(tone(0.5, 8000), before=0.02, after=0.1)
    assert len(out) / 8000 == pytest.approx(0.62, abs=0.021)
    assert out[0] == out[-1] == 0.0


def test_speech_is_brought_to_one_level_whatever_its_pauses() -> None:
    for amplitude in (0.01, 0.3, 0.9):
        assert active_level(levelled(tone(0.5, 8000, amplitude=amplitude))) == pytest.approx(-20, abs=0.1)


def test_a_rare_peak_is_held_down_without_lowering_the_speech() -> None:
    speech = tone(0.5, 8000, amplitude=0.1)
    speech[4000] = 0.9
    out = levelled(speech)
    assert peak(out) <= -3.0 + 0.01
    assert active_level(out) == pytest.approx(-20, abs=1.0)
    assert np.allclose(out[4200:5000] / speech[4200:5000], out[4300] / speech[4300], rtol=1e-3, atol=1e-3)


def test_a_sound_of_peaks_alone_stays_below_the_limit_too() -> None:
    clicks = np.zeros(8000, np.float32)
    clicks[::400] = 0.5
    assert peak(levelled(clicks)) <= -3.0 + 0.01


def test_silence_is_left_alone() -> None:
    silence = np.zeros(800, np.float32)
    assert peak(levelled(trim(silence, before=0, after=0))) == float("-inf")


def test_samples_beyond_full_scale_are_cut_not_wrapped() -> None:
    assert list(to_pcm(np.array([2.0, -2.0, 0.0], np.float32))) == [32767, -32768, 0]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    samples = tone(0.2, 8000)
    write_sound(tmp_path / "a.wav", samples)
    back, rate = read_sound(tmp_path / "a.wav")
    assert rate == 8000
    assert np.abs(back - samples).max() < 1e-4
    assert not list(tmp_path.glob("*.part"))


def riff(tag: int, channels: int, rate: int, bits: int, data: bytes, *, extensible: bool = False) -> bytes:
    """A WAV file of any kind."""
    frame = channels * bits // 8
    fmt = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * frame, frame, bits)
    if extensible:
        fmt += struct.pack("<HHIH14s", 22, bits, 0, tag, b"\0" * 14)
    body = b"WAVE" + struct.pack("<4sI", b"fmt ", len(fmt)) + fmt
    body += struct.pack("<4sI", b"LIST", 3) + b"abc\0" + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


# ITU-T G.711: code of the largest positive value and what it stands for, in 16 bits.
@pytest.mark.parametrize(
    ("tag", "code", "value"), [(6, 0xAA, 32256), (6, 0x2A, -32256), (7, 0x80, 32124), (7, 0xFF, 0)]
)
def test_companded_recordings_are_read_by_the_tables_of_g711(
    tmp_path: Path, tag: int, code: int, value: int
) -> None:
    path = tmp_path / "own.wav"
    path.write_bytes(riff(tag, 1, 8000, 8, bytes([code])))
    samples, _ = read_sound(path)
    assert samples[0] * 32768 == pytest.approx(value)


def test_the_left_side_of_a_stereo_recording_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "own.wav"
    path.write_bytes(riff(1, 2, 16_000, 16, struct.pack("<4h", 100, -1, 200, -1), extensible=True))
    samples, rate = read_sound(path)
    assert rate == 16_000
    assert [round(float(sample) * 32768) for sample in samples] == [100, 200]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"ID3 this is an MP3", "not a WAV"),
        (b"", "not a WAV"),
        (riff(1, 1, 44_100, 16, b"\0\0"), "44100 samples a second"),
        (riff(1, 1, 8000, 24, b"\0\0\0"), "neither 16-bit PCM nor A-law"),
        (riff(85, 1, 8000, 16, b"\0\0"), "neither 16-bit PCM nor A-law"),
        (riff(1, 6, 8000, 16, b"\0" * 12), "6 channels"),
        (riff(1, 1, 8000, 16, b""), "no sound"),
        (riff(1, 1, 8000, 16, b"\0\0")[:30], "no sound"),
    ],
)
def test_a_file_that_cannot_be_played_says_why_and_what_to_do(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "own.wav"
    path.write_bytes(content)
    with pytest.raises(Unplayable, match=complaint) as caught:
        sound_format(path)
    assert "8000" in str(caught.value)


def test_a_file_that_is_not_there_is_unplayable_too(tmp_path: Path) -> None:
    with pytest.raises(Unplayable, match="cannot be read"):
        sound_format(tmp_path / "none.wav")


def test_files_of_the_standard_library_are_read(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * 80)
    assert sound_format(tmp_path / "a.wav").seconds == pytest.approx(0.01)


def spoken_in_carrier(piece_seconds: float, tail: float, rate: int = 24_000) -> np.ndarray:
    """A piece, a closure of 40 ms, and a tail with a shorter closure of its own inside."""
    noise = np.random.default_rng(1).normal(0, 0.2, rate * 4).astype(np.float32)
    closure = np.full(int(0.04 * rate), 1e-4, np.float32)
    piece = noise[: int(piece_seconds * rate)]
    rest = noise[: int((tail - 0.02) * rate)].copy()
    middle = len(rest) // 2
    rest[middle : middle + int(0.03 * rate)] *= 0.01
    silence = np.full(rate // 3, 1e-5, np.float32)
    return np.concatenate([silence, piece, closure, rest, silence])


@pytest.mark.parametrize("seconds", [0.2, 0.45, 1.3])
def test_a_piece_is_cut_at_the_closure_before_the_tail(seconds: float) -> None:
    tail = tail_seconds(spoken_in_carrier(0.25, 1.2), 24_000)
    assert tail == pytest.approx(1.2, abs=0.03)
    cut = cut_before_tail(spoken_in_carrier(seconds, 1.2), 24_000, tail)
    assert len(cut) / 24_000 - 1 / 3 == pytest.approx(seconds, abs=0.04)


def test_a_piece_that_runs_into_the_tail_is_not_cut_anywhere() -> None:
    merged = np.random.default_rng(1).normal(0, 0.2, 48_000).astype(np.float32)
    with pytest.raises(NotSeparable, match="say:"):
        cut_before_tail(merged, 24_000, 1.2)


@pytest.mark.parametrize(
    ("language", "piece", "sentence"),
    [
        ("zh", "三", "三。大家好，请按键。"),
        ("en", "three", "three. Take your time, please."),
        ("en", "a.m.", "a.m. Take your time, please."),
        ("en", "until eleven,", "until eleven. Take your time, please."),
    ],
)
def test_a_piece_stands_at_the_head_of_its_carrier(language: str, piece: str, sentence: str) -> None:
    carrier: Carrier = CARRIERS[language]
    assert carrier.around(piece) == sentence
