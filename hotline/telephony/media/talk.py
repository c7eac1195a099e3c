"""Who hears whom: one node for each leg. Used on the media thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline.telephony.media.mixing import Ears


class Talk:
    """The legs one leg hears, with what they said last, and the legs that hear it."""

    def __init__(self, *, on_first_listener: Callable[[], None], on_source_ended: Callable[[], None]) -> None:
        """Hear nobody and be heard by nobody.

        ``on_first_listener`` is called when somebody begins to listen and nobody did before,
        ``on_source_ended`` when a leg that was heard, or was to be heard, is over.
        """
        self.ears: Ears[Talk] = Ears()
        self._listeners: tuple[Talk, ...] = ()
        self._on_first_listener = on_first_listener
        self._on_source_ended = on_source_ended
        self._over = False

    @property
    def heard(self) -> bool:
        """True while anybody listens."""
        return bool(self._listeners)

    @property
    def active(self) -> bool:
        """True while anybody listens or is listened to."""
        return bool(self._listeners or self.ears)

    def say(self, frame: bytes) -> None:
        """Let everybody who listens have a frame."""
        for listener in self._listeners:
            listener.ears.put(self, frame)

    def hear(self, others: Sequence[Talk]) -> None:
        """Hear exactly these; itself and repetitions are left out, those that are over are reported."""
        chosen = dict.fromkeys(other for other in others if other is not self)
        self._choose([other for other in chosen if not other._over])
        for _ in (other for other in chosen if other._over):
            self._on_source_ended()

    def part(self) -> None:
        """Hear nobody and be heard by nobody; nobody is told."""
        self._choose(())
        for listener in self._listeners:
            listener.ears.drop(self)
        self._listeners = ()

    def end(self) -> None:
        """The leg is over: whoever heard it is told."""
        self._over = True
        listeners = self._listeners
        self.part()
        for listener in listeners:
            listener._on_source_ended()

    def is_with(self, other: Talk) -> bool:
        """True while the two hear each other and nobody else."""
        return self.ears.sources == (other,) and other.ears.sources == (self,)

    def _choose(self, sources: Sequence[Talk]) -> None:
        before = self.ears.sources
        self.ears.choose(sources)
        for old in before:
            if old not in sources:
                old._listeners = tuple(kept for kept in old._listeners if kept is not self)
        for new in sources:
            if new not in before:
                new._be_heard_by(self)

    def _be_heard_by(self, listener: Talk) -> None:
        first = not self._listeners
        self._listeners = (*self._listeners, listener)
        if first:
            self._on_first_listener()
