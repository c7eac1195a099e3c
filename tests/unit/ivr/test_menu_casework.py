"""Staff, managers and callers at tickets: what the checks find, and what a session leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ivr_kit import ZONE, shipped_menu, texts
from test_menu_session import Around, rehearse

from hotline.call.ports import (
    Direction,
    LegFacts,
    LegReport,
    NewTicket,
    Place,
    Span,
    StaffMember,
    StaffRole,
    TicketAction,
    TicketKind,
)
from hotline.call.virtual_time import VirtualClock
from hotline.ivr.line import CONCEALED
from hotline.ivr.loader import check_menu
from hotline.ivr.rehearsal import RehearsalDesk, RehearsalLog, RehearsalPrompts
from hotline.ivr.rehearsal_desk import Employee, RehearsalStaff

MENU = """\
menu: small
start: main
failure: bye
emergency: {step: bye}
defaults: {failed: bye}
steps:
  main:
    menu:
      prompts: main_menu
      keys: {1: bye, 2: staff}
  staff:
    identify:
      prompts: staff_number
      pin: staff_pin
      locked: bye
      failed: bye
      roles: {technician: accept}
  accept:
    act: {action: accept, next: bye, refused: bye, failed: bye}
  bye:
    hangup: {prompts: goodbye}
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    prompts = RehearsalPrompts({"zh": texts()["zh"]})
    return [
        str(one)
        for one in check_menu(path, prompts=prompts, windows=(), rosters=(), shown_as="small.yaml")[1]
    ]


def test_what_only_staff_may_do_holds_behind_identify(tmp_path: Path) -> None:
    assert problems(tmp_path, MENU) == []


@pytest.mark.parametrize(
    ("text", "by", "expected"),
    [
        ("1: bye", "1: accept", "small.yaml:19: steps.accept.act: reached without identify"),
        ("locked: bye", "locked: accept", "small.yaml:19: steps.accept.act: reached without identify"),
        (
            "act: {action: accept, next: bye, refused: bye, failed: bye}",
            "lookup: {what: manager_cases, found: bye, none: bye}",
            "",
        ),
        (
            "1: bye, 2: staff",
            "1: bye, 2: staff, 3: all}\n  all:\n    lookup: {what: manager_cases, found: bye, none: bye",
            "small.yaml:12: steps.all.lookup: reached without identify",
        ),
        (
            "      failed: bye\n      roles",
            "      roles",
            'small.yaml:12: steps.staff.identify: "failed" is needed',
        ),
        ("action: accept", "action: postpone", "small.yaml:19: steps.accept.act: postpone needs days"),
        ("action: accept", "action: steal", "small.yaml:19: steps.accept.act.action: Input should be"),
        ("{technician: accept}", "{king: accept}", "small.yaml:17: steps.staff.identify.roles"),
        (
            "1: bye, 2: staff",
            "1: bye, 2: staff}\n      unannounced: [1]\n      words: {zh: {报修: 9}",
            "no key",
        ),
    ],
)
def test_mistakes_about_staff_are_found(tmp_path: Path, text: str, by: str, expected: str) -> None:
    assert text in MENU
    found = problems(tmp_path, MENU.replace(text, by, 1))
    assert (expected == "" and found == []) or any(expected in one for one in found), found


def test_a_flow_that_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "outbound").mkdir()
    step = (
        "1: t, 2: staff}\n  t:\n    transfer: {roster: boss, afterwards: {flow: ask}, next: bye, nobody: bye"
    )
    found = problems(tmp_path, MENU.replace("1: bye, 2: staff", step, 1))
    assert any('no flow "ask" in the folder "outbound"' in one for one in found), found


def test_a_key_no_prompt_names_is_no_choice_to_keep_in_mind(tmp_path: Path) -> None:
    keys = ", ".join(f"{key}: bye" for key in range(1, 7)) + ", 7: staff"
    text = MENU.replace("{1: bye, 2: staff}", f"{{{keys}}}", 1)
    assert any("7 choices" in one for one in problems(tmp_path, text))
    assert problems(tmp_path, text.replace(f"{{{keys}}}", f"{{{keys}}}\n      unannounced: [7]", 1)) == []


# --- whole sessions ------------------------------------------------------------------------------


def member(*roles: StaffRole) -> Employee:
    return Employee(StaffMember(number="12", name="张师傅", telephone="", roles=frozenset(roles)), "730914")


class Office(Around):
    """A call with staff, an earlier ticket, and a log that remembers legs."""

    def __init__(self, *roles: StaffRole, **parts: object) -> None:
        clock = VirtualClock()
        desk = RehearsalDesk(clock, ZONE)
        super().__init__(desk=desk, staff=RehearsalStaff(clock, [member(*roles)]), **parts)
        self.clock = clock
        self.log = LegLog()

    async def file_earlier(self, **facts: object) -> str:
        given = {"estate": "default", "kind": TicketKind.REPAIR, "place": Place("5", "1", "1204"), **facts}
        summary = await self.desk.open_ticket(NewTicket(**given))  # type: ignore[arg-type]
        self.desk.earlier, self.desk.filed = self.desk.filed, []
        return summary.number

    async def press(self, keys: str) -> None:
        for key in keys:
            self.call.far_presses(key)
            await self.clock.sleep(0.3)

    async def enter(self) -> None:
        await self.hear("main_menu")
        await self.press("7")
        await self.hear("staff_number")
        await self.press("12#730914#")


class LegLog(RehearsalLog):
    def __init__(self) -> None:
        super().__init__()
        self.recordings: dict[str, Path] = {}
        self.over: dict[str, tuple[str, float]] = {}

    async def recording(self, leg: str, path: Path) -> None:
        self.recordings[leg] = path

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        self.over[leg] = (outcome, recorded_seconds)


def lead(make: Callable[[], Office], caller: Callable[[Any], Awaitable[None]]) -> Any:
    return rehearse(make, caller)


def test_no_key_of_number_and_pin_is_written_down_and_later_ones_are() -> None:
    async def caller(office: Office) -> None:
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        office.call.far_hangs_up()

    office = lead(lambda: Office(StaffRole.TECHNICIAN), caller)
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

    office = lead(lambda: Office(StaffRole.TECHNICIAN), caller)
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

    office = lead(lambda: Office(StaffRole.TECHNICIAN), caller)
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

    office = lead(lambda: Office(StaffRole.SUPERVISOR), caller)
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

    office = lead(lambda: Office(StaffRole.TECHNICIAN, recording_of=recording_of), caller)
    assert asked == ["e" * 32]
    assert office.names().count("earlier.wav") == 2


def test_an_archive_that_fails_costs_the_words_and_nothing_else() -> None:
    async def recording_of(leg: str) -> Path | None:
        raise OSError("the disk is gone")

    async def caller(office: Office) -> None:
        number = await office.file_earlier(words=Span("e" * 32, 2.0, 5.0))
        await office.enter()
        await office.hear("staff_press_number")
        await office.press("1")
        await office.hear("staff_ask_ticket")
        await office.press(f"{number}#")
        await office.hear("staff_press_accept")
        office.call.far_hangs_up()

    lead(lambda: Office(StaffRole.TECHNICIAN, recording_of=recording_of), caller)


def to_the_manager(**parts: object) -> Office:
    return Office(
        StaffRole.MANAGER,
        people={"9001": ["accepts"]},
        flows=shipped_menu,
        record_to=lambda leg: Path("manager.wav"),
        **parts,
    )


async def until_connected(office: Office) -> None:
    await office.hear("main_menu")
    await office.press("4")
    await office.hear("manager_say_name")
    for _ in range(2):
        await office.clock.sleep(8)
        await office.ears.speak(office.call, "我是王芳", score=0.9)
    while office.call.bridged_with is None:
        await office.clock.sleep(0.5)


def test_the_manager_s_leg_is_recorded_from_the_end_of_the_conversation_and_closed() -> None:
    async def caller(office: Office) -> None:
        await until_connected(office)
        office.call.far_hangs_up()
        leg = office.dialer.legs["9001"]
        await office.clock.sleep(6)
        leg.far_presses("1")
        await office.clock.sleep(8)
        await office.ears.speak(leg, "请合同部今天答复", score=0.9)
        while not leg.over:
            await office.clock.sleep(1)

    office = lead(to_the_manager, caller)
    leg = office.dialer.legs["9001"].facts.leg
    assert office.log.recordings == {leg: Path("manager.wav")}
    outcome, seconds = office.log.over[leg]
    assert seconds > 10
    (deed,) = [deed for deed in office.desk.filed[0].deeds if deed.words is not None]
    assert deed.words is not None
    assert deed.words.recording == leg
    assert (deed.who, deed.action) == ("9001", TicketAction.ASSIGN)
    assert office.outcome == "transferred", outcome


def test_who_accepts_with_a_hash_from_habit_stays_connected() -> None:
    async def caller(office: Office) -> None:
        office.dialer._people["9001"] = ["silent"]
        connecting = asyncio.ensure_future(until_connected(office))
        while "9001" not in office.dialer.legs:
            await office.clock.sleep(0.5)
        await office.clock.sleep(6)
        leg = office.dialer.legs["9001"]
        leg.far_presses("1#")
        await connecting
        await office.clock.sleep(30)
        assert office.call.bridged_with is leg
        leg.far_presses("#")
        await office.hear("ticket_number")
        office.call.far_hangs_up()
        leg.far_hangs_up()

    assert lead(to_the_manager, caller).outcome == "transferred"


def test_a_flow_that_cannot_be_had_lets_the_manager_go() -> None:
    def no_flows(name: str) -> None:
        raise KeyError(name)

    async def caller(office: Office) -> None:
        await until_connected(office)
        office.call.far_hangs_up()
        await office.clock.sleep(5)
        assert office.dialer.legs["9001"].over

    def make() -> Office:
        office = to_the_manager()
        office.options["flows"] = no_flows
        return office

    office = lead(make, caller)
    assert office.desk.filed[0].summary.state == "accepted"


def test_on_a_leg_we_placed_nobody_is_looked_up_and_a_lift_is_no_emergency() -> None:
    class Curious(Office):
        looked_up = 0

        def __init__(self) -> None:
            super().__init__(StaffRole.TECHNICIAN, given={"ticket.number": "202611230001", "who": "陈总"})
            self.menu = shipped_menu("instruction")
            facts = LegFacts(
                leg="d" * 32,
                linkedid="c" * 32,
                direction=Direction.OUTBOUND,
                caller="",
                dialled="6001",
                offered_at=self.clock.now() - timedelta(seconds=40),
                emergency=True,
            )
            self.call = type(self.call)(facts, self.clock, seconds_of=self.prompts.seconds_of)
            self.directory.caller = self.look  # type: ignore[method-assign]

        async def look(self, estate: str, number: str) -> None:
            self.looked_up += 1

    async def person(office: Office) -> None:
        await office.hear("instruct_press")
        office.call.far_hangs_up()

    office = lead(Curious, person)
    assert office.looked_up == 0  # type: ignore[attr-defined]
    assert "apology_late" not in office.names()
