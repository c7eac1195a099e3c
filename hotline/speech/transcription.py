"""The job that transcribes recordings one after the other, in the work process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.speech.batch import Transcript

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds between looks into an empty queue, unless :meth:`TranscriptionWorker.wake` is called."""
NO_MODEL = 30.0
"""Seconds between looks for a model while there is none: recordings stay pending."""


class TranscriptJob(Protocol):
    """A recording to transcribe."""

    @property
    def leg(self) -> str:
        """Leg of the recording."""
        ...

    @property
    def path(self) -> Path:
        """The stereo WAV."""
        ...


JobT = TypeVar("JobT", bound=TranscriptJob)


class TranscriptQueue(Protocol[JobT]):
    """Recordings that wait, oldest first. A claim that its holder does not end runs out by itself, so
    a killed work process loses nothing."""

    async def claim(self) -> JobT | None:
        """Take the next one, or ``None``."""
        ...

    async def done(self, job: JobT, transcript: Transcript) -> object:
        """Store what was said."""
        ...

    async def failed(self, job: JobT, sentence: str, retry: bool) -> None:
        """Note why it failed; ``retry``: it may go better another time."""
        ...

    async def release(self, job: JobT) -> None:
        """Give it back untried."""
        ...


class Transcribes(Protocol):
    """What the job asks of :class:`~hotline.speech.batch.Transcriber`."""

    def available(self, language: str = "zh") -> str | None:
        """Engine, or ``None`` while no model is there."""
        ...

    async def transcribe(self, path: Path, language: str = "zh", *, both: bool = False) -> Transcript:
        """Transcribe a recording."""
        ...


class TranscriptionWorker(Generic[JobT]):
    """Takes recordings from the queue until cancelled."""

    def __init__(self, queue: TranscriptQueue[JobT], transcriber: Transcribes, clock: Clock) -> None:
        """Nothing happens before :meth:`run`."""
        self._queue = queue
        self._transcriber = transcriber
        self._clock = clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A recording was queued: look at once."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled; a job under way then is given back."""
        while True:
            if self._transcriber.available() is None:
                await self._rest(NO_MODEL)
                continue
            self._woken.clear()
            job = await self._queue.claim()
            if job is None:
                await self._rest(LOOK_EVERY)
            else:
                await self._transcribe(job)

    async def _transcribe(self, job: JobT) -> None:
        try:
            transcript = await self._transcriber.transcribe(job.path)
        except EnvironmentFault as fault:
            # Without a file another try is as good as this one.
            retry = job.path.exists()
            log.warning("recording not transcribed", leg=job.leg, reason=fault.sentence, retry=retry)
            await self._queue.failed(job, fault.sentence, retry)
        except asyncio.CancelledError:
            await self._queue.release(job)
            raise
        else:
            log.info(
                "recording transcribed",
                leg=job.leg,
                seconds=transcript.seconds,
                computing_seconds=transcript.computing_seconds,
            )
            await self._queue.done(job, transcript)

    async def _rest(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(self._clock.sleep(seconds)), tasks.create_task(self._awaken())]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()

    async def _awaken(self) -> None:
        await self._woken.wait()
