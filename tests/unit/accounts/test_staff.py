"""Staff numbers and PINs: who is let in, who is locked out, and what is written down of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.accounts import administration, pins, repository
from hotline.accounts.administration import BadStaff, NewMember, Office
from hotline.accounts.models import StaffRow
from hotline.accounts.service import LOCKED, WRONG, Staff
from hotline.call.errors import StaffRefused
from hotline.call.ports import StaffRole
from hotline.db.outbox import OutboxEvent
from hotline.language import numbers

RIGHT = "730914"
ESTATE = "default"


@pytest.fixture
def quick(monkeypatch):
    """Hash in a millisecond: how strong the hash is has a test of its own."""
    from argon2 import PasswordHasher

    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def office(session, clock):
    return Office(session, ESTATE, "tester", clock.now(), numbers.normalise)


def hire(db, clock, number="12", name="张师傅", telephone="13800001111", pin=RIGHT, roles=("technician",)):
    with db.transaction() as session:
        desk = office(session, clock)
        roles = administration.roles_of(roles)
        desk.keep(NewMember(number=number, name=name, telephone=telephone, roles=roles))
        if pin:
            desk.give_pin(number, pins.prepared(pin))


def tries(db, clock, *entries: tuple[str, str]) -> Sequence[str]:
    """Enter one after another; return names, or the codes of refusals."""
    staff = Staff(db, clock=clock)

    async def all_of_them():
        return [await attempt(staff, number, pin) for number, pin in entries]

    return asyncio.run(all_of_them())


async def attempt(staff, number, pin):
    try:
        return (await staff.enter(ESTATE, number, pin)).name
    except StaffRefused as refused:
        return refused.code


def audit(db, number="12"):
    with db.reading() as session:
        return [row.event for row in repository.audit_of(session, ESTATE, number)]


def test_number_and_pin_let_a_member_of_staff_in_with_their_roles(db, clock, quick):
    hire(db, clock, roles=("technician", "supervisor"))

    async def enter():
        return await Staff(db, clock=clock).enter(ESTATE, "12", RIGHT)

    member = asyncio.run(enter())
    assert (member.number, member.name, member.telephone) == ("12", "张师傅", "+8613800001111")
    assert member.roles == {StaffRole.TECHNICIAN, StaffRole.SUPERVISOR}
    assert audit(db) == ["added", "pin", "entered"]


def test_a_wrong_pin_a_wrong_number_and_no_pin_are_the_same_refusal(db, clock, quick):
    hire(db, clock)
    hire(db, clock, number="13", name="李师傅", pin="")
    assert tries(db, clock, ("12", "482913"), ("99", RIGHT), ("13", "")) == [WRONG] * 3
    assert audit(db) == ["added", "pin", "refused"]


def test_who_is_unknown_leaves_no_number_in_the_audit(db, clock, quick):
    tries(db, clock, ("730914", "12"))  # number and PIN keyed in the wrong order
    assert audit(db, "") == ["refused"]
    assert audit(db, "730914") == []


def test_five_wrong_pins_lock_even_the_right_one_out_for_a_quarter_of_an_hour(db, clock, quick):
    hire(db, clock)
    wrong = [("12", "000001")] * 5
    assert tries(db, clock, *wrong, ("12", RIGHT)) == [WRONG] * 4 + [LOCKED] * 2
    clock.pass_time(minutes=14, seconds=59)
    assert tries(db, clock, ("12", RIGHT)) == [LOCKED]
    clock.pass_time(seconds=1)
    assert tries(db, clock, ("12", RIGHT)) == ["张师傅"]
    assert audit(db)[2:] == ["refused"] * 5 + ["locked", "refused", "refused", "entered"]


def test_a_lock_is_told_to_who_watches(db, clock, quick):
    hire(db, clock)
    tries(db, clock, *[("12", "000001")] * 7)
    with db.reading() as session:
        events = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "staff.locked")).all()
    assert [event.subject for event in events] == ["12"]


def test_each_lock_is_twice_as_long_until_a_right_pin_forgives(db, clock, quick):
    hire(db, clock)
    for minutes in (15, 30, 60):
        assert tries(db, clock, *[("12", "000001")] * 5)[-1] == LOCKED
        clock.pass_time(minutes=minutes, seconds=-1)
        assert tries(db, clock, ("12", "000001")) == [LOCKED]
        clock.pass_time(seconds=1)
    assert tries(db, clock, ("12", RIGHT)) == ["张师傅"]
    tries(db, clock, *[("12", "000001")] * 5)
    clock.pass_time(minutes=15)
    assert tries(db, clock, ("12", RIGHT)) == ["张师傅"]


def test_the_longest_lock_is_a_day():
    assert [pins.lock_for(n) for n in (0, 1, 2, 50)] == [
        timedelta(minutes=15),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(days=1),
    ]


def test_the_fifth_try_may_still_be_right(db, clock, quick):
    hire(db, clock)
    entries = [("12", "000001")] * 4 + [("12", RIGHT)] + [("12", "000001")] * 4 + [("12", RIGHT)]
    assert tries(db, clock, *entries)[4::5] == ["张师傅", "张师傅"]


def test_many_calls_at_once_have_five_tries_between_them(db, clock, quick):
    hire(db, clock)
    staff = Staff(db, clock=clock)

    async def at_once():
        guesses = [f"{guess:06}" for guess in range(1, 20)] + [RIGHT]
        return await asyncio.gather(*(attempt(staff, "12", guess) for guess in guesses))

    assert asyncio.run(at_once())[-1] == LOCKED


def test_a_pin_is_not_compared_on_the_thread_that_carries_the_calls(db, clock, quick, monkeypatch):
    hire(db, clock)
    threads = []
    compare = pins.fits

    def watched(pin, kept):
        threads.append(threading.current_thread())
        return compare(pin, kept)

    monkeypatch.setattr(pins, "fits", watched)
    assert tries(db, clock, ("12", RIGHT), ("99", RIGHT)) == ["张师傅", WRONG]
    assert len(threads) == 2, "somebody who does not exist is refused as slowly"
    assert threading.main_thread() not in threads


def test_a_pin_is_kept_only_as_a_strong_hash(db, clock):
    hire(db, clock)
    with db.reading() as session:
        kept = session.scalars(select(StaffRow.pin_hash)).one()
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert RIGHT not in kept
    assert pins.fits(RIGHT, kept)
    assert not pins.fits("730915", kept)


def test_an_old_hash_is_made_anew_when_its_owner_comes(db, clock, monkeypatch):
    from argon2 import PasswordHasher

    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    hire(db, clock)
    monkeypatch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=16, parallelism=1))
    assert tries(db, clock, ("12", RIGHT), ("12", RIGHT)) == ["张师傅", "张师傅"]
    with db.reading() as session:
        assert "m=16" in session.scalars(select(StaffRow.pin_hash)).one()


def test_who_has_left_is_not_let_in_and_may_come_back_with_a_new_pin(db, clock, quick):
    hire(db, clock)
    with db.transaction() as session:
        office(session, clock).remove("12")
    assert tries(db, clock, ("12", RIGHT)) == [WRONG]
    hire(db, clock, pin="")
    assert tries(db, clock, ("12", RIGHT)) == [WRONG]
    assert audit(db) == ["added", "pin", "removed", "refused", "added", "refused"]


def test_unlocking_opens_and_a_new_pin_does_too(db, clock, quick):
    hire(db, clock)
    tries(db, clock, *[("12", "000001")] * 5)
    with db.transaction() as session:
        office(session, clock).unlock("12")
    assert tries(db, clock, ("12", RIGHT)) == ["张师傅"]
    tries(db, clock, *[("12", "000001")] * 5)
    with db.transaction() as session:
        office(session, clock).give_pin("12", pins.prepared("829461"))
    assert tries(db, clock, ("12", "829461"), ("12", RIGHT)) == ["张师傅", WRONG]


def test_a_name_leads_to_the_number_unless_two_share_it(db, clock, quick):
    hire(db, clock)
    staff = Staff(db, clock=clock)

    async def number(name):
        found = await staff.named(ESTATE, name)
        return found and found.number

    assert asyncio.run(number("张师傅")) == "12"
    assert asyncio.run(number("")) is None
    hire(db, clock, number="14")
    assert asyncio.run(number("张师傅")) is None


@pytest.mark.parametrize(
    "pin",
    ["123", "123456789", "12a4", "0000", "1234", "8765", "7890", "1212", "112233", "123123", "2580",
     "0012", "21", "1111", "00001111", "١٢٣٤", ""],
)  # fmt: skip
def test_easy_pins_are_not_taken(pin):
    assert pins.weakness(pin, number="12", telephone="+8613800001111")


@pytest.mark.parametrize("pin", ["7309", "83614", "730914", "41852963"])
def test_other_pins_are_taken(pin):
    assert pins.weakness(pin, number="12", telephone="+8613800001111") == ""


def test_pins_made_up_are_six_digits_and_not_easy():
    for _ in range(200):
        made = pins.generate(number="12", telephone="+8613800001111")
        assert len(made) == 6
        assert pins.weakness(made, number="12", telephone="+8613800001111") == ""


@pytest.mark.parametrize(
    "member",
    [
        NewMember(number="", name="张"),
        NewMember(number="A1", name="张"),
        NewMember(number="123456789", name="张"),
        NewMember(number="1", name=" "),
        NewMember(number="1", name="张", telephone="abc"),
        NewMember(number="1", name="张", roles=frozenset()),
    ],
)
def test_what_cannot_be_of_a_member_of_staff_is_refused(db, clock, member):
    with pytest.raises(BadStaff), db.transaction() as session:
        office(session, clock).keep(member)
    with db.reading() as session:
        assert repository.everybody(session, None, left=True) == []


def test_changing_nothing_leaves_no_line(db, clock):
    hire(db, clock, pin="")
    hire(db, clock, pin="")
    hire(db, clock, pin="", telephone="13900002222")
    assert audit(db) == ["added", "changed"]
