"""``guard``: nobody hears of a ticket who does not know a telephone registered on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import QuestionKind
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import CheckOwner, ListCases
from hotline.ivr.keypad import Digits
from hotline.ivr.steps.answers import spoken_value
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Rounds, Turn
from hotline.ivr.steps.refs import ReadSlot, StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

LAST = 4
"""Digits of the registered telephone that are asked for (DOMAIN section 9)."""


class Guard(InputStep):
    """Ask for the last four digits of the telephone registered on the ticket.

    Who calls from that telephone is not asked. After ``tries`` wrong entries: ``failed``.
    """

    step: Literal["guard"] = "guard"
    ticket: ReadSlot = ReadSlot("ticket.number")
    """Slot with the ticket's number."""
    speech: bool = True
    """May also be said."""
    wrong: Rounds = ()
    """Said when the digits are not those of the ticket."""
    next: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask until they are right."""
        number = talk.slots.text(self.ticket)
        if (yield from _calls_from_it(talk, number)):
            return self.next
        question = None
        if self.speech and talk.understands:
            question = talk.question(QuestionKind.DIGITS, timeout=timeout_of(talk, self))
        broken: list[str] = []

        def understand(answer: Keys | Said) -> Turn[Got[str] | Missed]:
            digits = _digits(talk, answer)
            if len(digits) != LAST:
                return Missed()
            check = CheckOwner(request=talk.number(), ticket=number, last_digits=digits)
            result = yield from talk.request(check)
            if isinstance(result, events.Nothing):
                return Missed(self.wrong)
            if not isinstance(result, events.Found):
                broken.append(digits)
            return Got(digits)

        inquiry = Inquiry(pad=Digits(LAST, LAST, self.terminator), question=question)
        given = yield from ask_until_understood(talk, self, inquiry, understand)
        if broken:
            return talk.menu.failure
        return failed_of(talk, self) if given is None else self.next


def _calls_from_it(talk: Talk, number: str) -> Turn[bool]:
    """True when the caller's own number is registered on the ticket."""
    if not talk.facts.number:
        return False
    result = yield from talk.request(ListCases(request=talk.number(), caller=talk.facts.number))
    return isinstance(result, events.Found) and isinstance(result.value, tuple) and number in result.value


def _digits(talk: Talk, answer: Keys | Said) -> str:
    if isinstance(answer, Keys):
        return answer.typed
    if answer.score < talk.facts.accept_score:
        return ""
    return str(spoken_value("digits", answer.text, talk.language) or "")
