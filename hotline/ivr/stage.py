"""Runs scenarios on virtual time: a whole call in milliseconds, and every difference it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.errors import EnvironmentFault, Problem
from hotline.call.ports import (
    Direction,
    KnownCaller,
    LegFacts,
    NewTicket,
    Place,
    Span,
    TicketKind,
    TicketSummary,
    Urgency,
)
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.expectations import Compare
from hotline.ivr.intake import Value
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import (
    Hours,
    RehearsalDesk,
    RehearsalDialer,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.scenario import Action, EarlierTicket, Person, Saying, Script, Sounding, Soundings
from hotline.ivr.session import Session
from hotline.ivr.sounds import Matcher, described
from hotline.settings import Estate

HEAR_WITHIN = 150.0
"""Seconds a caller waits for something to be said."""
END_WITHIN = 4 * 3600.0
"""Seconds after the last action by which the session must be over."""
KEY_GAP = 0.2
PATIENCE = 15.0
"""Seconds a caller waits for somebody to listen."""
FirstResponse = Callable[[NewTicket], timedelta | None]


class Differs(Exception):
    """The call went another way than the scenario says."""

    def __init__(self, where: tuple[str | int, ...], sentence: str) -> None:
        """Name the part of the scenario and the difference."""
        super().__init__(sentence)
        self.where = where
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What all scenarios are run with."""

    menus: Callable[[str], Menu]
    texts: Mapping[str, Mapping[str, str]]
    hours: Hours
    estate: Estate
    first_response: FirstResponse | None = None

    def run(self, script: Script) -> list[Problem]:
        """Run one scenario; return every difference, empty when it went as written."""
        return run_virtual(self._run(script))

    async def _run(self, script: Script) -> list[Problem]:
        stage = Stage(self, script)
        found = await stage.play()
        name = script.scenario.name
        return [Problem(script.document.file, script.line(*d.where), name, d.sentence) for d in found]


class Stage:
    """One scenario being played."""

    def __init__(self, rehearsal: Rehearsal, script: Script) -> None:
        """Set everything up around the call."""
        scenario, world = script.scenario, script.world
        self.zone = ZoneInfo(rehearsal.estate.timezone)
        self.clock = VirtualClock(scenario.at.replace(tzinfo=self.zone))
        self.prompts = RehearsalPrompts(rehearsal.texts)
        self.ears = RehearsalEars(frozenset(scenario.understands))
        self.desk = RehearsalDesk(self.clock, self.zone, working=scenario.database == "works")
        self.desk.earlier = [_earlier(ticket, self.zone) for ticket in world.tickets]
        self.log = RehearsalLog()
        callers = {person.number: _known(person) for person in world.residents}
        self.directory = RehearsalDirectory(callers, frozenset(world.rooms))
        self.duty = RehearsalDuty(rehearsal.hours, {**world.rosters, **scenario.rosters})
        self.dialer = RehearsalDialer(self.clock, self.prompts, {**world.people, **scenario.people})
        self.outcome = ""
        self.reports: list[tuple[str, Mapping[str, str | Span]]] = []
        """What a flow reported, in order."""
        self._rehearsal = rehearsal
        self._script = script
        self._cursor = 0

    async def play(self) -> list[Differs]:
        """Play the call; return the differences."""
        self.call = self._incoming()
        self.matcher = Matcher(self.clock, self.zone, self.desk)
        found: list[Differs] = []
        running = asyncio.ensure_future(self._answer_and_run())
        try:
            await self._follow_script()
        except Differs as differs:
            found.append(differs)
            self.call.far_hangs_up()
        try:
            done, _ = await asyncio.wait({running}, timeout=END_WITHIN)
            if not done:
                found.append(Differs((), "the session never ended"))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await self.dialer.close()
        compare = Compare(self._script.scenario, self, self._rehearsal.first_response)
        return found or [Differs(where, sentence) for where, sentence in compare.differences()]

    # --- the hotline's side ----------------------------------------------------------------------

    def _incoming(self) -> ScriptedCall:
        scenario = self._script.scenario
        placed = scenario.flow is not None
        facts = LegFacts(
            leg="c" * 32,
            linkedid="c" * 32,
            direction=Direction.OUTBOUND if placed else Direction.INBOUND,
            caller="" if placed else scenario.caller,
            dialled=scenario.caller if placed else "4008",
            offered_at=self.clock.now(),
            emergency=scenario.emergency_line,
        )
        return ScriptedCall(facts, self.clock, seconds_of=self.prompts.seconds_of)

    async def _answer_and_run(self) -> None:
        scenario = self._script.scenario
        await self.clock.sleep(scenario.rings_for)
        if self.call.over:
            return
        await self.call.answer()
        if scenario.recording:
            self.call.start_recording(Path("recording.wav"))
        session = Session(
            self.call,
            self._rehearsal.menus(scenario.flow or scenario.menu),
            clock=self.clock,
            prompts=self.prompts,
            ears=self.ears,
            desk=self.desk,
            directory=self.directory,
            duty=self.duty,
            dialer=self.dialer,
            log=self.log,
            estate=self._rehearsal.estate.model_copy(update={"language": scenario.language}),
            given={slot: _given(slot, value, self.zone) for slot, value in scenario.given.items()},
            report=self._report if scenario.flow is not None else None,
            recording_of=_recording_of,
        )
        self.outcome = await session.run()

    async def _report(self, outcome: str, values: Mapping[str, str | Span]) -> None:
        await self.clock.sleep(0.02)
        if self._script.scenario.reporting == "fails":
            raise EnvironmentFault("the database cannot be written")
        self.reports.append((outcome, values))

    # --- the caller's side -----------------------------------------------------------------------

    async def _follow_script(self) -> None:
        for index, action in enumerate(self._script.scenario.call):
            (key,) = action.model_fields_set
            try:
                await self._act(key, action)
            except Differs as differs:
                raise Differs(("call", index, key), differs.sentence) from None
        if not self.call.over and not await self._until(lambda: self.call.over, HEAR_WITHIN):
            raise Differs(("call", len(self._script.scenario.call) - 1), "after this the call never ended")

    async def _act(self, key: str, action: Action) -> None:
        match key:
            case "hears" | "begins":
                await self._hears(action.hears or action.begins or (), to_the_end=key == "hears")
            case "does_not_hear":
                self._does_not_hear(action.does_not_hear or ())
            case "presses":
                await self._presses(action.presses or "")
            case "says" if action.says is not None:
                await self._says(action.says)
            case "waits":
                await self.clock.sleep(action.waits or 0.0)
            case "hangs_up":
                self.call.far_hangs_up()
            case "told":
                await self._told(action.told or {})
            case _:
                await self._connection(key, action)

    async def _hears(self, expected: Soundings, *, to_the_end: bool) -> None:
        for sounding in expected:
            begin = self._cursor

            def heard(sounding: object = sounding, begin: int = begin) -> bool:
                at = self.matcher.find(self.call, sounding, begin, to_the_end=to_the_end)  # type: ignore[arg-type]
                if at is not None:
                    self._cursor = at
                return at is not None

            if not await self._until(heard, HEAR_WITHIN):
                raise Differs((), f"expected to hear {sounding}\n{self._what_was_heard(begin)}")

    def _does_not_hear(self, unwanted: Soundings) -> None:
        for sounding in unwanted:
            if self.matcher.find(self.call, sounding, self._cursor, to_the_end=False) is not None:
                raise Differs(
                    (), f"heard {sounding}, which must not be heard\n{self._what_was_heard(self._cursor)}"
                )

    async def _presses(self, keys: str) -> None:
        await self.clock.sleep(KEY_GAP)
        for key in keys:
            if self.call.over:
                raise Differs((), f'the call was over before "{key}" could be pressed')
            self.call.far_presses(key)
            await self.clock.sleep(KEY_GAP)

    async def _says(self, saying: Saying) -> None:
        def listened() -> bool:
            question = self.ears.open_question(self.call)
            return question is not None and (question.expecting or self._interrupting())

        if not await self._until(listened, PATIENCE):
            raise Differs(
                (), f"“{saying.text}” was said, but nobody listened\n{self._what_was_heard(self._cursor)}"
            )
        speaking = asyncio.ensure_future(
            self.ears.speak(self.call, saying.text, score=saying.score, understood=saying.understood)
        )
        if saying.cut_after is not None:
            await self.clock.sleep(saying.cut_after)
            self.call.far_hangs_up()
        await speaking

    def _interrupting(self) -> bool:
        """True right after a ``begins``: this caller speaks into the prompt."""
        actions = self._script.scenario.call
        return any(
            before.begins is not None and after.says is not None for before, after in pairwise(actions)
        )

    async def _told(self, expected: dict[str, Soundings]) -> None:
        for number, soundings in expected.items():
            begin = 0
            for sounding in soundings:
                found: list[int] = []

                def told(number: str = number, sounding: object = sounding, begin: int = begin) -> bool:
                    leg = self.dialer.legs.get(number)
                    at = None if leg is None else self.matcher.find(leg, sounding, begin, to_the_end=False)  # type: ignore[arg-type]
                    if at is not None:
                        found.append(at)  # noqa: B023 -- read right below
                    return at is not None

                if not await self._until(told, HEAR_WITHIN):
                    leg = self.dialer.legs.get(number)
                    heard = described(leg.heard[begin:], self.prompts) if leg else "  was never reached"
                    raise Differs((), f"{number} was not told {sounding}\n{heard}")
                begin = found[-1]

    async def _connection(self, key: str, action: Action) -> None:
        match key:
            case "connected_with":
                number = action.connected_with or ""
                if not await self._until(lambda: self._partner() == number, HEAR_WITHIN):
                    partner = self._partner() or "nobody"
                    raise Differs((), f"connected with {partner}\n{self._what_was_heard(self._cursor)}")
            case "other_hangs_up":
                if self.call.bridged_with is None:
                    raise Differs((), "the caller is connected with nobody")
                self.call.bridged_with.far_hangs_up()
            case "hung_up_on":
                if not await self._until(lambda: self.call.over, HEAR_WITHIN):
                    raise Differs((), "the hotline did not hang up")

    def _partner(self) -> str:
        partner = self.call.bridged_with
        return "" if partner is None else partner.facts.dialled

    async def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        deadline = self.clock.monotonic() + seconds
        while not true():
            if self.clock.monotonic() >= deadline:
                return False
            # polling costs nothing here: the loop jumps over the time in between
            await self.clock.sleep(0.1)
        return True

    def _what_was_heard(self, since: int) -> str:
        return described(self.call.heard[since:], self.prompts) + (
            "\n  (the call was over)" if self.call.over else ""
        )


def _known(person: Person) -> KnownCaller:
    if person.lift:
        building, _, unit = person.place.partition("-")
        return KnownCaller(
            name=person.name, place=Place(building, unit, "", person.name), callback_number="", lift=True
        )
    return KnownCaller(name=person.name, place=_place(person.place), callback_number=person.callback)


async def _recording_of(leg: str) -> Path | None:
    return Path("recording.wav")


EARLIER_WORDS = Span("e" * 32, 1.0, 4.0)
"""Words of another call, recorded before."""


def _given(slot: str, value: str | Sounding, zone: ZoneInfo) -> Value:
    """Return a given slot's value: recorded words, a place, a local time or text."""
    if not isinstance(value, str):
        return EARLIER_WORDS
    if slot == "place" or slot.endswith(".place"):
        return _place(value)
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    except ValueError:
        return value


def _place(text: str) -> Place:
    parts = text.split("-")
    if len(parts) == 3:
        return Place(*parts)
    return Place(note=text) if text else Place()


def _earlier(ticket: EarlierTicket, zone: ZoneInfo) -> TicketSummary:
    def aware(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.replace(tzinfo=zone)

    return TicketSummary(
        number=ticket.number,
        kind=TicketKind(ticket.kind),
        urgency=Urgency.ORDINARY,
        state=ticket.state,
        place=Place(),
        opened_at=ticket.opened.replace(tzinfo=zone),
        due_at=aware(ticket.due),
        assignee=ticket.assignee,
        complete=True,
    )
