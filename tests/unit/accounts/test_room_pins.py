"""PINs of rooms: who hears about a room, who is locked out and for how long, what is written down."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from hotline.accounts import pins, rooms
from hotline.accounts.models import RoomAuditRow, RoomPinRow
from hotline.accounts.rooms import LOCKED, WRONG, NewRoomPin, RoomPins
from hotline.call.errors import RoomRefused
from hotline.call.ports import Place
from hotline.db.outbox import OutboxEvent

ESTATE = "default"
ROOM = Place("3", "2", "0602")
RIGHT, FALSE = "730914", "915308"
OPEN = "open"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Hash in a millisecond: how strong the hash is is tested with the staff's."""
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def give(db, clock, place=ROOM, pin=RIGHT):
    with db.transaction() as session:
        new = NewRoomPin(place, pin, pins.hashed(pin))
        rooms.give(session, ESTATE, new, by="tester", at=clock.now())


async def attempt(door, pin, place=ROOM, estate=ESTATE):
    try:
        await door.open(estate, place, pin)
    except RoomRefused as refused:
        return refused.code
    return OPEN


def tries(db, clock, *entered, **options):
    door = RoomPins(db, clock=clock)

    async def one_after_another():
        return [await attempt(door, pin, **options) for pin in entered]

    return asyncio.run(one_after_another())


def audit(db, place=ROOM):
    with db.reading() as session:
        return [row.event for row in rooms.audit_of(session, ESTATE, place)]


def test_room_and_pin_open_and_it_is_written_down(db, clock):
    give(db, clock)
    assert tries(db, clock, RIGHT) == [OPEN]
    assert audit(db) == ["pin", "entered"]


def test_the_leading_zero_of_a_room_does_not_matter(db, clock):
    give(db, clock)
    assert tries(db, clock, RIGHT, place=Place("3", "2", "602")) == [OPEN]
    assert audit(db, Place("3", "2", "602")) == ["pin", "entered"]


@pytest.mark.parametrize(
    ("place", "estate"),
    [
        (Place("3", "1", "0602"), ESTATE),
        (Place("3", "", "0602"), ESTATE),
        (Place("", "", ""), ESTATE),
        (ROOM, "west"),
    ],
)
def test_the_pin_opens_no_other_room(db, clock, place, estate):
    give(db, clock)
    assert tries(db, clock, RIGHT, place=place, estate=estate) == [WRONG]


def test_a_wrong_pin_an_unknown_room_and_no_pin_are_the_same_refusal_as_slowly(db, clock, monkeypatch):
    give(db, clock)
    compared = []
    fits = pins.fits

    def counting(pin, kept):
        compared.append(threading.current_thread() is threading.main_thread())
        return fits(pin, kept)

    monkeypatch.setattr(pins, "fits", counting)
    assert tries(db, clock, FALSE, "") == [WRONG, WRONG]
    assert tries(db, clock, RIGHT, place=Place("9", "9", "999")) == [WRONG]
    assert compared == [False] * 3  # compared each time, and never on the loop that carries the calls


def test_an_attempt_with_a_room_without_pin_leaves_no_room_in_the_audit(db, clock):
    tries(db, clock, "", place=Place("", "", RIGHT))  # the PIN keyed in where the room was asked for
    with db.reading() as session:
        assert [(row.place, row.event) for row in session.scalars(select(RoomAuditRow))] == [("", "refused")]


def test_five_wrong_pins_lock_even_the_right_one_out_for_a_quarter_of_an_hour(db, clock):
    give(db, clock)
    assert tries(db, clock, *[FALSE] * 5, RIGHT) == [WRONG] * 4 + [LOCKED] * 2
    clock.pass_time(minutes=14, seconds=59)
    assert tries(db, clock, RIGHT) == [LOCKED]
    clock.pass_time(seconds=1)
    assert tries(db, clock, RIGHT) == [OPEN]
    assert audit(db)[1:] == ["refused"] * 5 + ["locked", "refused", "refused", "entered"]


def test_a_prankster_cannot_hold_the_door_shut_for_longer_than_two_hours(db, clock):
    give(db, clock)
    for minutes in (15, 30, 60, 120, 120, 120):
        assert tries(db, clock, *[FALSE] * 5)[-1] == LOCKED
        clock.pass_time(minutes=minutes, seconds=-1)
        assert tries(db, clock, FALSE) == [LOCKED]
        clock.pass_time(seconds=1)
    assert tries(db, clock, RIGHT) == [OPEN]


def test_locks_of_the_day_before_are_forgotten(db, clock):
    give(db, clock)
    tries(db, clock, *[FALSE] * 5)
    clock.pass_time(minutes=15)
    tries(db, clock, *[FALSE] * 5)
    clock.pass_time(minutes=30, hours=24)
    tries(db, clock, *[FALSE] * 5)
    clock.pass_time(minutes=15)
    assert tries(db, clock, RIGHT) == [OPEN]


def test_guesses_of_a_day_are_few_against_a_million(db, clock):
    give(db, clock)
    compared = 0
    until = clock.now() + timedelta(days=1)
    while clock.now() < until:
        compared += tries(db, clock, FALSE) == [WRONG]
        clock.pass_time(minutes=15)
    assert compared <= 70


def test_many_calls_at_once_have_five_tries_between_them(db, clock):
    give(db, clock)
    door = RoomPins(db, clock=clock)

    async def at_once():
        guesses = [f"{guess:06}" for guess in range(1, 20)] + [RIGHT]
        return await asyncio.gather(*(attempt(door, guess) for guess in guesses))

    found = asyncio.run(at_once())
    assert (found[-1], found.count(WRONG)) == (LOCKED, 4)


def test_a_lock_is_told_to_who_watches(db, clock):
    give(db, clock)
    tries(db, clock, *[FALSE] * 7)
    with db.reading() as session:
        events = session.scalars(select(OutboxEvent)).all()
    assert [(event.kind, event.subject) for event in events] == [("room.locked", "3-2-602")]


def test_a_new_pin_takes_the_old_one_out_of_force_and_opens_the_lock(db, clock):
    give(db, clock)
    tries(db, clock, *[FALSE] * 5)
    give(db, clock, Place("3", "2", "602"), "482913")
    assert tries(db, clock, RIGHT, "482913") == [WRONG, OPEN]
    with db.reading() as session:
        assert len(session.scalars(select(RoomPinRow)).all()) == 1


def test_unlock_and_remove(db, clock):
    give(db, clock)
    tries(db, clock, *[FALSE] * 5)
    with db.transaction() as session:
        rooms.unlock(session, ESTATE, ROOM, by="tester", at=clock.now())
    assert tries(db, clock, RIGHT) == [OPEN]
    with db.transaction() as session:
        rooms.remove(session, ESTATE, ROOM, by="tester", at=clock.now())
    assert tries(db, clock, RIGHT) == [WRONG]
    assert audit(db)[-1] == "removed"
    with pytest.raises(RoomRefused, match="has no PIN"), db.transaction() as session:
        rooms.unlock(session, ESTATE, ROOM, by="tester", at=clock.now())


def test_made_up_pins_have_six_digits_no_leading_zero_and_not_the_rooms_number():
    places = [Place("1", "", room) for room in ("602", "1203", "0101", "8", "")]
    for new in rooms.make_up(places * 20):
        assert (len(new.digits), new.digits.isdigit(), new.digits[0] != "0") == (6, True, True)
        assert len(new.place.room) < 3 or new.place.room not in new.digits
        assert new.digits not in new.kept
        assert pins.fits(new.digits, new.kept)


def test_a_hash_of_weaker_settings_is_made_anew_when_its_pin_comes(db, clock, monkeypatch):
    give(db, clock)
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    assert tries(db, clock, RIGHT, RIGHT) == [OPEN, OPEN]
    with db.reading() as session:
        row = rooms.find(session, ESTATE, ROOM)
    assert "m=16,t=2" in row.pin_hash
