"""The course of a wake-up under everything that can happen: crashes, clocks, two nodes, any outcome.

The model keeps what is committed (standing, attempts) apart from what a process only has in mind. A
crash forgets the latter. Whatever happens, the promises of DOMAIN section 7 hold.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from wakeup_kit import POLICIES

from hotline.call.errors import WakeupRefused
from hotline.outbound.policy import Outcome, Past
from hotline.wakeup import course
from hotline.wakeup.config import WakeupRules
from hotline.wakeup.course import State

DUE = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
RULES = WakeupRules()
SNOOZE = timedelta(minutes=RULES.snooze.minutes)
ESCALATE = timedelta(minutes=RULES.escalate_after)
NOBODY = [one for one in Outcome if one not in (Outcome.CONFIRMED, Outcome.UNKNOWN)]
FOLLOWING = {"guest": course.next_ring, "floor": course.next_knock}
POLICY = {"guest": POLICIES["wakeup"], "floor": POLICIES["knock"]}


class Wakeup(RuleBasedStateMachine):
    """One wake-up, its two telephones, and processes that come and go."""

    def __init__(self):
        super().__init__()
        self.now = DUE - timedelta(minutes=10)
        self.standing = course.begin(DUE, RULES)
        self.past = {"guest": [], "floor": []}
        self.open: dict[str, datetime | None] = {"guest": None, "floor": None}
        self.keys: list[tuple[str, int, int]] = []

    def _next(self, who):
        if self.open[who] is not None:
            return None
        return FOLLOWING[who](self.standing, self.past[who], POLICY[who], self.now)

    def _place(self):
        """What every process does each second: claim what is due, by compare-and-swap on the count."""
        for who in ("guest", "floor"):
            at = self._next(who)
            if at is not None and at <= self.now:
                key = (who, self.standing.turn, len(self.past[who]) + 1)
                assert key not in self.keys, "placed twice"
                assert self.standing.live, "rung after the end"
                self.keys.append(key)
                self.open[who] = self.now
                step = course.rung if who == "guest" else course.at_the_door
                self.standing = step(self.standing)

    def _close(self, who, outcome):
        began = self.open[who]
        self.open[who] = None
        if began is not None:
            self.past[who].append(Past(began, max(began, self.now), outcome))

    @rule(seconds=st.integers(1, 90), nodes=st.integers(1, 2))
    def time_passes(self, seconds, nodes):
        for _ in range(seconds):
            self.now += timedelta(seconds=1)
            for _ in range(nodes):
                self._place()

    @rule(minutes=st.integers(-30, 4))
    def the_clock_is_set(self, minutes):
        self.now += timedelta(minutes=minutes)
        self._place()

    @rule(who=st.sampled_from(["guest", "floor"]), outcome=st.sampled_from(NOBODY))
    def an_attempt_ends(self, who, outcome):
        self._close(who, outcome)

    @rule(down=st.integers(0, 240))
    def the_process_is_killed_and_another_begins(self, down):
        self.now += timedelta(seconds=down)
        for who in self.open:
            self._close(who, Outcome.UNKNOWN)
        if course.is_missed(self.standing, self.now, RULES):
            self.standing = course.straight_to_the_door(self.standing, self.now, course.OUTAGE, RULES)
        self._place()

    @precondition(lambda self: self.open["guest"] is not None)
    @rule()
    def the_guest_presses_one(self):
        self.standing = course.awake(self.standing, self.now, "guest", state=State.CONFIRMED)
        self._close("guest", Outcome.CONFIRMED)

    @precondition(lambda self: self.open["guest"] is not None and self.standing.live)
    @rule()
    def the_guest_presses_two(self):
        before = self.standing
        try:
            self.standing = course.snoozed(before, self.now, RULES)
        except WakeupRefused:
            assert before.snoozes == RULES.snooze.times
            self._close("guest", Outcome.NO_KEY)
            return
        self.past = {"guest": [], "floor": []}
        self.open = {"guest": None, "floor": None}
        assert self.standing.escalate_at == self.now + SNOOZE + ESCALATE

    @precondition(lambda self: self.open["floor"] is not None)
    @rule(key=st.sampled_from(["knocked", "cannot_enter"]))
    def floor_staff_press(self, key):
        if key == "knocked":
            self.standing = course.awake(self.standing, self.now, "甲", state=State.KNOCKED)
        else:
            self.standing = course.cannot_enter(self.standing)
        self._close("floor", Outcome.CONFIRMED if key == "knocked" else Outcome.PASSED_ON)

    @rule()
    def the_desk_cancels_at_the_end_of_a_long_night(self):
        if self.now > DUE + timedelta(hours=2):
            self.standing = course.called_off(self.standing, State.CANCELLED, "cancelled")

    @invariant()
    def every_turn_of_a_live_wake_up_is_or_will_be_placed(self):
        if not self.standing.live or self.now >= self.standing.knock_until:
            return
        guest = self.open["guest"] is not None or self._next("guest") is not None
        floor = self.open["floor"] is not None or self._next("floor") is not None
        assert floor, "nobody would ever knock"
        assert guest or self.now >= self.standing.until - timedelta(minutes=1) or self.past["guest"]

    @invariant()
    def floor_staff_are_rung_no_later_than_promised(self):
        if self.standing.live and self.now >= self.standing.escalate_at + timedelta(seconds=1):
            turn = self.standing.turn
            rung = any(key[:2] == ("floor", turn) for key in self.keys)
            assert rung or self.now >= self.standing.knock_until

    @invariant()
    def escalation_waits_for_no_more_than_the_snoozes(self):
        if self.standing.snoozes == 0 and not self.standing.reason:
            assert self.standing.escalate_at == DUE + ESCALATE
        assert self.standing.snoozes <= RULES.snooze.times

    @invariant()
    def what_is_over_rings_nobody(self):
        if not self.standing.live:
            assert self._next("guest") is None
            assert self._next("floor") is None

    @invariant()
    def an_outcome_without_a_key_confirms_nothing(self):
        if self.standing.state is State.CONFIRMED:
            assert self.standing.confirmed_by == "guest"
        assert (self.standing.confirmed_at is None) is (
            self.standing.state not in (State.CONFIRMED, State.KNOCKED)
        )


Wakeup.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestEveryCourse = Wakeup.TestCase


def test_a_dry_run_says_when_the_guest_and_the_floor_staff_would_be_rung():
    rings = course.preview(DUE, RULES, (POLICY["guest"], POLICY["floor"]), Outcome.NO_ANSWER, most=60)
    minutes = [(at - DUE).total_seconds() / 60 for at, who in rings if who == "guest"]
    assert minutes == list(range(20))
    assert next(at for at, who in rings if who == "floor") == DUE + ESCALATE


def test_the_minutes_late_are_whole_ones_and_never_less_than_none():
    assert course.minutes_late(DUE, DUE + timedelta(minutes=12, seconds=59)) == 12
    assert course.minutes_late(DUE, DUE - timedelta(minutes=3)) == 0


def test_a_day_after_the_time_nobody_is_sent_to_the_door():
    standing = course.straight_to_the_door(
        course.begin(DUE, RULES), DUE + timedelta(hours=24), course.OUTAGE, RULES
    )
    assert standing.state is State.TOO_LATE


def test_what_is_over_cannot_be_put_off():
    over = course.awake(course.begin(DUE, RULES), DUE, "guest", state=State.CONFIRMED)
    with pytest.raises(WakeupRefused) as refused:
        course.snoozed(over, DUE, RULES)
    assert refused.value.code == "wakeup-unknown"
