"""Stand-ins for everything around a call, in memory: scenarios and the simulator run on them.

They keep the ports' promises (a ticket has a number, a person must press a key) and remember what
happened, so that expectations can be compared with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hotline.call.audio import Clip, Playable
from hotline.call.clock import Clock
from hotline.call.errors import DialBusy, DialDeclined, DialFailed, DialNoAnswer
from hotline.call.events import Heard, HeardNothing, SpeechStarted
from hotline.call.ports import (
    Call,
    DialOrder,
    Direction,
    DutyContact,
    IntakeDraft,
    KnownCaller,
    LegFacts,
    LegReport,
    Place,
    Question,
)
from hotline.call.scripted import ScriptedCall, sound_seconds
from hotline.ivr.rehearsal_desk import RehearsalDesk as RehearsalDesk

SECONDS_PER_CHARACTER = 0.22
"""Mandarin is spoken at four to five characters a second."""


class Hours(Protocol):
    """Windows: the duty slice's, or a test's."""

    def is_open(self, window: str, at: datetime) -> bool:
        """True inside the window."""
        ...

    def next_opening(self, window: str, at: datetime) -> datetime:
        """When it next opens."""
        ...


class RehearsalPrompts:
    """Prompts by their texts: a clip is named by language and id and lasts as long as its text."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        """``texts``: language → id → text."""
        self.texts = texts

    def has(self, language: str, prompt: str) -> bool:
        """True when there is a text."""
        return prompt in self.texts.get(language, {})

    def clips(self, language: str, prompts: Sequence[str]) -> list[Playable]:
        """Return one clip a prompt."""
        return [Clip(Path(language) / prompt) for prompt in prompts if self.has(language, prompt)]

    def seconds_of(self, item: Playable) -> float:
        """Return how long ``item`` would sound."""
        if not isinstance(item, Clip) or item.end is not None:
            return sound_seconds(item)
        text = self.texts.get(str(item.path.parent), {}).get(item.path.name, "")
        width = SECONDS_PER_CHARACTER if any(char > "\u2e80" for char in text) else SECONDS_PER_CHARACTER / 3
        return max(0.3, len(text) * width)


class RehearsalHearing:
    """One open question."""

    def __init__(self, ears: RehearsalEars, call: Call, question: Question, number: int) -> None:
        """Listen to ``call``."""
        self.number = number
        self.question = question
        self.expecting = False
        self._ears = ears
        self._call = call
        self._silence: asyncio.TimerHandle | None = None

    def expect(self) -> None:
        """Count the silence from now on."""
        self.expecting = True
        self._ears.changed.set()
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(self.question.begin_timeout, self._nothing)

    def begin(self) -> None:
        """The caller begins to speak."""
        if self._silence is not None:
            self._silence.cancel()
        self._call.post(SpeechStarted(hearing=self.number))

    def end(self, text: str, score: float, seconds: float) -> None:
        """The caller has stopped speaking."""
        at = self._call.recorded_seconds
        self._call.post(
            Heard(hearing=self.number, text=text, score=score, started=max(at - seconds, 0.0), ended=at)
        )
        self.close()

    def close(self) -> None:
        """Stop listening."""
        if self._silence is not None:
            self._silence.cancel()
        self._ears.forget(self._call, self)

    def _nothing(self) -> None:
        self._call.post(HeardNothing(hearing=self.number))
        self.close()


class RehearsalEars:
    """Understands exactly what a script says."""

    def __init__(self, languages: frozenset[str] = frozenset({"zh", "en"})) -> None:
        """``languages``: those an engine is in service for."""
        self._languages = languages
        self._open: dict[str, RehearsalHearing] = {}
        self._count = 0
        self.changed = asyncio.Event()
        """Set when a question opens or begins to expect an answer."""

    def understands(self, language: str) -> bool:
        """True for the languages given."""
        return language in self._languages

    def listen(self, call: Call, question: Question) -> RehearsalHearing:
        """Open a question; an older one on the same call ends."""
        self._count += 1
        hearing = RehearsalHearing(self, call, question, self._count)
        self._open[call.facts.leg] = hearing
        self.changed.set()
        return hearing

    def open_question(self, call: Call) -> RehearsalHearing | None:
        """Return the question open on a call."""
        return self._open.get(call.facts.leg)

    def forget(self, call: Call, hearing: RehearsalHearing) -> None:
        """A question is closed."""
        if self._open.get(call.facts.leg) is hearing:
            del self._open[call.facts.leg]

    async def speak(
        self, call: Call, text: str, *, score: float, understood: bool = True, seconds: float | None = None
    ) -> bool:
        """Say ``text`` into the open question; False when nobody listens."""
        hearing = self.open_question(call)
        if hearing is None:
            return False
        length = len(text) * SECONDS_PER_CHARACTER if seconds is None else seconds
        hearing.begin()
        await asyncio.sleep(length)
        if self.open_question(call) is hearing:
            known = understood and self.understands(hearing.question.language)
            hearing.end(text if known else "", score if known else 0.0, length)
        return True


class RehearsalDirectory:
    """Residents, rooms and lift telephones of a script."""

    def __init__(
        self, callers: Mapping[str, KnownCaller], rooms: frozenset[str], *, slow: float = 0.0
    ) -> None:
        """``rooms``: all there are (``3-2-602``); none: the estate has no list."""
        self._callers = callers
        self._rooms = rooms
        self._slow = slow

    async def caller(self, estate: str, number: str) -> KnownCaller | None:
        """Return who has that number."""
        await asyncio.sleep(self._slow)
        return self._callers.get(number)

    async def room_exists(self, estate: str, place: Place) -> bool | None:
        """Look into the list."""
        return str(place) in self._rooms if self._rooms else None


class RehearsalDuty:
    """Real windows, a script's people."""

    def __init__(
        self,
        hours: Hours,
        rosters: Mapping[str, Sequence[str]],
        *,
        step: Callable[[], str] = lambda: "",
    ) -> None:
        """``rosters``: name → numbers. ``step`` names the step of the menu that asks for somebody."""
        self._hours = hours
        self._rosters = rosters
        self._step = step
        self._in_vain: dict[str, str] = {}

    def is_open(self, window: str, at: datetime) -> bool:
        """Ask the real windows."""
        return self._hours.is_open(window, at)

    def next_opening(self, window: str, at: datetime) -> datetime:
        """Ask the real windows."""
        return self._hours.next_opening(window, at)

    def on_duty(self, roster: str, at: datetime) -> tuple[DutyContact, ...]:
        """Return the script's people; their names are their numbers. Raises KeyError without that roster."""
        if not self._rosters.get(roster):
            self._in_vain.setdefault(roster, self._step())
        return tuple(DutyContact(name=number, number=number) for number in self._rosters[roster])

    @property
    def asked_in_vain(self) -> tuple[str, ...]:
        """A sentence for each roster that was asked for somebody and is not there, or has nobody."""
        return tuple(self._why(roster, step) for roster, step in self._in_vain.items())

    def _why(self, roster: str, step: str) -> str:
        rung = f'the step "{step}" rings the roster "{roster}"' if step else f'the roster "{roster}" is rung'
        if roster in self._rosters:
            return f"{rung}, but nobody is on it here"
        there = ", ".join(sorted(self._rosters)) or "none"
        return f'{rung}, which is not there: write it under "rosters" (there are: {there})'


class RehearsalLog:
    """Call records in memory."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self.events: list[tuple[str, dict[str, str]]] = []
        self.present_draft: IntakeDraft | None = None
        self.drafts: list[IntakeDraft] = []

    async def opened(self, facts: LegFacts, *, estate: str) -> None:
        """A leg began."""

    async def answered(self, leg: str, at: datetime, *, ring_seconds: float, rings: int) -> None:
        """A leg was answered."""

    def event(self, leg: str, kind: str, detail: Mapping[str, str] | None = None) -> None:
        """Remember an event."""
        self.events.append((kind, dict(detail or {})))

    @property
    def step(self) -> str:
        """The step of the menu the call came to last."""
        return next((detail["step"] for kind, detail in reversed(self.events) if kind == "MENU"), "")

    async def recording(self, leg: str, path: Path) -> None:
        """A recording began."""

    async def recording_refused(self, leg: str) -> None:
        """The caller does not want to be recorded."""

    async def draft(self, leg: str, draft: IntakeDraft | None) -> None:
        """Remember the draft."""
        self.present_draft = draft
        if draft is not None:
            self.drafts.append(draft)

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        """A leg is over."""


KEYS_OF = {"accepts": "1", "declines": "2", "repeats": "9", "wrong_key": "5"}
"""What people do once they have answered and heard what it is about."""
FAILURES: Mapping[str, type[DialFailed]] = {
    "busy": DialBusy,
    "no_answer": DialNoAnswer,
    "refuses": DialDeclined,
    "failed": DialFailed,
}
DEEDS = (*KEYS_OF, *FAILURES, "silent", "hangs_up", "vanishes")


class RehearsalDialer:
    """People who behave as a script says; each further call takes the next of several deeds."""

    def __init__(self, clock: Clock, prompts: RehearsalPrompts, people: Mapping[str, Sequence[str]]) -> None:
        """``people``: number → deeds; who is not named does not answer."""
        self._clock = clock
        self._prompts = prompts
        self._people = {number: list(deeds) for number, deeds in people.items()}
        self._acting: set[asyncio.Task[None]] = set()
        self.dialled: list[str] = []
        self.legs: dict[str, ScriptedCall] = {}
        """The last leg to each number."""

    async def dial(self, order: DialOrder) -> Call:
        """Ring for a while; then the person does what the script says."""
        self.dialled.append(order.to)
        deeds = self._people.get(order.to, ["no_answer"])
        deed = deeds.pop(0) if len(deeds) > 1 else deeds[0]
        failure = FAILURES.get(deed)
        await self._clock.sleep(order.timeout if deed == "no_answer" else 3.0)
        if failure is not None:
            raise failure(f"{order.to}: {deed}")
        leg = ScriptedCall(self._facts(order), self._clock, seconds_of=self._prompts.seconds_of)
        leg.far_answers()
        self.legs[order.to] = leg
        task = asyncio.get_running_loop().create_task(self._act(leg, deed, deeds))
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)
        return leg

    async def close(self) -> None:
        """Let nobody act any more."""
        for task in tuple(self._acting):
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    async def _act(self, leg: ScriptedCall, deed: str, deeds: list[str]) -> None:
        # they listen to the end, then act
        await self._clock.sleep(1.0)
        while not leg.over and leg.heard and leg.heard[-1].ended is None:
            await self._clock.sleep(0.5)
        if deed == "vanishes":
            leg.far_presses(KEYS_OF["accepts"])
        if deed in ("hangs_up", "vanishes"):
            leg.far_hangs_up()
        elif deed in KEYS_OF and not leg.over:
            leg.far_presses(KEYS_OF[deed])
            if deed == "repeats":
                await self._act(leg, deeds[0], deeds)

    def _facts(self, order: DialOrder) -> LegFacts:
        number = len(self.dialled)
        return LegFacts(
            leg=f"{number:032x}",
            linkedid=order.linkedid,
            direction=Direction.OUTBOUND,
            caller="",
            dialled=order.to,
            purpose=order.purpose,
            offered_at=self._clock.now(),
        )
