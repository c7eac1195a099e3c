"""What the parts of a talk work on: who is in it, what is heard, what is waited for, what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from hotline.call.audio import Playable, Tone, ToneName
from hotline.call.ports import Call, Extension, Phrase, ServeOrder, Words
from hotline.operators.circuit import Circuit
from hotline.operators.seat import OwnTalk, Seat, SeatedOperator, TalkEnd, TalkResult
from hotline.operators.talkstate import Phase, Situation, ThirdStage
from hotline.operators.talktools import TalkTools
from hotline.operators.waiting import Waiting
from hotline.operators.wiring import CALLER, OPERATOR, THIRD, wiring

Say = Mapping[str, Sequence[Phrase]]
"""Party to phrases."""
NOTHING: Say = {}


@dataclass(slots=True, kw_only=True)
class Third:
    """Somebody an operator has called into the talk."""

    extension: Extension
    name: str
    """Of the caller, as the third party is told."""
    matter: str
    token: object = None
    """Of the dialling."""
    leg: Call | None = None
    wanted: str = ""
    """As the operator named them."""
    connected: bool = False
    """What follows their consent has been done."""
    consent: str = ""
    """How they agreed: ``key`` (asked, pressed 1), ``talk`` (spoke with the operator), ``answered``."""
    asked: int = 0
    playback: int = 0
    """Of the question they hear."""
    colleague: SeatedOperator | None = None
    """Set when they are an operator: the talk is theirs once it is handed over."""
    since: datetime | None = None
    """When they answered."""
    engaged: ExitStack = field(default_factory=ExitStack)
    """Keeps queues from ringing a colleague."""


class Stage:
    """One talk's people and sound. Only its talk's task changes it."""

    def __init__(
        self, talk: OwnTalk, call: Call, seat: Seat, order: ServeOrder, words: Words, tools: TalkTools
    ) -> None:
        """Nothing happens yet."""
        self.talk = talk
        self.call = call
        self.seat = seat
        self.order = order
        self.tools = tools
        self.rules = tools.rules
        self.situation = Situation()
        self.operator: Call | None = seat.leg
        """Leg of the operator who is in the talk, as long as it is up."""
        self.third: Third | None = None
        self.supervisors: dict[str, Call] = {}
        self.slot: int | None = None
        self.refused_at = float("-inf")
        """When a transfer by the operator's telephone was refused; monotonic seconds."""
        self.result: TalkResult | None = None
        self.after_words: Callable[[], Awaitable[None]] | None = None
        """What follows when the operator has heard what is being said to them."""
        self._words = words
        self._operator_words = 0
        self._circuit = Circuit(tools.log.event)
        self.waiting = Waiting(tools.dialer, tools.clock, self.let_go)
        self._engaged = ExitStack()

    # --- sound ---------------------------------------------------------------------------------

    async def enter(self, phase: Phase, say: Say = NOTHING, facts: Mapping[str, str] | None = None) -> None:
        """Go to ``phase``: everybody hears what belongs there, after the words."""
        self.situation.phase = phase
        self.after_words = None
        await self.refresh(say, facts)

    async def refresh(self, say: Say = NOTHING, facts: Mapping[str, str] | None = None) -> Mapping[str, int]:
        """Have everybody hear what belongs to the situation as it is now; returns the words' playbacks.

        Words have the line to themselves; who is connected hears the others right after them.
        """
        situation = self.situation
        situation.operator = self.operator is not None
        for number in [number for number, leg in self.supervisors.items() if leg.over]:
            del self.supervisors[number], situation.supervisors[number]
        words = {party: self.sounds(*phrases, facts=facts) for party, phrases in say.items()}
        heard = wiring(situation)
        played = await self._circuit.apply(heard, self._legs(), words)
        self._take_down(heard.group)
        if self.operator is not None:
            self.tools.show(self.seat.operator.number, self.talk.state())
        return played

    async def tell(
        self, phrase: Phrase, facts: Mapping[str, str], then: Callable[[], Awaitable[None]]
    ) -> None:
        """Say something to the operator alone; ``then`` follows when it was said."""
        played = await self.refresh({OPERATOR: [phrase]}, facts)
        if OPERATOR not in played:
            await then()
            return
        self._operator_words, self.after_words = played[OPERATOR], then
        self.waiting.arm("words", self.rules.words_limit)

    async def said(self, playback: int | None = None) -> None:
        """The operator's words are over (``None``: they take too long)."""
        then = self.after_words
        if then is not None and playback in (None, self._operator_words):
            self.after_words = None
            await then()

    def sounds(self, *phrases: Phrase, facts: Mapping[str, str] | None = None) -> list[Playable]:
        """Word phrases; the operator's number is always known."""
        known = {"operator": self.seat.operator.number, **(facts or {})}
        return [sound for phrase in phrases for sound in self._words.sounds(phrase, known)]

    def beep(self, *parties: str, tone: ToneName = ToneName.BEEP, seconds: float = 0.2) -> None:
        """Sound a short tone; who is connected hears the others again right after it."""
        for party, leg in self._legs().items():
            if party in parties:
                leg.play([Tone(tone, seconds)])

    def _take_down(self, group: Collection[str]) -> None:
        """Have written along what caller and operator say to each other: nobody else was told of it."""
        pair = {CALLER: self.call, OPERATOR: self.operator}
        speakers = {party: leg for party, leg in pair.items() if leg is not None and party in group}
        self.tools.take_down(self.call, speakers if len(speakers) == len(pair) else {}, self.order.language)

    def _legs(self) -> dict[str, Call]:
        legs = {CALLER: self.call}
        if self.operator is not None:
            legs[OPERATOR] = self.operator
        if self.third is not None and self.third.leg is not None:
            legs[THIRD] = self.third.leg
        return legs | self.supervisors

    # --- who is in it --------------------------------------------------------------------------

    def let_go(self, leg: Call, extension: Extension | None = None) -> None:
        """Hang a leg up and have written down what it cost; the talk does not wait for it."""
        _, placed_to = self.waiting.placed.pop(leg.facts.leg, (leg, extension))
        self._circuit.forget(leg)
        operator = self.seat.operator
        self.tools.let_go(leg, extension=placed_to, operator=operator.number, estate=operator.estate)

    async def silence(self, leg: Call) -> None:
        """A leg that stays up has left: it hears nobody."""
        await self._circuit.let_go([leg])

    @property
    def seat_estate(self) -> str:
        """Whose slots and operators are meant."""
        return self.seat.operator.estate

    async def _farewell(self, leg: Call, extension: Extension | None, words: Sequence[Playable]) -> None:
        await self.tools.say_and_hang_up(leg, words)
        operator = self.seat.operator
        await self.tools.part(leg, extension, operator.number, operator.estate)

    def drop_third(self) -> None:
        """Whoever was called in leaves, however far that was."""
        third, self.third = self.third, None
        self.situation.third = ThirdStage.NONE
        for alarm in ("answer", "third", "third-warning"):
            self.waiting.disarm(alarm)
        if third is None:
            return
        self.waiting.undial(third.token)
        third.engaged.close()
        if third.leg is not None:
            self.let_go(third.leg)

    def engage(self, operator: SeatedOperator, why: str) -> SeatedOperator:
        """Keep queues from ringing an operator wanted here, until they leave; raises ``OperatorRefused``."""
        stack = ExitStack()
        engaged = stack.enter_context(self.tools.engage(operator.estate, operator.number, why))
        self.disengage()
        self._engaged = stack
        return engaged

    def disengage(self) -> None:
        """The operator who was engaged is free again."""
        self.tools.own.left(self.seat.operator, self.talk)
        self._engaged.close()

    def operator_joined(self, seat: Seat) -> None:
        """An operator who was rung by this talk has answered."""
        self.seat, self.operator = seat, seat.leg
        self.situation.cut = self.situation.line_held = False
        self.tools.own.joined(seat.operator, self.talk)

    def hand_over(self) -> Phase:
        """The operator leaves the caller to the third party; returns the phase that follows.

        A colleague has the talk from now on, with everything that may be done in it.
        """
        third = self.third
        self.operator_left()
        if third is None or third.leg is None or third.colleague is None:
            return Phase.TRANSFERRED
        now = third.since or self.tools.clock.now()
        seat = Seat(
            operator=third.colleague,
            leg=third.leg,
            rung_at=now,
            answered_at=now,
            line=third.extension.address,
        )
        self.third, self.situation.third = None, ThirdStage.NONE
        self._engaged = third.engaged
        self.operator_joined(seat)
        return Phase.TALKING

    def operator_left(self) -> None:
        """The operator is out of it while the caller is still served: free for others."""
        leg, self.operator = self.operator, None
        self.situation.cut = self.situation.line_held = False
        self.waiting.disarm("grace")
        if leg is not None:
            self.let_go(leg)
        self.seat.left()
        self.disengage()

    # --- time, the record, the end -------------------------------------------------------------

    def note(self, kind: str, /, **detail: str) -> None:
        """Write an event of the caller's call record."""
        self.tools.log.event(self.call.facts.leg, kind, {key: text for key, text in detail.items() if text})

    def finish(self, end: TalkEnd, *, step: str = "", who: str = "") -> None:
        """The talk is over with the caller still on the line; what came first counts."""
        if self.result is None:
            self.result = TalkResult(end=end, step=step, who=who)

    async def close(self) -> None:
        """Everybody is let go except the caller and the operator the talk was given."""
        self.waiting.close()
        self._take_down(())
        legs = list(self._legs().values())
        self.drop_third()
        if self.operator is not None and self.operator.facts.leg in self.waiting.placed:
            # The desk does not know this leg, and its operator should know why they are alone.
            words = self.sounds(Phrase.CALLER_GONE) if self.result is None else []
            _, extension = self.waiting.placed.pop(self.operator.facts.leg)
            self.tools.farewells.say(self._farewell(self.operator, extension, words))
        for leg, _ in tuple(self.waiting.placed.values()):
            self.let_go(leg)
        self.disengage()
        self._circuit.close()
        await self._circuit.let_go(legs)
