"""Consultation: the operator asks somebody while the caller waits on music; and what may follow from it.

Whatever becomes of the other party, the caller is back with the operator or connected: never left.
"""

from __future__ import annotations

from hotline.call.errors import OperatorRefused
from hotline.operators.asking import Asking, WhyNot
from hotline.operators.hold import Holding
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase
from hotline.operators.waiting import Order


class Consultation:
    """Asks somebody, and completes, joins or ends it."""

    def __init__(self, stage: Stage, asking: Asking, holding: Holding) -> None:
        """Work on ``stage``."""
        self._stage = stage
        self._asking = asking
        self._holding = holding

    async def begin(self, order: Order) -> None:
        """Ring whom the operator wants to ask; the caller hears music."""
        if order.extension is None:
            raise OperatorRefused("Say whom to ask: a number, a room, an operator, a department.")
        self._asking.begin(order.extension, order.args, "consult")
        self._stage.note("CONSULT", by=self._by, name=order.extension.name, kind=order.extension.kind)
        await self._stage.enter(Phase.CONSULTING)
        self._holding.wait()

    async def agreed(self) -> None:
        """They take the call: operator and they talk."""
        third = self._stage.third
        if third is not None and third.leg is not None:
            self._stage.note(
                "CONSULT_ANSWER",
                **{"with": third.leg.facts.leg},
                name=third.extension.name,
                consent=third.consent,
            )
        await self._stage.refresh()

    async def failed(self, why: WhyNot) -> None:
        """Nobody there, or they do not take it: the operator hears which, the caller the apology."""
        self._note_end(why)
        self._stage.drop_third()
        await self._holding.back(to_operator=why.phrase)

    async def complete(self, how: str = "command") -> None:
        """Attended transfer: the caller goes on with whom the operator has talked to."""
        stage, third = self._stage, self._stage.third
        if third is None or third.leg is None:
            return
        stage.note(
            "ATTENDEDTRANSFER",
            **{"with": third.leg.facts.leg},
            by=self._by,
            name=third.extension.name,
            consent="key" if third.consent == "key" else "talk",
            how=how,
        )
        stage.waiting.disarm("hold")
        await stage.enter(stage.hand_over())

    async def cancel(self) -> None:
        """Let the other party go and take the caller back."""
        if self._stage.situation.phase is Phase.CONFERENCE:
            await self._end_conference(WhyNot.CANCELLED)
            return
        self._note_end(WhyNot.CANCELLED)
        self._stage.drop_third()
        await self._holding.back()

    async def drop(self) -> None:
        """Let the other party go; the caller stays on hold until the operator resumes."""
        if self._stage.situation.phase is Phase.CONFERENCE:
            await self._end_conference(WhyNot.CANCELLED)
            return
        self._note_end(WhyNot.CANCELLED)
        self._stage.drop_third()
        await self._stage.enter(Phase.HELD)
        self._holding.wait()

    async def conference(self) -> None:
        """All three talk."""
        stage, third = self._stage, self._stage.third
        if third is None or third.leg is None:
            return
        stage.note(
            "CONFERENCE",
            **{"with": third.leg.facts.leg},
            by=self._by,
            name=third.extension.name,
            consent="key" if third.consent == "key" else "talk",
        )
        stage.waiting.disarm("hold")
        await stage.enter(Phase.CONFERENCE)

    async def third_gone(self, why: WhyNot = WhyNot.HUNG_UP) -> None:
        """They have hung up, in the middle of it."""
        if self._stage.situation.phase is Phase.CONFERENCE:
            await self._end_conference(why)
            return
        self._note_end(why)
        self._stage.drop_third()
        await self._holding.back()

    async def _end_conference(self, why: WhyNot) -> None:
        """Caller and operator go on; nobody has waited, so nobody is thanked."""
        self._stage.note("CONFERENCE_END", by=self._by, reason=why)
        self._stage.drop_third()
        held = self._stage.situation.line_held
        await self._stage.enter(Phase.HELD if held else Phase.TALKING)
        if held:
            self._holding.wait()

    def _note_end(self, why: WhyNot) -> None:
        third = self._stage.third
        name = third.extension.name if third is not None else ""
        self._stage.note("CONSULT_END", by=self._by, name=name, reason=why)

    @property
    def _by(self) -> str:
        return self._stage.seat.operator.number
