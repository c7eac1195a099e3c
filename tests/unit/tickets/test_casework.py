from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from ticket_kit import AT, ZONES, deed, desk_on, lines, new, stored

from hotline.call.errors import TicketRefused
from hotline.call.ports import CaseDesk, Place, Span, TicketKind, Urgency
from hotline.db.outbox import OutboxEvent
from hotline.tickets import parts
from hotline.tickets.models import Nature, TicketRow
from hotline.tickets.service import UnknownTicket

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The rules are the same on every database; what is not, is in test_tickets.py and test_sla_watch.py."""

CALL = "a" * 32
DAY = timedelta(days=1)
WORDS = Span(CALL, 1.0, 4.5)


@pytest.fixture
def desk(db, clock):
    return desk_on(db, clock)


@pytest.fixture
async def number(desk):
    return (await desk.open_ticket(new(caller_number="13800001111", place=Place("3", "2", "602")))).number


async def refused(doing, code):
    with pytest.raises(TicketRefused) as caught:
        await doing
    assert caught.value.code == code, caught.value.sentence
    return caught.value.sentence


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


async def test_a_deed_without_a_name_is_refused(desk, number):
    await refused(desk.act(number, deed("accept", " ")), "nobody-did-it")


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
    assert [(part.kind, part.recording, part.start, part.end, part.by, part.text) for part in found] == [
        ("recording", CALL, 1.0, 4.5, "王工", "instruction")
    ]


async def test_a_remark_does_not_pass_for_a_reopening(desk, number):
    await refused(desk.note(number, "reopened"), "reserved-event")


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


# --- promises -----------------------------------------------------------------------------------


async def test_a_promise_is_postponed_once_before_its_time_with_the_caller_told(db, desk, clock, number):
    await desk.promise(number, AT + DAY, who="话务员")
    clock.pass_time(hours=3)
    done = await desk.act(number, deed("postpone", until=AT + 3 * DAY, caller_told=True, why="parts"))
    assert (done.state, done.next_at) == ("postponed", AT + 3 * DAY)
    row = await stored(db, number)
    assert (row.postponed_at, row.promised_at) == (clock.now(), AT + 3 * DAY)
    await desk.act(number, deed("resume"))
    again = deed("postpone", until=AT + 4 * DAY, caller_told=True, supervisor=True)
    assert "second postponement" in await refused(desk.act(number, again), "postponed-twice")


@pytest.mark.parametrize(
    ("after", "given", "code"),
    [
        (0, {"until": AT + 2 * DAY}, "caller-not-told"),
        (0, {"caller_told": True}, "no-new-time"),
        (24, {"until": AT + 2 * DAY, "caller_told": True}, "postponed-too-late"),
        (30, {"until": AT + 2 * DAY, "caller_told": True}, "postponed-too-late"),
        (0, {"until": AT + DAY, "caller_told": True}, "not-later"),
        (0, {"until": AT + 7 * DAY + timedelta(minutes=1), "caller_told": True}, "promise-too-far"),
    ],
)
async def test_a_postponement_against_the_rules_is_refused_naming_the_rule(
    db, desk, clock, number, after, given, code
):
    await desk.promise(number, AT + DAY, who="话务员")
    clock.pass_time(hours=after)
    await refused(desk.act(number, deed("postpone", **given)), code)
    row = await stored(db, number)
    assert (row.state, row.promised_at, row.postponed_at) == ("registered", AT + DAY, None)


async def test_a_supervisor_may_go_beyond_seven_days_but_not_postpone_twice(desk, number):
    far = {"until": AT + 9 * DAY, "caller_told": True, "supervisor": True}
    assert (await desk.act(number, deed("postpone", **far))).next_at == AT + 9 * DAY


async def test_a_promise_is_not_put_off_by_promising_anew(desk, clock, number):
    await refused(desk.promise(number, AT, who="a"), "in-the-past")
    await refused(desk.promise(number, AT + 8 * DAY, who="a"), "promise-too-far")
    await desk.promise(number, AT + 2 * DAY, who="a")
    assert (await desk.promise(number, AT + DAY, who="a")).next_at == AT + DAY
    assert "postponement" in await refused(desk.promise(number, AT + 2 * DAY, who="a"), "promise-kept")


async def test_times_in_a_refusal_are_the_estates(desk, clock):
    number = (await desk.open_ticket(new(estate="west"))).number
    await desk.promise(number, AT + DAY, who="a")
    clock.pass_time(days=1)
    late = deed("postpone", until=AT + 2 * DAY, caller_told=True)
    sentence = await refused(desk.act(number, late), "postponed-too-late")
    assert f"{(AT + DAY).astimezone(ZONES['west']):%Y-%m-%d %H:%M}" in sentence


# --- follow-up ----------------------------------------------------------------------------------


async def done(desk, number):
    for action in ("accept", "complete"):
        await desk.act(number, deed(action))


@pytest.mark.parametrize(
    ("satisfaction", "solved", "state"),
    [(5, True, "followed_up"), (3, True, "followed_up"), (None, True, "followed_up"), (2, True, "reopened"),
     (1, True, "reopened"), (5, False, "reopened")],
)  # fmt: skip
async def test_an_unsatisfied_caller_reopens_the_ticket(db, desk, number, satisfaction, solved, state):
    await done(desk, number)
    followed = await desk.follow_up(number, deed("follow_up", satisfaction=satisfaction), solved=solved)
    assert followed.state == state


async def test_satisfaction_is_one_to_five(desk, number):
    await done(desk, number)
    for wrong in (0, 6, -1):
        await refused(desk.act(number, deed("follow_up", satisfaction=wrong)), "satisfaction-range")


async def test_an_unsatisfied_caller_is_not_closed_away_without_a_supervisor(desk, number):
    await done(desk, number)
    await desk.act(number, deed("follow_up", satisfaction=2))
    await refused(desk.act(number, deed("close")), "caller-unsatisfied")
    assert (await desk.act(number, deed("close", "经理", supervisor=True))).state == "closed"


async def test_a_reopened_ticket_begins_anew_but_keeps_owner_and_postponement(db, desk, clock, number):
    await desk.act(number, deed("postpone", until=AT + DAY, caller_told=True))
    await desk.act(number, deed("resume"))
    await done(desk, number)
    clock.pass_time(hours=2)
    await desk.act(number, deed("reopen", "话务员", why="leaks again"))
    row = await stored(db, number)
    assert (row.state, row.round, row.round_at, row.owner) == ("reopened", 1, clock.now(), "王工")
    assert (row.done_at, row.accepted_at, row.responded_at, row.promised_at) == (None,) * 4
    assert row.respond_by == clock.now() + timedelta(minutes=10)
    twice = deed("postpone", until=AT + 2 * DAY, caller_told=True)
    await refused(desk.act(number, twice), "postponed-twice")


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


# --- duplicates, additions, callers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "kind", "hours", "found"),
    [
        (Place("3", "2", "602"), "repair", 23, True),
        (Place("3", "2", "602", "厨房"), "repair", 1, True),
        (Place("3", "2", "602"), "repair", 25, False),
        (Place("3", "2", "603"), "repair", 1, False),
        (Place("3", "2", "602"), "complaint", 1, False),
        (Place("3", "2"), "repair", 1, False),
        (Place(), "repair", 1, False),
    ],
)
async def test_the_same_room_and_kind_within_a_day_is_a_duplicate(
    desk, clock, number, place, kind, hours, found
):
    clock.pass_time(hours=hours)
    same = await desk.duplicate("default", place, TicketKind(kind))
    assert (same.number if same else None) == (number if found else None)
    assert await desk.duplicate("west", place, TicketKind(kind)) is None


async def test_a_lift_without_a_room_is_known_by_its_note(desk):
    lift = (await desk.open_ticket(new(place=Place("3", note="2号梯")))).number
    await desk.open_ticket(new(place=Place("3", note="1号梯")))
    assert (await desk.duplicate("default", Place("3", note="2号梯"), TicketKind.REPAIR)).number == lift


async def test_what_is_done_is_no_duplicate_any_more(desk, number):
    await done(desk, number)
    assert await desk.duplicate("default", Place("3", "2", "602"), TicketKind.REPAIR) is None


async def test_a_further_call_is_added_with_its_words(db, desk, clock, number):
    clock.pass_time(hours=1)
    more = new(
        call=CALL, words=WORDS, description="还在漏", note="called again", callback_number="13900002222"
    )
    assert (await desk.add_to(number, more)).number == number
    found = await db.read(lambda session: parts.of(session, number))
    assert [(part.kind, part.recording, part.text) for part in found] == [
        ("call", CALL, ""),
        ("recording", CALL, ""),
        ("note", "", "还在漏\ncalled again"),
    ]
    assert (await lines(db, number))[-1] == ("hotline", "added", "还在漏\ncalled again")
    assert (await stored(db, number)).callback_number == "+8613900002222"


async def test_a_more_urgent_call_makes_the_ticket_as_urgent_with_new_limits(db, desk, clock, number):
    clock.pass_time(hours=1)
    added = await desk.add_to(number, new(urgency=Urgency.URGENT))
    assert added.urgency is Urgency.URGENT
    assert (await stored(db, number)).respond_by == clock.now()
    assert (await desk.add_to(number, new())).urgency is Urgency.URGENT


async def test_nothing_is_added_to_what_is_closed(desk, number):
    await desk.act(number, deed("cancel"))
    await refused(desk.add_to(number, new(description="x")), "ticket-ended")


async def test_a_caller_finds_their_open_tickets_however_the_number_is_written(desk, clock, number):
    clock.pass_time(minutes=1)
    later = (await desk.open_ticket(new(callback_number="+86 138 0000 1111"))).number
    await desk.open_ticket(new(caller_number="13900002222"))
    ended = (await desk.open_ticket(new(caller_number="13800001111"))).number
    await desk.act(ended, deed("cancel"))
    for written in ("13800001111", "0086-138-0000-1111", "<sip:013800001111@x>"):
        assert [one.number for one in await desk.of_caller("default", written)] == [later, number]
    assert list(await desk.of_caller("west", "13800001111")) == []


async def test_a_withheld_number_is_nobodys(desk):
    await desk.open_ticket(new(caller_number="anonymous"))
    assert list(await desk.of_caller("default", "anonymous")) == []


@pytest.mark.parametrize(
    ("digits", "fits"), [("1111", True), ("2222", True), ("111", False), ("01111", False), ("3333", False),
                         ("", False), ("１１１１", False), ("11a1", False)],
)  # fmt: skip
async def test_a_ticket_is_told_to_whoever_knows_the_last_four_digits(desk, digits, fits):
    number = (await desk.open_ticket(new(caller_number="13800001111", callback_number="13900002222"))).number
    assert await desk.belongs_to(number, digits) is fits
    assert await desk.belongs_to("202611239999", digits) is False


async def test_cases_are_listed_by_topic_and_person_newest_first(desk, clock):
    numbers = []
    for topic in ("general_manager", "repairs", "general_manager"):
        clock.pass_time(minutes=1)
        numbers.append((await desk.open_ticket(new(topic=topic))).number)
    await desk.act(numbers[0], deed("cancel"))
    await desk.act(numbers[1], deed("accept"))

    async def listed(**given):
        return [one.number for one in await desk.cases("default", **given)]

    assert await listed() == [numbers[2], numbers[1]]
    assert await listed(open_only=False) == numbers[::-1]
    assert await listed(topic="general_manager", open_only=False) == [numbers[2], numbers[0]]
    assert await listed(assignee="王工") == [numbers[1]]
    assert await listed(open_only=False, limit=1) == [numbers[2]]


async def test_a_summary_says_topic_words_and_when_the_caller_hears_next(desk):
    opened = await desk.open_ticket(new(topic="repairs", words=WORDS))
    assert (opened.topic, opened.words) == ("repairs", WORDS)
    assert opened.next_at == AT + timedelta(minutes=10)
    assert (await desk.act(opened.number, deed("accept"))).next_at == AT + timedelta(hours=4)
    assert (await desk.act(opened.number, deed("cancel"))).next_at is None


def test_the_payment_status_is_shown_when_somebody_knows_it(db, clock, desk):
    room = Place("3", "2", "602")
    assert desk.payment_status("default", room) == ""
    known = desk_on(db, clock, payment_of=lambda estate, place: f"{estate} {place}: paid")
    assert known.payment_status("default", room) == "default 3-2-602: paid"
