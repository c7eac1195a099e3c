"""Recording: both directions of a call into one stereo WAV, written by a thread of its own.

The media thread only collects bytes; every :data:`HAND_OVER` seconds it hands what is settled to the
writer thread, which encodes, interleaves, writes (unbuffered) and brings the header up to date. A
killed process therefore loses at most slack + hand-over < 0.7 s; DESIGN section 6 allows one second.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Literal

import numpy as np
import structlog

from hotline.call.audio import RATE
from hotline.telephony.media.companding import alaw_encode
from hotline.telephony.media.timeline import SLACK, Track
from hotline.telephony.media.wavfile import Tag, recording_header

log = structlog.get_logger(__name__)

HAND_OVER = 0.4
"""Seconds between portions given to the writer."""
BACKLOG = 10 * RATE
"""Samples a call may wait for a stuck disk (10 s, 320 kB); what comes after is left out as silence."""
_GAP_STEP = RATE
_LOOK = 0.02

Encoding = Literal["alaw", "pcm"]


class Recording:
    """One call's recording. The media thread fills it, the writer thread empties it."""

    def __init__(self, path: Path, began: float, writer: RecordingWriter) -> None:
        """Begin at ``began`` (clock seconds); the file is created by the writer thread."""
        self.path = path
        self.closed: Future[None] = Future()
        self.failed = False
        self.written = 0
        """Samples on disk (writer thread)."""
        self.hurry = False
        """Set by a reader who waits for the newest sound: hand over at the next tick."""
        self._writer = writer
        self._began = began
        self._left = Track()
        self._right = Track()
        self._handed = 0
        self._ended: int | None = None
        self._next = began + HAND_OVER
        writer.submit(lambda: writer.open(self))

    @property
    def file(self) -> Path | None:
        """The path; ``None`` when not even the beginning was written."""
        return None if self.failed and not self.written else self.path

    def position(self, now: float) -> int:
        """Return the sample that belongs to ``now``."""
        return max(int((now - self._began) * RATE), 0)

    def seconds(self, now: float) -> float:
        """Return the length so far on the wall clock; what is on disk once it failed."""
        if self.failed:
            return self.written / RATE
        return (self.position(now) if self._ended is None else self._ended) / RATE

    def await_written(self, end: float | None, now: float, deadline: float) -> None:
        """Wait (a loader thread, at most ``deadline`` seconds) until ``end`` seconds are on disk."""
        wanted = self.position(now)
        if end is not None:
            wanted = min(wanted, round(end * RATE))
        pause = threading.Event()
        for _ in range(round(deadline / _LOOK)):
            if self.written >= wanted or self.failed or self.closed.done():
                return
            self.hurry = True
            pause.wait(_LOOK)

    def heard(self, pcm: bytes, now: float) -> None:
        """Add received samples, the last of them heard just now."""
        self._left.place(pcm, self.position(now))

    def sent(self, pcm: bytes, now: float, after_pause: bool) -> None:
        """Add samples of which the last was sent just now, ``after_pause`` in which nothing was."""
        self._right.place(pcm, self.position(now), after_pause=after_pause)

    def advance(self, now: float) -> None:
        """Hand over what is settled, if it is time to."""
        if now >= self._next or self.hurry:
            self.hurry = False
            self._next = now + HAND_OVER
            self._hand_over(self.position(now) - SLACK)

    def finish(self, now: float) -> None:
        """Hand over the rest and close the file."""
        self._ended = self.position(now)
        self._hand_over(self.position(now))
        self._writer.submit(lambda: self._writer.close(self))

    def discard(self) -> None:
        """Take nothing more, and delete the file (any thread): the far end does not want it."""
        self.failed = True
        self._writer.submit(lambda: self._writer.discard(self))

    def _hand_over(self, upto: int) -> None:
        samples = upto - self._handed
        if samples <= 0:
            return
        left, right = self._left.cut(upto), self._right.cut(upto)
        waiting = self._handed - self.written
        self._handed = upto
        if self.failed:
            return
        if waiting > BACKLOG:
            self._writer.count_dropped(samples)
            self._writer.submit(lambda: self._writer.write_gap(self, samples))
        else:
            self._writer.submit(lambda: self._writer.write(self, left, right))


class RecordingWriter:
    """The thread that owns all recording files. Without :meth:`start`, :meth:`drain` does its work."""

    def __init__(self, encoding: Encoding) -> None:
        """Write A-law (format tag 6, half the size) or PCM."""
        self._tag = Tag.ALAW if encoding == "alaw" else Tag.PCM
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._files: dict[Recording, int] = {}
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.failures = 0
        self.dropped_samples = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what was handed over, then end the thread and close every file."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(timeout=10)
            self._thread = None
        else:
            self.drain()
        self._stopped = True
        for recording in list(self._files):
            self.close(recording)

    def submit(self, job: Callable[[], None]) -> None:
        """Queue a job; jobs run in order, after :meth:`stop` at once."""
        self._jobs.put(job)
        if self._stopped:
            self.drain()

    def drain(self) -> None:
        """Run the queued jobs here and now (tests, and an engine that was never started)."""
        while not self._jobs.empty():
            if job := self._jobs.get():
                job()

    def count_dropped(self, samples: int) -> None:
        """Note samples that were left out because the disk did not keep up (media thread)."""
        self.dropped_samples += samples

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                log.exception("A portion of one recording was lost; the others go on.")

    def open(self, recording: Recording) -> None:
        """Create the file and its folders."""
        try:
            recording.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(recording.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        except OSError as error:
            self._give_up(recording, error)
            return
        self._files[recording] = descriptor
        self._append(recording, recording_header(self._tag, 0))

    def write(self, recording: Recording, left: bytes, right: bytes) -> None:
        """Append one portion: ``left`` and ``right`` are PCM of the same length."""
        both = np.empty((len(left) // 2, 2), np.int16)
        both[:, 0] = np.frombuffer(left, np.int16)
        both[:, 1] = np.frombuffer(right, np.int16)
        data = alaw_encode(both) if self._tag is Tag.ALAW else both
        if self._append(recording, data.tobytes()):
            recording.written += len(both)

    def write_gap(self, recording: Recording, samples: int) -> None:
        """Append silence for a portion that was dropped, so that what follows keeps its place."""
        for done in range(0, samples, _GAP_STEP):
            silence = bytes(2 * min(_GAP_STEP, samples - done))
            self.write(recording, silence, silence)

    def close(self, recording: Recording) -> None:
        """Close the file; its header is up to date already."""
        descriptor = self._files.pop(recording, None)
        if descriptor is not None:
            os.close(descriptor)
        if not recording.closed.done():
            recording.closed.set_result(None)

    def discard(self, recording: Recording) -> None:
        """Close the file and delete it."""
        self.close(recording)
        try:
            recording.path.unlink(missing_ok=True)
        except OSError as error:
            log.error(
                "A recording that was refused cannot be deleted now; it is tried again tonight.",
                path=str(recording.path),
                reason=error.strerror,
            )

    def _append(self, recording: Recording, data: bytes) -> bool:
        """Write and bring the header up to date; False when the recording was given up."""
        descriptor = self._files.get(recording)
        if descriptor is None:
            return False
        try:
            _write_all(descriptor, data)
            size = os.lseek(descriptor, 0, os.SEEK_CUR) - len(recording_header(self._tag, 0))
            os.pwrite(descriptor, recording_header(self._tag, size), 0)
        except OSError as error:
            self._give_up(recording, error)
            return False
        return True

    def _give_up(self, recording: Recording, error: OSError) -> None:
        self.failures += 1
        recording.failed = True
        descriptor = self._files.pop(recording, None)
        if descriptor is not None:
            os.close(descriptor)
        log.error(
            "The recording of a call stopped because its file cannot be written; the call goes on. "
            "Free disk space or make the recordings folder writable.",
            path=str(recording.path),
            reason=error.strerror,
        )


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of it; a disk that takes only a part refuses the rest at the next attempt."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
