"""What the media engine needs of a call's audio: the part of ``baresip.Call.audio`` it uses.

PCM is signed 16-bit interleaved, native byte order, at the rate and channel count the call negotiated.
"""

from __future__ import annotations

from typing import Protocol


class StreamInfo(Protocol):
    """Formats and buffer sizes of one call's streams (``baresip.AudioInfo``)."""

    @property
    def tx_ready(self) -> bool:
        """True once the call takes PCM."""
        ...

    @property
    def rx_ready(self) -> bool:
        """True once received PCM is tapped."""
        ...

    @property
    def tx_sample_rate(self) -> int:
        """Hz; 0 until ``tx_ready``."""
        ...

    @property
    def tx_channels(self) -> int:
        """Channels of what is written."""
        ...

    @property
    def rx_sample_rate(self) -> int:
        """Hz; 0 until ``rx_ready``."""
        ...

    @property
    def rx_channels(self) -> int:
        """Channels of what is read."""
        ...

    @property
    def tx_capacity(self) -> int:
        """Transmit buffer in bytes."""
        ...


class StreamStats(Protocol):
    """Counters of one call's streams (``baresip.AudioStats``); a replaced direction starts from 0."""

    @property
    def tx_buffered(self) -> int:
        """Bytes written and not yet transmitted."""
        ...

    @property
    def tx_flushed_bytes(self) -> int:
        """Bytes thrown away by ``flush_tx``."""
        ...

    @property
    def tx_starved_frames(self) -> int:
        """Frames that ran dry in the middle."""
        ...

    @property
    def tx_high_water(self) -> int:
        """Deepest fill so far in bytes: falls only when the transmit stream was replaced."""
        ...


def silent_frames(stats: StreamStats) -> int | None:
    """Frames a stream filled with silence because nothing was there; ``None`` when it does not count them.

    Only the library's streams do (``AudioStats.tx_silence_frames``). For others a bridge keeps a frame in
    reserve from the beginning.
    """
    count = getattr(stats, "tx_silence_frames", None)
    return count if isinstance(count, int) else None


class PcmStream(Protocol):
    """One call's PCM. Every method raises ``AudioNotActive`` (no media yet, or over) or
    ``AudioRestarted`` (a re-INVITE replaced the streams; the next operation binds to the new ones).
    """

    def info(self) -> StreamInfo:
        """Probe formats and depths."""
        ...

    def stats(self) -> StreamStats:
        """Snapshot the counters."""
        ...

    def read(self, max_bytes: int) -> bytes:
        """Take what was received, never waiting."""
        ...

    def write(self, pcm: bytes) -> int:
        """Queue PCM for sending; returns the bytes taken."""
        ...

    def flush_tx(self) -> None:
        """Ask for everything not yet transmitted to be thrown away.

        Measured on baresip-python 0.5.2a3: it happens at the transmit thread's next 20 ms step and
        also takes what was written *after* the request, so nothing may be written until the flushed
        counter moved.
        """
        ...
