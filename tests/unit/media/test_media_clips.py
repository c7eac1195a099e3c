import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from media_fakes import ManualClock, ramp, samples, sine, write_wav
from structlog.testing import capture_logs

from hotline.call.audio import Clip
from hotline.telephony.media import clips
from hotline.telephony.media.clips import FileClipLoader, LoadedClip, decode_clip
from hotline.telephony.media.companding import alaw_encode
from hotline.telephony.media.wavfile import NotWav, Tag, recording_header

DEADLINE = 5.0


class Loading:
    """A loader with its threads; ``load`` waits for them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.settled: list[Clip] = []
        self.loader = FileClipLoader(clock=self.clock.monotonic, settle=self.settled.append)

    def load(self, clip: Clip) -> LoadedClip:
        arrived = threading.Event()
        loaded = self.loader.load(clip, arrived.set)
        assert loaded.done or arrived.wait(DEADLINE)
        return loaded


@pytest.fixture
def loading() -> Iterator[Loading]:
    made = Loading()
    yield made
    made.loader.stop()


def test_mono_pcm_is_played_as_it_is(tmp_path: Path) -> None:
    assert decode_clip(Clip(write_wav(tmp_path / "p.wav", ramp(500)))) == ramp(500)


@pytest.mark.parametrize("tag", [6, 7])
def test_companded_files_are_decoded(tmp_path: Path, tag: int) -> None:
    path = write_wav(tmp_path / "p.wav", bytes([0xD5, 0x55, 0x00, 0xFF]), tag=tag)
    expected = {6: (8, -8, -5504, 848), 7: (716, -716, -32124, 0)}[tag]
    assert samples(decode_clip(Clip(path))) == expected


@pytest.mark.parametrize(("channel", "first"), [(0, 1), (1, 1001), (7, 1001)])
def test_one_side_of_a_stereo_file_is_played(tmp_path: Path, channel: int, first: int) -> None:
    both = np.stack((np.arange(1, 501), np.arange(1001, 1501)), axis=1).astype("<i2").tobytes()
    path = write_wav(tmp_path / "p.wav", both, channels=2)
    assert samples(decode_clip(Clip(path, channel=channel)))[:3] == (first, first + 1, first + 2)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0.0, None, (1, 8000)), (0.25, 0.5, (2001, 4000)), (0.9, 7.0, (7201, 8000)), (5.0, None, None)],
)
def test_stretch_is_cut_by_seconds(
    tmp_path: Path, start: float, end: float | None, expected: tuple[int, int] | None
) -> None:
    path = write_wav(tmp_path / "p.wav", ramp(8000))
    values = samples(decode_clip(Clip(path, start=start, end=end)))
    assert (values[0], values[-1]) == expected if expected else values == ()


@pytest.mark.parametrize("rate", [16000, 48000])
def test_own_recordings_at_other_rates_are_brought_to_8_khz(tmp_path: Path, rate: int) -> None:
    path = write_wav(tmp_path / "p.wav", sine(487, 1.0, rate=rate), rate=rate)
    values = np.frombuffer(decode_clip(Clip(path)), np.int16)
    assert len(values) == 8000
    values = values[100:]  # the filter rings when a tone begins at once
    assert ((values[:-1] < 0) & (values[1:] >= 0)).sum() == pytest.approx(487 * 7900 / 8000, abs=2)


def test_rate_that_cannot_be_played_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotWav, match="44100 Hz; save it with 8000 Hz"):
        decode_clip(Clip(write_wav(tmp_path / "p.wav", ramp(10), rate=44100)))


def test_file_that_is_being_written_is_played_as_far_as_it_got(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    both = np.repeat(np.frombuffer(ramp(1000), np.int16), 2).reshape(-1, 2)
    path.write_bytes(recording_header(Tag.ALAW, 0) + alaw_encode(both).tobytes() + b"\x01")
    assert len(decode_clip(Clip(path, start=0.05, end=9.0))) == 2 * 600


def test_extensible_header_is_understood(tmp_path: Path) -> None:
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4) + guid
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", 20) + ramp(10)
    path = tmp_path / "p.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert decode_clip(Clip(path)) == ramp(10)


def test_prompt_is_loaded_by_a_thread_and_then_comes_from_memory(tmp_path: Path, loading: Loading) -> None:
    path = write_wav(tmp_path / "p.wav", ramp(100))
    assert loading.load(Clip(path)).pcm == ramp(100)
    path.unlink()
    again = loading.loader.load(Clip(path), lambda: pytest.fail("no thread is needed"))
    assert again.done and again.pcm == ramp(100)


def test_replaced_prompt_is_heard_once_the_cache_looked_again(tmp_path: Path, loading: Loading) -> None:
    path = write_wav(tmp_path / "p.wav", ramp(100))
    loading.load(Clip(path))
    write_wav(path, ramp(120))
    loading.clock.seconds += clips.TRUSTED_SECONDS + 0.1
    assert loading.load(Clip(path)).pcm == ramp(120)


def test_unchanged_prompt_is_not_decoded_again(
    tmp_path: Path, loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_wav(tmp_path / "p.wav", ramp(100))
    first = loading.load(Clip(path))
    monkeypatch.setattr(clips, "decode_clip", lambda clip: pytest.fail("decoded again"))
    loading.clock.seconds += 60
    assert loading.load(Clip(path)).pcm is first.pcm


def test_memory_for_prompts_is_bounded(
    tmp_path: Path, loading: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "CACHE_BYTES", 1000)
    paths = [write_wav(tmp_path / f"{n}.wav", ramp(100)) for n in range(8)]
    for path in paths:
        loading.load(Clip(path))
        path.unlink()
    assert [loading.load(Clip(path)).pcm is not None for path in paths] == [False] * 3 + [True] * 5


def test_stretch_waits_until_a_running_recording_has_it(tmp_path: Path, loading: Loading) -> None:
    clip = Clip(write_wav(tmp_path / "p.wav", ramp(8000)), start=0.5, end=0.75)
    assert len(loading.load(clip).pcm or b"") == 4000
    assert loading.settled == [clip]


@pytest.mark.parametrize("problem", ["missing", "no wav", "folder"])
def test_unreadable_clip_is_counted_each_time_and_logged_once(
    tmp_path: Path, loading: Loading, problem: str
) -> None:
    path = tmp_path / "p.wav"
    if problem == "no wav":
        path.write_bytes(os.urandom(100))
    elif problem == "folder":
        path.mkdir()
    with capture_logs() as logs:
        for _ in range(3):
            loaded = loading.load(Clip(path))
            assert loaded.done and loaded.pcm is None
    assert loading.loader.missing == 3
    assert [entry["path"] for entry in logs] == [str(path)]
