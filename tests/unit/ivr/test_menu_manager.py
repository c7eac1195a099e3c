"""The manager's leg: connected, instructing, recorded, let go; and legs that we placed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from ivr_kit import shipped_menu
from office_kit import Office
from session_kit import rehearse

from hotline.call.ports import Direction, LegFacts, StaffRole, TicketAction


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

    office = rehearse(to_the_manager, caller)
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

    assert rehearse(to_the_manager, caller).outcome == "transferred"


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

    office = rehearse(make, caller)
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

    office = rehearse(Curious, person)
    assert office.looked_up == 0  # type: ignore[attr-defined]
    assert "apology_late" not in office.names()
