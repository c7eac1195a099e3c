from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from hotline.call.errors import EnvironmentFault
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.settings import Speech
from hotline.speech import evaluate, transcription
from hotline.speech.batch import CALLER, HOTLINE, Segment, Transcriber, Transcript
from hotline.speech.models import store
from hotline.speech.sound import read_wav
from hotline.speech.transcription import TranscriptionWorker


def wav(
    form: int, channels: int, bits: int, data: bytes, *, rate: int = 8000, length: int | None = None
) -> bytes:
    width = channels * bits // 8
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, channels, rate, rate * width, width, bits)
    size = len(data) if length is None else length
    body = (
        b"WAVE" + head + b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"data" + struct.pack("<I", size) + data
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("length", [None, 0, 0xFFFFFFFF], ids=["closed", "zero", "open"])
def test_a_stereo_recording_is_read_even_when_its_writer_died(tmp_path: Path, length: int | None) -> None:
    file = tmp_path / "a.wav"
    samples = np.array([[100, -7], [200, -8], [300, -9]], dtype="<i2")
    file.write_bytes(wav(1, 2, 16, samples.tobytes() + b"\x01", length=length))
    sound = read_wav(file)
    assert [list(channel) for channel in sound.channels] == [[100, 200, 300], [-7, -8, -9]]
    assert sound.seconds == 3 / 8000
    assert sound.pcm(1) == samples[:, 1].tobytes()


@pytest.mark.parametrize(
    ("form", "codes", "values"),
    [
        # ITU-T G.711: the smallest and the largest magnitudes of both signs.
        (6, b"\xd5\x55\xaa\x2a", [8, -8, 32256, -32256]),
        (7, b"\xff\x7f\x80\x00", [0, 0, 32124, -32124]),
    ],
)
def test_companded_sound_is_expanded(tmp_path: Path, form: int, codes: bytes, values: list[int]) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(wav(form, 1, 8, codes))
    assert list(read_wav(file).channels[0]) == values


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "RIFF"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "before its format"),
        (b"RIFF\0\0\0\0WAVE", "no sound"),
        (wav(1, 1, 16, b"\0\0", rate=16000), "16000 Hz"),
        (wav(3, 1, 32, b"\0\0\0\0"), "format 3"),
    ],
)
def test_what_is_no_recording_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(content)
    with pytest.raises(EnvironmentFault, match=reason):
        read_wav(file)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"gone\.wav"):
        read_wav(tmp_path / "gone.wav")


@dataclass(frozen=True)
class Job:
    leg: str
    path: Path


@dataclass
class Queue:
    jobs: list[Job]
    told: list[tuple[str, ...]] = field(default_factory=list)

    async def claim(self) -> Job | None:
        return self.jobs.pop(0) if self.jobs else None

    async def done(self, job: Job, transcript: Transcript) -> None:
        self.told.append(("done", job.leg, transcript.text))

    async def failed(self, job: Job, sentence: str, retry: bool) -> None:
        self.told.append(("failed", job.leg, sentence, str(retry)))

    async def release(self, job: Job) -> None:
        self.told.append(("released", job.leg))


@dataclass
class Scripted:
    engine: str | None = "whisper"
    fault: str = ""
    takes: float = 1.0

    def available(self, language: str = "zh") -> str | None:
        return self.engine

    async def transcribe(self, path: Path, language: str = "zh", *, both: bool = False) -> Transcript:
        await asyncio.sleep(self.takes)
        if self.fault:
            raise EnvironmentFault(self.fault)
        return transcript(Segment(CALLER, 0, 1, "漏水"))


def transcript(*segments: Segment) -> Transcript:
    return Transcript(
        segments=segments, language="zh", engine="whisper", model="ab", seconds=3.0, computing_seconds=1.0
    )


async def during(seconds: float, worker: TranscriptionWorker[Job]) -> None:
    running = asyncio.create_task(worker.run())
    await asyncio.sleep(seconds)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_recordings_are_transcribed_one_after_the_other(tmp_path: Path) -> None:
    async def scene() -> None:
        queue = Queue([Job("a", tmp_path), Job("b", tmp_path)])
        await during(2.5, TranscriptionWorker(queue, Scripted(), VirtualClock()))
        assert queue.told == [("done", "a", "漏水"), ("done", "b", "漏水")]

    run_virtual(scene())


def test_without_a_model_recordings_stay_pending_until_one_is_there(tmp_path: Path) -> None:
    async def scene() -> None:
        queue, transcriber = Queue([Job("a", tmp_path)]), Scripted(engine=None)
        worker = TranscriptionWorker(queue, transcriber, VirtualClock())
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(3600)
        assert queue.told == []
        assert len(queue.jobs) == 1
        transcriber.engine = "whisper"
        await asyncio.sleep(transcription.NO_MODEL + 2)
        assert queue.told == [("done", "a", "漏水")]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtual(scene())


def test_a_new_recording_is_taken_up_at_once_when_woken(tmp_path: Path) -> None:
    async def scene() -> None:
        queue = Queue([])
        worker = TranscriptionWorker(queue, Scripted(takes=0.1), VirtualClock())
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0.1)
        queue.jobs.append(Job("a", tmp_path))
        worker.wake()
        await asyncio.sleep(0.2)
        assert queue.told == [("done", "a", "漏水")]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run_virtual(scene())


def test_a_failure_is_told_and_retried_only_while_the_file_exists(tmp_path: Path) -> None:
    async def scene() -> None:
        queue = Queue([Job("a", tmp_path), Job("b", tmp_path / "gone")])
        await during(2.5, TranscriptionWorker(queue, Scripted(fault="No memory."), VirtualClock()))
        assert queue.told == [("failed", "a", "No memory.", "True"), ("failed", "b", "No memory.", "False")]

    run_virtual(scene())


def test_a_job_under_way_is_given_back_when_the_process_stops(tmp_path: Path) -> None:
    async def scene() -> None:
        queue = Queue([Job("a", tmp_path)])
        await during(0.5, TranscriptionWorker(queue, Scripted(), VirtualClock()))
        assert queue.told == [("released", "a")]

    run_virtual(scene())


def test_the_text_is_the_callers_and_rows_name_the_sides() -> None:
    spoken = transcript(
        Segment(CALLER, 0, 1, "漏水"), Segment(HOTLINE, 1, 2, "您好"), Segment(CALLER, 2, 3, "三号楼")
    )
    assert spoken.text == "漏水\n三号楼"
    assert [row["side"] for row in spoken.rows()] == ["caller", "hotline", "caller"]
    assert spoken.rows()[0] == {"start": 0, "end": 1, "side": "caller", "text": "漏水"}


def test_no_model_for_transcripts_is_a_normal_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTLINE_MODELS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(store, "shipped", lambda name: tmp_path / "none-came-along")
    transcriber = Transcriber(Speech(), tmp_path / "models")
    assert transcriber.available() is None
    with pytest.raises(EnvironmentFault, match="hotline models install"):
        asyncio.run(transcriber.transcribe(tmp_path / "a.wav"))


@pytest.mark.model
def test_a_recording_is_transcribed_in_a_process_while_the_loop_runs_on(
    pocketsphinx_model: Path, speech_eval: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_MODELS", str(pocketsphinx_model.parent))
    cases = {
        case.id: case for case in evaluate.cases(speech_eval, "clean") if case.id in ("addr01", "addr07")
    }
    left = np.frombuffer(cases["addr01"].pcm + bytes(16000) + cases["addr07"].pcm, "<i2")
    stereo = np.stack([left, left[::-1]], axis=1).astype("<i2")
    file = tmp_path / "call.wav"
    file.write_bytes(wav(1, 2, 16, stereo.tobytes()))

    async def scene() -> tuple[Transcript, float]:
        loop = asyncio.get_running_loop()
        longest, before, stop = 0.0, loop.time(), asyncio.Event()

        async def watch() -> None:
            nonlocal longest, before
            while not stop.is_set():
                await asyncio.sleep(0.005)
                longest, before = max(longest, loop.time() - before), loop.time()

        settings = Speech(batch=("pocketsphinx",))
        async with Transcriber(settings, tmp_path).open() as transcriber, asyncio.TaskGroup() as tasks:
            assert transcriber.available() == "pocketsphinx"
            tasks.create_task(watch())
            made = await transcriber.transcribe(file)
            stop.set()
            return made, longest

    made, longest = asyncio.run(scene())
    assert [segment.channel for segment in made.segments] == [CALLER, CALLER]
    assert evaluate.is_right(cases["addr01"], made.segments[0].text)
    assert evaluate.is_right(cases["addr07"], made.segments[1].text)
    assert 0 < made.segments[0].start < made.segments[0].end < made.segments[1].start < made.seconds
    assert (made.engine, len(made.model)) == ("pocketsphinx", 64)
    assert longest < 0.5


@pytest.mark.model
def test_whisper_takes_free_speech_down(whisper_model: Path, speech_eval: Path) -> None:
    from hotline.speech.engines.load import load

    engine = load("whisper", whisper_model, ("zh", "en"))
    (case,) = [case for case in evaluate.cases(speech_eval, "clean") if case.id == "addr01"]
    assert "漏水" in engine.transcribe(evaluate.cut_out(case.pcm), "zh", {"prompt": "物业报修，漏水"}).text
    assert engine.transcribe(bytes(100), "zh", {}).text == ""
