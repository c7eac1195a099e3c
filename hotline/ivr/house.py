"""What a scenario's house knows of its rooms: wake-ups, bills, PINs – and what is expected of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from hotline.call.clock import Clock
from hotline.call.ports import BillItem, BillSummary, NewWakeup, Place, Repeat, WakeTime
from hotline.ivr.rehearsal_outside import RehearsalOutside
from hotline.ivr.rehearsal_rooms import Booked, RehearsalDoor, RehearsalFees, RehearsalWakeups
from hotline.ivr.steps.base import Section


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _as_date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Day = Annotated[date, BeforeValidator(_as_date)]


class EarlierWakeup(Section):
    """A wake-up booked before the call."""

    number: Text
    room: str
    at: str
    """``07:00``, in quotes."""
    repeat: Repeat = Repeat.ONCE
    first: Day | None = None
    days: tuple[int, ...] = ()
    until: Day | None = None


class EarlierBill(Section):
    """An unpaid bill."""

    number: Text
    room: str
    month: str
    items: dict[str, Decimal]
    late_fee: Decimal = Decimal(0)
    rule: str = ""
    """Prompt that says the rule of the late fee."""
    due: Day
    notice: Day | None = None


class House(Section):
    """What the desks of a rehearsal know; a scenario's own entries are added to the world's."""

    wakeup_desk: Literal["works", "fails", "none"] = "works"
    fee_desk: Literal["works", "fails", "none"] = "works"
    door: Literal["works", "none"] = "works"
    refuses: tuple[str, ...] = ()
    """Codes of the rules that refuse the next bookings and changes, one each; ``fails``: it breaks down."""
    wakeups: tuple[EarlierWakeup, ...] = ()
    bills: tuple[EarlierBill, ...] = ()
    paid: tuple[str, ...] = ()
    """Rooms with bills, all of them paid."""
    pins: dict[str, Text] = Field(default_factory=dict)
    outside: tuple[Text, ...] | None = None
    """Telephones of the house that may dial out; without it there are no outside lines."""
    outside_refuses: tuple[str, ...] = ()
    """Codes of the rules that refuse the next numbers, one each; ``fails``: it breaks down."""
    outside_longest: float | None = None
    """Seconds an outside call may last."""
    outside_tells_cost: bool = True
    wrong_pins: dict[str, int] = Field(default_factory=dict)
    """Wrong PINs in calls before, by room."""


class ExpectedWakeup(Section):
    """What must stand in a booking; what is not named is not compared."""

    room: str | None = None
    at: str | None = None
    repeat: Repeat | None = None
    first: Day | None = None
    days: tuple[int, ...] | None = None
    until: Day | None = None
    state: str | None = None
    language: str | None = None
    history: tuple[str, ...] | None = None
    """What was done to it: change, skip, cancel."""


@dataclass(frozen=True, slots=True)
class Desks:
    """The desks of one rehearsal; ``None``: the hotline has none."""

    wakeups: RehearsalWakeups | None
    fees: RehearsalFees | None
    door: RehearsalDoor | None
    outside: RehearsalOutside | None = None


def desks(world: House, own: House, clock: Clock, zone: ZoneInfo) -> Desks:
    """Return the desks of a scenario; ``own`` says whether they work."""
    wakeups = None
    if own.wakeup_desk != "none":
        working = own.wakeup_desk == "works"
        wakeups = RehearsalWakeups(clock, zone, working=working, refuse=own.refuses)
        for one in (*world.wakeups, *own.wakeups):
            new = NewWakeup(estate="default", place=place_of(one.room), when=_when(one))
            wakeups.add(new, one.number)
    fees = None
    if own.fee_desk != "none":
        bills = [_bill(one) for one in (*world.bills, *own.bills)]
        paid = frozenset((*world.paid, *own.paid))
        fees = RehearsalFees(clock, bills, paid, working=own.fee_desk == "works")
    door = None
    if own.door != "none":
        door = RehearsalDoor(clock, {**world.pins, **own.pins}, own.wrong_pins)
    return Desks(wakeups, fees, door, _outside(world, own, clock))


def differences(
    expected: tuple[ExpectedWakeup, ...], there: Desks
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield what is otherwise in the register of wake-ups, with its place in the scenario."""
    booked = there.wakeups.booked if there.wakeups is not None else []
    if len(expected) != len(booked):
        found = "; ".join(_sketch(one) for one in booked) or "none"
        yield ("wakeups",), f"{len(expected)} expected, there are {len(booked)}: {found}"
        return
    for index, (wanted, one) in enumerate(zip(expected, booked, strict=True)):
        values = _values(one)
        for name in wanted.model_fields_set:
            if getattr(wanted, name) != values[name]:
                sentence = f"expected {getattr(wanted, name)}, the wake-up has {values[name]}"
                yield ("wakeups", index, name), sentence


def _outside(world: House, own: House, clock: Clock) -> RehearsalOutside | None:
    telephones = world.outside if own.outside is None else own.outside
    if telephones is None:
        return None
    return RehearsalOutside(
        clock,
        telephones=telephones,
        longest=own.outside_longest,
        refuses=own.outside_refuses,
        tells_cost=own.outside_tells_cost,
    )


def place_of(room: str) -> Place:
    """Return ``3-2-602``, ``3-602`` or ``808`` as a place."""
    *before, last = room.split("-")
    building, unit = [*before, "", ""][:2]
    return Place(building, unit, last)


def _when(one: EarlierWakeup) -> WakeTime:
    at = datetime.strptime(one.at, "%H:%M").time()  # noqa: DTZ007 -- a time of day has no zone
    return WakeTime(at=at, repeat=one.repeat, first=one.first, days=frozenset(one.days), until=one.until)


def _bill(one: EarlierBill) -> BillSummary:
    return BillSummary(
        number=one.number,
        place=place_of(one.room),
        month=one.month,
        items=tuple(BillItem(kind, kind, amount) for kind, amount in one.items.items()),
        total=sum(one.items.values(), Decimal(0)),
        late_fee=one.late_fee,
        due_on=one.due,
        notice_on=one.notice,
        late_fee_rule=one.rule,
    )


def _values(one: Booked) -> dict[str, object]:
    when = one.summary.when
    return {
        "room": str(one.summary.place),
        "at": f"{when.at:%H:%M}",
        "repeat": when.repeat,
        "first": when.first,
        "days": tuple(sorted(when.days)),
        "until": when.until,
        "state": one.summary.state,
        "language": one.new.language,
        "history": tuple(one.history),
    }


def _sketch(one: Booked) -> str:
    when = one.summary.when
    return f"{one.summary.place} {when.at:%H:%M} {when.repeat} {one.summary.state}"
