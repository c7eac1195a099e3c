"""``hangup``: say goodbye; the caller hangs up first, we do after a grace time (DOMAIN section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from hotline.ivr.ask import Ask
from hotline.ivr.commands import Hangup as EndCall
from hotline.ivr.steps.base import Items, Step, Turn

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Hangup(Step):
    """End of the call."""

    step: Literal["hangup"] = "hangup"
    prompts: Items = ()
    grace: Annotated[float, Field(ge=0, le=60)] = 8.0
    """Seconds the caller has to hang up; the emergency's keys still work meanwhile."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Say goodbye, wait, hang up."""
        talk.ahead.clear()
        ask = Ask(
            items=talk.spoken(self.prompts),
            pad=talk.choices(),
            timeout=max(self.grace, 0.1),
            interdigit=talk.menu.defaults.choice_interdigit,
            barge_in=False,
        )
        yield from talk.ask(ask)
        talk.do(EndCall())
        return None
