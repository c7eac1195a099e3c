"""The ring between network and sound card."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotline.desktop.playout import HARD_LIMIT, PRIME, PlayoutRing

SIZE = 4
SILENCE = bytes(SIZE)


def block(number: int) -> bytes:
    return number.to_bytes(SIZE, "big")


def take(ring: PlayoutRing) -> bytes:
    into = bytearray(SIZE)
    ring.take(memoryview(into))
    return bytes(into)


def test_playing_begins_when_enough_is_there() -> None:
    ring = PlayoutRing(SIZE)
    ring.put(block(1))
    assert take(ring) == SILENCE
    ring.put(block(2))
    assert [take(ring), take(ring)] == [block(1), block(2)]


def test_a_ring_that_runs_dry_plays_silence_and_gathers_again() -> None:
    ring = PlayoutRing(SIZE)
    for number in (1, 2):
        ring.put(block(number))
    assert [take(ring) for _ in range(3)] == [block(1), block(2), SILENCE]
    assert ring.dry == 1
    ring.put(block(3))
    assert take(ring) == SILENCE
    ring.put(block(4))
    assert take(ring) == block(3)


def test_a_burst_is_cut_to_what_is_needed() -> None:
    ring = PlayoutRing(SIZE)
    for number in range(HARD_LIMIT + 1):
        ring.put(block(number))
    assert ring.depth == PRIME + 1
    assert take(ring) == block(HARD_LIMIT - PRIME)
    assert ring.dropped == HARD_LIMIT - PRIME


def test_delay_that_is_never_used_is_taken_away_block_by_block() -> None:
    ring = PlayoutRing(SIZE, prime=2, hard_limit=10, window=10)
    for number in range(6):
        ring.put(block(number))
    for number in range(6, 100):
        take(ring)
        ring.put(block(number))
    assert ring.depth == 2
    assert ring.dropped == 4


def test_delay_that_jitter_needs_is_kept() -> None:
    ring = PlayoutRing(SIZE, prime=2, hard_limit=10, window=10)
    for number in range(4):
        ring.put(block(number))
    for _ in range(30):  # three come late, together
        for _ in range(3):
            take(ring)
        for number in range(3):
            ring.put(block(number))
    assert (ring.dropped, ring.dry) == (0, 0)


@given(st.lists(st.booleans(), max_size=400))
def test_whatever_comes_when_the_order_is_kept_and_the_delay_bounded(puts: list[bool]) -> None:
    ring = PlayoutRing(SIZE, window=7)
    number, heard = 0, []
    for put in puts:
        if put:
            number += 1
            ring.put(block(number))
        elif (sound := take(ring)) != SILENCE:
            heard.append(sound)
        assert 0 <= ring.depth <= HARD_LIMIT
    assert heard == sorted(set(heard))
    assert number == len(heard) + ring.depth + ring.dropped
