from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, NewTicket, Place, Span, TicketAction, TicketKind, Urgency
from hotline.db.outbox import OutboxEvent
from hotline.language.numbers import normalise
from hotline.tickets import repository
from hotline.tickets.first_response import respond_by
from hotline.tickets.models import TicketRow, TicketState
from hotline.tickets.repository import TicketFilter
from hotline.tickets.service import Tickets, UnknownTicket

CALL = "a" * 32
ZONES = {
    "default": ZoneInfo("Asia/Shanghai"),
    "west": ZoneInfo("Asia/Urumqi"),
    "london": ZoneInfo("Europe/London"),
}


@pytest.fixture
def desk(db, clock):
    return Tickets(db, clock=clock, zones=ZONES, normalise=normalise)


def new(**changed):
    return NewTicket(**({"estate": "default", "kind": TicketKind.REPAIR} | changed))


async def stored(db, number):
    return await db.read(lambda session: session.get(TicketRow, number))


async def lines(db, number):
    return [
        (line.who, line.event, line.detail) for line in await db.read(lambda s: repository.history(s, number))
    ]


async def test_a_ticket_keeps_everything_the_caller_gave(db, desk, clock):
    opened = await desk.open_ticket(
        new(
            topic="repairs", urgency=Urgency.URGENT, place=Place("3", "2", "602", "厨房"),
            caller_number="0086 138-0000-1111", callback_number="0539-8123456", caller_name="张伟",
            words=Span(CALL, 3.25, 9.5), name_words=Span(CALL, 1.0, 2.0), call=CALL, language="en",
            assignee="王工", note="pressed 1",
        )
    )  # fmt: skip
    assert (opened.number, opened.state, opened.opened_at) == ("202611230001", "registered", clock.now())
    assert (opened.kind, opened.urgency, opened.assignee) == (TicketKind.REPAIR, Urgency.URGENT, "王工")
    assert opened.place == Place("3", "2", "602", "厨房")
    row = await stored(db, opened.number)
    assert (row.caller_number, row.caller_number_raw) == ("+8613800001111", "0086 138-0000-1111")
    assert (row.callback_number, row.callback_number_raw) == ("+865398123456", "0539-8123456")
    assert (row.caller_name, row.call, row.language, row.complete) == ("张伟", CALL, "en", True)
    assert (row.words_recording, row.words_start, row.words_end) == (CALL, 3.25, 9.5)
    assert (row.name_recording, row.name_start, row.name_end) == (CALL, 1.0, 2.0)
    assert await lines(db, opened.number) == [("hotline", "registered", "pressed 1")]


async def test_numbers_count_up_within_the_estates_day_and_start_again(desk, clock):
    clock.at = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    numbers = [(await desk.open_ticket(new())).number for _ in range(2)]
    clock.pass_time(minutes=1)
    numbers.append((await desk.open_ticket(new())).number)
    assert numbers == ["202611210001", "202611210002", "202611220001"]


async def test_a_number_names_one_ticket_in_the_whole_installation(desk):
    numbers = [
        (await desk.open_ticket(new(estate=estate))).number for estate in ("default", "west", "default")
    ]
    assert numbers == ["202611230001", "202611230002", "202611230003"]


async def test_the_ten_thousandth_ticket_of_a_day_has_a_fifth_digit(db, desk, clock):
    def full(session):
        repository.lock_counter(session, clock.now().date()).last = 9999

    await db.write(full)
    opened = await desk.open_ticket(new())
    assert opened.number == "2026112310000"
    assert (await desk.find("default", opened.number)).number == opened.number


async def test_an_estate_that_is_not_configured_any_more_counts_in_utc(desk, clock):
    clock.at = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
    assert (await desk.open_ticket(new(estate="gone"))).number == "202611210001"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("202611230002", "202611230002"),
        ("2026-1123-0002", "202611230002"),
        ("2", "202611230002"),
        ("0002", "202611230002"),
        ("3", "202611220003"),
        ("220003", "202611220003"),
        ("11230001", "202611230001"),
        ("9", None),
        ("202611239999", None),
        ("", None),
        ("星", None),
    ],
    ids=[
        "whole", "as written", "today's serial", "today's serial with zeros", "the latest of an earlier day",
        "an ending", "a longer ending", "no such serial", "no such number", "nothing", "no digits",
    ],
)  # fmt: skip
async def test_a_ticket_is_found_by_what_people_key_and_say(desk, clock, asked, found):
    for days in (-2, 1, 1):
        clock.pass_time(days=days)
        for _ in range({datetime(2026, 11, 23, tzinfo=UTC).date(): 2}.get(clock.now().date(), 3)):
            await desk.open_ticket(new())
    ticket = await desk.find("default", asked)
    assert (ticket.number if ticket else None) == found


async def test_a_ticket_of_another_estate_is_not_found(desk):
    opened = await desk.open_ticket(new(estate="west"))
    for asked in (opened.number, "1", opened.number[-6:]):
        assert await desk.find("default", asked) is None
        assert (await desk.find("west", asked)).number == opened.number


MINUTES = timedelta(minutes=1)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(days=2)


@pytest.mark.parametrize(
    ("kind", "urgency", "due_at", "expected"),
    [
        (TicketKind.REPAIR, Urgency.URGENT, None, AT),
        (TicketKind.REPAIR, Urgency.ORDINARY, None, AT + 10 * MINUTES),
        (TicketKind.COMPLAINT, Urgency.ORDINARY, None, AT + 60 * MINUTES),
        (TicketKind.COMPLAINT, Urgency.SERIOUS, None, AT),
        (TicketKind.REQUEST, Urgency.ORDINARY, None, AT + 60 * MINUTES),
        (TicketKind.ENQUIRY, Urgency.ORDINARY, None, AT + timedelta(hours=24)),
        (TicketKind.SUGGESTION, Urgency.ORDINARY, None, AT + timedelta(hours=24)),
        (TicketKind.MESSAGE, Urgency.ORDINARY, None, None),
        (TicketKind.MESSAGE, Urgency.ORDINARY, LATER, LATER),
        (TicketKind.COMPLAINT, Urgency.ORDINARY, LATER, LATER),
        (TicketKind.MESSAGE, Urgency.URGENT, LATER, AT),
    ],
)
def test_the_first_response_is_due_as_the_trade_says(kind, urgency, due_at, expected):
    assert respond_by(kind, urgency, AT, due_at) == expected


async def test_a_message_for_the_next_opening_is_due_then(db, desk):
    opened = await desk.open_ticket(new(kind=TicketKind.MESSAGE, topic="general_manager", due_at=LATER))
    assert opened.due_at == LATER
    assert (await stored(db, opened.number)).respond_by == LATER


async def test_a_ticket_without_a_due_time_of_its_own_is_due_by_its_first_response(desk, clock):
    assert (await desk.open_ticket(new())).due_at == clock.now() + 10 * MINUTES


# --- history and outbox -----------------------------------------------------------------------


async def test_history_says_who_when_and_why_in_order(db, desk, clock):
    number = (await desk.open_ticket(new(note="caller hung up"))).number
    clock.pass_time(minutes=1)
    await desk.note(number, "acknowledged", "by key", who="张师傅")
    assert await lines(db, number) == [
        ("hotline", "registered", "caller hung up"), ("张师傅", "acknowledged", "by key"),
    ]  # fmt: skip


async def test_a_remark_on_a_ticket_that_is_not_there_is_refused(desk):
    with pytest.raises(UnknownTicket, match="202611230099"):
        await desk.note("202611230099", "remark")


async def test_others_learn_of_a_ticket_without_what_was_said(db, desk):
    number = (await desk.open_ticket(new(caller_name="张伟", description="漏水", note="secret"))).number
    await desk.note(number, "remark", "13800001111")
    events = await db.read(
        lambda session: session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
    )
    assert [(event.kind, event.subject, event.detail) for event in events] == [
        ("ticket.opened", number, {"event": "registered", "state": "registered"}),
        ("ticket.changed", number, {"event": "remark", "state": "registered"}),
    ]


# --- intakes that were cut off ----------------------------------------------------------------


async def test_an_interrupted_intake_is_filed_once_however_often_it_is_repaired(desk, clock):
    began = clock.now()
    clock.pass_time(minutes=5)
    first = await desk.open_incomplete(new(complete=False, call=CALL), since=began)
    again = await desk.open_incomplete(new(complete=False, call=CALL), since=began)
    assert (first.complete, again.number) == (False, first.number)


async def test_an_intake_whose_ticket_was_filed_just_before_the_crash_makes_no_second_one(desk, clock):
    began = clock.now()
    clock.pass_time(seconds=30)
    filed = await desk.open_ticket(new(call=CALL))
    assert (await desk.open_incomplete(new(complete=False, call=CALL), since=began)).number == filed.number


async def test_a_second_intake_of_the_same_call_is_filed_although_the_first_has_its_ticket(desk, clock):
    filed = await desk.open_ticket(new(call=CALL))
    clock.pass_time(seconds=30)
    second = await desk.open_incomplete(new(complete=False, call=CALL), since=clock.now())
    assert second.number != filed.number


async def test_two_repairs_at_once_file_one_ticket(database_url, clock, db):
    from hotline.db.engine import Database

    other = Database(database_url, clock=clock)
    desks = [Tickets(each, clock=clock, zones=ZONES, normalise=normalise) for each in (db, other)]
    cut = new(complete=False, call=CALL)
    opened = await asyncio.gather(*(desks[n % 2].open_incomplete(cut, since=clock.now()) for n in range(8)))
    await other.aclose()
    assert len({ticket.number for ticket in opened}) == 1


# --- words from the transcript ----------------------------------------------------------------


async def test_the_transcript_fills_descriptions_that_are_still_empty(db, desk):
    waiting = await desk.open_ticket(new(words=Span(CALL, 2.0, 5.0), call=CALL))
    typed = await desk.open_ticket(new(words=Span(CALL, 6.0, 8.0), description="by hand", call=CALL))
    other = await desk.open_ticket(new(words=Span("b" * 32, 2.0, 5.0)))
    asked = []

    def text_of(span):
        asked.append((span.start, span.end))
        return " 厨房水管漏水\n"

    assert await desk.describe_from_transcript(CALL, text_of) == [waiting.number, typed.number]
    assert await desk.describe_from_transcript(CALL, text_of) == []
    assert set(asked) == {(2.0, 5.0), (6.0, 8.0)}
    texts = [(await stored(db, ticket.number)).description for ticket in (waiting, typed, other)]
    assert texts == ["厨房水管漏水", "by hand", ""]
    assert (await lines(db, waiting.number))[-1] == ("hotline", "described", "from the transcript")


async def test_a_transcript_without_words_leaves_the_ticket_waiting(db, desk):
    ticket = await desk.open_ticket(new(words=Span(CALL, 2.0, 5.0)))
    assert await desk.describe_from_transcript(CALL, lambda span: "  ") == []
    assert len(await lines(db, ticket.number)) == 1


# --- lists ------------------------------------------------------------------------------------


async def test_tickets_are_listed_by_what_is_asked_newest_first(db, desk, clock):
    start = clock.now()
    await desk.open_ticket(new())
    clock.pass_time(hours=1)
    await desk.open_ticket(new(estate="west", kind=TicketKind.COMPLAINT, complete=False))

    async def serials(**wanted):
        return [row.serial for row in await db.read(lambda s: repository.tickets(s, TicketFilter(**wanted)))]

    assert await serials() == [2, 1]
    assert await serials(limit=1) == [2]
    assert await serials(limit=1, offset=1) == [1]
    assert await serials(estate="default") == [1]
    assert await serials(kind=TicketKind.COMPLAINT) == [2]
    assert await serials(state=TicketState.REGISTERED) == [2, 1]
    assert await serials(state=TicketState.CLOSED) == []
    assert await serials(incomplete=True) == [2]
    assert await serials(since=start + timedelta(minutes=1)) == [2]
    assert await serials(until=start + timedelta(minutes=1)) == [1]


def accept(who):
    return Deed(action=TicketAction.ACCEPT, who=who)


async def test_of_two_who_accept_at_once_one_has_it(db, desk):
    number = (await desk.open_ticket(new())).number
    both = await asyncio.gather(
        desk.act(number, accept("王工")), desk.act(number, accept("李工")),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(one).__name__ for one in both].count("TicketRefused") == 1
    accepted = next(one for one in both if not isinstance(one, TicketRefused))
    assert (await stored(db, number)).assignee == accepted.assignee


# --- two processes ----------------------------------------------------------------------------

OPEN = textwrap.dedent("""
    import asyncio, sys
    from zoneinfo import ZoneInfo
    from hotline.call.clock import SystemClock
    from hotline.call.ports import NewTicket, TicketKind
    from hotline.db.engine import Database
    from hotline.tickets.service import Tickets

    async def main():
        clock = SystemClock()
        db = Database(sys.argv[1], clock=clock)
        desk = Tickets(db, clock=clock, zones={"default": ZoneInfo("UTC")}, normalise=str)
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(40):
            print((await desk.open_ticket(NewTicket(estate="default", kind=TicketKind.REPAIR))).number)
        await db.aclose()

    asyncio.run(main())
""")


def test_two_processes_that_file_at_once_give_every_number_once_and_leave_none_out(database_url):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    numbers = [number for process in running for number in process.communicate(timeout=50)[0].split()]
    assert len(numbers) == len(set(numbers)) == 80
    by_day = {}
    for number in numbers:
        by_day.setdefault(number[:8], set()).add(int(number[8:]))
    assert all(serials == set(range(1, len(serials) + 1)) for serials in by_day.values())
