"""Wake-ups on a real hotline: real telephones ring, are answered or not, and every ring is counted."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hotel import AWAY, DECLINED, UP, Hotel, Manner, Script
from night import Book, doubled, furnish
from service import running

from hotline.wakeup import repository
from hotline.wakeup.course import State
from hotline.wakeup.repository import KNOCK

pytestmark = [pytest.mark.timeout(150), pytest.mark.asyncio(loop_scope="module")]

SNOOZE = Manner(keys="2")


@dataclass
class House:
    """A hotel with two floor attendants; its telephones do what ``script`` says."""

    home: Path
    script: Script
    hotel: Hotel
    book: Book

    async def booked(self, room: str, *manners: Manner, seconds: float = 2.0) -> str:
        """Book a wake-up of a room whose telephone does this."""
        self.script[room] = list(manners)
        return await self.book.book(room, self.hotel.address(room), seconds=seconds)

    def rung(self, user: str) -> list[str]:
        """How the rings of a telephone ended."""
        return [ring.fate for ring in self.hotel.rings_of(user)]

    async def nothing_doubled(self) -> None:
        """Every ring has an attempt of its own, and none comes after a confirmation."""
        assert doubled(await self.book.lines(), self.hotel) == []


@contextlib.asynccontextmanager
async def furnished(folder: Path) -> AsyncIterator[House]:
    """Furnish a hotel; its hotline is not started."""
    script = Script()
    async with Hotel.open(script.manner) as hotel:
        furnish(folder, floor=[hotel.address("floor1"), hotel.address("floor2")])
        book = Book(folder)
        try:
            yield House(folder, script, hotel, book)
        finally:
            await book.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A hotel whose hotline runs for all tests of this file; each has rooms of its own."""
    folder = tmp_path_factory.mktemp("hotel") / "home"
    async with furnished(folder) as found, running(folder):
        yield found


async def test_two_guests_due_at_once_who_press_the_key_are_rung_once_each(house: House) -> None:
    numbers = [await house.booked(room, UP, seconds=4) for room in ("801", "802")]
    await house.book.all_over(within=40)
    for number, room in zip(numbers, ("801", "802"), strict=True):
        line = await house.book.line(number)
        assert (line.day.state, line.day.confirmed_by) == (State.CONFIRMED, "guest")
        assert (line.day.minutes_late, line.outcomes()) == (0, ["confirmed"])
        (ring,) = house.hotel.rings_of(room)
        assert 0 <= (ring.at - line.day.due_at).total_seconds() < 5
        assert line.day.confirmed_at is not None
        assert ring.keyed_at is not None
        assert line.day.confirmed_at >= ring.keyed_at
    assert len(await house.book.events("wakeup.confirmed")) == 2
    await house.nothing_doubled()


async def test_a_guest_who_does_not_answer_is_rung_again_and_knocked_for(house: House) -> None:
    house.script |= {"floor1": [AWAY], "floor2": [UP]}
    number = await house.booked("803", AWAY)
    await house.book.until(number, lambda line: len(line.outcomes()) >= 2)
    await house.book.knock_in(number, 0)
    line = await house.book.until(number, lambda line: line.over, within=60)
    assert (line.day.state, line.day.confirmed_by) == (State.KNOCKED, "floor2")
    assert set(line.outcomes()) == {"no_answer"}
    assert line.outcomes(KNOCK) == ["no_answer", "confirmed"]
    assert set(house.rung("803")) == {"cancelled"}
    assert len(house.rung("803")) == len(line.outcomes())
    assert [ring.user for ring in house.hotel.rings if ring.user.startswith("floor")] == ["floor1", "floor2"]
    assert ("knocked", "floor2", "") in await house.book.history(number)
    await house.nothing_doubled()


async def test_a_guest_who_puts_it_off_is_rung_again_later(house: House) -> None:
    number = await house.booked("804", SNOOZE, UP)
    line = await house.book.until(
        number, lambda line: line.day.state is State.SNOOZED and line.outcomes() == ["confirmed"]
    )
    assert 290 < (line.day.turn_at - line.day.due_at).total_seconds() < 330
    assert house.rung("804") == ["answered"]
    await house.book.let_pass(timedelta(minutes=5), number)
    line = await house.book.until(number, lambda line: line.over)
    assert (line.day.state, line.day.turn, line.day.minutes_late) == (State.CONFIRMED, 2, 5)
    assert house.rung("804") == ["answered", "answered"]
    await house.nothing_doubled()


async def test_the_console_is_alarmed_when_nobody_helps_and_the_floor_is_rung_on(house: House) -> None:
    house.script |= {"floor1": [DECLINED] * 3 + [UP], "floor2": [DECLINED]}
    number = await house.booked("805", AWAY)
    await house.book.knock_in(number, 1)
    line = await house.book.until(number, lambda line: line.over, within=60)
    assert (line.day.state, line.day.confirmed_by) == (State.KNOCKED, "floor1")
    alarms = [one["why"] for one in await house.book.events("wakeup.alarm") if one["place"] == line.day.place]
    assert alarms == ["rounds"]
    assert line.outcomes(KNOCK)[:5] == ["declined"] * 5
    await house.nothing_doubled()


async def test_an_outage_up_to_five_minutes_rings_the_guest_a_longer_one_the_floor(tmp_path: Path) -> None:
    async with furnished(tmp_path) as house:
        async with running(tmp_path):
            short, long = [await house.booked(room, UP, seconds=600) for room in ("806", "807")]
        now = house.book.clock.now()
        await house.book.let_pass(timedelta(minutes=13), short)
        await house.book.let_pass(timedelta(minutes=18), long)
        seen = now - timedelta(minutes=10)
        await house.book.db.write(lambda session: repository.looked(session, seen))
        async with running(tmp_path):
            guest = await house.book.until(short, lambda line: line.over, within=60)
            floor = await house.book.until(long, lambda line: line.over, within=60)
        await house.nothing_doubled()
    assert (guest.day.state, guest.outcomes()) == (State.CONFIRMED, ["confirmed"])
    assert guest.day.minutes_late in (3, 4)
    assert (floor.day.state, floor.day.confirmed_by, floor.day.reason) == (State.KNOCKED, "floor1", "outage")
    assert (house.rung("806"), house.rung("807")) == (["answered"], [])
