"""``report``: tell who placed this call what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hotline.call.ports import Span
from hotline.ivr import events
from hotline.ivr.commands import Report as ReportOutcome
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.intake import Value
    from hotline.ivr.talk import Talk


class Report(Step):
    """Only in flows. It is committed before anything else is said: a thank-you is a promise."""

    step: Literal["report"] = "report"
    outcome: Annotated[str, Field(alias="as", pattern=r"^[a-z][a-z0-9_]*$")]
    """What came of it: ``accepted``, ``passed_on`` …; whoever places the call knows these words."""
    words: ReadSlot | None = None
    """Own words that go with it."""
    value: ReadSlot | None = None
    """A value that goes with it: what was keyed in."""
    next: StepRef
    failed: StepRef
    """Where to go when it could not be written down."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Report it and go on; the outcome is the call's."""
        named = ((name, talk.slots.get(slot)) for name, slot in self._slots().items())
        values = tuple((name, _plain(value)) for name, value in named if value is not None)
        command = ReportOutcome(request=talk.number(), outcome=self.outcome, values=values)
        result = yield from talk.request(command)
        if not isinstance(result, events.Found):
            return self.failed
        talk.outcome = self.outcome
        return self.next

    def _slots(self) -> dict[str, str]:
        given = {"words": self.words, "value": self.value}
        return {name: slot for name, slot in given.items() if slot is not None}


def _plain(value: Value) -> str | Span:
    return value if isinstance(value, Span) else str(value)
