"""Blind transfer: the caller goes to somebody the operator has not talked to.

The operator's leg is kept until that party has agreed; nobody there, and both are connected again. Nobody
transfers outside the procedure, and the record says who consented (DOMAIN section 9).
"""

from __future__ import annotations

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Phrase
from hotline.operators.asking import Asking, WhyNot, may
from hotline.operators.hold import Holding
from hotline.operators.recall import Recall
from hotline.operators.seat import Right, TalkEnd
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase
from hotline.operators.waiting import Order
from hotline.operators.wiring import CALLER


class Transferring:
    """Transfers one talk's caller, and takes them back."""

    def __init__(self, stage: Stage, asking: Asking, holding: Holding, recall: Recall) -> None:
        """Work on ``stage``."""
        self._stage = stage
        self._asking = asking
        self._holding = holding
        self._recall = recall

    def check_right(self) -> None:
        """Raise ``OperatorRefused`` when this operator may not transfer blindly."""
        if not may(self._stage.seat.operator, Right.TRANSFER_BLIND):
            raise OperatorRefused(
                "You may not transfer without asking first: consult them, then complete the transfer.",
                code="transfer-not-allowed",
            )

    async def begin(self, order: Order, how: str = "command") -> None:
        """Ring the target; the caller hears so, and ringing."""
        self.check_right()
        if order.extension is None:
            raise OperatorRefused("Say where to: a number, a room, an operator, a department.")
        self._asking.begin(order.extension, order.args, "transfer")
        self._stage.note("TRANSFER", by=self._by, name=order.extension.name, how=how)
        await self.ring()

    async def ring(self) -> None:
        """The target rings already, or is being asked: the caller waits for them and not for the operator."""
        self._stage.waiting.disarm("hold")
        await self._stage.enter(Phase.TRANSFERRING, {CALLER: [Phrase.TRANSFERRING]})

    async def agreed(self) -> None:
        """The target takes the call: the operator is free."""
        stage, third = self._stage, self._stage.third
        if third is None or third.leg is None:
            return
        stage.note(
            "BLINDTRANSFER",
            **{"with": third.leg.facts.leg},
            by=self._by,
            name=third.extension.name,
            consent=third.consent,
        )
        await stage.enter(stage.hand_over())

    async def failed(self, why: WhyNot) -> None:
        """The target is not there or does not take it: back to the operator."""
        stage, third = self._stage, self._stage.third
        stage.note("TRANSFER_FAILED", by=self._by, name=third.extension.name if third else "", reason=why)
        stage.drop_third()
        if stage.operator is None:
            await self._recall.operator(Phrase.TRANSFER_BACK)
            return
        back = Phrase.HOLD_RETURN if why is WhyNot.CANCELLED else Phrase.TRANSFER_BACK
        await self._holding.back(back, Phrase.HOLD_RETURN if why is WhyNot.CANCELLED else why.phrase)

    async def cancel(self) -> None:
        """The operator takes the caller back."""
        await self.failed(WhyNot.CANCELLED)

    def over(self, *, lost: bool) -> None:
        """The caller has talked on with the target, and that is over; ``lost``: through no will of theirs."""
        third = self._stage.third
        who = third.extension.name if third is not None else ""
        self._stage.note("TRANSFER_OVER", name=who, reason="lost" if lost else "")
        self._stage.finish(TalkEnd.OPERATOR_LOST if lost else TalkEnd.TRANSFERRED, who=who)

    @property
    def _by(self) -> str:
        return self._stage.seat.operator.number
