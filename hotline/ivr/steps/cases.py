"""``cases``: through a list of tickets, bills or wake-ups, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.ivr import events
from hotline.ivr.commands import FindTicket
from hotline.ivr.steps import listing
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

Move = Literal["first", "next", "previous", "again"]


class Cases(Step):
    """Go to another one of the list a ``lookup`` or ``wakeup`` has made.

    A ticket is looked up anew, as it is now; bills and wake-ups are as they were listed.
    """

    step: Literal["cases"] = "cases"
    of: Literal["tickets", "bills", "wakeups"] = "tickets"
    move: Move
    found: StepRef
    none: StepRef
    """Where to go past the end or before the beginning; the present one stays the present one."""
    failed: StepRef | None = None
    """Where to go when it cannot be looked up now; default: the menu's ``failure``."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Move and look it up; tickets that are gone are passed over."""
        if self.of != "tickets":
            return self._listed(talk, self.of)
        at = _position(talk)
        step = {"first": 0, "next": 1, "previous": -1, "again": 0}[self.move]
        at = 0 if self.move == "first" else at + step
        while 0 <= at < len(talk.cases):
            result = yield from talk.request(FindTicket(request=talk.number(), number=talk.cases[at]))
            if isinstance(result, events.Found) and talk.learn(result):
                go_to(talk, at)
                return self.found
            if not isinstance(result, events.Nothing):
                return self.failed or talk.menu.failure
            at += step or 1
        return self.none

    def _listed(self, talk: Talk, of: listing.Listed) -> str:
        now = int(talk.slots.text(f"{of}.position") or 1) - 1
        at = {"first": 0, "next": now + 1, "previous": now - 1, "again": now}[self.move]
        if not 0 <= at < listing.length(talk, of):
            return self.none
        listing.go_to(talk, of, at)
        return self.found


def listed(talk: Talk, numbers: tuple[str, ...]) -> None:
    """Take up a list; ``cases.count`` and ``cases.position`` can be said."""
    talk.cases = numbers
    talk.fill("cases.count", str(len(numbers)), by_caller=False)
    go_to(talk, 0)


def go_to(talk: Talk, at: int) -> None:
    """Note which ticket of the list is the present one (from 0), and whether there are others around it."""
    talk.fill("cases.more", "yes" if at + 1 < len(talk.cases) else "", by_caller=False)
    talk.fill("cases.position", str(at + 1), by_caller=False)


def _position(talk: Talk) -> int:
    return int(talk.slots.text("cases.position") or 1) - 1
