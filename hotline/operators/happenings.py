"""What happens to a talk – legs, answers, spans –, and which of its parts takes it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hotline.call.events import (
    BridgeEnded,
    Digit,
    HangupBy,
    Held,
    HungUp,
    Interrupted,
    PromptEnded,
    Restored,
    Resumed,
    TransferAsked,
)
from hotline.operators.asking import Asking, WhyNot
from hotline.operators.consult import Consultation
from hotline.operators.hold import Holding
from hotline.operators.lost import Losing
from hotline.operators.park import Parking
from hotline.operators.recall import Recall
from hotline.operators.referral import Referral, refuse_transfer
from hotline.operators.seat import TalkEnd
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase
from hotline.operators.transfer import Transferring
from hotline.operators.waiting import Dialled, Due, Item, LegEvent
from hotline.operators.wiring import CALLER, OPERATOR

CALLER_GONE_PATIENCE = 5.0
"""Seconds in which the menu ends a talk whose caller's leg is over."""
LONGEST_AGAIN = 10.0
"""Seconds until a talk that must end, but is just changing hands, is looked at again."""


class Happenings:
    """Deals with everything nobody has ordered."""

    def __init__(
        self,
        stage: Stage,
        *,
        holding: Holding,
        asking: Asking,
        consultation: Consultation,
        transferring: Transferring,
        parking: Parking,
        recall: Recall,
        referral: Referral,
        key: Callable[[str], Awaitable[None]],
    ) -> None:
        """``key`` takes the operator's keys."""
        self._stage = stage
        self._holding = holding
        self._asking = asking
        self._consultation = consultation
        self._transferring = transferring
        self._parking = parking
        self._recall = recall
        self.referral = referral
        self._key = key
        self._losing = Losing(stage, holding, consultation, transferring, recall)

    async def take(self, item: Item) -> None:
        """Deal with ``item``; what is of a leg that has left, or a span called off, is passed over."""
        stage = self._stage
        match item:
            case Dialled():
                await self._dialled(item)
            case Due() if stage.waiting.counts(item):
                await self._due(item.name)
            case LegEvent(leg=leg) if leg is stage.operator:
                await self._operator_event(item)
            case LegEvent(leg=leg) if stage.third is not None and leg is stage.third.leg:
                await self._third_event(item)
            case _:
                pass

    async def _dialled(self, dialled: Dialled) -> None:
        stage = self._stage
        if not stage.waiting.wanted(dialled):
            if dialled.leg is not None:
                stage.let_go(dialled.leg)
        elif self._recall.rings(dialled):
            fetching = stage.slot is not None
            if not await self._recall.dialled(dialled):
                await self._parking.still_parked()
            elif fetching and stage.operator is not None:
                await self._parking.fetched()
        else:
            await self._asked(await self._asking.dialled(dialled))

    async def _asked(self, why: WhyNot | None) -> None:
        """Go on with a third party after something they did, or did not do."""
        third = self._stage.third
        party = (
            self._transferring if self._stage.situation.phase is Phase.TRANSFERRING else self._consultation
        )
        if why is not None:
            await party.failed(why)
        elif third is not None and third.consent and not third.connected:
            third.connected = True
            await party.agreed()

    async def _due(self, name: str) -> None:
        match name:
            case "hold":
                await self._holding.reassure()
            case "answer":
                await self._asked(await self._asking.silent())
            case "grace":
                await self._losing.grace_over()
            case "park":
                await self._parking.too_long()
            case "words":
                await self._stage.said()
            case "third-warning":
                self._asking.warn()
            case "third":
                await self._third_gone(lost=False)
            case "warning":
                self._stage.beep(CALLER, OPERATOR)
            case "longest":
                self._too_long()
            case _:
                self._stage.finish(TalkEnd.TALKED)  # the caller's leg is over

    def _too_long(self) -> None:
        stage = self._stage
        if stage.situation.phase in (Phase.TRANSFERRING, Phase.RECALLING, Phase.PARKED):
            stage.waiting.arm("longest", LONGEST_AGAIN)
            return
        stage.note("LONGEST")
        stage.finish(TalkEnd.TALKED)

    async def _operator_event(self, item: LegEvent) -> None:
        match item.event:
            case HungUp(by=by):
                await self._losing.gone(properly=by is not HangupBy.NETWORK)
            case Held():
                await self._holding.telephone_held()
            case Resumed():
                await self._holding.telephone_resumed()
            case Interrupted():
                await self._losing.interrupted()
            case Restored():
                await self._losing.restored()
            case PromptEnded(playback=playback):
                await self._stage.said(playback)
            case Digit(key=key):
                await self._key(key)
            case TransferAsked():
                self._stage.waiting.start(self.referral.asked(item.leg, item.event), "referral")
            case BridgeEnded() if self._stage.call.over:
                self._stage.waiting.arm("caller-gone", CALLER_GONE_PATIENCE)
            case _:
                pass

    async def _third_event(self, item: LegEvent) -> None:
        match item.event:
            case HungUp(by=by):
                await self._third_gone(lost=by is HangupBy.NETWORK)
            case Digit(key=key):
                await self._asked(await self._asking.pressed(key))
            case PromptEnded(playback=playback):
                await self._asking.heard(playback)
            case TransferAsked():  # a colleague who has not got the caller yet
                self._stage.waiting.start(refuse_transfer(item.leg), "referral")
            case _:
                pass

    async def _third_gone(self, *, lost: bool) -> None:
        match self._stage.situation.phase:
            case Phase.TRANSFERRED:
                self._transferring.over(lost=lost)
            case Phase.TRANSFERRING:
                await self._transferring.failed(WhyNot.HUNG_UP)
            case _:
                await self._consultation.third_gone()
