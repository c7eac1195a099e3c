"""Staff reporting by telephone, with the real tickets and accounts below the menu."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from test_staff import ESTATE, RIGHT, hire, quick

from hotline.accounts.service import Staff
from hotline.call.audio import Clip
from hotline.call.clock import SystemClock
from hotline.call.ports import Direction, LegFacts, NewTicket, Place, TicketKind
from hotline.call.scripted import ScriptedCall
from hotline.db.engine import Database
from hotline.duty.service import DutyBook
from hotline.ivr.equipment import Equipment
from hotline.ivr.loader import load_menu
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import (
    RehearsalDialer,
    RehearsalDirectory,
    RehearsalDuty,
    RehearsalEars,
    RehearsalLog,
    RehearsalPrompts,
)
from hotline.ivr.session import Session
from hotline.ivr.texts import load_texts
from hotline.language import numbers
from hotline.language.readback import read_back
from hotline.settings import Estate
from hotline.tickets.models import TicketState
from hotline.tickets.service import Tickets

__all__ = ["quick"]
ROOT = Path(__file__).parents[3]
ZONE = ZoneInfo("Asia/Shanghai")


@cache
def shipped_menu() -> Menu:
    return load_menu(ROOT / "config" / "menus" / "main.yaml")


@pytest.fixture
async def db(tmp_path, migrated_sqlite, clock):
    """One database is enough here: what differs between them is tested with each slice."""
    shutil.copy(migrated_sqlite, tmp_path / "hotline.db")
    database = Database(f"sqlite:///{tmp_path / 'hotline.db'}", clock=clock)
    yield database
    await database.aclose()


class Telephone:
    """A call to the shipped menu in which every sentence lasts a hundredth of a second."""

    def __init__(self, db, *, caller="13900139000", people=None):
        self.clock = SystemClock()
        db.clock = self.clock
        self.texts = load_texts(ROOT / "prompts")
        prompts = RehearsalPrompts(self.texts)
        duty = DutyBook(ROOT / "config", ZONE)
        facts = LegFacts(
            leg="c" * 32, linkedid="c" * 32, direction=Direction.INBOUND,
            caller=caller, dialled="4008", offered_at=self.clock.now(),
        )  # fmt: skip
        self.call = ScriptedCall(facts, self.clock, seconds_of=lambda item: 0.01)
        self.tickets = Tickets(db, clock=self.clock, zones={ESTATE: ZONE}, normalise=numbers.normalise)
        self.ears = RehearsalEars()
        self.dialer = RehearsalDialer(self.clock, prompts, people or {})
        self.session = Session(
            self.call,
            shipped_menu(),
            Equipment(
                clock=self.clock,
                prompts=prompts,
                ears=self.ears,
                desk=self.tickets,
                directory=RehearsalDirectory({}, frozenset()),
                duty=RehearsalDuty(duty, {"emergency": [], "general_manager": [], "operator": []}),
                dialer=self.dialer,
                log=RehearsalLog(),
                estate=Estate(id=ESTATE, name="物业"),
                staff=Staff(db, clock=self.clock),
            ),
        )
        self._heard = 0

    async def begin(self):
        await self.call.answer()
        self.call.start_recording(Path("recording.wav"))
        self.running = asyncio.ensure_future(self.session.run())

    async def end(self):
        self.call.far_hangs_up()
        outcome = await asyncio.wait_for(self.running, 20)
        await self.dialer.close()
        return outcome

    async def hear(self, prompt):
        """Wait until a prompt is heard, after whatever was heard before."""

        def there():
            for index, heard in enumerate(self.call.heard[self._heard :], start=self._heard):
                if isinstance(heard.item, Clip) and heard.item.path.name == prompt:
                    self._heard = index + 1
                    return True
            return False

        await until(there, lambda: f"{prompt} was not heard: {self.call.heard[-6:]}")

    async def press(self, keys):
        for key in keys:
            self.call.far_presses(key)
            await asyncio.sleep(0.02)

    async def enter(self, number, pin):
        await self.hear("press_repeat")
        await self.press("7")
        await self.hear("staff_number")
        await self.press(f"{number}#")
        await self.hear("staff_pin")
        await self.press(f"{pin}#")

    async def say(self, text):
        await until(lambda: self.ears.open_question(self.call) is not None, lambda: "nobody listens")
        await asyncio.sleep(0.1)
        await self.ears.speak(self.call, text, score=0.9, seconds=0.1)


async def until(true: Callable[[], bool], why: Callable[[], str]) -> None:
    for _ in range(1500):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail(why())


LEAK = NewTicket(
    estate=ESTATE, kind=TicketKind.REPAIR, place=Place("3", "2", "602"), caller_number="13800001111"
)


async def test_a_technician_accepts_arrives_and_completes_by_telephone(db, clock, quick):
    hire(db, clock)
    phone = Telephone(db)
    ticket = await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.enter("12", RIGHT)
    await phone.hear("staff_press_number")
    await phone.press("1")
    await phone.hear("staff_ask_ticket")
    await phone.press(f"{ticket.number}#")
    await phone.hear("staff_press_accept")
    await phone.press("2")
    await phone.hear("refused_state")
    await phone.press("1")
    await phone.hear("staff_accepted")
    await phone.press("2")
    await phone.hear("staff_arrived")
    await phone.press("3")
    await phone.hear("staff_say_done")
    await phone.say("换了水龙头")
    await phone.hear("staff_completed")
    assert await phone.end() == "staff"
    now = await phone.tickets.find(ESTATE, ticket.number)
    assert (now.state, now.assignee) == (TicketState.DONE, "张师傅")


async def test_the_number_of_who_accepted_is_said_to_the_caller_who_asks(db, clock, quick):
    hire(db, clock)
    phone = Telephone(db, caller="013800001111")
    ticket = await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.enter("12", RIGHT)
    await phone.hear("staff_press_number")
    await phone.press("1")
    await phone.hear("staff_ask_ticket")
    await phone.press(f"{ticket.number}#")
    await phone.hear("staff_press_accept")
    await phone.press("1")
    await phone.hear("staff_accepted")
    await phone.end()
    later = Telephone(db, caller="013800001111")
    await later.begin()
    await later.hear("press_repeat")
    await later.press("5")
    spoken = read_back("zh", "digits", "12")
    for prompt in ("progress_count", "ticket_by", *spoken, "ticket_by_staff", "press_remark"):
        await later.hear(prompt)
    await later.press("1")
    await later.hear("say_remark")
    await later.say("下午家里有人")
    await later.hear("remark_noted")
    assert await later.end() == "ticket"


async def test_a_stranger_needs_the_four_digits_of_the_number_registered(db, clock, quick):
    phone = Telephone(db)
    ticket = await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.hear("press_repeat")
    await phone.press("5")
    await phone.hear("ask_ticket")
    await phone.press(f"{ticket.number}#")
    await phone.hear("ask_last_four")
    await phone.press("1112")
    await phone.hear("wrong_last_four")
    await phone.press("1111")
    await phone.hear("ticket_state_is")
    assert await phone.end() == "informed"


async def test_the_same_room_and_kind_is_noticed_and_added_to(db, clock, quick):
    phone = Telephone(db)
    ticket = await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.hear("press_repeat")
    await phone.press("1")
    await phone.hear("place_or_keys")
    await phone.press("3*2*602#")
    await phone.hear("duplicate_there")
    await phone.hear("press_file_anew")
    await phone.press("1")
    await phone.hear("say_addition")
    await phone.say("漏得更厉害了")
    await phone.hear("addition_noted")
    assert await phone.end() == "ticket"
    assert len(await phone.tickets.cases(ESTATE)) == 1
    assert (await phone.tickets.find(ESTATE, ticket.number)).state == TicketState.REGISTERED


async def test_a_manager_gives_a_case_to_a_member_of_staff(db, clock, quick):
    hire(db, clock)
    hire(db, clock, number="01", name="陈总", pin="271836", telephone="", roles=("manager",))
    phone = Telephone(db)
    first = await phone.tickets.open_ticket(replace(LEAK, topic="general_manager", kind=TicketKind.COMPLAINT))
    await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.enter("01", "271836")
    await phone.hear("manager_press_all")
    await phone.press("1")
    await phone.hear("staff_case")
    await phone.hear("manager_press_instruct")
    await phone.press("3")
    await phone.hear("manager_say_instruction")
    await phone.say("今天上门道歉")
    await phone.hear("manager_ask_assignee")
    await phone.press("12#")
    await phone.hear("manager_assigned")
    assert await phone.end() == "staff"
    now = await phone.tickets.find(ESTATE, first.number)
    assert (now.state, now.assignee) == (TicketState.ASSIGNED, "张师傅")


@pytest.mark.parametrize("told", [True, False])
async def test_a_supervisor_postpones_only_what_the_caller_knows(db, clock, quick, told):
    hire(db, clock, number="3", name="周主管", pin="904417", telephone="", roles=("supervisor",))
    phone = Telephone(db)
    ticket = await phone.tickets.open_ticket(LEAK)
    await phone.begin()
    await phone.enter("3", "904417")
    await phone.hear("staff_press_number")
    await phone.press("1")
    await phone.hear("staff_ask_ticket")
    await phone.press(f"{ticket.number}#")
    await phone.hear("staff_press_postpone")
    await phone.press("5")
    await phone.hear("staff_ask_days")
    await phone.press("2#")
    await phone.hear("staff_ask_told")
    await phone.press("1" if told else "2")
    await phone.hear("staff_postponed" if told else "refused_not_told")
    await phone.end()
    now = await phone.tickets.find(ESTATE, ticket.number)
    assert now.state == (TicketState.POSTPONED if told else TicketState.REGISTERED)
