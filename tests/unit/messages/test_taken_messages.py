"""Messages on a real database: for whom, when they are delivered, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.call.errors import MessageRefused
from hotline.call.ports import DutyContact, Place, Span
from hotline.call.ports.messages import NewMessage
from hotline.db.outbox import OutboxEvent
from hotline.messages import service
from hotline.messages.calls import MessageCalls
from hotline.messages.service import KIND, Addressee, Messages
from hotline.messages.states import MessageState
from hotline.outbound.desk import Desk
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, Policy

POLICIES = {
    "taken_message": Policy(name="taken_message", ring=30, pause=900, attempts=2),
    "taken_message_urgent": Policy(name="taken_message_urgent", ring=30, pause=60, attempts=30),
}
ROOM = Place("3", "2", "602")
WORDS = Span("leg0", 1.0, 9.5)
SUPERVISOR = DutyContact("李主管", "8009")


class Rosters:
    def on_duty(self, roster, at):
        return (SUPERVISOR,) if roster == "supervisor" else ()

    def is_open(self, window, at):
        return True


@dataclass
class House:
    duty_until: object = None

    def room(self, session, estate, place):
        known = {"3-2-602": Addressee(to="8602"), "3-2-603": Addressee(to="")}
        return known.get(str(place))

    def staff(self, session, estate, number, at):
        name = {"12": "王师傅", "13": "赵师傅"}.get(number)
        return (
            None
            if name is None
            else Addressee(to="8012" if number == "12" else "", name=name, duty_until=self.duty_until)
        )

    def department(self, estate, wanted, at):
        return Addressee(to="8000", name="客服中心") if wanted == "客服" else None


class Scene:
    def __init__(self, db, clock):
        self.db, self.clock, self.house = db, clock, House()
        self.desk = Desk(
            owner="one", kinds={KIND: MessageCalls()}, policies=lambda: POLICIES,
            duty={"default": Rosters()}, zones={"default": ZoneInfo("Asia/Shanghai")}, alone=True,
        )  # fmt: skip

    def do(self, fn):
        with self.db.transaction() as session:
            return fn(session)

    def take(self, **changed):
        facts = {"estate": "default", "place": ROOM, "words": WORDS, "taken_by": "8"} | changed
        now = self.clock.now()
        return self.do(lambda s: service.take(s, NewMessage(**facts), self.house, now=now).id)

    def claim(self):
        return self.do(lambda s: self.desk.claim(s, self.clock.now(), limit=10))

    def report(self, placing, outcome):
        said = Report(outcome, {}, placing.contact.name, "leg1", self.clock.now())
        return self.do(lambda s: self.desk.report(s, placing, said, self.clock.now()))

    def settle(self, placing, outcome):
        return self.do(lambda s: self.desk.settle(s, placing, outcome, self.clock.now()))

    def row(self, number=1):
        return self.do(lambda s: service.find(s, number))

    def call(self):
        return self.do(lambda s: s.scalars(select(OutboundCallRow)).one())

    def events(self):
        return [event.kind for event in self.do(lambda s: list(s.scalars(select(OutboxEvent))))]

    def told(self, kind):
        of_kind = select(OutboxEvent).where(OutboxEvent.kind == kind)
        return self.do(lambda s: s.scalars(of_kind).one().detail)

    def refusal(self, **changed):
        with pytest.raises(MessageRefused) as refused:
            self.take(**changed)
        assert self.do(lambda s: s.scalars(select(OutboundCallRow)).all()) == []
        return refused.value.code


@pytest.fixture
def scene(db, clock):
    return Scene(db, clock)


def test_a_message_for_a_room_is_told_at_once_and_acknowledged_by_key(scene):
    number = scene.take(from_number="13900001111")
    (placing,) = scene.claim()
    assert placing.contact.number == "8602"
    assert placing.given["words"] == WORDS
    assert placing.given["message.from"] == "13900001111"
    assert scene.report(placing, "acknowledged") is Verdict.DONE
    assert scene.settle(placing, Outcome.CONFIRMED) is CallState.DONE
    row = scene.row(number)
    assert (row.state, row.settled_by, row.leg) == (MessageState.DELIVERED, "3-2-602", "leg1")
    assert "message.delivered" in scene.events()


def test_not_now_is_tried_again_and_after_the_last_call_somebody_has_to_go_there(scene):
    number = scene.take()
    (placing,) = scene.claim()
    assert scene.report(placing, "passed_on") is Verdict.PASS_ON
    assert scene.settle(placing, Outcome.PASSED_ON) is CallState.WAITING
    scene.clock.pass_time(minutes=16)
    (placing,) = scene.claim()
    assert scene.settle(placing, Outcome.NO_ANSWER) is CallState.GIVEN_UP
    row = scene.row(number)
    assert row.state is MessageState.UNDELIVERED
    assert "message.undelivered" in scene.events()
    assert scene.told("message.undelivered") == {"room": "3-2-602", "urgency": "ordinary"}
    scene.do(lambda s: service.retry(s, number, by="8", now=scene.clock.now()))
    (placing,) = scene.claim()
    assert scene.report(placing, "acknowledged") is Verdict.DONE
    assert scene.row(number).state is MessageState.DELIVERED


def test_staff_on_duty_get_it_after_their_shift_and_others_at_once(scene):
    ends = scene.clock.now() + timedelta(hours=3)
    scene.house.duty_until = ends
    number = scene.take(place=Place(), staff="12")
    assert scene.row(number).deliver_at == ends
    assert scene.claim() == []
    scene.clock.pass_time(hours=3)
    (placing,) = scene.claim()
    assert placing.contact == DutyContact("王师傅", "8012")


def test_an_urgent_one_for_staff_on_duty_goes_to_their_supervisor(scene):
    scene.house.duty_until = scene.clock.now() + timedelta(hours=3)
    scene.take(place=Place(), staff="13", urgent=True)
    (placing,) = scene.claim()
    assert placing.contact == SUPERVISOR
    assert (placing.given["message.for_staff"], placing.given["staff.number"]) == ("yes", "13")
    assert scene.call().policy == "taken_message_urgent"


def test_a_department_is_called_where_the_directory_has_it_and_again_when_it_did_not_answer(scene):
    number = scene.take(place=Place(), department="客服", words=None, text="请回电")
    assert (scene.row(number).department, str(scene.row(number).place)) == ("客服中心", "")
    for _ in range(2):
        (placing,) = scene.claim()
        assert placing.contact == DutyContact("客服中心", "8000")
        scene.settle(placing, Outcome.NO_ANSWER)
        scene.clock.pass_time(minutes=16)
    assert scene.told("message.undelivered")["department"] == "客服中心"
    scene.do(lambda s: service.retry(s, number, by="8", now=scene.clock.now()))
    assert scene.claim()[0].contact.number == "8000"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"place": Place("9", "9", "999")}, "message-nobody"),
        ({"place": Place("3", "2", "603")}, "message-no-telephone"),
        ({"place": Place(), "staff": "99"}, "message-nobody"),
        ({"place": Place(), "staff": "13"}, "message-no-telephone"),
        ({"place": Place()}, "message-for"),
        ({"staff": "12"}, "message-for"),
        ({"department": "客服"}, "message-for"),
        ({"place": Place(), "department": "没有"}, "message-nobody"),
        ({"words": None}, "message-empty"),
        ({"words": None, "text": "  "}, "message-empty"),
        ({"text": "长" * 2001}, "message-long"),
    ],
)
def test_what_cannot_be_delivered_is_refused_and_nothing_is_kept(scene, changed, code):
    assert scene.refusal(**changed) == code


def test_the_same_key_again_is_the_same_message(scene):
    assert scene.take(key="k1") == scene.take(key="k1", text="changed")
    assert scene.row().text == ""


def test_a_message_taken_back_is_not_told_any_more_and_one_that_arrived_cannot_be(scene):
    number = scene.take()
    (placing,) = scene.claim()
    scene.do(lambda s: service.cancel(s, number, by="8", why="came by", now=scene.clock.now()))
    assert scene.call().state is CallState.CANCELLED
    with pytest.raises(MessageRefused, match="taken back"):
        scene.report(placing, "acknowledged")
    scene.settle(placing, Outcome.HUNG_UP)  # until then the telephone is busy with that call
    other = scene.take(key="k2")
    (placing,) = scene.claim()
    scene.report(placing, "acknowledged")
    with pytest.raises(MessageRefused) as refused:
        scene.do(lambda s: service.cancel(s, other, by="8", why="", now=scene.clock.now()))
    assert refused.value.code == "message-settled"


def test_what_was_handed_over_by_hand_is_not_called_about(scene):
    number = scene.take()
    now = scene.clock.now()
    scene.do(lambda s: service.acknowledged(s, service.find(s, number), by="小林", now=now, note="slip"))
    assert scene.claim() == []
    assert scene.row(number).settled_by == "小林"


async def test_the_port_takes_it_and_says_when_it_is_told(scene):
    messages = Messages(scene.db, clock=scene.clock, house=scene.house)
    taken = await messages.take(NewMessage(estate="default", place=ROOM, text="航班改到九点"))
    assert (taken.number, taken.state, taken.deliver_at) == ("1", "waiting", scene.clock.now())


def test_messages_are_listed_by_state_room_and_person(scene):
    first = scene.take()
    second = scene.take(place=Place(), staff="12")
    listed = lambda **by: [row.id for row in scene.do(lambda s: service.listed(s, estate="default", **by))]  # noqa: E731
    assert listed() == [second, first]
    assert listed(place=ROOM) == [first]
    assert listed(staff="12") == [second]
    assert listed(state=MessageState.DELIVERED) == []
