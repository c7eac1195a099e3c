"""``fees.yaml``: the shipped contract, contracts of estates, every mistake with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hotline.call.errors import InvalidInput
from hotline.fees import kinds, rules
from hotline.fees.late_fee import Charged
from hotline.home import shipped


@pytest.fixture
def write(tmp_path):
    def put(text):
        (tmp_path / "fees.yaml").write_text(text)
        return tmp_path

    return put


def found(folder):
    with pytest.raises(InvalidInput) as caught:
        rules.load(folder)
    return [(one.line, one.where, one.message) for one in caught.value.problems]


def test_the_shipped_contract_is_the_one_of_the_trade():
    terms = rules.load(shipped("config")).terms("default")
    fee = terms.late_fee
    assert (fee.percent, fee.charged, fee.after_day, fee.cap_percent) == (
        Decimal("0.1"), Charged.ONCE, 15, None,
    )  # fmt: skip
    assert fee.wording == "late_fee_once"
    assert terms.due_on("2026-10") == date(2026, 10, 15)


def test_an_estate_has_its_own_contract_and_inherits_what_it_leaves_out(write):
    folder = write(
        "default: {due: {day: 10}, late_fee: {percent: 0.1}, longest_promise: 20}\n"
        "estates:\n"
        "  west: {due: {day: 31, months_later: 1},\n"
        "         late_fee: {percent: 0.05, charged: per_day, after: {days_past_due: 7}, cap: {yuan: 9.5}}}\n"
        "  east: {late_fee: none}\n"
    )
    loaded = rules.load(folder)
    west, east = loaded.terms("west"), loaded.terms("east")
    assert (west.late_fee.percent, west.late_fee.after_day, west.late_fee.days_past_due) == (
        Decimal("0.05"), None, 7,
    )  # fmt: skip
    assert (west.late_fee.cap_yuan, west.late_fee.charged) == (Decimal("9.5"), Charged.PER_DAY)
    assert (west.due_on("2026-01"), west.longest_promise) == (date(2026, 2, 28), 20)
    assert (east.late_fee, east.due_on("2026-12")) == (None, date(2026, 12, 10))


def test_every_mistake_is_told_with_its_line(write):
    folder = write(
        "default:\n"
        "  due: {day: 32}\n"
        "  late_fee:\n"
        "    percent: 0\n"
        "    charged: weekly\n"
        "    after: {day: 15, days_past_due: 3}\n"
        "items:\n"
        "  供水费: fluid\n"
        "surprise: 1\n"
    )
    assert [(line, where) for line, where, _ in found(folder)] == [
        (2, "default.due.day"),
        (4, "default.late_fee.percent"),
        (5, "default.late_fee.charged"),
        (6, "default.late_fee.after"),
        (8, "items.供水费"),
        (9, "surprise"),
    ]


def test_a_column_of_every_list_is_no_item(write):
    assert found(write("items: {合计: other}\n")) == [
        (1, "items.合计", '"合计" is a column of its own in every list')
    ]


def test_unknown_estates_and_rules_nobody_says_are_warned_about(write):
    folder = write("default: {late_fee: {percent: 1, wording: ours}}\nestates:\n  mars: {late_fee: none}\n")
    problems = rules.unknown_names(folder, estates=["default"], said=lambda wording: wording != "ours")
    assert [(one.line, one.warning) for one in problems] == [(1, True), (3, True)]


def test_a_file_that_does_not_hold_leaves_the_one_in_service(write):
    folder = write("default: {longest_promise: 10}\n")
    kept = rules.open_rules(folder)
    write("default: {longest_promise: never}\n")
    assert kept.in_service().terms("default").longest_promise == 10
    assert [problem.line for problem in kept.problems] == [1]
    write("default: {longest_promise: 12}\n")
    assert kept.in_service().terms("default").longest_promise == 12


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-10", "2026-10"),
        ("2026/1", "2026-01"),
        ("202610", "2026-10"),
        ("2026年10月", "2026-10"),
        ("2026 年 1 月份", "2026-01"),
        ("2026-10-01", "2026-10"),
        ("2026-10-02", None),
        ("2026-13", None),
        ("20261", None),
        ("10月", None),
        ("13800001111", None),
    ],
)
def test_months_as_lists_write_them(text, month):
    assert kinds.month(text) == month


def test_no_item_is_a_column_of_another_meaning_and_none_has_two_kinds():
    labels = [label for known in kinds.LABELS.values() for label in known]
    columns = [heading for known in kinds.LIST_COLUMNS.values() for heading in known]
    assert len(set(labels)) == len(labels)
    assert len(set(columns)) == len(columns)
    assert not set(labels) & set(columns)


def test_what_is_named_nowhere_is_told_with_the_wrong_values_of_the_same_file(write):
    folder = write(
        "default: {late_fee: {percent: 0.1, wording: ours}, longest_promise: never}\n"
        "estates:\n"
        "  mars: {due: {day: 40}}\n"
        "items: {合计: other}\n"
    )
    problems = rules.unknown_names(folder, estates=["default"], said=lambda wording: wording != "ours")
    assert [(one.line, one.where, one.warning) for one in problems] == [
        (1, "default.longest_promise", False),
        (1, "default.late_fee", True),
        (3, "estates.mars.due.day", False),
        (3, "estates.mars", True),
        (4, "items.合计", False),
    ]


def test_the_recorded_words_are_said_of_no_other_rate_than_theirs(write):
    folder = write(
        "default: {late_fee: {percent: 0.05, charged: per_day}}\n"
        "estates:\n"
        "  west: {late_fee: {percent: 0.10, charged: per_day}}\n"
        "  east: {late_fee: {percent: 0.05, wording: late_fee_per_day}}\n"
    )
    loaded = rules.load(folder)
    said = {name: loaded.terms(name).late_fee.wording for name in ("default", "west", "east")}
    assert said == {"default": "", "west": "late_fee_per_day", "east": "late_fee_per_day"}
    (warned,) = rules.unknown_names(folder, estates=["west", "east"], said=lambda wording: True)
    assert (warned.line, warned.warning) == (1, True)
    assert "0.1 %" in warned.message
