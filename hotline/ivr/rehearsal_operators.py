"""Operators who do what a script says, in memory: scenarios and the simulator run on them.

They keep the promises of the desk (whisper, “X号话务员为您服务”, then the bridge; a caller whose operator is
lost is first in the queue) without its rules: those have tests of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from hotline.call import events
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, EnvironmentFault, OperatorRefused
from hotline.call.ports import (
    Call,
    Direction,
    LegFacts,
    OperatorSummary,
    Phrase,
    Presence,
    QueuePlace,
    Served,
    ServeEnd,
    ServeOrder,
    Taken,
    TellCaller,
    Words,
)
from hotline.call.scripted import ScriptedCall, SecondsOf
from hotline.ivr.steps.base import Section

TALKS = 5.0
"""Seconds an operator talks who is lost or sends the caller away afterwards."""
Deed = Literal["answers", "lost", "sends", "full", "nobody", "fails"]


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class Operators(Section):
    """The desk of a scenario."""

    queue: Annotated[tuple[Deed, ...], BeforeValidator(_as_list)] = Field(("answers",), min_length=1)
    """What comes of waiting, the last for ever; ``lost`` talks and vanishes, ``full``: it takes too long."""
    after: float = Field(20.0, ge=0)
    """Seconds until then."""
    ahead: int = Field(0, ge=0)
    """Callers before at first; they go one after another in that time."""
    expected: float | None = None
    """Seconds of waiting that are told at first; fewer with each caller who goes."""
    operator: Text = "801"
    sends: str = "main"
    """Step of ``sends``."""
    call_backs: bool = True
    """The queue offers them."""
    signed_in: dict[Text, Presence] = Field(default_factory=dict)
    """Operators by number; only these are any."""


class ExpectedOrder(Section):
    """What must stand in a caller's order; what is not named is not compared."""

    queue: str | None = None
    priority: int | None = None
    language: str | None = None
    topic: str | None = None
    room: str | None = None
    ticket: Literal["none"] | None = None
    callback: Text | None = None


class ExpectedDesk(Section):
    """What must have come of the desk."""

    queued: tuple[ExpectedOrder, ...] | None = None
    """Every time the caller was queued, in order."""
    call_backs: tuple[Text, ...] | None = None
    """Numbers booked."""
    operators: dict[Text, Presence] | None = None
    lines: dict[Text, Text] | None = None
    """Where they work."""


@dataclass(slots=True)
class RehearsalOperators:
    """The desk of one rehearsal."""

    script: Operators
    clock: Clock
    seconds_of: SecondsOf
    legs: dict[str, ScriptedCall]
    """Operators' legs by number, with those of everybody else who was rung."""
    queued: list[ServeOrder] = field(default_factory=list)
    call_backs: list[tuple[str, ServeOrder]] = field(default_factory=list)
    people: dict[str, OperatorSummary] = field(default_factory=dict)
    _deeds: list[Deed] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Seat everybody."""
        self._deeds = list(self.script.queue)
        for number, presence in self.script.signed_in.items():
            line = "" if presence is Presence.SIGNED_OUT else f"sip:{number}@pbx"
            self.people[number] = OperatorSummary(
                number=number, name=number, estate="default", presence=presence, since=None, line=line
            )

    async def serve(self, call: Call, order: ServeOrder, words: Words, tell: TellCaller) -> Served:
        """Let the script happen."""
        self.queued.append(order)
        while True:
            deed = self._deeds.pop(0) if len(self._deeds) > 1 else self._deeds[0]
            await self._wait(tell)
            if deed == "fails":
                raise EnvironmentFault("the desk does not answer")
            if deed in ("full", "nobody"):
                return Served(end=ServeEnd.NOBODY)
            await self._talk(call, words, tell, deed)
            if deed == "answers":
                return Served(end=ServeEnd.TALKED, operator=self.script.operator)
            if deed == "sends":
                return Served(end=ServeEnd.SENT, operator=self.script.operator, step=self.script.sends)
            call.play(words.sounds(Phrase.AGAIN))

    async def _wait(self, tell: TellCaller) -> None:
        there = self.script.ahead + 1
        for gone in range(there):
            expected = self.script.expected
            left = None if expected is None else expected * (there - gone) / there
            tell(QueuePlace(there - gone, left))
            await self.clock.sleep(self.script.after / there)

    async def _talk(self, call: Call, words: Words, tell: TellCaller, deed: Deed) -> None:
        leg = self._leg(call)
        try:
            await self._say(leg, words, Phrase.WHISPER)
            tell(Taken(self.script.operator))
            call.play(words.sounds(Phrase.SERVING, {"operator": self.script.operator}))
            await self._say(leg, words, Phrase.SERVING)
            await call.bridge(leg)
            if deed == "answers":
                await _over(leg)
            else:
                await self.clock.sleep(TALKS)
        finally:
            if not leg.over:
                await leg.hangup()

    def _leg(self, call: Call) -> ScriptedCall:
        facts = LegFacts(
            leg=f"{len(self.legs) + 900:032x}",
            linkedid=call.facts.linkedid,
            direction=Direction.OUTBOUND,
            caller="",
            dialled=self.script.operator,
            purpose="operator",
            offered_at=self.clock.now(),
        )
        leg = ScriptedCall(facts, self.clock, seconds_of=self.seconds_of)
        leg.far_answers()
        self.legs[self.script.operator] = leg
        return leg

    async def _say(self, leg: ScriptedCall, words: Words, phrase: Phrase) -> None:
        sounds = words.sounds(phrase, {"operator": self.script.operator})
        playback = leg.play(sounds) if sounds else 0
        while playback:
            event = await leg.next_event()
            if isinstance(event, events.PromptEnded) and event.playback == playback:
                return

    async def call_back(self, call: Call, order: ServeOrder, number: str) -> None:
        """Note it."""
        await self.clock.sleep(0.02)
        if not self.script.call_backs:
            raise OperatorRefused("this queue calls nobody back")
        self.call_backs.append((number, order))

    def anybody(self, queue: str, estate: str) -> bool:
        """True unless the script says nobody."""
        return self._deeds[0] != "nobody"

    def find(self, estate: str, number: str) -> OperatorSummary | None:
        """Return an operator of the script."""
        return self.people.get(number)

    async def sign_in(self, estate: str, number: str, *, line: str = "") -> OperatorSummary:
        """Sit down, paused."""
        return self._put(number, Presence.PAUSED, line or f"sip:{number}@pbx")

    async def ready(self, estate: str, number: str) -> OperatorSummary:
        """Take calls; refused before signing in."""
        if self.people[number].presence is Presence.SIGNED_OUT:
            raise OperatorRefused("sign in first")
        return self._put(number, Presence.READY)

    async def pause(self, estate: str, number: str, reason: str) -> OperatorSummary:
        """Take none."""
        return self._put(number, Presence.PAUSED)

    async def sign_out(self, estate: str, number: str) -> OperatorSummary:
        """Go; refused while talking."""
        if self.people[number].presence is Presence.TALKING:
            raise OperatorRefused("a call is being talked on")
        return self._put(number, Presence.SIGNED_OUT, "")

    def _put(self, number: str, presence: Presence, line: str | None = None) -> OperatorSummary:
        before = self.people[number]
        kept = before.line if line is None else line
        self.people[number] = replace(before, presence=presence, line=kept)
        return self.people[number]


def differences(
    expected: ExpectedDesk, desk: RehearsalOperators | None
) -> Sequence[tuple[tuple[str | int, ...], str]]:
    """Return what is otherwise at the desk, with its place in the scenario."""
    found: list[tuple[tuple[str | int, ...], str]] = []
    queued = desk.queued if desk else []
    booked = tuple(number for number, _ in desk.call_backs) if desk else ()
    people = desk.people if desk else {}
    if expected.call_backs is not None and expected.call_backs != booked:
        found.append((("desk", "call_backs"), f"booked were {', '.join(booked) or 'none'}"))
    for number, presence in (expected.operators or {}).items():
        if number not in people or people[number].presence is not presence:
            there = people[number].presence.value if number in people else "no operator"
            found.append((("desk", "operators", number), f"expected {presence}, they are {there}"))
    for number, line in (expected.lines or {}).items():
        if number not in people or people[number].line != line:
            there = people[number].line if number in people else "no operator"
            found.append((("desk", "lines", number), f"expected {line}, it is {there or 'none'}"))
    if expected.queued is None:
        return found
    if len(expected.queued) != len(queued):
        found.append((("desk", "queued"), f"{len(expected.queued)} expected, queued {len(queued)} times"))
        return found
    for index, (wanted, order) in enumerate(zip(expected.queued, queued, strict=True)):
        values = _values(order)
        found += [
            (("desk", "queued", index, name), f"expected {getattr(wanted, name)}, it was {values[name]}")
            for name in sorted(wanted.model_fields_set)
            if getattr(wanted, name) != values[name]
        ]
    return found


def _values(order: ServeOrder) -> dict[str, object]:
    return {
        "queue": order.queue,
        "priority": order.priority,
        "language": order.language,
        "topic": order.topic,
        "room": str(order.place),
        "ticket": order.ticket or "none",
        "callback": order.callback,
    }


async def _over(leg: ScriptedCall) -> None:
    try:
        while not isinstance(await leg.next_event(), events.HungUp):
            pass
    except CallGone:
        return
