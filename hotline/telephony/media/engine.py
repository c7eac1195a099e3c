"""The media thread: the one place of a calls process where sound moves.

The thread is the real-time adapter of the process: it keeps its 20 ms schedule on the clock port's
monotonic seconds and waits on a :class:`threading.Event`, because PCM is due whether or not the event
loop is busy. Nothing here is dated; recordings carry no time of day.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from hotline.call.audio import FRAME_SECONDS, RATE, Clip, Playable, Silence, Tone, ToneName
from hotline.call.clock import Clock
from hotline.call.events import CallEvent
from hotline.call.scheduling import prefer_this_thread
from hotline.telephony.media.clips import ClipLoader, FileClipLoader
from hotline.telephony.media.leg import MediaLeg
from hotline.telephony.media.playlist import FromClip, FromMusicFile, Looped, Source
from hotline.telephony.media.recorder import Encoding, Recording, RecordingWriter
from hotline.telephony.media.sounds import tone
from hotline.telephony.media.stream import PcmStream

log = structlog.get_logger(__name__)

_FLUSH_POLL = 0.004
"""Seconds between looks at a pending barge-in, so that the next prompt follows at once."""
_SETTLE_DEADLINE = 1.0
"""Seconds a clip waits for its stretch of a running recording to reach the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaCounters:
    """What went wrong or was adjusted since the engine was made, all calls together."""

    legs: int
    """Calls attached now."""
    ticks: int
    late_ticks: int
    """Ticks that began over 20 ms late."""
    longest_tick_ms: float
    missing_clips: int
    """Clips left out: missing, unreadable or too late."""
    starved_frames: int
    """Frames that ran dry in the middle while sending."""
    trimmed_bridge_frames: int
    """Frames dropped because over 60 ms of what another leg said were waiting."""
    dropped_recorder_frames: int
    """Frames replaced by silence in recordings because the disk did not keep up."""
    failed_recordings: int
    """Recordings given up on a write error."""
    failed_legs: int
    """Calls whose media ended by a fault of ours."""


class MediaEngine:
    """All calls' PCM on one thread. :meth:`tick` may be called directly instead of :meth:`start`."""

    def __init__(
        self,
        *,
        encoding: Literal["alaw", "pcm"] = "alaw",
        music: Path | None = None,
        clock: Clock,
        loader: ClipLoader | None = None,
    ) -> None:
        """``music`` replaces the built-in music on hold; ``encoding`` is the recordings'."""
        self._clock = clock
        self._music = music
        self._commands: deque[Callable[[], None]] = deque()
        self._wake = threading.Event()
        self._stopping = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._legs: list[MediaLeg] = []
        self._lock = threading.Lock()
        self._open: dict[Path, Recording] = {}
        self._loader = loader or FileClipLoader(clock=clock.monotonic, settle=self._await_written)
        encoded: Encoding = encoding
        self._writer = RecordingWriter(encoded)
        self._ticks = 0
        self._late_ticks = 0
        self._longest_tick = 0.0
        self._failed_legs = 0
        self.turns = itertools.count()
        """Hands every leg another beginning, so that their calm ticks do not fall together."""
        self._past_starved = 0
        self._past_trimmed = 0

    # --- asked by the owner, any thread ----------------------------------------------------------

    def start(self) -> None:
        """Start the media thread and the recorder's writer thread."""
        for name in ToneName:
            tone(name)
        self._writer.start()
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Detach every call, close all recordings and end the threads; may be called again."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
        self._run_commands()
        for leg in list(self._legs):
            leg.release()
        self._stopped = True
        self._run_commands()
        self._writer.stop()
        self._loader.stop()

    def attach(
        self, stream: PcmStream, *, post: Callable[[CallEvent], None], detect_digits: bool = False
    ) -> MediaLeg:
        """Take a call's audio on. ``post`` is called on the media thread and must not wait."""
        leg = MediaLeg(self, stream, post, detect_digits=detect_digits)
        self.submit(lambda: self._legs.append(leg))
        return leg

    @property
    def counters(self) -> MediaCounters:
        """A snapshot."""
        legs = list(self._legs)
        trimmed = self._past_trimmed + sum(leg.trimmed_samples for leg in legs)
        return MediaCounters(
            legs=len(legs),
            ticks=self._ticks,
            late_ticks=self._late_ticks,
            longest_tick_ms=self._longest_tick * 1000,
            missing_clips=self._loader.missing,
            starved_frames=self._past_starved + sum(leg.transmitter.starved_frames for leg in legs),
            trimmed_bridge_frames=trimmed * 50 // RATE,
            dropped_recorder_frames=self._writer.dropped_samples * 50 // RATE,
            failed_recordings=self._writer.failures,
            failed_legs=self._failed_legs,
        )

    # --- for the legs ----------------------------------------------------------------------------

    def now(self) -> float:
        """Return the clock's monotonic seconds."""
        return self._clock.monotonic()

    def submit(self, command: Callable[[], None]) -> None:
        """Have the media thread do something before anything else; any thread, never waits."""
        self._commands.append(command)
        self._wake.set()
        if self._stopped:
            self._run_commands()

    def source(self, item: Playable, leg: MediaLeg) -> Source:
        """Prepare one thing to play; files are read by the loader's threads."""
        match item:
            case Silence(seconds):
                return Looped(bytes(2 * RATE), round(seconds * RATE))
            case Tone(ToneName.MUSIC, seconds) if self._music is not None:
                file = self._from_file(Clip(self._music), leg)
                return FromMusicFile(file, tone(ToneName.MUSIC), _samples(seconds))
            case Tone(ToneName.BEEP, None):
                return Looped(tone(ToneName.BEEP), len(tone(ToneName.BEEP)) // 2)
            case Tone(name, seconds):
                return Looped(tone(name), _samples(seconds))
            case Clip():
                return self._from_file(item, leg)

    def _from_file(self, clip: Clip, leg: MediaLeg) -> FromClip:
        loaded = self._loader.load(clip, lambda: self.submit(lambda: leg.pump(self.now())))
        return FromClip(loaded, self.now, self._loader.give_up)

    def open_recording(self, path: Path) -> Recording:
        """Begin a recording now."""
        recording = Recording(path, self.now(), self._writer)
        with self._lock:
            self._open[path] = recording
        recording.closed.add_done_callback(lambda _: self._closed(path))
        return recording

    def forget(self, leg: MediaLeg) -> None:
        """Drop a leg that was released; its counts stay (media thread)."""
        if leg in self._legs:
            self._legs.remove(leg)
        self._past_starved += leg.transmitter.starved_frames
        self._past_trimmed += leg.trimmed_samples

    def _closed(self, path: Path) -> None:
        with self._lock:
            self._open.pop(path, None)

    def _await_written(self, clip: Clip) -> None:
        """Loader thread: wait until a running recording has the clip's stretch on disk."""
        with self._lock:
            recording = self._open.get(clip.path)
        if recording is not None:
            recording.await_written(clip.end, self.now(), _SETTLE_DEADLINE)

    # --- media thread ----------------------------------------------------------------------------

    def tick(self) -> None:
        """Do 20 ms of work for every call: receive and account first, so that bridged frames and
        what follows them see the present depth of the other side."""
        self._run_commands()
        now = self.now()
        for half in (MediaLeg.receive, MediaLeg.transmit):
            for leg in self._legs:
                try:
                    half(leg, now)
                except Exception:
                    self._fail(leg)
        self._ticks += 1

    def between(self) -> None:
        """Half way between two ticks: pass on what bridged calls have said since the last one.

        Packets come at any moment of the 20 ms, so each waits for 5 ms on average and not for 10.
        """
        now = self.now()
        for half in (MediaLeg.receive_between, MediaLeg.relay_between):
            for leg in self._legs:
                try:
                    half(leg, now)
                except Exception:
                    self._fail(leg)

    def _fail(self, leg: MediaLeg) -> None:
        """A fault of ours in one call's media must not touch the others: it loses its media."""
        if not leg.failed:
            leg.failed = True
            self._failed_legs += 1
            log.exception("The media of one call failed and was taken off; other calls go on.")
            self.submit(leg.release)

    def _run(self) -> None:
        prefer_this_thread()
        due = self.now()
        halfway: float | None = None
        while not self._stopping:
            now = self.now()
            wait = due - now
            if halfway is not None and now >= halfway and wait > 0:
                halfway = None
                self.between()
                continue
            if wait > 0:
                self._rest((halfway or due) - now)
                continue
            if wait < -FRAME_SECONDS:
                # Everything is computed from what is there and from the time that passed, so one
                # tick makes up for those that were missed: no burst of ticks.
                self._late_ticks += 1
                due = self.now()
            began = time.perf_counter()
            self.tick()
            self._longest_tick = max(self._longest_tick, time.perf_counter() - began)
            halfway = due + FRAME_SECONDS / 2
            due += FRAME_SECONDS

    def _rest(self, wait: float) -> None:
        """Wait for the next tick, for a command or for a barge-in to get through."""
        flushing = [leg for leg in self._legs if leg.flushing]
        woken = self._wake.wait(min(wait, _FLUSH_POLL) if flushing else wait)
        if woken:
            self._run_commands()
        for leg in flushing:
            leg.poll_flush(self.now())

    def _run_commands(self) -> None:
        self._wake.clear()
        while self._commands:
            command = self._commands.popleft()
            try:
                command()
            except Exception:
                log.exception("A request to the media of one call failed; other calls go on.")


def _samples(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * RATE)
