"""Who hears whom: any set of legs, one-sided, mixed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from media_fakes import Exchange, Line, ramp, samples, sine, write_wav

from hotline.call.audio import Clip, Silence
from hotline.call.events import BridgeEnded
from hotline.telephony.media.mixing import LONGEST_QUEUE, Ears, mix


def frame(value: int) -> bytes:
    return np.full(160, value, np.int16).tobytes()


def steady(value: int) -> Callable[[], bytes]:
    return lambda: frame(value)


def lines(exchange: Exchange, count: int) -> list[Line]:
    made = [exchange.line() for _ in range(count)]
    exchange.run(0.1)
    return made


def tail(line: Line, seconds: float = 0.2) -> list[int]:
    width = line.stream.format.tx_channels
    return list(samples(bytes(line.stream.wire[-line.stream.frame * round(seconds * 50) :])))[::width]


# --- who hears whom ------------------------------------------------------------------------------


def test_a_supervisor_hears_both_and_is_heard_by_none(exchange: Exchange) -> None:
    caller, operator, boss = lines(exchange, 3)
    caller.stream.talk, operator.stream.talk, boss.stream.talk = steady(100), steady(20), steady(5000)
    caller.leg.bridge(operator.leg)
    boss.leg.hear(caller.leg, operator.leg)
    exchange.run(1)
    assert set(tail(boss)) == {120}
    assert (set(tail(caller)), set(tail(operator))) == ({20}, {100})


def test_a_whisper_is_heard_by_the_operator_alone_and_the_caller_goes_on_being_heard(
    exchange: Exchange,
) -> None:
    caller, operator, boss = lines(exchange, 3)
    caller.stream.talk, operator.stream.talk, boss.stream.talk = steady(100), steady(20), steady(5000)
    caller.leg.bridge(operator.leg)
    exchange.run(0.5)
    operator.leg.hear(caller.leg, boss.leg)
    exchange.run(0.5)
    assert set(tail(operator)) == {5100}
    assert set(tail(caller)) == {20}


def test_three_that_hear_each_other_hear_the_two_others_and_not_themselves(exchange: Exchange) -> None:
    three = lines(exchange, 3)
    for line, value in zip(three, (1000, 200, 30), strict=True):
        line.stream.talk = steady(value)
        line.leg.hear(*(other.leg for other in three))
    exchange.run(1)
    assert [set(tail(line)) for line in three] == [{230}, {1030}, {1200}]


def test_a_source_named_twice_is_heard_once(exchange: Exchange) -> None:
    one, other = lines(exchange, 2)
    other.stream.talk = steady(700)
    one.leg.hear(other.leg, other.leg)
    exchange.run(0.5)
    assert set(tail(one)) == {700}


def test_hearing_nobody_is_silence_and_the_other_side_hears_on(exchange: Exchange) -> None:
    one, other = lines(exchange, 2)
    one.stream.talk, other.stream.talk = steady(100), steady(20)
    one.leg.bridge(other.leg)
    exchange.run(0.3)
    one.leg.hear()
    exchange.run(0.5)
    assert set(tail(one)) == {0}
    assert set(tail(other)) == {100}
    assert one.events == other.events == []


def test_unbridge_takes_a_leg_out_of_everybodys_ears(exchange: Exchange) -> None:
    caller, operator, boss = lines(exchange, 3)
    caller.stream.talk, operator.stream.talk = steady(100), steady(20)
    caller.leg.bridge(operator.leg)
    boss.leg.hear(caller.leg, operator.leg)
    exchange.run(0.3)
    caller.leg.unbridge()
    exchange.run(0.5)
    assert [set(tail(line)) for line in (caller, operator, boss)] == [{0}, {0}, {20}]
    assert caller.events == operator.events == boss.events == []


def test_everybody_who_heard_a_leg_that_ends_is_told_once_and_hears_the_rest(exchange: Exchange) -> None:
    caller, operator, boss = lines(exchange, 3)
    operator.stream.talk = steady(20)
    caller.leg.bridge(operator.leg)
    boss.leg.hear(caller.leg, operator.leg)
    exchange.run(0.3)
    caller.stream.active = False
    caller.leg.detach()
    exchange.run(0.5)
    assert operator.events == boss.events == [BridgeEnded()]
    assert caller.events == []
    assert set(tail(boss)) == {20}


def test_a_listener_that_ends_is_of_no_concern_to_those_it_heard(exchange: Exchange) -> None:
    caller, operator, boss = lines(exchange, 3)
    caller.leg.bridge(operator.leg)
    boss.leg.hear(caller.leg, operator.leg)
    exchange.run(0.3)
    boss.leg.detach()
    exchange.run(0.3)
    assert caller.events == operator.events == []


def test_hearing_a_leg_that_just_went_tells_so_at_once_and_the_others_are_heard(exchange: Exchange) -> None:
    one, gone, there = lines(exchange, 3)
    there.stream.talk = steady(300)
    gone.leg.detach()
    one.leg.hear(gone.leg, there.leg)
    exchange.run(0.5)
    assert one.events == [BridgeEnded()]
    assert set(tail(one)) == {300}


# --- how it sounds -------------------------------------------------------------------------------


def test_what_is_too_loud_together_is_cut_off_and_does_not_wrap(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    one.stream.talk, two.stream.talk = steady(30000), steady(30000)
    listener.leg.hear(one.leg, two.leg)
    exchange.run(0.5)
    assert set(tail(listener)) == {32767}
    assert samples(mix([frame(-30000), frame(-30000)]))[0] == -32768


def test_a_silent_source_does_not_hold_the_other_up(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    listener.leg.hear(one.leg, two.leg)
    one.stream.talk = steady(400)
    exchange.run(1)
    assert set(tail(listener)) == {400}


def test_uneven_portions_of_several_sources_arrive_without_a_hole(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    listener.leg.hear(one.leg, two.leg)
    portions = iter([2, 0, 1, 1] * 100)
    one.stream.talk = lambda: frame(400) * next(portions)
    two.stream.talk = steady(5)
    exchange.run(2)
    assert set(tail(listener, 1.5)) == {405}
    assert listener.stream.starved == 0


def test_a_source_that_floods_is_trimmed_to_60_ms_and_counted(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    listener.leg.hear(one.leg, two.leg)
    one.stream.talk, two.stream.talk = steady(1), steady(2)
    exchange.run(0.5)
    one.stream.rx += frame(7) * 50
    exchange.run(0.02)
    assert len(listener.stream.tx) <= 3 * 320
    assert exchange.engine.counters.trimmed_bridge_frames == pytest.approx(48, abs=2)
    exchange.run(1)
    assert set(tail(listener)) == {3}


@pytest.mark.parametrize(("ratio", "channels"), [(2, 1), (6, 2)])
def test_legs_of_other_rates_are_mixed(exchange: Exchange, ratio: int, channels: int) -> None:
    wide, narrow = exchange.line(ratio=ratio, channels=channels), exchange.line()
    listener = exchange.line(ratio=ratio, channels=channels)
    exchange.run(0.1)
    sound = np.repeat(np.frombuffer(sine(500, 0.02, rate=8000 * ratio), np.int16), channels).tobytes()
    wide.stream.talk, narrow.stream.talk = (lambda: sound), (lambda: sine(1500, 0.02, amplitude=4000))
    listener.leg.hear(wide.leg, narrow.leg)
    exchange.run(1.2)
    heard = np.array(tail(listener, 1.0), float)
    spectrum = np.abs(np.fft.rfft(heard))
    assert set(np.argsort(spectrum)[-2:]) == {500, 1500}


def test_a_stream_that_is_replaced_in_the_middle_is_heard_and_hears_on(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    one.stream.talk, two.stream.talk = steady(30), steady(4)
    listener.leg.hear(one.leg, two.leg)
    exchange.run(0.4)
    one.stream.restart()
    listener.stream.restart()
    exchange.run(0.6)
    assert set(tail(listener)) == {34}


# --- with playing, holding and recording ---------------------------------------------------------


def test_hearing_stops_what_was_playing_on_this_leg_only(exchange: Exchange) -> None:
    one, other = lines(exchange, 2)
    for line in (one, other):
        line.leg.play([Silence(60)])
    exchange.run(0.3)
    one.leg.hear(other.leg)
    exchange.run(0.3)
    assert (one.ended, other.ended) == ([(1, False)], [])


def test_another_listener_to_a_talk_makes_no_hole_in_it(exchange: Exchange) -> None:
    caller, operator, boss = lines(exchange, 3)
    caller.stream.talk = steady(100)
    operator.leg.hear(caller.leg)
    exchange.run(0.5)
    begun = len(operator.stream.wire)
    operator.leg.hear(caller.leg, boss.leg)
    exchange.run(0.5)
    assert set(samples(bytes(operator.stream.wire[begun:]))) == {100}


def test_an_announcement_in_a_mix_has_the_line_to_itself(exchange: Exchange, tmp_path: Path) -> None:
    one, two, listener = lines(exchange, 3)
    one.stream.talk, two.stream.talk = steady(3), steady(4)
    listener.leg.hear(one.leg, two.leg)
    exchange.run(0.3)
    listener.leg.play([Clip(write_wav(tmp_path / "p.wav", ramp(3200, 10000)))])
    exchange.run(1)
    heard = samples(bytes(listener.stream.wire))
    start = heard.index(10000)
    assert heard[start : start + 3200] == samples(ramp(3200, 10000))
    assert set(tail(listener)) == {7}
    assert exchange.engine.counters.trimmed_bridge_frames == 0


def test_a_leg_on_hold_is_sent_nothing_and_hears_on_afterwards(exchange: Exchange) -> None:
    one, two, listener = lines(exchange, 3)
    one.stream.talk, two.stream.talk = steady(3), steady(4)
    listener.leg.hear(one.leg, two.leg)
    exchange.run(0.3)
    listener.leg.hold(True)
    exchange.run(0.5)
    assert set(tail(listener)) == {0}
    listener.leg.hold(False)
    exchange.run(0.5)
    assert set(tail(listener)) == {7}


def test_the_recording_holds_the_mix_that_was_sent(tmp_path: Path) -> None:
    exchange = Exchange(encoding="pcm")
    one, two, listener = lines(exchange, 3)
    one.stream.talk, two.stream.talk = steady(300), steady(40)
    listener.leg.start_recording(tmp_path / "call.wav")
    listener.leg.hear(one.leg, two.leg)
    exchange.run(2)
    listener.leg.detach()
    exchange.run(0.02)
    exchange.engine.stop()
    both = np.frombuffer((tmp_path / "call.wav").read_bytes()[44:], np.int16).reshape(-1, 2)
    assert set(both[4000:14000, 1].tolist()) == {340}
    assert not both[:, 0].any()


# --- queues --------------------------------------------------------------------------------------


def test_a_source_that_ran_dry_begins_with_a_frame_in_reserve() -> None:
    ears: Ears[str] = Ears()
    ears.choose(["a", "b"])
    ears.put("a", frame(1))
    assert [set(samples(ears.take(480 - 160, 480))), set(samples(ears.take(480 - 160, 480)))] == [{0}, {1}]


def test_a_queue_keeps_the_newest_frames() -> None:
    ears: Ears[str] = Ears()
    ears.choose(["a", "b"])
    for value in range(1, 10):
        ears.put("a", frame(value))
    taken = samples(ears.take(0, 10_000) + ears.take(320, 10_000))
    assert list(dict.fromkeys(taken)) == [7, 8, 9]
    assert ears.trimmed_samples == (10 - LONGEST_QUEUE) * 160


def test_nothing_is_mixed_onto_a_line_that_is_full() -> None:
    ears: Ears[str] = Ears()
    ears.choose(["a", "b"])
    ears.put("a", frame(1))
    assert ears.take(480, 480) == b""


def test_a_frame_of_somebody_who_is_not_heard_is_ignored() -> None:
    ears: Ears[str] = Ears()
    ears.choose(["a"])
    ears.put("b", frame(1))
    assert ears.take(0, 480) == b""
