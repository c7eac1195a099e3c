"""Promises of a next contact, postponements by their rules, and what follows completion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from casework_kit import DAY, done, refused
from ticket_kit import AT, ZONES, deed, new, stored

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The rules are the same on every database; what is not, is in test_tickets.py and test_sla_watch.py."""


# --- promises -----------------------------------------------------------------------------------


async def test_a_promise_is_postponed_once_before_its_time_with_the_caller_told(db, desk, clock, number):
    await desk.promise(number, AT + DAY, who="话务员")
    clock.pass_time(hours=3)
    done = await desk.act(number, deed("postpone", until=AT + 3 * DAY, caller_told=True, why="parts"))
    assert (done.state, done.next_at) == ("postponed", AT + 3 * DAY)
    row = await stored(db, number)
    assert (row.postponed_at, row.promised_at) == (clock.now(), AT + 3 * DAY)
    await desk.act(number, deed("resume"))
    again = deed("postpone", until=AT + 4 * DAY, caller_told=True, supervisor=True)
    assert "second postponement" in await refused(desk.act(number, again), "postponed-twice")


@pytest.mark.parametrize(
    ("after", "given", "code"),
    [
        (0, {"until": AT + 2 * DAY}, "caller-not-told"),
        (0, {"caller_told": True}, "no-new-time"),
        (24, {"until": AT + 2 * DAY, "caller_told": True}, "postponed-too-late"),
        (30, {"until": AT + 2 * DAY, "caller_told": True}, "postponed-too-late"),
        (0, {"until": AT + DAY, "caller_told": True}, "not-later"),
        (0, {"until": AT + 7 * DAY + timedelta(minutes=1), "caller_told": True}, "promise-too-far"),
    ],
)
async def test_a_postponement_against_the_rules_is_refused_naming_the_rule(
    db, desk, clock, number, after, given, code
):
    await desk.promise(number, AT + DAY, who="话务员")
    clock.pass_time(hours=after)
    await refused(desk.act(number, deed("postpone", **given)), code)
    row = await stored(db, number)
    assert (row.state, row.promised_at, row.postponed_at) == ("registered", AT + DAY, None)


async def test_a_supervisor_may_go_beyond_seven_days_but_not_postpone_twice(desk, number):
    far = {"until": AT + 9 * DAY, "caller_told": True, "supervisor": True}
    assert (await desk.act(number, deed("postpone", **far))).next_at == AT + 9 * DAY


async def test_a_promise_is_not_put_off_by_promising_anew(desk, clock, number):
    await refused(desk.promise(number, AT, who="a"), "in-the-past")
    await refused(desk.promise(number, AT + 8 * DAY, who="a"), "promise-too-far")
    await desk.promise(number, AT + 2 * DAY, who="a")
    assert (await desk.promise(number, AT + DAY, who="a")).next_at == AT + DAY
    assert "postponement" in await refused(desk.promise(number, AT + 2 * DAY, who="a"), "promise-kept")


async def test_times_in_a_refusal_are_the_estates(desk, clock):
    number = (await desk.open_ticket(new(estate="west"))).number
    await desk.promise(number, AT + DAY, who="a")
    clock.pass_time(days=1)
    late = deed("postpone", until=AT + 2 * DAY, caller_told=True)
    sentence = await refused(desk.act(number, late), "postponed-too-late")
    assert f"{(AT + DAY).astimezone(ZONES['west']):%Y-%m-%d %H:%M}" in sentence


@pytest.mark.parametrize(
    ("satisfaction", "solved", "state"),
    [(5, True, "followed_up"), (3, True, "followed_up"), (None, True, "followed_up"), (2, True, "reopened"),
     (1, True, "reopened"), (5, False, "reopened")],
)  # fmt: skip
# --- follow-up ----------------------------------------------------------------------------------


async def test_an_unsatisfied_caller_reopens_the_ticket(db, desk, number, satisfaction, solved, state):
    await done(desk, number)
    followed = await desk.follow_up(number, deed("follow_up", satisfaction=satisfaction), solved=solved)
    assert followed.state == state


async def test_satisfaction_is_one_to_five(db, desk, number):
    await done(desk, number)
    for wrong in (0, 6, -1):
        await refused(desk.act(number, deed("follow_up", satisfaction=wrong)), "satisfaction-range")
    row = await stored(db, number)
    assert (row.state, row.satisfaction) == ("done", None)


async def test_an_unsatisfied_caller_is_not_closed_away_without_a_supervisor(desk, number):
    await done(desk, number)
    await desk.act(number, deed("follow_up", satisfaction=2))
    await refused(desk.act(number, deed("close")), "caller-unsatisfied")
    assert (await desk.act(number, deed("close", "经理", supervisor=True))).state == "closed"


async def test_a_reopened_ticket_begins_anew_but_keeps_owner_and_postponement(db, desk, clock, number):
    await desk.act(number, deed("postpone", until=AT + DAY, caller_told=True))
    await desk.act(number, deed("resume"))
    await done(desk, number)
    clock.pass_time(hours=2)
    await desk.act(number, deed("reopen", "话务员", why="leaks again"))
    row = await stored(db, number)
    assert (row.state, row.round, row.round_at, row.owner) == ("reopened", 1, clock.now(), "王工")
    assert (row.done_at, row.accepted_at, row.responded_at, row.promised_at) == (None,) * 4
    assert row.respond_by == clock.now() + timedelta(minutes=10)
    twice = deed("postpone", until=AT + 2 * DAY, caller_told=True)
    await refused(desk.act(number, twice), "postponed-twice")
