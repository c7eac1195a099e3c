from __future__ import annotations

import pytest

from hotline.call.errors import OperatorRefused
from hotline.operators.seat import TalkEnd
from tests.unit.operators.talk_kit import Scene, run_virtual, settle


class Supervised(Scene):
    def __init__(self, **kind):
        super().__init__(**kind)
        self.boss = self.leg("boss")
        self.boss.far_answers()

    async def supervise(self, mode):
        await self.talk.supervise(self.boss, mode, who="2001")
        await settle()


MODES = {"listen": (False, False), "whisper": (False, True), "barge": (True, True)}
"""Whether caller and operator hear the supervisor."""


@pytest.mark.parametrize("mode", MODES)
def test_a_supervisor_hears_both_and_is_heard_by_whom_the_mode_says(mode):
    async def scene():
        s = await Supervised().begin()
        await s.supervise(mode)
        assert set(s.boss.hears) == {s.caller, s.operator}
        assert (s.boss in s.caller.hears, s.boss in s.operator.hears) == MODES[mode]
        assert s.operator in s.caller.hears and s.caller in s.operator.hears
        assert s.log.detail(f"SUPERVISE_{mode.upper()}") == {"with": "boss", "who": "2001"}

    run_virtual(scene())


def test_the_mode_may_be_changed_and_saying_it_twice_is_recorded_once():
    async def scene():
        s = await Supervised().begin()
        for mode in ("listen", "whisper", "whisper", "barge", "listen"):
            await s.supervise(mode)
        assert s.boss not in s.caller.hears and s.boss not in s.operator.hears
        kinds = [kind for kind in s.log.kinds() if kind.startswith("SUPERVISE")]
        assert kinds == ["SUPERVISE_LISTEN", "SUPERVISE_WHISPER", "SUPERVISE_BARGE", "SUPERVISE_LISTEN"]

    run_virtual(scene())


def test_leaving_takes_the_supervisor_out_and_keeps_their_leg():
    async def scene():
        s = await Supervised().begin()
        await s.supervise("barge")
        await s.supervise("leave")
        assert s.boss.hears == () and not s.boss.over
        assert s.caller.bridged_with is s.operator and "SUPERVISE_LEAVE" in s.log.kinds()

    run_virtual(scene())


def test_a_supervisor_hears_nothing_during_hold_and_both_again_afterwards():
    async def scene():
        s = await Supervised().begin()
        await s.supervise("barge")
        await s.do("hold")
        assert s.boss.hears == s.caller.hears == s.operator.hears == ()
        await s.do("resume")
        assert set(s.boss.hears) == {s.caller, s.operator} and s.boss in s.caller.hears

    run_virtual(scene())


def test_during_a_consultation_the_caller_on_music_hears_nobody_not_even_a_barging_supervisor():
    async def scene():
        s = await Supervised().begin()
        await s.supervise("barge")
        target = await s.agreed()
        assert s.caller.hears == () and set(s.boss.hears) == {s.operator, target}
        assert s.boss in target.hears

    run_virtual(scene())


def test_after_a_transfer_a_whispering_supervisor_only_listens():
    async def scene():
        s = await Supervised().begin()
        await s.supervise("whisper")
        target = await s.agreed()
        await s.do("complete")
        assert set(s.boss.hears) == {s.caller, target}
        assert s.boss not in s.caller.hears and s.boss not in target.hears

    run_virtual(scene())


def test_a_supervisor_who_hangs_up_disturbs_nobody():
    async def scene():
        s = await Supervised().begin()
        await s.supervise("barge")
        s.boss.far_hangs_up()
        await s.do("hold")
        await s.do("resume")
        assert s.caller.bridged_with is s.operator

    run_virtual(scene())


@pytest.mark.parametrize("end", ["operator hangs up", "caller leaves"])
def test_at_the_end_a_supervisor_hears_nothing_and_is_not_hung_up(end):
    async def scene():
        s = await Supervised().begin()
        await s.supervise("barge")
        if end == "caller leaves":
            await s.caller_leaves()
        else:
            s.operator.far_hangs_up()
            assert (await s.result()).end is TalkEnd.TALKED
        assert s.boss.hears == () and not s.boss.over and s.boss not in s.caller.hears

    run_virtual(scene())


@pytest.mark.parametrize(
    ("mode", "why"), [("shout", "listen, whisper, barge, leave"), ("leave", "not listening")]
)
def test_what_makes_no_sense_is_refused(mode, why):
    async def scene():
        s = await Supervised().begin()
        with pytest.raises(OperatorRefused) as refused:
            await s.supervise(mode)
        assert why in refused.value.sentence and s.boss.hears == ()

    run_virtual(scene())


def test_nobody_supervises_with_a_leg_that_is_over_or_inside():
    async def scene():
        s = await Supervised().begin()
        with pytest.raises(OperatorRefused, match="in this call"):
            await s.talk.supervise(s.operator, "listen")
        s.boss.far_hangs_up()
        with pytest.raises(OperatorRefused, match="down"):
            await s.supervise("listen")

    run_virtual(scene())


@pytest.mark.parametrize(("mode", "heard"), [("listen", False), ("whisper", False), ("barge", True)])
def test_another_supervisor_hears_one_who_barges_in_and_nobody_elses_whisper(mode, heard):
    async def scene():
        s = await Supervised().begin()
        second = s.leg("second")
        second.far_answers()
        await s.talk.supervise(second, "listen", who="2002")
        await s.supervise(mode)
        assert (s.boss in second.hears) is heard and {s.caller, s.operator} <= set(second.hears)
        assert second not in s.boss.hears

    run_virtual(scene())
