"""The dispatcher on a real database with a scripted telephone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

import hotline.outbound.models
from hotline.call.errors import DialBusy, DialNoAnswer, HotlineError
from hotline.call.ports import Direction, DutyContact, LegFacts
from hotline.call.scripted import ScriptedCall
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository
from hotline.outbound.desk import NOBODY, Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.kinds import Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, Policy
from hotline.outbound.repository import NewCall

POLICIES = {
    "urgent": Policy(name="urgent", ring=30, pause=1.0, priority=0),
    "twice": Policy(name="twice", pause=60, attempts=2),
    "decent": Policy(name="decent", window="decent"),
}


@dataclass
class FakeDuty:
    people: dict[str, list[DutyContact]]
    opens_at: object = None

    def is_open(self, window, at):
        return self.opens_at is None or at >= self.opens_at

    def next_opening(self, window, at):
        return self.opens_at

    def on_duty(self, roster, at):
        return tuple(self.people[roster])


@dataclass
class Tickets:
    """A kind that keeps what it was told."""

    open: bool = True
    said: list[tuple[str, str]] = field(default_factory=list)
    rounds: int = 0
    given_up_for: list[str] = field(default_factory=list)

    def wanted(self, session, row):
        return self.open

    def given(self, session, row):
        return {"number": row.subject}

    def reported(self, session, row, attempt, report):
        if report.outcome == "refuse":
            raise HotlineError("That is not allowed.")
        self.said.append((report.outcome, report.who))
        return {"accepted": Verdict.DONE, "passed_on": Verdict.PASS_ON}.get(report.outcome, Verdict.NOTED)

    def round_over(self, session, row, *, at):
        self.rounds += 1

    def given_up(self, session, row, *, at):
        self.given_up_for.append(row.subject)


class Telephone:
    """Answers by script: an exception, or what the person reports."""

    def __init__(self, clock):
        self.clock = clock
        self.script: dict[str, list] = {}
        self.rung: list[str] = []
        self.calls: list[ScriptedCall] = []

    async def dial(self, order):
        self.rung.append(order.to)
        deed = self.script[order.to].pop(0)
        if isinstance(deed, Exception):
            raise deed
        leg = f"leg{len(self.calls)}"
        facts = LegFacts(
            leg=leg, linkedid=leg, direction=Direction.OUTBOUND, caller="", dialled=order.to,
            offered_at=self.clock.now(), purpose=order.purpose, estate=order.estate,
        )  # fmt: skip
        call = ScriptedCall(facts, self.clock)
        call.deed = deed
        await call.answer()
        self.calls.append(call)
        return call


async def speak(call, row, given, report):
    if callable(call.deed):
        await call.deed(report)
        return
    for word in call.deed:
        await report(word, {})


@dataclass
class Scene:
    db: object
    clock: object
    duty: FakeDuty
    kind: Tickets
    telephone: Telephone
    room: int = 5

    def dispatcher(self, owner="one", alone=True):
        desk = Desk(
            owner=owner, kinds={"dispatch": self.kind}, policies=lambda: POLICIES,
            duty={"default": self.duty}, zones={"default": ZoneInfo("Asia/Shanghai")}, alone=alone,
        )  # fmt: skip
        return Dispatcher(
            self.db, desk, owner=owner, clock=self.clock, dialer=self.telephone, speak=speak,
            room=lambda: self.room,
        )  # fmt: skip

    async def schedule(self, subject="T1", **given):
        facts = {"roster": "emergency", "policy": "urgent", "due_at": self.clock.now()} | given
        new = NewCall(estate="default", kind="dispatch", subject=subject, flow="dispatch", **facts)
        return await self.db.write(lambda s: repository.schedule(s, new, now=self.clock.now()))

    async def row(self, subject="T1"):
        return await self.db.read(lambda s: repository.find(s, "dispatch", subject))

    async def attempts(self, subject="T1"):
        row = await self.row(subject)
        found = await self.db.read(lambda s: list(repository.attempts(s, row.id)))
        return [(attempt.to, attempt.outcome) for attempt in found]

    async def events(self):
        return await self.db.read(lambda s: [e.kind for e in s.scalars(select(OutboxEvent)).all()])


@pytest.fixture
def scene(db, clock):
    people = {"emergency": [DutyContact("甲", "8001"), DutyContact("乙", "8002")]}
    people["supervisor"] = [DutyContact("主管", "8009")]
    return Scene(db, clock, FakeDuty(people), Tickets(), Telephone(clock))


async def tick(dispatcher):
    async with asyncio.TaskGroup() as tasks:
        return await dispatcher.tick(tasks)


async def test_the_next_on_the_roster_is_rung_until_a_key_accepts(scene):
    scene.telephone.script = {"8001": [DialNoAnswer("no")], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 1
    assert await tick(dispatcher) == 0
    scene.clock.pass_time(seconds=1)
    assert await tick(dispatcher) == 1
    assert await scene.attempts() == [("8001", Outcome.NO_ANSWER), ("8002", Outcome.CONFIRMED)]
    row = await scene.row()
    assert (row.state, row.result) == (CallState.DONE, "accepted")
    assert scene.kind.said == [("accepted", "乙")]
    assert "outbound.confirmed" in await scene.events()
    scene.clock.pass_time(hours=1)
    assert await tick(dispatcher) == 0
    assert all(call.over for call in scene.telephone.calls)


async def test_an_answer_without_a_key_is_not_taken_for_a_human(scene):
    scene.telephone.script = {"8001": [[]], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.NO_KEY)]
    assert (await scene.row()).state is CallState.WAITING


async def test_after_the_first_round_the_supervisor_is_among_them_and_somebody_is_told(scene):
    nobody = [DialBusy("busy") for _ in range(3)]
    scene.telephone.script = {"8001": list(nobody), "8002": list(nobody), "8009": list(nobody)}
    await scene.schedule(supervisor="supervisor")
    dispatcher = scene.dispatcher()
    for _ in range(5):
        await tick(dispatcher)
        scene.clock.pass_time(seconds=1)
    assert scene.telephone.rung == ["8001", "8002", "8009", "8001", "8002"]
    assert scene.kind.rounds == 1


async def test_who_passes_on_is_not_rung_again_before_the_others(scene):
    scene.telephone.script = {"8001": [["passed_on"]], "8002": [["accepted"]]}
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=1)
    await tick(dispatcher)
    assert await scene.attempts() == [("8001", Outcome.PASSED_ON), ("8002", Outcome.CONFIRMED)]


async def test_the_same_matter_is_scheduled_once_whoever_asks(scene):
    assert await scene.schedule()
    assert not await scene.schedule()
    assert await scene.schedule(subject="T2")


async def test_a_call_nobody_wants_any_more_is_cancelled_and_not_placed(scene):
    await scene.schedule()
    scene.kind.open = False
    assert await tick(scene.dispatcher()) == 0
    assert (await scene.row()).state is CallState.CANCELLED
    assert scene.telephone.rung == []


async def test_an_empty_roster_is_told_once_and_looked_at_again(scene):
    scene.duty.people["emergency"] = []
    await scene.schedule()
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=61)
    await tick(dispatcher)
    assert (await scene.row()).result == NOBODY
    assert (await scene.events()).count("outbound.nobody") == 1
    scene.duty.people["emergency"] = [DutyContact("甲", "8001")]
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(seconds=61)
    assert await tick(dispatcher) == 1


async def test_attempts_end_when_the_policy_allows_no_more(scene):
    scene.telephone.script = {"100": [DialNoAnswer("no"), DialNoAnswer("no")]}
    await scene.schedule(roster="", to="100", policy="twice")
    dispatcher = scene.dispatcher()
    await tick(dispatcher)
    scene.clock.pass_time(seconds=60)
    await tick(dispatcher)
    row = await scene.row()
    assert (row.state, row.result) == (CallState.GIVEN_UP, "no_answer")
    assert scene.kind.given_up_for == ["T1"]
    assert "outbound.given_up" in await scene.events()


async def test_nobody_is_rung_outside_the_window(scene):
    scene.duty.opens_at = scene.clock.now() + timedelta(hours=3)
    scene.telephone.script = {"8001": [["accepted"]]}
    await scene.schedule(policy="decent")
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 0
    assert (await scene.row()).next_at == scene.duty.opens_at
    scene.clock.pass_time(hours=3)
    assert await tick(dispatcher) == 1


async def test_an_attempt_cut_off_by_a_crash_is_unknown_and_the_same_person_is_rung_again(scene):
    await scene.schedule()

    def crash(session):
        return scene.dispatcher()._desk.claim(session, scene.clock.now(), limit=1)

    await scene.db.write(crash)
    assert (await scene.row()).state is CallState.PLACING
    scene.telephone.script = {"8001": [DialBusy("our own leg"), ["accepted"]]}
    after = scene.dispatcher(owner="two")
    await tick(after)
    assert scene.telephone.rung == []
    for _ in range(2):
        scene.clock.pass_time(seconds=10)
        await tick(after)
    assert await scene.attempts() == [
        ("8001", Outcome.UNKNOWN),
        ("8001", Outcome.UNKNOWN),
        ("8001", Outcome.CONFIRMED),
    ]


async def test_a_lease_of_another_living_node_is_respected_until_it_runs_out(scene):
    await scene.schedule()
    one, two = scene.dispatcher("one", alone=False), scene.dispatcher("two", alone=False)
    await scene.db.write(lambda s: one._desk.claim(s, scene.clock.now(), limit=1))
    assert await tick(two) == 0
    assert (await scene.row()).state is CallState.PLACING
    scene.clock.pass_time(seconds=31)
    two._renewed = 0.0
    await tick(two)
    assert (await scene.row()).state is CallState.WAITING
    assert await scene.attempts() == [("8001", Outcome.UNKNOWN)]


async def test_two_nodes_never_claim_one_call_twice(scene):
    await scene.schedule()
    rows = await scene.db.read(lambda s: list(repository.due(s, scene.clock.now(), limit=5)))

    async def claim(owner):
        now, lease = scene.clock.now(), timedelta(seconds=30)
        return await scene.db.write(lambda s: repository.claim(s, rows[0], owner=owner, now=now, lease=lease))

    assert await claim("one") is not None
    assert await claim("two") is None


async def test_without_room_nothing_is_placed(scene):
    await scene.schedule()
    scene.room = 0
    assert await tick(scene.dispatcher()) == 0


async def test_a_refused_report_reaches_the_flow_and_confirms_nothing(scene):
    async def refused(report):
        with pytest.raises(HotlineError):
            await report("refuse", {})

    scene.telephone.script = {"8001": [refused]}
    await scene.schedule()
    await tick(scene.dispatcher())
    assert (await scene.row()).state is CallState.WAITING


async def test_the_confirming_key_is_committed_before_the_flow_goes_on(scene):
    seen = []

    async def accepts(report):
        await report("accepted", {})
        row = await scene.row()
        seen.append(
            (row.state, (await scene.db.read(lambda s: s.scalars(select(AttemptRow)).one())).confirmed)
        )

    scene.telephone.script = {"8001": [accepts]}
    await scene.schedule()
    await tick(scene.dispatcher())
    assert seen == [(CallState.DONE, "accepted")]


async def test_a_held_call_waits_for_its_release(scene):
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    dispatcher = scene.dispatcher()
    assert await tick(dispatcher) == 0
    await scene.db.write(lambda s: repository.release(s, "leg-of-the-caller", now=scene.clock.now()))
    assert await tick(dispatcher) == 1


async def test_cancelling_a_subject_closes_its_open_calls(scene):
    await scene.schedule()
    gone = await scene.db.write(
        lambda s: repository.cancel(s, subject="T1", now=scene.clock.now(), why="ticket cancelled")
    )
    assert gone == 1
    assert (await scene.row()).result == "ticket cancelled"
    assert hotline.outbound.models.OutboundCallRow is OutboundCallRow


async def test_what_held_a_call_in_a_process_that_died_holds_it_no_longer(scene):
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(seconds=1)
    assert await tick(scene.dispatcher(owner="next")) == 1


async def test_a_call_held_for_too_long_is_placed_after_all(scene):
    dispatcher = scene.dispatcher(alone=False)
    await tick(dispatcher)
    await scene.schedule(held_by="leg-of-the-caller")
    scene.telephone.script = {"8001": [["accepted"]]}
    scene.clock.pass_time(minutes=31)
    dispatcher._renewed = 0.0
    assert await tick(dispatcher) == 1
