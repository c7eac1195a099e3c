"""A room's telephone dials out through a trunk: real SIP on both sides, the charge on the record."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from hotel import Hotel, Manner, Script
from ownconfig import furnish_config
from service import running
from test_dispatch import until
from test_staff_line import calling, end

from hotline.home import shipped

pytestmark = pytest.mark.timeout(150)

ROOM, TOWN = "8808", "8123456"
SECONDS = 4.0
"""The far end talks so long, then puts the receiver down."""


def furnish(home: Path, hotel: Hotel) -> None:
    """One PBX that brings the room's calls and takes outside ones, as in a small house: one address here."""
    config = furnish_config(home)
    (config / "hotline.yaml").write_text(
        "sip:\n"
        '  area_code: "0539"\n'
        "  accounts:\n"
        f"    - {{name: trunk, user: hotline, domain: '127.0.0.1:{hotel.port}', register_every: 0}}\n"
        "estates:\n  - {id: default, name: 示范酒店}\n"
        "speech: {live_slots: 0, emergency_slots: 0, batch: []}\n",
        encoding="utf-8",
    )
    plan = (shipped("config") / "dialplan.yaml").read_text(encoding="utf-8")
    plan = plan.replace("inside: []", "inside: [trunk]").replace('account: ""', "account: trunk")
    (config / "dialplan.yaml").write_text(plan, encoding="utf-8")
    (home / "rooms.csv").write_text(f"room,telephone\n808,{ROOM}\n", encoding="utf-8")


async def cli(home: Path, *arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("hotline"), *arguments, "--home", home
    )
    assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_a_room_dials_out_and_the_charge_is_on_the_record_at_once(tmp_path: Path) -> None:
    script = Script({TOWN: [Manner(rings=0.5, talks=SECONDS, patience=30)]})
    async with Hotel.open(script.manner) as hotel:
        furnish(tmp_path, hotel)
        async with running(tmp_path) as service:
            await cli(tmp_path, "rooms", "import", str(tmp_path / "rooms.csv"))
            turns = {
                "welcome": {"keys": "*9", "interrupts": True},
                "outside": {"keys": f"{TOWN}#", "interrupts": True},
                "outside_more": {"hangs_up": True, "interrupts": True},
            }
            guest = await calling(service, ROOM, turns)
            try:
                charged = await until(
                    service, "outside", "charges", "--room", "808", "--unmasked",
                    holds=lambda rows: bool(rows) and rows[0]["state"] == "charged", within=60,
                )  # fmt: skip
                assert await asyncio.wait_for(guest.wait(), 30) == 0
            finally:
                await end(guest)
            (row,) = charged
            assert (row["room"], row["number"], row["tariff"]) == ("808", f"+86539{TOWN}", "town")
            assert SECONDS - 1 <= row["seconds"] <= SECONDS + 2
            assert row["cost"] == "0.22"
            (ring,) = hotel.rings_of(TOWN)
            assert ring.fate == "answered"
            calls = await until(
                service, "calls", "list", holds=lambda found: bool(found and all(one["end"] for one in found))
            )
            record = json.dumps(await service.cli("calls", "show", calls[0]["uniqueid"], "--unmasked"))
            assert "BRIDGE_ENTER" in record
            assert row["slip"] in record
        assert TOWN not in "\n".join(service.errors)
