"""No finding about a value reaches people in the words of the library that found it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from hotline import yamlsource
from hotline.call.errors import InvalidInput
from hotline.dialplan.planfile import PlanFile
from hotline.dialplan.tarifffile import TariffFile
from hotline.duty.sections import Holidays, Hours, Rosters
from hotline.enquiries.entries import DirectoryFile
from hotline.fees.rules import FeeRules
from hotline.ivr.model import Menu
from hotline.ivr.scenario import Scenario, Surroundings
from hotline.notifications.config import NotificationsFile
from hotline.operators.config import OperatorsFile
from hotline.outbound.policies import OutboundFile
from hotline.settings import Settings
from hotline.tickets.policy import Policy
from hotline.wakeup.config import WakeupRules
from hotline.yamlsource import Document
from hotline.yamlwords import sentence

CONFIG = Path(__file__).parents[3] / "config"
ROSTER = """\
people: {张: "101"}
rosters:
  desk:
    week: [{during: day, days: mon-fri, who: [张]}, {times: ["09:00-12:00"], who: {name: 王, number: "1"}}]
    cycle: {start: 2026-11-23, weeks: [[{who: 张}]]}
    holidays: [{during: day, dates: {from: 2026-10-01, to: 2026-10-03}, who: 张}]
    after: [{name: 经理, number: "105"}]
  plain: [张, {name: 监控, number: "8001", during: day}]
topics: {lift: [desk]}
changes: [{roster: desk, from: 2026-12-04 10:00, to: 2026-12-04 12:00, remove: 张, put: 王}]
"""
NOTIFICATIONS = """\
channels:
  ops: {type: wecom, url_file: ops.url, mention: ["1"], per_minute: 20, timeout: 10}
  mail: {type: email, host: h, sender: a@b.c, to: [a@b.c], port: 25, security: plain}
routes: [{events: ["alarm.*"], to: [ops], estates: [a], urgency: [urgent], alarms: [trunk_down]}]
alarms: {remind_every_hours: 4}
keep: {delivered_days: 30}
templates: {ticket.opened: {zh: {title: t, text: t}}}
"""
SETTINGS = """\
sip:
  listen: 0.0.0.0:5060
  rtp_ports: 16384-17383
  accounts: [{name: t, user: "1", domain: d}]
estates: [{id: a, name: A, numbers: ["1"], timezone: Asia/Shanghai}]
"""
OPERATORS = """
operators:
  - {number: "01", name: 王芳, line: "sip:8001@10.0.0.1", languages: [zh], skills: [fees], may: [listen]}
queues:
  main: {strategy: longest_idle, ring: 15, service_level: {within: 20, goal: 0.8}}
"""
SHIPPED: tuple[tuple[type[BaseModel], tuple[str | Path, ...]], ...] = (
    (Settings, (SETTINGS, CONFIG / "hotline.yaml")),
    (OutboundFile, (CONFIG / "outbound.yaml",)),
    (WakeupRules, (CONFIG / "wakeup.yaml",)),
    (FeeRules, (CONFIG / "fees.yaml",)),
    (NotificationsFile, (NOTIFICATIONS,)),
    (Hours, (CONFIG / "hours.yaml",)),
    (Holidays, (CONFIG / "holidays.yaml",)),
    (Rosters, (ROSTER,)),
    (Policy, (CONFIG / "sla.yaml",)),
    (OperatorsFile, (OPERATORS, CONFIG / "operators.yaml")),
    (DirectoryFile, (CONFIG / "directory.yaml",)),
    (PlanFile, (CONFIG / "dialplan.yaml",)),
    (TariffFile, (CONFIG / "tariffs.yaml",)),
    (Menu, (CONFIG / "menus" / "main.yaml", *sorted((CONFIG / "menus" / "outbound").glob("*.yaml")))),
)
JUNK: tuple[Any, ...] = (
    None, True, 5, -1, 1e12, 2.5, float("inf"), "", "x y", "X" * 5000, [], [None], [[1]], {}, {"zz": 1},
)  # fmt: skip
RAW = re.compile(
    r"Input|should|valid (dict|list|tuple|string|integer|number|bool|date|time)|instance of|"
    r"after validation|Value error|Assertion|[Uu]nable to|must be a valid|of the form|discriminator"
)


def parsed(source: str | Path) -> Document:
    return yamlsource.read(source) if isinstance(source, Path) else yamlsource.parse(source, "file")


def places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if above:
        yield above
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*above, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from places(value, (*above, number))


def put(data: Any, where: tuple[Any, ...], junk: Any) -> None:
    for step in where[:-1]:
        data = data[step]
    data[where[-1]] = copy.deepcopy(junk)


@pytest.mark.parametrize(("model", "sources"), SHIPPED, ids=[model.__name__ for model, _ in SHIPPED])
def test_whatever_is_wrong_in_a_file_is_said_in_the_words_of_people(model, sources):
    told: set[str] = set()
    for source in sources:
        document = parsed(source)
        original = document.plain()
        junk = cycle(JUNK)
        everywhere = list(places(original))
        some = everywhere[:: 1 + len(everywhere) // 60]
        for where in some * (1 + 120 // len(some)):
            data = copy.deepcopy(original)
            put(data, where, next(junk))
            try:
                model.model_validate(data)
            except ValidationError as error:
                told |= {problem.message for problem in yamlsource.problems_of(error, document, model)}
    assert len(told) > 3
    assert [message for message in sorted(told) if RAW.search(message)] == []


@pytest.mark.parametrize(
    "model", [model for model, _ in SHIPPED] + [Surroundings, Scenario], ids=lambda model: model.__name__
)
def test_every_pattern_of_a_model_is_put_in_words(model):
    def patterns(schema: Any) -> Iterator[str]:
        if isinstance(schema, dict):
            if isinstance(schema.get("pattern"), str):
                yield schema["pattern"]
            for part in schema.values():
                yield from patterns(part)
        elif isinstance(schema, list):
            for part in schema:
                yield from patterns(part)

    for pattern in set(patterns(TypeAdapter(model).json_schema())):
        found = {"type": "string_pattern_mismatch", "loc": (), "ctx": {"pattern": pattern}, "msg": ""}
        assert "of the form" not in sentence(found), pattern


@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        (Rosters, "rosters: {a: 5}", "f:1: rosters.a: must be names with values, such as {must_cover: …"),
        (Hours, "windows: 5", "f:1: windows: must be names with values, one a line, such as “name: "),
        (OutboundFile, "selftest: {at: '3:30'}", 'f:1: selftest.at: must be a time such as "03:30", or ""'),
        (OutboundFile, "selftest: {key: 9}", 'f:1: selftest.key: must be text: write it in quotes'),
        (OutboundFile, "policies: {u: {ring: 1000}}", "f:1: policies.u.ring: must be at most 120"),
        (OutboundFile, "policies: {u: {ring: fast}}", "f:1: policies.u.ring: must be a number such as 2.5"),
        (WakeupRules, "snooze: {times: 2.5}", "f:1: snooze.times: must be a whole number such as 5"),
        (Settings, "sip: {accounts: [trunk]}", "f:1: sip.accounts.0: must be names with values"),
        (NotificationsFile, "channels: {OPS: {}}", "f:1: channels.OPS: must be up to 40 small letters"),
    ],
)  # fmt: skip
def test_a_sentence_says_what_is_expected(model, text, said):
    with pytest.raises(InvalidInput) as raised:
        yamlsource.validate(model, yamlsource.parse(text, "f"))
    assert str(raised.value.problems[0]).startswith(said)


def test_a_secret_in_the_wrong_place_is_not_repeated():
    with pytest.raises(InvalidInput) as raised:
        yamlsource.validate(Settings, yamlsource.parse("sip: {accounts: s3cret, channels: s3cret}", "f"))
    assert "s3cret" not in str(raised.value)
