"""``outside``: the caller's room dials out – asked for the number, connected, told how long it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from hotline.call.ports import OutsideBooking
from hotline.ivr import events
from hotline.ivr.ask import Keys, Said
from hotline.ivr.commands import BookOutside, CallOutside, Conceal, EndOutside, PressOutside
from hotline.ivr.intake import NOT_OFFERED, REFUSAL
from hotline.ivr.keypad import Digits
from hotline.ivr.steps.attempts import Got, Inquiry, Missed, ask_until_understood, failed_of
from hotline.ivr.steps.base import InputStep, Items, Turn
from hotline.ivr.steps.refs import StepRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk

CODE = "outside-"
"""Beginning of the codes of :class:`~hotline.call.errors.OutsideRefused`; the menu leaves it out."""
STRANGER = "outside-stranger"
OUTCOME = "outside"
"""Of a call in which somebody outside was talked with, or a call was booked."""
NUMBER, BOOKING = "outside.number", "outside.booking"
FEWEST, MOST = 3, 22
LOST_ON_THE_WAY = frozenset({"FAILED", "CONGESTION"})
"""Dispositions of a call that never rang there: whoever hears “no answer” would try again in vain."""
Refusal = Literal[
    "unreadable", "unknown", "internal", "premium", "forbidden", "class", "approval", "lines_busy",
    "no_trunk", "booked", "no_room", "booking_over", "default",
]  # fmt: skip


class Outside(InputStep):
    """Dial out from the caller's room, or book such a call.

    Only from a telephone of the house: the PIN of a room opens no outside line. ``prompts`` ask for the
    number; with ``known`` it is the one of the call before (``book``), or of the booking that is placed.
    """

    step: Literal["outside"] = "outside"
    do: Literal["call", "book"] = "call"
    known: bool = False
    """Dial or book ``outside.number`` instead of asking."""
    connecting: Items = ()
    """Said before the ringing tone."""
    warning: Items = ()
    """Said to both before the longest duration is over (``warn`` in dialplan.yaml)."""
    ends: Annotated[str, Field(pattern=r"^([0-9*#]{2,3})?$")] = "##"
    """Keys with which the caller ends the call and stays on the line; others reach the far end as well."""
    next: StepRef
    """The call is over, or booked: ``outside.minutes``, ``outside.cost``, ``outside.booking`` can be said."""
    unreachable: StepRef | None = None
    """Nobody answered there, or it is busy."""
    not_connected: StepRef | None = None
    """It failed on the way: no such number there, no route, the exchange is full. Empty: ``unreachable``."""
    refused: dict[Refusal, StepRef] = Field(default_factory=dict)
    """By rule of the dial plan; ``default`` for every other."""
    stranger: StepRef
    """The call does not come from a telephone of the house, or there are no outside lines here."""

    @model_validator(mode="after")
    def _whole(self) -> Outside:
        if "default" not in self.refused:
            raise ValueError("refused needs a default: where to go when the dial plan does not allow it")
        if self.do == "call" and self.unreachable is None:
            raise ValueError("unreachable is needed: where to go when nobody answers there")
        if not self.known and not self.prompts:
            raise ValueError("prompts are needed: they ask for the number")
        return self

    def run(self, talk: Talk) -> Turn[str | None]:
        """Ask, dial, tell."""
        talk.fill(REFUSAL, "", by_caller=False)
        if not self.known:
            number = yield from ask_until_understood(
                talk, self, Inquiry(pad=Digits(FEWEST, MOST, self.terminator)), _typed
            )
            if number is None:
                return failed_of(talk, self)
            talk.fill(NUMBER, number, by_caller=False)
        result = yield from (self._book(talk) if self.do == "book" else self._call(talk))
        talk.ahead.clear()
        match result:
            case events.Found(value=events.OutsideTalk() as over):
                return self._over(talk, over)
            case events.Found(value=OutsideBooking() as booking):
                return self._booked(talk, booking)
            case events.Refused(code=code) if code != STRANGER:
                talk.fill(REFUSAL, code, by_caller=False)
                return self._refused(code)
            case events.Refused():
                return self.stranger
            case events.Failed(code=code) if code == NOT_OFFERED:
                return self.stranger
            case _:
                return talk.menu.failure

    def _book(self, talk: Talk) -> Turn[events.Result]:
        number = talk.slots.text(NUMBER)
        command = BookOutside(request=talk.number(), number=number, language=talk.language)
        return (yield from talk.request(command))

    def _call(self, talk: Talk) -> Turn[events.Result]:
        """Pass keys on while connected; they are nobody's business here (a bank asks for a PIN)."""
        command = CallOutside(
            request=talk.number(),
            patience=float("inf"),
            number=talk.slots.text(NUMBER),
            booking=talk.slots.text(BOOKING),
            connecting=talk.spoken(self.connecting),
            warning=talk.spoken(self.warning),
        )
        talk.do(command)
        talk.do(Conceal(on=True))
        talk.bridged = talk.through = True
        typed = ""
        try:
            while True:
                event = yield
                if isinstance(event, events.Result) and event.request == command.request:
                    return event
                if isinstance(event, events.KeyPressed):
                    typed = (typed + event.key)[-3:]
                    talk.do(PressOutside(request=command.request, key=event.key))
                    if self.ends and typed.endswith(self.ends):
                        talk.do(EndOutside(request=command.request))
        finally:
            talk.bridged = talk.through = False
            talk.do(EndOutside(request=command.request))
            talk.do(Conceal(on=False))

    def _over(self, talk: Talk, over: events.OutsideTalk) -> str | None:
        charge = over.charge
        if not charge.answered:
            on_the_way = over.disposition in LOST_ON_THE_WAY
            return (self.not_connected if on_the_way else None) or self.unreachable
        talk.outcome = OUTCOME
        told = charge.tells_cost and charge.cost is not None and charge.cost > 0
        talk.fill("outside.minutes", str(charge.minutes), by_caller=False)
        talk.fill("outside.cost", str(charge.cost) if told else "", by_caller=False)
        return self.next

    def _booked(self, talk: Talk, booking: OutsideBooking) -> str | None:
        talk.outcome = OUTCOME
        talk.fill(BOOKING, booking.number, by_caller=False)
        talk.fill("outside.ahead", str(booking.ahead) if booking.ahead else "", by_caller=False)
        talk.fill("outside.approved", "yes" if booking.approved else "", by_caller=False)
        return self.next

    def _refused(self, code: str) -> str | None:
        name = code.removeprefix(CODE).replace("-", "_")
        by_name: dict[str, StepRef] = {str(rule): step for rule, step in self.refused.items()}
        return by_name.get(name) or by_name["default"]


def _typed(answer: Keys | Said) -> Turn[Got[str] | Missed]:
    yield from ()
    return Got(answer.typed) if isinstance(answer, Keys) else Missed()
