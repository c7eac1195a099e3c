"""Campaigns on a real database: planned once, answered step by step, stopped for good."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.call.ports import Span
from hotline.campaigns import repository, service
from hotline.campaigns.calls import SURVEY, SurveyCalls, called_off, never_again, subject_of
from hotline.campaigns.errors import CampaignRefused, UnknownCampaign
from hotline.campaigns.listing import Listed
from hotline.campaigns.models import AnswerRow, PersonRow
from hotline.campaigns.states import CampaignState, PersonState
from hotline.db.outbox import OutboxEvent
from hotline.outbound import repository as calls
from hotline.outbound.desk import Desk
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, Policy

POLICIES = {"survey": Policy(name="survey", pause=86400, attempts=2, per_day=1, priority=80)}
WANG, LI, ZHAO = "+8613800001111", "+8613800002222", "+8613800003333"


class NoWindows:
    """A duty book that has no window of any name."""

    def is_open(self, window, at):
        raise KeyError(window)


@dataclass
class Scene:
    """One campaign and the dispatcher's desk; everything commits."""

    db: object
    clock: object
    desk: Desk
    names: list[str] = field(default_factory=list)

    def do(self, fn):
        with self.db.transaction() as session:
            return fn(session)

    def create(self, name="上半年", **facts):
        def make(s):
            row = repository.create(
                s, estate="default", name=name, flow="survey", policy="survey", created_by="lin",
                now=self.clock.now(), **facts,
            )  # fmt: skip
            return row.id

        return self.do(make)

    def listed(self, *numbers, name="上半年"):
        people = [Listed(number=number, raw=number.removeprefix("+86"), name="甲") for number in numbers]
        return self.do(lambda s: repository.add_people(s, repository.find(s, name), people))

    def start(self, name="上半年", **facts):
        now = self.clock.now()
        return self.do(
            lambda s: service.start(s, repository.find(s, name), priority=80, now=now, by="lin", **facts)
        )

    def ready(self, *numbers, name="上半年", **facts):
        self.create(name, **facts)
        self.listed(*numbers, name=name)
        self.start(name)

    def claim(self):
        return self.do(lambda s: self.desk.claim(s, self.clock.now(), limit=10))

    def report(self, placing, outcome, **values):
        said = Report(outcome, values, "", "leg1", self.clock.now())
        return self.do(lambda s: self.desk.report(s, placing, said, self.clock.now()))

    def settle(self, placing, outcome):
        return self.do(lambda s: self.desk.settle(s, placing, outcome, self.clock.now()))

    def cancel(self, number):
        """As `hotline outbound cancel` does."""

        def end(s):
            person = s.scalars(select(PersonRow).where(PersonRow.number == number)).one()
            row = calls.find(s, SURVEY, subject_of(person.campaign, person.id))
            called_off(s, row, now=self.clock.now(), result="cancelled")
            calls.end(row, CallState.CANCELLED, now=self.clock.now(), result="by hand")

        self.do(end)

    def states(self, name="上半年"):
        return self.do(
            lambda s: {p.number: p.state for p in repository.people(s, repository.find(s, name).id)}
        )

    def state(self, name="上半年"):
        return self.do(lambda s: repository.find(s, name).state)

    def rows(self):
        return self.do(lambda s: list(s.scalars(select(OutboundCallRow).order_by(OutboundCallRow.subject))))

    def answers(self):
        return self.do(lambda s: [(a.question, a.value) for a in s.scalars(select(AnswerRow))])

    def events(self):
        return self.do(lambda s: [e.kind for e in s.scalars(select(OutboxEvent))])


@pytest.fixture
def scene(db, clock):
    desk = Desk(
        owner="one", kinds={SURVEY: SurveyCalls()}, policies=lambda: POLICIES, duty={"default": NoWindows()},
        zones={"default": ZoneInfo("Asia/Shanghai")}, alone=True,
    )  # fmt: skip
    return Scene(db, clock, desk)


def test_starting_plans_one_call_a_person_however_often_it_is_started(scene):
    scene.ready(WANG, LI)
    assert scene.start() == 0
    rows = scene.rows()
    assert [(row.kind, row.to, row.policy, row.flow) for row in rows] == [
        (SURVEY, "13800001111", "survey", "survey"),
        (SURVEY, "13800002222", "survey", "survey"),
    ]
    assert len({row.subject for row in rows}) == 2
    assert scene.state() is CampaignState.RUNNING


def test_people_listed_while_it_runs_are_called_when_it_is_started_again(scene):
    scene.ready(WANG)
    assert scene.listed(WANG, LI).new == 1
    assert scene.start() == 1
    assert len(scene.rows()) == 2


def test_many_people_are_planned_in_several_transactions(scene):
    scene.create()
    scene.listed(*(f"+86138{number:08}" for number in range(5)))
    assert [scene.start(most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert len(scene.rows()) == 5


def test_nobody_is_called_before_the_campaign_begins_or_after_it_ends(scene):
    now = scene.clock.now()
    scene.ready(WANG, begins_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    assert scene.claim() == []
    scene.clock.pass_time(hours=2)
    assert scene.claim() == []
    assert scene.states() == {WANG: PersonState.NOT_CALLED}
    assert scene.state() is CampaignState.DONE


def test_every_answer_is_kept_as_it_comes_and_the_end_settles_the_person(scene):
    scene.ready(WANG, LI)
    placing = scene.claim()[0]
    assert placing.given == {"language": "zh"}
    assert scene.report(placing, "overall", value="5") is Verdict.NOTED
    assert scene.answers() == [("overall", "5")]
    assert scene.states()[WANG] is PersonState.BEGUN
    scene.report(placing, "remark", words=Span("leg1", 3.0, 7.5))
    assert scene.report(placing, "finished") is Verdict.DONE
    assert scene.settle(placing, Outcome.CONFIRMED) is CallState.DONE
    assert scene.states() == {WANG: PersonState.FINISHED, LI: PersonState.PLANNED}
    remark = scene.do(lambda s: s.scalars(select(AnswerRow).where(AnswerRow.question == "remark")).one())
    assert (remark.recording, remark.words_start, remark.words_end, remark.value) == ("leg1", 3.0, 7.5, "")
    assert scene.state() is CampaignState.RUNNING


def test_the_campaign_is_done_and_told_after_the_last_person(scene):
    scene.ready(WANG)
    scene.report(scene.claim()[0], "finished")
    assert scene.state() is CampaignState.DONE
    assert scene.events().count("campaign.done") == 1


def test_the_same_question_answered_again_after_a_crash_counts_once(scene):
    scene.ready(WANG)
    first = scene.claim()[0]
    scene.report(first, "overall", value="2")
    scene.settle(first, Outcome.UNKNOWN)
    scene.clock.pass_time(seconds=10)
    again = scene.claim()[0]
    scene.report(again, "overall", value="4")
    assert scene.answers() == [("overall", "4")]


def test_whoever_hangs_up_in_the_middle_is_not_called_again_and_counts(scene):
    scene.ready(WANG)
    placing = scene.claim()[0]
    scene.report(placing, "overall", value="3")
    scene.settle(placing, Outcome.HUNG_UP)
    scene.clock.pass_time(days=1)
    assert scene.claim() == []
    assert scene.states() == {WANG: PersonState.PARTLY}
    assert scene.answers() == [("overall", "3")]
    assert scene.state() is CampaignState.DONE


def test_who_has_no_time_is_called_another_day_and_then_left_in_peace(scene):
    scene.ready(WANG)
    for _ in range(2):
        (placing,) = scene.claim()
        assert scene.report(placing, "not_now") is Verdict.PASS_ON
        scene.settle(placing, Outcome.PASSED_ON)
        assert scene.claim() == []
        scene.clock.pass_time(days=1)
    assert scene.claim() == []
    assert scene.states() == {WANG: PersonState.DECLINED}


def test_after_the_last_attempt_a_person_is_not_reached(scene):
    scene.ready(WANG)
    for _ in range(2):
        scene.settle(scene.claim()[0], Outcome.NO_ANSWER)
        scene.clock.pass_time(days=1)
    assert scene.states() == {WANG: PersonState.NOT_REACHED}


def test_never_again_holds_for_every_campaign_of_today_and_tomorrow(scene):
    scene.ready(WANG, LI)
    placing = next(p for p in scene.claim() if p.contact.number == "13800001111")
    scene.ready(WANG, name="另一个")
    assert scene.report(placing, "stop") is Verdict.DONE
    assert scene.states() == {WANG: PersonState.STOPPED, LI: PersonState.PLANNED}
    assert scene.states("另一个") == {WANG: PersonState.LEFT_OUT}
    assert scene.state("另一个") is CampaignState.DONE
    scene.create("明年")
    added = scene.listed(WANG, ZHAO, name="明年")
    assert (added.new, [person.number for person in added.left_out]) == (1, [WANG])


def test_a_stop_noted_by_hand_reaches_a_call_that_is_already_planned(scene):
    scene.ready(WANG, LI)
    new = scene.do(lambda s: never_again(s, WANG, "default", "lin", scene.clock.now()))
    assert new
    assert not scene.do(lambda s: never_again(s, WANG, "default", "lin", scene.clock.now()))
    assert [placing.contact.number for placing in scene.claim()] == ["13800002222"]
    assert scene.states()[WANG] is PersonState.LEFT_OUT


def test_a_stop_written_between_planning_and_ringing_is_respected(scene):
    scene.ready(WANG)
    now = scene.clock.now()
    scene.do(lambda s: repository.add_stop(s, number=WANG, estate="default", said_on="x", now=now))
    assert scene.claim() == []
    assert scene.states() == {WANG: PersonState.LEFT_OUT}


def test_a_paused_campaign_calls_nobody_and_goes_on_where_it_was(scene):
    scene.ready(WANG, LI)
    waiting = scene.do(lambda s: service.pause(s, repository.find(s, "上半年")))
    assert waiting == 2
    assert scene.claim() == []
    scene.clock.pass_time(hours=1)
    assert scene.do(lambda s: service.resume(s, repository.find(s, "上半年"), now=scene.clock.now())) == 2
    assert len(scene.claim()) == 2


def test_a_call_under_way_when_it_is_paused_is_tried_again_after_the_pause(scene):
    scene.ready(WANG)
    (placing,) = scene.claim()
    scene.do(lambda s: service.pause(s, repository.find(s, "上半年")))
    scene.settle(placing, Outcome.NO_ANSWER)
    scene.clock.pass_time(days=1)
    assert scene.claim() == []
    assert scene.do(lambda s: service.resume(s, repository.find(s, "上半年"), now=scene.clock.now())) == 1
    (again,) = scene.claim()
    assert again.row.attempts == 2


def test_stopping_ends_every_planned_call_and_keeps_the_answers(scene):
    scene.ready(WANG, LI, ZHAO)
    first, second, third = scene.claim()
    scene.report(first, "overall", value="5")
    scene.settle(second, Outcome.NO_ANSWER)
    assert scene.do(lambda s: service.stop(s, repository.find(s, "上半年"), now=scene.clock.now())) == 3
    assert scene.states() == {
        WANG: PersonState.PARTLY,
        LI: PersonState.NOT_REACHED,
        ZHAO: PersonState.NOT_REACHED,
    }
    assert {row.state for row in scene.rows()} == {CallState.CANCELLED}
    scene.report(third, "overall", value="1")
    scene.settle(third, Outcome.HUNG_UP)
    assert len(scene.answers()) == 2
    assert scene.states()[ZHAO] is PersonState.PARTLY
    with pytest.raises(CampaignRefused):
        scene.start()
    with pytest.raises(CampaignRefused):
        scene.listed("+8613800009999")


def test_people_who_were_never_rung_are_not_called_when_it_is_stopped(scene):
    scene.ready(WANG)
    scene.do(lambda s: service.stop(s, repository.find(s, "上半年"), now=scene.clock.now()))
    assert scene.states() == {WANG: PersonState.NOT_CALLED}


def test_what_a_campaign_is_in_no_state_for_is_refused(scene):
    scene.create()
    for refused in (
        lambda s: repository.find(s, "unknown"),
        lambda s: service.resume(s, repository.find(s, "上半年"), now=scene.clock.now()),
        lambda s: service.pause(s, repository.find(s, "上半年")),
    ):
        with pytest.raises((CampaignRefused, UnknownCampaign)):
            scene.do(refused)
    with pytest.raises(CampaignRefused, match="Nobody"):
        scene.start()
    with pytest.raises(CampaignRefused, match="already"):
        scene.create()
    with pytest.raises(CampaignRefused, match="before it begins"):
        scene.create("x", begins_at=scene.clock.now(), ends_at=scene.clock.now())
    with pytest.raises(CampaignRefused, match="be over before it could begin"):
        scene.create("x", ends_at=scene.clock.now() - timedelta(minutes=1))


def test_a_deleted_campaign_calls_nobody(scene):
    scene.ready(WANG)
    scene.do(lambda s: s.delete(repository.find(s, "上半年")))
    assert scene.claim() == []
    assert scene.do(lambda s: s.scalars(select(PersonRow)).all()) == []
    assert scene.rows()[0].state is CallState.CANCELLED


def test_a_long_list_leaves_channels_for_callers(scene, monkeypatch):
    monkeypatch.setitem(POLICIES, "survey", dataclasses.replace(POLICIES["survey"], at_once=2))
    scene.ready(WANG, LI, ZHAO)
    first, _ = scene.claim()
    scene.clock.pass_time(seconds=5)
    assert scene.claim() == []
    scene.report(first, "finished")
    scene.settle(first, Outcome.CONFIRMED)
    scene.clock.pass_time(seconds=5)
    assert len(scene.claim()) == 1


def test_a_window_nobody_knows_calls_nobody_and_shows(scene, monkeypatch):
    monkeypatch.setitem(POLICIES, "survey", dataclasses.replace(POLICIES["survey"], window="nights"))
    scene.ready(WANG)
    assert scene.claim() == []
    scene.clock.pass_time(hours=1)
    assert scene.claim() == []
    assert scene.rows()[0].result == 'no window "nights" in hours.yaml'


def test_the_tally_tells_reached_from_answered(scene):
    scene.ready(WANG, LI, ZHAO)
    first, second, _ = scene.claim()
    scene.report(first, "overall", value="4")
    scene.report(second, "not_now")
    tally = scene.do(lambda s: repository.tally(s, 1))
    assert (tally.people, tally.reached, tally.answered) == (3, 2, 1)
    assert subject_of(1, 1) == first.row.subject
    assert scene.do(lambda s: calls.has_open(s, SURVEY, subject_of(1, 3)))


def test_a_call_cancelled_by_hand_settles_its_person_and_the_campaign_ends(scene):
    scene.ready(WANG, LI)
    for number in (WANG, LI):
        scene.cancel(number)
    assert scene.states() == {WANG: PersonState.NOT_CALLED, LI: PersonState.NOT_CALLED}
    assert scene.state() is CampaignState.DONE


@pytest.mark.parametrize(
    ("said", "state"),
    [("not_now", PersonState.DECLINED), ("overall", PersonState.PARTLY), ("finished", PersonState.FINISHED)],
)
def test_what_is_said_on_a_call_cancelled_meanwhile_counts_and_no_other_day_is_waited_for(scene, said, state):
    scene.ready(WANG)
    (placing,) = scene.claim()
    scene.cancel(WANG)
    scene.report(placing, said, value="5")
    scene.settle(placing, Outcome.HUNG_UP)
    assert scene.states() == {WANG: state}
    assert scene.state() is CampaignState.DONE


def test_a_campaign_whose_last_people_were_settled_during_its_pause_ends_when_it_goes_on(scene):
    scene.ready(WANG)
    now = scene.clock.now()
    scene.do(lambda s: service.pause(s, repository.find(s, "上半年")))
    scene.do(lambda s: never_again(s, WANG, "default", "desk", now))
    assert scene.state() is CampaignState.PAUSED
    assert scene.do(lambda s: service.resume(s, repository.find(s, "上半年"), now=now)) == 0
    assert scene.state() is CampaignState.DONE
