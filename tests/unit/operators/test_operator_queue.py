from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.operators.lines import (
    Caller,
    Leave,
    QueueRules,
    State,
    Strategy,
    Worker,
    admit,
    anybody,
    places,
)
from hotline.operators.queue import AGAIN_AFTER, Move, Offer, Withdrawal, decide

NOW = 1000.0


def worker(number, **more):
    more = {"ready": True, "there": True, "languages": frozenset({"zh"})} | more
    return Worker(key=("", number), **more)


def caller(id_, **more):
    more = {
        "queue": "main",
        "estate": "default",
        "entered": NOW - 10,
        "queued": NOW - 10,
        "language": "zh",
    } | more
    return Caller(id=id_, **more)


def state(workers, callers, *queues, last=None):
    queues = queues or (QueueRules(name="main"),)
    return State({queue.name: queue for queue in queues}, workers, callers, last or {})


def offers(decision):
    return {offer.caller: [number for _estate, number in offer.workers] for offer in decision.offers}


def test_longest_idle_goes_to_who_has_waited_longest_for_a_call():
    workers = [worker("01", idle_since=300.0), worker("02", idle_since=100.0), worker("03", idle_since=200.0)]
    callers = [caller("b", entered=NOW - 5), caller("a", entered=NOW - 50)]
    assert offers(decide(state(workers, callers), NOW)) == {"a": ["02"], "b": ["03"]}


def test_round_robin_follows_the_order_of_the_queue_and_skips_who_is_busy():
    rules = QueueRules(name="main", strategy=Strategy.ROUND_ROBIN, operators=("03", "01", "02"))
    workers = [worker("01"), worker("02", ready=False), worker("03")]
    got = decide(state(workers, [caller("a")], rules, last={"main": ("", "01")}), NOW)
    assert offers(got) == {"a": ["03"]}
    got = decide(state(workers, [caller("a"), caller("b")], rules, last={"main": ("", "03")}), NOW)
    assert offers(got) == {"a": ["01"], "b": ["03"]}


def test_ring_all_rings_everybody_and_who_becomes_ready_while_it_rings():
    rules = QueueRules(name="main", strategy=Strategy.RING_ALL)
    workers = [worker("01"), worker("02"), worker("03", ready=False)]
    assert offers(decide(state(workers, [caller("a")], rules), NOW)) == {"a": ["01", "02"]}
    ringing = caller("a", ringing=frozenset({("", "01")}))
    workers = [worker("01", ready=False), worker("03")]
    assert offers(decide(state(workers, [ringing], rules), NOW)) == {"a": ["03"]}


def test_skills_first_prefers_the_better_fit_to_the_longer_idle():
    rules = QueueRules(name="main", strategy=Strategy.SKILLS_FIRST, prefer=frozenset({"deposits"}))
    workers = [worker("01", idle_since=1.0), worker("02", idle_since=500.0, skills=frozenset({"deposits"}))]
    assert offers(decide(state(workers, [caller("a")], rules), NOW)) == {"a": ["02"]}


def test_required_skills_of_a_queue_are_never_waived():
    rules = QueueRules(name="main", skills=frozenset({"fees"}))
    waiting = caller("a", entered=0.0)
    assert decide(state([worker("01")], [waiting], rules), NOW).moves == (Move("a", "", Leave.NOBODY_THERE),)


@pytest.mark.parametrize(("waited", "served"), [(30, {}), (61, {"a": ["01"]})])
def test_a_language_is_wanted_for_a_while_and_then_anybody_is_better_than_nobody(waited, served):
    workers = [worker("01"), worker("02", ready=False, languages=frozenset({"en"}))]
    waiting = caller("a", language="en", entered=NOW - waited)
    assert offers(decide(state(workers, [waiting]), NOW)) == served


def test_a_language_nobody_there_speaks_is_not_waited_for():
    workers = [worker("01"), worker("02", ready=False, there=False, languages=frozenset({"en"}))]
    assert offers(decide(state(workers, [caller("a", language="en")]), NOW)) == {"a": ["01"]}


def test_an_emergency_is_offered_to_whoever_is_ready_whatever_they_speak():
    workers = [worker("01"), worker("02", ready=False, languages=frozenset({"en"}))]
    got = decide(state(workers, [caller("a"), caller("e", priority=0, language="en")]), NOW)
    assert offers(got) == {"e": ["01"]}


def test_an_emergency_withdraws_the_ring_of_the_last_in_turn():
    workers = [worker("01", ready=False), worker("02", ready=False)]
    callers = [
        caller("early", entered=NOW - 60, ringing=frozenset({("", "01")})),
        caller("late", entered=NOW - 20, ringing=frozenset({("", "02")})),
        caller("e", priority=0, entered=NOW),
    ]
    assert decide(state(workers, callers), NOW).withdrawals == (Withdrawal("late", ("", "02")),)
    served = replace(callers[2], ringing=frozenset({("", "01")}))
    assert decide(state(workers, [callers[1], served]), NOW).withdrawals == ()


def test_who_did_not_take_a_caller_is_not_rung_for_them_again_at_once():
    tried = caller("a", tried={("", "01"): NOW - 1})
    workers = [worker("01")]
    assert offers(decide(state(workers, [tried]), NOW)) == {}
    assert offers(decide(state(workers, [tried]), NOW + AGAIN_AFTER)) == {"a": ["01"]}
    assert offers(decide(state(workers, [tried, caller("b", entered=NOW)]), NOW)) == {"b": ["01"]}


def test_queues_pass_on_what_they_cannot_take_to_the_next():
    night = QueueRules(name="night", operators=("02",))
    day = QueueRules(name="day", operators=("01",), then="night", limit=1)
    at_night = state([worker("01", there=False), worker("02")], [], day, night)
    assert admit(at_night, caller("a", queue="day"), "day") == ("night", [("day", Leave.NOBODY_THERE)])
    full = state([worker("01"), worker("02")], [caller("b", queue="day")], day, night)
    assert admit(full, caller("a", queue="day"), "day") == ("night", [("day", Leave.FULL)])
    assert admit(full, caller("a", queue="day", priority=0), "day") == ("day", [])
    assert admit(full, caller("a", queue="day", first=True), "day") == ("day", [])
    nobody = state([], [], day, night)
    assert admit(nobody, caller("a", queue="day"), "day") == (
        "",
        [("day", Leave.NOBODY_THERE), ("night", Leave.NOBODY_THERE)],
    )


def test_a_kept_place_waits_even_when_nobody_is_there():
    assert decide(state([], [caller("a", kept=True, queued=0.0)]), NOW).moves == ()
    assert len(decide(state([], [caller("a", queued=0.0)]), NOW).moves) == 1


def test_whoever_is_being_rung_for_is_not_moved_on():
    workers = [worker("01", ready=False)]
    long = caller("a", queued=0.0, ringing=frozenset({("", "01")}))
    assert decide(state(workers, [long]), NOW).moves == ()
    assert decide(state(workers, [replace(long, ringing=frozenset())]), NOW).moves == (
        Move("a", "", Leave.LONGEST_WAIT),
    )


def test_an_operator_of_one_estate_serves_no_other():
    north = Worker(key=("north", "01"), ready=True, there=True)
    everywhere = state([north], [])
    assert anybody(everywhere, "main", "north")
    assert not anybody(everywhere, "main", "south")


def test_positions_count_those_of_the_same_queue_and_estate():
    callers = [
        caller("a", entered=1.0), caller("b", entered=2.0, first=True), caller("c", entered=3.0, priority=0),
        caller("n", entered=0.0, estate="north"), caller("f", entered=0.0, queue="fees"),
    ]  # fmt: skip
    assert places(callers) == {"c": 1, "b": 2, "a": 3, "n": 1, "f": 1}


# --- whatever comes ---------------------------------------------------------------------------------

NUMBERS = [f"{number:02d}" for number in range(1, 9)]


def some(chance, *words, at_least=0):
    return frozenset(chance.sample(words, chance.randint(at_least, len(words))))


def situation_of(seed):
    """Drawn by hand from one seed: a tenth of the time it takes to draw every value."""
    chance = Random(seed)
    workers = [
        worker(
            number,
            ready=chance.random() < 0.5,
            idle_since=float(chance.randint(0, 900)),
            languages=some(chance, "zh", "en", at_least=1),
            skills=some(chance, "fees", "repairs"),
        )
        for number in sorted(some(chance, *NUMBERS))
    ]
    busy = [one.key for one in workers if not one.ready]
    queues = [
        QueueRules(
            name=name,
            strategy=chance.choice(list(Strategy)),
            operators=chance.choice([None, tuple(some(chance, *NUMBERS))]),
            skills=chance.choice([frozenset(), some(chance, "fees", "repairs")]),
            longest_wait=120.0,
        )
        for name in ("main", "fees")
    ]
    callers = []
    for index in range(chance.randint(0, 12)):
        rung = {busy.pop()} if busy and chance.random() < 0.5 else set()
        callers.append(
            caller(
                f"c{index}",
                queue=chance.choice(["main", "fees"]),
                entered=NOW - chance.randint(0, 200),
                queued=NOW - chance.randint(0, 150),
                priority=chance.choice([0, 50, 50, 70]),
                first=chance.random() < 0.3,
                language=chance.choice(["zh", "en", ""]),
                skills=chance.choice([frozenset(), some(chance, "fees", "repairs")]),
                kept=chance.random() < 0.3,
                ringing=frozenset(rung),
            )
        )
    return state(workers, callers, *queues)


SITUATIONS = st.integers(0, 2**32).map(situation_of)


def fits(situation, one, key):
    rules = situation.queues[one.queue]
    operator = next(other for other in situation.workers if other.key == key)
    listed = rules.operators is None or key[1] in rules.operators
    return listed and rules.skills <= operator.skills


@given(SITUATIONS)
@settings(max_examples=500, deadline=None)
def test_nobody_is_rung_who_is_not_ready_nor_for_two_callers(situation):
    decision = decide(situation, NOW)
    ready = {one.key for one in situation.workers if one.ready}
    rung = Counter(key for offer in decision.offers for key in offer.workers)
    assert set(rung) <= ready
    assert max(rung.values(), default=0) <= 1
    by_id = {one.id: one for one in situation.callers}
    assert all(
        fits(situation, by_id[offer.caller], key) for offer in decision.offers for key in offer.workers
    )
    moved = {move.caller for move in decision.moves}
    assert moved.isdisjoint(offer.caller for offer in decision.offers)


@given(SITUATIONS)
@settings(max_examples=500, deadline=None)
def test_no_emergency_waits_while_somebody_else_gets_an_operator_it_could_have(situation):
    decision = decide(situation, NOW)
    by_id = {one.id: one for one in situation.callers}
    gone = {move.caller for move in decision.moves}
    served = {offer.caller for offer in decision.offers}
    waiting = [
        one for one in situation.callers
        if one.priority == 0 and one.id not in gone | served and not one.ringing
    ]  # fmt: skip
    for emergency in waiting:
        for offer in decision.offers:
            if by_id[offer.caller].priority > 0:
                assert not any(fits(situation, emergency, key) for key in offer.workers)
    withdrawn = {withdrawal.worker for withdrawal in decision.withdrawals}
    still = {
        key
        for one in situation.callers
        if one.priority > 0 and one.id not in gone
        for key in one.ringing - withdrawn
    }
    could = [one for one in waiting if any(fits(situation, one, key) for key in still)]
    assert len(could) <= len(withdrawn), "whoever could still take a ring from others has taken one"


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=30, unique=True),
    st.integers(1, 4),
    st.sampled_from([Strategy.LONGEST_IDLE, Strategy.ROUND_ROBIN, Strategy.SKILLS_FIRST]),
)
@settings(max_examples=200, deadline=None)
def test_of_equal_priority_nobody_starves(entries, operators, strategy):
    """Served one after the other, however many others come in between, everybody goes in order of arrival."""
    rules = QueueRules(name="main", strategy=strategy, longest_wait=1e9, limit=100)
    waiting = [caller(f"c{entered}", entered=float(entered), queued=float(entered)) for entered in entries]
    order = []
    newcomers = 0
    while any(one.id in {f"c{entered}" for entered in entries} for one in waiting):
        got = decide(state([worker(f"{n:02d}") for n in range(operators)], waiting, rules), NOW)
        assert got.offers
        taken = [offer.caller for offer in got.offers]
        order += taken
        waiting = [one for one in waiting if one.id not in taken]
        newcomers += 1
        waiting.append(caller(f"n{newcomers}", entered=NOW + newcomers, queued=NOW))
    first_comers = [one for one in order if one.startswith("c")]
    assert first_comers == [f"c{entered}" for entered in sorted(entries)]


@given(SITUATIONS)
@settings(max_examples=100, deadline=None)
def test_the_same_situation_is_always_decided_alike(situation):
    again = State(situation.queues, situation.workers, list(reversed(situation.callers)), situation.last_rung)
    assert {offer.caller: offer for offer in decide(situation, NOW).offers} == {
        offer.caller: offer for offer in decide(again, NOW).offers
    }
    assert all(isinstance(offer, Offer) for offer in decide(situation, NOW).offers)
