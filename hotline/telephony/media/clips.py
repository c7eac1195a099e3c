"""Sound files as PCM: read and decoded by loader threads, never in a media tick."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import structlog

from hotline.call.audio import Clip
from hotline.telephony.media.companding import alaw_decode, ulaw_decode
from hotline.telephony.media.resample import Downsampler, ratio_of
from hotline.telephony.media.wavfile import NotWav, Tag, WavLayout, read_layout, sound_bytes

log = structlog.get_logger(__name__)

CACHE_BYTES = 64 << 20
"""Decoded prompts kept: 64 MB are over an hour of speech, ten times both languages' prompts."""
TRUSTED_SECONDS = 2.0
"""A cached prompt is played without looking at its file again for this long: on a busy line a key is
answered without a thread change, and a replaced prompt is still heard at once."""
_LOADERS = 4
_LOGGED_ONCE = 1000


def decode_clip(clip: Clip) -> bytes:
    """Return a clip's 8 kHz mono PCM.

    Files at 16, 24, 32 or 48 kHz are resampled, so that an administrator's own recording may be as it
    came from the sound recorder.

    Raises:
        OSError: The file cannot be read.
        NotWav: Its format cannot be played.
    """
    with clip.path.open("rb") as file:
        layout = read_layout(file)
        ratio = ratio_of(layout.rate)
        if ratio is None:
            raise NotWav(f"its rate is {layout.rate} Hz; save it with 8000 Hz")
        frames = sound_bytes(file, layout) // layout.frame_bytes
        first = min(round(clip.start * layout.rate), frames)
        last = frames if clip.end is None else min(round(clip.end * layout.rate), frames)
        file.seek(layout.data_offset + first * layout.frame_bytes)
        data = file.read(max(last - first, 0) * layout.frame_bytes)
    return _decode(data, layout, clip.channel, ratio)


def _decode(data: bytes, layout: WavLayout, channel: int, ratio: int) -> bytes:
    data = data[: len(data) - len(data) % layout.frame_bytes]
    match layout.tag:
        case Tag.ALAW:
            samples = alaw_decode(data)
        case Tag.ULAW:
            samples = ulaw_decode(data)
        case Tag.PCM:
            samples = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
    if layout.channels > 1:
        samples = samples[min(channel, layout.channels - 1) :: layout.channels]
    pcm = samples.tobytes()
    return pcm if ratio == 1 else Downsampler(ratio, 1).process(pcm)


class LoadedClip:
    """What becomes of a clip: written by a loader thread, read by the media thread."""

    __slots__ = ("clip", "done", "pcm")

    def __init__(self, clip: Clip) -> None:
        """Begin pending."""
        self.clip = clip
        self.pcm: bytes | None = None
        self.done = False
        """True once loaded or given up (``pcm`` stays ``None``)."""


class ClipLoader(Protocol):
    """Loads clips for playbacks."""

    def load(self, clip: Clip, when_done: Callable[[], None]) -> LoadedClip:
        """Return at once; ``when_done`` is called from a loader thread unless it is done already."""
        ...

    def give_up(self, loaded: LoadedClip) -> None:
        """Count and log a clip that took too long."""
        ...

    @property
    def missing(self) -> int:
        """Clips that were left out so far."""
        ...

    def stop(self) -> None:
        """End the threads."""
        ...


class FileClipLoader:
    """Loads from files, with a cache of whole files (prompts) checked by size and change time.

    ``settle`` is called before a stretch of a file is read: the engine uses it to wait until a running
    recording has that stretch on disk.
    """

    def __init__(self, *, clock: Callable[[], float], settle: Callable[[Clip], None]) -> None:
        """Start no thread yet; the pool does with the first clip."""
        self._clock = clock
        self._settle = settle
        self._pool = ThreadPoolExecutor(max_workers=_LOADERS, thread_name_prefix="clips")
        self._lock = threading.Lock()
        self._cache: OrderedDict[tuple[Path, int], _Cached] = OrderedDict()
        self._cached_bytes = 0
        self._missing = 0
        self._logged: set[Path] = set()

    @property
    def missing(self) -> int:
        """Clips that were left out so far."""
        return self._missing

    def stop(self) -> None:
        """End the threads; pending clips stay pending."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def load(self, clip: Clip, when_done: Callable[[], None]) -> LoadedClip:
        """Return the clip from the cache if it was looked at lately, else have a thread load it."""
        loaded = LoadedClip(clip)
        with self._lock:
            cached = self._cache.get((clip.path, clip.channel)) if _is_whole(clip) else None
            if cached is not None and self._clock() - cached.checked < TRUSTED_SECONDS:
                self._cache.move_to_end((clip.path, clip.channel))
                loaded.pcm, loaded.done = cached.pcm, True
                return loaded
        self._pool.submit(self._load, loaded, when_done)
        return loaded

    def give_up(self, loaded: LoadedClip) -> None:
        """Count and log a clip that took too long."""
        self._left_out(loaded.clip.path, "reading it takes too long")

    def _load(self, loaded: LoadedClip, when_done: Callable[[], None]) -> None:
        clip = loaded.clip
        try:
            if _is_whole(clip):
                loaded.pcm = self._whole(clip)
            else:
                self._settle(clip)
                loaded.pcm = decode_clip(clip)
        except OSError as error:
            self._left_out(clip.path, error.strerror or "it cannot be read")
        except NotWav as error:
            self._left_out(clip.path, str(error))
        finally:
            loaded.done = True
            when_done()

    def _whole(self, clip: Clip) -> bytes:
        key = (clip.path, clip.channel)
        status = clip.path.stat()
        version = (status.st_mtime_ns, status.st_size)
        with self._lock:
            cached = self._cache.get(key)
            if cached is not None and cached.version == version:
                cached.checked = self._clock()
                return cached.pcm
        self._settle(clip)
        pcm = decode_clip(clip)
        with self._lock:
            self._keep(key, _Cached(pcm, version, self._clock()))
        return pcm

    def _keep(self, key: tuple[Path, int], entry: _Cached) -> None:
        old = self._cache.pop(key, None)
        if old is not None:
            self._cached_bytes -= len(old.pcm)
        if len(entry.pcm) > CACHE_BYTES // 4:
            return
        self._cache[key] = entry
        self._cached_bytes += len(entry.pcm)
        while self._cached_bytes > CACHE_BYTES:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= len(dropped.pcm)

    def _left_out(self, path: Path, reason: str) -> None:
        with self._lock:
            self._missing += 1
            known = path in self._logged or len(self._logged) >= _LOGGED_ONCE
            self._logged.add(path)
        if not known:
            log.warning(
                "A sound is left out of what callers hear; put a readable 8 kHz WAV there.",
                path=str(path),
                reason=reason,
            )


class _Cached:
    """A decoded file."""

    __slots__ = ("checked", "pcm", "version")

    def __init__(self, pcm: bytes, version: tuple[int, int], checked: float) -> None:
        self.pcm = pcm
        self.version = version
        self.checked = checked


def _is_whole(clip: Clip) -> bool:
    """True for a whole file: a prompt. Stretches are callers' words, heard once: not worth keeping."""
    return clip.start <= 0 and clip.end is None
