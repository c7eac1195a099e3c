"""Self-calls: planned once a night, listened to step by step, told when they fail."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.app.selfcall import Finding, SelfCall, Step
from hotline.app.selftest import (
    NIGHTLY,
    POLICIES,
    SELFTEST,
    SelfTestCalls,
    SelfTests,
    new_call,
    own_address,
    target,
)
from hotline.call.audio import Clip
from hotline.call.errors import CallGone, DialBusy, DialNoAnswer, HotlineError
from hotline.call.events import HangupBy
from hotline.call.ports import Direction, LegFacts, LegReport
from hotline.callrecords.models import CallRow, LegRow
from hotline.callrecords.service import CallRecords
from hotline.db.outbox import OutboxEvent
from hotline.language.numbers import normalise
from hotline.outbound import repository as calls
from hotline.outbound.desk import Desk
from hotline.outbound.dispatcher import Dispatcher
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policies import OutboundFile, SelfTest
from hotline.settings import Account, Estate, Settings, Sip
from hotline.speech.voices.book import PromptFolder
from hotline.telephony.media.clips import decode_clip

PROMPTS = Path("prompts")
TRUNK = Account(name="trunk", user="05391234567", domain="sip.example.com")
SECOND = Account(name="second", user="8001", domain="sip.example.org")


def sound(*prompts: str, language: str = "zh") -> bytes:
    """Prompts as PCM; a number is that many seconds of silence."""
    found = b""
    for prompt in prompts:
        if prompt.replace(".", "").isdigit():
            found += bytes(int(float(prompt) * 8000) * 2)
        else:
            found += decode_clip(Clip(PROMPTS / language / f"{prompt}.wav"))
    return found


WHOLE = sound("0.2", "greeting", "recorded_notice", "emergency_first", "main_menu", "press_repairs", "30")


class Line:
    """A far end that plays a script, and the clock: waiting is what lets sound arrive."""

    def __init__(self, before: bytes = WHOLE, after_key: bytes = sound("0.3", "main_menu", "30")) -> None:
        self.sounding, self.after_key = before, after_key
        self.sinks: list[Callable[[bytes], None]] = []
        self.keys = ""
        self.over = False
        self.ends_after: float | None = None
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 2, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.seconds += 0.02
            if self.ends_after is not None and self.seconds > self.ends_after:
                self.over = True
                return
            frame, self.sounding = self.sounding[:320], self.sounding[320:]
            for sink in self.sinks:
                sink(frame)

    def tap(self, sink):
        self.sinks.append(sink)

    def untap(self, sink):
        self.sinks.remove(sink)

    async def send_digits(self, keys):
        if self.over:
            raise CallGone("over")
        self.keys += keys
        self.sounding = self.after_key

    async def hangup(self, cause="normal"):
        self.over = True


async def listen(line: Line, wanted: SelfTest | None = None) -> Finding:
    conversation = SelfCall(PromptFolder(PROMPTS, PROMPTS), line)
    return await conversation.listen(line, wanted or SelfTest(), "zh")


async def test_a_hotline_that_works_is_heard_and_hung_up_on():
    line = Line()
    found = await listen(line)
    assert (found.failed, line.keys, line.over, line.sinks) == (None, "9", True, [])
    assert found.figures["greeting_after"] == pytest.approx(0.2, abs=0.1)
    assert found.figures["menu_after"] == pytest.approx(10.4, abs=0.5)
    assert found.figures["key_after"] == pytest.approx(0.3, abs=0.2)
    assert line.seconds < 20


@pytest.mark.parametrize(
    ("line", "step", "words"),
    [
        (Line(bytes(16000 * 60)), Step.GREETING, "silence"),
        (Line(sound("ask_place", "no_input", "60")), Step.GREETING, "something else"),
        (Line(sound("greeting", "60")), Step.MENU, '"main_menu" was not'),
        (Line(after_key=sound("press_fees", "press_manager", "60")), Step.KEY, "RFC 4733"),
    ],
    ids=["silence", "another telephone", "greeting only", "keys get lost"],
)
async def test_what_was_not_heard_is_named_with_where_to_look(line, step, words):
    found = await listen(line)
    assert found.failed is step
    assert words in found.reason
    assert line.over
    assert line.seconds < 45


async def test_a_menu_that_goes_on_as_if_no_key_was_pressed_does_not_pass():
    line = Line()
    line.after_key = sound("press_repairs", "press_complaints", "press_fees", "30")
    assert (await listen(line)).failed is Step.KEY


async def test_a_call_that_is_cut_off_is_told():
    line = Line()
    line.ends_after = 5.0
    found = await listen(line)
    assert found.failed is not None
    assert "cut off" in found.reason


async def test_a_prompt_without_a_recording_is_named():
    found = await listen(Line(), SelfTest(greeting="no_such_prompt"))
    assert (found.failed, "no_such_prompt" in found.reason) == (Step.PROMPTS, True)


# --- what is dialled -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accounts", "numbers", "wanted", "dialled"),
    [
        ((), (), SelfTest(), "sip:own"),
        ((TRUNK,), (), SelfTest(), "05391234567"),
        ((TRUNK,), ("4008001234",), SelfTest(), "4008001234"),
        ((TRUNK, SECOND), (), SelfTest(account="second"), "8001"),
        ((TRUNK,), ("4008001234",), SelfTest(number="400"), "400"),
    ],
)
def test_the_hotline_dials_its_own_number_through_its_trunk(accounts, numbers, wanted, dialled):
    settings = Settings(
        sip=Sip(accounts=accounts), estates=(Estate(id="default", name="x", numbers=numbers),)
    )
    assert target(settings, wanted, own_address="sip:own") == dialled


def test_an_account_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(HotlineError, match="trunk"):
        target(Settings(sip=Sip(accounts=(TRUNK,))), SelfTest(account="x"), own_address="")


def test_its_own_address_is_where_it_really_listens():
    assert own_address(("10.0.0.5:5060", "127.0.0.1:5060")) == "sip:hotline@10.0.0.5:5060"
    assert own_address(()) == ""


# --- at night ------------------------------------------------------------------------------------


class Listener:
    """Stands for the conversation: says what it was told to."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    async def listen(self, call, wanted, language):
        await call.hangup()
        return self.finding


def planned_by(db, clock, at="03:30", finding=None) -> SelfTests:
    return SelfTests(
        db, clock, Settings(), rules=lambda: OutboundFile(selftest=SelfTest(at=at)),
        conversation=Listener(finding), own_address=lambda: "sip:hotline@127.0.0.1:5060",
    )  # fmt: skip


async def rows(db):
    return await db.read(lambda s: list(s.scalars(select(OutboundCallRow).order_by(OutboundCallRow.due_at))))


def local(hour: int, minute: int, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


async def a_call_before(db, clock) -> None:
    """The hotline was called earlier."""
    clock.at = local(12, 0, day=20)
    await _incoming(
        CallRecords(db, clock=clock, process="x", normalise=normalise, recordings=Path("x")), clock
    )


async def test_one_self_call_a_night_is_planned_however_many_processes_look(db, clock):
    one, two = planned_by(db, clock), planned_by(db, clock)
    clock.at = local(3, 29)
    assert not await one.tick()
    clock.at = local(3, 30)
    assert [await one.tick(), await one.tick(), await two.tick()] == [True, False, False]
    clock.at = local(3, 30, day=25)
    assert await two.tick()
    assert [(row.occurrence, row.policy) for row in await rows(db)] == [
        ("2026-11-24", NIGHTLY),
        ("2026-11-25", NIGHTLY),
    ]


async def test_a_night_missed_by_less_than_an_hour_is_made_up_and_no_more(db, clock):
    await a_call_before(db, clock)
    clock.at = local(4, 31)
    assert not await planned_by(db, clock).tick()
    clock.at = local(4, 29)
    assert await planned_by(db, clock).tick()


async def test_a_hotline_that_is_being_set_up_owes_no_night_it_was_not_there_for(db, clock):
    clock.at = local(3, 31)
    tests = planned_by(db, clock)
    assert not await tests.tick()
    clock.at = local(4, 29)
    assert not await tests.tick()
    clock.at = local(3, 30, day=25)
    assert await tests.tick()


async def test_a_night_that_could_not_be_written_is_tried_again(db, clock):
    tests = planned_by(db, clock)
    clock.at = local(3, 30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "schedule", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await tests.tick()
    assert await tests.tick()


async def test_a_time_shortly_before_midnight_belongs_to_its_own_evening(db, clock):
    await a_call_before(db, clock)
    clock.at = local(0, 10)
    assert await planned_by(db, clock, at="23:50").tick()
    assert (await rows(db))[-1].occurrence == "2026-11-23"


async def test_without_a_time_nothing_is_planned(db, clock):
    clock.at = local(3, 30)
    assert not await planned_by(db, clock, at="").tick()
    assert await rows(db) == []


# --- what people are told ------------------------------------------------------------------------


class Leg:
    """An answered leg that is over once it was hung up."""

    def __init__(self, clock, leg="out") -> None:
        self.facts = LegFacts(
            leg=leg, linkedid=leg, direction=Direction.OUTBOUND, caller="", dialled="x",
            offered_at=clock.now(),
        )  # fmt: skip
        self.over = False
        self.clock = clock

    async def hangup(self, cause="normal"):
        self.over = True

    def report(self):
        return LegReport(
            answered_at=self.clock.now(), ended_at=self.clock.now() + timedelta(seconds=15), ring_seconds=1.1,
            rings=1, disposition="ANSWERED", hangup_by=HangupBy.NEAR, hangup_cause="normal",
        )  # fmt: skip


class Telephone:
    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.orders = []

    async def dial(self, order):
        self.orders.append(order)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def placed(db, clock, telephone, finding=None, *, account="") -> OutboundCallRow:
    """Place one self-call until it is over; returns its row."""
    tests = planned_by(db, clock, finding=finding)
    desk = Desk(
        owner="one", kinds={SELFTEST: SelfTestCalls()}, policies=lambda: POLICIES, duty={}, zones={},
        alone=True,
    )  # fmt: skip
    speak = lambda call, row, given, report: tests.converse(call, row, report)  # noqa: E731
    dispatcher = Dispatcher(
        db, desk, owner="one", clock=clock, dialer=telephone, speak=speak, room=lambda: 5
    )  # fmt: skip
    new = new_call(
        Settings(),
        "sip:x@y",
        account,
        occurrence="n",
        policy=NIGHTLY,
        now=clock.now(),
    )
    await db.write(lambda s: calls.schedule(s, new, now=clock.now()))
    for _ in range(3):
        async with asyncio.TaskGroup() as tasks:
            await dispatcher.tick(tasks)
        clock.pass_time(seconds=61)
    return (await rows(db))[0]


async def events(db):
    return await db.read(
        lambda s: [
            (e.kind, e.detail) for e in s.scalars(select(OutboxEvent)) if e.kind.startswith("selftest")
        ]
    )


async def test_a_self_call_that_passed_is_told_with_its_figures(db, clock):
    finding = Finding(None, "All was heard.", {"greeting_after": 0.21, "key_score": 0.987})
    with_incoming = CallRecords(db, clock=clock, process="x", normalise=normalise, recordings=Path("x"))
    await _incoming(with_incoming, clock)
    row = await placed(db, clock, Telephone(Leg(clock)), finding)
    assert (row.state, row.result) == (CallState.DONE, "passed")
    ((kind, detail),) = await events(db)
    assert kind == "selftest.passed"
    assert (detail["ring_seconds"], detail["greeting_after"], detail["key_score"]) == ("1.10", "0.21", "0.99")
    attempt = await db.read(lambda s: s.scalars(select(AttemptRow)).one())
    assert (attempt.detail, attempt.leg) == ("All was heard.", "out")
    found = await db.read(
        lambda s: (
            [(leg.uniqueid, leg.outcome) for leg in s.scalars(select(LegRow))]
            + [(call.uniqueid, call.outcome) for call in s.scalars(select(CallRow))]
        )
    )
    assert found == [("in", SELFTEST), ("in", SELFTEST)]
    assert detail["incoming"] == "in"
    await with_incoming.close()


async def _incoming(records: CallRecords, clock) -> None:
    leg = Leg(clock, "in")
    facts = dataclasses.replace(leg.facts, direction=Direction.INBOUND)
    await records.opened(facts, estate="default")
    await records.answered("in", clock.now(), ring_seconds=1.0, rings=1)
    await records.closed("in", leg.report(), outcome="abandoned", recorded_seconds=0.0)


async def test_a_self_call_that_failed_twice_is_told_once_with_the_step_and_the_reason(db, clock):
    finding = Finding(Step.GREETING, "Something else answered.")
    row = await placed(db, clock, Telephone(Leg(clock), Leg(clock)), finding)
    assert row.state is CallState.GIVEN_UP
    ((kind, detail),) = await events(db)
    assert (kind, detail["step"], detail["reason"]) == (
        "selftest.failed",
        "greeting",
        "Something else answered.",
    )
    assert row.attempts == 2


async def test_a_failure_that_does_not_repeat_wakes_nobody(db, clock):
    telephone = Telephone(DialBusy("busy"), Leg(clock))
    row = await placed(db, clock, telephone, Finding(None, "All was heard."))
    assert row.state is CallState.DONE
    assert [kind for kind, _ in await events(db)] == ["selftest.passed"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [(DialNoAnswer("no"), "nobody answered"), (DialBusy("no"), "busy"), (None, "could not be placed")],
)
async def test_a_number_that_does_not_answer_is_told_with_a_remedy(db, clock, failure, words):
    failure = failure or CallGone("not sent")
    await placed(db, clock, Telephone(failure, failure))
    ((kind, detail),) = await events(db)
    assert (kind, detail["step"]) == ("selftest.failed", "call")
    assert words in detail["reason"]


async def test_the_account_named_is_the_one_that_dials(db, clock):
    telephone = Telephone(DialBusy("x"), DialBusy("x"))
    await placed(db, clock, telephone, account="second")
    assert [(order.account, order.purpose) for order in telephone.orders] == [("second", SELFTEST)] * 2
