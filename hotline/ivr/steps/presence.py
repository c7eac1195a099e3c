"""``presence``: an operator signs in and out by telephone, is ready, takes a break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import OperatorSummary
from hotline.ivr import events
from hotline.ivr.commands import AskPresence, Request, SetPresence
from hotline.ivr.intake import OPERATOR, REFUSAL
from hotline.ivr.steps.base import Step, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Presence(Step):
    """Look at or change what the member of staff on the line does as an operator.

    Their staff number is their operator's number. ``operator.presence`` says how it is now.
    """

    step: Literal["presence"] = "presence"
    do: Literal["look", "sign_in", "ready", "pause", "sign_out"]
    here: bool = False
    """``sign_in``: the telephone this call comes from becomes their line; a withheld number does not."""
    reason: str = "by telephone"
    """``pause``: noted with it."""
    next: StepRef
    none: StepRef
    """They are no operator, or this hotline has no desk for them."""
    refused: StepRef
    """A rule of the desk does not allow it; ``refusal`` has its code."""
    failed: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Do it and branch."""
        talk.fill(REFUSAL, "", by_caller=False)
        if talk.staff is None:
            return self.none
        result = yield from talk.request(self._command(talk, talk.staff.number))
        match result:
            case events.Found(value=OperatorSummary() as operator):
                _show(talk, operator)
                return self.next
            case events.Nothing():
                return self.none
            case events.Refused(code=code):
                talk.fill(REFUSAL, code, by_caller=False)
                return self.refused
            case _:
                return self.failed

    def _command(self, talk: Talk, number: str) -> Request:
        request = talk.number()
        if self.do == "look":
            return AskPresence(request=request, number=number)
        line = talk.facts.number if self.here and self.do == "sign_in" else ""
        reason = self.reason if self.do == "pause" else ""
        return SetPresence(request=request, number=number, do=self.do, line=line, reason=reason)


def _show(talk: Talk, operator: OperatorSummary) -> None:
    plain = operator.line.removeprefix("+").isdigit()
    facts = {
        OPERATOR: operator.number,
        "operator.presence": operator.presence.value,
        "operator.line": operator.line if plain else "",
    }
    for slot, value in facts.items():
        talk.fill(slot, value, by_caller=False)
