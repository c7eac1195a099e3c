from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.call.errors import TicketRefused
from hotline.call.ports import TicketAction
from hotline.tickets.life import (
    BY_HANDS,
    ENDED,
    EVENTS,
    TRANSITIONS,
    UNFINISHED,
    Hands,
    TicketState,
    allowed,
    next_state,
)

states = st.sampled_from(TicketState)
actions = st.sampled_from(TicketAction)
hands = st.sampled_from(Hands)


def walk(state: TicketState, deeds: list[tuple[TicketAction, Hands]]) -> TicketState:
    for action, whose in deeds:
        if action in allowed(state):
            state = next_state(state, action, whose)
    return state


@given(states, actions, hands)
def test_every_action_in_every_state_leads_to_a_state_or_is_refused_with_a_sentence(state, action, whose):
    try:
        after = next_state(state, action, whose)
    except TicketRefused as refused:
        assert action not in allowed(state)
        assert refused.code == "ticket-transition"
        assert state.value.replace("_", " ") in refused.sentence
        assert all(other.value in refused.sentence for other in allowed(state))
    else:
        assert action in allowed(state)
        assert after is not state or action in (TicketAction.ASSIGN, TicketAction.PASS_ON)


@given(st.lists(st.tuples(actions, hands), max_size=40))
def test_whatever_is_done_a_ticket_can_still_be_ended(deeds):
    state = walk(TicketState.REGISTERED, deeds)
    way = {
        TicketState.DONE: [TicketAction.CLOSE],
        TicketState.FOLLOWED_UP: [TicketAction.CLOSE],
    }.get(state, [] if state in ENDED else [TicketAction.CANCEL])
    for action in way:
        state = next_state(state, action)
    assert state in ENDED


@given(st.lists(st.tuples(actions, hands), max_size=40))
def test_nothing_is_followed_up_that_was_not_done_since_it_was_last_open(deeds):
    state, done = TicketState.REGISTERED, False
    for action, whose in deeds:
        if action not in allowed(state):
            continue
        state = next_state(state, action, whose)
        done = state is TicketState.DONE or (done and state not in UNFINISHED)
        assert state is not TicketState.FOLLOWED_UP or done


@given(states, hands)
def test_only_reopening_leads_out_of_an_ended_ticket(state, whose):
    for action in allowed(state) if state in ENDED else ():
        assert action is TicketAction.REOPEN
        assert next_state(state, action, whose) is TicketState.REOPENED


def test_every_state_is_reached_from_registration():
    reached, found = set(), {TicketState.REGISTERED}
    while found - reached:
        state = (found - reached).pop()
        reached.add(state)
        found |= {next_state(state, action, whose) for action in allowed(state) for whose in Hands}
    assert reached == set(TicketState) == set(TRANSITIONS)


def test_every_action_is_possible_somewhere_and_has_its_word():
    assert {action for row in TRANSITIONS.values() for action in row} == set(TicketAction) == set(EVENTS)


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (["assign", "accept", "arrive", "complete", "follow_up", "close"], "closed"),
        (["accept", "complete", "close"], "closed"),
        (["assign", "accept", "complete", "follow_up", "reopen", "accept"], "accepted"),
        (["assign", "assign"], "assigned"),
        (["cancel", "reopen"], "reopened"),
        (["postpone", "cancel"], "cancelled"),
    ],
)
def test_the_ways_of_the_trade_are_open(way, state):
    found = TicketState.REGISTERED
    for action in way:
        found = next_state(found, TicketAction(action))
    assert found == state


@pytest.mark.parametrize("action", ["pass_on", "resume"])
@pytest.mark.parametrize("whose", list(Hands))
def test_what_is_passed_on_or_resumed_stands_where_the_hands_are_it_is_in(action, whose):
    state = TicketState.ACCEPTED if action == "pass_on" else TicketState.POSTPONED
    assert next_state(state, TicketAction(action), whose) is BY_HANDS[whose]


@pytest.mark.parametrize(
    ("state", "action", "way"),
    [
        ("registered", "complete", "accept"),
        ("registered", "arrive", "accept"),
        ("assigned", "complete", "has to accept it first"),
        ("postponed", "assign", "resumed first"),
        ("postponed", "postpone", "resumed first"),
        ("closed", "cancel", "reopened first"),
        ("done", "postpone", "followed up, closed or reopened"),
        ("on_site", "follow_up", "completion"),
    ],
)
def test_an_impossible_step_is_refused_with_the_way_that_is_open(state, action, way):
    with pytest.raises(TicketRefused, match=way):
        next_state(TicketState(state), TicketAction(action))


def test_a_refusal_is_plain_english_whatever_the_action():
    found = set()
    for state, action in ((state, action) for state in TicketState for action in TicketAction):
        if action not in allowed(state):
            with pytest.raises(TicketRefused) as caught:
                next_state(state, action)
            found.add(caught.value.sentence.partition(":")[0])
    assert {"Arrival cannot be noted", "Completion cannot be noted", "It cannot be passed on"} < found
    assert len(found) == len(TicketAction)
    assert not any("be arrived" in sentence for sentence in found)
