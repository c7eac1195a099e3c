"""What the process around PortAudio does with the library."""

from __future__ import annotations

import os
from typing import Any

import pytest

from hotline.desktop import soundcard
from hotline.desktop.playout import PlayoutRing
from hotline.desktop.soundcard import Counts


class Library:
    """PortAudio with these devices."""

    def __init__(self, *devices: tuple[str, int, int], default: tuple[int, int] = (-1, -1)) -> None:
        self._devices = [
            {
                "name": name,
                "max_input_channels": ins,
                "max_output_channels": outs,
                "default_samplerate": 44_100.0,
            }
            for name, ins, outs in devices
        ]
        self._default = default

    def query_devices(self) -> list[dict[str, Any]]:
        return self._devices

    def query_hostapis(self) -> list[dict[str, int]]:
        empty = {"default_input_device": -1, "default_output_device": -1}
        return [empty, {"default_input_device": self._default[0], "default_output_device": self._default[1]}]


def test_a_device_is_found_by_name_on_the_side_that_is_wanted() -> None:
    library = Library(("usb", 0, 2), ("usb", 1, 0), ("hda", 2, 2), default=(2, 0))
    assert soundcard.index_of(library, "usb", 0) == 1
    assert soundcard.index_of(library, "usb", 1) == 0
    assert soundcard.index_of(library, "", 0) == 2
    assert soundcard.index_of(library, "none", 0) == -1


def test_devices_are_listed_with_the_defaults() -> None:
    listed = soundcard.devices(Library(("usb", 1, 2), ("hda", 0, 2), default=(0, 1)))
    assert [(one["name"], one["default_input"], one["default_output"]) for one in listed] == [
        ("usb", True, False),
        ("hda", False, True),
    ]


def test_formats_are_tried_from_the_best_to_what_the_device_knows() -> None:
    assert list(soundcard.formats(44_100)) == [(48_000, 1), (48_000, 2), (44_100, 1), (44_100, 2)]
    assert list(soundcard.formats(48_000)) == [(48_000, 1), (48_000, 2)]
    assert soundcard.block_frames(44_100) == 882


def test_blocks_that_nobody_reads_are_counted_and_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _block: bytes) -> int:
        raise BlockingIOError

    counts = Counts()
    callback = soundcard.record_callback(counts)
    monkeypatch.setattr(os, "write", full)
    callback(b"\0" * 1920, 960, None, 0)
    assert (counts.blocks, counts.dropped, counts.xruns) == (1, 1, 0)


def test_xruns_are_counted_while_playing() -> None:
    counts, ring = Counts(), PlayoutRing(4)
    callback = soundcard.play_callback(counts, ring)
    for _ in range(2):
        ring.put(b"abcd")
    into = bytearray(4)
    callback(into, 2, None, 4)
    assert (bytes(into), counts.xruns) == (b"abcd", 1)
