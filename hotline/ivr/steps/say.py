"""``say``: prompts, then the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.ivr.steps.base import Items, Step, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Say(Step):
    """Say something. A key cuts it short and counts for the next question."""

    step: Literal["say"] = "say"
    prompts: Items
    barge_in: bool = True
    next: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Say it and go on."""
        yield from talk.say(talk.spoken(self.prompts), barge_in=self.barge_in)
        return self.next
