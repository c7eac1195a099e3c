"""Keys to entries, as a table."""

from __future__ import annotations

import pytest

from hotline.ivr.keypad import LONGEST_ENTRY, Choices, Digits, Pad, Verdict, entry, judge

MAIN = Choices(frozenset({"1", "2", "0", "00", "**"}))
PLACE = Digits(1, 16, separator=True)
PHONE = Digits(5, 12)
PIN = Digits(4, 4)


@pytest.mark.parametrize(
    ("pad", "typed", "ended", "verdict"),
    [
        (MAIN, "1", False, Verdict.DONE),
        (MAIN, "7", False, Verdict.WRONG),
        (MAIN, "0", False, Verdict.MORE),
        (MAIN, "0", True, Verdict.DONE),
        (MAIN, "00", False, Verdict.DONE),
        (MAIN, "0#", False, Verdict.DONE),
        (MAIN, "01", False, Verdict.WRONG),
        (MAIN, "*", False, Verdict.MORE),
        (MAIN, "*", True, Verdict.WRONG),
        (MAIN, "**", False, Verdict.DONE),
        (PLACE, "3*2*602", False, Verdict.MORE),
        (PLACE, "3*2*602#", False, Verdict.DONE),
        (PLACE, "3*2*602", True, Verdict.DONE),
        (PLACE, "#", False, Verdict.WRONG),
        (PHONE, "13700137000", False, Verdict.MORE),
        (PHONE, "13700137000#", False, Verdict.DONE),
        (PHONE, "1370013700012#", False, Verdict.WRONG),
        (PHONE, "123#", False, Verdict.WRONG),
        (PHONE, "12*13700137000#", False, Verdict.DONE),
        (PHONE, "1A345#", False, Verdict.WRONG),
        (PIN, "1234", False, Verdict.DONE),
        (PIN, "123", False, Verdict.MORE),
        (PIN, "123", True, Verdict.WRONG),
        (PHONE, "9" * (LONGEST_ENTRY + 1), False, Verdict.WRONG),
        (Digits(0, 3), "#", False, Verdict.DONE),
        (Digits(2, 4, terminator=""), "12", True, Verdict.DONE),
    ],
)
def test_keys_are_judged(pad: Pad, typed: str, ended: bool, verdict: Verdict) -> None:
    assert judge(pad, typed, ended=ended) is verdict


@pytest.mark.parametrize(
    ("pad", "typed", "entered"),
    [
        (MAIN, "00", "00"),
        (MAIN, "0#", "0"),
        (PLACE, "3*2*602#", "3*2*602"),
        (PHONE, "12*13700137000#", "13700137000"),
        (PIN, "1234", "1234"),
    ],
)
def test_an_entry_has_no_terminator_and_nothing_taken_back(pad: Pad, typed: str, entered: str) -> None:
    assert entry(pad, typed) == entered
