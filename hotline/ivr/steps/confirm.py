"""``confirm``: yes or no, by key or voice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Turn
from hotline.ivr.steps.menu import KeyName
from hotline.ivr.steps.refs import StepRef
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

AGAIN = "again"


class Confirm(InputStep):
    """Read something back and have it confirmed."""

    step: Literal["confirm"] = "confirm"
    yes: StepRef
    no: StepRef
    yes_key: KeyName = "1"
    no_key: KeyName = "2"
    again_key: KeyName = "9"
    """Says it all again."""

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask, and go to ``yes`` or ``no``."""
        own = frozenset({self.yes_key, self.no_key, self.again_key})
        question = None
        if talk.understands:
            question = talk.question(QuestionKind.YES_NO, timeout=timeout_of(talk, self))

        def understand(answer: Keys | Said) -> Turn[Got[bool | str] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                return Got(self._by_key(answer.typed))
            if answer.score < talk.facts.accept_score:
                return Missed()
            meant = understanding.yes_no(answer.text, talk.language)
            return Missed() if meant is None else Got(meant)

        inquiry = Inquiry(pad=talk.choices(own), own=own, question=question)
        meant: bool | str | None = AGAIN
        while meant == AGAIN:
            meant = yield from ask_until_understood(talk, self, inquiry, understand)
        if meant is None:
            return failed_of(talk, self)
        return self.yes if meant else self.no

    def _by_key(self, typed: str) -> bool | str:
        if typed in (self.yes_key, self.no_key):
            return typed == self.yes_key
        return AGAIN
