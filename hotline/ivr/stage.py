"""Runs scenarios on virtual time: a whole call in milliseconds, and every difference it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.errors import EnvironmentFault, Problem
from hotline.call.ports import (
    Direction,
    LegFacts,
    NewTicket,
    Span,
)
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr import house, surroundings
from hotline.ivr.equipment import Equipment
from hotline.ivr.expectations import Compare
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
from hotline.ivr.rehearsal_desk import RehearsalStaff
from hotline.ivr.rehearsal_enquiries import RehearsalEnquiries, RehearsalMessages
from hotline.ivr.rehearsal_operators import RehearsalOperators
from hotline.ivr.scenario import Action, Saying, Script, Sounding, Soundings
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
        self.desk.earlier = [
            surroundings.earlier(ticket, self.zone, self.clock.now())
            for ticket in (*world.tickets, *scenario.earlier)
        ]
        self.staff = RehearsalStaff(
            self.clock,
            [surroundings.employee(one, scenario.staff_wrong.get(one.number, 0)) for one in world.staff],
        )
        self.house = house.desks(world.house, scenario.house, self.clock, self.zone)
        self.log = RehearsalLog()
        callers = {person.number: surroundings.known(person) for person in world.residents}
        self.directory = RehearsalDirectory(callers, frozenset(world.rooms))
        self.duty = RehearsalDuty(
            rehearsal.hours, {**world.rosters, **scenario.rosters}, step=lambda: self.log.step
        )
        self.dialer = RehearsalDialer(self.clock, self.prompts, {**world.people, **scenario.people})
        self.operators = (
            RehearsalOperators(scenario.operators, self.clock, self.prompts.seconds_of, self.dialer.legs)
            if scenario.operators is not None
            else None
        )
        self.messages = RehearsalMessages(self.clock, working=scenario.database == "works")
        self.outcome = ""
        self.reports: list[tuple[str, Mapping[str, str | Span]]] = []
        """What a flow reported, in order."""
        self._rehearsal = rehearsal
        self._script = script
        self._cursor = self._others_cursor = 0
        self._other: ScriptedCall | None = None
        """Who the caller was connected with last."""

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
        found = found or [Differs(where, sentence) for where, sentence in compare.differences()]
        return self._with_reasons(found)

    def _with_reasons(self, found: list[Differs]) -> list[Differs]:
        """Add to the first difference which rosters had nobody: mostly that is what it comes from."""
        if not found or not self.duty.asked_in_vain:
            return found
        first, *others = found
        reasons = "".join(f"\n  {reason}" for reason in self.duty.asked_in_vain)
        return [Differs(first.where, first.sentence + reasons), *others]

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
            Equipment(
                clock=self.clock,
                prompts=self.prompts,
                ears=self.ears,
                desk=self.desk,
                directory=self.directory,
                duty=self.duty,
                dialer=self.dialer,
                log=self.log,
                refusal_key="9" if scenario.consent == "ask" else "",
                estate=self._rehearsal.estate.model_copy(update={"language": scenario.language}),
                recording_of=surroundings.recording_of,
                staff=self.staff,
                flows=self._rehearsal.menus,
                record_to=lambda leg: Path("other.wav"),
                wakeups=self.house.wakeups,
                fees=self.house.fees,
                door=self.house.door,
                outside=self.house.outside,
                operators=self.operators,
                earlier_calls=self._earlier_calls,
                enquiries=RehearsalEnquiries(),
                messages=self.messages,
            ),
            given={
                slot: surroundings.given(slot, value, self.zone) for slot, value in scenario.given.items()
            },
            report=self._report if scenario.flow is not None else None,
        )
        self.outcome = await session.run()

    async def _report(self, outcome: str, values: Mapping[str, str | Span]) -> None:
        await self.clock.sleep(0.02)
        if self._script.scenario.reporting == "fails":
            raise EnvironmentFault("the database cannot be written")
        self.reports.append((outcome, values))

    async def _earlier_calls(self, estate: str, number: str) -> int:
        return self._script.scenario.calls_before + 1

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
                await self._presses(action.presses or "", self.call)
            case "says" if action.says is not None:
                await self._says(action.says, self.call)
            case "waits":
                await self.clock.sleep(action.waits or 0.0)
            case "hangs_up":
                self.call.far_hangs_up()
            case "told":
                await self._told(action.told or {})
            case _ if key.startswith("other_"):
                await self._others(key, action)
            case _:
                await self._connection(key, action)

    async def _hears(self, expected: Soundings, *, to_the_end: bool) -> None:
        for sounding in expected:
            begin = self._cursor
            self._cursor = await self._found(self.call, sounding, begin, to_the_end=to_the_end)

    async def _found(self, leg: ScriptedCall, sounding: Sounding, begin: int, *, to_the_end: bool) -> int:
        """Wait until something is heard on a leg; return the position after it."""
        position: list[int] = []

        def heard() -> bool:
            at = self.matcher.find(leg, sounding, begin, to_the_end=to_the_end)
            position.extend([] if at is None else [at])
            return at is not None

        if not await self._until(heard, HEAR_WITHIN):
            raise Differs((), f"expected to hear {sounding}\n{self._what_was_heard(begin, leg)}")
        return position[-1]

    def _does_not_hear(self, unwanted: Soundings) -> None:
        for sounding in unwanted:
            if self.matcher.find(self.call, sounding, self._cursor, to_the_end=False) is not None:
                raise Differs(
                    (), f"heard {sounding}, which must not be heard\n{self._what_was_heard(self._cursor)}"
                )

    async def _presses(self, keys: str, leg: ScriptedCall) -> None:
        await self.clock.sleep(KEY_GAP)
        for key in keys:
            if leg.over:
                raise Differs((), f'the call was over before "{key}" could be pressed')
            leg.far_presses(key)
            await self.clock.sleep(KEY_GAP)

    async def _says(self, saying: Saying, leg: ScriptedCall) -> None:
        def listened() -> bool:
            question = self.ears.open_question(leg)
            return question is not None and (question.expecting or self._interrupting())

        if not await self._until(listened, PATIENCE):
            raise Differs(
                (), f"“{saying.text}” was said, but nobody listened\n{self._what_was_heard(0, leg)}"
            )
        speaking = asyncio.ensure_future(
            self.ears.speak(leg, saying.text, score=saying.score, understood=saying.understood)
        )
        if saying.cut_after is not None:
            await self.clock.sleep(saying.cut_after)
            leg.far_hangs_up()
        await speaking

    def _interrupting(self) -> bool:
        """True right after a ``begins``: this caller speaks into the prompt."""
        actions = self._script.scenario.call
        return any(
            before.begins is not None and after.says is not None for before, after in pairwise(actions)
        )

    async def _told(self, expected: dict[str, Soundings]) -> None:
        for number, soundings in expected.items():
            if not await self._until(lambda number=number: number in self.dialer.legs, HEAR_WITHIN):  # type: ignore[misc]
                raise Differs((), f"{number} was never reached")
            begin = 0
            for sounding in soundings:
                begin = await self._found(self.dialer.legs[number], sounding, begin, to_the_end=False)

    async def _others(self, key: str, action: Action) -> None:
        """What the person does whom the caller is, or was, connected with."""
        leg = self.call.bridged_with or self._other
        if leg is None:
            raise Differs((), "the caller was connected with nobody")
        if key == "other_hangs_up":
            leg.far_hangs_up()
        elif action.other_presses is not None:
            await self._presses(action.other_presses, leg)
        elif action.other_says is not None:
            await self._says(action.other_says, leg)
        for sounding in action.other_hears or ():
            begin = self._others_cursor
            self._others_cursor = await self._found(leg, sounding, begin, to_the_end=True)

    async def _connection(self, key: str, action: Action) -> None:
        match key:
            case "connected_with":
                number = action.connected_with or ""
                if not await self._until(lambda: self._partner() == number, HEAR_WITHIN):
                    partner = self._partner() or "nobody"
                    raise Differs((), f"connected with {partner}\n{self._what_was_heard(self._cursor)}")
                self._other = self.call.bridged_with
                self._others_cursor = len(self._other.heard) if self._other is not None else 0
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

    def _what_was_heard(self, since: int, leg: ScriptedCall | None = None) -> str:
        leg = leg or self.call
        return described(leg.heard[since:], self.prompts) + ("\n  (the call was over)" if leg.over else "")
