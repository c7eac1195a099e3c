"""Late fees: exact, from the day the contract says, ended by the day of paying."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.fees.late_fee import Charged, LateFeeRule, last_free_day, late_fee
from hotline.fees.money import fen, yuan

D = Decimal
DUE = date(2026, 10, 15)
ONCE = LateFeeRule(percent=D("0.1"))
DAILY = LateFeeRule(percent=D("0.1"), charged=Charged.PER_DAY)


def fee(rule, total="1000.00", *, due=DUE, on, paid=None):
    return late_fee(rule, D(total), due_on=due, as_of=on, paid_on=paid)


@pytest.mark.parametrize(
    ("rule", "on", "expected"),
    [
        (ONCE, date(2026, 10, 15), "0.00"),
        (ONCE, date(2026, 10, 16), "1.00"),
        (ONCE, date(2027, 10, 16), "1.00"),
        (DAILY, date(2026, 10, 15), "0.00"),
        (DAILY, date(2026, 10, 16), "1.00"),
        (DAILY, date(2026, 10, 31), "16.00"),
        (DAILY, date(2026, 11, 1), "17.00"),
        (None, date(2030, 1, 1), "0.00"),
    ],
)
def test_it_begins_the_day_after_the_15th_once_or_for_every_day(rule, on, expected):
    assert fee(rule, on=on) == D(expected)


def test_half_a_fen_goes_up_and_rounding_happens_once():
    assert fee(ONCE, "5.00", on=date(2026, 10, 16)) == D("0.01")
    assert fee(ONCE, "4.99", on=date(2026, 10, 16)) == D("0.00")
    assert fee(DAILY, "4.99", on=date(2026, 10, 17)) == D("0.01")  # 0.00998: not twice nothing


def test_the_day_of_paying_ends_it_whenever_it_is_asked():
    for on in (date(2026, 10, 20), date(2027, 1, 1)):
        assert fee(DAILY, on=on, paid=date(2026, 10, 18)) == D("3.00")
        assert fee(DAILY, on=on, paid=date(2026, 10, 15)) == D("0.00")


def test_a_bill_due_later_in_the_month_is_free_until_it_is_due():
    assert fee(DAILY, due=date(2026, 10, 25), on=date(2026, 10, 25)) == D("0.00")
    assert fee(DAILY, due=date(2026, 10, 25), on=date(2026, 10, 26)) == D("1.00")


def test_a_short_month_ends_on_its_last_day():
    rule = LateFeeRule(percent=D("0.1"), after_day=31)
    assert last_free_day(rule, date(2027, 2, 10)) == date(2027, 2, 28)
    assert last_free_day(rule, date(2028, 2, 10)) == date(2028, 2, 29)


def test_days_past_due_are_counted_from_the_due_day():
    rule = LateFeeRule(percent=D("0.1"), charged=Charged.PER_DAY, after_day=None, days_past_due=10)
    assert fee(rule, on=date(2026, 10, 25)) == D("0.00")
    assert fee(rule, on=date(2026, 10, 26)) == D("1.00")


@pytest.mark.parametrize(
    ("percent", "in_yuan", "expected"), [("2", None, "20.00"), (None, "5", "5.00"), ("2", "30", "20.00")]
)
def test_a_cap_holds_and_of_two_the_smaller(percent, in_yuan, expected):
    caps = {
        "cap_percent": D(percent) if percent else None,
        "cap_yuan": D(in_yuan) if in_yuan else None,
    }
    rule = LateFeeRule(percent=D("1"), charged=Charged.PER_DAY, **caps)
    assert fee(rule, on=date(2027, 10, 16)) == D(expected)


def test_a_cap_of_parts_of_a_fen_is_never_exceeded():
    rule = LateFeeRule(percent=D("10"), cap_percent=D("0.15"))
    assert fee(rule, "9.99", on=date(2026, 10, 16)) == D("0.01")  # the cap is 0.014985


def test_a_credit_has_none():
    assert fee(DAILY, "-100.00", on=date(2027, 1, 1)) == D("0.00")


percents = st.decimals("0.0001", "100", places=4)
amounts = st.integers(1, 9_999_999_999).map(yuan)
days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
rules = st.builds(
    LateFeeRule,
    percent=percents,
    charged=st.sampled_from(Charged),
    after_day=st.none() | st.integers(1, 31),
    days_past_due=st.integers(0, 366),
    cap_percent=st.none() | percents,
    cap_yuan=st.none() | st.decimals("0.01", "10000", places=2),
    wording=st.sampled_from(["", "late_fee_once"]),
)


@given(rules, amounts, days, days)
def test_it_is_the_exact_figure_rounded_once(rule, total, due, on):
    """Worked out anew in fractions."""
    count = max(0, (on - last_free_day(rule, due)).days)
    times = count if rule.charged is Charged.PER_DAY else min(count, 1)
    exact = Fraction(total) * Fraction(rule.percent) / 100 * times
    caps = [Fraction(rule.cap_yuan)] if rule.cap_yuan is not None else []
    if rule.cap_percent is not None:
        caps.append(Fraction(int(Fraction(total) * Fraction(rule.cap_percent)), 100))
    rounded = Fraction(int(exact * 100 + Fraction(1, 2)), 100)
    assert Fraction(late_fee(rule, total, due_on=due, as_of=on)) == min([rounded, *caps])


@given(rules, amounts, days, days, st.integers(1, 400))
def test_it_never_shrinks_with_time_and_never_begins_before_the_bill_is_due(rule, total, due, on, more):
    before = late_fee(rule, total, due_on=due, as_of=on)
    assert 0 <= before <= late_fee(rule, total, due_on=due, as_of=on + timedelta(days=more))
    assert before == 0 or on > due
    assert before.as_tuple().exponent == -2


@given(rules, amounts, days, days, st.integers(0, 400))
def test_what_was_paid_stays_what_it_was_that_day(rule, total, due, paid, later):
    assert late_fee(rule, total, due_on=due, as_of=paid + timedelta(days=later), paid_on=paid) == late_fee(
        rule, total, due_on=due, as_of=paid
    )


@given(rules)
def test_a_bill_keeps_its_rule(rule):
    assert LateFeeRule.from_kept(rule.as_kept()) == rule


@given(st.integers(-10_000_000_000, 10_000_000_000))
def test_fen_and_yuan_are_the_same_money(amount):
    assert fen(yuan(amount)) == amount
    assert yuan(amount).as_tuple().exponent == -2


@pytest.mark.parametrize("odd", ["0.001", "1.005", "NaN", "Infinity"])
def test_parts_of_a_fen_are_no_money(odd):
    with pytest.raises(ValueError, match="whole fen"):
        fen(D(odd))
