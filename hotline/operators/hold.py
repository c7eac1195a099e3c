"""Hold: the caller on music, and the thanks and apology when they come back (DOMAIN section 2)."""

from __future__ import annotations

from hotline.call.ports import Phrase
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase, ThirdStage
from hotline.operators.wiring import CALLER, OPERATOR

WAITING = frozenset({Phase.HELD, Phase.CONSULTING})
"""The caller is on music, and is reassured from time to time."""


class Holding:
    """Puts one talk's caller on hold and takes them back."""

    def __init__(self, stage: Stage) -> None:
        """Work on ``stage``."""
        self._stage = stage

    async def hold(self, how: str = "command") -> None:
        """Music for the caller, silence for the operator."""
        self._stage.note("HOLD", by=self._stage.seat.operator.number, how=how)
        await self._stage.enter(Phase.HELD)
        self.wait()

    async def resume(self, how: str = "command") -> None:
        """Connect them again."""
        self._stage.note("UNHOLD", by=self._stage.seat.operator.number, how=how)
        await self.back()

    def wait(self) -> None:
        """The caller's waiting begins, or goes on."""
        self._stage.waiting.arm("hold", self._stage.rules.reassure_every)

    async def back(
        self, to_caller: Phrase = Phrase.HOLD_RETURN, to_operator: Phrase = Phrase.HOLD_RETURN
    ) -> None:
        """Caller and operator are connected after words to each.

        The operator hears the thanks as well: they know when the caller can hear them. One whose own
        telephone holds the line stays on hold; one who is interrupted is connected when they are back.
        """
        stage = self._stage
        if stage.situation.line_held:
            await stage.enter(Phase.HELD, {OPERATOR: [to_operator]})
            self.wait()
            return
        stage.waiting.disarm("hold")
        if stage.situation.cut:
            await stage.enter(Phase.TALKING)
            return
        await stage.enter(Phase.TALKING, {CALLER: [to_caller], OPERATOR: [to_operator]})

    async def reassure(self) -> None:
        """The caller has waited for long: thanks, and music again; the operator is reminded."""
        stage = self._stage
        if stage.situation.phase not in WAITING:
            return
        await stage.refresh({CALLER: [Phrase.HOLD_RETURN]})
        if stage.situation.third in (ThirdStage.NONE, ThirdStage.TALKING):
            stage.beep(OPERATOR)
        self.wait()

    async def telephone_held(self) -> None:
        """The operator has pressed their telephone's own hold key."""
        self._stage.situation.line_held = True
        if self._stage.situation.phase is Phase.TALKING:
            await self.hold("telephone")
        else:
            await self._stage.refresh()

    async def telephone_resumed(self) -> None:
        """They have pressed it again."""
        self._stage.situation.line_held = False
        if self._stage.situation.phase is Phase.HELD:
            await self.resume("telephone")
        else:
            await self._stage.refresh()
