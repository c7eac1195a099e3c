"""A far end that sends nothing is noticed; one that is quiet, on hold or at its keys is not."""

from media_fakes import Exchange, Line

from hotline.call.events import Interrupted, Restored


def talking(exchange: Exchange, seconds: float = 1.5) -> Line:
    line = exchange.line()
    line.stream.talk = lambda: bytes(320)
    line.leg.notice_silence(seconds)
    exchange.run(1)
    return line


def test_digital_silence_is_sound_that_comes(exchange: Exchange) -> None:
    line = talking(exchange)
    exchange.run(5)
    assert line.events == []


def test_nothing_for_so_long_is_told_once_and_sound_again_as_well(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.talk = None
    cut = exchange.clock.seconds
    exchange.run(6)
    assert [event for _, event in line.dated] == [Interrupted()]
    assert 1.5 <= line.dated[0][0] - cut <= 1.6
    line.stream.talk = lambda: bytes(320)
    exchange.run(0.2)
    assert line.events == [Interrupted(), Restored()]


def suppressing(exchange: Exchange) -> Line:
    """A telephone that sends no pauses: 0.3 s of them after the voice, then nothing."""
    line = exchange.line()
    line.leg.notice_silence(1.5)
    for _ in range(2):
        line.stream.talk = lambda: bytes([0, 16]) * 160
        exchange.run(1)
        line.stream.talk = lambda: bytes(320)
        exchange.run(0.3)
        line.stream.talk = None
        exchange.run(4)
    return line


def test_a_telephone_that_suppresses_silence_may_pause_between_its_signs_of_life(exchange: Exchange) -> None:
    line = suppressing(exchange)
    line.leg.sign_of_life()
    exchange.run(7)
    assert line.events == [], "an operator who listens sends nothing"
    exchange.run(1.2)
    assert line.events == [Interrupted()], "8 s without sound and without a report: it has vanished"
    line.stream.talk = lambda: bytes(320)
    exchange.run(0.1)
    assert line.events == [Interrupted(), Restored()]


def test_a_telephone_that_suppresses_silence_and_stops_in_the_middle_of_a_word_is_interrupted(
    exchange: Exchange,
) -> None:
    line = suppressing(exchange)
    line.stream.talk = lambda: bytes([0, 16]) * 160
    exchange.run(0.5)
    line.stream.talk = None
    exchange.run(1.6)
    assert line.events == [Interrupted()]


def test_a_telephone_that_was_once_quiet_for_long_sends_all_it_hears(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.talk = lambda: bytes([0, 16]) * 160
    exchange.run(1)
    line.stream.talk = lambda: bytes(320)
    exchange.run(0.3)
    line.stream.talk = None
    line.leg.sign_of_life()
    exchange.run(1.6)
    assert line.events == [Interrupted()]


def test_a_far_end_that_never_sends_anything_is_told(exchange: Exchange) -> None:
    line = exchange.line()
    line.leg.notice_silence(1.5)
    exchange.run(2)
    assert line.events == [Interrupted()]


def test_a_stream_that_is_gone_counts_as_nothing_received(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.active = False
    exchange.run(2)
    assert line.events == [Interrupted()]


def test_hold_needs_no_sound_and_counting_begins_anew_after_it(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.talk = None
    line.leg.hold(True)
    exchange.run(5)
    line.leg.hold(False)
    exchange.run(1.3)
    assert line.events == []
    exchange.run(0.4)
    assert line.events == [Interrupted()]


def test_a_key_that_is_held_down_is_excused_for_its_time(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.talk = None
    line.leg.excuse_silence(4)
    exchange.run(5.3)
    assert line.events == []
    exchange.run(0.4)
    assert line.events == [Interrupted()]


def test_a_stall_of_our_own_is_no_interruption(exchange: Exchange) -> None:
    line = talking(exchange)
    line.stream.rx += bytes(320 * 100)
    exchange.clock.seconds += 3
    exchange.engine.tick()
    assert line.events == []


def test_nobody_is_told_where_nobody_asked(exchange: Exchange) -> None:
    line = exchange.line()
    exchange.run(5)
    assert line.events == []
