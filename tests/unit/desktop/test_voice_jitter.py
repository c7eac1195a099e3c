"""Packets in order, at once."""

from __future__ import annotations

import pytest
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from hotline.call.voiceorder import VoiceOrder
from hotline.desktop.media import JITTER_BUFFER


def released(order: VoiceOrder, numbers: list[int]) -> list[list[int | None]]:
    """What each packet releases; ``None``: one is given up."""
    steps = [order.add(number % 65536, number.to_bytes(4, "big")) for number in numbers]
    return [[None if one is None else int.from_bytes(one, "big") for one in step] for step in steps]


def test_a_packet_in_order_passes_at_once() -> None:
    assert released(VoiceOrder(), [7, 8, 9]) == [[7], [8], [9]]


def test_packets_that_overtake_are_put_in_order() -> None:
    assert released(VoiceOrder(), [1, 3, 2, 4]) == [[1], [], [2, 3], [4]]


def test_a_lost_packet_is_given_up_and_the_delay_is_as_before() -> None:
    order = VoiceOrder()
    assert released(order, [1, 3, 4, 5]) == [[1], [], [None, 3, 4], [5]]
    assert order.lost == 1


def test_several_lost_packets_are_each_told() -> None:
    assert released(VoiceOrder(), [1, 4, 5, 6]) == [[1], [], [None, None, 4, 5], [6]]


def test_a_packet_that_comes_after_it_was_given_up_is_left_out() -> None:
    assert released(VoiceOrder(), [1, 3, 4, 2, 5]) == [[1], [], [None, 3, 4], [], [5]]


def test_numbers_wrap() -> None:
    numbers = list(range(65_533, 65_541))
    assert released(VoiceOrder(), numbers) == [[number] for number in numbers]


@pytest.mark.parametrize("jump", [500, -500, 30_000])
def test_a_sender_that_begins_anew_is_followed(jump: int) -> None:
    order, start = VoiceOrder(), 40_000
    released(order, [start, start + 1])
    assert released(order, [start + jump, start + jump + 1]) == [[start + jump], [start + jump + 1]]


def test_aiortc_still_has_its_buffer_where_ours_is_put() -> None:
    transport = type("Transport", (), {"state": "new"})()
    receiver = RTCRtpReceiver("audio", transport)  # type: ignore[arg-type]
    assert hasattr(receiver, JITTER_BUFFER)
