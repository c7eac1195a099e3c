"""Staff at tickets on the telephone: what a session writes down, files and plays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from ivr_kit import ZONE
from office_kit import Office
from session_kit import rehearse

from hotline.call.ports import Span, StaffRole, TicketAction
from hotline.ivr.line import CONCEALED


def test_no_key_of_number_and_pin_is_written_down_and_later_ones_are() -> None:
    async def caller(office: Office) -> None:
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        office.call.far_hangs_up()

    office = rehearse(lambda: Office(StaffRole.TECHNICIAN), caller)
    keys = [detail["key"] for kind, detail in office.log.events if kind == "DTMF"]
    assert keys == ["7", *[CONCEALED] * 10, "1"]
    assert "730914" not in repr(office.log.events)


def test_an_emergency_out_of_a_pin_has_its_keys_written_down_again() -> None:
    async def caller(office: Office) -> None:
        await office.hear("main_menu")
        await office.press("7")
        await office.hear("staff_number")
        await office.press("1**")
        await office.hear("emergency_start")
        await office.clock.sleep(30)
        await office.press("5")
        office.call.far_hangs_up()

    office = rehearse(lambda: Office(StaffRole.TECHNICIAN), caller)
    assert [detail["key"] for kind, detail in office.log.events if kind == "DTMF"][-1] == "5"


def test_staff_leave_no_number_of_their_own_on_a_ticket() -> None:
    async def caller(office: Office) -> None:
        number = await office.file_earlier()
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        await office.press(f"{number}#")
        await office.hear("staff_press_done")
        await office.press("3")
        await office.hear("staff_say_done")
        await office.clock.sleep(8)
        speaking = asyncio.ensure_future(
            office.ears.speak(office.call, "换了一个水龙头还要换阀门", score=0.9)
        )
        await office.clock.sleep(1)
        office.call.far_hangs_up()
        await speaking

    office = rehearse(lambda: Office(StaffRole.TECHNICIAN), caller)
    (earlier,) = office.desk.earlier
    (added,) = earlier.added
    assert (added.caller_number, added.callback_number, added.caller_name) == ("", "", "")
    assert added.words is not None
    assert "张师傅" in added.note
    assert office.desk.filed == []


def test_a_postponement_is_promised_for_the_evening_of_the_estate_s_own_day() -> None:
    async def caller(office: Office) -> None:
        number = await office.file_earlier()
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        await office.press(f"{number}#")
        await office.hear("staff_press_postpone")
        await office.press("5")
        await office.hear("staff_ask_days")
        await office.press("3#")
        await office.hear("staff_ask_told")
        await office.press("1")
        await office.hear("staff_postponed")
        office.call.far_hangs_up()

    office = rehearse(lambda: Office(StaffRole.SUPERVISOR), caller)
    (deed,) = office.desk.earlier[0].deeds
    local = office.call.facts.offered_at.astimezone(ZONE)
    assert deed.action is TicketAction.POSTPONE
    assert deed.until is not None
    wanted = (local + timedelta(days=3)).replace(hour=18, minute=0, second=0, microsecond=0)
    assert deed.until.astimezone(ZONE) == wanted
    assert deed.caller_told
    assert deed.supervisor


def test_words_of_an_earlier_call_are_looked_up_once_and_played() -> None:
    asked: list[str] = []

    async def recording_of(leg: str) -> Path | None:
        asked.append(leg)
        return Path("earlier.wav")

    async def caller(office: Office) -> None:
        number = await office.file_earlier(words=Span("e" * 32, 2.0, 5.0))
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        await office.press(f"{number}#")
        await office.hear("earlier.wav")
        await office.hear("staff_press_accept")
        await office.press("9")
        await office.clock.sleep(30)
        office.call.far_hangs_up()

    office = rehearse(lambda: Office(StaffRole.TECHNICIAN, recording_of=recording_of), caller)
    assert asked == ["e" * 32]
    assert office.names().count("earlier.wav") == 2


def test_an_archive_that_fails_costs_the_words_and_nothing_else() -> None:
    asked: list[str] = []

    async def recording_of(leg: str) -> Path | None:
        asked.append(leg)
        raise OSError("the disk is gone")

    async def caller(office: Office) -> None:
        number = await office.file_earlier(words=Span("e" * 32, 2.0, 5.0))
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        await office.press(f"{number}#")
        await office.hear("staff_press_accept")
        await office.press("1")
        await office.hear("staff_accepted")
        office.call.far_hangs_up()

    office = rehearse(lambda: Office(StaffRole.TECHNICIAN, recording_of=recording_of), caller)
    assert set(asked) == {"e" * 32}, "the recording was looked for"
    assert [deed.action for deed in office.desk.earlier[0].deeds] == [TicketAction.ACCEPT]
    assert not any(kind == "FAULT" for kind, _ in office.log.events)
    assert "sorry_fault" not in office.names()
