import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_fakes import sine

from hotline.telephony.media.resample import Downsampler, Upsampler, ratio_of

FORMATS = [(2, 1), (2, 2), (3, 1), (6, 1), (6, 2)]


def snr(received: np.ndarray, frequency: float, rate: int) -> float:
    """Power of the tone against everything else, in dB, by least squares."""
    time = np.arange(len(received)) / rate
    basis = np.stack((np.sin(2 * np.pi * frequency * time), np.cos(2 * np.pi * frequency * time)), axis=1)
    signal = basis @ np.linalg.lstsq(basis, received, rcond=None)[0]
    return float(10 * np.log10((signal**2).sum() / ((received - signal) ** 2).sum()))


def values(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, np.int16).astype(float)


@pytest.mark.parametrize(("ratio", "channels"), FORMATS)
@pytest.mark.parametrize("frequency", [300, 1000, 3300])
def test_speech_band_goes_up_without_images(ratio: int, channels: int, frequency: int) -> None:
    out = values(Upsampler(ratio, channels).process(sine(frequency, 0.5)))[::channels]
    assert len(out) == 4000 * ratio
    assert snr(out[400:], frequency, 8000 * ratio) > 60


@pytest.mark.parametrize(("ratio", "channels"), FORMATS)
@pytest.mark.parametrize("frequency", [300, 1000, 3300])
def test_speech_band_comes_down_clean_and_at_its_level(ratio: int, channels: int, frequency: int) -> None:
    wide = np.repeat(np.frombuffer(sine(frequency, 0.5, rate=8000 * ratio), np.int16), channels)
    out = values(Downsampler(ratio, channels).process(wide.tobytes()))
    assert len(out) == 4000
    assert snr(out[400:], frequency, 8000) > 60
    assert np.sqrt(2 * (out[400:] ** 2).mean()) == pytest.approx(8000, rel=0.01)


@pytest.mark.parametrize(("ratio", "channels"), FORMATS)
@pytest.mark.parametrize("frequency", [4700, 6000, 7500])
def test_sound_above_the_band_does_not_fold_into_it(ratio: int, channels: int, frequency: int) -> None:
    wide = np.repeat(np.frombuffer(sine(frequency, 0.5, rate=8000 * ratio), np.int16), channels)
    out = values(Downsampler(ratio, channels).process(wide.tobytes()))
    assert np.abs(out[400:]).max() < 8000 * 10 ** (-60 / 20)


@given(cuts=st.lists(st.integers(0, 1000), max_size=8), ratio=st.sampled_from([2, 6]))
def test_frames_are_joined_without_a_seam_however_they_are_cut(cuts: list[int], ratio: int) -> None:
    whole = np.random.default_rng(1).integers(-9000, 9000, 500, np.int16).tobytes()
    bounds = [0, *sorted(cuts), 1000]
    up, down = Upsampler(ratio, 2), Downsampler(ratio, 2)
    pieces = [up.process(whole[a - a % 2 : b - b % 2]) for a, b in itertools.pairwise(bounds)]
    wide = b"".join(pieces)
    once = Upsampler(ratio, 2).process(whole)
    assert np.abs(values(wide) - values(once)).max() <= 1
    bounds = [0, *sorted(c % (len(wide) + 1) for c in cuts), len(wide)]
    back = b"".join(down.process(wide[a:b]) for a, b in itertools.pairwise(bounds))
    assert np.abs(values(back) - values(Downsampler(ratio, 2).process(wide))).max() <= 1


@pytest.mark.parametrize(
    ("rate", "ratio"), [(8000, 1), (16000, 2), (48000, 6), (44100, None), (11025, None), (0, None)]
)
def test_only_whole_multiples_of_8_khz_are_taken(rate: int, ratio: int | None) -> None:
    assert ratio_of(rate) == ratio
