"""The transfer key of the operator's own telephone (REFER, RFC 3515): carried out by the same rules.

With a consulted party talking, a transfer to that party completes the consultation. Any other is a blind
transfer; also one that replaces a call the telephone has made by itself (RFC 3891): that call is not ours,
so its party is rung, and told who calls, like every other target.
"""

from __future__ import annotations

from contextlib import suppress

from hotline.call.errors import CallGone, OperatorRefused
from hotline.call.events import TransferAsked
from hotline.call.ports import Call
from hotline.operators.consult import Consultation
from hotline.operators.stage import Stage
from hotline.operators.talkstate import Phase, ThirdStage, refusal
from hotline.operators.transfer import Transferring
from hotline.operators.waiting import Order


class Referral:
    """Answers the telephone of one talk's operator."""

    def __init__(self, stage: Stage, consultation: Consultation, transferring: Transferring) -> None:
        """Work on ``stage``."""
        self._stage = stage
        self._consultation = consultation
        self._transferring = transferring

    async def asked(self, leg: Call, event: TransferAsked) -> None:
        """Find who is meant, order the transfer and tell the telephone what came of it."""
        stage, operator = self._stage, self._stage.seat.operator
        accepted = False
        try:
            extension = None
            if not self._names_the_third(event.to):
                wanted = _user(event.to)
                extension = await stage.tools.switchboard.find(
                    wanted, operator=operator.number, estate=operator.estate
                )
            await stage.waiting.order("referred", {"to": _user(event.to)}, extension)
            accepted = True
        except OperatorRefused as refused:
            stage.refused_at = stage.tools.clock.monotonic()
            stage.note("TRANSFER_REFUSED", by=operator.number, reason=refused.code)
        with suppress(CallGone):
            await leg.settle_transfer(accepted=accepted)

    async def carry_out(self, order: Order) -> None:
        """Do it, as things stand by now; raises ``OperatorRefused``."""
        situation = self._stage.situation
        if order.extension is None:
            if sentence := refusal("complete", situation):
                raise OperatorRefused(sentence, code="not-now")
            await self._consultation.complete("telephone")
            return
        if sentence := refusal("blind", situation):
            raise OperatorRefused(sentence, code="not-now")
        await self._transferring.begin(order, "telephone")

    def _names_the_third(self, to: str) -> bool:
        third, situation = self._stage.third, self._stage.situation
        consulting = situation.phase in (Phase.CONSULTING, Phase.CONFERENCE)
        if third is None or not consulting or situation.third is not ThirdStage.TALKING:
            return False
        return _user(to) in (_user(third.extension.address), third.wanted)


async def refuse_transfer(leg: Call) -> None:
    """Tell a telephone that it may not transfer now."""
    with suppress(CallGone):
        await leg.settle_transfer(accepted=False)


def _user(address: str) -> str:
    """Return the user part of a SIP URI; a number or a name as it is."""
    scheme, separator, rest = address.partition(":")
    if separator and scheme.lower() in ("sip", "sips", "tel", "headset"):
        address = rest
    return address.partition("@")[0]
