from __future__ import annotations

import asyncio

import pytest

from hotline.call.ports import Phrase
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import BEEP, MUSIC, Scene, run_virtual, settle, sounding, was_played


def test_caller_and_operator_are_connected_at_once_and_both_legs_are_on_the_record():
    async def scene():
        s = await Scene().begin()
        assert s.caller.bridged_with is s.operator
        assert ("caller", "BRIDGE_ENTER", {"with": "operator"}) in s.log.events
        s.operator.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert ("caller", "BRIDGE_EXIT", {"with": "operator"}) in s.log.events

    run_virtual(scene())


def test_where_the_talk_greets_both_hear_the_operators_number_and_then_each_other():
    async def scene():
        s = await Scene(greet=True).begin()
        assert sounding(s.caller) is sounding(s.operator) is Phrase.SERVING
        assert (Phrase.SERVING, {"operator": "1001"}) in s.words.facts
        await settle(2.5)
        assert sounding(s.caller) is None and s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_on_hold_the_caller_hears_music_and_the_operator_nothing():
    async def scene():
        s = await Scene().begin()
        state = await s.do("hold")
        assert state["held"] and s.caller.hears == s.operator.hears == ()
        assert (sounding(s.caller), sounding(s.operator)) == (MUSIC, None)

    run_virtual(scene())


def test_coming_back_from_hold_begins_with_thanks_and_an_apology():
    async def scene():
        s = await Scene().begin()
        await s.do("hold")
        await s.do("resume")
        assert sounding(s.caller) is sounding(s.operator) is Phrase.HOLD_RETURN
        assert s.caller.bridged_with is s.operator
        assert s.log.kinds() == ["BRIDGE_ENTER", "HOLD", "BRIDGE_EXIT", "UNHOLD", "BRIDGE_ENTER"]

    run_virtual(scene())


def test_the_telephones_own_hold_key_does_the_same():
    async def scene():
        s = await Scene().begin()
        s.operator.far_holds()
        await settle()
        assert sounding(s.caller) is MUSIC and s.talk.state()["held"]
        assert "Resume it there" in (await s.refused("resume")).sentence
        s.operator.far_resumes()
        await settle()
        assert s.caller.bridged_with is s.operator and sounding(s.caller) is Phrase.HOLD_RETURN
        assert s.log.detail("HOLD")["how"] == "telephone"

    run_virtual(scene())


def test_a_telephone_that_holds_and_therefore_sends_nothing_is_not_interrupted():
    async def scene():
        s = await Scene().begin()
        s.operator.far_holds()
        s.operator.far_falls_silent()
        await settle(60)
        assert not s.running.done() and "OPERATOR_INTERRUPTED" not in s.log.kinds()

    run_virtual(scene())


def test_who_is_held_for_long_is_reassured_and_the_operator_reminded():
    async def scene():
        s = await Scene(reassure_every=30.0).begin()
        await s.do("hold")
        await settle(31)
        assert sounding(s.caller) is Phrase.HOLD_RETURN and was_played(s.operator) == [BEEP]
        await settle(5)
        assert sounding(s.caller) is MUSIC
        await settle(30)
        assert was_played(s.operator) == [BEEP, BEEP]

    run_virtual(scene())


def test_after_resuming_nobody_is_reassured_any_more():
    async def scene():
        s = await Scene(reassure_every=30.0).begin()
        await s.do("hold")
        await s.do("resume")
        await settle(100)
        assert was_played(s.caller).count(Phrase.HOLD_RETURN) == 1

    run_virtual(scene())


def test_an_operator_who_hangs_up_with_the_caller_on_hold_is_rung_again():
    async def scene():
        s = await Scene().begin()
        await s.do("hold")
        s.operator.far_hangs_up()
        await settle()
        assert s.phones.orders[-1].to == "sip:1001@pbx" and sounding(s.caller) is MUSIC
        again = await s.phones.answer()
        assert s.caller.bridged_with is again and s.lefts == ["1001"]
        again.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert s.engage.busy == set()

    run_virtual(scene())


def test_a_talk_ends_after_its_longest_time_and_both_are_warned_with_a_beep():
    async def scene():
        s = await Scene(longest=300.0, warning=60.0).begin()
        await settle(241)
        assert was_played(s.caller) == was_played(s.operator) == [BEEP]
        result = await s.result()
        assert result.end is TalkEnd.TALKED and 299 < s.clock.monotonic() < 301

    run_virtual(scene())


def test_orders_of_somebody_who_has_gone_are_not_carried_out():
    async def scene():
        s = await Scene().begin()
        asked = asyncio.create_task(s.talk.do("hold", {}))
        await asyncio.sleep(0)
        asked.cancel()
        await settle()
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize(
    "action", ["resume", "complete", "cancel", "conference", "leave", "drop", "nonsense"]
)
def test_what_cannot_be_done_is_refused_with_what_can_and_changes_nothing(action):
    async def scene():
        s = await Scene().begin()
        refused = await s.refused(action)
        assert action in refused.sentence and len(refused.sentence) > 40
        assert s.caller.bridged_with is s.operator and s.log.kinds() == ["BRIDGE_ENTER"]

    run_virtual(scene())


def test_after_the_end_every_order_is_refused():
    async def scene():
        s = await Scene().begin()
        s.operator.far_hangs_up()
        await s.result()
        assert (await s.refused("hold")).code == "talk-over"

    run_virtual(scene())


def test_sending_the_caller_to_a_step_ends_the_talk_with_that_step():
    async def scene():
        s = await Scene().begin()
        assert (await s.refused("send")).code == "no-step"
        await s.do("send", step="survey")
        result = await s.result()
        assert (result.end, result.step) == (TalkEnd.SENT, "survey")
        assert s.caller.hears == () and not s.operator.over

    run_virtual(scene())
