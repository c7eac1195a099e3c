"""Fee reminders on a real database: who is called how often, and what every answer leaves behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from reminder_kit import LI, OTHER_ROOM, WANG
from sqlalchemy import select

from hotline.call.errors import FeeRefused
from hotline.call.ports import Place, Span
from hotline.campaigns import repository, service
from hotline.campaigns.errors import CampaignRefused
from hotline.db.outbox import OutboxEvent
from hotline.fees import promises
from hotline.fees.states import PromiseState
from hotline.outbound.kinds import Verdict
from hotline.outbound.models import CallState
from hotline.outbound.policy import Outcome
from hotline.tickets import parts
from hotline.tickets import repository as tickets
from tests.unit.fees.fees_kit import ROOM


@pytest.fixture
def scene(reminders):
    reminders.bill = reminders.office.bill(due="2026-11-10")
    return reminders


def promised(scene, day="2026-12-01"):
    scene.reminding()
    (placing,) = scene.claim()
    scene.report(placing, "identified")
    return placing, scene.report(placing, "promised", value=day)


def promises_of(scene):
    return scene.do(lambda s: [(p.promised_on, p.state, p.leg) for p in promises.of_room(s, "default", ROOM)])


def test_a_promise_is_kept_with_its_call_and_ends_the_reminding(scene):
    placing, verdict = promised(scene)
    assert verdict is Verdict.DONE
    assert scene.settle(placing, Outcome.CONFIRMED) is CallState.DONE
    assert promises_of(scene) == [(date(2026, 12, 1), PromiseState.OPEN, "leg1")]
    assert scene.people() == [("finished", "promised")]
    assert scene.state() == "done"
    assert scene.filed() == []


def test_a_day_the_rules_do_not_take_changes_nothing_and_another_may_be_said(scene):
    scene.reminding()
    (placing,) = scene.claim()
    with pytest.raises(FeeRefused) as refused:
        scene.report(placing, "promised", value="2027-06-01")
    assert refused.value.code == "promise-too-far"
    assert promises_of(scene) == []
    assert scene.people() == [("planned", "")]
    assert scene.report(placing, "promised", value="2026-12-01") is Verdict.DONE


def test_nothing_about_amounts_is_handed_to_the_conversation_before_who_it_is_is_known(scene):
    scene.reminding()
    (placing,) = scene.claim()
    assert placing.given == {"language": "zh", "place": ROOM}


@pytest.mark.parametrize(
    ("outcome", "kind", "note"),
    [
        ("says_paid", "request", "check the payment"),
        ("dispute", "complaint", "disputes the bill"),
        ("call_back", "request", "call back"),
        ("wrong_person", "request", "personal visit: somebody else answers"),
    ],
)
def test_what_a_call_cannot_settle_becomes_a_ticket_of_whoever_collects(scene, outcome, kind, note):
    scene.reminding()
    (placing,) = scene.claim()
    assert scene.report(placing, outcome, words=Span("leg1", 3.0, 9.0)) is Verdict.DONE
    (ticket,) = scene.filed()
    assert (ticket.kind.value, ticket.topic, ticket.room, ticket.department) == (kind, "fees", "602", "财务")
    assert (ticket.assignee, ticket.state.value) == ("收费员", "assigned")
    assert tickets.words_of(ticket) == Span("leg1", 3.0, 9.0)
    history = scene.do(lambda s: [line.detail for line in tickets.history(s, ticket.number)])
    assert note in history[0]
    assert scene.people() == [("finished", outcome)]
    assert scene.do(lambda s: repository.people(s, 1)[0].ticket) == ticket.number


def test_a_dispute_is_filed_at_once_and_its_words_are_added_to_the_same_ticket(scene):
    scene.reminding()
    (placing,) = scene.claim()
    assert scene.report(placing, "dispute") is Verdict.DONE
    (filed,) = scene.filed()
    scene.report(placing, "dispute", words=Span("leg1", 3.0, 9.0))
    assert [ticket.number for ticket in scene.filed()] == [filed.number]
    said = [
        (part.recording, part.start) for part in scene.do(lambda s: parts.of(s, filed.number)) if part.end
    ]
    assert said == [("leg1", 3.0)]
    told = scene.do(lambda s: [event.kind for event in s.scalars(select(OutboxEvent))])
    assert told.count("outbound.confirmed") == 1


def test_without_anybody_on_the_roster_the_department_has_the_task(scene):
    scene.assigned = ("财务", "")
    scene.reminding()
    scene.report(scene.claim()[0], "dispute")
    (ticket,) = scene.filed()
    assert (ticket.department, ticket.assignee, ticket.state.value) == ("财务", "", "registered")


def test_who_talked_to_a_human_is_not_called_again_and_leaves_no_task(scene):
    scene.reminding()
    (placing,) = scene.claim()
    assert scene.report(placing, "human_reached") is Verdict.DONE
    scene.settle(placing, Outcome.HUNG_UP)
    scene.clock.pass_time(days=2)
    assert scene.claim() == []
    assert (scene.people(), scene.filed()) == ([("finished", "human_reached")], [])


def test_stop_holds_for_every_campaign_and_leaves_a_visit(scene):
    scene.reminding()
    (first,) = scene.claim()
    scene.create(name="另一个")
    scene.listed((WANG, ROOM, True), name="另一个")
    scene.start("另一个")
    assert scene.report(first, "stop") is Verdict.DONE
    assert scene.people() == [("stopped", "")]
    assert scene.people("另一个") == [("left_out", "")]
    assert [ticket.topic for ticket in scene.filed()] == ["fees"]


def test_it_rings_in_decent_hours_once_a_day_and_then_somebody_goes_there(scene):
    scene.clock.pass_time(hours=10, minutes=30)  # 20:30
    scene.reminding()
    rung = []
    for _ in range(24 * 5 * 6):
        for placing in scene.claim():
            rung.append(f"{scene.clock.now() + timedelta(hours=8):%d %H}")
            scene.settle(placing, Outcome.NO_ANSWER)
        scene.clock.pass_time(minutes=10)
    assert rung == ["24 09", "25 09", "26 09"]
    assert scene.people() == [("not_reached", "")]
    (ticket,) = scene.filed()
    assert (ticket.topic, ticket.assignee, ticket.callback_number) == ("fees", "收费员", "+8613800001111")
    assert scene.state() == "done"


def test_who_heard_the_amounts_and_hung_up_is_called_another_day_and_visited_in_the_end(scene):
    scene.reminding()
    for _ in range(3):
        (placing,) = scene.claim()
        assert scene.report(placing, "identified") is Verdict.NOTED
        scene.settle(placing, Outcome.HUNG_UP)
        assert scene.claim() == []
        scene.clock.pass_time(days=1, minutes=1)
    assert scene.people() == [("partly", "")]
    assert len(scene.filed()) == 1
    assert [event for event, _ in scene.office.history(scene.bill)].count("reminded") == 3


async def test_a_payment_ends_the_reminding_at_once_and_the_campaign_with_it(scene):
    scene.reminding()
    await scene.office.book.mark_paid(scene.bill, who="财务")
    assert await scene.watch.tick() == 1
    assert await scene.watch.tick() == 0
    assert scene.claim() == []
    assert [row.state for row in scene.calls()] == [CallState.CANCELLED]
    assert scene.people() == [("not_called", "paid")]
    assert scene.state() == "done"
    assert scene.filed() == []


def test_a_payment_noted_while_the_call_is_spoken_makes_the_promise_needless(scene):
    scene.reminding()
    (placing,) = scene.claim()
    scene.do(lambda s: scene.office.book.mark_paid_in(s, scene.bill, who="财务"))
    assert scene.report(placing, "promised", value="2026-12-01") is Verdict.DONE
    assert promises_of(scene) == []


def test_who_promised_elsewhere_meanwhile_is_not_reminded(scene):
    scene.reminding()
    scene.do(
        lambda s: scene.office.book.promise_in(
            s, estate="default", place=ROOM, promised_on=date(2026, 11, 30), said_to="menu"
        )
    )
    assert scene.claim() == []
    assert scene.people() == [("not_called", "promised")]


def test_pausing_keeps_a_paid_room_from_coming_back(scene):
    scene.reminding((WANG, ROOM, True), (LI, OTHER_ROOM, True))
    scene.office.bill(OTHER_ROOM, due="2026-11-10")
    scene.do(lambda s: service.pause(s, repository.find(s, "催费")))
    scene.do(lambda s: scene.office.book.mark_paid_in(s, scene.bill, who="财务"))
    scene.do(lambda s: service.resume(s, repository.find(s, "催费"), now=scene.clock.now()))
    assert [placing.contact.number for placing in scene.claim()] == ["13800002222"]
    assert scene.people()[0] == ("not_called", "paid")


def test_the_owner_of_two_rooms_hears_of_one_a_day(scene):
    scene.office.bill(OTHER_ROOM, due="2026-11-10")
    scene.reminding((WANG, ROOM, True), (WANG, OTHER_ROOM, True))
    (first,) = scene.claim()
    assert first.given["place"] == ROOM
    scene.report(first, "says_paid")
    assert scene.claim() == []
    scene.clock.pass_time(days=1)
    (second,) = scene.claim()
    assert second.given["place"] == OTHER_ROOM


def test_the_unpaid_list_leaves_out_who_promised_who_broke_it_just_now_and_open_cases(scene):
    def rooms(**options):
        def look(session):
            found = scene.fees.unpaid(session, "default", now=scene.clock.now(), **options)
            return [str(debt.place) for debt in found.debts], dict(found.left_out)

        return scene.do(look)

    assert rooms() == (["3-2-602"], {})
    assert rooms(other=lambda debt: "open_case") == ([], {"open_case": 1})
    promised(scene, "2026-11-23")
    assert rooms() == ([], {"promised": 1})
    scene.clock.pass_time(hours=14, minutes=10)  # 00:10 of the next day: the promise is broken
    decide = scene.do(lambda s: promises.of_room(s, "default", ROOM, PromiseState.OPEN)[0].id)
    scene.do(
        lambda s: promises.decide(
            s, s.get_one(promises.PromiseRow, decide), today=date(2026, 11, 24), now=scene.clock.now()
        )
    )
    assert rooms() == ([], {"promise_just_broken": 1})
    scene.clock.pass_time(hours=1)
    assert rooms() == (["3-2-602"], {})


def test_a_list_of_people_is_about_their_rooms_and_a_payment_finds_them(scene):
    scene.reminding((WANG, ROOM, False))
    assert scene.calls()[0].facts["room"] == "default/3-2-602"
    scene.do(lambda s: scene.office.book.mark_paid_in(s, scene.bill, who="财务"))
    assert [row.state for row in scene.calls()] == [CallState.CANCELLED]


def test_nobody_is_reminded_of_no_room(scene):
    scene.create()
    with pytest.raises(CampaignRefused, match="about a room"):
        scene.listed((WANG, Place(), False))


def test_a_new_list_does_not_begin_the_days_attempts_anew(scene):
    scene.reminding()
    (placing,) = scene.claim()
    scene.settle(placing, Outcome.NO_ANSWER)
    rung_at = scene.clock.now()
    scene.clock.pass_time(minutes=5)
    scene.do(lambda s: service.stop(s, repository.find(s, "催费"), now=scene.clock.now()))
    scene.create(name="再催")
    scene.listed((WANG, ROOM, True), (LI, OTHER_ROOM, True), name="再催")
    scene.do(lambda s: setattr(_written(s, "再催", WANG), "raw", "138-0000-1111"))  # as another list has it
    scene.start("再催")
    waiting = {call.to: call.next_at for call in scene.calls() if call.state is CallState.WAITING}
    assert waiting["138-0000-1111"] == rung_at + timedelta(days=1)
    assert waiting[LI.removeprefix("+86")] < scene.clock.now() + timedelta(hours=1)


def _written(session, name, number):
    people = repository.people(session, repository.find(session, name).id)
    return next(person for person in people if person.number == number)


def test_who_says_it_is_paid_while_the_payment_was_noted_leaves_nobody_a_task(scene):
    scene.reminding()
    (placing,) = scene.claim()
    scene.report(placing, "identified")
    scene.do(lambda s: scene.office.book.mark_paid_in(s, scene.bill, who="lin", paid_on=None, how="cash"))
    assert scene.report(placing, "says_paid") is Verdict.DONE
    assert scene.filed() == []
    assert scene.people() == [("finished", "settled")]
