from __future__ import annotations

import pytest
from desk_kit import SECONDS

from hotline.call.ports import Phrase, Place, QueuePlace, ServeEnd, Taken
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.operators.seat import TalkEnd


def test_a_caller_is_whispered_about_announced_and_connected(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls(topic="repairs", place=Place("3", "2", "602"), caller_name="王先生")
        await scene.passes(10)
        operator = scene.telephone("8001")
        assert operator.leg.bridged_with is visitor.call
        assert [sound.item.seconds for sound in operator.leg.heard] == [
            SECONDS[Phrase.WHISPER],
            SECONDS[Phrase.SERVING],
        ]
        assert visitor.lengths == [SECONDS[Phrase.SERVING]]
        assert visitor.news == [QueuePlace(1, 0.0), Taken("01")]
        order = operator.orders[0]
        assert (order.purpose, order.may_transfer, order.notice_silence) == ("operator", True, 1.5)
        assert order.timeout == 15
        assert order.card["place"] == "3-2-602"
        assert order.card["caller"] == "13800001111"
        assert scene.presence("01") == ("talking", "")
        operator.leg.far_hangs_up()
        served = await visitor.task
        assert (served.end, served.operator) == (ServeEnd.TALKED, "01")
        assert not visitor.call.over, "the caller goes back to the menu"
        assert scene.presence("01") == ("wrap_up", "")
        await scene.passes(21)
        assert scene.presence("01") == ("ready", "")
        assert scene.kinds(visitor.call.facts.leg) == [
            "QUEUE_ENTER",
            "QUEUE_OFFER",
            "QUEUE_TAKEN",
            "OPERATOR_LEAVE",
        ]
        assert "王先生" not in str(scene.log.events)

    at_the_desk(story)


def test_a_caller_who_hangs_up_during_the_whisper_is_told_to_the_operator_who_is_ready_again(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls()
        await scene.passes(4)
        leg = scene.telephone("8001").leg
        assert leg.answered
        await visitor.hangs_up()
        await scene.passes(2)
        assert (Phrase.CALLER_GONE, leg.heard[-1].item.seconds) == (Phrase.CALLER_GONE, 1.5)
        assert leg.over
        assert scene.presence("01") == ("ready", "")
        assert scene.talks == []

    at_the_desk(story)


def test_a_caller_who_hangs_up_while_the_line_rings_stops_it(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.telephone("8001").answers = 10.0
        visitor = scene.calls()
        await scene.passes(5)
        await visitor.hangs_up()
        await scene.passes(0.1)
        assert scene.telephone("8001").cancelled == 1
        assert scene.presence("01") == ("ready", "")
        (row,) = await scene.rows(WaitRow)
        assert (row.how, row.short, row.offers) == (Leave.ABANDONED, False, 1)
        assert row.waited == pytest.approx(5.0, abs=0.1)

    at_the_desk(story)


def test_a_caller_who_hangs_up_during_the_announcement_frees_the_operator_at_once(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls()
        await scene.passes(6.5)  # answered at 2.2, whisper until 5.2, announcement until 7.2
        assert isinstance(visitor.news[-1], Taken)
        await visitor.hangs_up()
        await scene.passes(2)
        assert scene.telephone("8001").leg.over
        assert scene.presence("01") == ("ready", "")

    at_the_desk(story)


def test_a_caller_who_hangs_up_in_the_talk_lets_everybody_go_and_wrap_up_begins(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls()
        await scene.passes(20)
        await visitor.hangs_up()
        assert scene.talks[0].cancelled
        assert scene.telephone("8001").leg.over
        assert scene.presence("01") == ("wrap_up", "")
        (row,) = await scene.rows(WaitRow)
        assert (row.how, row.talk_end, row.operator) == (Leave.ANSWERED, "hung_up", "01")

    at_the_desk(story)


def test_an_operator_who_does_not_answer_is_set_to_pause_noticed_and_the_next_is_rung(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.passes(1)
        await scene.ready("02")
        scene.telephone("8001").answers = "silent"
        visitor = scene.calls()
        await scene.passes(30)
        assert scene.presence("01") == ("paused", "no_answer")
        assert scene.telephone("8002").leg.bridged_with is visitor.call
        assert await scene.told("operators.no_answer") == [("01", {"reason": "no_answer"})]
        assert await scene.told_in("operators.no_answer") == ["default"]  # where the caller is, not nowhere
        assert scene.details("QUEUE_MISSED") == [{"operator": "01", "reason": "no_answer"}]
        await scene.ready("01")
        assert scene.presence("01") == ("ready", "")

    at_the_desk(story)


@pytest.mark.parametrize(
    ("line", "reason"), [("busy", "line_busy"), ("declined", "declined"), ("failed", "line_failed")]
)
def test_a_line_that_cannot_be_reached_pauses_its_operator_for_that_reason(at_the_desk, line, reason):
    async def story(scene):
        await scene.ready("01")
        await scene.passes(1)
        await scene.ready("02")
        scene.telephone("8001").answers = line
        visitor = scene.calls()
        await scene.passes(10)
        assert scene.presence("01") == ("paused", reason)
        assert scene.telephone("8002").leg.bridged_with is visitor.call

    at_the_desk(story)


def test_with_more_patience_an_operator_is_paused_after_as_many_rings_in_vain(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        scene.telephone("8001").answers = "busy"
        scene.calls()
        await scene.passes(5)
        assert scene.presence("01") == ("ready", "")
        await scene.passes(30)
        assert scene.presence("01") == ("paused", "line_busy")
        assert len(scene.telephone("8001").orders) == 2

    at_the_desk(story, 'operators: [{number: "01", line: "8001"}]\nqueues: {main: {pause_after: 2}}\n')


def test_an_operator_whose_line_vanishes_gives_the_caller_back_to_the_front_of_the_queue(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.desk.sign_in("default", "02")
        visitor = scene.calls()
        await scene.passes(10)
        waiting = scene.calls("13800002222")
        await scene.passes(5)
        scene.telephone("8001").leg.far_falls_silent()
        await scene.passes(1)
        assert visitor.lengths[-1] == SECONDS[Phrase.AGAIN], "never silence"
        assert (visitor.news[-1].position, waiting.news[-1].position) == (1, 2)
        assert scene.presence("01") == ("paused", "line_lost")
        assert await scene.told("operators.no_answer") == [("01", {"reason": "line_lost"})]
        await scene.ready("02")
        await scene.passes(10)
        assert scene.telephone("8002").leg.bridged_with is visitor.call
        assert waiting.news[-1] != Taken("02")

    at_the_desk(story)


def test_when_the_last_operator_is_lost_a_message_is_offered(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls()
        await scene.passes(10)
        scene.telephone("8001").leg.far_falls_silent()
        served = await visitor.task
        assert (served.end, served.operator) == (ServeEnd.NOBODY, "01")
        assert visitor.lengths[-1] == SECONDS[Phrase.AGAIN]

    at_the_desk(story)


def test_a_caller_sent_to_a_menu_step_goes_there_and_one_transferred_has_talked(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        visitor = scene.calls()
        await scene.passes(10)
        scene.talks[0].end(TalkEnd.SENT, step="survey")
        served = await visitor.task
        assert (served.end, served.step, served.operator) == (ServeEnd.SENT, "survey", "01")
        await scene.passes(30)
        second = scene.calls()
        await scene.passes(10)
        scene.talks[1].seat.left()
        assert scene.presence("01") == ("wrap_up", ""), "wrap-up begins with the transfer, not with its end"
        await scene.passes(60)
        scene.talks[1].seat.left()
        scene.talks[1].end(TalkEnd.TRANSFERRED, who="602")
        assert (await second.task).end is ServeEnd.TALKED
        assert scene.presence("01") == ("ready", "")

    at_the_desk(story)


def test_nobody_signed_in_offers_a_message_at_once_and_says_so_on_the_record(at_the_desk):
    async def story(scene):
        visitor = scene.calls()
        served = await visitor.task
        assert served.end is ServeEnd.NOBODY
        assert scene.clock.monotonic() < 2
        assert not scene.desk.anybody("main", "default")
        await scene.desk.sign_in("default", "01")
        assert scene.desk.anybody("main", "default")
        (row,) = await scene.rows(WaitRow)
        assert row.how is Leave.NOBODY_THERE

    at_the_desk(story)


def test_an_unknown_queue_is_a_mistake_of_the_menu(at_the_desk):
    async def story(scene):
        with pytest.raises(KeyError):
            await scene.calls(queue="nowhere").task

    at_the_desk(story)


def test_a_talk_that_breaks_does_not_drop_its_caller(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.passes(1)
        await scene.ready("02")
        visitor = scene.calls()
        await scene.passes(10)
        scene.talks[0].result.set_exception(RuntimeError("a mistake"))
        await scene.passes(10)
        assert not visitor.task.done()
        assert scene.telephone("8002").leg.bridged_with is visitor.call

    at_the_desk(story)


def test_after_a_handed_over_call_commands_go_to_the_next_talk_also_when_the_first_one_ends(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        first = scene.calls()
        await scene.passes(10)
        scene.talks[0].seat.left()
        assert (await scene.desk.do("default", "01", "status", {}))["call"] == ""
        await scene.ready("01")
        second = scene.calls()
        await scene.passes(10)
        scene.talks[0].end(TalkEnd.TRANSFERRED)
        await first.task
        state = await scene.desk.do("default", "01", "hold", {})
        assert (state["call"], state["held"]) == (second.call.facts.leg, True)
        assert scene.presence("01") == ("talking", "")
        assert scene.telephone("8001").leg.bridged_with is second.call

    at_the_desk(story)


def test_a_database_that_does_not_answer_yet_keeps_no_caller_from_the_menu(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        await scene.crash()
        reads, scene.db.read = scene.db.read, scene.refuse
        scene.open_desk()
        await scene.passes(3)
        assert not scene.desk.anybody("main", "default"), "the menu offers a message meanwhile"
        scene.db.read = reads
        await scene.passes(2)
        visitor = scene.calls()
        await scene.passes(10)
        assert visitor.news[-1] == Taken("01")

    at_the_desk(story)
