"""Promises to pay: made on a call, kept by the day the money came, broken the day after."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from fees_kit import ESTATE, OTHER, ROOM, ZONES
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from hotline.call.errors import EnvironmentFault, FeeRefused
from hotline.call.ports import Place, Span
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.db.outbox import OutboxEvent
from hotline.fees import promises
from hotline.fees.models import BillRow
from hotline.fees.promises import judged
from hotline.fees.states import BillState, PromiseState
from hotline.fees.watch import TICK_SECONDS, PromiseWatch

TODAY = date(2026, 11, 23)
FRIDAY = date(2026, 11, 27)


def promise(office, day=FRIDAY, *, place=ROOM, **options):
    row = office.do(
        office.book.promise_in, estate=ESTATE, place=place, promised_on=day, said_to="reminder", **options
    )
    return row.id


def states(office):
    with office.db.reading() as session:
        return [row.state for row in reversed(promises.listed(session, estate=None))]


def told(office):
    with office.db.reading() as session:
        kinds = session.scalars(select(OutboxEvent.kind).where(OutboxEvent.kind.startswith("promise.")))
        return [kind.removeprefix("promise.") for kind in kinds]


def pay(office, number, day=None):
    office.do(office.book.mark_paid_in, number, who="tester", paid_on=day)


def tick(office):
    return asyncio.run(PromiseWatch(office.db, clock=office.clock, zones=ZONES).tick())


def test_a_promise_is_about_all_the_room_owes_and_keeps_the_words(office):
    numbers = [office.bill(month=month) for month in ("2026-09", "2026-10")]
    promise(office, leg="a" * 32, words=Span("a" * 32, 12.5, 14.0))
    with office.db.reading() as session:
        (row,) = promises.listed(session, estate=ESTATE)
        assert [bill.number for bill in row.bills] == numbers
    assert (row.place, row.promised_on, row.said_on, row.amount_fen) == (ROOM, FRIDAY, TODAY, 20000)
    assert (row.leg, row.recording, row.words_start, row.words_end) == ("a" * 32, "a" * 32, 12.5, 14.0)
    assert (row.state, told(office)) == (PromiseState.OPEN, ["made"])
    assert office.history(numbers[0])[-1] == ("promised", "to be paid by 2026-11-27")


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2026, 11, 22), "promise-past"), (date(2026, 12, 25), "promise-too-far")],
)
def test_a_day_that_does_not_do_is_refused(office, day, code):
    office.bill()
    with pytest.raises(FeeRefused) as caught:
        promise(office, day)
    assert (caught.value.code, states(office)) == (code, [])


@pytest.mark.parametrize("day", [TODAY, date(2026, 12, 24)])
def test_today_and_the_last_day_are_promises(office, day):
    office.bill()
    promise(office, day)
    assert states(office) == [PromiseState.OPEN]


def test_who_owes_nothing_promises_nothing(office):
    with pytest.raises(FeeRefused) as caught:
        promise(office)
    assert caught.value.code == "nothing-owed"


def test_another_day_replaces_the_one_before(office):
    office.bill()
    promise(office)
    promise(office, date(2026, 12, 1))
    assert states(office) == [PromiseState.REPLACED, PromiseState.OPEN]


def test_the_same_day_reported_twice_on_one_call_is_one_promise(office):
    office.bill()
    assert promise(office, leg="a") == promise(office, leg="a")
    assert (states(office), told(office)) == ([PromiseState.OPEN], ["made"])


def test_paid_by_the_day_it_is_kept_and_told_once(office):
    numbers = [office.bill(month=month) for month in ("2026-09", "2026-10")]
    promise(office)
    pay(office, numbers[0])
    assert states(office) == [PromiseState.OPEN]
    pay(office, numbers[1])
    office.clock.pass_time(days=30)
    assert tick(office) == 0
    assert (states(office), told(office)) == ([PromiseState.KEPT], ["made", "kept"])


def test_the_day_after_it_is_broken_and_told_once(office):
    office.bill()
    promise(office)
    office.clock.at = datetime(2026, 11, 27, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert (tick(office), states(office)) == (0, [PromiseState.OPEN])
    office.clock.pass_time(minutes=1)
    assert (tick(office), tick(office)) == (1, 0)
    assert (states(office), told(office)) == ([PromiseState.BROKEN], ["made", "broken"])


def test_money_that_came_in_time_and_was_noted_late_keeps_it(office):
    number = office.bill()
    promise(office)
    office.clock.pass_time(days=6)
    tick(office)
    pay(office, number, FRIDAY)
    assert (states(office), told(office)) == ([PromiseState.KEPT], ["made", "broken", "kept"])


def test_money_that_came_late_breaks_it_before_the_watch_looks(office):
    number = office.bill()
    promise(office)
    office.clock.pass_time(days=6)
    pay(office, number)
    assert states(office) == [PromiseState.BROKEN]


def test_a_withdrawn_bill_asks_nothing_of_a_promise(office):
    numbers = [office.bill(month=month) for month in ("2026-09", "2026-10")]
    promise(office)
    office.do(office.book.withdraw_in, numbers[0], who="tester", why="wrong")
    assert states(office) == [PromiseState.OPEN]
    pay(office, numbers[1])
    assert states(office) == [PromiseState.KEPT]


def test_with_everything_withdrawn_there_is_nothing_to_keep(office):
    number = office.bill()
    promise(office)
    office.do(office.book.withdraw_in, number, who="tester", why="wrong")
    assert (states(office), told(office)) == ([PromiseState.VOID], ["made"])


def test_a_payment_taken_back_opens_the_promise_again(office):
    number = office.bill()
    promise(office)
    pay(office, number)
    office.do(office.book.take_back_in, number, who="tester", why="bounced")
    assert states(office) == [PromiseState.OPEN]
    office.clock.pass_time(days=6)
    assert tick(office) == 1


def test_a_bill_that_came_after_the_promise_is_not_part_of_it(office):
    number = office.bill(month="2026-10")
    promise(office)
    office.bill(month="2026-11")
    pay(office, number)
    assert states(office) == [PromiseState.KEPT]


def test_rooms_do_not_share_promises(office):
    office.bill()
    office.bill(OTHER)
    promise(office)
    promise(office, place=Place("3", "2", "601"))  # as a caller says 0601
    assert states(office) == [PromiseState.OPEN, PromiseState.OPEN]


def test_two_watches_at_once_tell_each_promise_once(office):
    for month in range(1, 11):
        office.bill(month=f"2026-{month:02}")
    promise(office)
    office.clock.pass_time(days=6)

    async def both():
        watches = [PromiseWatch(office.db, clock=office.clock, zones=ZONES) for _ in range(4)]
        return await asyncio.gather(*(watch.tick() for watch in watches))

    assert sum(asyncio.run(both())) == 1
    assert told(office) == ["made", "broken"]


def test_the_watch_looks_every_minute_and_outlives_a_database_that_is_away():
    looks = []

    class Away:
        async def read(self, look):
            looks.append(clock.now())
            raise EnvironmentFault("The database is away.", code="database-away")

    clock = VirtualClock()

    async def main():
        watching = asyncio.ensure_future(PromiseWatch(Away(), clock=clock, zones=ZONES).run())
        await clock.sleep(2.5 * TICK_SECONDS)
        watching.cancel()

    run_virtual(main())
    minute = timedelta(seconds=TICK_SECONDS)
    assert [after - before for before, after in pairwise(looks)].count(minute) == 2


days = st.dates(date(2026, 11, 1), date(2026, 11, 30))
bills = st.lists(
    st.tuples(st.sampled_from(BillState), days).map(
        lambda found: BillRow(state=found[0], paid_on=found[1] if found[0] is BillState.PAID else None)
    ),
    max_size=4,
)


@given(days, bills, days)
def test_a_promise_is_judged_by_days_alone(promised_on, about, today):
    asked = [bill for bill in about if bill.state is not BillState.WITHDRAWN]
    in_time = [bill for bill in asked if bill.paid_on is not None and bill.paid_on <= promised_on]
    late = [bill for bill in asked if bill.paid_on is not None and bill.paid_on > promised_on]
    state = judged(promised_on, about, today=today)
    assert (state is PromiseState.VOID) == (not asked)
    assert (state is PromiseState.KEPT) == (bool(asked) and len(in_time) == len(asked))
    assert (state is PromiseState.OPEN) == (len(in_time) < len(asked) and not late and today <= promised_on)
