"""Transcripts after the call: a stereo recording in, what was said when out.

The caller's side (left) is what is transcribed. The right side is our own prompts, whose text is
known; it is transcribed too only where a person may have spoken there (``both=True``, for legs
that were bridged). Decoding runs in a worker process, a stretch of speech at a time, so the work
process's loop never waits and stays able to stop.
"""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from hotline.call.audio import FRAME_BYTES, FRAME_SECONDS
from hotline.call.errors import EnvironmentFault
from hotline.settings import Speech
from hotline.speech.engines.load import load
from hotline.speech.models.install import checksum
from hotline.speech.models.store import Installed, choose, installed, model_folders
from hotline.speech.recogniser import Recogniser, Recognition
from hotline.speech.sound import read_wav
from hotline.speech.voice import speech_spans

P = ParamSpec("P")
R = TypeVar("R")

CALLER, HOTLINE = 0, 1
"""Channels of a recording: left the caller, right what was sent."""
PROMPT = {
    "zh": "以下是物业服务热线的电话录音，内容涉及报修、投诉、漏水、停电、电梯困人、楼栋单元房号和物业费。",
    "en": "A call to a property hotline: repairs, complaints, leaks, building, unit and room, fees.",
}
LONGEST_STRETCH = 28.0
"""Seconds decoded at once; Whisper's window is 30."""
_PR_SET_PDEATHSIG = 1
_NICENESS = 15
_END_SILENCE = 40
"""Frames (0.8 s) that end a stretch."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech: channel, begin and end in seconds of the recording, the words."""

    channel: int
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was said in a call, in order of time."""

    segments: tuple[Segment, ...]
    language: str
    engine: str
    model: str
    """Checksum of the model folder."""
    seconds: float
    """Length of the recording."""
    computing_seconds: float

    @property
    def text(self) -> str:
        """What the caller said, a line a segment."""
        return "\n".join(segment.text for segment in self.segments if segment.channel == CALLER)

    def rows(self) -> list[dict[str, Any]]:
        """The segments as they are stored: ``start``, ``end``, ``side``, ``text``."""
        return [
            {
                "start": segment.start,
                "end": segment.end,
                "side": "caller" if segment.channel == CALLER else "hotline",
                "text": segment.text,
            }
            for segment in self.segments
        ]


class Transcriber:
    """Transcribes recordings with the best model there is; use :meth:`open` around it."""

    def __init__(self, settings: Speech, models: Path) -> None:
        """``models`` is the home's model folder."""
        self._settings = settings
        self._models = models
        self._pool: ProcessPoolExecutor | None = None
        self._sums: dict[Path, str] = {}

    def available(self, language: str = "zh") -> str | None:
        """Name of the engine that would be used; ``None`` while no model is installed."""
        model = self._model(language)
        return model.engine if model else None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Transcriber]:
        """End the worker process afterwards; a stretch under way is given up."""
        try:
            yield self
        finally:
            self.close()

    def close(self) -> None:
        """Stop the worker process at once."""
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.terminate()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def transcribe(self, path: Path, language: str = "zh", *, both: bool = False) -> Transcript:
        """Transcribe a recording; ``both`` its right side too.

        Raises :class:`~hotline.call.errors.EnvironmentFault` without a model, for an unreadable
        recording, or when the worker process died (out of memory).
        """
        model = self._model(language)
        if model is None:
            raise EnvironmentFault(
                "No model for transcripts is installed. Get one with: hotline models install whisper-base"
            )
        began = time.perf_counter()
        channels = (CALLER, HOTLINE) if both else (CALLER,)
        try:
            seconds, spans = await self._work(_cut, path, channels)
            segments = []
            for channel, first, last in spans:
                heard = await self._work(_decode, model, path, language, (channel, first, last))
                if heard.text:
                    begin, end = first * FRAME_SECONDS, last * FRAME_SECONDS
                    segments.append(Segment(channel, round(begin, 2), round(end, 2), heard.text))
            total = await self._checksum(model.path)
        except BrokenProcessPool as error:
            self.close()
            raise EnvironmentFault(
                "The transcription process ended by itself, probably for want of memory; free some memory."
            ) from error
        return Transcript(
            segments=tuple(sorted(segments, key=lambda segment: segment.start)),
            language=language,
            engine=model.engine,
            model=total,
            seconds=seconds,
            computing_seconds=round(time.perf_counter() - began, 2),
        )

    def _model(self, language: str) -> Installed | None:
        models = installed(model_folders(self._settings, self._models))
        return choose(self._settings.batch, language, models)

    async def _checksum(self, folder: Path) -> str:
        if folder not in self._sums:
            self._sums[folder] = await self._work(checksum, folder)
        return self._sums[folder]

    async def _work(self, what: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._pool is None:
            # Spawned: the work process has threads, whose locks a fork would copy.
            self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin)
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(what, *args, **kwargs))


# --- in the worker process ---


def _begin() -> None:
    os.nice(_NICENESS)
    _die_with_parent()


def _die_with_parent() -> None:
    """End when the work process is gone, also when that was killed and could not say so (prctl(2))."""
    parent = multiprocessing.parent_process()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Gone before it could be asked for: whoever took us in, process 1 or another, is not our parent.
    if parent is not None and os.getppid() != parent.pid:
        os._exit(1)


def _cut(path: Path, channels: tuple[int, ...]) -> tuple[float, list[tuple[int, int, int]]]:
    """Length in seconds, and every stretch of speech as ``(channel, first frame, behind the last)``."""
    sound = read_wav(path)
    longest = int(LONGEST_STRETCH / FRAME_SECONDS)
    spans = []
    for channel in channels:
        if channel < len(sound.channels):
            for first, last in speech_spans(sound.pcm(channel), end_silence=_END_SILENCE):
                spans += [(channel, at, min(at + longest, last)) for at in range(first, last, longest)]
    return round(sound.seconds, 2), spans


def _decode(model: Installed, path: Path, language: str, span: tuple[int, int, int]) -> Recognition:
    channel, first, last = span
    pcm = read_wav(path).pcm(channel)[first * FRAME_BYTES : last * FRAME_BYTES]
    return _engine(model).transcribe(pcm, language, {"prompt": PROMPT.get(language, "")})


@lru_cache(maxsize=1)
def _engine(model: Installed) -> Recogniser:
    """The worker's one engine, loaded once."""
    return load(model.engine, model.path, model.languages)
