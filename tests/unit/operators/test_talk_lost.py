from __future__ import annotations

import pytest

from hotline.call.ports import Phrase
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import MUSIC, Scene, run_virtual, settle, sounding, was_played


def test_an_interrupted_operator_leaves_the_caller_with_words_and_music_at_once():
    async def scene():
        s = await Scene().begin()
        s.operator.far_falls_silent()
        await settle()
        assert sounding(s.caller) is Phrase.INTERRUPTED and s.caller.hears == ()
        await settle(5)
        assert sounding(s.caller) is MUSIC and s.talk.state()["interrupted"]

    run_virtual(scene())


def test_an_operator_who_is_back_within_the_grace_talks_on_after_an_apology():
    async def scene():
        s = await Scene(grace=10.0).begin()
        s.operator.far_falls_silent()
        await settle(9)
        s.operator.far_is_back()
        await settle()
        assert sounding(s.caller) is Phrase.HOLD_RETURN and s.caller.bridged_with is s.operator
        await settle(30)
        assert not s.running.done()

    run_virtual(scene())


def test_an_operator_who_stays_away_is_lost_and_the_caller_free_for_the_queue():
    async def scene():
        s = await Scene(grace=10.0).begin()
        s.operator.far_falls_silent()
        result = await s.result()
        assert result.end is TalkEnd.OPERATOR_LOST and 9.9 < s.clock.monotonic() < 10.1
        assert not s.caller.over and s.caller.hears == ()

    run_virtual(scene())


def test_a_leg_that_vanishes_is_lost_at_once_and_one_that_hangs_up_is_not():
    async def scene():
        lost = await Scene().begin()
        lost.vanish(lost.operator)
        assert (await lost.result()).end is TalkEnd.OPERATOR_LOST
        proper = await Scene().begin()
        proper.operator.far_hangs_up()
        assert (await proper.result()).end is TalkEnd.TALKED

    run_virtual(scene())


def test_a_leg_that_was_gone_before_the_talk_began_is_lost():
    async def scene():
        s = Scene()
        s.vanish(s.operator)
        await s.begin()
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST

    run_virtual(scene())


@pytest.mark.parametrize("first", ["operator", "caller"])
def test_both_hang_up_at_once_and_nobody_is_rung_or_left(first):
    async def scene():
        s = await Scene().begin()
        legs = [s.operator, s.caller] if first == "operator" else [s.caller, s.operator]
        for leg in legs:
            leg.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert s.phones.orders == []

    run_virtual(scene())


def test_on_hold_an_interruption_is_not_told_to_the_caller_but_ends_the_talk_all_the_same():
    async def scene():
        s = await Scene().begin()
        await s.do("hold")
        s.operator.far_falls_silent()
        await settle(1)
        assert was_played(s.caller) == [MUSIC]
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST

    run_virtual(scene())


def test_an_operator_interrupted_on_hold_comes_back_to_a_held_caller():
    async def scene():
        s = await Scene().begin()
        await s.do("hold")
        s.operator.far_falls_silent()
        await settle(1)
        assert "interrupted" in (await s.refused("resume")).sentence
        s.operator.far_is_back()
        await settle()
        assert sounding(s.caller) is MUSIC
        await s.do("resume")
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_a_consulted_party_hears_music_while_the_operator_is_interrupted():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        s.operator.far_falls_silent()
        await settle()
        assert sounding(target) is sounding(s.caller) is MUSIC
        s.operator.far_is_back()
        await settle()
        assert target.bridged_with is s.operator

    run_virtual(scene())


def test_in_a_conference_the_others_talk_on_while_the_operator_is_interrupted():
    async def scene():
        s = await Scene(grace=10.0).begin()
        target = await s.agreed()
        await s.do("conference")
        s.operator.far_falls_silent()
        await settle()
        assert s.caller.bridged_with is target
        await settle(11)
        assert s.operator.over and s.caller.bridged_with is target and not s.running.done()

    run_virtual(scene())


def test_a_target_that_leaves_while_the_operator_is_interrupted_leaves_the_caller_on_music():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        s.operator.far_falls_silent()
        await settle()
        target.far_hangs_up()
        await settle()
        assert sounding(s.caller) is MUSIC
        s.operator.far_is_back()
        await settle()
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


def test_an_operator_lost_during_a_blind_transfer_does_not_stop_it():
    async def scene():
        s = await Scene(grace=5.0).begin()
        await s.do("blind", to="88")
        s.operator.far_falls_silent()
        await settle(6)
        target = await s.phones.answer()
        assert s.operator.over and s.caller.bridged_with is target

    run_virtual(scene())


def test_the_callers_leaving_lets_everybody_go_but_the_given_operator():
    async def scene():
        s = await Scene().begin()
        target = await s.agreed()
        await s.do("conference")
        await s.caller_leaves()
        assert target.over and not s.operator.over and s.operator.hears == ()

    run_virtual(scene())


def test_a_callers_leg_that_is_over_without_anybody_ending_the_talk_ends_it_after_a_while():
    async def scene():
        s = await Scene().begin()
        s.caller.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert s.clock.monotonic() < 6

    run_virtual(scene())


def test_a_fault_of_ours_costs_the_caller_only_the_place_of_their_operator():
    async def scene():
        s = await Scene().begin()

        def fails(leg, kind, detail=None):
            raise RuntimeError("a fault of ours")

        s.log.event = fails
        refused = await s.refused("hold")
        assert refused.code == "failed"
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST

    run_virtual(scene())


@pytest.mark.parametrize("hand", ["queue", "colleague"])
def test_an_operator_whose_line_vanishes_is_reported_however_they_got_the_caller(hand):
    async def scene():
        s = await Scene().begin()
        leg, number = s.operator, "1001"
        if hand == "colleague":
            leg, number = await s.consult("1002"), "1002"
            await s.do("complete")
        s.vanish(leg)
        assert (await s.result()).end is TalkEnd.OPERATOR_LOST
        assert s.lost == [("default", number)]

    run_virtual(scene())
