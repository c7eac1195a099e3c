"""Payments: what they end, at once, and in one transaction."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from fees_kit import ESTATE, OTHER, ROOM
from sqlalchemy import select

from hotline.app.bills import payment_status
from hotline.call.errors import FeeRefused
from hotline.call.ports import Place
from hotline.call.ports.fees import REMINDER, room_subject
from hotline.db.outbox import OutboxEvent
from hotline.fees.states import BillState
from hotline.outbound import repository as calls
from hotline.outbound.models import CallState, OutboundCallRow
from hotline.outbound.repository import NewCall

TODAY = date(2026, 11, 23)


def paid(office, number, **options):
    return office.do(office.book.mark_paid_in, number, who="tester", **options)


def refused(office, method, *arguments, **options):
    with pytest.raises(FeeRefused) as caught:
        office.do(method, *arguments, who="tester", **options)
    return caught.value.code


def plan(office, subject, *, kind=REMINDER, **facts):
    now = office.clock.now()
    new = NewCall(
        estate=ESTATE, kind=kind, subject=subject, policy="reminder", flow="reminder", facts=facts, due_at=now
    )
    office.do(calls.schedule, new, now=now)


def states(office):
    with office.db.reading() as session:
        rows = session.scalars(select(OutboundCallRow).order_by(OutboundCallRow.subject)).all()
    return {row.subject: row.state for row in rows}


def events(office):
    with office.db.reading() as session:
        return [(row.kind, row.subject) for row in session.scalars(select(OutboxEvent))]


async def test_a_payment_of_today_ends_the_bill_and_is_told(office):
    number = office.bill()
    settled = await office.book.mark_paid(number, who="bank", how="transfer")
    assert (settled.changed, settled.left) == (True, 0)
    row = office.row(number)
    assert (row.state, row.paid_on, row.paid_at, row.paid_how, row.paid_by) == (
        BillState.PAID, TODAY, office.clock.now(), "transfer", "bank",
    )  # fmt: skip
    assert events(office) == [("bill.paid", number)]
    assert office.history(number)[-1] == ("paid", "on 2026-11-23, transfer")
    assert await office.book.unpaid(ESTATE, ROOM) == ()
    assert await office.book.has_bills(ESTATE, ROOM)


def test_it_is_the_estates_day_that_counts(office):
    number = office.bill()
    office.clock.pass_time(hours=14, minutes=30)  # 00:30 of the next day there, still the day before in UTC
    paid(office, number)
    assert office.row(number).paid_on == date(2026, 11, 24)


def test_noted_again_it_changes_nothing_and_tells_nothing(office):
    number = office.bill()
    paid(office, number, paid_on=date(2026, 11, 1))
    again = paid(office, number)
    assert (again.changed, office.row(number).paid_on) == (False, date(2026, 11, 1))
    assert len(events(office)) == 1


def test_the_last_payment_of_a_room_cancels_its_reminders_and_no_others(office):
    first, second = office.bill(month="2026-09"), office.bill(month="2026-10")
    plan(office, room_subject(ESTATE, ROOM))
    plan(office, "7:12", room=room_subject(ESTATE, ROOM), campaign=7)
    plan(office, room_subject(ESTATE, OTHER))
    plan(office, room_subject("west", ROOM))
    plan(office, "202611230001", kind="dispatch")
    assert paid(office, first).left == 1
    assert set(states(office).values()) == {CallState.WAITING}
    assert paid(office, second).cancelled == 2
    cancelled = {subject for subject, state in states(office).items() if state is CallState.CANCELLED}
    assert cancelled == {room_subject(ESTATE, ROOM), "7:12"}


def test_nothing_of_a_payment_is_kept_when_its_transaction_fails(office):
    number = office.bill()
    plan(office, room_subject(ESTATE, ROOM))

    def fail(session):
        office.book.mark_paid_in(session, number, who="tester")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        office.do(fail)
    assert office.row(number).state is BillState.UNPAID
    assert (set(states(office).values()), events(office)) == ({CallState.WAITING}, [])


async def test_payments_of_two_bills_at_once_cancel_the_reminder(office):
    numbers = [office.bill(month=f"2026-{month:02}") for month in range(1, 9)]
    plan(office, room_subject(ESTATE, ROOM))
    await asyncio.gather(
        *(asyncio.to_thread(paid, office, number) for number in numbers),
    )
    assert states(office) == {room_subject(ESTATE, ROOM): CallState.CANCELLED}


def test_what_cannot_be_paid_is_refused_in_a_sentence(office):
    number = office.bill()
    book = office.book
    assert refused(office, book.mark_paid_in, "1") == "bill-unknown"
    assert refused(office, book.mark_paid_in, number, paid_on=date(2026, 11, 24)) == "paid-ahead"
    assert refused(office, book.take_back_in, number, why="") == "bill-unpaid"
    office.do(book.withdraw_in, number, who="tester", why="wrong")
    assert refused(office, book.mark_paid_in, number) == "bill-withdrawn"
    assert office.row(number).state is BillState.WITHDRAWN


async def test_a_withdrawn_bill_is_asked_of_nobody(office):
    number = office.bill()
    plan(office, room_subject(ESTATE, ROOM))
    assert office.do(office.book.withdraw_in, number, who="tester", why="double").cancelled == 1
    assert office.do(office.book.withdraw_in, number, who="tester", why="double").changed is False
    assert await office.book.unpaid(ESTATE, ROOM) == ()
    assert not await office.book.has_bills(ESTATE, ROOM)
    assert events(office) == [("bill.withdrawn", number)]


def test_a_paid_bill_is_withdrawn_only_after_its_payment_was_taken_back(office):
    number = office.bill()
    paid(office, number)
    assert refused(office, office.book.withdraw_in, number, why="x") == "bill-paid"
    office.do(office.book.take_back_in, number, who="tester", why="bounced")
    office.do(office.book.withdraw_in, number, who="tester", why="x")
    assert [event for event, _ in office.history(number)] == [
        "issued", "paid", "payment_taken_back", "withdrawn",
    ]  # fmt: skip


async def test_a_payment_taken_back_is_owed_again_with_the_whole_late_fee(office):
    number = office.bill(total="1000.00")
    paid(office, number, paid_on=date(2026, 10, 1))
    assert office.do(office.book.take_back_in, number, who="tester", why="bounced").late_fee == 1
    (bill,) = await office.book.unpaid(ESTATE, ROOM)
    assert bill.number == number


async def test_several_months_are_read_out_oldest_first(office):
    for month in ("2026-10", "2026-08", "2026-09"):
        office.bill(month=month)
    assert [bill.month for bill in await office.book.unpaid(ESTATE, ROOM)] == [
        "2026-08", "2026-09", "2026-10",
    ]  # fmt: skip
    assert await office.book.unpaid("west", ROOM) == ()
    assert not await office.book.has_bills(ESTATE, OTHER)


def debts(office, **options):
    with office.db.reading() as session:
        return [
            (debt.place, [bill.month for bill in debt.bills], str(debt.total), str(debt.late_fee))
            for debt in office.book.debts_in(session, ESTATE, **options)
        ]


def test_reminders_are_made_of_rooms_with_what_is_overdue(office):
    office.bill(month="2026-09", total="1000.00")
    office.bill(month="2026-10", total="500.00")
    office.bill(OTHER, month="2026-12")
    paid(office, office.bill(OTHER, month="2026-10"))
    assert debts(office) == [(ROOM, ["2026-09", "2026-10"], "1500.00", "1.50")]
    assert debts(office, month="2026-10") == [(ROOM, ["2026-10"], "500.00", "0.50")]
    assert [place for place, *_ in debts(office, overdue=False)] == [OTHER, ROOM]


def test_a_room_that_promised_a_day_to_come_is_left_in_peace(office):
    office.bill()
    office.do(
        office.book.promise_in, estate=ESTATE, place=ROOM, promised_on=date(2026, 11, 25), said_to="reminder"
    )
    assert debts(office) == []
    assert len(debts(office, promised=True)) == 1


async def test_whoever_handles_a_matter_of_a_room_sees_what_is_unpaid_without_amounts(office):
    def status(place=ROOM):
        with office.db.reading() as session:
            return payment_status(session, ESTATE, place)

    assert status() == ""
    older, newer = office.bill(month="2026-09"), office.bill(month="2026-10")
    assert status() == "unpaid: 2026-09, 2026-10"
    await office.book.mark_paid(older, who="bank")
    await office.book.mark_paid(newer, who="bank")
    assert status() == "paid"
    assert status(Place(note="车库")) == ""
