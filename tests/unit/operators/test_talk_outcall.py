from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from hotline.call.audio import ToneName
from hotline.call.errors import DialBusy, OperatorRefused
from hotline.call.ports import Phrase
from hotline.operators.ownwork import OwnWork
from tests.unit.operators.talk_kit import MUSIC, RINGBACK, Scene, run_virtual, settle, sounding, was_played


class Outgoing(Scene):
    def __init__(self, **rules):
        super().__init__(**rules)
        self.recorded, self.closed = [], []
        self.own = OwnWork(self.tools, lambda estate, language: self.words, record=self.record)

    @asynccontextmanager
    async def record(self, leg):
        self.recorded.append(leg)
        try:
            yield
        finally:
            self.closed.append(leg)

    async def ask(self, action, **args):
        answer = await self.own(self.who, "headset:1001", action, args)
        await settle()
        return answer

    async def connected(self, to="9"):
        await self.ask("dial", to=to)
        line = await self.phones.answer()
        target = await self.phones.answer()
        return line, target


def test_the_operators_own_line_is_rung_first_and_then_the_target_in_the_same_call():
    async def scene():
        s = Outgoing()
        assert await s.ask("dial", to="9") == {"dialling": "外线"}
        assert [order.to for order in s.phones.orders] == ["headset:1001"] and s.engage.busy == {"1001"}
        line = await s.phones.answer()
        order = s.phones.orders[1]
        assert (order.to, order.linkedid) == ("05551234", line.facts.linkedid)
        assert sounding(line) is RINGBACK
        target = await s.phones.answer()
        assert target.bridged_with is line and s.recorded == [target] and not s.closed
        assert s.log.detail("OUTCALL") == {"by": "1001", "name": "外线"}

    run_virtual(scene())


def test_the_recording_is_closed_with_its_length_when_the_call_is_over():
    async def scene():
        s = Outgoing()
        _line, target = await s.connected()
        target.far_hangs_up()
        await settle()
        assert s.closed == [target]

    run_virtual(scene())


def test_the_talk_has_all_its_commands_and_keys_reach_the_far_end():
    async def scene():
        s = Outgoing()
        line, target = await s.connected()
        await s.ask("hold")
        assert sounding(target) is MUSIC
        await s.ask("resume")
        assert target.bridged_with is line
        line.far_presses("12")
        await settle()
        assert target.keys_sent == "12"

    run_virtual(scene())


@pytest.mark.parametrize("who", ["operator", "target"])
def test_at_the_end_both_are_gone_the_operator_is_free_and_the_cost_is_written_down(who):
    async def scene():
        s = Outgoing()
        line, target = await s.connected()
        (line if who == "operator" else target).far_hangs_up()
        await settle()
        assert line.over and target.over and s.engage.busy == set()
        assert s.switchboard.costs == [("外线", target.facts.leg, "1001")]
        with pytest.raises(OperatorRefused, match="no call"):
            await s.ask("hold")

    run_virtual(scene())


def test_a_target_that_is_not_there_is_said_to_the_operator_with_the_busy_tone():
    async def scene():
        s = Outgoing()
        await s.ask("dial", to="9")
        line = await s.phones.answer()
        await s.phones.fail(DialBusy("busy"))
        await settle(2.5)
        assert was_played(line) == [RINGBACK, Phrase.CONSULT_SILENT, ToneName.BUSY]
        await settle(10)
        assert line.over and s.engage.busy == set() and s.switchboard.costs == []

    run_virtual(scene())


def test_an_operator_who_does_not_answer_their_own_line_rings_nobody():
    async def scene():
        s = Outgoing()
        await s.ask("dial", to="9")
        await settle(25)
        assert len(s.phones.orders) == 1 and s.engage.busy == set()

    run_virtual(scene())


def test_an_operator_who_gives_up_stops_the_ringing():
    async def scene():
        s = Outgoing()
        await s.ask("dial", to="9")
        line = await s.phones.answer()
        line.far_hangs_up()
        await settle()
        assert s.phones.ringing == 0 and len(s.phones.legs) == 1 and s.engage.busy == set()

    run_virtual(scene())


def test_an_outside_call_ends_after_its_longest_time():
    async def scene():
        s = Outgoing()
        line, target = await s.connected("9")
        await settle(101)
        assert line.over and target.over

    run_virtual(scene())


@pytest.mark.parametrize(
    ("to", "busy", "code"),
    [("777", False, "operator-refused"), ("", False, "nobody-named"), ("9", True, "operator-talking")],
)
def test_what_is_refused_rings_nobody(to, busy, code):
    async def scene():
        s = Outgoing()
        if busy:
            s.engage.busy.add("1001")
        with pytest.raises(OperatorRefused) as refused:
            await s.ask("dial", to=to)
        assert refused.value.code == code and s.phones.orders == []

    run_virtual(scene())


def test_a_completed_transfer_frees_the_operator_while_the_two_talk_on():
    async def scene():
        s = Outgoing()
        line, target = await s.connected()
        await s.ask("consult", to="88")
        third = await s.phones.answer()
        await s.ask("complete")
        assert target.bridged_with is third and line.over and s.engage.busy == set()
        third.far_hangs_up()
        await settle()
        assert target.over
        assert {name for name, _, _ in s.switchboard.costs} == {"外线", "监控中心"}

    run_virtual(scene())


def test_closing_ends_every_outgoing_call():
    async def scene():
        s = Outgoing()
        line, target = await s.connected()
        await s.own.close()
        await asyncio.sleep(0)
        assert line.over and target.over and s.engage.busy == set()

    run_virtual(scene())
