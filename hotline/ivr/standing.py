"""A caller's place in an operators' queue as the conversation sees it: what was told and said of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from hotline.call.ports.operators import QueuePlace, Taken
from hotline.ivr import events

MOST_MINUTES = 60
"""An expected wait beyond this is a guess nobody is helped by: it is not said."""


@dataclass(slots=True)
class Standing:
    """One place in one queue, from entering to leaving."""

    request: int
    """Of :class:`~hotline.ivr.commands.EnterQueue`."""
    before: str = "abandoned"
    """Outcome of the call without an operator."""
    place: QueuePlace | None = None
    operator: str = ""
    """Number of who takes, or took, the call."""
    welcomed: bool = False
    """The caller has been told that they are connected to somebody."""
    taken: bool = False
    """An operator takes the call or talks: the menu says nothing."""
    result: events.Result | None = None
    over: bool = False
    """Left, or served: what the desk says now is stale."""
    holding: bool = False
    """Something is being committed: news wait until that is through."""
    _kept: bool = False
    _ahead: int | None = None
    _minutes: int | None = None

    def heed(self, event: events.QueueTold | events.Result) -> bool:
        """Take news in; True when what the caller is doing is to be broken off now."""
        urgent = self._take(event)
        if self.holding:
            self._kept = self._kept or urgent
            return False
        return urgent

    def release(self) -> bool:
        """Hold no longer; True when news came meanwhile that break off what the caller is doing."""
        self.holding, kept, self._kept = False, self._kept, False
        return kept

    def _take(self, event: events.QueueTold | events.Result) -> bool:
        if isinstance(event, events.Result):
            self.result = event
            return True
        match event.news:
            case Taken(operator=operator):
                self.operator, self.taken = operator, True
                return True
            case QueuePlace() as place:
                self.place = place
                back, self.taken = self.taken, False
                if back:
                    # the desk has told them that they are first: nothing to add
                    self._ahead, self._minutes = 0, None
                return back

    def announcement(self) -> dict[str, str] | None:
        """Return the slots of an announcement (``queue.first``, ``queue.ahead``, ``queue.minutes``).

        ``None`` when there is nothing better to say than last time: nobody is told that it takes
        longer now.
        """
        if self.place is None:
            return None
        ahead, minutes = max(self.place.position - 1, 0), _minutes(self.place.expected)
        nearer = self._ahead is None or ahead < self._ahead
        sooner = minutes is not None and (self._minutes is None or minutes < self._minutes)
        if self._ahead is not None and not nearer and not (sooner and ahead == self._ahead):
            return None
        said = {
            "queue.first": "yes" if ahead == 0 else "",
            "queue.ahead": str(ahead) if ahead else "",
            "queue.minutes": str(minutes) if sooner else "",
        }
        self._ahead, self._minutes = ahead, minutes if sooner else self._minutes
        return said


def _minutes(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    minutes = max(1, ceil(seconds / 60))
    return minutes if minutes <= MOST_MINUTES else None
