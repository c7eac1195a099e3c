from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from outside_kit import LONG_DISTANCE, TOWN, Hotel, report, wish
from sqlalchemy import select

from hotline.call.errors import OutsideRefused
from hotline.call.ports import OutsideCategory, Place
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.dialplan import office, repository
from hotline.dialplan.calls import BookingCalls
from hotline.dialplan.house import LegEnd
from hotline.dialplan.models import ApprovalRow, BookingState, SlipState
from hotline.outbound.kinds import Report, Verdict
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow


@pytest.fixture
def hotel(db: Database, clock: object) -> Hotel:
    return Hotel(db, clock)


async def events(hotel: Hotel, kind: str) -> list[OutboxEvent]:
    query = select(OutboxEvent).where(OutboxEvent.kind == kind).order_by(OutboxEvent.id)
    return await hotel.db.read(lambda session: list(session.scalars(query)))


async def approve(hotel: Hotel, room: str = "808", most: int = 1, number: str = "") -> int:
    def give(session: object) -> ApprovalRow:
        now = hotel.clock.now()
        return office.approve(
            session, "default", place=Place(room=room), category=OutsideCategory.LONG_DISTANCE, number=number,
            most=most, until=now + timedelta(hours=1), who="desk", reason="", now=now,
        )  # fmt: skip

    return (await hotel.db.write(give)).id


async def test_a_call_is_on_the_register_before_it_is_dialled_and_charged_once_when_it_is_over(
    hotel: Hotel,
) -> None:
    permitted = await hotel.permit("9 812 3456")
    row = await hotel.call(permitted.slip)
    assert (row.state, row.room, row.stay, row.number) == (
        SlipState.OPEN,
        "808",
        "7",
        "+865398123456",
    )
    assert (permitted.order.to, permitted.order.purpose, permitted.longest) == (TOWN, "outside", 3600)
    charge = await hotel.talked(permitted, 181.2)
    assert (charge.seconds, charge.minutes, charge.cost, charge.tells_cost) == (182, 4, Decimal("0.33"), True)
    again = await hotel.book.charge(
        permitted, report(hotel.clock.now(), hotel.clock.now() + timedelta(hours=1))
    )
    assert again.cost == charge.cost
    (event,) = await events(hotel, "outside.charged")
    assert event.subject == permitted.slip
    assert event.detail["room"] == "808"
    assert (event.detail["cost"], event.detail["seconds"]) == ("0.33", "182")
    assert not any(TOWN in value for value in event.detail.values())


@pytest.mark.parametrize(
    ("number", "more", "code"),
    [
        ("16800168", {}, "outside-premium"),
        ("8809", {}, "outside-internal"),
        ("0014155552671", {}, "outside-class"),
        (LONG_DISTANCE, {}, "outside-approval"),
        ("not a number", {}, "outside-unreadable"),
        ("5555555555555", {}, "outside-unknown"),
        (TOWN, {"extension": "13800001111"}, "outside-stranger"),
        (TOWN, {"account": "trunk"}, "outside-stranger"),
        (TOWN, {"account": ""}, "outside-stranger"),
        (TOWN, {"operator": "8", "for_room": Place(room="999")}, "outside-no-room"),
    ],
)
async def test_what_is_refused_has_its_code_and_leaves_nothing_on_the_register(
    hotel: Hotel, number: str, more: dict[str, object], code: str
) -> None:
    with pytest.raises(OutsideRefused) as refused:
        await hotel.permit(number, **more)
    assert refused.value.code == code
    assert await hotel.db.read(lambda session: repository.calls(session)) == []


async def test_without_an_account_to_dial_by_nothing_is_permitted_nor_booked_and_it_is_said_why(
    hotel: Hotel,
) -> None:
    hotel.book = hotel.opened(has_carrier=False)
    with pytest.raises(OutsideRefused, match="no account under") as refused:
        await hotel.permit(TOWN)
    assert refused.value.code == "outside-no-trunk"
    with pytest.raises(OutsideRefused, match="names no account"):
        await hotel.book.book(wish(LONG_DISTANCE, "8808"))
    (trunk,) = hotel.found.plan.trunks
    named = replace(hotel.found.plan, trunks=(replace(trunk, account="pbx"),))
    hotel.found = replace(hotel.found, plan=named)
    assert (await hotel.permit(TOWN)).order.account == "pbx"


async def test_an_approval_is_good_for_answered_calls_and_a_try_does_not_use_it_up(hotel: Hotel) -> None:
    await approve(hotel)
    permitted = await hotel.permit(LONG_DISTANCE)
    with pytest.raises(OutsideRefused, match="approval"):
        await hotel.permit(LONG_DISTANCE)
    unanswered = await hotel.book.charge(permitted, None, disposition="BUSY")
    assert (unanswered.answered, unanswered.cost) == (False, None)
    second = await hotel.permit(LONG_DISTANCE)
    assert (await hotel.call(second.slip)).approved_by == "desk"
    await hotel.talked(second, 60)
    with pytest.raises(OutsideRefused, match="approval"):
        await hotel.permit(LONG_DISTANCE)


async def test_an_approval_counts_for_its_room_its_number_and_its_time(hotel: Hotel) -> None:
    await approve(hotel, number="+8602161234567")
    for extension, number in (("8809", LONG_DISTANCE), ("8808", LONG_DISTANCE)):
        with pytest.raises(OutsideRefused, match="approval"):
            await hotel.permit(number, extension)
    hotel.clock.pass_time(minutes=61)
    with pytest.raises(OutsideRefused, match="approval"):
        await hotel.permit("02161234567")


async def test_an_operator_approves_long_distance_by_dialling_it_for_a_guest_who_pays(hotel: Hotel) -> None:
    permitted = await hotel.permit(LONG_DISTANCE, operator="8", for_room=Place(room="809"))
    row = await hotel.call(permitted.slip)
    assert (row.approved_by, row.operator, row.room, row.service_class) == ("8", "8", "809", "operator")
    with pytest.raises(OutsideRefused) as refused:
        await hotel.permit("0014155552671", operator="8")
    assert refused.value.code == "outside-class"


async def test_help_is_dialled_from_any_telephone_of_the_house_on_a_full_line_and_costs_nothing(
    hotel: Hotel,
) -> None:
    await hotel.permit(TOWN)
    with pytest.raises(OutsideRefused) as refused:
        await hotel.permit(TOWN, "8809")
    assert refused.value.code == "outside-lines-busy"
    help_ = await hotel.permit("110", "8809")
    assert help_.longest is None
    assert (await hotel.talked(help_, 600)).cost == 0
    assert (await hotel.call(help_.slip)).state is SlipState.FREE
    assert await events(hotel, "outside.charged") == []


async def test_a_call_no_tariff_fits_any_more_is_kept_to_be_rated_again(hotel: Hotel) -> None:
    permitted = await hotel.permit(TOWN)
    tariffs = hotel.found.tariffs
    hotel.found = replace(hotel.found, tariffs=replace(tariffs, tariffs=()))
    assert (await hotel.talked(permitted, 10)).cost is None
    hotel.found = replace(hotel.found, tariffs=tariffs)
    now = hotel.clock.now()
    rated = await hotel.db.write(lambda s: office.rate_again(s, hotel.book, hotel.found, now=now))
    assert rated == 1
    assert (await hotel.call(permitted.slip)).cost == Decimal("0.22")


async def test_billing_takes_charged_calls_only_all_or_none(hotel: Hotel) -> None:
    charged = await hotel.permit(TOWN)
    await hotel.talked(charged, 10)
    open_ = await hotel.permit(TOWN)
    now = hotel.clock.now()
    with pytest.raises(OutsideRefused, match="open"):
        await hotel.db.write(
            lambda s: office.bill(s, [charged.slip, open_.slip], who="c", bill="B1", now=now)
        )
    assert (await hotel.call(charged.slip)).state is SlipState.CHARGED
    await hotel.db.write(lambda s: office.bill(s, [charged.slip], who="c", bill="B1", now=now))
    row = await hotel.call(charged.slip)
    assert (row.state, row.billed_as, row.billed_by) == (SlipState.BILLED, "B1", "c")


# --- after a crash -------------------------------------------------------------------------------


async def crashed(hotel: Hotel) -> Hotel:
    """The next process: the same rows, nothing in memory."""
    following = Hotel(hotel.db, hotel.clock)
    following.legs = hotel.legs
    return Hotel(hotel.db, hotel.clock, legs=hotel.legs)


async def test_a_call_cut_off_by_a_crash_is_charged_up_to_its_last_known_second(hotel: Hotel) -> None:
    permitted = await hotel.permit(TOWN)
    begin = hotel.clock.now()
    await hotel.book.answered(permitted, leg="f" * 32, at=begin)
    hotel.clock.pass_time(seconds=200)
    await hotel.upkeep.tick()
    hotel.clock.pass_time(seconds=50)
    hotel.legs.end = LegEnd(begin, begin + timedelta(seconds=190), lost=True)
    after = await crashed(hotel)
    await after.upkeep.tick()
    row = await hotel.call(permitted.slip)
    assert (row.state, row.lost, row.seconds, row.cost) == (SlipState.CHARGED, True, 200, Decimal("0.33"))
    assert len(await events(hotel, "outside.charged")) == 1
    hotel.clock.pass_time(seconds=50)
    await after.upkeep.tick()
    assert len(await events(hotel, "outside.charged")) == 1


async def test_a_call_that_lasts_is_left_alone_and_one_never_dialled_frees_its_line(
    hotel: Hotel,
) -> None:
    permitted = await hotel.permit(TOWN)
    hotel.legs.end = LegEnd(hotel.clock.now(), None, lost=False)
    hotel.clock.pass_time(hours=2)
    await hotel.upkeep.tick()
    assert (await hotel.call(permitted.slip)).state is SlipState.OPEN
    hotel.legs.end = None
    hotel.clock.pass_time(seconds=10)
    await hotel.upkeep.tick()
    assert (await hotel.call(permitted.slip)).state is SlipState.UNANSWERED
    await hotel.permit(TOWN, "8809")


# --- bookings ------------------------------------------------------------------------------------


async def booked(hotel: Hotel, number: str, extension: str = "8808") -> str:
    return (await hotel.book.book(wish(number, extension))).number


async def rings(hotel: Hotel) -> list[str]:
    query = select(OutboundCallRow).where(OutboundCallRow.state == CallState.WAITING)
    return await hotel.db.read(
        lambda s: [row.subject for row in s.scalars(query.order_by(OutboundCallRow.subject))]
    )


async def key(hotel: Hotel, booking: str, outcome: str) -> Verdict:
    """The guest is rung and presses a key."""

    def press(session: object) -> Verdict:
        query = select(OutboundCallRow).where(OutboundCallRow.subject == booking)
        row = session.scalars(query.order_by(OutboundCallRow.created_at.desc())).first()
        now = hotel.clock.now()
        verdict = BookingCalls().reported(session, row, AttemptRow(), Report(outcome, at=now))
        row.state, row.ended_at = CallState.DONE, now
        return verdict

    return await hotel.db.write(press)


async def test_bookings_are_placed_in_the_order_they_came_one_for_each_line(hotel: Hotel) -> None:
    await approve(hotel, "808", most=5)
    await approve(hotel, "809", most=5)
    first, second, third = [
        await booked(hotel, LONG_DISTANCE),
        await booked(hotel, LONG_DISTANCE, "8809"),
        await booked(hotel, "02161234567"),
    ]
    assert (await hotel.book.book(wish("02061234567"))).ahead == 3
    await hotel.upkeep.tick()
    assert await rings(hotel) == [first]
    with pytest.raises(OutsideRefused) as refused:
        await hotel.permit(TOWN, "8809")
    assert refused.value.code == "outside-lines-busy"
    assert await key(hotel, first, "taken") is Verdict.DONE
    permitted = await hotel.permit("", extension="", booking=first)
    assert permitted.order.to == LONG_DISTANCE
    await hotel.upkeep.tick()
    assert await rings(hotel) == []
    await hotel.talked(permitted, 30)
    done = await hotel.booking(first)
    assert (done.state, done.slip) == (BookingState.DONE, permitted.slip)
    await hotel.upkeep.tick()
    assert await rings(hotel) == [second]
    assert (await hotel.booking(third)).state is BookingState.WAITING


async def test_a_booking_without_approval_waits_and_lets_others_pass(hotel: Hotel) -> None:
    await approve(hotel, "809")
    needs, ready = await booked(hotel, LONG_DISTANCE), await booked(hotel, LONG_DISTANCE, "8809")
    await hotel.upkeep.tick()
    assert await rings(hotel) == [ready]
    (told,) = [event for event in await events(hotel, "outside.booked") if event.subject == needs]
    assert told.detail["needs"] == "approval"
    now = hotel.clock.now()
    await hotel.db.write(lambda s: hotel.book.bookings.approve(s, needs, who="desk", now=now))
    await key(hotel, ready, "refused")
    assert (await hotel.booking(ready)).state is BookingState.CANCELLED
    await hotel.upkeep.tick()
    assert await rings(hotel) == [needs]
    await key(hotel, needs, "taken")
    permitted = await hotel.permit("", extension="", booking=needs)
    assert (await hotel.call(permitted.slip)).approved_by == "desk"


async def test_the_same_call_is_booked_once_and_rooms_without_a_telephone_cannot_book(hotel: Hotel) -> None:
    number = await booked(hotel, LONG_DISTANCE)
    with pytest.raises(OutsideRefused, match=number) as refused:
        await booked(hotel, "010 6123 4567")
    assert refused.value.code == "outside-booked"
    with pytest.raises(OutsideRefused, match="telephone"):
        await hotel.book.book(wish(LONG_DISTANCE, operator="8", for_room=Place(room="810")))


async def test_a_guest_who_said_yes_before_a_crash_is_rung_again(hotel: Hotel) -> None:
    await approve(hotel)
    number = await booked(hotel, LONG_DISTANCE)
    await hotel.upkeep.tick()
    await key(hotel, number, "taken")
    after = await crashed(hotel)
    await after.upkeep.tick()
    assert (await hotel.booking(number)).state is BookingState.CONNECTED
    hotel.clock.pass_time(seconds=61)
    await after.upkeep.tick()
    assert (await hotel.booking(number)).state is BookingState.RINGING
    assert await rings(hotel) == [number]


async def test_a_booking_that_is_not_placed_in_time_is_off_and_told(hotel: Hotel) -> None:
    number = await booked(hotel, LONG_DISTANCE)
    hotel.clock.pass_time(hours=13)
    await hotel.upkeep.tick()
    row = await hotel.booking(number)
    assert (row.state, row.result) == (BookingState.FAILED, "not placed in time")
    assert [event.subject for event in await events(hotel, "outside.not_placed")] == [number]


async def test_nobody_talks_on_a_booking_whose_turn_it_is_not(hotel: Hotel) -> None:
    await approve(hotel)
    number = await booked(hotel, LONG_DISTANCE)
    with pytest.raises(OutsideRefused) as refused:
        await hotel.permit("0014155552671", extension="8809", booking=number)
    assert refused.value.code == "outside-booking-over"
