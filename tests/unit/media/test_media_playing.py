from pathlib import Path

import pytest
from media_fakes import Exchange, Line, ramp, samples, sine, write_wav
from structlog.testing import capture_logs

from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.events import PromptEnded
from hotline.telephony.media.sounds import tone


def spoken(line: Line) -> tuple[int, ...]:
    """What went over the wire without the silence before and after it."""
    values = samples(bytes(line.stream.wire))
    first = next((n for n, value in enumerate(values) if value), len(values))
    last = next((n for n in range(len(values), 0, -1) if values[n - 1]), 0)
    return values[first:last]


def ended_at(line: Line, playback: int) -> float:
    return next(at for at, e in line.dated if isinstance(e, PromptEnded) and e.playback == playback)


def test_items_and_playbacks_follow_each_other_without_a_gap(exchange: Exchange, tmp_path: Path) -> None:
    one = write_wav(tmp_path / "1.wav", ramp(1000))
    two = write_wav(tmp_path / "2.wav", ramp(777, 1001))
    three = write_wav(tmp_path / "3.wav", ramp(300, 1778))
    line = exchange.line()
    assert line.leg.play([Clip(one), Clip(two)]) == 1
    assert line.leg.play([Clip(three)]) == 2
    exchange.run(1)
    assert spoken(line) == samples(ramp(2077))
    assert line.ended == [(1, True), (2, True)]


def test_prompt_ends_when_its_last_sample_left_not_when_it_was_written(
    exchange: Exchange, tmp_path: Path
) -> None:
    line = exchange.line()
    started = exchange.clock.seconds
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 0.8)))])
    exchange.run(0.02)
    assert len(line.stream.tx) == 2 * 6400
    exchange.run(1.5)
    assert ended_at(line, 1) - started == pytest.approx(0.8 + 0.02, abs=0.021)


def test_no_more_than_a_second_is_written_ahead(exchange: Exchange) -> None:
    line = exchange.line()
    line.leg.play([Tone(ToneName.MUSIC)])
    deepest = 0
    for _ in range(200):
        exchange.run(0.02)
        deepest = max(deepest, len(line.stream.tx))
    assert deepest <= 16000
    assert line.stream.starved == 0


def test_barge_in_silences_within_a_frame_and_ends_every_playback(exchange: Exchange, tmp_path: Path) -> None:
    prompt = write_wav(tmp_path / "p.wav", sine(400, 5))
    line = exchange.line()
    line.leg.play([Clip(prompt)])
    line.leg.play([Clip(prompt)])
    exchange.run(1)
    line.leg.stop_playing()
    exchange.run(0.02)
    before = len(line.stream.wire)
    exchange.run(1)
    assert not any(line.stream.wire[before:])
    assert line.ended == [(1, False), (2, False)]


def test_prompt_after_a_barge_in_is_heard_whole(exchange: Exchange, tmp_path: Path) -> None:
    long = write_wav(tmp_path / "long.wav", sine(400, 5))
    answer = write_wav(tmp_path / "answer.wav", ramp(2000, 20001))
    line = exchange.line()
    line.leg.play([Clip(long)])
    exchange.run(1)
    line.leg.stop_playing()
    line.leg.play([Clip(answer)])
    exchange.run(1)
    assert spoken(line)[-2000:] == samples(ramp(2000, 20001))
    assert line.ended == [(1, False), (2, True)]
    assert ended_at(line, 2) - ended_at(line, 1) < 0.25 + 0.07


def test_a_playback_that_was_sent_to_its_end_is_not_ended_again_by_a_barge_in(
    exchange: Exchange, tmp_path: Path
) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 0.3)))])
    exchange.run(0.5)
    line.leg.stop_playing()
    line.leg.stop_playing()
    exchange.run(0.1)
    assert line.ended == [(1, True)]


def test_missing_clip_is_left_out_and_the_rest_is_played(exchange: Exchange, tmp_path: Path) -> None:
    there = write_wav(tmp_path / "there.wav", ramp(320))
    line = exchange.line()
    line.leg.play([Clip(tmp_path / "gone.wav"), Clip(there), Clip(tmp_path / "gone.wav")])
    exchange.run(0.5)
    assert spoken(line) == samples(ramp(320))
    assert line.ended == [(1, True)]
    assert exchange.engine.counters.missing_clips == 2


def test_playing_nothing_ends_at_once(exchange: Exchange) -> None:
    line = exchange.line()
    line.leg.play([])
    exchange.run(0.06)
    assert line.ended == [(1, True)]


@pytest.mark.parametrize("items", [[], [Clip(Path("/nowhere/music.wav"))]])
def test_repeating_nothing_is_silence_until_it_is_stopped(exchange: Exchange, items: list[Clip]) -> None:
    line = exchange.line()
    line.leg.play(items, repeat=True)
    exchange.run(2)
    assert line.ended == []
    line.leg.stop_playing()
    exchange.run(0.1)
    assert line.ended == [(1, False)]


def test_repeated_items_begin_again_without_a_gap(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(800)))], repeat=True)
    exchange.run(1)
    assert spoken(line)[:4000] == samples(ramp(800)) * 5


def test_silence_and_tones_have_their_length(exchange: Exchange) -> None:
    line = exchange.line()
    line.leg.play([Tone(ToneName.BEEP), Silence(0.25), Tone(ToneName.BUSY, 2.0)])
    exchange.run(3)
    values = spoken(line)
    beep = len(samples(tone(ToneName.BEEP)))
    assert any(values[:beep]) and not any(values[beep : beep + 2000])
    assert ended_at(line, 1) - 1000 == pytest.approx(0.2 + 0.25 + 2.0, abs=0.05)


def test_clip_that_is_still_loading_holds_back_what_follows(exchange: Exchange, tmp_path: Path) -> None:
    slow = write_wav(tmp_path / "slow.wav", ramp(1600))
    quick = write_wav(tmp_path / "quick.wav", ramp(1600, 1601))
    exchange.loader.slow[slow] = None
    line = exchange.line()
    line.leg.play([Clip(slow), Clip(quick)])
    exchange.run(1)
    assert spoken(line) == ()
    exchange.loader.arrive(slow)
    exchange.run(1)
    assert spoken(line) == samples(ramp(3200))


def test_clip_that_does_not_load_in_three_seconds_is_left_out(exchange: Exchange, tmp_path: Path) -> None:
    slow = write_wav(tmp_path / "slow.wav", ramp(1600))
    exchange.loader.slow[slow] = None
    line = exchange.line()
    line.leg.play([Clip(slow), Clip(write_wav(tmp_path / "quick.wav", ramp(1600)))])
    exchange.run(2.9)
    assert spoken(line) == ()
    exchange.run(1)
    assert spoken(line) == samples(ramp(1600))
    assert exchange.engine.counters.missing_clips == 1
    assert line.ended == [(1, True)]


def test_own_music_wins_and_a_missing_one_falls_back_to_the_built_in(tmp_path: Path) -> None:
    own = write_wav(tmp_path / "own.wav", ramp(800))
    for path, expected in (
        (own, samples(ramp(800)) * 2),
        (tmp_path / "no.wav", samples(tone(ToneName.MUSIC))),
    ):
        exchange = Exchange(music=path)
        line = exchange.line()
        line.leg.play([Tone(ToneName.MUSIC, 0.2)])
        exchange.run(0.5)
        heard = samples(bytes(line.stream.wire))
        first = next(n for n, value in enumerate(expected) if value)
        start = next(n for n, value in enumerate(heard) if value)
        assert heard[start : start + 1000] == expected[first : first + 1000]
        assert line.ended == [(1, True)]
        exchange.engine.stop()


@pytest.mark.parametrize(("ratio", "channels"), [(2, 1), (6, 2)])
def test_wide_band_calls_hear_prompts_at_their_speed(
    exchange: Exchange, tmp_path: Path, ratio: int, channels: int
) -> None:
    line = exchange.line(ratio=ratio, channels=channels)
    started = exchange.clock.seconds
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 1.0)))])
    exchange.run(1.5)
    assert ended_at(line, 1) - started == pytest.approx(1.02, abs=0.025)
    assert line.stream.starved == 0
    heard = [abs(v) for v in samples(bytes(line.stream.wire))]
    assert max(heard) == pytest.approx(8000, rel=0.05)
    assert sum(v > 100 for v in heard) == pytest.approx(8000 * ratio * channels, rel=0.05)


def test_re_invite_in_the_middle_repeats_what_was_lost_and_nothing_else(
    exchange: Exchange, tmp_path: Path
) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(16000)))])
    exchange.run(0.7)
    line.stream.restart()
    exchange.run(3)
    values = [v for v in samples(bytes(line.stream.wire)) if v]
    again = values.index(values[0] + 1)
    assert again == 1
    assert sorted(set(values)) == list(range(1, 16001))
    assert len(values) - 16000 <= 320
    assert line.ended == [(1, True)]


def test_re_invite_to_another_codec_goes_on_at_its_rate(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 2.0)))])
    exchange.run(1.0)
    line.stream.restart(tx_sample_rate=16000, rx_sample_rate=16000)
    before = len(line.stream.wire)
    exchange.run(2)
    loud = sum(abs(v) > 100 for v in samples(bytes(line.stream.wire[before:])))
    assert loud == pytest.approx(16000, rel=0.06)
    assert line.ended == [(1, True)]


def test_re_invite_that_only_replaces_receiving_repeats_nothing(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(16000)))])
    exchange.run(0.7)
    line.stream.restart(both=False)
    exchange.run(3)
    assert spoken(line) == samples(ramp(16000))
    assert line.ended == [(1, True)]


def test_barge_in_during_a_re_invite_still_silences(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(30000)))])
    exchange.run(0.7)
    line.stream.restart(both=False)
    line.leg.stop_playing()
    exchange.run(0.06)
    before = len(line.stream.wire)
    exchange.run(1)
    assert not any(line.stream.wire[before:])
    assert line.ended == [(1, False)]


def test_media_that_goes_away_for_a_while_only_delays_a_prompt(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.stream.active = False
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(16000)))])
    exchange.run(1)
    line.stream.active = True
    exchange.run(0.5)
    line.stream.active = False
    exchange.run(0.3)
    line.stream.active = True
    line.stream.restart()
    exchange.run(3)
    values = [v for v in samples(bytes(line.stream.wire)) if v]
    assert sorted(set(values)) == list(range(1, 16001))
    assert line.ended == [(1, True)]


def test_hold_pauses_a_prompt_and_what_was_not_heard_follows(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(16000)))])
    exchange.run(0.7)
    line.leg.hold(True)
    exchange.run(0.02)
    held_from = len(line.stream.wire)
    exchange.run(2)
    assert not any(line.stream.wire[held_from:])
    assert line.ended == []
    line.leg.hold(False)
    exchange.run(2)
    assert [v for v in samples(bytes(line.stream.wire)) if v] == list(range(1, 16001))
    assert line.ended == [(1, True)]


def test_call_that_ends_ends_its_playbacks_once(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 2)))])
    line.leg.play([Silence(1)])
    exchange.run(0.3)
    line.stream.active = False
    exchange.run(0.1)
    done = line.leg.detach()
    assert line.leg.detach() is done
    exchange.run(0.1)
    assert line.ended == [(1, False), (2, False)]
    assert done.done()
    assert line.leg.play([Silence(1)]) == 3
    exchange.run(0.1)
    assert line.ended[2:] == [(3, False)]
    assert exchange.engine.counters.legs == 0


def test_rate_that_is_no_multiple_of_8_khz_leaves_the_call_silent_and_alive(
    exchange: Exchange, tmp_path: Path
) -> None:
    line, other = exchange.line(), exchange.line()
    line.stream.restart(tx_sample_rate=44100, rx_sample_rate=44100)
    for one in (line, other):
        one.leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 0.2)))])
    exchange.run(1)
    assert line.ended == [] and other.ended == [(1, True)]
    assert exchange.engine.counters.failed_legs == 0


def test_call_is_heard_before_it_can_be_spoken_to(exchange: Exchange, tmp_path: Path) -> None:
    line = exchange.line()
    line.stream.restart(tx_ready=False)
    line.stream.talk = lambda: sine(500, 0.02)
    frames: list[bytes] = []
    line.leg.tap(frames.append)
    line.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(800)))])
    with capture_logs() as logs:
        exchange.run(0.5)
    assert len(frames) == 25 and logs == [] and line.ended == []
    line.stream.restart(tx_ready=True)
    exchange.run(0.5)
    assert spoken(line) == samples(ramp(800))


def test_fault_in_one_call_does_not_touch_the_others(exchange: Exchange) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise AttributeError(name)

    events: list[object] = []
    broken = exchange.engine.attach(Broken(), post=events.append)  # type: ignore[arg-type]
    broken.play([Silence(1)])
    line = exchange.line()
    line.leg.play([Silence(0.1)])
    exchange.run(0.5)
    assert line.ended == [(1, True)]
    assert events == [PromptEnded(playback=1, completed=False)]
    assert exchange.engine.counters.failed_legs == 1
    assert exchange.engine.counters.legs == 1
