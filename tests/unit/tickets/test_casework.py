"""Work on tickets: what may be done when and by whom, and that every step is kept and told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from casework_kit import CALL, DAY, WORDS, refused
from sqlalchemy import select
from ticket_kit import AT, deed, desk_on, lines, new, stored

from hotline.call.ports import CaseDesk, TicketKind, Urgency
from hotline.db.outbox import OutboxEvent
from hotline.tickets import parts
from hotline.tickets.models import Nature, TicketRow
from hotline.tickets.service import UnknownTicket

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The rules are the same on every database; what is not, is in test_tickets.py and test_sla_watch.py."""


def test_tickets_are_the_case_desk(desk):
    port: CaseDesk = desk
    assert port is desk


# --- the life of a ticket -----------------------------------------------------------------------


async def test_a_repair_goes_its_way_and_every_step_is_kept_and_told(db, desk, clock, number):
    way = [
        deed("assign", "话务员", assignee="王工", department="工程部", why="最近"),
        deed("accept"),
        deed("arrive"),
        deed("complete", why="换了水龙头"),
        deed("follow_up", "话务员", satisfaction=5),
        deed("close", "话务员"),
    ]
    states = []
    for one in way:
        clock.pass_time(minutes=5)
        states.append((await desk.act(number, one)).state)
    assert states == ["assigned", "accepted", "on_site", "done", "followed_up", "closed"]
    row = await stored(db, number)
    minutes = [5 * step for step in (2, 3, 4, 5, 6)]
    assert [
        (at - AT) / timedelta(minutes=1)
        for at in (row.accepted_at, row.arrived_at, row.done_at, row.followed_up_at, row.closed_at)
    ] == minutes
    assert (row.responded_at, row.assignee, row.department) == (row.accepted_at, "王工", "工程部")
    assert (row.owner, row.satisfaction) == ("王工", 5)
    assert await lines(db, number) == [
        ("hotline", "registered", ""),
        ("话务员", "assigned", "王工 工程部: 最近"),
        ("王工", "accepted", ""),
        ("王工", "arrived", ""),
        ("王工", "completed", "换了水龙头"),
        ("话务员", "followed_up", "5 of 5"),
        ("话务员", "closed", ""),
    ]
    told = await db.read(lambda s: s.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all())
    assert [event.detail["state"] for event in told] == ["registered", *states]
    assert {event.kind for event in told[1:]} == {"ticket.changed"}
    assert [event.detail["event"] for event in told[1:3]] == ["assigned", "accepted"]


async def test_an_impossible_step_changes_nothing_and_tells_nobody(db, desk, number):
    await refused(desk.act(number, deed("complete")), "ticket-transition")
    assert (await stored(db, number)).state == "registered"
    assert len(await lines(db, number)) == 1
    assert len(await db.read(lambda s: s.scalars(select(OutboxEvent)).all())) == 1


async def test_a_ticket_that_is_not_there_is_named(desk):
    with pytest.raises(UnknownTicket, match="202611239999"):
        await desk.act("202611239999", deed("accept"))


async def test_a_deed_without_a_name_is_refused(db, desk, number):
    await refused(desk.act(number, deed("accept", " ")), "nobody-did-it")
    assert (await stored(db, number)).state == "registered"


async def test_an_assignment_names_somebody_or_a_department(db, desk, number):
    await refused(desk.act(number, deed("assign", "话务员")), "assign-to-nobody")
    assert (await desk.act(number, deed("assign", "话务员", department="工程部"))).state == "assigned"


async def test_the_machine_does_not_accept_a_ticket_for_nobody(desk, number):
    await refused(desk.act(number, deed("accept", "hotline")), "accepted-by-nobody")
    assert (await desk.act(number, deed("accept", "hotline", assignee="王工"))).assignee == "王工"


async def test_accepting_twice_changes_nothing_the_second_time(db, desk, number):
    await desk.act(number, deed("accept"))
    assert (await desk.act(number, deed("accept"))).state == "accepted"
    assert len(await lines(db, number)) == 2
    await refused(desk.act(number, deed("accept", "李工")), "ticket-transition")


@pytest.mark.parametrize(("to", "state"), [("", "registered"), ("李工", "assigned")])
async def test_a_ticket_passed_on_is_nobodys_or_the_next_persons(db, desk, number, to, state):
    await desk.act(number, deed("accept"))
    passed = await desk.act(number, deed("pass_on", assignee=to, why="no parts"))
    assert (passed.state, passed.assignee) == (state, to)
    assert (await stored(db, number)).accepted_at is None


@pytest.mark.parametrize(
    ("before", "state"),
    [([], "registered"), ([("assign", {"assignee": "王工"})], "assigned"), ([("accept", {})], "accepted"),
     ([("accept", {}), ("arrive", {})], "accepted")],
)  # fmt: skip
async def test_a_postponed_ticket_goes_on_in_the_hands_it_was_in(desk, number, before, state):
    for action, given in before:
        await desk.act(number, deed(action, **given))
    await desk.act(number, deed("postpone", until=AT + DAY, caller_told=True))
    assert (await desk.act(number, deed("resume"))).state == state


async def test_words_said_with_a_deed_become_a_part(db, desk, number):
    await desk.act(number, deed("accept", words=WORDS, why="instruction"))
    found = await db.read(lambda session: parts.of(session, number))
    assert [(part.kind, part.recording, part.start, part.end, part.by, part.name) for part in found] == [
        ("recording", CALL, 1.0, 4.5, "王工", "instruction")
    ]


async def test_a_remark_does_not_pass_for_a_reopening(db, desk, number):
    await refused(desk.note(number, "reopened"), "reserved-event")
    assert "reopened" not in [event for _, event, _ in await lines(db, number)]


async def test_deeds_fit_into_a_transaction_that_has_read_and_changed_the_ticket_before(db, desk, number):
    def write(session):
        session.get_one(TicketRow, number).department = "工程部"
        desk.note_in(session, number, "remark", detail="x", who="话务员")
        return desk.act_in(session, number, deed("accept"))

    assert (await db.write(write)).state == "accepted"
    row = await stored(db, number)
    assert (row.department, row.assignee) == ("工程部", "王工")


# --- owner, accused -----------------------------------------------------------------------------


async def test_whoever_takes_the_first_contact_owns_it_whatever_department_works(db, desk, number):
    assert (await stored(db, number)).owner == ""
    await desk.act(number, deed("accept", "王工"))
    await desk.act(number, deed("pass_on", "王工", assignee="李工"))
    await desk.act(number, deed("accept", "李工"))
    assert (await stored(db, number)).owner == "王工"


async def test_who_files_a_ticket_by_hand_owns_it(db, desk):
    opened = await desk.open_ticket(new(), who="话务员")
    await desk.act(opened.number, deed("accept"))
    assert (await stored(db, opened.number)).owner == "话务员"


async def test_only_a_supervisor_hands_a_case_over(db, desk, number):
    sentence = await refused(desk.hand_over(number, "李工", who="王工"), "owner-keeps")
    assert "First-responder rule" in sentence
    await desk.hand_over(number, "李工", who="经理", why="holiday", supervisor=True)
    assert (await stored(db, number)).owner == "李工"
    assert (await lines(db, number))[-1] == ("经理", "owner", "李工: holiday")


async def test_the_complained_about_person_neither_gets_nor_touches_the_complaint(db, desk):
    number = (await desk.open_ticket(new(kind=TicketKind.COMPLAINT))).number
    await desk.classify(number, who="话务员", nature=Nature.VALID, accused="王工")
    for doing in (
        desk.act(number, deed("assign", "话务员", assignee="王 工")),
        desk.act(number, deed("accept", "王工")),
        desk.act(number, deed("cancel", "王工")),
        desk.note(number, "acknowledged", "王工"),
        desk.note(number, "feedback", who="王工"),
        desk.promise(number, AT + DAY, who="王工"),
        desk.hand_over(number, "王工", who="经理", supervisor=True),
        desk.classify(number, who="王工", accused=""),
    ):
        assert "own complaint" in await refused(doing, "accused-handles-own")
    assert (await desk.act(number, deed("assign", "话务员", assignee="李工"))).assignee == "李工"
    assert "王工" not in str(await lines(db, number))


async def test_naming_the_person_takes_the_complaint_out_of_their_hands(db, desk):
    number = (await desk.open_ticket(new(kind=TicketKind.COMPLAINT))).number
    await desk.act(number, deed("accept", "王工"))
    found = await desk.classify(number, who="话务员", accused="王工")
    row = await stored(db, number)
    assert (found.state, row.assignee, row.owner) == ("registered", "", "")


async def test_only_complaints_have_a_nature_and_only_known_faults_a_limit(desk, number):
    await refused(desk.classify(number, who="a", nature=Nature.VENTING), "no-complaint")
    assert "shared_lift" in await refused(desk.classify(number, who="a", fault="roof"), "unknown-fault")
    complaint = (await desk.open_ticket(new(kind=TicketKind.COMPLAINT))).number
    await refused(desk.classify(complaint, who="a", fault="lighting"), "unknown-fault")


# --- acknowledgement by telephone ---------------------------------------------------------------


async def test_who_acknowledges_an_emergency_has_it(db, desk, clock):
    urgent = new(urgency=Urgency.URGENT, topic="emergency")
    number = (await desk.open_ticket(urgent)).number
    clock.pass_time(seconds=20)
    await desk.note(number, "acknowledged", "监控中心")
    row = await stored(db, number)
    assert (row.state, row.assignee, row.owner) == ("accepted", "监控中心", "监控中心")
    assert row.responded_at == row.accepted_at == clock.now()
    assert (await lines(db, number))[-1] == ("hotline", "acknowledged", "监控中心")


async def test_a_second_acknowledgement_takes_nothing_away(db, desk):
    number = (await desk.open_ticket(new(urgency=Urgency.URGENT))).number
    await desk.note(number, "acknowledged", "监控中心")
    await desk.note(number, "acknowledged", "王工")
    row = await stored(db, number)
    assert (row.assignee, row.owner) == ("监控中心", "监控中心")


async def test_an_ordinary_ticket_acknowledged_has_its_owner_and_waits_to_be_accepted(db, desk, number):
    await desk.note(number, "acknowledged", "by key", who="张师傅")
    row = await stored(db, number)
    assert (row.state, row.owner, row.assignee) == ("registered", "张师傅", "")


async def test_nobody_acknowledging_changes_nothing(db, desk):
    number = (await desk.open_ticket(new(urgency=Urgency.URGENT))).number
    await desk.note(number, "unacknowledged", "nobody took it")
    row = await stored(db, number)
    assert (row.state, row.owner, row.responded_at) == ("registered", "", None)


# --- who works here -----------------------------------------------------------------------------


@pytest.fixture
def staffed(db, clock):
    return desk_on(db, clock, people_of=lambda session, estate: ["王工", "李 工"])


@pytest.mark.parametrize(
    "unknown",
    [deed("assign", assignee="没有这个人"), deed("accept", who="陌生人"), deed("accept", assignee="陌生人")],
)
async def test_somebody_who_does_not_work_here_is_given_no_ticket(db, staffed, number, unknown):
    sentence = await refused(staffed.act(number, unknown), "unknown-person")
    assert "李 工, 王工" in sentence
    assert "hotline staff add" in sentence
    await refused(staffed.hand_over(number, "陌生人", who="李工", supervisor=True), "unknown-person")
    assert (await stored(db, number)).state == "registered"


async def test_nobody_passes_a_ticket_on_to_a_stranger(staffed, number):
    await staffed.act(number, deed("assign", assignee="王工"))
    await refused(staffed.act(number, deed("pass_on", assignee="陌生人")), "unknown-person")
    assert (await staffed.act(number, deed("pass_on", assignee="李工"))).assignee == "李工"


async def test_departments_and_whoever_reports_are_free(staffed, number):
    assigned = await staffed.act(number, deed("assign", who="总台", department="工程部"))
    assert assigned.state == "assigned"
    assert (await staffed.act(number, deed("accept", who="李工"))).assignee == "李工"


async def test_where_nobody_is_known_any_name_will_do(db, clock, number):
    empty = desk_on(db, clock, people_of=lambda session, estate: [])
    assert (await empty.act(number, deed("assign", assignee="谁"))).assignee == "谁"


async def test_a_ticket_is_not_accepted_over_its_assignees_head_but_by_a_supervisor(staffed, number):
    await staffed.act(number, deed("assign", assignee="王工"))
    sentence = await refused(staffed.act(number, deed("accept", who="李工")), "assigned-to-other")
    assert "王工" in sentence
    assert (await staffed.act(number, deed("accept", who="李工", supervisor=True))).assignee == "李工"


async def test_a_reopened_ticket_is_for_whoever_takes_it(staffed, number):
    for step in ("accept", "complete", "reopen"):
        await staffed.act(number, deed(step, who="王工"))
    assert (await staffed.act(number, deed("accept", who="李工"))).assignee == "李工"


async def test_who_is_rung_by_the_hotline_may_take_what_was_assigned_to_another(db, staffed, number):
    await staffed.act(number, deed("assign", assignee="王工"))
    rung = deed("accept", who="夜班", why="by telephone")
    taken = await db.write(lambda session: staffed.act_in(session, number, rung))
    assert (taken.state, taken.assignee) == ("accepted", "夜班")
