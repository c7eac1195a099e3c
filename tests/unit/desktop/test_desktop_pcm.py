"""Sound of any card as blocks of one kind."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hotline.desktop.pcm import BLOCK_BYTES, RATE, SILENCE, Converter, faded, level

HZ = 440.0


def tone(rate: int, channels: int, seconds: float = 1.0) -> bytes:
    wave = 0.5 * 32767 * np.sin(2 * np.pi * HZ * np.arange(int(rate * seconds)) / rate)
    return np.repeat(wave.astype(np.int16), channels).tobytes()


def strongest(sound: bytes, rate: int) -> float:
    samples = np.frombuffer(sound, dtype=np.int16).astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


@pytest.mark.parametrize(
    ("rate", "channels"), [(48_000, 1), (48_000, 2), (44_100, 1), (44_100, 2), (16_000, 1)]
)
def test_every_card_s_sound_becomes_blocks_of_the_same_pitch(rate: int, channels: int) -> None:
    sound, size = tone(rate, channels), rate // 50 * channels * 2
    converter = Converter((rate, channels), (RATE, 1), BLOCK_BYTES)
    blocks = [
        block
        for start in range(0, len(sound), size)
        for block in converter.convert(sound[start : start + size])
    ]
    assert {len(block) for block in blocks} == {BLOCK_BYTES}
    assert 48 <= len(blocks) <= 50
    assert strongest(b"".join(blocks[2:]), RATE) == pytest.approx(HZ, abs=1.5)


def test_stereo_cards_get_both_channels() -> None:
    blocks = Converter((RATE, 1), (44_100, 2), 882 * 4).convert(tone(RATE, 1))
    pairs = np.frombuffer(b"".join(blocks), dtype=np.int16).reshape(-1, 2)
    assert (pairs[:, 0] == pairs[:, 1]).all()
    assert pairs.any()


def test_levels_are_in_decibels_below_full_scale() -> None:
    assert level(SILENCE) == level(b"") == -90.0
    assert level(tone(RATE, 1)) == pytest.approx(20 * math.log10(0.5 / math.sqrt(2)), abs=0.1)
    assert level(faded(tone(RATE, 1), 0.5)) == pytest.approx(level(tone(RATE, 1)) - 6.02, abs=0.1)
