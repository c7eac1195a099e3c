"""Whom an operator can be connected with, and why not."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from hotline.accounts.models import StaffRow
from hotline.app.switchboard import DeskSwitchboard
from hotline.call.errors import OperatorRefused, OutsideRefused
from hotline.call.ports import DialOrder, DutyContact, Presence
from hotline.call.ports.outside import OutsideCategory, Permitted
from hotline.enquiries.service import Enquiries
from hotline.operators.config import OperatorBook
from hotline.residents.models import RoomRow

OPERATORS = """
operators:
  - {number: "01", name: 王芳, may: [outside]}
  - {number: "02", name: 李娜, line: "sip:o2@10.0.0.2"}
queues: {main: {strategy: longest_idle}}
"""
DIRECTORY = """
entries:
  garage: {zh: 车库, number: "8022", code: 22, connect: true}
  power: {zh: 供电, number: "95598"}
  tower: {zh: 一号车库岗亭, number: "8023", connect: true}
"""


class OutsideLines:
    def __init__(self):
        self.wishes, self.charged = [], []

    async def permit(self, wish):
        self.wishes.append(wish)
        if wish.number.startswith("00"):
            raise OutsideRefused("International calls are off.", code="outside-class")
        far = wish.number.startswith("010")
        category = OutsideCategory.LONG_DISTANCE if far else OutsideCategory.CITY
        order = DialOrder(to=wish.number, linkedid="", purpose="outside", account="trunk", caller_id="4008")
        return Permitted(slip="7", order=order, category=category, service_class="desk", longest=600.0)

    async def charge(self, permitted, report, *, disposition=""):
        self.charged.append((permitted.slip, report))


class Duty:
    def on_duty(self, roster, at):
        return {"supervisor": (DutyContact("周主管", "8009"),), "night": ()}[roster]


@pytest.fixture
def scene(tmp_path, db, clock):
    (tmp_path / "operators.yaml").write_text(OPERATORS, encoding="utf-8")
    (tmp_path / "directory.yaml").write_text(DIRECTORY, encoding="utf-8")
    with db.transaction() as session:
        for room, address in (("602", "8602"), ("603", "")):
            session.add(
                RoomRow(
                    estate="default", building="3", unit="2", room=room, address=address,
                    address_number=address,
                )
            )  # fmt: skip
        for number, telephone, active in (("1012", "13800001234", True), ("1013", "", True)):
            session.add(
                StaffRow(
                    estate="default", number=number, name="张师傅", telephone=telephone,
                    telephone_raw=telephone, roles=[], pin_hash="", failed=0, locks=0, active=active,
                )
            )  # fmt: skip
    outside = OutsideLines()
    board = DeskSwitchboard(
        OperatorBook(tmp_path),
        line_of=lambda _estate, number: {
            "01": ("headset:01", Presence.TALKING), "02": ("sip:o2@10.0.0.2", Presence.SIGNED_OUT),
        }[number],
        duty=lambda _estate: Duty(),
        enquiries=Enquiries(
            tmp_path, zones={"default": ZoneInfo("Asia/Shanghai")}, is_open=lambda *_: True
        ),
        outside=outside,
        db=db,
        clock=clock,
    )  # fmt: skip
    return SimpleNamespace(board=board, outside=outside, clock=clock)


async def find(scene, wanted, *, operator="02"):
    return await scene.board.find(wanted, operator=operator, estate="default")


@pytest.mark.parametrize(
    ("wanted", "kind", "address", "asks"),
    [
        ("01", "operator", "headset:01", False),
        ("supervisor", "staff", "8009", True),
        ("22", "department", "8022", False),
        ("车库", "department", "8022", False),
        ("3-2-602", "room", "8602", True),
        ("8602", "room", "8602", True),
        ("1012", "staff", "13800001234", True),
    ],
)
async def test_everybody_of_the_house_is_found_and_guests_are_asked_first(scene, wanted, kind, address, asks):
    found = await find(scene, wanted)
    assert (found.kind, found.address, found.asks) == (kind, address, asks)
    assert scene.outside.wishes == []


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("02", "own-number"),
        ("night", "roster-empty"),
        ("3-2-603", "no-telephone"),
        ("1013", "no-telephone"),
        ("供电", "told-only"),
        ("火星", "nobody-found"),
        ("05391234567", "outside-right"),
    ],
)
async def test_whoever_cannot_be_connected_is_refused_with_the_reason(scene, wanted, code):
    with pytest.raises(OperatorRefused) as refused:
        await find(scene, wanted)
    assert refused.value.code == code


async def test_a_colleague_who_is_signed_out_is_not_rung(scene):
    with pytest.raises(OperatorRefused, match="signed out"):
        await find(scene, "02", operator="01")


async def test_an_outside_number_goes_by_the_dial_plan_and_is_charged_once(scene):
    found = await find(scene, "05391234567", operator="01")
    assert (found.kind, found.account, found.caller_id, found.longest) == ("outside", "trunk", "4008", 600.0)
    assert (found.name, found.purpose) == ("*******4567", "outside")
    (wish,) = scene.outside.wishes
    assert (wish.operator, wish.number) == ("01", "05391234567")
    leg = SimpleNamespace(over=True, report=lambda: timedelta(seconds=61))
    for _ in range(2):
        await scene.board.over(found, leg, operator="01", estate="default")
    assert scene.outside.charged == [("7", timedelta(seconds=61))]


async def test_long_distance_needs_a_right_of_its_own_and_costs_nothing_when_it_is_refused(scene):
    with pytest.raises(OperatorRefused) as refused:
        await find(scene, "01061234567", operator="01")
    assert refused.value.code == "long-distance-right"
    assert scene.outside.charged == [("7", None)]


async def test_the_dial_plans_refusal_reaches_the_operator(scene):
    with pytest.raises(OutsideRefused, match="International"):
        await find(scene, "0085212345678", operator="01")
