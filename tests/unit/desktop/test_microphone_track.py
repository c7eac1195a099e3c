"""What is sent to the caller: the microphone, silence without one, at an even pace."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from hotline.call.clock import SystemClock
from hotline.call.virtual_time import run_virtual
from hotline.desktop.card import Mode
from hotline.desktop.errors import HeadsetProblem
from hotline.desktop.media import LATE_AFTER, MicrophoneTrack
from hotline.desktop.opus import MOST_FILLED, OpusHearing, OpusVoice
from hotline.desktop.pcm import BLOCK_BYTES, BLOCK_FRAMES, RATE, SILENCE, level
from hotline.desktop.sound import Card, Microphone

LOUD = (0.5 * 32767 * np.sin(2 * np.pi * 400 * np.arange(BLOCK_FRAMES) / RATE)).astype(np.int16).tobytes()


async def nothing(_mode: Mode, _name: str) -> Card:
    raise HeadsetProblem("no-input")


def microphone() -> Microphone:
    return Microphone("", lambda _news: None, SystemClock(), nothing)


def test_without_a_microphone_silence_is_sent_every_twenty_milliseconds() -> None:
    async def scene() -> None:
        track, loop = MicrophoneTrack(microphone()), asyncio.get_running_loop()
        start = loop.time()
        packets = [await track.recv() for _ in range(100)]
        assert abs(loop.time() - start - 2.0) < LATE_AFTER + 0.02
        assert [packet.pts for packet in packets] == [number * BLOCK_FRAMES for number in range(100)]
        hearing = OpusHearing()
        assert max(level(hearing.decode(bytes(packet))) for packet in packets) < -70

    run_virtual(scene())


def test_a_microphone_that_comes_back_is_sent_at_once() -> None:
    async def scene() -> None:
        source = microphone()
        track, loop = MicrophoneTrack(source), asyncio.get_running_loop()
        for _ in range(10):
            await track.recv()
        source.put(LOUD)
        before = loop.time()
        assert await track.block() == LOUD
        assert loop.time() == before
        assert track.level > -10

    run_virtual(scene())


def test_muted_the_microphone_is_read_and_silence_sent() -> None:
    async def scene() -> None:
        source = microphone()
        track, hearing = MicrophoneTrack(source), OpusHearing()
        track.muted = True
        for _ in range(5):
            source.put(LOUD)
            assert level(hearing.decode(bytes(await track.recv()))) < -70
        assert track.level > -10, "the meter goes on"

    run_virtual(scene())


def test_opus_carries_the_sound_and_a_lost_block_fades() -> None:
    voice, hearing = OpusVoice(), OpusHearing()
    heard = [hearing.decode(bytes(packet)) for _ in range(20) for packet in voice.encode(LOUD)]
    assert len(heard) == 20
    assert len(heard[-1]) == BLOCK_BYTES
    assert level(heard[-1]) == pytest.approx(level(LOUD), abs=3)
    filled = [hearing.decode(None) for _ in range(MOST_FILLED + 1)]
    assert filled[-1] == b""
    levels = [level(block) for block in filled[:-1]]
    assert levels == sorted(levels, reverse=True)


@pytest.mark.parametrize("payload", [b"", b"\xff\xff\xff"])
def test_what_is_no_opus_is_left_out(payload: bytes) -> None:
    hearing = OpusHearing()
    assert hearing.decode(payload) in (b"", SILENCE)
