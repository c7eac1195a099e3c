"""Sound of any card as blocks of 20 ms, 48 kHz, mono, 16 bit – and back."""

from __future__ import annotations

import numpy as np
from av import AudioFrame, AudioResampler

RATE = 48_000
BLOCK_FRAMES = RATE // 50
BLOCK_BYTES = 2 * BLOCK_FRAMES
SILENCE = bytes(BLOCK_BYTES)
_LAYOUTS = {1: "mono", 2: "stereo"}


class Converter:
    """Changes rate and channels of a stream and cuts it into blocks of one size."""

    def __init__(self, source: tuple[int, int], target: tuple[int, int], block: int) -> None:
        """Turn ``source`` (rate, channels) into ``target``, in blocks of ``block`` bytes."""
        self._source, self._block = source, block
        self._kept = bytearray()
        self._resampler = (
            None
            if source == target
            else AudioResampler(format="s16", layout=_LAYOUTS[target[1]], rate=target[0])
        )

    def convert(self, sound: bytes) -> list[bytes]:
        """Return the blocks that are whole now; the rest is kept for the next time."""
        if self._resampler is None:
            self._kept += sound
        else:
            for frame in self._resampler.resample(self._frame(sound)):
                self._kept += bytes(frame.planes[0])[: frame.samples * 2 * len(frame.layout.channels)]
        blocks = []
        while len(self._kept) >= self._block:
            blocks.append(bytes(self._kept[: self._block]))
            del self._kept[: self._block]
        return blocks

    def _frame(self, sound: bytes) -> AudioFrame:
        rate, channels = self._source
        samples = np.frombuffer(sound, dtype=np.int16).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format="s16", layout=_LAYOUTS[channels])
        frame.sample_rate = rate
        return frame


def mono_frame(sound: bytes, pts: int) -> AudioFrame:
    """Return one block as a frame for the encoder."""
    frame = AudioFrame.from_ndarray(
        np.frombuffer(sound, dtype=np.int16).reshape(1, -1), format="s16", layout="mono"
    )
    frame.sample_rate = RATE
    frame.pts = pts
    return frame


def faded(sound: bytes, factor: float) -> bytes:
    """Return a block made quieter: what stands in for a lost one."""
    return (np.frombuffer(sound, dtype=np.int16) * factor).astype(np.int16).tobytes()


def level(sound: bytes) -> float:
    """Return the loudness of a block in dB below full scale; -90 for silence."""
    samples = np.frombuffer(sound, dtype=np.int16).astype(np.float64)
    if not samples.size:
        return -90.0
    power = float(np.mean(samples**2)) / 32768**2
    return max(-90.0, 10 * float(np.log10(power))) if power > 0 else -90.0
