"""``identify``: staff report by telephone – staff number and PIN, by keys only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from hotline.call.ports import StaffMember, StaffRole
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import Conceal, EnterStaff
from hotline.ivr.keypad import Digits
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of
from hotline.ivr.steps.base import InputStep, Items, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

LOCKED = "staff-locked"
"""Code of :class:`~hotline.call.errors.StaffRefused` for an account that wrong PINs have locked."""
LONGEST_NUMBER = 8
SHORTEST_PIN, LONGEST_PIN = 4, 8


class Identify(InputStep):
    """Ask for number and PIN; neither is said again, spoken, kept in a slot or written down.

    ``prompts`` asks for the number, ``pin`` for the PIN; ``tries`` counts wrong pairs (the account
    has its own count, over all calls).
    """

    step: Literal["identify"] = "identify"
    pin: Items = Field(min_length=1)
    """The question for the PIN."""
    wrong: Items = ()
    """Said when number and PIN do not belong together, before both are asked for again."""
    locked: StepRef
    """Where to go when the account is locked: its prompt says so."""
    roles: dict[StaffRole, StepRef] = Field(min_length=1)
    """Where to go by role; of several the first that stands here."""
    outsider: StepRef | None = None
    """Where to go with none of these roles; default: ``failed``."""

    @model_validator(mode="after")
    def _needs_a_way_out(self) -> Identify:
        if self.failed is None:
            raise ValueError('"failed" is needed: where a call goes after too many wrong PINs')
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Let them in, or not."""
        talk.do(Conceal(on=True))
        try:
            return (yield from self._let_in(talk))
        finally:
            talk.do(Conceal(on=False))

    def _let_in(self, talk: Talk) -> Turn[str | None]:
        tries = self.tries or talk.menu.defaults.tries
        for attempt in range(tries):
            if attempt:
                yield from talk.say(talk.spoken(self.wrong))
            entry = yield from self._entry(talk)
            if entry is None:
                return failed_of(talk, self)
            number, pin = entry
            result = yield from talk.request(EnterStaff(request=talk.number(), number=number, pin=pin))
            match result:
                case events.Found(value=StaffMember() as member):
                    return self._admitted(talk, member)
                case events.Refused(code=code) if code == LOCKED:
                    talk.ahead.clear()
                    return self.locked
                case events.Refused():
                    talk.ahead.clear()
                case _:
                    return talk.menu.failure
        return failed_of(talk, self)

    def _entry(self, talk: Talk) -> Turn[tuple[str, str] | None]:
        number = yield from self._keyed(talk, self, 1, LONGEST_NUMBER)
        if number is None:
            return None
        question = self.model_copy(update={"prompts": self.pin, "reprompts": ()})
        pin = yield from self._keyed(talk, question, SHORTEST_PIN, LONGEST_PIN)
        return None if pin is None else (number, pin)

    def _keyed(self, talk: Talk, question: InputStep, least: int, most: int) -> Turn[str | None]:
        def understand(answer: Keys | Said) -> Turn[Got[str] | Missed]:
            yield from ()
            return Got(answer.typed) if isinstance(answer, Keys) else Missed()

        inquiry = Inquiry(pad=Digits(least, most, self.terminator))
        return (yield from ask_until_understood(talk, question, inquiry, understand))

    def _admitted(self, talk: Talk, member: StaffMember) -> str:
        role = next((role for role in self.roles if role in member.roles), None)
        if role is None:
            return self.outsider or failed_of(talk, self)
        talk.let_in(member, role)
        return self.roles[role]
