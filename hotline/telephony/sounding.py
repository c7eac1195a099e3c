"""The sound of one leg: everything of the ``Call`` port that the media engine does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path

from hotline.call.audio import Playable
from hotline.call.errors import CallGone
from hotline.call.ports import Call, PcmSink
from hotline.telephony.media import MediaLeg


class SoundingLeg(ABC):
    """The half of a leg that plays, records, listens and is bridged.

    The media engine gets hold of the stream when sound is first wanted, at the latest when the leg
    is answered.
    """

    def __init__(self, attach: Callable[[], MediaLeg]) -> None:
        self._attach_media = attach
        self._media: MediaLeg | None = None

    @property
    @abstractmethod
    def gone(self) -> bool:
        """True once nothing can be played any more."""

    def _sound(self) -> MediaLeg:
        if self._media is None:
            self._media = self._attach_media()
        return self._media

    def _still_there(self) -> None:
        if self.gone:
            raise CallGone("The call is over.")

    def play(self, items: Sequence[Playable], *, repeat: bool = False) -> int:
        """Queue ``items`` after what is playing; 0 on a call that is over."""
        return 0 if self.gone else self._sound().play(items, repeat=repeat)

    def stop_playing(self) -> None:
        """Barge-in: silence at once."""
        if not self.gone:
            self._sound().stop_playing()

    def start_recording(self, path: Path) -> None:
        """Record both sides from now on.

        Raises:
            CallGone: the call is over.
        """
        self._still_there()
        self._sound().start_recording(path)

    def discard_recording(self) -> None:
        """Delete what was recorded of this leg, and record nothing of it any more."""
        if self._media is not None or not self.gone:
            self._sound().discard_recording()

    @property
    def recording(self) -> Path | None:
        """The file, once recording was started."""
        return self._media.recording if self._media is not None else None

    @property
    def recorded_seconds(self) -> float:
        """Length of the recording so far."""
        return self._media.recorded_seconds if self._media is not None else 0.0

    def tap(self, sink: PcmSink) -> None:
        """Hand every received frame to ``sink`` as well."""
        if not self.gone:
            self._sound().tap(sink)

    def untap(self, sink: PcmSink) -> None:
        """Stop handing frames to ``sink``."""
        if self._media is not None:
            self._media.untap(sink)

    async def bridge(self, other: Call) -> None:
        """Have the two legs hear each other, and nobody else, until one ends or :meth:`unbridge`.

        Raises:
            CallGone: one of them is over.
            TypeError: ``other`` is no leg of this media engine.
        """
        self._sound_of(self).bridge(self._sound_of(other))

    async def unbridge(self) -> None:
        """Hear nobody and be heard by nobody; all legs stay up and none is told."""
        if self._media is not None:
            self._media.unbridge()

    async def hear(self, *others: Call) -> None:
        """From now on hear exactly ``others``, mixed; see :meth:`hotline.call.ports.Call.hear`.

        The leg itself and repetitions are left out. Something played afterwards has the line to itself
        until it is over.

        Raises:
            CallGone: one of them is over.
            TypeError: one of ``others`` is no leg of this media engine.
        """
        sources = [self._sound_of(other) for other in others]
        self._sound_of(self).hear(*sources)

    @staticmethod
    def _sound_of(leg: Call | SoundingLeg) -> MediaLeg:
        if not isinstance(leg, SoundingLeg):
            raise TypeError("a leg can only hear legs of the same media engine")
        leg._still_there()
        return leg._sound()

    async def settle_transfer(self, *, accepted: bool) -> None:
        """Do nothing: a far end without a transfer key never asked.

        Raises:
            CallGone: the call is over.
        """
        self._still_there()
