from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.dialplan.patterns import common, covered, parse, part_of


def matches(text: str, number: str) -> bool:
    return any(one.matches(number) for one in parse(text))


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("110", ["110"], ["11", "1100", "119"]),
        ("1[3-57-9]X{9}", ["13800001111", "19900000000"], ["16600001111", "1380000111", "138000011112"]),
        ("[2-8]X{6,7}", ["8123456", "81234567"], ["812345", "812345678", "9123456"]),
        ("00.", ["001", "0014155552671"], ["00", "01"]),
        ("96!", ["96", "961", "96118"], ["9", "95"]),
        ("NXZ", ["201", "999"], ["101", "200"]),
        ("8001-8020", ["8001", "8010", "8020"], ["8000", "8021", "800"]),
        ("98-103", [], []),
        ("0 539 X{7}", ["05391234567"], ["0539123456"]),
    ],
)
def test_a_pattern_fits_whole_numbers_only(pattern: str, fits: list[str], does_not: list[str]) -> None:
    if not fits:
        with pytest.raises(ValueError, match="no range"):
            parse(pattern)
        return
    assert all(matches(pattern, number) for number in fits)
    assert not any(matches(pattern, number) for number in does_not)


@pytest.mark.parametrize("wrong", ["", "abc", "1{", "[]", "X{9,2}", "1.2", "X{30}", "20-10", "[a]"])
def test_what_is_no_pattern_is_refused_with_a_sentence(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(wrong)


@settings(deadline=None)
@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999))
def test_a_range_is_exactly_the_numbers_in_it(first: int, last: int, number: int) -> None:
    low, high = sorted((first, last))
    assert matches(f"{low:04}-{high:04}", f"{number:04}") == (low <= number <= high)


def test_a_pattern_behind_several_that_share_it_is_covered_though_none_covers_it_alone() -> None:
    (all_three,) = parse("8XX")
    halves = [*parse("8[0-4]X"), *parse("8[5-9]X")]
    assert covered(all_three, halves)
    assert not any(part_of(all_three, half) for half in halves)
    assert not covered(all_three, halves[:1])


def test_an_open_end_is_not_covered_by_any_number_of_fixed_lengths() -> None:
    (abroad,) = parse("00.")
    assert not covered(abroad, [one for length in range(1, 20) for one in parse(f"00X{{{length}}}")])
    assert covered(abroad, parse("0!"))
    assert covered(abroad, [*parse("001!"), *parse("00[02-9]!")])


POOL = [
    "8XXX",
    "80XX",
    "0.",
    "00.",
    "0[1-9]X.",
    "[2-8]X{3,4}",
    "8!",
    "1[0-5]X",
    "X{2}",
    "812",
    "[13]X!",
    "0X",
]


@settings(deadline=None)
@given(
    st.sampled_from(POOL),
    st.lists(st.sampled_from(POOL), max_size=4),
    st.text("01238", min_size=1, max_size=6),
)
def test_covered_and_common_agree_with_every_number(one: str, others: list[str], number: str) -> None:
    there = [pattern for other in others for pattern in parse(other)]
    for pattern in parse(one):
        if pattern.matches(number):
            fits = [other for other in there if other.matches(number)]
            assert all(common(pattern, other) for other in fits)
            if covered(pattern, there):
                assert fits


@settings(deadline=None)
@given(st.sampled_from(POOL), st.lists(st.sampled_from(POOL), max_size=4))
def test_what_is_not_covered_has_a_number_that_shows_it(one: str, others: list[str]) -> None:
    there = [pattern for other in others for pattern in parse(other)]
    numbers = [f"{n:0{length}}" for length in range(1, 5) for n in range(10**length)]
    for pattern in parse(one):
        shows = [number for number in numbers if pattern.matches(number)]
        alone = [number for number in shows if not any(other.matches(number) for other in there)]
        if alone:
            assert not covered(pattern, there)
