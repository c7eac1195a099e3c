import io
import struct
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from media_fakes import ramp, write_wav

from hotline.telephony.media import UnreadableRecording, repair_wav
from hotline.telephony.media.wavfile import NotWav, Tag, read_layout, recording_header, sound_bytes

LOUD = bytes((n * 7 + 1) % 255 + 1 for n in range(4000))
"""Sound without zero bytes: 2,000 A-law or 1,000 PCM stereo samples."""


def recording(tag: Tag, data: bytes, declared: int | None = None) -> bytes:
    return recording_header(tag, len(data) if declared is None else declared) + data


def readable(path: Path) -> tuple[int, bytes]:
    """Samples and sound by the header alone, as any other program reads it."""
    with path.open("rb") as file:
        layout = read_layout(file)
        file.seek(4)
        riff = struct.unpack("<I", file.read(4))[0]
        assert riff == path.stat().st_size - 8
        file.seek(layout.data_offset)
        data = file.read(layout.declared_bytes)
        assert len(data) == layout.declared_bytes
    return layout.declared_bytes // layout.frame_bytes, data


@pytest.mark.parametrize("tag", [Tag.ALAW, Tag.PCM])
@pytest.mark.parametrize("declared", [None, 0, 1000, 0xFFFFFFFF, 123456])
def test_whatever_the_header_says_the_sound_on_disk_counts(
    tmp_path: Path, tag: Tag, declared: int | None
) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(tag, LOUD, declared))
    frame = 2 if tag is Tag.ALAW else 4
    assert repair_wav(path) == len(LOUD) / frame / 8000
    assert readable(path) == (len(LOUD) // frame, LOUD)


def test_pcm_recording_opens_with_the_standard_library(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(Tag.PCM, LOUD, 0))
    repair_wav(path)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 1000)
        assert file.readframes(2000) == LOUD


def test_repair_of_a_good_file_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(Tag.ALAW, LOUD))
    path.chmod(0o600)
    before = path.stat().st_mtime_ns
    assert repair_wav(path) == 0.25
    assert path.stat().st_mtime_ns == before


def test_cut_last_frame_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(Tag.PCM, LOUD + b"\1\2\3", 4000))
    assert repair_wav(path) == 0.125
    assert readable(path) == (1000, LOUD)


@pytest.mark.parametrize(("zeros", "kept"), [(4096, 2000), (64, 2000), (20, 2010)])
def test_blocks_the_disk_never_got_are_taken_off_a_law(tmp_path: Path, zeros: int, kept: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(Tag.ALAW, LOUD + bytes(zeros), 0))
    assert repair_wav(path) == kept / 8000
    assert readable(path)[0] == kept


def test_silence_at_the_end_of_pcm_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(recording(Tag.PCM, LOUD + bytes(4000), 0))
    assert repair_wav(path) == 0.25


@pytest.mark.parametrize("content", [b"", b"RI", recording_header(Tag.ALAW, 0), recording_header(Tag.PCM, 0)])
def test_file_without_sound_is_deleted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    assert repair_wav(path) == 0.0
    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"this is no recording at all, but a text somebody put into the folder by mistake " * 3,
        bytes(5000),
        b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 2, 8000, 64000, 8, 32) + b"data\0\0\0\0abcd",
    ],
)
def test_foreign_file_is_reported_by_name_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableRecording, match=r"notes\.wav") as caught:
        repair_wav(path)
    assert caught.value.code == "unreadable-recording"
    assert path.read_bytes() == content


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(
    tag=st.sampled_from([Tag.ALAW, Tag.PCM]),
    sound=st.binary(max_size=400),
    declared=st.integers(0, 2**32 - 1),
    cut=st.integers(0, 500),
)
def test_recording_cut_anywhere_is_readable_or_gone(
    tmp_path: Path, tag: Tag, sound: bytes, declared: int, cut: int
) -> None:
    path = tmp_path / "call.wav"
    whole = recording(tag, sound, declared)
    kept = whole[: max(len(whole) - cut, 0)]
    path.write_bytes(kept)
    seconds = repair_wav(path)
    frame = 2 if tag is Tag.ALAW else 4
    on_disk = max(len(kept) - len(recording_header(tag, 0)), 0) // frame
    if seconds == 0.0:
        assert not path.exists()
        assert tag is Tag.ALAW or on_disk == 0
        return
    count, data = readable(path)
    assert seconds == count / 8000
    assert sound.startswith(data)
    if tag is Tag.PCM:
        assert count == on_disk
    assert repair_wav(path) == seconds


@pytest.mark.parametrize("tail", [b"LIST\4\0\0\0INFO", b"LIST\3\0\0\0abc\0", b"LIST\3\0\0\0abc"])
def test_chunks_after_the_sound_are_no_sound(tmp_path: Path, tail: bytes) -> None:
    path = write_wav(tmp_path / "p.wav", ramp(100), tail=tail)
    with path.open("rb") as file:
        assert sound_bytes(file, read_layout(file)) == 200


def test_sound_beyond_a_stale_header_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "growing.wav"
    path.write_bytes(recording(Tag.ALAW, LOUD, 100))
    with path.open("rb") as file:
        assert sound_bytes(file, read_layout(file)) == 4000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not begin"),
        (b"RIFF\0\0\0\0WAVE", "no sound chunk"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "does not say"),
        (
            b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 6, 8000, 0, 0, 16) + b"data\0\0\0\0",
            "6 channels",
        ),
        (
            b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 85, 1, 8000, 0, 0, 0) + b"data\0\0\0\0",
            "format 85",
        ),
    ],
)
def test_what_cannot_be_played_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(NotWav, match=reason):
        read_layout(io.BytesIO(content))
