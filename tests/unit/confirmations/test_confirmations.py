"""Questions to owners on a real database: numbers in turn, the one answer, and that silence is a no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.call.ports import DutyContact, Place
from hotline.confirmations import service
from hotline.confirmations.calls import ConfirmationCalls, ConfirmationWatch
from hotline.confirmations.errors import ConfirmationRefused
from hotline.confirmations.service import KIND, Question
from hotline.confirmations.states import Matter, Spot, Standing
from hotline.db.outbox import OutboxEvent
from hotline.home import shipped
from hotline.outbound import policies
from hotline.outbound.desk import Desk
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.outbound.policies import Confirmations, OutboundFile
from hotline.outbound.policy import Outcome, Policy, preview

RULES = OutboundFile(confirmations=Confirmations(minutes=5))
POLICIES = {"confirmation": Policy(name="confirmation", ring=25, pause=3, attempts=4, priority=15)}
OWNERS = (DutyContact("王芳", "13800001111"), DutyContact("王芳", "13800009999"))
ROOM = Place("3", "2", "602")


@dataclass
class Scene:
    db: object
    clock: object
    desk: Desk
    watch: ConfirmationWatch

    def do(self, fn):
        with self.db.transaction() as session:
            return fn(session)

    def ask(self, **changed):
        facts = {
            "estate": "default", "place": ROOM, "matter": Matter.VISITOR, "owners": OWNERS,
            "asked_by": "lin", "who": "张先生", "persons": 2, "plate": "鲁A12345", "spot": Spot.GATE,
        } | changed  # fmt: skip
        now = self.clock.now()
        return self.do(
            lambda s: service.ask(s, Question(**facts), RULES.confirmations, priority=15, now=now).id
        )

    def claim(self):
        return self.do(lambda s: self.desk.claim(s, self.clock.now(), limit=10))

    def report(self, placing, outcome, leg="leg1"):
        said = Report(outcome, {}, placing.contact.name, leg, self.clock.now())
        return self.do(lambda s: self.desk.report(s, placing, said, self.clock.now()))

    def settle(self, placing, outcome):
        return self.do(lambda s: self.desk.settle(s, placing, outcome, self.clock.now()))

    def row(self, number=1):
        return self.do(lambda s: service.find(s, number))

    def calls(self):
        return self.do(lambda s: list(s.scalars(select(OutboundCallRow))))

    def decided(self):
        kept = self.do(lambda s: list(s.scalars(select(OutboxEvent))))
        return [event.detail["standing"] for event in kept if event.kind == service.DECIDED]


@pytest.fixture
def scene(db, clock):
    desk = Desk(
        owner="one", kinds={KIND: ConfirmationCalls(lambda: RULES)}, policies=lambda: POLICIES, duty={},
        zones={"default": ZoneInfo("Asia/Shanghai")}, alone=True,
    )  # fmt: skip
    return Scene(db, clock, desk, ConfirmationWatch(db, clock))


def test_the_owner_is_rung_at_once_and_hears_who_waits_where(scene):
    scene.ask()
    (placing,) = scene.claim()
    assert placing.contact == OWNERS[0]
    assert placing.given == {
        "language": "zh", "place": ROOM, "confirm.visitor": "yes", "confirm.persons": "2",
        "confirm.plate": "鲁A12345", "confirm.at": "confirm_at_gate",
    }  # fmt: skip


@pytest.mark.parametrize("answer", ["allowed", "refused"])
def test_an_answer_is_kept_with_its_call_and_told(scene, answer):
    number = scene.ask()
    (placing,) = scene.claim()
    assert scene.report(placing, answer) is Verdict.DONE
    assert scene.settle(placing, Outcome.CONFIRMED) is CallState.DONE
    row = scene.row(number)
    assert (row.standing.value, row.answered_by, row.answered_on, row.leg) == (
        answer, "王芳", "13800001111", "leg1",
    )  # fmt: skip
    assert scene.decided() == [answer]


def test_the_owners_numbers_are_rung_in_turn_until_the_attempts_are_used_up(scene):
    scene.ask()
    rung = []
    for _ in range(4):
        (placing,) = scene.claim()
        rung.append(placing.contact.number)
        scene.clock.pass_time(seconds=25)
        scene.settle(placing, Outcome.NO_ANSWER)
        scene.clock.pass_time(seconds=3)
    assert rung == ["13800001111", "13800009999", "13800001111", "13800009999"]
    assert scene.claim() == []
    assert scene.row().standing is Standing.NO_ANSWER
    assert scene.decided() == ["no_answer"]


async def test_no_answer_in_time_is_a_no_even_when_nothing_is_rung_any_more(scene):
    scene.ask()
    scene.clock.pass_time(minutes=5)
    assert service.standing_at(scene.row(), scene.clock.now()) is Standing.NO_ANSWER
    assert await scene.watch.tick() == 1
    assert await scene.watch.tick() == 0
    assert scene.claim() == []
    assert [row.state for row in scene.calls()] == [CallState.CANCELLED]
    assert scene.decided() == ["no_answer"]


def test_a_key_pressed_after_the_time_is_up_does_not_open_the_gate(scene):
    scene.ask()
    (placing,) = scene.claim()
    scene.clock.pass_time(minutes=5)
    with pytest.raises(ConfirmationRefused):
        scene.report(placing, "allowed")
    assert scene.row().standing is Standing.ASKING
    assert scene.decided() == []


async def test_an_answer_after_it_was_closed_changes_nothing(scene):
    scene.ask()
    (placing,) = scene.claim()
    scene.clock.pass_time(minutes=5)
    await scene.watch.tick()
    with pytest.raises(ConfirmationRefused):
        scene.report(placing, "allowed")
    assert scene.row().standing is Standing.NO_ANSWER


def test_the_same_key_once_more_is_the_same_answer(scene):
    scene.ask()
    (placing,) = scene.claim()
    assert scene.report(placing, "allowed") is Verdict.DONE
    assert scene.report(placing, "allowed") is Verdict.DONE
    assert scene.decided() == ["allowed"]


def test_who_spoke_to_the_desk_is_not_rung_again_and_the_desk_writes_the_answer_down(scene):
    number = scene.ask()
    (placing,) = scene.claim()
    scene.clock.pass_time(minutes=4)
    assert scene.report(placing, "desk_reached") is Verdict.NOTED
    scene.settle(placing, Outcome.HUNG_UP)
    scene.clock.pass_time(minutes=3)
    assert scene.claim() == []
    assert scene.row().standing is Standing.AT_DESK
    now = scene.clock.now()
    scene.do(lambda s: service.decide(s, number, Standing.ALLOWED, by="前台", now=now, note="本人同意"))
    row = scene.row()
    assert (row.standing, row.answered_by, row.leg) == (Standing.ALLOWED, "前台", "leg1")


def test_the_desk_cannot_allow_what_the_owner_was_not_heard_about(scene):
    number, now = scene.ask(), scene.clock.now()
    with pytest.raises(ConfirmationRefused, match="only their own yes"):
        scene.do(lambda s: service.decide(s, number, Standing.ALLOWED, by="前台", now=now))
    scene.do(lambda s: service.decide(s, number, Standing.REFUSED, by="前台", now=now))
    assert scene.row().standing is Standing.REFUSED


def test_whoever_waited_has_left_and_nobody_is_rung(scene):
    number = scene.ask()
    scene.do(lambda s: service.cancel(s, number, by="lin", now=scene.clock.now()))
    assert scene.claim() == []
    with pytest.raises(ConfirmationRefused):
        scene.do(lambda s: service.cancel(s, number, by="lin", now=scene.clock.now()))


def test_the_same_question_sent_twice_is_put_once(scene):
    assert scene.ask(key="gate-17") == scene.ask(key="gate-17")
    assert len(scene.calls()) == 1
    assert scene.ask() != scene.ask()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"owners": ()}, "has a telephone"),
        ({"persons": 0}, "0 persons"),
        ({"plate": "鲁"}, "no number"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_stored(scene, changed, said):
    with pytest.raises(ConfirmationRefused, match=said):
        scene.ask(**changed)
    assert scene.calls() == []


def test_after_a_crash_the_question_is_put_again_to_the_next_number_in_its_time(scene):
    scene.ask()
    (placing,) = scene.claim()
    scene.settle(placing, Outcome.UNKNOWN)
    scene.clock.pass_time(seconds=10)
    (again,) = scene.claim()
    assert again.contact == OWNERS[1]
    assert again.row.expires_at == scene.row().asked_at + timedelta(minutes=5)


def test_an_owner_who_is_on_the_telephone_is_asked_for_minutes_not_seconds():
    shipped_policy = policies.load(shipped("config")).policy("confirmation")
    begin = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    times = preview(shipped_policy, begin, zone=ZoneInfo("Asia/Shanghai"), outcome=Outcome.BUSY)
    assert timedelta(minutes=2) < times[-1] - begin < timedelta(minutes=5)
