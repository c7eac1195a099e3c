"""Sessions that ring people: emergencies, transfers, and who is left on the line."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ivr_kit import ZONE, duty_book, texts
from session_kit import ROSTERS, Around, press_emergency, rehearse

from hotline.call.audio import Clip
from hotline.call.errors import NoChannel
from hotline.call.ports import Call, DialOrder, DutyContact, Urgency
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.ivr.rehearsal import (
    SECONDS_PER_CHARACTER,
    RehearsalDesk,
    RehearsalDialer,
    RehearsalDuty,
    RehearsalPrompts,
)


def test_the_emergency_rings_the_roster_the_estate_names() -> None:
    async def caller(around: Around) -> None:
        await around.hear("greeting")
        around.call.far_presses("**")
        await around.hear("emergency_connected")
        around.call.far_hangs_up()

    rosters = {**ROSTERS, "tower": ["8500"]}
    duty = RehearsalDuty(duty_book(), rosters)
    estate = {"emergency_roster": "tower"}
    around = rehearse(lambda: Around(duty=duty, estate=estate, people={"8500": ["accepts"]}), caller)
    assert around.dialer.dialled == ["8500"]


def test_a_cancelled_session_leaves_nobody_on_the_line() -> None:
    async def whole() -> Around:
        around = Around(people={"8001": ["silent"]})
        running = asyncio.ensure_future(around.run())
        await around.hear("greeting")
        around.call.far_presses("**")
        while "8001" not in around.dialer.legs:
            await around.clock.sleep(0.5)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await around.dialer.close()
        return around

    around = run_virtual(whole())
    assert around.dialer.legs["8001"].over
    assert around.call.over


def test_the_person_who_hangs_up_in_the_moment_of_accepting_is_not_bridged() -> None:
    async def caller(around: Around) -> None:
        await around.hear("main_menu")
        around.call.far_presses("0")
        await around.hear("nobody_free")
        around.call.far_hangs_up()

    def make() -> Around:
        duty = RehearsalDuty(duty_book(), {**ROSTERS, "operator": ["8100"]})
        return Around(duty=duty, people={"8100": ["vanishes"]})

    around = rehearse(make, caller)
    assert around.outcome == "abandoned"
    assert not any(kind == "BRIDGE_ENTER" for kind, _ in around.log.events)


class NoRosters(RehearsalDuty):
    def on_duty(self, roster: str, at: datetime) -> tuple[DutyContact, ...]:
        raise KeyError(roster)


class FullDialer(RehearsalDialer):
    """Our own channels are all taken at first."""

    refused = 2

    async def dial(self, order: DialOrder) -> Call:
        if self.refused:
            self.refused -= 1
            raise NoChannel("all channels are taken")
        return await super().dial(order)


def test_an_emergency_without_any_roster_is_filed_and_the_caller_told_whom_to_call() -> None:
    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_public")
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(duty=NoRosters(duty_book(), {})), caller)
    assert around.desk.filed[0].ticket.urgency is Urgency.URGENT
    assert [event for event, _ in around.desk.filed[0].history] == ["unacknowledged"]


def test_an_emergency_waits_for_a_free_channel() -> None:
    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_connected")
        around.call.far_hangs_up()

    def make() -> Around:
        return Around(dialer=FullDialer(VirtualClock(), RehearsalPrompts(texts()), {"8001": ["accepts"]}))

    around = rehearse(make, caller)
    results = [detail["result"] for kind, detail in around.log.events if kind == "RING"]
    assert results == ["ringing", "congestion", "ringing", "congestion", "ringing", "accepted"]


def test_the_promise_to_the_person_is_written_before_they_are_thanked() -> None:
    class SlowNotes(RehearsalDesk):
        written_at = 0.0

        async def note(self, number: str, event: str, detail: str = "") -> None:
            await self._clock.sleep(1.5)
            SlowNotes.written_at = self._clock.monotonic()
            await super().note(number, event, detail)

    async def caller(around: Around) -> None:
        await press_emergency(around)
        await around.hear("emergency_connected")
        await around.clock.sleep(5)
        around.call.far_hangs_up()

    around = rehearse(
        lambda: Around(desk=SlowNotes(VirtualClock(), ZONE), people={"8001": ["accepts"]}), caller
    )
    thanked = [
        heard.began
        for heard in around.dialer.legs["8001"].heard
        if isinstance(heard.item, Clip) and heard.item.path.name == "whisper_connecting"
    ]
    assert thanked, "the person was never thanked"
    assert thanked[0] >= SlowNotes.written_at


def test_who_declines_in_the_middle_of_the_words_is_let_go_and_the_next_is_rung_at_once() -> None:
    after: list[float] = []

    async def caller(around: Around) -> None:
        await around.hear("greeting")
        around.call.far_presses("**")
        while "8001" not in around.dialer.legs:
            await around.clock.sleep(0.1)
        await around.clock.sleep(1.0)
        declined = around.clock.monotonic()
        around.dialer.legs["8001"].far_presses("2")
        while not around.dialer.legs["8001"].over:
            await around.clock.sleep(0.1)
        after.append(around.clock.monotonic() - declined)
        around.call.far_hangs_up()

    around = rehearse(lambda: Around(people={"8001": ["silent"]}), caller)
    thanks = SECONDS_PER_CHARACTER * len(texts()["zh"]["whisper_declined"])
    assert after[0] < thanks + 0.5
    assert around.dialer.dialled[0] == "8001"
