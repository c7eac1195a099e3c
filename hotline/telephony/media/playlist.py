"""What a call is to hear next: playbacks in order, cut into segments as the line takes them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hotline.call.audio import FRAME_SAMPLES, RATE
from hotline.telephony.media.clips import LoadedClip

LATE_DISK = 3.0
"""Seconds a clip may take to load once it is its turn; then it is left out."""

_WHOLE_FILE = 1 << 40


class Source(Protocol):
    """One item of a playback."""

    def take(self, samples: int) -> bytes | None:
        """Return up to that many samples of PCM; ``b""`` at the end, ``None`` while not there yet."""
        ...

    def rewind(self) -> None:
        """Begin again."""
        ...


class Looped:
    """PCM over and over, for ``samples`` in all (``None``: until stopped)."""

    def __init__(self, pcm: bytes, samples: int | None) -> None:
        """``pcm`` is one period."""
        self._pcm = pcm
        self._samples = samples
        self._done = 0

    def take(self, samples: int) -> bytes | None:
        """Return the next stretch, at most to the end of the period."""
        if self._samples is not None:
            samples = min(samples, self._samples - self._done)
        if samples <= 0 or not self._pcm:
            return b""
        start = 2 * self._done % len(self._pcm)
        pcm = self._pcm[start : start + 2 * samples]
        self._done += len(pcm) // 2
        return pcm

    def rewind(self) -> None:
        """Begin again."""
        self._done = 0


class FromClip:
    """A clip that may still be loading."""

    def __init__(
        self, loaded: LoadedClip, clock: Callable[[], float], give_up: Callable[[LoadedClip], None]
    ) -> None:
        """``give_up`` is told once when the clip does not come in :data:`LATE_DISK` seconds."""
        self._loaded = loaded
        self._clock = clock
        self._give_up = give_up
        self._position = 0
        self._waiting_since: float | None = None
        self._late = False

    def take(self, samples: int) -> bytes | None:
        """Return the next stretch, nothing for a clip that is missing or too late."""
        if self._late:
            return b""
        if not self._loaded.done:
            return self._wait()
        pcm = (self._loaded.pcm or b"")[self._position : self._position + 2 * samples]
        self._position += len(pcm)
        return pcm

    def _wait(self) -> bytes | None:
        now = self._clock()
        if self._waiting_since is None:
            self._waiting_since = now
        if now - self._waiting_since < LATE_DISK:
            return None
        self._late = True
        self._give_up(self._loaded)
        return b""

    def rewind(self) -> None:
        """Begin again."""
        self._position = 0


class FromMusicFile:
    """Music on hold from a file, over and over; the built-in music when the file does not come."""

    def __init__(self, file: FromClip, built_in: bytes, samples: int | None) -> None:
        """``samples`` in all (``None``: until stopped)."""
        self._file = file
        self._built_in = built_in
        self._samples = samples
        self._loop: Looped | None = None

    def take(self, samples: int) -> bytes | None:
        """Return the next stretch once the file is loaded or given up."""
        if self._loop is None:
            whole = self._file.take(_WHOLE_FILE)
            if whole is None:
                return None
            self._loop = Looped(whole or self._built_in, self._samples)
        return self._loop.take(samples)

    def rewind(self) -> None:
        """Begin again."""
        if self._loop is not None:
            self._loop.rewind()


@dataclass(slots=True)
class Segment:
    """A stretch of PCM on its way to the line."""

    pcm: bytes
    ends: int | None = None
    """The playback that is over once this was sent."""
    live: bool = False
    """Bridged sound or padding: worth nothing later, never put back."""


@dataclass(slots=True)
class _Playback:
    number: int
    sources: Sequence[Source]
    repeat: bool
    at: int = 0
    sounded: bool = False
    """This pass through the items produced sound."""


class Playlist:
    """The queue of one call. Used on the media thread only."""

    def __init__(self) -> None:
        """Begin empty."""
        self._again: deque[Segment] = deque()
        self._queue: deque[_Playback] = deque()

    def __bool__(self) -> bool:
        """True while there is anything to play, loaded or not."""
        return bool(self._queue or self._again)

    def add(self, number: int, sources: Sequence[Source], *, repeat: bool) -> None:
        """Queue a playback after the others."""
        self._queue.append(_Playback(number, sources, repeat))

    def put_back(self, segments: Sequence[Segment]) -> None:
        """Return segments that were not sent: they come first next time."""
        self._again.extendleft(segment for segment in reversed(segments) if not segment.live)

    def clear(self) -> list[int]:
        """Forget everything; return the playbacks that had not been handed out to their end."""
        numbers = [segment.ends for segment in self._again if segment.ends is not None]
        numbers += [playback.number for playback in self._queue]
        self._again.clear()
        self._queue.clear()
        return numbers

    def take(self, samples: int) -> Segment | None:
        """Return the next segment of at most ``samples``; ``None`` when nothing can be had now."""
        if self._again:
            segment = self._again.popleft()
            if len(segment.pcm) > 2 * samples:
                self._again.appendleft(Segment(segment.pcm[2 * samples :], segment.ends))
                return Segment(segment.pcm[: 2 * samples])
            return segment
        while self._queue:
            playback = self._queue[0]
            if playback.at < len(playback.sources):
                pcm = playback.sources[playback.at].take(samples)
                if pcm is None:
                    return None
                if pcm:
                    playback.sounded = True
                    return Segment(pcm)
                playback.at += 1
            elif playback.repeat:
                if (pause := self._start_over(playback, samples)) is not None:
                    return pause
            else:
                self._queue.popleft()
                return Segment(b"", playback.number)
        return None

    def _start_over(self, playback: _Playback, samples: int) -> Segment | None:
        """Rewind; a repeated list without any sound becomes silence instead of an endless loop."""
        for source in playback.sources:
            source.rewind()
        playback.at = 0
        if playback.sounded:
            playback.sounded = False
            return None
        return Segment(bytes(2 * min(samples, RATE)))


def frame_rest(samples: int) -> int:
    """Return how many samples are missing to a whole 20 ms frame."""
    return -samples % FRAME_SAMPLES
