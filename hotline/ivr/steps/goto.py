"""``goto``: go to a step, always or by the value of a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Goto(Step):
    """Branch by a slot: its value, or ``set`` / ``unset``; ``next`` is every other case."""

    step: Literal["goto"] = "goto"
    by: ReadSlot | None = None
    cases: dict[str, StepRef] = Field(default_factory=dict)
    next: StepRef

    @model_validator(mode="after")
    def _together(self) -> Goto:
        if bool(self.cases) != (self.by is not None):
            raise ValueError("by and cases belong together")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Go there."""
        yield from ()
        if self.by is None:
            return self.next
        value = talk.slots.text(self.by)
        return self.cases.get(value) or self.cases.get("set" if value else "unset") or self.next
