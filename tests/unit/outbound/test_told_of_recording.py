"""Who is rung and recorded is told so; who is not told is not recorded (DOMAIN section 9)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hotline.app.menus import KnownPrompts
from hotline.app.placing import Placing
from hotline.home import shipped
from hotline.ivr.loader import load_menu
from hotline.ivr.steps.record import Record
from hotline.speech.voices.book import PromptFolder

FOLDER = shipped("config") / "menus" / "outbound"
OUR_PEOPLE = frozenset({"instruction", "message"})
"""Flows in which people of the house are recorded; the first is no placed call of its own."""


@pytest.fixture(scope="module")
def flows():
    prompts = KnownPrompts(PromptFolder(FOLDER, shipped("prompts")))
    return {path.stem: load_menu(path, prompts=prompts, shown_as=path.name) for path in FOLDER.glob("*.yaml")}


@pytest.fixture
def may_record(flows):
    def ask(flow, *, roster="", consent="notice"):
        settings = SimpleNamespace(recording=SimpleNamespace(consent=consent))
        placing = object.__new__(Placing)
        placing._telling = {}
        placing._parts = SimpleNamespace(settings=settings, flows=SimpleNamespace(in_service=flows.get))
        return placing._may_record(SimpleNamespace(flow=flow, roster=roster, kind=flow))

    return ask


def test_who_is_not_told_is_not_recorded_except_the_houses_own_people(flows, may_record):
    recorded = {flow for flow in flows if may_record(flow)}
    assert recorded == {"announcement", "confirmation", "follow_up", "postponement", "reminder", "survey"}
    assert may_record("dispatch", roster="emergency")
    assert may_record("wakeup", consent="off")
    for name, flow in flows.items():
        keeps_words = any(isinstance(step, Record) for step in flow.steps.values())
        assert not keeps_words or name in recorded | OUR_PEOPLE
