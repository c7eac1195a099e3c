"""What placed calls mean for tickets: dispatch, messages, follow-up, postponement."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, DutyContact, NewTicket, Place, Span, TicketAction, TicketKind, Urgency
from hotline.db import outbox
from hotline.db.outbox import OutboxEvent
from hotline.home import shipped
from hotline.language.numbers import normalise
from hotline.outbound import policies, repository
from hotline.outbound.desk import Desk
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.tickets import parts
from hotline.tickets.dispatch import DispatchCalls, FollowUpCalls, MessageCalls
from hotline.tickets.models import TicketRow, TicketState
from hotline.tickets.planner import DispatchPlanner, sampled
from hotline.tickets.postponing import PostponementCalls, ask_by_call
from hotline.tickets.repository import history
from hotline.tickets.service import Tickets

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Nobody:
    """Nobody's number is known; who is told of what was reopened: tests/unit/tickets/test_reopening.py."""

    def telephone(self, session, estate, name):
        return ""

    def on_duty(self, estate, roster, at):
        return ()


@pytest.fixture
def desk(db, clock):
    tickets = Tickets(db, clock=clock, zones={"default": SHANGHAI}, normalise=normalise)
    rules = policies.load(shipped("config"))
    planner = DispatchPlanner(db, lambda: rules, tickets, Nobody())
    return SimpleNamespace(db=db, clock=clock, tickets=tickets, planner=planner)


async def file(desk, **given):
    facts = {
        "kind": TicketKind.REPAIR,
        "caller_number": "13800001111",
        "place": Place("3", "2", "602"),
    } | given
    return (await desk.tickets.open_ticket(NewTicket(estate="default", **facts))).number


async def planned(desk):
    rows = await desk.db.read(lambda s: list(s.scalars(select(OutboundCallRow)).all()))
    return {(row.kind, row.state.value) for row in rows}


async def tell(desk, kind, number, outcome, which="dispatch", **values):
    """Report an outcome as the dispatcher would, on the call planned for ``number``."""

    def write(session):
        query = select(OutboundCallRow).where(
            OutboundCallRow.subject == number, OutboundCallRow.kind == which
        )
        row = session.scalars(query.order_by(OutboundCallRow.created_at.desc())).first()
        attempt = AttemptRow(
            call=row.id, number=1, to="8001", to_name="王师傅", owner="t", at=desk.clock.now(), ended_at=None,
            outcome=None, leg="l", confirmed="", confirmed_at=None, detail="",
        )  # fmt: skip
        return kind.reported(
            session, row, attempt, Report(outcome, values, who="王师傅", leg="l", at=desk.clock.now())
        )

    return await desk.db.write(write)


async def state(desk, number):
    return (await desk.db.read(lambda s: s.get_one(TicketRow, number))).state


async def act(desk, number, *actions, **given):
    for action in actions:
        await desk.tickets.act(number, Deed(action=action, who="王师傅", **given))


async def test_an_urgent_ticket_is_dispatched_once_however_often_the_events_are_read(desk):
    number = await file(desk, urgency=Urgency.URGENT)
    await file(desk)
    await desk.planner.tick()
    assert await planned(desk) == {("dispatch", "waiting")}
    await desk.planner.tick()
    row = await desk.db.read(lambda s: repository.find(s, "dispatch", number))
    assert (row.roster, row.priority, row.policy) == ("emergency", 0, "urgent")


async def test_an_emergency_on_the_line_holds_its_dispatch_until_the_conversation_ends(desk):
    leg = "a" * 32
    await file(desk, urgency=Urgency.URGENT, topic="emergency", call=leg)
    await desk.planner.tick()
    assert await planned(desk) == {("dispatch", "held")}

    def event(session, **detail):
        outbox.add(
            session, estate="default", kind="call.closed", subject=leg, at=desk.clock.now(), detail=detail
        )

    await desk.db.write(lambda s: event(s, outcome=""))
    await desk.planner.tick()
    assert await planned(desk) == {("dispatch", "held")}
    await desk.db.write(lambda s: event(s, outcome="lost"))
    await desk.planner.tick()
    assert await planned(desk) == {("dispatch", "waiting")}


async def test_who_accepts_by_key_owns_the_ticket_and_nobody_else_is_wanted(desk):
    number = await file(desk, urgency=Urgency.URGENT)
    await desk.planner.tick()
    kind = DispatchCalls(desk.tickets)
    assert await tell(desk, kind, number, "passed_on") is Verdict.PASS_ON
    assert await tell(desk, kind, number, "accepted") is Verdict.DONE
    ticket = await desk.db.read(lambda s: s.get_one(TicketRow, number))
    assert (ticket.state, ticket.assignee, ticket.owner) == (TicketState.ACCEPTED, "王师傅", "王师傅")
    row = await desk.db.read(lambda s: repository.find(s, "dispatch", number))
    assert not await desk.db.read(lambda s: kind.wanted(s, row))
    await desk.planner.tick()
    assert await planned(desk) == {("dispatch", "cancelled")}


async def test_a_roster_rung_in_vain_makes_the_ticket_red(desk):
    number = await file(desk, urgency=Urgency.URGENT)
    await desk.planner.tick()
    row = await desk.db.read(lambda s: repository.find(s, "dispatch", number))
    await desk.db.write(lambda s: DispatchCalls(desk.tickets).round_over(s, row, at=desk.clock.now()))
    kinds = await desk.db.read(lambda s: [e.kind for e in s.scalars(select(OutboxEvent)).all()])
    assert "ticket.unaccepted" in kinds


async def rung_in_vain(desk, number, rounds, seconds):
    """Ring the roster ``rounds`` times, each by a kind of its own: nothing is remembered but the row."""
    for _ in range(rounds):
        desk.clock.pass_time(seconds=seconds)

        def over(session):
            row = repository.find(session, "dispatch", number)
            DispatchCalls(desk.tickets).round_over(session, row, at=desk.clock.now())

        await desk.db.write(over)


async def unaccepted(desk):
    found = await desk.db.read(lambda s: list(s.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()))
    red = [event.detail["rounds"] for event in found if event.kind == "ticket.unaccepted"]
    changed = [event for event in found if event.detail.get("event") == "unaccepted"]
    assert len(changed) == len(red)
    return red


async def test_a_night_of_ringing_in_vain_is_told_at_the_first_round_and_every_quarter_of_an_hour(desk):
    number = await file(desk, urgency=Urgency.URGENT)
    await desk.planner.tick()
    await rung_in_vain(desk, number, 180, 4)  # 12 minutes
    assert await unaccepted(desk) == ["1"]
    await rung_in_vain(desk, number, 900, 4)  # 72 minutes
    assert await unaccepted(desk) == ["1", "226", "451", "676", "901"]
    lines = await desk.db.read(lambda s: [h.detail for h in history(s, number) if h.event == "unaccepted"])
    assert lines == ["everybody on duty was rung", *(f"rung {n} rounds" for n in (226, 451, 676, 901))]


async def test_a_clock_set_back_does_not_silence_the_reminders(desk):
    number = await file(desk, urgency=Urgency.URGENT)
    await desk.planner.tick()
    await rung_in_vain(desk, number, 1, 4)
    await rung_in_vain(desk, number, 1, -7200)
    await rung_in_vain(desk, number, 10, 4)
    assert await unaccepted(desk) == ["1", "2"]


async def message(desk):
    opening = desk.clock.now() + timedelta(hours=20)
    number = await file(desk, kind=TicketKind.COMPLAINT, topic="general_manager", due_at=opening)
    await desk.planner.tick()
    row = await desk.db.read(lambda s: repository.find(s, "message", number))
    assert (row.next_at, row.roster) == (opening, "general_manager")
    return number


async def recorded(desk, number):
    found = await desk.db.read(lambda s: list(parts.of(s, number)))
    return [(part.by, part.recording, part.start, part.end) for part in found if part.recording == "l"]


async def test_a_message_waits_for_the_opening_and_is_acknowledged(desk):
    number = await message(desk)
    assert await tell(desk, MessageCalls(desk.tickets), number, "acknowledged", "message") is Verdict.DONE
    ticket = await desk.db.read(lambda s: s.get_one(TicketRow, number))
    assert (ticket.state, ticket.assignee, ticket.department) == (TicketState.ACCEPTED, "王师傅", "")


@pytest.mark.parametrize("action", [TicketAction.ACCEPT, TicketAction.CANCEL])
async def test_a_message_the_manager_took_in_person_is_not_delivered_any_more(desk, action):
    number = await message(desk)
    await act(desk, number, action)
    await desk.planner.tick()
    assert await planned(desk) == {("message", "cancelled")}


@pytest.mark.parametrize(("value", "department"), [({}, "客服中心"), ({"value": "合同部"}, "合同部")])
async def test_an_instruction_given_at_delivery_is_assigned_as_one_given_in_hours(desk, value, department):
    number = await message(desk)
    kind, words = MessageCalls(desk.tickets), Span("l", 3.0, 9.0)
    assert await tell(desk, kind, number, "acknowledged", "message", words=words, **value) is Verdict.DONE
    ticket = await desk.db.read(lambda s: s.get_one(TicketRow, number))
    assert (ticket.state, ticket.assignee, ticket.department) == (TicketState.ASSIGNED, "", department)
    assert ticket.owner == "王师傅"
    assert ticket.responded_at == desk.clock.now(), "a human has heard it"
    lines = await desk.db.read(lambda s: [(h.who, h.event, h.detail) for h in history(s, number)])
    assert lines[-2:] == [
        ("王师傅", "accepted", "message delivered"), ("王师傅", "assigned", f"{department}: instruction"),
    ]  # fmt: skip
    assert await recorded(desk, number) == [("王师傅", "l", 3.0, 9.0)]
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    await desk.planner.tick()
    assert ("follow_up", "waiting") in await planned(desk)


async def test_an_instruction_for_a_ticket_somebody_took_meanwhile_is_kept_on_it(desk):
    number = await message(desk)
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    kind, words = MessageCalls(desk.tickets), Span("l", 3.0, 9.0)
    assert await tell(desk, kind, number, "acknowledged", "message", words=words) is Verdict.DONE
    assert await state(desk, number) is TicketState.DONE
    assert await recorded(desk, number) == [("王师傅", "l", 3.0, 9.0)]
    with pytest.raises(TicketRefused):
        await tell(desk, kind, number, "acknowledged", "message")


@pytest.mark.parametrize(
    ("score", "after"), [("5", TicketState.CLOSED), ("2", TicketState.REOPENED), ("1", TicketState.REOPENED)]
)
async def test_the_follow_up_closes_the_ticket_or_reopens_it_for_the_unsatisfied(desk, score, after):
    number = await file(desk)
    await act(desk, number, TicketAction.ACCEPT, TicketAction.ARRIVE, TicketAction.COMPLETE)
    await desk.planner.tick()
    assert ("follow_up", "waiting") in await planned(desk)
    kind = FollowUpCalls(desk.tickets)
    assert await tell(desk, kind, number, "score", "follow_up", value=score) is Verdict.DONE
    ticket = await desk.db.read(lambda s: s.get_one(TicketRow, number))
    assert (ticket.state, ticket.satisfaction) == (after, int(score) if score == "5" else None)
    words = Span("l", 3.0, 9.0)
    await tell(desk, kind, number, "finished", "follow_up", words=words)
    assert await recorded(desk, number) == [("hotline", "l", 3.0, 9.0)]
    assert await state(desk, number) is after


async def test_not_solved_reopens_whatever_the_score(desk):
    number = await file(desk)
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    await desk.planner.tick()
    kind = FollowUpCalls(desk.tickets)
    assert await tell(desk, kind, number, "not_solved", "follow_up") is Verdict.DONE
    assert await state(desk, number) is TicketState.REOPENED


async def test_what_a_caller_says_of_a_ticket_somebody_closed_meanwhile_counts(desk):
    number = await file(desk)
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    await desk.planner.tick()
    await act(desk, number, TicketAction.CLOSE)
    kind, words = FollowUpCalls(desk.tickets), Span("l", 3.0, 9.0)
    assert await tell(desk, kind, number, "not_solved", "follow_up", words=words) is Verdict.DONE
    assert await state(desk, number) is TicketState.REOPENED
    assert await recorded(desk, number) == [("hotline", "l", 3.0, 9.0)]


async def test_who_is_not_reached_is_closed_as_such(desk):
    number = await file(desk)
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    await desk.planner.tick()

    def give_up(session):
        row = session.scalars(select(OutboundCallRow).where(OutboundCallRow.kind == "follow_up")).one()
        repository.end(row, CallState.GIVEN_UP, now=desk.clock.now(), result="no_answer")
        FollowUpCalls(desk.tickets).given_up(session, row, at=desk.clock.now())

    await desk.db.write(give_up)
    assert await state(desk, number) is TicketState.CLOSED
    await desk.db.write(give_up)  # closed by hand in the last ring: nothing is left to be done


async def test_an_event_that_cannot_be_taken_in_keeps_no_other_ticket_waiting(desk, monkeypatch):
    broken = await file(desk, urgency=Urgency.URGENT)
    number = await file(desk, urgency=Urgency.URGENT)
    plan = desk.planner._dispatch

    def wrong(session, ticket, event, **given):
        if ticket.number == broken:
            raise LookupError("nobody foresaw this")
        plan(session, ticket, event, **given)

    monkeypatch.setattr(desk.planner, "_dispatch", wrong)
    await desk.planner.tick()
    assert await desk.db.read(lambda s: repository.find(s, "dispatch", number)) is not None
    assert await desk.planner.tick() == 0


async def test_whom_a_complaint_is_about_is_not_rung_with_it(desk):
    number = await file(desk, kind=TicketKind.COMPLAINT, urgency=Urgency.SERIOUS)
    await desk.tickets.classify(number, who="李主管", accused="王师傅")
    await desk.planner.tick()
    row = await desk.db.read(lambda s: repository.find(s, "dispatch", number))
    people = [DutyContact("王 师傅", "8001"), DutyContact("张师傅", "8002")]
    duty = SimpleNamespace(on_duty=lambda roster, at: people if roster == row.roster else ())
    dispatcher = Desk(
        owner="one", kinds={"dispatch": DispatchCalls(desk.tickets)}, duty={"default": duty},
        policies=lambda: policies.load(shipped("config")).named, zones={"default": SHANGHAI}, alone=True,
    )  # fmt: skip
    (placing,) = await desk.db.write(lambda s: dispatcher.claim(s, desk.clock.now(), limit=5))
    assert placing.contact.name == "张师傅"


async def test_a_complaint_s_history_does_not_say_that_whom_it_is_about_was_rung(desk):
    number = await file(desk, kind=TicketKind.COMPLAINT, urgency=Urgency.SERIOUS)
    await desk.tickets.classify(number, who="李主管", accused="王师傅")
    await desk.planner.tick()
    await rung_in_vain(desk, number, 1, 4)
    lines = await desk.db.read(lambda s: [h.detail for h in history(s, number) if h.event == "unaccepted"])
    assert lines == ["everybody on duty but whom it is about was rung"]


async def test_nobody_is_told_that_a_finished_matter_takes_longer(desk):
    number = await file(desk, due_at=desk.clock.now() + timedelta(days=1))
    now = desk.clock.now()
    deed = Deed(action=TicketAction.POSTPONE, who="李主管", until=now + timedelta(days=2))
    await desk.db.write(lambda s: ask_by_call(s, desk.tickets, number, deed, now=now))
    await act(desk, number, TicketAction.ACCEPT, TicketAction.COMPLETE)
    row = await desk.db.read(lambda s: repository.find(s, "postponement", number))
    assert not await desk.db.read(lambda s: PostponementCalls(desk.tickets).wanted(s, row))


async def test_a_postponement_counts_once_the_caller_confirmed_it(desk):
    number = await file(desk, due_at=desk.clock.now() + timedelta(days=1))
    deed = Deed(action=TicketAction.POSTPONE, who="李主管", until=desk.clock.now() + timedelta(days=2))
    now = desk.clock.now()
    await desk.db.write(lambda s: ask_by_call(s, desk.tickets, number, deed, now=now))
    assert await state(desk, number) is TicketState.REGISTERED
    kind = PostponementCalls(desk.tickets)
    row = await desk.db.read(lambda s: repository.find(s, "postponement", number))
    assert row.expires_at == now + timedelta(days=1)
    slots = await desk.db.read(lambda s: kind.given(s, row))
    assert slots["ticket.due"] == now + timedelta(days=2)
    assert await tell(desk, kind, number, "told", "postponement") is Verdict.DONE
    assert await state(desk, number) is TicketState.POSTPONED


async def test_a_postponement_the_rules_forbid_is_refused_before_anybody_is_called(desk):
    number = await file(desk, due_at=desk.clock.now() + timedelta(days=1))
    deed = Deed(action=TicketAction.POSTPONE, who="李主管", until=desk.clock.now() + timedelta(days=30))
    now = desk.clock.now()
    with pytest.raises(TicketRefused):
        await desk.db.write(lambda s: ask_by_call(s, desk.tickets, number, deed, now=now))
    assert await planned(desk) == set()


async def test_a_caller_who_objects_is_told_to_people_and_nothing_is_postponed(desk):
    number = await file(desk, due_at=desk.clock.now() + timedelta(days=1))
    deed = Deed(action=TicketAction.POSTPONE, who="李主管", until=desk.clock.now() + timedelta(days=2))
    now = desk.clock.now()
    await desk.db.write(lambda s: ask_by_call(s, desk.tickets, number, deed, now=now))
    kind = PostponementCalls(desk.tickets)
    assert await tell(desk, kind, number, "objected", "postponement") is Verdict.DONE
    assert await state(desk, number) is TicketState.REGISTERED
    kinds = await desk.db.read(lambda s: [e.kind for e in s.scalars(select(OutboxEvent)).all()])
    assert "ticket.objected" in kinds


async def test_one_call_at_a_time_tells_of_a_postponement_and_another_follows_when_it_was_in_vain(desk):
    number = await file(desk, due_at=desk.clock.now() + timedelta(days=1))
    deed = Deed(action=TicketAction.POSTPONE, who="李主管", until=desk.clock.now() + timedelta(days=2))

    def ask(session):
        ask_by_call(session, desk.tickets, number, deed, now=desk.clock.now())

    await desk.db.write(ask)
    with pytest.raises(TicketRefused, match="being called"):
        await desk.db.write(ask)
    await desk.db.write(
        lambda s: repository.cancel(s, subject=number, now=desk.clock.now(), why="not reached")
    )
    await desk.db.write(ask)
    assert await desk.db.read(lambda s: repository.find(s, "postponement", number, "2")) is not None


def test_sampling_chooses_the_same_share_every_time():
    numbers = [f"2026112300{number:02d}" for number in range(100)]
    chosen = [number for number in numbers if sampled(number, 0.3)]
    assert 15 < len(chosen) < 45
    assert chosen == [number for number in numbers if sampled(number, 0.3)]
    assert all(sampled(number, 1.0) for number in numbers)
    assert not any(sampled(number, 0.0) for number in numbers)
