"""``hours``: is a window open now?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.ivr import events
from hotline.ivr.commands import AskHours
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import StepRef, WindowRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Hours(Step):
    """Branch on an office-hours window; ``window.opens`` then says when it next opens."""

    step: Literal["hours"] = "hours"
    window: WindowRef
    open: StepRef
    closed: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask the calendar; when it cannot say, the window counts as closed and nothing is lost."""
        result = yield from talk.request(AskHours(request=talk.number(), window=self.window))
        if not isinstance(result, events.Found) or not isinstance(result.value, events.Hours):
            return self.closed
        if result.value.next_opening is not None:
            talk.fill("window.opens", result.value.next_opening, by_caller=False)
        return self.open if result.value.open else self.closed
