"""The same matter told twice, further calls about a ticket, and whose ticket it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from casework_kit import CALL, WORDS, done, refused
from ticket_kit import AT, deed, lines, new, stored

from hotline.call.ports import Place, TicketKind, Urgency
from hotline.tickets import parts

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The rules are the same on every database; what is not, is in test_tickets.py and test_sla_watch.py."""


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


async def test_nothing_is_added_to_what_is_closed(db, desk, number):
    await desk.act(number, deed("cancel"))
    await refused(desk.add_to(number, new(description="x")), "ticket-ended")
    row = await stored(db, number)
    assert (row.state, row.description) == ("cancelled", "")


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


async def test_a_time_that_has_passed_is_told_as_late_whoever_looks_the_ticket_up(desk, clock, number):
    assert not (await desk.find("default", number)).late
    clock.pass_time(minutes=10)
    found = [await desk.find("default", number), *await desk.of_caller("default", "13800001111")]
    found += await desk.cases("default")
    assert [one.late for one in found] == [True, True, True]
    assert not (await desk.act(number, deed("accept"))).late
