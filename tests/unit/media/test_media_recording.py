import struct
from pathlib import Path

import numpy as np
import pytest
from media_fakes import Exchange, Line, ramp, sine, write_wav

from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.events import PromptEnded
from hotline.telephony.media import repair_wav
from hotline.telephony.media.companding import alaw_decode
from hotline.telephony.media.timeline import AHEAD, SLACK, Track


def both_channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    data = path.read_bytes()
    tag = struct.unpack_from("<H", data, 20)[0]
    body = data[data.index(b"data") + 8 :]
    pcm = alaw_decode(body) if tag == 6 else np.frombuffer(body, np.int16)
    return pcm[0::2].astype(int), pcm[1::2].astype(int)


def finished(exchange: Exchange, line: Line) -> tuple[np.ndarray, np.ndarray]:
    path = line.leg.recording
    assert path is not None
    line.leg.detach()
    exchange.run(0.02)
    exchange.engine.stop()
    return both_channels(path)


def seconds_of(channel: np.ndarray, threshold: int = 100) -> tuple[float, float]:
    """First and last loud moment."""
    loud = np.flatnonzero(np.abs(channel) > threshold)
    return loud[0] / 8000, loud[-1] / 8000


@pytest.fixture(params=["alaw", "pcm"])
def recorded(request: pytest.FixtureRequest) -> Exchange:
    return Exchange(encoding=request.param)


def test_left_is_what_came_right_is_what_went_both_on_wall_time(recorded: Exchange, tmp_path: Path) -> None:
    line = recorded.line()
    line.leg.start_recording(tmp_path / "2026" / "call.wav")
    recorded.run(1.0)
    line.stream.talk = lambda: sine(1000, 0.02)
    line.leg.play([Tone(ToneName.BUSY, 0.35)])
    recorded.run(0.5)
    line.stream.talk = None
    recorded.run(1.0)
    left, right = finished(recorded, line)
    assert len(left) == len(right) == pytest.approx(2.5 * 8000, abs=200)
    assert seconds_of(left) == pytest.approx((1.0, 1.5), abs=0.03)
    assert seconds_of(right) == pytest.approx((1.02, 1.37), abs=0.04)


def test_right_holds_what_was_sent_not_what_was_written(exchange: Exchange, tmp_path: Path) -> None:
    prompt = write_wav(tmp_path / "p.wav", ramp(24000))
    line = exchange.line()
    exchange.run(0.1)
    line.leg.start_recording(tmp_path / "call.wav")
    line.leg.play([Clip(prompt)])
    exchange.run(0.8)
    line.leg.stop_playing()
    line.leg.play([Tone(ToneName.BEEP)])
    exchange.run(1)
    _, right = finished(exchange, line)
    sent = np.frombuffer(bytes(line.stream.wire), np.int16).astype(int)[800:]
    size = min(len(right), len(sent))
    offset = max(range(-400, 401, 1), key=lambda n: _match(sent[:size], right[:size], n))
    assert abs(offset) <= 320
    assert np.abs(_shifted(sent, right, offset)).max() < 1100
    assert seconds_of(right)[1] == pytest.approx(seconds_of(sent)[1], abs=0.021)


def _match(one: np.ndarray, other: np.ndarray, n: int) -> float:
    return -float(np.abs(_shifted(one, other, n))[4000:].sum())


def _shifted(one: np.ndarray, other: np.ndarray, n: int) -> np.ndarray:
    size = min(len(one), len(other)) - 400
    return one[400:size] - other[400 + n : size + n]


def test_far_end_without_rtp_keeps_both_sides_aligned(recorded: Exchange, tmp_path: Path) -> None:
    line = recorded.line()
    line.stream.talk = lambda: sine(500, 0.02)
    line.leg.start_recording(tmp_path / "call.wav")
    recorded.run(1)
    line.stream.talk = None
    recorded.run(3)
    line.stream.talk = lambda: sine(1500, 0.02)
    recorded.run(1)
    left, _ = finished(recorded, line)
    quiet = np.abs(left[int(1.05 * 8000) : int(3.95 * 8000)])
    assert quiet.max() <= 8
    assert np.abs(left[int(4.05 * 8000) : int(4.9 * 8000)]).max() > 5000


def test_media_that_stops_altogether_is_silence_on_both_sides(recorded: Exchange, tmp_path: Path) -> None:
    line = recorded.line()
    line.stream.talk = lambda: sine(500, 0.02)
    line.leg.start_recording(tmp_path / "call.wav")
    recorded.run(1)
    line.stream.active = False
    recorded.run(2)
    line.stream.active = True
    line.stream.restart()
    recorded.run(1)
    left, right = finished(recorded, line)
    assert len(left) == len(right) == pytest.approx(4 * 8000, abs=200)
    assert np.abs(left[8400:23600]).max() <= 8


def test_wide_band_call_is_recorded_at_8_khz(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line(ratio=6, channels=2)
    line.stream.talk = lambda: np.repeat(np.frombuffer(sine(1000, 0.02, rate=48000), np.int16), 2).tobytes()
    line.leg.start_recording(tmp_path / "call.wav")
    exchange.run(1)
    left, _ = finished(exchange, line)
    crossings = ((left[1600:7600][:-1] < 0) & (left[1600:7600][1:] >= 0)).sum()
    assert crossings == pytest.approx(750, abs=4)


def test_recorded_seconds_are_the_position_in_the_file(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    assert line.leg.recorded_seconds == 0.0 and line.leg.recording is None
    exchange.run(1)
    line.leg.start_recording(tmp_path / "call.wav")
    exchange.run(1)
    begin = line.leg.recorded_seconds
    line.stream.talk = lambda: sine(700, 0.02)
    exchange.run(0.5)
    end = line.leg.recorded_seconds
    line.stream.talk = None
    exchange.run(1)
    left, _ = finished(exchange, line)
    assert seconds_of(left) == pytest.approx((begin, end), abs=0.03)
    assert line.leg.recorded_seconds == pytest.approx(2.5, abs=0.03)


def test_callers_words_can_be_played_right_after_they_were_said(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.start_recording(tmp_path / "call.wav")
    line.stream.talk = lambda: sine(700, 0.02)
    exchange.run(2)
    line.stream.talk = None
    exchange.run(1)
    exchange.engine._writer.drain()
    line.leg.play([Clip(tmp_path / "call.wav", start=0.5, end=1.5)])
    before = len(line.stream.wire)
    exchange.run(1.5)
    sent = np.frombuffer(bytes(line.stream.wire[before:]), np.int16).astype(int)
    assert (np.abs(sent) > 100).sum() == pytest.approx(8000, rel=0.05)


def test_disk_that_refuses_stops_the_recording_and_not_the_call(exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    line = exchange.line()
    line.leg.start_recording(tmp_path / "file" / "call.wav")
    line.leg.play([Silence(0.5)])
    exchange.run(0.1)
    exchange.engine._writer.drain()
    exchange.run(1)
    done = line.leg.detach()
    exchange.run(0.02)
    exchange.engine._writer.drain()
    assert line.ended == [(1, True)]
    assert line.leg.recording is None and line.leg.recorded_seconds == 0.0
    assert exchange.engine.counters.failed_recordings == 1
    assert done.done()


def test_full_disk_keeps_what_was_written_readable(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    line = exchange.line()
    line.leg.start_recording(tmp_path / "call.wav")
    exchange.run(2)
    exchange.engine._writer.drain()
    written = line.leg.recorded_seconds

    def refuse(_: int, data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        exchange.run(1)
        exchange.engine._writer.drain()
    exchange.run(1)
    assert line.leg.recording == tmp_path / "call.wav"
    assert written - 0.7 < line.leg.recorded_seconds <= written
    assert exchange.engine.counters.failed_recordings == 1
    line.leg.detach()
    exchange.run(0.1)
    exchange.engine.stop()
    assert repair_wav(tmp_path / "call.wav") == pytest.approx(line.leg.recorded_seconds, abs=0.001)


def test_stuck_disk_costs_silence_in_the_recording_not_its_alignment(
    exchange: Exchange, tmp_path: Path
) -> None:
    line = exchange.line()
    line.stream.talk = lambda: sine(700, 0.02)
    line.leg.start_recording(tmp_path / "call.wav")
    exchange.run(14)
    exchange.engine._writer.drain()
    exchange.run(2)
    left, _ = finished(exchange, line)
    assert exchange.engine.counters.dropped_recorder_frames > 100
    assert len(left) == pytest.approx(16 * 8000, abs=200)
    assert np.abs(left[15 * 8000 :]).max() > 5000
    assert np.abs(left[(12 * 8000) : int(12.5 * 8000)]).max() <= 8


def test_engine_that_stops_closes_recordings_and_ends_playbacks(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.start_recording(tmp_path / "call.wav")
    line.leg.play([Silence(10)])
    exchange.run(1)
    exchange.engine.stop()
    assert line.ended == [(1, False)]
    assert repair_wav(tmp_path / "call.wav") == pytest.approx(1.0, abs=0.03)
    assert [type(event) for event in line.events] == [PromptEnded]


# --- placing on wall time ----------------------------------------------------------------------

PORTION = 160


def placed(*portions: tuple[int, int], upto: int) -> list[tuple[int, int]]:
    """Place (samples, now) portions of ones; return the stretches of ones in the cut track."""
    track = Track()
    for count, now in portions:
        track.place(struct.pack(f"<{count}h", *([1] * count)), now)
    values = np.frombuffer(track.cut(upto), np.int16)
    assert len(values) == upto
    edges = np.flatnonzero(np.diff(np.concatenate(([0], values, [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize(
    ("portions", "stretches"),
    [
        pytest.param([(160, 160), (160, 320)], [(0, 320)], id="steady"),
        pytest.param([(160, 8000)], [(7840, 8000)], id="first sound comes late"),
        pytest.param([(160, 160), (320, 640), (160, 640)], [(0, 640)], id="jitter leaves no holes"),
        pytest.param([(160, 160), (1440, 1600)], [(0, 1600)], id="burst after a stall fills its time"),
        pytest.param([(160, 160), (160, 8000)], [(0, 160), (7840, 8000)], id="gap is silence"),
        pytest.param([(160, 1600), (160, 1600), (160, 1600)], [(1440, 1920)], id="early is kept"),
        pytest.param(
            [(160, 160), (8000, 8000), (1600, 8000), (160, 8000)], [(0, 8000 + AHEAD)], id="too early is cut"
        ),
    ],
)
def test_portions_find_their_place(portions: list[tuple[int, int]], stretches: list[tuple[int, int]]) -> None:
    assert placed(*portions, upto=12000) == stretches


def test_sound_after_a_cut_gap_is_placed_at_its_own_time() -> None:
    track = Track()
    track.place(b"\1\0" * 160, 160)
    assert len(track.cut(8000 - SLACK)) == 2 * (8000 - SLACK)
    track.place(b"\1\0" * 160, 8000)
    rest = np.frombuffer(track.cut(8000), np.int16)
    assert np.flatnonzero(rest)[0] == SLACK - 160


def test_a_refused_recording_is_deleted_and_no_other_is_begun(exchange: Exchange, tmp_path: Path) -> None:
    line, path = exchange.line(), tmp_path / "call.wav"
    line.leg.start_recording(path)
    exchange.run(1.0)
    exchange.engine._writer.drain()  # its thread does not run here
    assert path.stat().st_size > 1000
    line.leg.discard_recording()
    line.leg.start_recording(tmp_path / "again.wav")
    line.leg.play([Tone(ToneName.BEEP)])
    exchange.run(1.0)
    assert (line.leg.recording, line.leg.recorded_seconds) == (None, 0.0)
    line.leg.detach()
    exchange.run(0.1)
    exchange.engine.stop()
    assert list(tmp_path.iterdir()) == []
