import numpy as np
import pytest

from hotline.telephony.media.companding import (
    ALAW_SILENCE,
    alaw_decode,
    alaw_decoder,
    alaw_encode,
    ulaw_decode,
)

EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize(
    ("code", "value"),
    [(0xD5, 8), (0x55, -8), (0xAA, 32256), (0x2A, -32256), (0xC5, 264), (0x80, 5504), (0x00, -5504)],
)
def test_alaw_bytes_have_the_values_of_g711(code: int, value: int) -> None:
    assert alaw_decode(bytes([code])).tolist() == [value]


@pytest.mark.parametrize(
    ("code", "value"), [(0xFF, 0), (0x7F, 0), (0x80, 32124), (0x00, -32124), (0xEF, 132)]
)
def test_ulaw_bytes_have_the_values_of_g711(code: int, value: int) -> None:
    assert ulaw_decode(bytes([code])).tolist() == [value]


def test_every_alaw_byte_survives_decoding_and_encoding() -> None:
    assert alaw_encode(alaw_decode(EVERY_BYTE)).tobytes() == EVERY_BYTE


def test_every_sample_becomes_its_nearest_alaw_value() -> None:
    every_sample = np.arange(-32768, 32768).astype(np.int16)
    coded = alaw_decode(alaw_encode(every_sample).tobytes()).astype(np.int32)
    levels = np.sort(alaw_decoder().astype(np.int32))
    distance = np.abs(levels[:, None] - every_sample[None, ::97].astype(np.int32)).min(axis=0)
    assert (np.abs(coded - every_sample)[::97] == distance).all()


def test_silence_is_coded_as_the_smallest_value() -> None:
    assert alaw_encode(np.zeros(3, np.int16)).tolist() == [ALAW_SILENCE] * 3
