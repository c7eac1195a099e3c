"""Rooms with telephones, guests who move and leave, and what goes with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pytest

from hotline.call.errors import InvalidInput
from hotline.call.ports import Place
from hotline.home import shipped
from hotline.language import numbers
from hotline.residents import rooms, stays
from hotline.residents.models import LiftRow
from hotline.residents.rooms import RoomUnknown
from hotline.residents.service import Residents
from hotline.residents.stays import StayRefused, Stays

SAMPLES = shipped("config") / "samples"
normalise = partial(numbers.normalise, country="CN", area_code="")
DAY = date(2026, 11, 21)


@dataclass
class Wakeups:
    """A follower that keeps what it was told."""

    told: list = field(default_factory=list)

    def moved_in(self, session, estate, from_place, to_place, *, at, who, stay, own):
        self.told.append(("moved", str(from_place), str(to_place), stay, own))
        return 2

    def ended_in(self, session, estate, place, *, at, who, stay, own):
        self.told.append(("ended", str(place), stay, own))
        return 1


@pytest.fixture
def hotel(db):
    rooms.import_rooms(db, SAMPLES / "rooms.csv", estate="default", normalise=normalise)
    return db


def checked_in(hotel, clock, room="808", name="John Smith"):
    with hotel.transaction() as session:
        return Stays().check_in(
            session, "default", Place(room=room), name=name, from_on=DAY, to_on=None, language="en",
            at=clock.now(), who="前台",
        )  # fmt: skip


def test_the_sample_list_is_imported_once_and_changes_nothing_the_second_time(db):
    first = rooms.import_rooms(db, SAMPLES / "rooms.csv", estate="default", normalise=normalise)
    again = rooms.import_rooms(db, SAMPLES / "rooms.csv", estate="default", normalise=normalise)
    assert (first.added, again.added, again.unchanged) == (4, 0, 4)
    with db.reading() as session:
        assert rooms.address_of(session, "default", Place("A", "", "1203")) == "sip:1203@pbx.example.com"
        assert rooms.address_of(session, "default", Place(room="0801")) == "8801"
        assert rooms.address_of(session, "default", Place(room="999")) == ""


def test_every_mistake_of_a_room_list_is_told_and_nothing_is_stored(db, tmp_path):
    bad = tmp_path / "rooms.csv"
    bad.write_text("房号,分机\n801,8801\n801,8802\n803,8801\n,8804\n805,abc\n", encoding="utf-8")
    with pytest.raises(InvalidInput) as told:
        rooms.import_rooms(db, bad, estate="default", normalise=normalise)
    assert [problem.line for problem in told.value.problems] == [3, 4, 5, 6]
    with db.reading() as session:
        assert rooms.listed(session, None, limit=10) == []


def test_two_rooms_may_swap_their_telephones_in_one_list(hotel, tmp_path):
    swapped = tmp_path / "rooms.csv"
    swapped.write_text("房号,分机\n801,8802\n802,8801\n", encoding="utf-8")
    assert rooms.import_rooms(hotel, swapped, estate="default", normalise=normalise).changed == 2
    with hotel.reading() as session:
        assert rooms.called_from(session, "default", "8801").room == "802"


def test_a_list_that_gives_a_room_anothers_telephone_names_it(hotel, tmp_path):
    taken = tmp_path / "rooms.csv"
    taken.write_text("房号,分机\n901,8801\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="telephone of room 801"):
        rooms.import_rooms(hotel, taken, estate="default", normalise=normalise)


def test_a_room_is_not_given_a_lift_telephone(hotel):
    with hotel.transaction() as session:
        session.add(LiftRow(estate="default", number="8501", raw="8501", building="3", unit="", name="1号梯"))
    with hotel.transaction() as session, pytest.raises(RoomUnknown, match="lift telephone"):
        row = rooms.named(session, "default", Place(room="808"))
        rooms.set_address(session, row, "8501", normalise=normalise)


def test_a_room_number_that_two_buildings_have_needs_its_building(hotel, tmp_path):
    more = tmp_path / "rooms.csv"
    more.write_text("楼栋,房号,分机\nB,1203,8903\n", encoding="utf-8")
    rooms.import_rooms(hotel, more, estate="default", normalise=normalise)
    with hotel.reading() as session:
        assert rooms.find(session, "default", Place(room="1203")) is None
        assert rooms.find(session, "default", Place("B", "", "1203")).address == "8903"


async def test_who_calls_from_a_rooms_telephone_is_its_guest(hotel, clock):
    checked_in(hotel, clock)
    known = await Residents(hotel, normalise=normalise).caller("default", "8808")
    assert (known.name, str(known.place), known.callback_number) == ("John Smith", "808", "8808")
    vacant = await Residents(hotel, normalise=normalise).caller("default", "8801")
    assert (vacant.name, str(vacant.place)) == ("", "801")


async def test_a_sip_telephone_is_known_by_the_user_of_its_address(hotel):
    known = await Residents(hotel, normalise=normalise).caller("default", "1203")
    assert (str(known.place), known.callback_number) == ("A-1203", "sip:1203@pbx.example.com")


def test_a_move_takes_the_wake_ups_along_and_a_checkout_ends_them(hotel, clock):
    checked_in(hotel, clock)
    wakeups = Wakeups()
    work = Stays([wakeups])
    with hotel.transaction() as session:
        stay = stays.of_room(session, "default", Place(room="808"))
        assert work.move(session, stay, Place(room="802"), at=clock.now(), who="前台").followed == 2
    with hotel.transaction() as session:
        stay = stays.of_room(session, "default", Place(room="802"))
        assert work.check_out(session, stay, at=clock.now(), who="前台").followed == 1
        events = [line.event for line in stays.history(session, stay)]
        number = str(stay.id)
    # who came from another room has nothing of this one's but what is theirs
    assert wakeups.told == [("moved", "808", "802", number, False), ("ended", "802", number, True)]
    assert events == ["checked_in", "moved", "checked_out"]


def test_an_occupied_room_takes_nobody_else_by_checking_in_or_moving(hotel, clock):
    checked_in(hotel, clock)
    checked_in(hotel, clock, room="801", name="陈晨")
    with pytest.raises(StayRefused, match="Somebody stays in 808"):
        checked_in(hotel, clock)
    with hotel.transaction() as session, pytest.raises(StayRefused, match="Somebody stays in 801"):
        stay = stays.of_room(session, "default", Place(room="808"))
        Stays().move(session, stay, Place(room="801"), at=clock.now(), who="前台")


def test_nobody_moves_to_a_room_that_does_not_exist_or_leaves_twice(hotel, clock):
    checked_in(hotel, clock)
    with hotel.transaction() as session:
        stay = stays.of_room(session, "default", Place(room="808"))
        with pytest.raises(RoomUnknown):
            Stays().move(session, stay, Place(room="777"), at=clock.now(), who="前台")
        Stays().check_out(session, stay, at=clock.now(), who="前台")
        with pytest.raises(StayRefused, match="has ended"):
            Stays().check_out(session, stay, at=clock.now(), who="前台")
    with hotel.reading() as session, pytest.raises(StayRefused, match="Nobody stays"):
        stays.of_room(session, "default", Place(room="808"))


def test_the_guest_list_is_imported_once_and_corrects_what_changed(hotel, tmp_path):
    first = stays.import_stays(hotel, SAMPLES / "stays.csv", estate="default", who="前台")
    again = stays.import_stays(hotel, SAMPLES / "stays.csv", estate="default", who="前台")
    assert (first.added, again.added, again.unchanged) == (2, 0, 2)
    longer = tmp_path / "stays.csv"
    longer.write_text("房号,姓名,入住,离店\n801,陈晨,2026-11-20,2026-11-28\n", encoding="utf-8")
    assert stays.import_stays(hotel, longer, estate="default", who="前台").changed == 1
    with hotel.reading() as session:
        assert [(str(one.room.place), one.language) for one in stays.in_house(session, None, limit=9)] == [
            ("801", "zh"),
            ("808", "en"),
        ]


def test_a_guest_list_with_unknown_rooms_days_and_languages_stores_nothing(hotel, tmp_path):
    bad = tmp_path / "stays.csv"
    bad.write_text(
        "房号,姓名,入住,离店,语言\n999,甲,2026-11-20,,\n801,,2026-11-20,,\n802,乙,20.11.26,,\n"
        "802,丙,2026-11-20,2026-11-19,\n808,丁,2026-11-20,,法语\n801,戊,2026-11-20,,\n",
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as told:
        stays.import_stays(hotel, bad, estate="default", who="前台")
    assert {problem.line for problem in told.value.problems} == {2, 3, 4, 5, 6}
    with hotel.reading() as session:
        assert stays.in_house(session, None, limit=9) == []
