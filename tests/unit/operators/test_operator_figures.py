from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.operators.estimates import averaged, expected
from hotline.operators.figures import Wait, figures, whole_visits
from hotline.operators.lines import Leave


def wait(how, waited, **more):
    return Wait(**({"visit": f"{how}{waited}", "queue": "main", "how": how, "waited": waited} | more))


def test_the_service_level_counts_answered_and_abandoned_within_the_time_of_all():
    waits = [
        wait(Leave.ANSWERED, 10.0, talked=60.0),
        wait(Leave.ANSWERED, 20.0, talked=120.0),
        wait(Leave.ANSWERED, 21.0, talked=30.0),
        wait(Leave.ABANDONED, 3.0, short=True),
        wait(Leave.ABANDONED, 15.0),
        wait(Leave.ABANDONED, 90.0),
        wait(Leave.LONGEST_WAIT, 180.0),
        wait(Leave.CALL_BACK, 60.0),
    ]
    found = figures(waits, within=20)
    assert found.service_level == pytest.approx(4 / 8)
    assert (found.callers, found.answered, found.abandoned, found.short_abandons, found.moved_on) == (
        8,
        3,
        2,
        1,
        2,
    )
    assert found.abandoned_share == pytest.approx(2 / 7), "short abandons are left out"
    assert found.average_wait == pytest.approx(17.0)
    assert found.longest_wait == 180.0
    assert (found.talk_seconds, found.average_talk) == (210.0, 70.0)


def test_without_callers_there_are_no_shares():
    found = figures([], within=20)
    assert (found.callers, found.service_level, found.abandoned_share, found.longest_wait) == (
        0,
        None,
        None,
        None,
    )


def test_a_caller_who_went_through_two_queues_is_one_caller_with_the_whole_wait():
    waits = [
        wait(Leave.LONGEST_WAIT, 60.0, visit="a", queue="fees"),
        wait(Leave.ANSWERED, 15.0, visit="a", operator="01", talked=100.0),
        wait(Leave.ABANDONED, 3.0, visit="b", short=True),
    ]
    whole = whole_visits(waits)
    assert [(one.visit, one.how, one.waited) for one in whole] == [
        ("a", Leave.ANSWERED, 75.0),
        ("b", Leave.ABANDONED, 3.0),
    ]
    assert figures(whole, within=20).service_level == pytest.approx(1 / 2)


def test_a_caller_whose_operator_was_lost_counts_once_as_answered():
    waits = [
        wait(Leave.ANSWERED, 5.0, visit="a", operator="01", talked=30.0),
        wait(Leave.ABANDONED, 4.0, visit="a", short=True),
    ]
    (whole,) = whole_visits(waits)
    assert (whole.how, whole.waited, whole.talked, whole.short) == (Leave.ANSWERED, 5.0, 30.0, False)


@given(st.lists(st.tuples(st.sampled_from(Leave), st.floats(0, 600))))
def test_every_caller_is_counted_exactly_once(ends):
    waits = [wait(how, waited, visit=str(index)) for index, (how, waited) in enumerate(ends)]
    found = figures(waits, within=20)
    assert found.answered + found.abandoned + found.short_abandons + found.moved_on == found.callers
    assert found.service_level is None or 0 <= found.service_level <= 1


def test_the_expected_wait_follows_calls_and_operators():
    assert expected(1, handling=None, there=3, ready=0) is None
    assert expected(2, handling=None, there=3, ready=2) == 0.0
    assert expected(3, handling=120.0, there=2, ready=1) == 120.0
    assert expected(1, handling=120.0, there=0, ready=0) is None
    assert averaged(None, 100.0) == 100.0
    assert averaged(100.0, 200.0) == 120.0
