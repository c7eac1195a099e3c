"""Caller and operator are written along while they talk with each other, and nobody else ever."""

from __future__ import annotations

from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import Scene, run_virtual

BOTH = [("caller", "caller"), ("operator", "operator")]


def test_words_are_taken_down_from_the_bridge_to_hold_and_again_afterwards():
    async def scene():
        s = await Scene().begin()
        await s.do("hold")
        await s.do("resume")
        s.operator.far_hangs_up()
        assert (await s.result()).end is TalkEnd.TALKED
        assert s.taken_down == [(BOTH, "zh"), ([], "zh"), (BOTH, "zh"), ([], "zh")]

    run_virtual(scene())


def test_what_is_said_to_a_third_party_is_not_and_in_a_three_way_talk_only_the_two_are():
    async def scene():
        s = await Scene().begin()
        await s.agreed()
        assert s.taken_down[1:] == [([], "zh")]
        await s.do("conference")
        assert s.taken_down[2:] == [(BOTH, "zh")]
        await s.do("complete")  # the caller talks on with the third party
        assert s.taken_down[3:] == [([], "zh")]

    run_virtual(scene())
