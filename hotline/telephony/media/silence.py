"""Noticing that nothing comes from the far end any more, by what is received and not by how loud it is.

We offer neither comfort noise (RFC 3389) nor discontinuous transmission, so a far end that is there
sends a packet every 20 ms, and every packet decodes to sound, be it silence. There are telephones that
suppress silence all the same. They give themselves away: what they send is never quiet for long, and it
stops while it is quiet. Such a pause is no interruption until the reports of RTCP fail to come as well.
"""

from __future__ import annotations

from hotline.call.audio import RATE
from hotline.call.events import CallEvent, Interrupted, Restored

QUIET = 300
"""Of 32,767 (-41 dB): below it a telephone takes a frame for a pause of speech."""
STEADY = 0.8
"""Seconds of quiet sound that nobody sends who suppresses silence: they stop 0.5 s after the voice."""
PATIENCE = 8.0
"""Seconds a pause of such a telephone may last without a sign of life. Its RTCP reports are 2.5 to 7.5 s
apart (RFC 3550 section 6.2)."""
_GAP = 0.2
"""Seconds without sound after which what follows is a new beginning."""


class SilenceWatch:
    """Judges one leg. All times are the clock's monotonic seconds."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._limit = 0.0
        self._since = 0.0
        self._sign = 0.0
        self._paused = False
        self._interrupted = False
        self._steady = False
        """The far end sends silence like any sound: when nothing comes, something is wrong."""
        self._quiet_since: float | None = None
        """Since when all that came was quiet; ``None``: the last was not."""

    @property
    def on(self) -> bool:
        """True once :meth:`begin` was asked for."""
        return self._limit > 0

    def begin(self, limit: float, now: float) -> None:
        """Judge from now on; ``limit`` seconds without anything are an interruption, 0 ends the watch."""
        self._limit = limit
        self._since = now

    def pause(self, paused: bool, now: float) -> None:
        """The far end has us on hold, where it need not send anything (RFC 3264 section 8.4)."""
        self._paused = paused
        self._since = now

    def excuse(self, until: float) -> None:
        """Count from ``until``: up to then the far end has a reason to send none, whatever still comes."""
        self._since = until

    def alive(self, now: float) -> None:
        """The far end is there, though it may send no sound: a report of RTCP came."""
        self._sign = now

    def judge(self, now: float, pcm: bytes) -> CallEvent | None:
        """Take note of one tick and what it brought (8 kHz); return what has changed by it."""
        if not self._limit:
            return None
        if pcm:
            if not self._steady:
                self._learn(pcm, now)
            self._since = max(self._since, now)
            if self._interrupted:
                self._interrupted = False
                return Restored()
        elif not (self._paused or self._interrupted) and self._too_long(now):
            self._interrupted = True
            return Interrupted()
        return None

    def _too_long(self, now: float) -> bool:
        if self._steady or self._quiet_since is None:
            return now - self._since > self._limit
        return now - max(self._since, self._sign) > max(self._limit, PATIENCE)

    def _learn(self, pcm: bytes, now: float) -> None:
        if now - self._since > _GAP:
            self._quiet_since = None
        samples = memoryview(pcm).cast("h")
        if max(samples) >= QUIET or min(samples) <= -QUIET:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now - len(samples) / RATE
        elif now - self._quiet_since >= STEADY:
            self._steady = True
