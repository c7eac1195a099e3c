from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Presence
from hotline.operators.presence import TRANSITIONS, Absence, Deed, Standing, after

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def lived(*deeds, **more):
    standing, at = Standing(), NOW
    for deed in deeds:
        at += timedelta(seconds=10)
        deed, how = deed if isinstance(deed, tuple) else (deed, {})
        standing = after(standing, deed, at, **{**more, **how})
    return standing


def test_who_signs_in_pauses_until_ready():
    standing = lived((Deed.SIGN_IN, {"line": "8001"}))
    assert (standing.presence, standing.reason, standing.line) == (Presence.PAUSED, "signed_in", "8001")
    assert standing.there
    assert lived(Deed.SIGN_IN, Deed.READY).presence is Presence.READY


def test_one_click_signs_in_and_is_ready():
    assert lived(Deed.READY).presence is Presence.READY


def test_an_automatic_pause_counts_as_not_being_there_until_they_are_back():
    absent = lived(Deed.READY, Deed.RING, (Deed.MISS, {"reason": Absence.NO_ANSWER}))
    assert (absent.presence, absent.there) == (Presence.PAUSED, False)
    for back in (Deed.READY, Deed.SIGN_IN):
        assert after(absent, back, NOW).there
    lunch = lived(Deed.READY, (Deed.PAUSE, {"reason": "lunch"}))
    assert lunch.there
    assert after(lunch, Deed.SIGN_IN, NOW).reason == "lunch"


def test_rings_in_vain_count_up_to_the_patience_and_an_answer_begins_anew():
    miss = (Deed.MISS, {"reason": Absence.NO_ANSWER, "patience": 2})
    assert lived(Deed.READY, Deed.RING, miss).presence is Presence.READY
    assert lived(Deed.READY, Deed.RING, miss, Deed.RING, miss).presence is Presence.PAUSED
    talked = lived(Deed.READY, Deed.RING, miss, Deed.RING, Deed.TALK, Deed.FINISH, Deed.RING, miss)
    assert talked.presence is Presence.READY


def test_a_withdrawn_ring_does_not_cost_the_place_among_the_idle():
    ready = lived(Deed.READY)
    rung = after(
        after(ready, Deed.RING, NOW + timedelta(seconds=50)), Deed.RELEASE, NOW + timedelta(seconds=60)
    )
    assert rung.idle_since == ready.idle_since
    assert rung.since == NOW + timedelta(seconds=60)


def test_wrap_up_lasts_its_seconds_and_ready_ends_it():
    writing = lived(Deed.READY, Deed.RING, Deed.TALK, (Deed.FINISH, {"wrap_up": 20.0}))
    assert writing.presence is Presence.WRAP_UP
    assert writing.until - writing.since == timedelta(seconds=20)
    assert after(writing, Deed.READY, NOW).presence is Presence.READY
    assert lived(Deed.READY, Deed.RING, Deed.TALK, Deed.FINISH).presence is Presence.READY


def test_a_pause_asked_for_in_a_talk_comes_after_it_and_ready_takes_it_back():
    later = (Deed.PAUSE, {"reason": "lunch"})
    finish = (Deed.FINISH, {"wrap_up": 20.0})
    over = lived(Deed.READY, Deed.RING, Deed.TALK, later, finish, Deed.REST)
    assert (over.presence, over.reason) == (Presence.PAUSED, "lunch")
    over = lived(Deed.READY, Deed.RING, Deed.TALK, later, Deed.READY, finish, Deed.REST)
    assert over.presence is Presence.READY


def test_who_talks_on_a_call_of_their_own_in_a_pause_pauses_again_afterwards():
    own = lived(Deed.READY, (Deed.PAUSE, {"reason": "lunch"}), (Deed.TALK, {"reason": "own call"}))
    assert own.reason == "own call"
    over = after(own, Deed.FINISH, NOW)
    assert (over.presence, over.reason) == (Presence.PAUSED, "lunch")


@pytest.mark.parametrize(
    ("deeds", "code"),
    [
        ((Deed.PAUSE,), "operator-signed-out"),
        ((Deed.READY, Deed.RING, Deed.TALK, Deed.SIGN_OUT), "operator-talking"),
        ((Deed.READY, Deed.RING, Deed.TALK, Deed.TALK), "operator-talking"),
        ((Deed.READY, Deed.RING, Deed.SIGN_IN), "operator-ringing"),
        ((Deed.RING,), "operator-refused"),
    ],
)
def test_what_the_table_does_not_have_is_refused_by_name(deeds, code):
    with pytest.raises(OperatorRefused, match="Operator 01") as refused:
        lived(*deeds, who="01")
    assert refused.value.code == code


@given(st.lists(st.tuples(st.sampled_from(Deed), st.floats(0, 30)), max_size=40))
def test_whatever_is_tried_only_the_tables_states_follow(deeds):
    standing, at = Standing(), NOW
    for deed, wrap_up in deeds:
        at += timedelta(seconds=1)
        before = standing
        try:
            standing = after(standing, deed, at, reason="x", wrap_up=wrap_up, patience=2)
        except OperatorRefused:
            assert (before.presence, deed) not in TRANSITIONS
            continue
        assert (before.presence, deed) in TRANSITIONS
        assert standing.since is not None or standing.presence is Presence.SIGNED_OUT
        assert (standing.until is not None) == (standing.presence is Presence.WRAP_UP)
        if standing.presence in (Presence.READY, Presence.RINGING):
            assert standing.idle_since is not None


def test_every_state_can_be_left_and_reached():
    left = {state for state, _deed in TRANSITIONS}
    assert left == set(Presence) == set(TRANSITIONS.values())
    missing = [pair for pair in product(Presence, (Deed.READY,)) if pair not in TRANSITIONS]
    assert missing == [], "ready is always possible"
