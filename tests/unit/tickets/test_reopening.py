"""After “done”: one follow-up a completion, what is left out is closed, the owner hears of reopening."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from ticket_kit import deed, desk_on, lines, new, stored

from hotline.call.ports import DutyContact, TicketKind, Urgency
from hotline.db import outbox
from hotline.db.outbox import OutboxEvent
from hotline.home import shipped
from hotline.outbound import policies, repository
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.tickets import planner
from hotline.tickets.dispatch import FollowUpCalls
from hotline.tickets.models import TicketState
from hotline.tickets.planner import READER, DispatchPlanner
from hotline.tickets.reopening import POLICIES, NoticeCalls

CALLER = "13800001111"


class Colleagues:
    """Who works here."""

    def __init__(self, **telephones: str) -> None:
        self.telephones = telephones
        self.rosters: dict[str, list[str]] = {}

    def telephone(self, session, estate, name):
        return self.telephones.get(name, "")

    def on_duty(self, estate, roster, at):
        return [DutyContact(name, self.telephones[name]) for name in self.rosters.get(roster, ())]


@pytest.fixture
def desk(db, clock):
    people = Colleagues(王工="8001", 李工="8002")
    rules = policies.load(shipped("config"))
    found = SimpleNamespace(db=db, clock=clock, people=people, rules=rules, tickets=desk_on(db, clock))
    found.planner = DispatchPlanner(db, lambda: found.rules, found.tickets, people)
    return found


async def done(desk, owner="王工", **given):
    """File a ticket, have it accepted and done."""
    facts = {"caller_number": CALLER} | given
    number = (await desk.tickets.open_ticket(new(**facts))).number
    await desk.planner.tick()
    for action in ("accept", "complete"):
        await desk.tickets.act(number, deed(action, who=owner))
        await desk.planner.tick()
    return number


async def reopen(desk, number, who="hotline"):
    await desk.tickets.act(number, deed("reopen", who=who, why="follow-up: not solved"))
    await desk.planner.tick()


async def rows(desk, kind):
    query = select(OutboundCallRow).where(OutboundCallRow.kind == kind)
    return await desk.db.read(lambda s: list(s.scalars(query.order_by(OutboundCallRow.due_at)).all()))


async def waiting(desk, kind):
    return [row for row in await rows(desk, kind) if row.state is CallState.WAITING]


async def report(desk, kind, outcome, who="王工", which="notice", **values):
    """Report as the dispatcher would, on the call of this kind that waits."""
    (row,) = await waiting(desk, which)

    def write(session):
        kept = session.get_one(OutboundCallRow, row.id)
        attempt = AttemptRow(
            call=row.id, number=1, to="8001", to_name=who, owner="t", at=desk.clock.now(), ended_at=None,
            outcome=None, leg="l", confirmed="", confirmed_at=None, detail="",
        )  # fmt: skip
        said = Report(outcome, values, who=who, leg="l", at=desk.clock.now())
        verdict = kind.reported(session, kept, attempt, said)
        if verdict is Verdict.DONE:
            repository.end(kept, CallState.DONE, now=desk.clock.now(), result=outcome)
        return verdict

    return await desk.db.write(write)


async def give_up(desk, kind):
    (row,) = await waiting(desk, "notice")

    def write(session):
        kept = session.get_one(OutboundCallRow, row.id)
        repository.end(kept, CallState.GIVEN_UP, now=desk.clock.now(), result="no_answer")
        kind.given_up(session, kept, at=desk.clock.now())

    await desk.db.write(write)
    return row


async def wanted(desk):
    (row,) = await waiting(desk, "notice")
    kind = notices(desk)
    return await desk.db.read(lambda s: kind.wanted(s, row))


def notices(desk):
    return NoticeCalls(desk.tickets, lambda: desk.rules)


async def events(desk, number):
    return [event for _, event, _ in await lines(desk.db, number)]


# --- the follow-up belongs to a completion -----------------------------------------------------------


async def test_a_cancelled_follow_up_is_not_planned_anew_by_a_mere_note(desk):
    number = await done(desk)
    assert len(await waiting(desk, "follow_up")) == 1
    now = desk.clock.now()
    await desk.db.write(lambda s: repository.cancel(s, subject=number, now=now, why="by hand"))
    await desk.tickets.note(number, "remark", "the key is with the porter", who="李工")
    await desk.planner.tick()
    assert [row.state for row in await rows(desk, "follow_up")] == [CallState.CANCELLED]


async def test_what_is_done_again_after_reopening_is_followed_up_again_after_its_own_time(desk):
    number = await done(desk)
    await reopen(desk, number)
    assert await waiting(desk, "follow_up") == []
    desk.clock.pass_time(hours=3)
    for action in ("accept", "complete"):
        await desk.tickets.act(number, deed(action))
    await desk.planner.tick()
    (row,) = await waiting(desk, "follow_up")
    assert row.due_at == desk.clock.now() + timedelta(minutes=120)
    assert [one.state for one in await rows(desk, "follow_up")] == [CallState.CANCELLED, CallState.WAITING]


async def test_events_read_late_follow_up_the_last_completion_only(desk):
    number = (await desk.tickets.open_ticket(new(caller_number=CALLER))).number
    for action in ("accept", "complete", "reopen", "accept", "complete"):
        await desk.tickets.act(number, deed(action))
    await desk.planner.tick()
    assert len(await waiting(desk, "follow_up")) == 1


async def test_what_was_closed_by_hand_meanwhile_is_not_followed_up(desk):
    number = (await desk.tickets.open_ticket(new(caller_number=CALLER))).number
    for action in ("accept", "complete", "close"):
        await desk.tickets.act(number, deed(action))
    await desk.planner.tick()
    assert await rows(desk, "follow_up") == []
    assert (await stored(desk.db, number)).state is TicketState.CLOSED


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"kind": TicketKind.REQUEST}, "not chosen for a follow-up call"),
        ({"caller_number": ""}, "no number to call"),
        ({"kind": TicketKind.MESSAGE}, "a message is not followed up"),
    ],
)
async def test_what_is_not_followed_up_is_closed_by_the_hotline_which_says_why(desk, given, why):
    none = desk.rules.follow_up.model_copy(update={"sampling": {"request": 0.0}})
    desk.rules = desk.rules.model_copy(update={"follow_up": none})
    number = await done(desk, **given)
    await desk.planner.tick()
    assert (await stored(desk.db, number)).state is TicketState.CLOSED
    assert (await lines(desk.db, number))[-1] == ("hotline", "closed", why)
    assert await rows(desk, "follow_up") == []


# --- the owner is told -------------------------------------------------------------------------------


async def test_an_unsatisfied_caller_has_the_owner_called_who_confirms_by_key(desk):
    number = await done(desk)
    kind = FollowUpCalls(desk.tickets)
    await report(desk, kind, "score", "hotline", "follow_up", value="2")  # hanging up now loses nothing
    await desk.planner.tick()
    (row,) = await waiting(desk, "notice")
    assert (row.to, row.to_name, row.roster, row.flow, row.policy) == ("8001", "王工", "", "notice", "notice")
    assert ("hotline", "telling_owner", "by telephone: 王工") in await lines(desk.db, number)
    slots = await desk.db.read(lambda s: notices(desk).given(s, row))
    assert (slots["about"], slots["ticket.number"]) == ("reopened", number)

    assert await report(desk, notices(desk), "acknowledged") is Verdict.DONE
    assert ("王工", "acknowledged", "reopened: by telephone") in await lines(desk.db, number)
    assert (await stored(desk.db, number)).state is TicketState.REOPENED, "heard is not taken"
    await desk.planner.tick()
    assert [one.state for one in await rows(desk, "notice")] == [CallState.DONE]


async def test_each_reopening_is_told_once_however_often_the_events_are_read(desk):
    number = await done(desk)
    await reopen(desk, number)
    await desk.tickets.note(number, "remark", "the caller calls again", who="李工")
    await desk.planner.tick()
    assert len(await rows(desk, "notice")) == 1
    await report(desk, notices(desk), "acknowledged")
    desk.clock.pass_time(hours=1)
    for action in ("accept", "complete"):
        await desk.tickets.act(number, deed(action))
    await reopen(desk, number)
    assert [one.state for one in await rows(desk, "notice")] == [CallState.DONE, CallState.WAITING]


async def test_who_reopens_the_own_ticket_by_hand_is_not_called_about_it_but_others_are(desk):
    number = await done(desk)
    await reopen(desk, number, who="王工")
    assert await rows(desk, "notice") == []
    other = await done(desk)
    await reopen(desk, other, who="李主管")
    assert [row.subject for row in await waiting(desk, "notice")] == [other]


@pytest.mark.parametrize("owner", ["赵工", ""])
async def test_without_an_owner_or_a_number_of_theirs_the_supervisors_are_told(desk, owner):
    number = await done(desk, owner="赵工")
    if not owner:
        await desk.tickets.classify(number, who="李工", accused="赵工")
    await reopen(desk, number)
    (row,) = await waiting(desk, "notice")
    assert (row.to, row.roster, row.supervisor) == ("", "supervisor", "duty_manager")
    why = "no number of 赵工" if owner else "no owner"
    assert ("hotline", "telling_owner", f"{why}: roster supervisor") in await lines(desk.db, number)
    assert await report(desk, notices(desk), "passed_on", "周主管") is Verdict.PASS_ON
    assert await report(desk, notices(desk), "acknowledged", "李主管") is Verdict.DONE
    assert (await stored(desk.db, number)).owner == (owner or "李主管")


async def test_an_owner_who_is_never_reached_is_followed_by_the_supervisors_until_one_confirms(desk):
    number = await done(desk)
    await reopen(desk, number)
    await give_up(desk, notices(desk))
    (row,) = await waiting(desk, "notice")
    assert (row.to, row.roster, row.due_at) == ("", "supervisor", desk.clock.now())
    assert "owner_not_told" in await events(desk, number)
    await give_up(desk, notices(desk))
    (again,) = await waiting(desk, "notice")
    assert (again.roster, again.due_at) == ("supervisor", desk.clock.now() + timedelta(days=1))
    kinds = await desk.db.read(lambda s: [one.kind for one in s.scalars(select(OutboxEvent)).all()])
    assert kinds.count("ticket.owner_not_told") == 2


async def test_nobody_is_called_about_what_is_over_or_in_the_hands_of_the_owner(desk):
    number = await done(desk)
    await reopen(desk, number)
    assert await wanted(desk)
    await desk.tickets.act(number, deed("accept", who="李工"))
    assert await wanted(desk), "somebody else has it, but the owner still answers to the caller"
    await desk.tickets.act(number, deed("assign", who="李工", assignee="王工"))
    await desk.tickets.act(number, deed("accept", who="王工"))
    assert not await wanted(desk)
    await desk.tickets.act(number, deed("cancel", who="李工"))
    assert not await wanted(desk)


async def test_a_supervisor_need_not_hear_of_what_somebody_has_taken(desk):
    number = await done(desk, owner="赵工")
    await reopen(desk, number)
    assert await wanted(desk)
    await desk.tickets.act(number, deed("accept", who="李工"))
    assert not await wanted(desk)


async def test_a_case_handed_over_before_its_owner_was_told_is_told_to_the_new_one(desk):
    number = await done(desk)
    await reopen(desk, number)
    await desk.tickets.hand_over(number, "李工", who="李主管", supervisor=True)
    await desk.planner.tick()
    assert [row.to_name for row in await waiting(desk, "notice")] == ["李工"]
    await desk.tickets.classify(number, who="李主管", accused="李工")
    await desk.planner.tick()
    assert [row.roster or row.to_name for row in await waiting(desk, "notice")] == ["王工"]


# --- nobody is rung twice ----------------------------------------------------------------------------


async def test_an_owner_on_the_roster_that_is_rung_anyway_is_not_called_besides(desk):
    desk.people.rosters["emergency"] = ["李工", "王工"]
    number = await done(desk, urgency=Urgency.URGENT)
    await reopen(desk, number)
    assert [row.roster for row in await waiting(desk, "dispatch")] == ["emergency"]
    assert await rows(desk, "notice") == []
    assert ("hotline", "telling_owner", "roster emergency is rung about it") in await lines(desk.db, number)


async def test_an_owner_off_that_roster_is_told_and_the_ringing_for_somebody_to_take_it_goes_on(desk):
    desk.people.rosters["emergency"] = ["李工"]
    number = await done(desk, urgency=Urgency.URGENT)
    await reopen(desk, number)
    assert len(await waiting(desk, "dispatch")) == 1
    assert await report(desk, notices(desk), "acknowledged") is Verdict.DONE
    assert ("王工", "owner_told", "reopened: by telephone") in await lines(desk.db, number)
    await desk.planner.tick()
    assert (await stored(desk.db, number)).state is TicketState.REOPENED
    assert len(await waiting(desk, "dispatch")) == 1


async def test_an_urgent_ticket_without_a_known_owner_finds_one_down_the_roster(desk):
    number = await done(desk, owner="赵工", urgency=Urgency.URGENT)
    await reopen(desk, number)
    assert len(await waiting(desk, "dispatch")) == 1
    assert await rows(desk, "notice") == []


async def test_with_no_roster_to_tell_either_the_history_says_so(desk):
    nobody = desk.rules.follow_up.model_copy(update={"reopened": policies.Reopened(roster="", supervisor="")})
    desk.rules = desk.rules.model_copy(update={"follow_up": nobody})
    number = await done(desk, owner="赵工")
    await reopen(desk, number)
    assert await rows(desk, "notice") == []
    (told,) = [detail for _, event, detail in await lines(desk.db, number) if event == "telling_owner"]
    assert told.startswith("nobody to tell")


def test_the_built_in_policy_is_the_shipped_one(desk):
    assert desk.rules.policy("notice") == POLICIES["notice"]


# --- what is due -------------------------------------------------------------------------------------


async def test_a_promise_is_due_until_the_work_is_done_and_no_longer(desk):
    number = (await desk.tickets.open_ticket(new(caller_number=CALLER))).number
    until = desk.clock.now() + timedelta(days=1)
    await desk.tickets.promise(number, until, who="王工")
    accepted = await desk.tickets.act(number, deed("accept"))
    assert accepted.next_at == until
    assert (await desk.tickets.act(number, deed("complete"))).next_at is None


async def test_feedback_that_is_owed_stays_due_after_the_work_is_done(desk):
    number = (await desk.tickets.open_ticket(new(kind=TicketKind.COMPLAINT, caller_number=CALLER))).number
    await desk.tickets.act(number, deed("accept"))
    summary = await desk.tickets.act(number, deed("complete"))
    assert summary.next_at == desk.clock.now() + timedelta(hours=4)
    await desk.tickets.note(number, "feedback", "told by telephone", who="王工")
    assert (await desk.tickets.find("default", number)).next_at is None


# --- done before there was a follow-up -----------------------------------------------------------


async def done_before_the_upgrade(desk, count=1, **given):
    """Done, and every event of it passed by a version that followed nothing up."""
    numbers = []
    for _ in range(count):
        number = (await desk.tickets.open_ticket(new(caller_number=CALLER, **given))).number
        for action in ("accept", "complete"):
            await desk.tickets.act(number, deed(action))
        numbers.append(number)

    def forget(session):
        last = session.scalars(select(OutboxEvent.id).order_by(OutboxEvent.id.desc())).first()
        outbox.passed(session, READER, last)

    await desk.db.write(forget)
    return numbers


def upgraded(desk):
    return DispatchPlanner(desk.db, lambda: desk.rules, desk.tickets, desk.people)


async def states(desk, numbers):
    return [(await stored(desk.db, number)).state.value for number in numbers]


async def test_what_was_done_before_the_follow_up_existed_is_closed_in_bounded_steps(desk):
    numbers = await done_before_the_upgrade(desk, planner.BATCH + 3)
    desk.clock.pass_time(days=3)
    after = upgraded(desk)
    await after.tick()
    assert (await states(desk, numbers)).count("closed") == planner.BATCH
    while await after.tick():  # the closings are events, too
        pass
    await after.tick()
    assert set(await states(desk, numbers)) == {"closed"}
    assert (await lines(desk.db, numbers[0]))[-1] == ("hotline", "closed", planner.LEFT_OVER)
    assert await rows(desk, "follow_up") == []


async def test_what_was_done_just_before_an_upgrade_is_followed_up_once(desk):
    (number,) = await done_before_the_upgrade(desk)
    desk.clock.pass_time(hours=1)
    for _ in range(2):
        await upgraded(desk).tick()
    (call,) = await waiting(desk, "follow_up")
    assert (call.subject, call.due_at) == (number, desk.clock.now() + timedelta(minutes=120))


async def test_a_completion_whose_follow_up_was_cancelled_by_hand_stays_as_it_is(desk):
    number = await done(desk)
    await desk.db.write(
        lambda s: repository.cancel(s, kind="follow_up", subject=number, now=desk.clock.now(), why="by hand")
    )
    desk.clock.pass_time(days=3)
    await upgraded(desk).tick()
    assert await states(desk, [number]) == ["done"]


async def test_a_planner_looks_for_what_was_left_over_only_once(desk):
    desk.clock.pass_time(days=1)
    await desk.planner.tick()
    (number,) = await done_before_the_upgrade(desk)
    desk.clock.pass_time(days=3)
    await desk.planner.tick()
    assert await states(desk, [number]) == ["done"]
