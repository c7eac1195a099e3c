"""``record``: the caller's own words, kept as a stretch of the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hotline.call.ports import QuestionKind
from hotline.ivr.ask import Keys, Said
from hotline.ivr.items import BEEP
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of, timeout_of
from hotline.ivr.steps.base import InputStep, Seconds, Turn
from hotline.ivr.steps.refs import StepRef, WrittenSlot

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Record(InputStep):
    """Have something said in the caller's own words; a pause or the terminator ends it."""

    step: Literal["record"] = "record"
    into: WrittenSlot
    longest: Seconds = 60.0
    beep: bool = True
    only_if_missing: bool = False
    next: StepRef

    def run(self, talk: Talk) -> Turn[str | None]:
        """Record and go on; silence is asked about like any other."""
        if self.only_if_missing and talk.slots.get(self.into) is not None:
            return self.next
        said = yield from own_words(talk, self, self.into, self.longest, self.beep)
        return failed_of(talk, self) if said is None else self.next


def own_words(talk: Talk, step: InputStep, into: str, longest: float, beep: bool) -> Turn[Said | None]:
    """Ask for the caller's own words and keep them in slot ``into``."""

    def understand(answer: Keys | Said) -> Turn[Got[Said] | Missed]:
        yield from ()
        return Got(answer) if isinstance(answer, Said) else Missed()

    inquiry = Inquiry(
        pad=talk.choices(),
        question=talk.question(QuestionKind.FREE, timeout=timeout_of(talk, step), longest=longest),
        finish=step.terminator,
        into=into,
        lead_out=(BEEP,) if beep else (),
    )
    said = yield from ask_until_understood(talk, step, inquiry, understand)
    if said is not None:
        talk.keep_words(into, said)
    return said
