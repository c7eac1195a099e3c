"""One served call, from “operator accepted” to its end.

A talk is one task: events of the operator's and all third legs, spans, answers and orders come in one
queue and are dealt with one after the other, so that no two of them can meet half-way. What everybody
hears follows from the situation (:mod:`hotline.operators.wiring`). The caller's own events belong to the
menu: the caller's leaving is the cancellation of :meth:`Talk.run`. The caller's recording goes on through
everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from hotline.call.audio import ToneName
from hotline.call.errors import OperatorRefused
from hotline.call.ports import Call, Extension, LegFacts, Phrase, ServeOrder, Words
from hotline.operators.asking import Asking
from hotline.operators.consult import Consultation
from hotline.operators.featurecodes import FeatureCodes, Keyed, PassedOn
from hotline.operators.happenings import Happenings
from hotline.operators.hold import Holding
from hotline.operators.keyed import action_of
from hotline.operators.park import Parking
from hotline.operators.recall import Recall
from hotline.operators.referral import Referral
from hotline.operators.seat import Seat, SeatedOperator, TalkEnd, TalkResult
from hotline.operators.stage import Stage
from hotline.operators.supervise import Supervision
from hotline.operators.talkstate import Phase, refusal
from hotline.operators.talktools import TalkTools
from hotline.operators.transfer import Transferring
from hotline.operators.waiting import Item
from hotline.operators.waiting import Order as TalkOrder
from hotline.operators.wiring import CALLER, OPERATOR

log = structlog.get_logger(__name__)

NAMING = frozenset({"consult", "blind"})
"""Actions that say whom."""
Carry = Callable[[TalkOrder], Awaitable[None]]


class Talk:
    """A caller with an operator; implements :class:`~hotline.operators.seat.TalkLike`."""

    def __init__(
        self,
        call: Call,
        seat: Seat,
        order: ServeOrder,
        words: Words,
        *,
        tools: TalkTools,
        keys_go_through: bool = False,
    ) -> None:
        """Nothing happens before :meth:`run`.

        ``keys_go_through``: the operator's keys that are no code are pressed towards the far end.
        """
        self._stage = Stage(self, call, seat, order, words, tools)
        self._keys_go_through = keys_go_through
        self._codes = FeatureCodes(tools.rules.codes)
        self._holding = Holding(self._stage)
        self._asking = Asking(self._stage)
        self._recall = Recall(self._stage, self._holding)
        self._consultation = Consultation(self._stage, self._asking, self._holding)
        self._transferring = Transferring(self._stage, self._asking, self._holding, self._recall)
        self._parking = Parking(self._stage, self._recall, self._fetch)
        self._supervision = Supervision(self._stage)
        self._happenings = Happenings(
            self._stage,
            holding=self._holding,
            asking=self._asking,
            consultation=self._consultation,
            transferring=self._transferring,
            parking=self._parking,
            recall=self._recall,
            referral=Referral(self._stage, self._consultation, self._transferring),
            key=self._key,
        )
        self._carry: Mapping[str, Carry] = {
            "hold": lambda order: self._holding.hold(),
            "resume": lambda order: self._holding.resume(),
            "consult": self._consultation.begin,
            "complete": lambda order: self._consultation.complete(),
            "conference": lambda order: self._consultation.conference(),
            "leave": lambda order: self._consultation.complete("left"),
            "cancel": self._cancel,
            "drop": self._drop,
            "blind": self._transferring.begin,
            "park": lambda order: self._parking.park(),
            "send": self._send,
            "fetch": lambda order: self._parking.fetch(order.args),
        }

    @property
    def seat(self) -> Seat:
        """The operator who is in it, or was the last."""
        return self._stage.seat

    @property
    def facts(self) -> LegFacts:
        """What is known of the caller's leg."""
        return self._stage.call.facts

    # --- the port ------------------------------------------------------------------------------

    async def run(self) -> TalkResult:
        """Lead the talk to its end; see :class:`~hotline.operators.seat.TalkLike`."""
        stage = self._stage
        try:
            await self._begin()
            while stage.result is None:
                item = await stage.waiting.next()
                try:
                    await self._take(item)
                except Exception:
                    # The caller must not pay for our fault: they are queued again, in front.
                    log.exception("a talk failed", leg=stage.call.facts.leg)
                    stage.finish(TalkEnd.OPERATOR_LOST)
            return stage.result
        finally:
            self._parking.give_back()
            await stage.close()

    async def do(self, action: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do what the operator asks; returns :meth:`state`. Raises ``OperatorRefused``."""
        if action == "status":
            return self.state()
        if action == "fetch":
            raise OperatorRefused("Callers are fetched with unpark.")
        extension = await self._find(action, args) if action in NAMING else None
        return await self._stage.waiting.order(action, args, extension)

    def state(self) -> dict[str, Any]:
        """Return what the operator's screen shows: ``phase``, ``held``, ``consulting`` (a name), ``third``
        (its stage), ``conference``, ``parked`` (slot), ``interrupted``; ``seated`` is the number of who is
        in it, empty when the talk goes on without one."""
        situation, third = self._stage.situation, self._stage.third
        return {
            "seated": self._stage.seat.operator.number if self._stage.operator is not None else "",
            "phase": situation.phase.value,
            "held": situation.phase is Phase.HELD,
            "consulting": third.extension.name if third is not None else "",
            "third": situation.third.value,
            "conference": situation.phase is Phase.CONFERENCE,
            "parked": self._stage.slot,
            "interrupted": situation.cut,
        }

    async def supervise(self, leg: Call, mode: str, *, who: str = "") -> None:
        """Let a supervisor listen, whisper, barge or leave; ``who`` is written down (a staff number)."""
        await self._stage.waiting.order("supervise", {"leg": leg, "mode": mode, "who": who})

    # --- orders --------------------------------------------------------------------------------

    async def _find(self, action: str, args: Mapping[str, Any]) -> Extension:
        """Who is named; looked up before the order is queued, so that the talk never waits for it."""
        stage = self._stage
        self._must_be_possible(action)
        if action == "blind":
            self._transferring.check_right()
        wanted = str(args.get("to") or "").strip()
        if not wanted:
            raise OperatorRefused(
                "Say whom: a number, a room, an operator, a department.", code="nobody-named"
            )
        operator = stage.seat.operator
        return await stage.tools.switchboard.find(wanted, operator=operator.number, estate=operator.estate)

    def _must_be_possible(self, action: str) -> None:
        if sentence := refusal(action, self._stage.situation):
            raise OperatorRefused(sentence, code="not-now")

    async def _fetch(self, operator: SeatedOperator, line: str) -> dict[str, Any]:
        return await self._stage.waiting.order("fetch", {"operator": operator, "line": line})

    async def _order(self, order: TalkOrder) -> None:
        if order.done.done():
            return  # who asked has gone
        try:
            await self._carry_out(order)
        except OperatorRefused as refused:
            order.done.set_exception(refused)
        except BaseException:
            order.done.set_exception(OperatorRefused("That failed; the log says why.", code="failed"))
            raise
        else:
            if not order.done.done():
                order.done.set_result(self.state())

    async def _carry_out(self, order: TalkOrder) -> None:
        match order.action:
            case "supervise":
                args = order.args
                await self._supervision.change(args["leg"], str(args["mode"]), str(args["who"]))
            case "referred":
                await self._happenings.referral.carry_out(order)
            case action:
                self._must_be_possible(action)
                await self._carry[action](order)

    async def _cancel(self, order: TalkOrder) -> None:
        transferring = self._stage.situation.phase is Phase.TRANSFERRING
        await (self._transferring if transferring else self._consultation).cancel()

    async def _drop(self, order: TalkOrder) -> None:
        transferring = self._stage.situation.phase is Phase.TRANSFERRING
        await (self._transferring.cancel() if transferring else self._consultation.drop())

    async def _send(self, order: TalkOrder) -> None:
        step = str(order.args.get("step") or "").strip()
        if not step:
            raise OperatorRefused("Say which step of the menu the caller is sent to.", code="no-step")
        self._stage.note("SEND", by=self._stage.seat.operator.number, step=step)
        self._stage.finish(TalkEnd.SENT, step=step)

    # --- what happens --------------------------------------------------------------------------

    async def _begin(self) -> None:
        stage, rules = self._stage, self._stage.rules
        stage.waiting.watch(stage.seat.leg)
        if rules.longest is not None:
            stage.waiting.arm("longest", rules.longest)
            stage.waiting.arm("warning", max(rules.longest - rules.warning, 0.0))
        greeting = {CALLER: [Phrase.SERVING], OPERATOR: [Phrase.SERVING]} if rules.greet else {}
        await stage.enter(Phase.TALKING, greeting)

    async def _take(self, item: Item) -> None:
        match item:
            case TalkOrder():
                await self._order(item)
            case _:
                await self._happenings.take(item)

    async def _key(self, key: str) -> None:
        match self._codes.press(key, self._stage.tools.clock.monotonic()):
            case Keyed() as keyed:
                self._stage.waiting.start(self._do_keyed(keyed), "keyed")
            case PassedOn(keys=keys) if self._keys_go_through and not self._stage.call.over:
                await self._stage.call.send_digits(keys)
            case _:
                pass

    async def _do_keyed(self, keyed: Keyed) -> None:
        """Carry out a code; a telephone has no screen, so a refusal sounds like one."""
        held = self._stage.situation.phase is Phase.HELD
        try:
            await self.do(*action_of(keyed, held=held, survey=self._stage.rules.survey))
        except OperatorRefused:
            self._stage.beep(OPERATOR, tone=ToneName.BUSY, seconds=0.7)
