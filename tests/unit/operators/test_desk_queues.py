from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from hotline.call.errors import OperatorRefused
from hotline.call.ports import QueuePlace, ServeEnd, Taken
from hotline.operators.lines import Leave
from hotline.operators.models import StateRow, WaitRow
from hotline.operators.seat import TalkEnd

ACCEPT = """
operators: [{number: "01", line: "8001"}, {number: "02", line: "8002"}]
queues: {main: {accept_key: true}}
"""
ALL = """
operators: [{number: "01", line: "8001"}, {number: "02", line: "8002"}, {number: "03", line: "8003"}]
queues: {main: {strategy: ring_all}}
"""
CHAIN = """
operators: [{number: "01", line: "8001", skills: [fees]}, {number: "02", line: "8002"}]
queues:
  fees: {skills: [fees], longest_wait: 60, then: main}
  main: {operators: ["02"], longest_wait: 100}
"""
ONE = 'operators: [{number: "01", line: "8001"}]\nqueues: {main: {limit: 2, announce_every: 30}}\n'


def test_the_operator_accepts_with_a_key(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.telephone("8001").presses = ((6.0, "1"),)
        visitor = scene.calls()
        await scene.passes(8)
        assert not isinstance(visitor.news[-1], Taken)
        await scene.passes(5)
        assert scene.telephone("8001").leg.bridged_with is visitor.call

    at_the_desk(story, ACCEPT)


def test_a_declined_caller_goes_to_the_next_operator_and_who_declined_stays_ready(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.passes(1)
        await scene.ready("02")
        scene.telephone("8001").presses = ((4.0, "2"),)
        scene.telephone("8002").presses = ((4.0, "1"),)
        visitor = scene.calls()
        await scene.passes(20)
        assert scene.telephone("8001").leg.over
        assert scene.presence("01") == ("ready", "")
        assert scene.telephone("8002").leg.bridged_with is visitor.call
        assert scene.details("QUEUE_MISSED") == [{"operator": "01", "reason": "declined"}]

    at_the_desk(story, ACCEPT)


def test_nine_says_it_again_and_no_key_at_all_counts_as_no_answer(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.telephone("8001").presses = ((6.0, "9"),)
        scene.calls()
        await scene.passes(60)
        leg = scene.telephone("8001").leg
        assert len(leg.heard) == 6, "asked, asked again by key, and once more without an answer"
        assert leg.over
        assert scene.presence("01") == ("paused", "no_answer")

    at_the_desk(story, ACCEPT)


def test_ring_all_rings_everybody_and_lets_the_slower_ones_go(at_the_desk):
    async def story(scene):
        await scene.ready("01", "02", "03")
        scene.telephone("8001").answers = 6.0
        scene.telephone("8003").answers = 9.0
        visitor = scene.calls()
        await scene.passes(1)
        assert sum(scene.ringing.values()) == 3
        await scene.passes(14)
        assert scene.telephone("8002").leg.bridged_with is visitor.call
        assert scene.telephone("8003").cancelled == 1
        assert all(leg.over for leg in scene.telephone("8001").legs)
        assert scene.presence("01") == scene.presence("03") == ("ready", "")

    at_the_desk(story, ALL)


def test_two_who_answer_at_once_do_not_get_the_same_caller(at_the_desk):
    async def story(scene):
        await scene.ready("01", "02", "03")
        visitor = scene.calls()
        await scene.passes(15)
        taken = [leg for one in scene.telephones.values() for leg in one.legs if not leg.over]
        assert len(taken) == 1
        assert taken[0].bridged_with is visitor.call
        presences = sorted(scene.presence(number)[0] for number in ("01", "02", "03"))
        assert presences == ["ready", "ready", "talking"]

    at_the_desk(story, ALL)


def test_an_emergency_takes_the_line_that_rings_for_somebody_else(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.telephone("8001").answers = 8.0
        ordinary = scene.calls("13800001111")
        await scene.passes(3)
        emergency = scene.calls("13800002222", priority=0)
        await scene.passes(0.1)
        assert scene.telephone("8001").cancelled == 1
        await scene.passes(20)
        assert scene.telephone("8001").leg.bridged_with is emergency.call
        assert ordinary.news[-1].position == 1
        assert emergency.news[-1] == Taken("01")

    at_the_desk(story, ONE)


def test_the_longest_wait_leads_to_the_next_queue_and_then_to_a_message(at_the_desk):
    async def story(scene):
        for number in ("01", "02"):
            await scene.desk.sign_in("default", number)
        visitor = scene.calls(queue="fees")
        await scene.passes(59)
        assert not visitor.task.done()
        served = await visitor.task
        assert served.end is ServeEnd.NOBODY
        assert scene.clock.monotonic() == pytest.approx(160, abs=3)
        rows = await scene.rows(WaitRow, WaitRow.entered_at)
        assert [(row.queue, row.how) for row in rows] == [
            ("fees", Leave.LONGEST_WAIT),
            ("main", Leave.LONGEST_WAIT),
        ]
        assert len({row.visit for row in rows}) == 1

    at_the_desk(story, CHAIN)


def test_a_queue_nobody_is_at_passes_its_callers_on_at_once(at_the_desk):
    async def story(scene):
        await scene.ready("02")
        visitor = scene.calls(queue="fees")
        await scene.passes(8)
        assert visitor.news[-1] == Taken("02")
        assert scene.details("QUEUE_LEAVE") == [{"queue": "fees", "reason": "nobody_there", "waited": "0.0"}]

    at_the_desk(story, CHAIN)


def test_a_full_queue_lets_only_emergencies_in(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        first = scene.calls()
        await scene.passes(1)
        second = scene.calls()
        await scene.passes(1)
        assert (await scene.calls().task).end is ServeEnd.NOBODY
        emergency = scene.calls(priority=0)
        await scene.passes(1)
        assert [one.news[-1].position for one in (emergency, first, second)] == [1, 2, 3]

    at_the_desk(story, ONE)


def test_a_caller_hears_when_their_place_changes_and_now_and_then_how_long_it_takes(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.calls()
        await scene.passes(10)
        waiting = scene.calls()
        await scene.passes(2)
        assert waiting.news == [QueuePlace(1, None)], "nothing is known of how long calls take"
        await scene.passes(48)
        scene.talks[0].end(TalkEnd.TALKED)
        await scene.passes(5)
        assert waiting.news[-1] == QueuePlace(1, None)
        later = scene.calls()
        await scene.passes(1)
        assert later.news[-1].expected > 40
        before = len(later.news)
        await scene.passes(9)
        assert len(later.news) == before
        await scene.passes(31)
        assert len(later.news) > before

    at_the_desk(story, ONE)


def test_pause_in_the_middle_of_a_ring_stops_it_and_the_caller_waits_for_the_next(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.sign_in("default", "02")
        scene.telephone("8001").answers = 10.0
        visitor = scene.calls()
        await scene.passes(3)
        await scene.desk.pause("default", "01", "lunch")
        await scene.passes(1)
        assert scene.telephone("8001").cancelled == 1
        assert scene.presence("01") == ("paused", "lunch")
        assert not visitor.task.done()
        await scene.ready("02")
        await scene.passes(10)
        assert visitor.news[-1] == Taken("02")

    at_the_desk(story)


def test_who_asks_for_a_pause_in_a_talk_gets_it_after_the_papers(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.calls()
        await scene.passes(10)
        await scene.desk.pause("default", "01", "lunch")
        assert scene.presence("01") == ("talking", "")
        with pytest.raises(OperatorRefused, match="end the call first"):
            await scene.desk.sign_out("default", "01")
        scene.talks[0].end(TalkEnd.TALKED)
        await scene.passes(1)
        assert scene.presence("01") == ("wrap_up", "")
        await scene.passes(25)
        assert scene.presence("01") == ("paused", "lunch")

    at_the_desk(story)


def test_who_is_engaged_otherwise_is_not_rung(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.sign_in("default", "02")
        with scene.desk.engage("default", "01", "consulted") as operator:
            assert (operator.number, operator.estate) == ("01", "default")
            assert scene.presence("01") == ("talking", "consulted")
            visitor = scene.calls()
            await scene.passes(20)
            assert scene.telephone("8001").orders == []
            with pytest.raises(OperatorRefused), scene.desk.engage("default", "01", "called"):
                pass
        await scene.passes(10)
        assert visitor.news[-1] == Taken("01")

    at_the_desk(story)


def test_presence_and_ends_of_talks_survive_a_crash(at_the_desk):
    async def story(scene):
        await scene.ready("01", "02")
        await scene.desk.sign_in("default", "03", line="8013")
        visitor = scene.calls()
        await scene.passes(10)
        talking = next(number for number in ("01", "02") if scene.presence(number)[0] == "talking")
        other = {"01": "02", "02": "01"}[talking]
        await scene.crash()
        visitor.task.cancel()
        scene.open_desk()
        await scene.passes(1)
        assert scene.presence(talking) == ("wrap_up", "")
        assert scene.presence(other) == ("ready", "")
        assert scene.presence("03") == ("paused", "signed_in")
        assert scene.desk.find("default", "03").line == "8013"
        await scene.passes(25)
        assert scene.presence(talking) == ("ready", "")
        (row,) = await scene.rows(WaitRow)
        assert (row.how, row.talk_end) == (Leave.ANSWERED, "lost")

    at_the_desk(
        story,
        'operators: [{number: "01", line: "8001"}, {number: "02", line: "8002"}, {number: "03"}]\n'
        "queues: {main: {wrap_up: 20}}\n",
    )


def test_the_history_of_presence_has_no_holes(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.calls()
        await scene.passes(10)
        scene.talks[0].end(TalkEnd.TALKED)
        await scene.passes(30)
        await scene.desk.sign_out("default", "01")
        rows = await scene.rows(StateRow, StateRow.id)
        assert [row.presence.value for row in rows] == [
            "ready",
            "ringing",
            "talking",
            "wrap_up",
            "ready",
            "signed_out",
        ]
        assert all(earlier.until == later.since for earlier, later in pairwise(rows))
        assert rows[-1].until is None

    at_the_desk(story)


def test_a_queue_taken_out_of_the_file_lets_its_callers_go_to_a_message(at_the_desk):
    async def story(scene):
        for number in ("01", "02"):
            await scene.desk.sign_in("default", number)
        visitor = scene.calls(queue="fees")
        await scene.passes(5)
        text = 'operators: [{number: "01"}, {number: "02"}]\nqueues: {main: {}}\n'
        (scene.folder / "operators.yaml").write_text(text, encoding="utf-8")
        await scene.passes(2)
        assert (await visitor.task).end is ServeEnd.NOBODY

    at_the_desk(story, CHAIN)


def test_callers_of_another_estate_do_not_get_its_operators(at_the_desk):
    async def story(scene):
        await scene.desk.ready("north", "01")
        assert (await scene.calls(estate="south").task).end is ServeEnd.NOBODY
        north = scene.calls(estate="north")
        await scene.passes(8)
        assert north.news[-1] == Taken("01")
        assert scene.desk.find("south", "01") is None

    at_the_desk(story, 'operators: [{number: "01", line: "8001", estate: north}]\nqueues: {main: {}}\n')


def test_the_lead_of_a_lost_operator_also_holds_for_an_order_that_says_first(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        ordinary = scene.calls()
        await scene.passes(5)
        ahead = scene.calls(first=True)
        await scene.passes(1)
        assert (ahead.news[-1].position, ordinary.news[-1].position) == (1, 2)
        assert replace(ahead.order, first=False) == ordinary.order

    at_the_desk(story)
