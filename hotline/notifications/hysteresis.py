"""Deciding that something is wrong, or right again, only after it has been so for a while. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Hysteresis:
    """One condition. Seconds are those of a monotonic clock."""

    raise_after: float
    """How long it must be bad before it counts."""
    clear_after: float
    """How long it must be good again before that counts."""
    _seen: bool | None = None
    _since: float = 0.0
    _decided: bool | None = None

    def feed(self, bad: bool | None, now: float) -> bool | None:
        """Take what is seen now; return True (bad), False (good) or None (not decided yet).

        ``bad`` is ``None`` when nothing can be seen: what was decided stays, what was not begins anew.
        """
        if bad is None:
            self._seen = None
            return self._decided
        if bad is not self._seen:
            self._seen, self._since = bad, now
        if now - self._since >= (self.raise_after if bad else self.clear_after):
            self._decided = bad
        return self._decided
