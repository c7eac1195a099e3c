"""Somebody is called into a talk: rung, and asked whether they take the call (DOMAIN section 6).

They are told the caller's name and matter and may refuse; the caller never learns their number or where
they are, nor that they were there and refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hotline.call.errors import DialBusy, DialDeclined, DialNoAnswer, HotlineError
from hotline.call.ports import DialOrder, Extension, Phrase
from hotline.operators.seat import SeatedOperator
from hotline.operators.stage import Stage, Third
from hotline.operators.talkstate import ThirdStage
from hotline.operators.waiting import Dialled
from hotline.operators.wiring import CALLER, OPERATOR, THIRD

MOST_REPEATS = 5
"""Who keeps pressing 9 has not agreed: a caller waits meanwhile."""


class WhyNot(StrEnum):
    """Why somebody is not connected; in the record."""

    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """Not reachable, no channel, no such number."""
    REFUSED = "refused"
    """Was asked and said no."""
    SILENT = "silent"
    """Was asked and said nothing: counts as no."""
    HUNG_UP = "hung_up"
    CANCELLED = "cancelled"

    @property
    def phrase(self) -> Phrase:
        """How the operator is told."""
        return Phrase.CONSULT_REFUSED if self in _REFUSALS else Phrase.CONSULT_SILENT


_REFUSALS = frozenset({WhyNot.REFUSED, WhyNot.DECLINED})


class Asking:
    """Rings and asks the third party of one talk."""

    def __init__(self, stage: Stage) -> None:
        """Work on ``stage``."""
        self._stage = stage

    def begin(self, extension: Extension, args: Mapping[str, Any], purpose: str) -> None:
        """Ring ``extension``; raises ``OperatorRefused`` for a colleague who is busy.

        ``args``: ``name`` of the caller and ``matter``, as the third party is told; both are known from the
        queue when they are not given.
        """
        stage = self._stage
        name = str(args.get("name") or stage.order.caller_name)
        matter = str(args.get("matter") or stage.order.topic)
        operator = stage.seat.operator
        third = Third(extension=extension, name=name, matter=matter, wanted=str(args.get("to", "")))
        self._engage(third, operator.estate)
        third.token = stage.waiting.dial(
            DialOrder(
                to=extension.address,
                linkedid=stage.call.facts.linkedid,
                purpose=extension.purpose or purpose,
                timeout=stage.rules.target_rings,
                caller_id=extension.caller_id,
                account=extension.account,
                estate=operator.estate,
                may_transfer=third.colleague is not None,
                notice_silence=stage.rules.notice_silence if third.colleague is not None else 0.0,
                card={"name": name, "matter": matter, "operator": operator.number, "why": purpose},
            ),
            extension,
        )
        stage.third, stage.situation.third = third, ThirdStage.RINGING

    def _engage(self, third: Third, estate: str) -> None:
        """A colleague who is asked gets no caller of a queue meanwhile."""
        if third.extension.kind != "operator":
            return
        number = third.extension.name
        number = number if number.isdigit() else third.extension.address.removeprefix("headset:")
        number = number if number.isdigit() else third.wanted
        if number.isdigit():
            third.colleague = third.engaged.enter_context(
                self._stage.tools.engage(estate, number, "consulted")
            )

    async def dialled(self, dialled: Dialled) -> WhyNot | None:
        """Somebody has answered there, or not; returns why not.

        Who need not be asked has agreed by answering (:attr:`Third.consent`).
        """
        third = self._stage.third
        if third is None or dialled.leg is None:
            return _why(dialled.failed)
        third.leg, third.since = dialled.leg, self._stage.tools.clock.now()
        self._stage.waiting.watch(dialled.leg)
        if third.extension.asks:
            await self._ask(third)
        else:
            self._agreed(third, "answered")
        return None

    async def pressed(self, key: str) -> WhyNot | None:
        """A key while they are asked: 1 yes, 2 no, 9 again."""
        third = self._stage.third
        if third is None or self._stage.situation.third is not ThirdStage.ASKED:
            return None
        if key == "1":
            self._agreed(third, "key")
        elif key == "2":
            return WhyNot.REFUSED
        elif key == "9":
            return await self._again(third, MOST_REPEATS)
        return None

    async def heard(self, playback: int) -> None:
        """Words to them are over; after the question their time runs."""
        third = self._stage.third
        if third is not None and third.playback == playback:
            self._stage.waiting.arm("answer", self._stage.rules.answer_patience)

    async def silent(self) -> WhyNot | None:
        """They have said nothing for long."""
        third = self._stage.third
        if third is None or self._stage.situation.third is not ThirdStage.ASKED:
            return None
        return await self._again(third, self._stage.rules.questions)

    async def _again(self, third: Third, most: int) -> WhyNot | None:
        if third.asked >= most:
            return WhyNot.SILENT
        await self._ask(third)
        return None

    async def _ask(self, third: Third) -> None:
        stage = self._stage
        third.asked += 1
        third.playback = 0
        stage.situation.third = ThirdStage.ASKED
        facts = {"name": third.name, "matter": third.matter}
        played = await stage.refresh({THIRD: [Phrase.CONSULT, Phrase.CONSULT_QUESTION]}, facts)
        third.playback = played.get(THIRD, 0)
        limit = stage.rules.answer_patience if THIRD not in played else stage.rules.question_limit
        stage.waiting.arm("answer", limit)

    def _agreed(self, third: Third, how: str) -> None:
        stage = self._stage
        third.consent = how
        stage.situation.third = ThirdStage.TALKING
        stage.waiting.disarm("answer")
        if third.extension.longest is not None:
            stage.waiting.arm("third", third.extension.longest)
            stage.waiting.arm("third-warning", max(third.extension.longest - stage.rules.warning, 0.0))

    def warn(self) -> None:
        """The longest time of an outside line is nearly over."""
        self._stage.beep(CALLER, OPERATOR, THIRD)


def may(operator: SeatedOperator, right: str) -> bool:
    """True when the operator has the right; supervisors have all."""
    return operator.supervisor or right in operator.may


def _why(failed: HotlineError | None) -> WhyNot:
    match failed:
        case DialBusy():
            return WhyNot.BUSY
        case DialDeclined():
            return WhyNot.DECLINED
        case DialNoAnswer():
            return WhyNot.NO_ANSWER
        case _:
            return WhyNot.FAILED
