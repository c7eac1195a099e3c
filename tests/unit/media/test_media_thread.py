"""The media thread itself, on the machine's clock."""

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from media_fakes import WallStream, samples, sine, write_wav

from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.events import CallEvent, PromptEnded
from hotline.telephony.media import MediaEngine, repair_wav

pytestmark = pytest.mark.timely

DEADLINE = 5.0


@pytest.fixture
def engine() -> Iterator[MediaEngine]:
    made = MediaEngine(clock=SystemClock())
    made.start()
    yield made
    made.stop()


def test_call_is_played_to_and_recorded_in_real_time(engine: MediaEngine, tmp_path: Path) -> None:
    events: queue.Queue[CallEvent] = queue.Queue()
    stream = WallStream()
    stream.talk = lambda: sine(500, 0.02)
    leg = engine.attach(stream, post=events.put)
    leg.start_recording(tmp_path / "a" / "call.wav")
    began = time.monotonic()
    leg.play([Clip(write_wav(tmp_path / "p.wav", sine(400, 0.4)))])
    assert events.get(timeout=DEADLINE) == PromptEnded(playback=1, completed=True)
    assert 0.39 < time.monotonic() - began < 1.5
    leg.detach().result(DEADLINE)
    lasted = time.monotonic() - began
    assert repair_wav(tmp_path / "a" / "call.wav") == pytest.approx(lasted, abs=0.1)
    assert engine.counters.starved_frames == 0


def test_answer_to_a_key_is_written_at_once(engine: MediaEngine) -> None:
    stream = WallStream()
    events: queue.Queue[CallEvent] = queue.Queue()
    leg = engine.attach(stream, post=events.put)
    leg.play([Tone(ToneName.MUSIC)])
    threading.Event().wait(0.3)
    leg.stop_playing()
    assert events.get(timeout=DEADLINE) == PromptEnded(playback=1, completed=False)
    asked = time.monotonic()
    leg.play([Tone(ToneName.BEEP)])
    assert events.get(timeout=DEADLINE) == PromptEnded(playback=2, completed=True)
    assert time.monotonic() - asked < 0.2 + 0.25


def test_late_tick_is_counted_and_not_made_up_by_a_burst(engine: MediaEngine) -> None:
    waited = threading.Event()
    leg = engine.attach(WallStream(), post=lambda _: None)

    def stall(_: bytes) -> None:
        if not waited.is_set():
            threading.Event().wait(0.3)
            waited.set()

    leg.tap(stall)
    began, before = time.monotonic(), engine.counters.ticks
    assert waited.wait(DEADLINE)
    threading.Event().wait(0.2)
    ticks, lasted = engine.counters.ticks - before, time.monotonic() - began
    assert engine.counters.late_ticks >= 1
    assert ticks <= (lasted - 0.28) / 0.02 + 2


def test_engine_stops_twice_and_ends_what_it_carried(tmp_path: Path) -> None:
    engine = MediaEngine(clock=SystemClock())
    engine.start()
    events: list[CallEvent] = []
    leg = engine.attach(WallStream(), post=events.append)
    leg.start_recording(tmp_path / "call.wav")
    leg.play([Silence(60)])
    threading.Event().wait(0.3)
    engine.stop()
    engine.stop()
    assert events == [PromptEnded(playback=1, completed=False)]
    assert repair_wav(tmp_path / "call.wav") > 0.2
    assert leg.detach().done()
    late = engine.attach(WallStream(), post=events.append)
    late.start_recording(tmp_path / "late.wav")
    late.play([Silence(1)])
    assert late.detach().result(DEADLINE) is None
    assert events[1:] == [PromptEnded(playback=1, completed=False)]
    assert not [thread for thread in threading.enumerate() if thread.name in ("media", "recorder")]


TALKING = """
import sys, threading
from pathlib import Path
from media_fakes import WallStream, sine
from hotline.call.clock import SystemClock
from hotline.telephony.media import MediaEngine
engine = MediaEngine(clock=SystemClock())
engine.start()
stream = WallStream()
stream.talk = lambda: sine(500, 0.02)
leg = engine.attach(stream, post=print)
leg.start_recording(Path(sys.argv[1]))
while True:
    threading.Event().wait(0.05)
    print(leg.recorded_seconds, flush=True)
"""


def test_killed_process_loses_less_than_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with subprocess.Popen(
        [sys.executable, "-c", TALKING, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    ) as process:
        assert process.stdout is not None
        said = 0.0
        for line in process.stdout:
            said = float(line)
            if said > 1.5:
                process.kill()
                break
    assert said - repair_wav(path) < 1.0


def test_words_just_said_are_played_from_the_running_recording(engine: MediaEngine, tmp_path: Path) -> None:
    stream = WallStream()
    stream.talk = lambda: sine(500, 0.02)
    events: queue.Queue[CallEvent] = queue.Queue()
    leg = engine.attach(stream, post=events.put)
    leg.start_recording(tmp_path / "call.wav")
    while leg.recorded_seconds < 0.7:
        threading.Event().wait(0.02)
    leg.play([Clip(tmp_path / "call.wav", start=0.3, end=0.7)])
    assert events.get(timeout=DEADLINE) == PromptEnded(playback=1, completed=True)
    loud = sum(abs(value) > 100 for value in samples(bytes(stream.wire)))
    # Two of the sixteen samples of a 500 Hz period are zero.
    assert loud == pytest.approx(0.4 * 8000 * 14 / 16, rel=0.05)
