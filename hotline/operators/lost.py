"""The operator's line is cut, comes back, or is gone: what the caller hears, and where they go."""

from __future__ import annotations

from contextlib import suppress

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Phrase
from hotline.operators.asking import WhyNot, may
from hotline.operators.consult import Consultation
from hotline.operators.hold import Holding
from hotline.operators.recall import Recall
from hotline.operators.seat import Right, TalkEnd
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase, ThirdStage
from hotline.operators.transfer import Transferring
from hotline.operators.wiring import CALLER

HANGS_UP_WITHIN = 3.0
"""Seconds after a refused transfer in which a telephone hangs up of its own accord."""


class Losing:
    """Watches one talk's operator."""

    def __init__(
        self,
        stage: Stage,
        holding: Holding,
        consultation: Consultation,
        transferring: Transferring,
        recall: Recall,
    ) -> None:
        """Work on ``stage``."""
        self._stage = stage
        self._holding = holding
        self._consultation = consultation
        self._transferring = transferring
        self._recall = recall

    async def interrupted(self) -> None:
        """Nothing comes from the operator: the caller is told and hears music; the grace begins.

        A telephone that holds us sends nothing either, and that is no interruption.
        """
        stage = self._stage
        if stage.situation.cut or stage.situation.line_held:
            return
        stage.situation.cut = True
        stage.note("OPERATOR_INTERRUPTED", operator=stage.seat.operator.number)
        stage.waiting.arm("grace", stage.rules.grace)
        alone = stage.situation.phase is Phase.TALKING
        await stage.refresh({CALLER: [Phrase.INTERRUPTED]} if alone else {})

    async def restored(self) -> None:
        """The operator is back: an apology, and on they go."""
        stage = self._stage
        if not stage.situation.cut:
            return
        stage.situation.cut = False
        stage.waiting.disarm("grace")
        stage.note("OPERATOR_RESTORED", operator=stage.seat.operator.number)
        if stage.situation.phase is Phase.TALKING:
            await self._holding.back()
        else:
            await stage.refresh()

    async def grace_over(self) -> None:
        """They have not come back."""
        if self._stage.situation.cut:
            await self.gone(properly=False)

    async def gone(self, *, properly: bool) -> None:
        """The operator's leg is over, or given up; ``properly``: they hung up."""
        stage, phase = self._stage, self._stage.situation.phase
        number = stage.seat.operator.number
        stage.note("OPERATOR_LEFT" if properly else "OPERATOR_LOST", operator=number, phase=phase)
        if not properly:
            with suppress(OperatorRefused):  # taken out of the file meanwhile
                stage.tools.lose(stage.seat.operator.estate, number)
        if phase is Phase.CONFERENCE:
            await self._consultation.complete("hangup" if properly else "lost")
        elif phase in (Phase.TRANSFERRING, Phase.PARKED):
            stage.operator_left()
            await stage.refresh()
        elif not properly:
            stage.finish(TalkEnd.OPERATOR_LOST)
        elif phase is Phase.CONSULTING:
            await self._left_consulting()
        elif (phase is Phase.HELD or self._meant_to_transfer) and not stage.call.over:
            await self._ring_again()
        else:
            stage.finish(TalkEnd.TALKED)

    @property
    def _meant_to_transfer(self) -> bool:
        """Many telephones hang up after a transfer, whatever came of it: their caller is not done with."""
        stage = self._stage
        return stage.tools.clock.monotonic() - stage.refused_at < HANGS_UP_WITHIN

    async def _left_consulting(self) -> None:
        """The other party has agreed: they have the caller. If not, the transfer is blind, where that is
        allowed; or the operator is rung again: nobody is left on music."""
        stage = self._stage
        if stage.situation.third is ThirdStage.TALKING:
            await self._consultation.complete("hangup")
        elif may(stage.seat.operator, Right.TRANSFER_BLIND) and stage.third is not None:
            stage.note(
                "TRANSFER", by=stage.seat.operator.number, name=stage.third.extension.name, how="hangup"
            )
            stage.operator_left()
            await self._transferring.ring()
        else:
            stage.note("CONSULT_END", by=stage.seat.operator.number, reason=WhyNot.CANCELLED)
            stage.drop_third()
            await self._ring_again()

    async def _ring_again(self) -> None:
        """A caller on hold whose operator has put the receiver down: they are reminded by ringing."""
        self._stage.waiting.disarm("hold")
        self._stage.operator_left()
        await self._recall.operator()
