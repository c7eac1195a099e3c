"""A particular caller is taken out of the queue: who may, what happens to other rings, who comes too late."""

from __future__ import annotations

import asyncio

import pytest

from hotline.call.errors import OperatorRefused

HOUSE = """
operators:
  - {number: "01", line: "8001"}
  - {number: "02", line: "8002"}
  - {number: "03", line: "8003", supervisor: true}
  - {number: "04", line: "8004"}
queues:
  main: {operators: ["01", "02"], wrap_up: 20, ring: 15}
  fees: {operators: ["04"], wrap_up: 0, ring: 15}
"""


async def take(scene, number, visitor, action="take"):
    return await scene.desk.do("default", number, action, {"leg": visitor.call.facts.leg})


async def refused(scene, number, visitor, action="take"):
    with pytest.raises(OperatorRefused) as found:
        await take(scene, number, visitor, action)
    return found.value.code


def test_who_pauses_takes_the_third_in_the_queue_and_pauses_again_after_the_papers(at_the_desk):
    async def scene(s):
        await s.ready("01")
        await s.desk.pause("default", "01", "paperwork")
        visitors = [s.calls(f"1380000000{n}") for n in range(3)]
        await s.passes(5)
        await take(s, "01", visitors[2])
        assert s.presence("01")[0] == "ringing"
        await s.passes(10)
        assert s.talks[-1].call is visitors[2].call
        assert s.details("QUEUE_PICK") == [{"queue": "main", "operator": "01"}]
        s.talks[-1].seat.leg.far_hangs_up()
        await s.passes(1)
        assert s.presence("01")[0] == "wrap_up"
        await s.passes(21)
        assert s.presence("01") == ("paused", "paperwork")
        assert not s.talks[-1].cancelled and len(s.talks) == 1

    at_the_desk(scene, HOUSE)


def test_whose_line_rings_for_one_takes_another_and_the_first_keeps_their_place(at_the_desk):
    async def scene(s):
        s.telephone("8001").answers = 8.0
        await s.ready("01")
        first = s.calls()
        await s.passes(1)
        second = s.calls("13900000000")
        await s.passes(1)
        await take(s, "01", second)
        assert await refused(s, "01", second) in ("caller-taken", "caller-rings")
        await s.passes(20)
        assert [talk.call for talk in s.talks] == [second.call]
        s.talks[0].seat.leg.far_hangs_up()
        await s.passes(45)  # papers, then the first of the queue
        assert [talk.call for talk in s.talks] == [second.call, first.call]
        assert s.details("QUEUE_MISSED") == []

    at_the_desk(scene, HOUSE)


def test_another_line_that_rings_is_let_go_and_a_colleague_who_has_answered_keeps_the_caller(at_the_desk):
    async def scene(s):
        s.telephone("8002").answers = 6.0
        await s.ready("02")
        visitor = s.calls()
        await s.passes(2)
        await s.ready("01")
        await take(s, "01", visitor)
        await s.passes(10)
        assert [talk.seat.operator.number for talk in s.talks] == ["01"]
        assert (s.telephone("8002").cancelled, s.presence("02")[0]) == (1, "ready")
        other = s.calls("13900000000")
        await s.passes(7)  # 02 has answered and hears the whisper
        await s.desk.ready("default", "03")
        assert await refused(s, "03", other, "take_any") == "caller-taken"
        await s.passes(10)
        assert s.talks[-1].seat.operator.number == "02"
        assert await refused(s, "03", other, "take_any") == "caller-gone"
        assert await refused(s, "02", visitor) == "caller-gone"

    at_the_desk(scene, HOUSE)


def test_other_queues_callers_are_for_supervisors_by_the_file_or_by_their_account(at_the_desk):
    async def scene(s):
        await s.desk.sign_in("default", "04")
        visitor = s.calls(queue="fees")
        await s.passes(1)
        await s.desk.sign_in("default", "01")
        assert await refused(s, "01", visitor) == "not-your-queue"
        assert await refused(s, "03", visitor) == "operator-signed-out"
        await s.desk.sign_in("default", "03")
        await take(s, "03", visitor)
        await s.passes(10)
        assert s.talks[-1].seat.operator.number == "03"
        again = s.calls("13900000000", queue="fees")
        await s.passes(1)
        await take(s, "01", again, "take_any")
        await s.passes(10)
        assert s.talks[-1].seat.operator.number == "01"

    at_the_desk(scene, HOUSE)


def test_an_emergency_at_ones_line_comes_first_and_a_stranger_is_not_there(at_the_desk):
    async def scene(s):
        s.telephone("8001").answers = 8.0
        await s.ready("01")
        urgent, other = s.calls(priority=0), s.calls("13900000000")
        await s.passes(1)
        assert await refused(s, "01", other) == "emergency-rings"
        await s.passes(8.5)
        assert await refused(s, "01", other) == "operator-ringing"
        await s.passes(5)
        assert s.talks[-1].call is urgent.call
        assert await refused(s, "01", other) == "operator-talking"
        with pytest.raises(OperatorRefused, match="does not wait"):
            await s.desk.do("default", "02", "take", {"leg": "f" * 32})

    at_the_desk(scene, HOUSE)


def test_a_picked_caller_who_hangs_up_leaves_the_operator_as_they_were(at_the_desk):
    async def scene(s):
        s.telephone("8001").answers = 8.0
        await s.ready("01")
        await s.desk.pause("default", "01", "meal")
        visitor = s.calls()
        await s.passes(1)
        await take(s, "01", visitor)
        await s.passes(1)
        await visitor.hangs_up()
        await s.passes(1)
        assert s.presence("01") == ("paused", "meal")
        assert s.telephone("8001").cancelled == 1

    at_the_desk(scene, HOUSE)


def test_who_does_not_answer_the_caller_they_picked_is_set_to_pause_and_the_queue_goes_on(at_the_desk):
    async def scene(s):
        s.telephone("8001").answers = "silent"
        await s.desk.sign_in("default", "02")
        await s.ready("01")
        await s.desk.pause("default", "01", "meal")
        visitor = s.calls()
        await s.passes(1)
        await take(s, "01", visitor)
        await s.passes(16)
        assert s.presence("01") == ("paused", "no_answer")
        await s.ready("02")
        await s.passes(10)
        assert s.talks[-1].seat.operator.number == "02"
        assert s.talks[-1].call is visitor.call

    at_the_desk(scene, HOUSE)


def test_where_all_are_rung_one_who_picks_rings_alone_and_another_estates_caller_is_not_there(at_the_desk):
    async def scene(s):
        for line in ("8001", "8002"):
            s.telephone(line).answers = 9.0
        await s.ready("01", "02")
        visitor, foreign = s.calls(), s.calls("13900000000", estate="north")
        await s.passes(1)
        await s.desk.sign_in("default", "03")
        assert await refused(s, "03", foreign) == "caller-gone"
        await take(s, "03", visitor)
        await s.passes(0.1)
        assert (s.telephone("8001").cancelled, s.telephone("8002").cancelled) == (1, 1)
        assert [s.presence(number)[0] for number in ("01", "02", "03")] == ["ready", "ready", "ringing"]
        await s.passes(8)
        assert [talk.seat.operator.number for talk in s.talks] == ["03"]
        assert len(s.telephone("8001").orders) == 1  # nobody was rung beside who picked them

    everybody = HOUSE.replace("main: {", "main: {strategy: ring_all, ").replace(
        '{number: "0', '{estate: default, number: "0'
    )
    at_the_desk(scene, everybody)


@pytest.mark.parametrize("seed", range(6))
def test_two_who_pick_at_once_and_the_queue_itself_never_give_a_caller_to_two(at_the_desk, seed):
    async def scene(s):
        for number in ("01", "02"):
            s.telephone(f"800{number[-1]}").answers = 0.5 + 0.7 * (seed % 3)
        await s.ready("01", "02")
        visitors = [s.calls(f"1380000000{n}") for n in range(4)]
        for step in range(8):
            await s.passes(0.3 * ((seed + step) % 4))
            for number in ("01", "02"):
                try:
                    await take(s, number, visitors[(seed + step) % 4])
                except OperatorRefused:
                    continue
        await s.passes(30)
        calls = [talk.call for talk in s.talks]
        assert len(calls) == len(set(map(id, calls))) == 2
        assert {talk.seat.operator.number for talk in s.talks} == {"01", "02"}
        await asyncio.gather(*(visitor.hangs_up() for visitor in visitors))

    at_the_desk(scene, HOUSE)
