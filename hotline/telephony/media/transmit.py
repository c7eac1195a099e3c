"""Feeding one call's transmit buffer, and knowing what of it was really sent.

The buffer is a queue of bytes that a native thread empties by 20 ms every 20 ms. Everything written is
also kept here, at 8 kHz, until the stream's counters show that it left: sent = written - buffered -
flushed. So the recording, the end of a prompt and what has to be repeated after a re-INVITE are facts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from baresip.errors import BaresipError

from hotline.call.audio import FRAME_BYTES, FRAME_SAMPLES, RATE
from hotline.telephony.media.playlist import Playlist, Segment, frame_rest
from hotline.telephony.media.resample import Upsampler
from hotline.telephony.media.reserve import Reserve
from hotline.telephony.media.stream import PcmStream, StreamStats, silent_frames

AHEAD = RATE
"""Samples written ahead at most: 1 s carries a call over any stall of this process below that, and
means two writes a second. A barge-in flushes, so depth delays no answer to a key."""
_PART_OF_CAPACITY = 0.75
"""Of a small buffer (48 kHz stereo: 32,768 bytes are 170 ms) only this part is used."""
BRIDGE_BACKLOG = RATE * 60 // 1000
"""60 ms: what a bridge may have waiting; frames beyond are dropped, or delay would only ever grow."""
_CLOCK_MARGIN = RATE // 5
"""0.2 s more sent than time has passed: not sent but lost with a replaced stream."""


class Transmitter:
    """The sending half of a leg. Used on the media thread only."""

    def __init__(
        self, on_sent: Callable[[bytes, float, bool], None], on_ended: Callable[[int, bool], None]
    ) -> None:
        """Report what happens.

        ``on_sent`` gets the PCM that was sent (8 kHz), when, and whether nothing was sent before it;
        ``on_ended`` gets each playback's end.
        """
        self._playlist = Playlist()
        self._on_sent = on_sent
        self._on_ended = on_ended
        self._flight: deque[Segment] = deque()
        self._in_flight = 0
        """Samples written and not known to be sent."""
        self._upsampler: Upsampler | None = None
        self._unit = 0
        """Bytes in the buffer for each 8 kHz sample; 0 while there is no stream."""
        self._ahead = 0
        self._high_water = 0
        self._flushed = 0
        self._starved = 0
        self._settled_at = 0.0
        self._after_pause = True
        self._keep_flushed = False
        self._held = False
        self._reserve = Reserve()
        self.flushing = False
        """A flush was asked for and has not happened yet; nothing may be written."""
        self.starved_frames = 0
        self.trimmed_samples = 0

    @property
    def playlist(self) -> Playlist:
        """What is queued."""
        return self._playlist

    @property
    def active(self) -> bool:
        """True while something is queued or on its way."""
        return bool(self._flight or self._playlist)

    @property
    def in_flight(self) -> int:
        """Samples written and not known to be sent."""
        return self._in_flight

    def bind(self, stream: PcmStream, ratio: int, channels: int, capacity: int, now: float) -> None:
        """Begin with a (new) stream of ``8 kHz * ratio``; what the old one did not send comes first."""
        self.unbind()
        stats = stream.stats()
        self._unit = 2 * ratio * channels
        self._ahead = min(AHEAD, int(capacity * _PART_OF_CAPACITY) // self._unit)
        self._upsampler = Upsampler(ratio, channels) if ratio * channels > 1 else None
        self._high_water = stats.tx_high_water
        self._flushed = stats.tx_flushed_bytes
        self._starved = stats.tx_starved_frames
        self._reserve.counted(silent_frames(stats))
        self._settled_at = now
        if stats.tx_buffered:
            # Something of ours reached the new stream before the change was noticed: it is queued again.
            self.flushing = True
            self._keep_flushed = False
            stream.flush_tx()

    def unbind(self) -> None:
        """The stream is gone, with all it had buffered."""
        if self.flushing and not self._keep_flushed:
            self._forget_flight()
        else:
            self._requeue()
        self.flushing = False
        self._unit = 0

    def fits(self, ratio: int, channels: int) -> bool:
        """True while bound to a stream of this format."""
        return self._unit == 2 * ratio * channels

    def survives(self, stats: StreamStats) -> bool:
        """False when the counters show that the stream was replaced since :meth:`settle`."""
        return stats.tx_high_water >= self._high_water and stats.tx_flushed_bytes >= self._flushed

    def settle(self, stats: StreamStats, now: float) -> bool:
        """Account for what left the buffer; returns False when it was lost instead of sent."""
        if not self._unit:
            return True
        if not self.survives(stats):
            return False
        buffered = -(-stats.tx_buffered // self._unit)
        flushed = (stats.tx_flushed_bytes - self._flushed) // self._unit
        sent = self._in_flight - buffered - flushed
        if sent > (now - self._settled_at) * RATE + _CLOCK_MARGIN:
            return False
        self._settled_at = now
        self._high_water = stats.tx_high_water
        self._flushed = stats.tx_flushed_bytes
        self.starved_frames += stats.tx_starved_frames - self._starved
        self._starved = stats.tx_starved_frames
        self._reserve.counted(silent_frames(stats))
        self._pop_sent(max(sent, 0), now)
        if self.flushing and (flushed or not stats.tx_buffered):
            self.flushing = False
            if self._keep_flushed:
                self._requeue()
            else:
                self._forget_flight()
        return True

    def feed(self, stream: PcmStream, now: float) -> None:
        """Write ahead from the playlist once less than half of the reach is left."""
        if self._in_flight > self._ahead // 2 or not self._playlist or not self._open:
            return
        batch: list[Segment] = []
        room = self._ahead - self._in_flight
        while room > 0 and (segment := self._playlist.take(room)) is not None:
            batch.append(segment)
            room -= len(segment.pcm) // 2
        samples = sum(len(segment.pcm) for segment in batch) // 2
        if room > 0 and samples:
            # The native thread counts a frame that runs dry half way as damage: end on a whole one.
            batch.append(Segment(bytes(2 * frame_rest(self._in_flight + samples)), live=True))
        if batch:
            self._write(stream, batch, now)

    def relay(self, stream: PcmStream, pcm: bytes, now: float) -> None:
        """Pass on whole frames of what others say; the oldest go when more than 60 ms would be waiting."""
        room = max(BRIDGE_BACKLOG - self._in_flight, 0) // FRAME_SAMPLES * FRAME_BYTES
        if len(pcm) > room:
            self.trimmed_samples += (len(pcm) - room) // 2
            pcm = pcm[len(pcm) - room :]
        if not pcm:
            return
        size = len(pcm)
        pcm = self._reserve.fit(pcm, self._in_flight, now)
        self.trimmed_samples += max(size - len(pcm), 0) // 2
        if pcm:
            self._write(stream, [Segment(pcm, live=True)], now)

    def stop(self, stream: PcmStream) -> None:
        """Silence at once: flush, and end every playback that was not sent to its end."""
        ended = [segment.ends for segment in self._flight if segment.ends is not None]
        for segment in self._flight:
            segment.ends = None
        ended += self._playlist.clear()
        self._keep_flushed = False
        for number in ended:
            self._on_ended(number, False)
        self._flush(stream)

    def hold(self, stream: PcmStream, on: bool) -> None:
        """Pause while the far end hears nothing; what was not sent is sent after the hold."""
        begins = on and not self._held
        self._held = on
        if begins and not self.flushing:
            self._keep_flushed = True
            self._flush(stream)

    @property
    def takes_live(self) -> bool:
        """True while what others say may be written; an announcement has the line to itself."""
        return self._open and not self.announcing

    @property
    def announcing(self) -> bool:
        """True until the last of what was to be played has left."""
        return bool(self._playlist) or any(not segment.live for segment in self._flight)

    @property
    def _open(self) -> bool:
        return bool(self._unit) and not self.flushing and not self._held

    def resume(self, stream: PcmStream) -> None:
        """The stream was bound anew and kept its buffer: a flush it refused meanwhile is due again."""
        if self.flushing:
            stream.flush_tx()

    def _flush(self, stream: PcmStream) -> None:
        if self._in_flight and self._unit and not self.flushing:
            self.flushing = True
            stream.flush_tx()

    def _write(self, stream: PcmStream, batch: list[Segment], now: float) -> None:
        if not self._in_flight:
            self._settled_at = now
            self._after_pause = True
        pcm = b"".join([segment.pcm for segment in batch])
        wire = self._upsampler.process(pcm) if self._upsampler else pcm
        try:
            taken = stream.write(wire) if wire else 0
        except BaresipError:
            self._playlist.put_back(batch)
            raise
        self._flight.extend(batch)
        self._in_flight += len(pcm) // 2
        if taken < len(wire):
            self._take_back(len(wire) - taken)

    def _take_back(self, rest: int) -> None:
        """Return to the queue what the buffer had no room for (never seen; the depth leaves room)."""
        refused = -(-rest // self._unit)
        again: list[Segment] = []
        while refused > 0 and self._flight:
            segment = self._flight.pop()
            size = len(segment.pcm) // 2
            kept = max(size - refused, 0)
            again.append(Segment(segment.pcm[2 * kept :], segment.ends))
            if kept:
                self._flight.append(Segment(segment.pcm[: 2 * kept]))
            refused -= size - kept
            self._in_flight -= size - kept
        self._playlist.put_back(again[::-1])

    def _pop_sent(self, samples: int, now: float) -> None:
        if samples <= 0 and not (self._flight and not self._flight[0].pcm):
            return
        parts: list[bytes] = []
        ended: list[int] = []
        self._in_flight -= samples
        flight = self._flight
        while flight:
            segment = flight[0]
            size = len(segment.pcm) // 2
            if size > samples:
                if samples:
                    parts.append(segment.pcm[: 2 * samples])
                    segment.pcm = segment.pcm[2 * samples :]
                break
            samples -= size
            parts.append(segment.pcm)
            if segment.ends is not None:
                ended.append(segment.ends)
            flight.popleft()
        if parts:
            self._on_sent(b"".join(parts), now, self._after_pause)
            self._after_pause = False
        for number in ended:
            self._on_ended(number, True)

    def _requeue(self) -> None:
        self._playlist.put_back(self._flight)
        self._flight.clear()
        self._in_flight = 0

    def _forget_flight(self) -> None:
        self._flight.clear()
        self._in_flight = 0
