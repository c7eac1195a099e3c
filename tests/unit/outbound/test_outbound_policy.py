from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.ports import DutyContact
from hotline.outbound.policy import (
    UNCOUNTED,
    Outcome,
    Past,
    Policy,
    first_attempt,
    is_ghost,
    next_attempt,
    preview,
)
from hotline.outbound.rotation import next_turn

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI).astimezone(UTC)


def ended(*outcomes: Outcome, every: float = 100.0) -> list[Past]:
    return [
        Past(
            TEN + timedelta(seconds=every * i),
            TEN + timedelta(seconds=every * i + 30),
            outcome,
        )
        for i, outcome in enumerate(outcomes)
    ]


def after(policy: Policy, *outcomes: Outcome) -> float | None:
    past = ended(*outcomes)
    at = next_attempt(policy, past, now=past[-1].ended_at, zone=SHANGHAI)
    return None if at is None else (at - past[-1].ended_at).total_seconds()


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        (Outcome.BUSY, 300),
        (Outcome.NO_ANSWER, 600),
        (Outcome.DECLINED, 60),
        (Outcome.UNKNOWN, 10),
        (Outcome.GHOST, 10),
    ],
)
def test_the_pause_depends_on_how_the_attempt_ended(outcome, seconds):
    policy = Policy(name="p", spacing={Outcome.BUSY: 300, Outcome.NO_ANSWER: 600})
    assert after(policy, outcome) == seconds


def test_attempts_that_were_our_own_fault_use_up_none():
    policy = Policy(name="p", attempts=2)
    assert after(policy, Outcome.NO_ANSWER, Outcome.UNKNOWN, Outcome.NO_CHANNEL) is not None
    assert after(policy, Outcome.NO_ANSWER, Outcome.UNKNOWN, Outcome.BUSY, Outcome.NO_ANSWER) is None


def test_what_is_enough_for_a_day_goes_on_after_midnight_of_the_estate():
    policy = Policy(name="p", per_day=2)
    past = ended(Outcome.NO_ANSWER, Outcome.NO_ANSWER)
    at = next_attempt(policy, past, now=past[-1].ended_at, zone=SHANGHAI)
    assert at == datetime(2026, 11, 24, 0, 0, tzinfo=SHANGHAI)


def test_a_closed_window_moves_the_attempt_to_its_opening():
    opening = TEN + timedelta(hours=5)
    policy = Policy(name="p", window="decent_hours")

    def opens(at):
        return max(at, opening)

    assert first_attempt(policy, TEN, opens=opens) == opening
    assert first_attempt(Policy(name="p"), TEN, opens=opens) == TEN


def test_a_preview_says_when_every_attempt_would_be():
    policy = Policy(name="p", ring=30, attempts=3, spacing={Outcome.NO_ANSWER: 600})
    seconds = [(at - TEN).total_seconds() for at in preview(policy, TEN, zone=SHANGHAI)]
    assert seconds == [0, 630, 1260]


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1, max_size=12), st.integers(1, 5))
def test_the_next_attempt_is_never_in_the_past_and_never_over_the_limit(outcomes, most):
    past = ended(*outcomes)
    now = past[-1].ended_at
    at = next_attempt(Policy(name="p", attempts=most), past, now=now, zone=SHANGHAI)
    counted = sum(outcome not in UNCOUNTED for outcome in outcomes)
    assert (at is None) == (counted >= most)
    assert at is None or at >= now


# --- whose turn it is -------------------------------------------------------------------------

A, B, S = DutyContact("甲", "1"), DutyContact("乙", "2"), DutyContact("主管", "9")


@pytest.mark.parametrize(
    ("tried", "expected", "new_round"),
    [
        ((), A, True),
        (("1",), B, False),
        (("1", "2"), S, False),
        (("1", "2", "9"), A, True),
        (("1", "2", "9", "1"), B, False),
        (("1", "2", "9", "1", "2"), S, False),
    ],
)
def test_the_roster_is_rung_round_and_round_with_the_supervisor_from_the_second_round(
    tried, expected, new_round
):
    turn = next_turn([A, B], [S], tried)
    assert turn is not None
    assert turn.contact == expected
    assert turn.new_round is new_round


def test_somebody_new_on_the_roster_comes_before_a_second_round():
    turn = next_turn([A, B], [S], ("1",))
    assert turn is not None and turn.contact == B
    turn = next_turn([DutyContact("丙", "3"), A], [S], ("1", "2"))
    assert turn is not None and turn.contact.number == "3"


def test_with_nobody_on_the_roster_the_supervisor_is_rung_and_without_one_nobody():
    turn = next_turn([], [S], ())
    assert turn is not None and turn.contact == S
    assert next_turn([], [], ()) is None


def test_busy_is_our_own_ghost_for_a_minute_after_the_last_crash_and_then_it_is_theirs():
    past = ended(Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.GHOST, Outcome.GHOST, every=15.0)
    crash = past[1].ended_at
    assert is_ghost(past, Outcome.BUSY, crash + timedelta(seconds=59))
    assert not is_ghost(past, Outcome.BUSY, crash + timedelta(seconds=60))
    assert not is_ghost(past, Outcome.NO_ANSWER, crash + timedelta(seconds=1))
    assert not is_ghost(ended(Outcome.UNKNOWN, Outcome.NO_ANSWER), Outcome.BUSY, crash)
    assert not is_ghost([], Outcome.BUSY, crash)
    assert not is_ghost(ended(Outcome.GHOST), Outcome.BUSY, crash)
