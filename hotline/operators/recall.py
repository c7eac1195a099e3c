"""An operator is rung for a caller who has none: given back, parked for too long, or fetched."""

from __future__ import annotations

from hotline.call.errors import OperatorRefused
from hotline.call.ports import DialOrder, Phrase
from hotline.operators.hold import Holding
from hotline.operators.seat import Seat, SeatedOperator, TalkEnd
from hotline.operators.stage import NOTHING, Stage
from hotline.operators.talkstate import Phase
from hotline.operators.waiting import Dialled
from hotline.operators.wiring import CALLER


class Recall:
    """Rings one operator at a time for one talk's caller."""

    def __init__(self, stage: Stage, holding: Holding) -> None:
        """Work on ``stage``."""
        self._stage = stage
        self._holding = holding
        self._token: object = None
        self._rung: tuple[SeatedOperator, str] | None = None
        self._since = stage.tools.clock.now()
        self._parked = False

    async def operator(self, say: Phrase | None = None) -> None:
        """Ring the operator who had the caller again; who is busy by now or does not answer has lost them."""
        seat = self._stage.seat
        try:
            await self.ring(seat.operator, seat.line, "recall", parked=False, say=say)
        except OperatorRefused:
            self._lost()

    async def ring(
        self, operator: SeatedOperator, line: str, why: str, *, parked: bool, say: Phrase | None = None
    ) -> None:
        """Ring ``line``; raises ``OperatorRefused`` for an operator who is busy, nothing has changed then.

        ``parked``: no answer leaves the caller in the slot.
        """
        stage = self._stage
        stage.engage(operator, why)
        self._rung, self._parked = (operator, line), parked
        self._since = stage.tools.clock.now()
        stage.note("RECALL", operator=operator.number, reason=why)
        self._token = stage.waiting.dial(
            DialOrder(
                to=line,
                linkedid=stage.call.facts.linkedid,
                purpose="operator",
                timeout=stage.rules.operator_rings,
                estate=operator.estate,
                may_transfer=True,
                notice_silence=stage.rules.notice_silence,
                card={"name": stage.order.caller_name, "matter": stage.order.topic, "why": why},
            )
        )
        await stage.enter(Phase.RECALLING, NOTHING if say is None else {CALLER: [say]})

    def rings(self, dialled: Dialled) -> bool:
        """True when this is the operator who was rung."""
        return self._rung is not None and dialled.token is self._token

    async def dialled(self, dialled: Dialled) -> bool:
        """The operator has answered, or not; returns False when the caller stays parked."""
        stage, rung = self._stage, self._rung
        self._rung = None
        if rung is None:
            return True
        operator, line = rung
        if dialled.leg is None:
            stage.disengage()
            stage.note("RECALL_FAILED", operator=operator.number)
            if self._parked:
                return False
            self._lost()
            return True
        now = stage.tools.clock.now()
        seat = Seat(operator=operator, leg=dialled.leg, rung_at=self._since, answered_at=now, line=line)
        stage.waiting.watch(dialled.leg)
        stage.operator_joined(seat)
        await self._holding.back()
        return True

    def _lost(self) -> None:
        self._stage.finish(TalkEnd.OPERATOR_LOST)
