"""Making recordings readable again after the process was killed or the disk was full."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from hotline.call.audio import RATE
from hotline.call.errors import EnvironmentFault
from hotline.telephony.media.wavfile import (
    NotWav,
    Tag,
    WavLayout,
    ends_in_chunks,
    read_layout,
    recording_header,
    sound_bytes,
)

_LOST_BLOCK = 64
"""Zero bytes at the end of an A-law file from this length on are blocks the disk never got (a power
cut): A-law never holds runs of 0x00, which is a loud sample."""


class UnreadableRecording(EnvironmentFault):
    """A file in the recordings folder is no recording; it is left as it is."""

    code = "unreadable-recording"


def repair_wav(path: Path) -> float:
    """Make a recording's header agree with the sound on disk; return its length in seconds.

    A cut last frame and lost blocks at the end are taken off. A file in which no sound arrived (cut
    inside its header, or nothing after it) is deleted and 0.0 returned. Running it again changes
    nothing.

    Raises:
        UnreadableRecording: The file is not one of ours; it stays untouched.
        OSError: It cannot be opened or written.
    """
    with path.open("r+b") as file:
        try:
            layout = read_layout(file)
        except NotWav as error:
            if not _is_cut_header(file):
                raise UnreadableRecording(
                    f"{path} is no readable recording: {error}. Move it out of the recordings folder."
                ) from error
            layout = None
        seconds = 0.0 if layout is None else _mend(file, layout)
    if seconds == 0.0:
        path.unlink()
    return seconds


def _is_cut_header(file: BinaryIO) -> bool:
    """True for an empty file and for a beginning of one of our own headers, whatever its sizes say."""
    file.seek(0)
    head = file.read(64)
    for tag in (Tag.ALAW, Tag.PCM):
        ours = recording_header(tag, 0)
        sizes = (ours.find(b"RIFF"), ours.find(b"fact") + 4, ours.find(b"data"))
        if len(head) < len(ours) and _blank(head, sizes) == _blank(ours, sizes)[: len(head)]:
            return True
    return False


def _blank(head: bytes, chunks: tuple[int, ...]) -> bytes:
    """Blank the four bytes after each chunk name: sizes grow while a recording is written."""
    blanked = bytearray(head)
    for chunk in chunks:
        span = slice(chunk + 4, min(chunk + 8, len(head)))
        blanked[span] = bytes(len(blanked[span]))
    return bytes(blanked)


def _mend(file: BinaryIO, layout: WavLayout) -> float:
    if ends_in_chunks(file, layout):
        return layout.declared_bytes / layout.frame_bytes / (layout.rate or RATE)
    size = sound_bytes(file, layout)
    if layout.tag is Tag.ALAW:
        size -= _lost_tail(file, layout.data_offset, size)
        size -= size % layout.frame_bytes
    if size != layout.declared_bytes or file.seek(0, 2) != layout.data_offset + size:
        _write_sizes(file, layout, size)
    return size / layout.frame_bytes / (layout.rate or RATE)


def _lost_tail(file: BinaryIO, offset: int, size: int) -> int:
    """Return how many zero bytes end the sound, 0 when they are too few to be lost blocks."""
    zeros = 0
    while zeros < size:
        step = min(65536, size - zeros)
        file.seek(offset + size - zeros - step)
        block = file.read(step)
        kept = len(block.rstrip(b"\0"))
        zeros += step - kept
        if kept:
            break
    return zeros if zeros >= _LOST_BLOCK else 0


def _write_sizes(file: BinaryIO, layout: WavLayout, size: int) -> None:
    file.seek(0)
    head = bytearray(file.read(layout.data_offset))
    head[4:8] = (layout.data_offset - 8 + size).to_bytes(4, "little")
    head[-4:] = size.to_bytes(4, "little")
    fact = head.find(b"fact")
    if fact > 0:
        head[fact + 8 : fact + 12] = (size // layout.frame_bytes).to_bytes(4, "little")
    file.truncate(layout.data_offset + size)
    file.seek(0)
    file.write(head)
