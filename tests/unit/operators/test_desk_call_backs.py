from __future__ import annotations

import pytest
from desk_kit import SECONDS

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Phrase, Place
from hotline.operators.lines import Leave
from hotline.operators.models import CallBackRow, CallBackState, WaitRow
from hotline.operators.seat import TalkEnd

NUMBER = "13800001111"


async def asked(scene, **order):
    """A caller waits a minute, then asks to be called back."""
    visitor = scene.calls(NUMBER, **order)
    await scene.passes(60)
    await visitor.chooses_otherwise()
    await scene.desk.call_back(visitor.call, visitor.order, NUMBER)
    visitor.call.far_hangs_up()
    return visitor


async def row_of(scene):
    (row,) = await scene.rows(CallBackRow)
    return row


def test_the_operator_is_rung_first_and_then_the_caller(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        await asked(scene, place=Place("3", "2", "602"), topic="repairs")
        await scene.ready("01")
        scene.telephone(NUMBER).answers = 6.0
        await scene.passes(10)
        operator = scene.telephone("8001").leg
        assert [sound.item.seconds for sound in operator.heard][:2] == [
            SECONDS[Phrase.WHISPER],
            SECONDS[Phrase.OPERATOR_WAITS],
        ]
        card = scene.telephone("8001").orders[0].card
        assert (card["call_back"], card["place"], card["caller"]) == ("yes", "3-2-602", NUMBER)
        assert scene.telephone("8001").orders[0].linkedid == scene.telephone(NUMBER).orders[0].linkedid
        assert (await row_of(scene)).state is CallBackState.PLACING
        await scene.passes(10)
        caller = scene.telephone(NUMBER).leg
        assert caller.bridged_with is operator
        scene.talks[0].end(TalkEnd.TALKED)
        await scene.passes(1)
        assert caller.over
        assert operator.over
        row = await row_of(scene)
        assert (row.state, row.outcome, row.attempts, row.operator) == (
            CallBackState.DONE,
            "talked",
            1,
            "01",
        )

    at_the_desk(story)


def test_the_place_in_the_queue_is_kept(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        await asked(scene)
        later = scene.calls("13800002222")
        await scene.passes(5)
        assert later.news[-1].position == 2
        await scene.ready("01")
        await scene.passes(15)
        assert scene.telephone(NUMBER).leg.bridged_with is scene.telephone("8001").leg
        assert not later.task.done()
        waits = await scene.rows(WaitRow, WaitRow.entered_at)
        assert waits[0].how is Leave.CALL_BACK
        assert len({wait.visit for wait in waits}) == 2, "the caller and the call back are one visit"

    at_the_desk(story)


def test_who_cannot_be_reached_is_tried_again_twice_and_then_the_supervisor_hears_of_it(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.pause("default", "01", "lunch")
        scene.telephone(NUMBER).answers = "silent"
        await asked(scene)
        await scene.ready("01")
        await scene.passes(60)
        row = await row_of(scene)
        assert (row.state, row.attempts, row.outcome) == (CallBackState.WAITING, 1, "NO ANSWER")
        assert scene.presence("01") == ("ready", ""), "no wrap-up for nothing"
        await scene.passes(200)
        assert (await row_of(scene)).attempts == 2
        await scene.passes(800)
        row = await row_of(scene)
        assert (row.state, row.attempts) == (CallBackState.FAILED, 3)
        assert await scene.told("operators.call_back_failed") == [(row.linkedid, {"attempts": "3"})]
        assert len(scene.telephone(NUMBER).orders) == 3

    at_the_desk(story)


def test_the_place_survives_a_crash(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        await asked(scene, topic="fees", place=Place(note="garage"))
        before = await row_of(scene)
        await scene.crash()
        scene.open_desk()
        await scene.passes(1)
        await scene.ready("01")
        await scene.passes(15)
        assert scene.telephone(NUMBER).leg.bridged_with is scene.telephone("8001").leg
        card = scene.telephone("8001").orders[0].card
        assert (card["topic"], card["place"]) == ("fees", "garage")
        assert (await row_of(scene)).entered_at == before.entered_at

    at_the_desk(story)


def test_an_operator_who_hangs_up_while_the_caller_is_rung_costs_no_attempt(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.sign_in("default", "02")
        await scene.desk.pause("default", "01", "lunch")
        await asked(scene)
        scene.telephone(NUMBER).answers = 20.0
        await scene.ready("01")
        await scene.passes(12)
        scene.telephone("8001").leg.far_hangs_up()
        await scene.passes(1)
        assert scene.telephone(NUMBER).cancelled == 1
        assert scene.presence("01") == ("paused", "line_lost")
        row = await row_of(scene)
        assert (row.state, row.attempts) == (CallBackState.WAITING, 0)
        await scene.ready("02")
        await scene.passes(40)
        assert scene.telephone(NUMBER).leg.bridged_with is scene.telephone("8002").leg

    at_the_desk(story)


def test_a_caller_called_back_who_hangs_up_ends_the_talk(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.pause("default", "01", "lunch")
        await asked(scene)
        await scene.ready("01")
        await scene.passes(20)
        scene.telephone(NUMBER).leg.far_hangs_up()
        await scene.passes(1)
        assert scene.talks[0].cancelled
        assert scene.presence("01") == ("wrap_up", "")
        row = await row_of(scene)
        assert (row.state, row.outcome) == (CallBackState.DONE, "hung up")

    at_the_desk(story)


def test_a_caller_called_back_whose_operator_is_lost_waits_with_music_for_the_next(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.pause("default", "01", "lunch")
        await scene.desk.sign_in("default", "02")
        await asked(scene)
        await scene.ready("01")
        await scene.passes(20)
        scene.telephone("8001").leg.far_falls_silent()
        await scene.passes(8)
        caller = scene.telephone(NUMBER).leg
        assert not caller.over
        assert caller.heard[-1].ended is None, "music plays"
        await scene.ready("02")
        await scene.passes(15)
        assert caller.bridged_with is scene.telephone("8002").leg

    at_the_desk(story)


def test_a_second_wish_for_the_same_number_keeps_the_first_place(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        visitor = await asked(scene)
        await scene.desk.call_back(visitor.call, visitor.order, NUMBER)
        assert len(await scene.rows(CallBackRow)) == 1

    at_the_desk(story)


@pytest.mark.parametrize(
    ("number", "offered", "code"), [("", "true", "call-back-number"), (NUMBER, "false", "call-back-off")]
)
def test_a_call_back_without_a_number_or_a_queue_that_offers_it_is_refused(
    at_the_desk, number, offered, code
):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        visitor = scene.calls()
        with pytest.raises(OperatorRefused) as refused:
            await scene.desk.call_back(visitor.call, visitor.order, number)
        assert refused.value.code == code
        assert await scene.rows(CallBackRow) == []

    at_the_desk(story, f'operators: [{{number: "01"}}]\nqueues: {{main: {{call_back: {offered}}}}}\n')


def test_a_fault_of_ours_costs_no_attempt_and_lets_the_operator_go(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        await asked(scene)
        await scene.ready("01")
        await scene.passes(4)  # whispered to; the row is written next
        writes, scene.db.write = scene.db.write, scene.refuse
        await scene.passes(3)
        assert scene.telephone("8001").leg.over
        assert scene.telephone(NUMBER).orders == []
        scene.db.write = writes
        await scene.passes(60)
        assert scene.telephone(NUMBER).leg.bridged_with is scene.telephone("8001").leg
        assert (await row_of(scene)).attempts == 1

    at_the_desk(story)
