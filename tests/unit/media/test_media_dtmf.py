from pathlib import Path

import numpy as np
import pytest
from media_fakes import Exchange

from hotline.call.audio import Clip
from hotline.call.events import Digit
from hotline.telephony.media.clips import decode_clip
from hotline.telephony.media.companding import alaw_decode, alaw_encode
from hotline.telephony.media.dtmf import DtmfDetector

LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = ("123A", "456B", "789C", "*0#D")
CHECKOUT = Path(__file__).parents[3]
SPEECH = [
    *sorted((CHECKOUT.parent / "shared" / "speech-eval" / "wav").glob("*.wav")),
    *sorted((CHECKOUT / "prompts").glob("*/*.wav")),
]


def key_tone(
    key: str,
    milliseconds: float,
    *,
    level: float = 4000,
    twist_db: float = 0.0,
    detune: float = 0.0,
) -> np.ndarray:
    """A key press; ``twist_db`` raises the high tone against the low one."""
    row = next(n for n, keys in enumerate(KEYS) if key in keys)
    time = np.arange(round(milliseconds * 8)) / 8000
    low = np.sin(2 * np.pi * LOW[row] * (1 + detune) * time)
    high = np.sin(2 * np.pi * HIGH[KEYS[row].index(key)] * (1 + detune) * time)
    return level * (low * 10 ** (-twist_db / 40) + high * 10 ** (twist_db / 40))


def pause(milliseconds: float) -> np.ndarray:
    return np.zeros(round(milliseconds * 8))


def keys_in(*sound: np.ndarray, noise_db: float | None = None, shift: int = 0) -> str:
    signal = np.concatenate((np.zeros(400 + shift), *sound, np.zeros(800)))
    if noise_db is not None:
        power = 4000**2 / 10 ** (noise_db / 10)
        signal = signal + np.random.default_rng(3).normal(0, power**0.5, len(signal))
    pcm = alaw_decode(alaw_encode(np.clip(signal, -32768, 32767).astype(np.int16)).tobytes())
    detector = DtmfDetector()
    frames = (pcm[start : start + 160].tobytes() for start in range(0, len(pcm) - 159, 160))
    return "".join(detector.feed(frame) for frame in frames)


@pytest.mark.parametrize("key", list("".join(KEYS)))
@pytest.mark.parametrize("shift", [0, 37, 79, 133])
def test_every_key_is_found_however_it_falls_on_frames(key: str, shift: int) -> None:
    assert keys_in(key_tone(key, 70), shift=shift) == key


@pytest.mark.parametrize("shift", range(0, 160, 20))
def test_tones_and_pauses_of_40_ms_are_enough(shift: int) -> None:
    presses = [part for key in "1590" for part in (key_tone(key, 40), pause(40))]
    assert keys_in(*presses, shift=shift) == "1590"


@pytest.mark.parametrize("shift", range(0, 160, 20))
def test_same_key_twice_with_40_ms_between_is_two_keys(shift: int) -> None:
    assert keys_in(key_tone("7", 60), pause(40), key_tone("7", 60), shift=shift) == "77"


def test_long_press_is_one_key() -> None:
    assert keys_in(key_tone("5", 3000)) == "5"


@pytest.mark.parametrize("hole", [5, 10, 20])
@pytest.mark.parametrize("shift", [0, 50, 100])
def test_lost_packet_in_a_press_does_not_double_it(hole: float, shift: int) -> None:
    assert keys_in(key_tone("5", 80), pause(hole), key_tone("5", 80), shift=shift) == "5"


@pytest.mark.parametrize("shift", range(0, 160, 20))
def test_tones_of_20_ms_are_no_key(shift: int) -> None:
    assert keys_in(key_tone("5", 20), shift=shift) == ""


@pytest.mark.parametrize("detune", [-0.015, 0.015])
@pytest.mark.parametrize("key", list("1590*#D"))
def test_frequencies_off_by_one_and_a_half_percent_are_taken(key: str, detune: float) -> None:
    assert keys_in(key_tone(key, 70, detune=detune)) == key


@pytest.mark.parametrize("detune", [-0.05, 0.05])
@pytest.mark.parametrize("key", list("159D"))
def test_frequencies_off_by_five_percent_are_not(key: str, detune: float) -> None:
    assert keys_in(key_tone(key, 70, detune=detune)) == ""


@pytest.mark.parametrize(("twist", "found"), [(-8.0, "5"), (-4.0, "5"), (4.0, "5"), (-14.0, ""), (9.0, "")])
def test_tones_may_differ_as_much_as_q24_says(twist: float, found: str) -> None:
    assert keys_in(key_tone("5", 70, twist_db=twist)) == found


@pytest.mark.parametrize(("level", "found"), [(1500, "5"), (600, "5"), (100, "")])
def test_quiet_keys_are_found_down_to_the_threshold(level: float, found: str) -> None:
    assert keys_in(key_tone("5", 70, level=level)) == found


def test_keys_are_found_in_noise() -> None:
    presses = [part for key in "13579*0#" for part in (key_tone(key, 70), pause(70))]
    assert keys_in(*presses, noise_db=15) == "13579*0#"


def test_noise_and_single_tones_are_no_keys() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 5000, 8000 * 20)
    time = np.arange(8000) / 8000
    singles = [8000 * np.sin(2 * np.pi * frequency * time) for frequency in (*LOW, *HIGH, 450, 1000)]
    assert keys_in(noise) == ""
    assert keys_in(*singles) == ""


def test_dial_and_ring_back_tones_are_no_keys() -> None:
    time = np.arange(16000) / 8000
    assert keys_in(9000 * np.sin(2 * np.pi * 450 * time)) == ""
    assert keys_in(4000 * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time))) == ""


@pytest.mark.skipif(not SPEECH, reason="neither prompts nor the speech evaluation set are here")
def test_speech_is_no_key() -> None:
    found = {}
    for path in SPEECH:
        pcm = np.frombuffer(decode_clip(Clip(path)), np.int16)
        if keys := keys_in(pcm.astype(float)):
            found[path.name] = keys
    assert found == {}


def test_call_posts_each_press_once_and_only_while_asked_to() -> None:
    exchange = Exchange()
    line = exchange.line()
    sound = np.concatenate([p for key in "12#" for p in (key_tone(key, 100), pause(100))])
    pcm = sound.astype(np.int16).tobytes()

    def say() -> None:
        frames = iter([pcm[start : start + 320] for start in range(0, len(pcm), 320)])
        line.stream.talk = lambda: next(frames, b"")
        exchange.run(0.7)

    say()
    assert line.events == []
    line.leg.detect_digits(True)
    say()
    assert line.events == [Digit(key=key, source="inband") for key in "12#"]
    line.leg.detect_digits(False)
    say()
    assert len(line.events) == 3
    exchange.engine.stop()
