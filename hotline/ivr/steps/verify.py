"""``verify``: an emergency keyword was understood; is it one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.faults import CallerLeft
from hotline.ivr.keypad import Choices
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, timeout_of
from hotline.ivr.steps.base import InputStep, Turn
from hotline.ivr.steps.menu import KeyName
from hotline.language import slots as understanding

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

UNCONFIRMED = "emergency keyword heard, not confirmed by the caller"
"""For the ticket's history: the duty person may have been rung for a word misunderstood."""


class Verify(InputStep):
    """Asked by ``emergency.confirm`` in the middle of another question, which then goes on.

    Yes – by key, by an emergency key, in words, or the keyword once more – is the emergency. So is
    everything but a clear no: somebody trapped may be unable to press or to speak, or be cut off.
    """

    step: Literal["verify"] = "verify"
    yes_key: KeyName = "1"
    no_key: KeyName = "2"

    @model_validator(mode="after")
    def _always_helped(self) -> Verify:
        if self.failed is not None:
            raise ValueError('no "failed" here: who does not answer is taken to the emergency')
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Return the emergency's step, or ``None``: back to where the caller was."""
        talk.log("EMERGENCY_ASKED")
        try:
            meant = yield from self._ask(talk)
        except CallerLeft:
            meant = None
        if meant is False:
            talk.log("EMERGENCY_DENIED")
            return None
        if meant is None:
            talk.alarm.remarks += (UNCONFIRMED,)
        talk.log("EMERGENCY_UNCONFIRMED" if meant is None else "EMERGENCY_CONFIRMED")
        return talk.menu.emergency.step

    def _ask(self, talk: Talk) -> Turn[bool | None]:
        own = frozenset({self.yes_key, self.no_key, *talk.menu.emergency.keys})
        question = talk.question(QuestionKind.YES_NO, timeout=timeout_of(talk, self))

        def understand(answer: Keys | Said) -> Turn[Got[bool] | Missed]:
            yield from ()
            if isinstance(answer, Keys):
                return Got(answer.typed != self.no_key)
            if talk.alarm.meant_by(answer):
                return Got(True)
            if answer.score < talk.facts.accept_score:
                return Missed()
            meant = understanding.yes_no(answer.text, talk.language)
            return Missed() if meant is None else Got(meant)

        pad = Choices(own | talk.menu.everywhere.keys())
        inquiry = Inquiry(pad=pad, own=own, question=question)
        return (yield from ask_until_understood(talk, self, inquiry, understand))
