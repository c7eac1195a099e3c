from pathlib import Path

import numpy as np
import pytest
from media_fakes import FRAME, Exchange, Line, ramp, samples, sine, write_wav

from hotline.call.audio import FRAME_BYTES, Clip, Silence
from hotline.call.events import BridgeEnded, PromptEnded


class Talker:
    """Says 1, 2, 3 … sample by sample."""

    def __init__(self, first: int = 1, samples_each: int = 160) -> None:
        self._next = first
        self._each = samples_each

    def __call__(self) -> bytes:
        self._next += self._each
        return ramp(self._each, self._next - self._each)


def pair(exchange: Exchange, **format_: int) -> tuple[Line, Line]:
    one, other = exchange.line(), exchange.line(**format_)
    exchange.run(0.1)
    one.leg.bridge(other.leg)
    return one, other


def test_each_side_hears_the_other_without_a_hole(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk, other.stream.talk = Talker(1), Talker(15001)
    exchange.run(1)
    for line, first in ((other, 1), (one, 15001)):
        heard = [v for v in samples(bytes(line.stream.wire)) if v]
        assert heard == list(range(first, first + len(heard)))
        assert len(heard) > 7000


def test_delay_through_a_bridge_is_at_most_three_frames(exchange: Exchange) -> None:
    one, other = pair(exchange)
    exchange.run(1)
    begun = len(other.stream.wire)
    one.stream.talk = Talker()
    exchange.run(1)
    wire = samples(bytes(other.stream.wire[begun:]))
    first = next(n for n, v in enumerate(wire) if v)
    assert first / 8000 <= 0.06


def test_backlog_above_60_ms_is_trimmed(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk = Talker()
    exchange.run(0.5)
    one.stream.rx += ramp(8000)
    deepest = 0
    for _ in range(50):
        exchange.run(0.02)
        deepest = max(deepest, len(other.stream.tx))
    assert deepest <= 2 * 480
    assert exchange.engine.counters.trimmed_bridge_frames == pytest.approx(49, abs=3)


def test_uneven_portions_are_passed_on_without_starving_the_line(exchange: Exchange) -> None:
    one, other = pair(exchange)
    portions = iter([240, 0, 240, 160] * 100)
    position = [1]

    def talk() -> bytes:
        count = next(portions)
        position[0] += count
        return ramp(count, position[0] - count)

    one.stream.talk = talk
    exchange.run(2)
    heard = [v for v in samples(bytes(other.stream.wire)) if v]
    assert heard == list(range(1, len(heard) + 1)) and len(heard) > 14000
    assert other.stream.starved == 0


@pytest.mark.parametrize("format_", [{"ratio": 2, "channels": 1}, {"ratio": 6, "channels": 2}])
def test_calls_of_different_rates_hear_each_other(exchange: Exchange, format_: dict[str, int]) -> None:
    one, other = pair(exchange, **format_)
    ratio, channels = format_["ratio"], format_["channels"]
    one.stream.talk = lambda: sine(500, 0.02)
    wide = np.repeat(np.frombuffer(sine(500, 0.02, rate=8000 * ratio), np.int16), channels).tobytes()
    other.stream.talk = lambda: wide
    exchange.run(1)
    for line, rate, width in ((one, 8000, 1), (other, 8000 * ratio, channels)):
        values = np.array(samples(bytes(line.stream.wire)))[::width][-rate // 2 :]
        assert ((values[:-1] < 0) & (values[1:] >= 0)).sum() == pytest.approx(250, abs=3)
        assert line.stream.starved == 0


def test_bridge_stops_what_was_playing_on_both(exchange: Exchange, tmp_path: Path) -> None:
    one, other = exchange.line(), exchange.line()
    for line in (one, other):
        line.leg.play([Silence(60)])
    exchange.run(0.5)
    one.leg.bridge(other.leg)
    exchange.run(0.1)
    assert one.ended == other.ended == [(1, False)]


def test_prompt_on_a_bridged_call_has_the_line_to_itself(exchange: Exchange, tmp_path: Path) -> None:
    one, other = pair(exchange)
    one.stream.talk = lambda: sine(500, 0.02, amplitude=20)
    exchange.run(0.5)
    other.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(3200, 10000)))])
    exchange.run(1.5)
    heard = samples(bytes(other.stream.wire))
    start = heard.index(10000)
    assert heard[start : start + 3200] == samples(ramp(3200, 10000))
    assert any(heard[start + 4000 :])
    assert other.ended == [(1, True)]
    assert len(other.stream.tx) <= 2 * 480


def test_far_leg_that_goes_leaves_the_other_alone_and_told(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk = other.stream.talk = lambda: sine(500, 0.02)
    exchange.run(0.5)
    other.stream.active = False
    other.leg.detach()
    exchange.run(0.5)
    assert one.events == [BridgeEnded()]
    assert other.events == []
    one.leg.play([Silence(0.1)])
    exchange.run(0.5)
    assert one.events[1:] == [PromptEnded(playback=1, completed=True)]


def test_unbridge_is_quiet_and_leaves_both_up(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk = lambda: sine(500, 0.02)
    exchange.run(0.5)
    one.leg.unbridge()
    exchange.run(0.1)
    silent_from = len(other.stream.wire)
    exchange.run(0.5)
    assert not any(other.stream.wire[silent_from:])
    assert one.events == other.events == []


def test_bridge_to_a_third_leaves_the_second_up_hearing_nobody(exchange: Exchange) -> None:
    one, second = pair(exchange)
    third = exchange.line()
    one.stream.talk = lambda: sine(500, 0.02)
    one.leg.bridge(third.leg)
    exchange.run(0.2)
    silent_from = len(second.stream.wire)
    exchange.run(0.3)
    assert not any(second.stream.wire[silent_from:]) and any(third.stream.wire)
    assert one.events == second.events == third.events == []


def test_bridge_to_a_leg_that_just_went_ends_at_once(exchange: Exchange) -> None:
    one, other = exchange.line(), exchange.line()
    exchange.run(0.1)
    other.leg.detach()
    one.leg.bridge(other.leg)
    exchange.run(0.1)
    assert one.events == [BridgeEnded()]


def test_recording_and_taps_go_on_through_a_bridge(exchange: Exchange, tmp_path: Path) -> None:
    one, other = exchange.line(), exchange.line()
    frames: list[bytes] = []
    one.leg.tap(frames.append)
    one.leg.start_recording(tmp_path / "call.wav")
    one.leg.bridge(other.leg)
    one.stream.talk, other.stream.talk = (lambda: sine(500, 0.02)), (lambda: sine(700, 0.02))
    exchange.run(1)
    one.leg.detach()
    exchange.run(0.02)
    exchange.engine.stop()
    assert len(frames) == 50 and set(map(len, frames)) == {FRAME_BYTES}
    body = np.frombuffer((tmp_path / "call.wav").read_bytes()[58:], np.uint8)
    for channel in (body[0::2], body[1::2]):
        assert len(set(channel[2000:7000].tolist())) > 5


# --- taps ----------------------------------------------------------------------------------------


def test_tap_gets_whole_frames_whatever_the_portions(exchange: Exchange) -> None:
    line = exchange.line()
    frames: list[bytes] = []
    line.leg.tap(frames.append)
    line.stream.talk = Talker(samples_each=240)
    exchange.run(1)
    assert set(map(len, frames)) == {FRAME_BYTES}
    assert b"".join(frames) == ramp(240 * 50)[: len(frames) * FRAME_BYTES]
    assert len(frames) == 75


def test_tap_hears_silence_while_the_far_end_sends_nothing(exchange: Exchange) -> None:
    line = exchange.line()
    frames: list[bytes] = []
    line.leg.tap(frames.append)
    line.stream.talk = Talker()
    exchange.run(1)
    line.stream.talk = None
    exchange.run(2)
    assert len(frames) == pytest.approx(50 + 95, abs=2)
    assert not any(b"".join(frames[51:]))


def test_tap_hears_silence_on_a_call_without_media(exchange: Exchange) -> None:
    line = exchange.line()
    line.stream.active = False
    frames: list[bytes] = []
    line.leg.tap(frames.append)
    exchange.run(1)
    assert len(frames) == pytest.approx(45, abs=2)


def test_taken_off_tap_gets_no_more_and_an_unknown_one_is_ignored(exchange: Exchange) -> None:
    line = exchange.line()
    line.stream.talk = Talker()
    frames: list[bytes] = []
    more: list[bytes] = []
    line.leg.tap(frames.append)
    line.leg.tap(more.append)
    exchange.run(0.5)
    line.leg.untap(frames.append)
    line.leg.untap([].append)
    exchange.run(0.5)
    assert (len(frames), len(more)) == (25, 50)


def test_tap_that_fails_is_taken_off_and_the_call_goes_on(exchange: Exchange) -> None:
    line = exchange.line()
    line.stream.talk = Talker()
    frames: list[bytes] = []

    def broken(_: bytes) -> None:
        raise ValueError("listener")

    line.leg.tap(broken)
    line.leg.tap(frames.append)
    exchange.run(0.5)
    assert len(frames) == 25
    assert exchange.engine.counters.failed_legs == 0


def run_with_looks_between(exchange: Exchange, seconds: float, *, late: range = range(0)) -> None:
    """As ``exchange.run``, with packets and the engine's look half way; ``late``: ticks without that look."""
    for number in range(round(seconds / FRAME)):
        exchange.clock.seconds += FRAME / 2
        for line in exchange.lines:
            line.stream.step()
        if number not in late:
            exchange.engine.between()
        exchange.clock.seconds += FRAME / 2
        exchange.engine.tick()


def test_what_comes_half_way_between_two_ticks_is_passed_on_at_once(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk, other.stream.talk = Talker(1), Talker(15001)
    run_with_looks_between(exchange, 1.5)
    exchange.clock.seconds += FRAME / 2
    for line in exchange.lines:
        line.stream.step()
    before = len(other.stream.tx)
    exchange.engine.between()
    assert len(other.stream.tx) - before == FRAME_BYTES
    for line, first in ((other, 1), (one, 15001)):
        heard = [v for v in samples(bytes(line.stream.wire)) if v]
        assert heard == list(range(first, first + len(heard)))


def test_a_thread_that_is_late_leaves_looks_out_and_loses_nothing(exchange: Exchange) -> None:
    one, other = pair(exchange)
    one.stream.talk = Talker(1)
    run_with_looks_between(exchange, 1, late=range(10, 40))
    heard = [v for v in samples(bytes(other.stream.wire)) if v]
    assert heard == list(range(1, 1 + len(heard)))
    assert len(heard) > 7000


def test_a_mix_waits_for_the_tick_and_for_the_others(exchange: Exchange) -> None:
    one, other, third = (exchange.line() for _ in range(3))
    exchange.run(0.1)
    one.leg.hear(other.leg, third.leg)
    other.stream.talk, third.stream.talk = (lambda: ramp(160, 1000)), (lambda: ramp(160, 2000))
    run_with_looks_between(exchange, 1)
    both = samples(ramp(160, 1000))[0] + samples(ramp(160, 2000))[0]
    firsts = samples(bytes(one.stream.wire))[::160][10:]
    assert set(firsts) == {both}, "each frame has both voices, none has one alone"
