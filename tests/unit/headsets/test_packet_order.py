"""Packets of a headset in order."""

from __future__ import annotations

import random

import pytest

from hotline.call.voiceorder import VoiceOrder


def fed(numbers: list[int]) -> list[int | None]:
    order = VoiceOrder()
    found: list[int | None] = []
    for number in numbers:
        payloads = order.add(number % 65536, str(number).encode())
        found += [None if payload is None else int(payload) for payload in payloads]
    return found


@pytest.mark.parametrize(
    ("came", "heard"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([65534, 65535, 65536, 65537], [65534, 65535, 65536, 65537]),
        ([1, 3, 2, 4], [1, 2, 3, 4]),
        ([1, 3, 4, 5], [1, None, 3, 4, 5]),
        ([1, 3, 4, 2, 5], [1, None, 3, 4, 5]),
        ([1, 4, 5, 6], [1, None, None, 4, 5, 6]),
        ([1, 2, 2, 3], [1, 2, 3]),
        ([1, 2, 900, 901], [1, 2, 900, 901]),
        ([500, 501, 3, 4], [500, 501, 3, 4]),
    ],
)
def test_packets_are_put_in_order(came: list[int], heard: list[int | None]) -> None:
    assert fed(came) == heard


def test_no_packet_is_heard_twice_or_backwards_on_a_bad_network() -> None:
    chance = random.Random(7)
    came = [n for n in range(2000) if chance.random() > 0.05]
    came += chance.sample(came, 50)
    came.sort(key=lambda n: n + chance.uniform(0, 3))
    heard = [n for n in fed(came) if n is not None]
    assert heard == sorted(set(heard))
    assert len(heard) > 1700
