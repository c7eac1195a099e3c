"""Operators' talks on real telephones and a headset: whom they hear, and the record."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from office import CALLER, Office, open_office
from webheadset import WebHeadset

from hotline.headsets.protocol import Refused
from tests.sip.peers import Baresip

pytestmark = [pytest.mark.peer, pytest.mark.timeout(240)]

TOWN = "8123456"
MUSIC = "~"
RINGING = 4.2
"""Seconds of silence in a Chinese ringback."""


def kinds(record: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in record["events"]]


async def both(office: Office) -> None:
    await office.caller.hears("01")
    await office.one.hears("caller")


async def test_a_caller_goes_from_hand_to_hand_and_is_never_lost_on_the_record(tmp_path: Path) -> None:
    async with open_office(tmp_path, roles="calls,web,headsets") as office:
        caller, one, two, room = office.caller, office.one, office.two, office.room
        token = (await office.service.cli("operators", "token", "03"))["token"]
        async with WebHeadset.open(office.service.http, token, "03") as headset:
            await headset.do("ready")
            await office.ready("01", "04")
            await office.talk()

            await one.press("*1")
            await caller.hears(MUSIC)
            await one.hears()
            await one.press("*1")
            await both(office)

            await supervised(office, headset)

            await office.do("01", "consult", to="3-2-602", name="王女士")
            await room.answered()
            await caller.hears(MUSIC)
            await room.press("9")
            await asyncio.sleep(0.5)
            await room.press("1")
            await room.hears("01")
            await office.do("01", "conference")
            await caller.hears("01", "602")
            await room.hears("caller", "01")
            await one.press("*0")
            await room.left()
            await both(office)

            await office.ready("02")
            await one.press("*7")
            await one.left()
            await caller.hears(MUSIC)
            assert [slot["slot"] for slot in (await office.do("02", "parked"))["slots"]] == [1]
            await office.do("02", "unpark", slot="1")
            await two.answered()
            await caller.hears("02")
            await two.hears("caller")
            assert (await office.do("02", "status"))["phase"] == "talking"
            assert await office.refused("02", "blind", to="3-2-602") == "transfer-not-allowed"

            await office.do("02", "consult", to="01")  # a colleague has the talk afterwards
            await two.hears("01")
            await office.do("02", "complete")
            await two.left()
            await both(office)
            await office.do("01", "blind", to="03")
            await one.left()
            await headset.hears("caller")
            await caller.hears("03")
            await headset.do("hold")
            await caller.hears(MUSIC)
            assert isinstance(await headset.do("dial", to=TOWN), Refused)
            await headset.do("resume")
            await caller.hears("03")

            assert caller.ear.longest_silence() < 1.5
            office.from_now()
            await headset.do("send", step="survey")
            await office.event("MENU")
            await caller.press("4")
            while (await office.event("MENU"))["step"] != "survey_thanks":
                continue
            await caller.hang_up()
        record = await office.record()
    assert caller.keys == []
    assert record["outcome"] == "transferred"
    assert {leg["linkedid"] for leg in record["legs"]} == {record["uniqueid"]}
    steps = [event["detail"]["step"] for event in record["events"] if event["kind"] == "MENU"]
    assert steps[-3:] == ["survey", "survey_4", "survey_thanks"]
    for kind in ("HOLD", "CONSULT_ANSWER", "CONFERENCE_END", "PARK", "UNPARK", "ATTENDEDTRANSFER", "SEND"):
        assert kind in kinds(record)
    (recording,) = record["recordings"]
    assert recording["seconds"] == pytest.approx(record["billsec"], abs=0.5)


async def supervised(office: Office, headset: WebHeadset) -> None:
    """03 listens, whispers and barges in from a headset, 04 from a telephone; whispers reach no caller."""
    await headset.do("listen", of="01")
    await headset.hears("01", "caller")
    await headset.do("whisper", of="01")
    await office.one.hears("caller", "03")
    assert "03" not in office.caller.ear.who()
    await headset.do("barge", of="01")
    await office.caller.hears("01", "03")
    await office.do("04", "whisper", of="01")
    await office.one.hears("caller", "03", "sup")
    await office.four.hears("01", "caller", "03")
    assert "sup" not in office.caller.ear.who()
    await headset.do("leave")
    await office.do("04", "leave")
    await office.four.left()
    await both(office)


@pytest.mark.skipif(shutil.which("baresip") is None, reason="baresip is not installed")
async def test_hold_and_transfer_keys_of_a_telephone_and_its_vanishing(tmp_path: Path) -> None:
    phone = await Baresip.start(tmp_path)
    try:
        async with open_office(tmp_path, one=f"sip:peer@127.0.0.1:{phone.port}") as office:
            caller, room = office.caller, office.room
            await office.ready("01")
            await office.town.rings(caller, CALLER)
            await office.event("BRIDGE_ENTER")

            office.from_now()
            await phone.command("hold")
            assert (await office.event("HOLD"))["how"] == "telephone"
            await phone.command("resume")
            await office.event("UNHOLD")
            await office.event("BRIDGE_ENTER")

            office.from_now()  # 02 is signed out; this telephone hangs up all the same, and is rung again
            await phone.command("transfer", "sip:02@office")
            assert (await office.event("TRANSFER_REFUSED"))["reason"] == "operator-away"
            await office.event("RECALL")
            await office.event("BRIDGE_ENTER")
            await asyncio.sleep(0.5)  # a hand moves

            office.from_now()
            await phone.command("transfer", "sip:3-2-602@office")
            await room.answered()
            await asyncio.sleep(0.5)
            await room.press("2")  # says no: the telephone, which has hung up, is rung again
            assert (await office.event("TRANSFER_FAILED"))["reason"] == "refused"
            await office.event("BRIDGE_ENTER")

            await office.ready("02")
            room.answers = "silent"
            await office.do("01", "consult", to="3-2-602")
            office.from_now()
            heard, began = len(caller.ear.sound), time.monotonic()
            await phone.vanish()
            await office.event("OPERATOR_INTERRUPTED")
            assert time.monotonic() - began < 2.5
            await office.event("OPERATOR_LOST")
            await office.two.answered()
            await caller.hears("02", within=20)
            assert caller.ear.longest_silence(heard) < 2
            assert await office.presence("01") == "paused"
            await asyncio.gather(caller.hang_up(), office.two.hang_up())
            record = await office.record()
            assert await office.presence("02") in ("wrap_up", "ready")
    finally:
        await phone.end()
    assert record["outcome"] == "transferred"
    assert len(record["recordings"]) == 1


async def test_outside_calls_calls_back_and_the_death_of_the_calls_process(tmp_path: Path) -> None:
    async with open_office(tmp_path, standby=True) as office:
        town, caller, one = office.town, office.caller, office.one
        outside = town.person(TOWN, hums="else")
        await office.ready("01")

        office.from_now()
        await town.rings(caller, CALLER)  # nobody is free for them: 01 begins to talk with somebody else
        await one.answered()
        await office.event("BRIDGE_ENTER")
        second = town.people["13922223333"] = town.people["+8613922223333"] = town.person(
            "second", hums="desk"
        )
        office.from_now()
        await town.rings(second, "13922223333")
        await office.event("QUEUE_ENTER")
        await second.hears(MUSIC)
        await second.press("2")
        await asyncio.sleep(3)  # asked whether the number is right
        await second.press("1")
        await office.event("QUEUE_LEAVE")
        await second.hang_up()
        await caller.hang_up()
        await one.left()
        await second.answered(30)
        await second.hears("01")
        await one.hears("desk")
        assert (await office.do("01", "status"))["phase"] == "talking"
        await second.hang_up()
        await one.left()

        while await office.presence("01") != "ready":
            await asyncio.sleep(0.1)
        assert await office.refused("01", "dial", to="013812345678") == "long-distance-right"
        await office.do("01", "dial", to=f"9{TOWN}")
        await outside.answered()
        await outside.hears("01")
        await one.hears("else")
        await one.press("5")
        await asyncio.sleep(1)
        assert outside.keys == ["5"]
        await outside.hang_up()
        await one.left()
        record = await office.record()
        (recording,) = record["recordings"]
        assert recording["seconds"] > 0.5
        (charge,) = [
            row for row in await office.service.cli("outside", "charges") if row["state"] == "charged"
        ]
        assert (charge["operator"], charge["tariff"]) == ("01", "town")

        await office.talk()
        again = await office.service.line("hotline ready")
        os.kill(office.service.children("calls")[0], signal.SIGKILL)
        await office.service.line("hotline ready again", within=10, after=again)
        async with asyncio.timeout(20):
            while await _presence(office) != "ready":
                await asyncio.sleep(0.2)
        lost = await office.record()
    assert lost["outcome"] == "lost"
    assert {leg["disposition"] for leg in lost["legs"]} == {"LOST"}
    assert lost["recordings"][0]["seconds"] == pytest.approx(lost["billsec"], abs=1.5)


async def _presence(office: Office) -> str:
    try:
        return await office.presence("01")
    except Exception:  # the next calls process is not there yet
        return ""


async def test_a_browser_that_closes_and_targets_that_are_not_there_leave_no_caller_alone(
    tmp_path: Path,
) -> None:
    async with open_office(tmp_path, roles="calls,web,headsets") as office:
        caller, room = office.caller, office.room
        file = tmp_path / "config" / "operators.yaml"
        file.write_text(f"{file.read_text('utf-8')}talk: {{target_rings: 5, grace: 4}}\n", "utf-8")
        token = (await office.service.cli("operators", "token", "03"))["token"]
        async with WebHeadset.open(office.service.http, token, "03") as headset:
            await headset.do("ready")
            await office.ready("01")
            await office.talk()
            await office.do("01", "blind", to="03")
            await caller.hears("03")
            for answers, why in (("busy", "busy"), ("silent", "no_answer")):
                room.answers = answers
                office.from_now()
                await headset.do("consult", to="3-2-602")
                assert (await office.event("CONSULT_END"))["reason"] == why
                await headset.hears("caller")
                await caller.hears("03")
            await office.ready("02")
            await office.do("01", "pause")
            office.from_now()
            heard, closed = len(caller.ear.sound), time.monotonic()
        await office.event("OPERATOR_INTERRUPTED")
        assert time.monotonic() - closed < 4  # the page closes its sockets one after the other
        await office.event("OPERATOR_LOST")
        await office.two.answered()
        await caller.hears("02", within=20)
        assert caller.ear.longest_silence(heard) < 2
        assert await office.presence("03") == "paused"
        await caller.hang_up()
        record = await office.record()
    assert kinds(record).count("CONSULT_END") == 2
    assert "BLINDTRANSFER" in kinds(record)
    assert len({leg["linkedid"] for leg in record["legs"]}) == len(record["recordings"]) == 1
