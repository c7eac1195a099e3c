from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.language.numbers import display, mask, normalise, same_number


@pytest.mark.parametrize(
    "raw",
    [
        *("13812345678", "+8613812345678", "008613812345678", "8613812345678", "138-1234-5678"),
        *("138 1234 5678", "013812345678", "913812345678", "9013812345678", "+86 (138) 12345678"),
        *(
            "sip:13812345678@10.0.0.1:5060;user=phone",
            '"Li" <sip:+8613812345678@pbx>',
            "tel:+86-138-1234-5678",
        ),
        *("１３８１２３４５６７８", "＋８６ １３８－１２３４－５６７８", "１３８１２３４５６７８转８００１"),
        *("13812345678@pbx.example", "13812345678;ext=12", "13812345678转8001", "13812345678 ext. 5"),
    ],
)
def test_every_way_a_mobile_is_written_is_one_number(raw: str) -> None:
    assert normalise(raw) == "+8613812345678"


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0539-3123456", "+865393123456"),
        ("905393123456", "+865393123456"),
        ("865393123456", "+865393123456"),
        ("(0539) 3123456", "+865393123456"),
        ("3123456", "+865393123456"),
        ("93123456", "+865393123456"),
        ("0539-3123456转8001", "+865393123456"),
        ("01062345678", "+861062345678"),
        ("4008001234", "+864008001234"),
        ("94008001234", "+864008001234"),
        ("0014155552671", "+14155552671"),
        ("+14155552671", "+14155552671"),
        ("110", "110"),
        ("8001", "8001"),
        ("95588", "95588"),
        ("sip:8001@pbx", "8001"),
        ("８００１", "8001"),
        ("（０５３９）３１２３４５６", "+865393123456"),
    ],
)
def test_numbers_are_read_as_they_are_dialled_in_china(raw: str, number: str) -> None:
    assert normalise(raw, area_code="0539") == number


def test_without_an_area_code_a_local_number_stays_as_it_is() -> None:
    assert normalise("3123456") == "3123456"


def test_an_area_code_may_be_given_without_its_zero() -> None:
    assert normalise("3123456", area_code="539") == "+865393123456"


def test_another_country_has_its_own_plan() -> None:
    assert normalise("(415) 555-2671", country="US") == "+14155552671"
    assert normalise("020 7946 0018", country="GB") == "+442079460018"


@pytest.mark.parametrize(
    "raw",
    ["", " ", "anonymous", "sip:anonymous@anonymous.invalid", "unknown", "Restricted", "alice", "未知", "+"],
)
def test_a_withheld_or_nameless_caller_has_no_number(raw: str) -> None:
    assert normalise(raw) == ""


def test_withheld_numbers_are_never_the_same_line() -> None:
    assert not same_number("anonymous", "anonymous")
    assert same_number("013812345678", "+86 138 1234 5678")
    assert not same_number("13812345678", "13812345679")
    assert same_number("3123456", "05393123456", area_code="0539")


@pytest.mark.parametrize(
    ("number", "shown", "masked"),
    [
        ("+8613812345678", "138 1234 5678", "138****5678"),
        ("+865393123456", "0539 312 3456", "053****3456"),
        ("+14155552671", "+1 415-555-2671", "+141****2671"),
        ("3123456", "3123456", "1****56".replace("1", "3", 1)),
        ("110", "110", "110"),
        ("", "", ""),
    ],
)
def test_a_number_is_shown_whole_or_masked(number: str, shown: str, masked: str) -> None:
    assert display(number) == shown
    assert display(number, masked=True) == mask(number) == masked


@given(st.text(max_size=30))
def test_normalising_is_total_and_settled(raw: str) -> None:
    number = normalise(raw, area_code="0539")
    assert number == "" or number.removeprefix("+").isdigit()
    assert normalise(number, area_code="0539") == number


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_mobile_hides_four_digits(number: str) -> None:
    assert mask(normalise(number)).count("*") == 4
