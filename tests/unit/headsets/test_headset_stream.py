"""The pace of a headset's sound, in both directions."""

from __future__ import annotations

import pytest
from baresip.errors import AudioNotActive

from hotline.call.audio import FRAME_BYTES
from hotline.telephony.headsets.call import estimated_mos
from hotline.telephony.headsets.playout import KEPT_FRAMES, LEAST, MOST, Playout
from hotline.telephony.headsets.stream import CAPACITY, HeadsetStream


def frame(number: int) -> bytes:
    return number.to_bytes(2, "little") * (FRAME_BYTES // 2)


def numbers(pcm: bytes) -> list[int]:
    return [int.from_bytes(pcm[start : start + 2], "little") for start in range(0, len(pcm), FRAME_BYTES)]


class Watch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def open_stream(watch: Watch) -> HeadsetStream:
    return HeadsetStream(watch, lambda: None)


def sent(stream: HeadsetStream, watch: Watch, ticks: int) -> list[list[bytes]]:
    found = []
    for _ in range(ticks):
        found.append([pcm for _, pcm in stream.due_frames(watch.now + 1e-6)])
        watch.now += 0.02
    return found


def played(playout: Playout, arrivals: list[float], until: float) -> list[tuple[int, float]]:
    """Which frame was handed out when, to somebody who takes every 20 ms."""
    found: list[tuple[int, float]] = []
    waiting = list(enumerate(arrivals))
    ticks = round(until / 0.02)
    for tick in range(ticks):
        now = tick * 0.02
        while waiting and waiting[0][1] <= now + 1e-9:
            number, at = waiting.pop(0)
            playout.put(frame(number), at)
        found += [(number, now) for number in numbers(playout.take(now + 1e-6))]
    return found


def test_an_even_network_costs_one_frame() -> None:
    playout = Playout()
    heard = played(playout, [n * 0.02 + 0.005 for n in range(50)], 1.2)
    assert [number for number, _ in heard] == list(range(50))
    assert max(now - (number * 0.02 + 0.005) for number, now in heard) <= 0.04
    assert playout.dropped == 0
    assert playout.delay <= LEAST + 0.02  # at the end it ran dry: nothing more came


def test_an_uneven_network_is_evened_out_after_it_showed() -> None:
    playout = Playout()
    arrivals = [n * 0.02 + (0.06 if n % 10 == 9 else 0.0) for n in range(300)]
    arrivals = [max(arrivals[: n + 1]) for n in range(300)]  # in order
    heard = played(playout, arrivals, 6.2)
    late = [number for number, _ in heard if number >= 100]
    assert late == list(range(100, 300)), "sound was lost after the delay had been learnt"
    assert playout.gaps <= 4  # the learning, and the end
    assert playout.delay <= MOST


def test_delay_that_is_not_needed_any_more_is_given_back() -> None:
    playout = Playout()
    heap = [0.3] * 6 + [0.3 + (n + 1) * 0.02 for n in range(500)]
    heard = played(playout, heap, 12)
    first = [now - heap[number] for number, now in heard[:6]]
    last = [now - heap[number] for number, now in heard[-6:]]
    assert max(last) < max(first)
    assert max(last) <= 0.041
    assert playout.dropped > 0


def test_after_a_stall_pauses_are_left_out_before_speech() -> None:
    playout, silence, speech = Playout(), bytes(FRAME_BYTES), frame(9000)
    for number in range(9):
        playout.put(silence if number % 2 else speech, 1.0)
    heard = [playout.take(1.0 + tick * 0.02) for tick in range(9)]
    assert heard.count(speech) == 5
    assert playout.dropped == 4


def test_more_than_can_be_kept_costs_the_oldest() -> None:
    playout = Playout()
    for number in range(KEPT_FRAMES + 5):
        playout.put(frame(number), 1.0)
    assert numbers(playout.take(1.02)) == [5]
    assert playout.dropped in (5, 6)  # one more may be left out to catch up


def test_what_does_not_fit_a_read_comes_with_the_next() -> None:
    watch = Watch()
    stream = open_stream(watch)
    for number in range(5000, 5005):
        stream.came(frame(number))
    watch.now += 0.02
    first = stream.read(4 * FRAME_BYTES)
    watch.now += 0.08
    second, third = stream.read(2 * FRAME_BYTES), stream.read(4 * FRAME_BYTES)
    assert (len(first), len(second)) == (FRAME_BYTES, 2 * FRAME_BYTES)
    heard = numbers(first + second + third)
    assert heard == sorted(heard)
    assert heard[-1] == 5004


def test_frames_leave_whole_in_order_and_one_each_20_ms() -> None:
    watch = Watch()
    stream = open_stream(watch)
    pcm = frame(1) + frame(2) + frame(3)[:100]
    assert stream.write(pcm) == len(pcm)
    assert stream.stats().tx_buffered == 740
    assert sent(stream, watch, 4) == [[frame(1)], [frame(2)], [frame(3)[:100] + bytes(220)], []]
    assert stream.stats().tx_starved_frames == 1
    assert stream.sent == 3
    assert stream.next_due is None


def test_a_flush_throws_away_what_was_not_sent_and_counts_it() -> None:
    watch = Watch()
    stream = open_stream(watch)
    stream.write(frame(1) * 3)
    assert sent(stream, watch, 1) == [[frame(1)]]
    stream.flush_tx()
    assert stream.stats().tx_buffered == 0
    assert stream.stats().tx_flushed_bytes == 2 * FRAME_BYTES
    assert stream.stats().tx_high_water == 3 * FRAME_BYTES
    assert sent(stream, watch, 1) == [[]]


def test_a_heap_after_a_stall_is_not_late_for_ever_and_keeps_a_reserve() -> None:
    watch = Watch()
    stream = open_stream(watch)
    stream.write(frame(1))
    assert sent(stream, watch, 4) == [[frame(1)], [], [], []]
    stream.write(frame(2) + frame(3) + frame(4) + frame(5))
    assert sent(stream, watch, 3) == [[frame(2), frame(3), frame(4)], [frame(5)], []]


def test_places_in_time_count_pauses_and_no_stalls() -> None:
    watch = Watch()
    stream = open_stream(watch)
    places: list[int] = []

    def pass_time(seconds: float) -> None:
        places.extend(place for place, _ in stream.due_frames(watch.now + 1e-6))
        watch.now += seconds

    stream.write(frame(1) + frame(2))
    pass_time(0.02)
    pass_time(0.05)  # a stall, after which the heap follows
    stream.write(frame(3) + frame(4) + frame(5))
    pass_time(0.02)
    pass_time(0.02)
    assert places == [0, 1, 2, 3, 4]
    pass_time(1.0)  # a pause
    stream.write(frame(6))
    pass_time(0.02)
    assert 50 <= places[-1] - places[-2] <= 54


def test_after_a_pause_sound_begins_at_its_own_pace() -> None:
    watch = Watch()
    stream = open_stream(watch)
    stream.write(frame(1))
    sent(stream, watch, 50)
    stream.write(frame(2) + frame(3))
    assert sent(stream, watch, 2) == [[frame(2)], [frame(3)]]


def test_whoever_sends_is_woken_when_there_is_something_again() -> None:
    watch, woken = Watch(), []
    stream = HeadsetStream(watch, lambda: woken.append(watch.now))
    stream.write(frame(1))
    stream.write(frame(2))
    assert woken == [100.0]
    assert stream.next_due == 100.0
    sent(stream, watch, 3)
    stream.write(frame(3))
    assert len(woken) == 2


def test_no_more_is_taken_than_there_is_room_for() -> None:
    stream = open_stream(Watch())
    assert stream.write(bytes(CAPACITY + 10)) == CAPACITY
    assert stream.write(bytes(10)) == 0


def test_a_closed_stream_says_so() -> None:
    stream = open_stream(Watch())
    stream.close()
    for ask in (
        stream.info,
        stream.stats,
        stream.flush_tx,
        lambda: stream.read(320),
        lambda: stream.write(b""),
    ):
        with pytest.raises(AudioNotActive):
            ask()


@pytest.mark.parametrize(("received", "lost", "low", "high"), [
    (0, 0, 4.3, 4.5), (1000, 0, 4.3, 4.5), (950, 50, 2.8, 3.6), (500, 500, 1.0, 1.6), (0, 100, 1.0, 1.2),
])  # fmt: skip
def test_losses_are_heard(received: int, lost: int, low: float, high: float) -> None:
    assert low <= estimated_mos(received, lost) <= high
