from __future__ import annotations

import pytest

from hotline.call.errors import OperatorRefused
from hotline.call.ports import Direction, LegFacts
from hotline.operators.seat import SeatedOperator

SUPERVISED = """
operators:
  - {number: "01", name: 王芳, line: "8001"}
  - {number: "02", line: "8002", supervisor: true}
  - {number: "03", line: "8003"}
queues:
  main: {}
  fees: {operators: ["02"]}
"""


async def talking(scene):
    await scene.ready("01")
    visitor = scene.calls()
    await scene.passes(10)
    return visitor


def test_the_screen_shows_presence_talk_and_the_operators_own_queues(at_the_desk):
    async def story(scene):
        await talking(scene)
        state = await scene.desk.do("default", "01", "hold", {})
        assert state["presence"] == "talking"
        assert state["held"] is True
        assert state["call"] == scene.talks[0].call.facts.leg
        assert [queue["queue"] for queue in state["queues"]] == ["main"]
        assert "13800001111" not in str(state)
        assert [f["state"]["presence"] for k, f in scene.feed.shown if k == "desk"] == [
            "ready",
            "ringing",
            "talking",
        ]

    at_the_desk(story, SUPERVISED)


def test_presence_changes_on_command_and_wrap_up_ends_with_the_note(at_the_desk):
    async def story(scene):
        state = await scene.desk.command(
            {"estate": "default", "operator": "01", "action": "sign_in", "line": "8019"}
        )
        assert (state["presence"], state["reason"], state["line"]) == ("paused", "signed_in", "8019")
        await scene.desk.command({"estate": "default", "operator": "01", "action": "ready"})
        scene.calls()
        await scene.passes(10)
        assert scene.telephone("8019").leg.bridged_with is not None
        scene.telephone("8019").leg.far_hangs_up()
        await scene.passes(1)
        note = {"ticket": "202611230001", "note": "called about the lift", "done": True}
        state = await scene.desk.command({"operator": "01", "action": "wrap_up", "args": note})
        assert state["presence"] == "ready"
        assert scene.details("WRAP_UP") == [
            {"operator": "01", "ticket": "202611230001", "note": "called about the lift"}
        ]
        state = await scene.desk.command({"operator": "01", "action": "pause", "reason": "lunch"})
        assert state["reason"] == "lunch"
        state = await scene.desk.command({"operator": "01", "action": "sign_out"})
        assert (state["presence"], state["line"]) == ("signed_out", "8001")

    at_the_desk(story, SUPERVISED)


@pytest.mark.parametrize("line", ["hello world", "headset:77", "headset:02"])
def test_nobody_signs_in_at_a_line_that_cannot_be_rung_or_is_a_colleagues_headset(at_the_desk, line):
    async def story(scene):
        before = scene.desk.find("default", "01")
        order = {"estate": "default", "operator": "01", "action": "sign_in", "line": line}
        with pytest.raises(OperatorRefused) as refused:
            await scene.desk.command(order)
        assert refused.value.code == "line-unknown"
        assert scene.desk.find("default", "01") == before

    at_the_desk(story, SUPERVISED)


def test_what_belongs_to_no_talk_is_done_outside_and_refusals_come_back(at_the_desk):
    async def story(scene):
        await scene.ready("01")
        answer = await scene.desk.do("default", "01", "dial", {"to": "114"})
        assert answer["outside"] == ("01", "8001", "dial", {"to": "114"})
        with pytest.raises(OperatorRefused, match="no operator 99"):
            await scene.desk.do("default", "99", "ready", {})
        with pytest.raises(OperatorRefused, match="no call to write up"):
            await scene.desk.do("default", "01", "wrap_up", {"note": "nothing"})
        with pytest.raises(OperatorRefused, match="sign in first"):
            await scene.desk.do("default", "03", "pause", {})
        scene.calls()
        await scene.passes(10)
        with pytest.raises(OperatorRefused) as refused:
            await scene.desk.do("default", "01", "explode", {})
        assert refused.value.code == "no"

    at_the_desk(story, SUPERVISED)


def test_a_supervisor_listens_whispers_and_leaves_with_entries_on_the_call(at_the_desk):
    async def story(scene):
        visitor = await talking(scene)
        await scene.desk.ready("default", "02")
        state = await scene.desk.do("default", "02", "listen", {"of": "01"})
        assert state["supervising"] == {"operator": "01", "mode": "listen"}
        await scene.passes(5)
        leg = scene.telephone("8002").leg
        assert scene.talks[0].heard_by == [(leg, "listen")]
        assert scene.presence("02") == ("talking", "supervise")
        await scene.desk.do("default", "02", "whisper", {"of": "01"})
        await scene.desk.do("default", "02", "leave", {})
        await scene.passes(1)
        assert [mode for _leg, mode in scene.talks[0].heard_by] == ["listen", "whisper", "leave"]
        assert leg.over
        assert scene.presence("02") == ("ready", "")
        assert scene.details("SUPERVISE") == [
            {"supervisor": "02", "operator": "01", "mode": mode} for mode in ("listen", "whisper", "leave")
        ]
        assert scene.kinds(visitor.call.facts.leg).count("SUPERVISE") == 3

    at_the_desk(story, SUPERVISED)


def test_supervision_ends_with_the_talk_and_with_the_supervisors_own_hang_up(at_the_desk):
    async def story(scene):
        visitor = await talking(scene)
        await scene.desk.ready("default", "02")
        await scene.desk.do("default", "02", "listen", {"of": "01"})
        await scene.passes(5)
        scene.telephone("8002").leg.far_hangs_up()
        await scene.passes(1)
        assert scene.presence("02") == ("ready", "")
        assert scene.talks[0].heard_by[-1][1] == "leave"
        await scene.desk.do("default", "02", "barge", {"of": "01"})
        await scene.passes(5)
        await visitor.hangs_up()
        await scene.passes(1)
        assert scene.telephone("8002").leg.over
        assert scene.presence("02") == ("ready", "")

    at_the_desk(story, SUPERVISED)


def test_only_supervisors_listen_and_only_to_a_talk(at_the_desk):
    async def story(scene):
        await talking(scene)
        await scene.desk.ready("default", "03")
        await scene.desk.ready("default", "02")
        with pytest.raises(OperatorRefused) as refused:
            await scene.desk.do("default", "03", "listen", {"of": "01"})
        assert refused.value.code == "not-allowed"
        with pytest.raises(OperatorRefused, match="talks with no caller"):
            await scene.desk.do("default", "02", "listen", {"of": "03"})

    at_the_desk(story, SUPERVISED)


def test_the_overview_has_queues_waits_and_operators(at_the_desk):
    async def story(scene):
        await scene.desk.sign_in("default", "01")
        scene.calls()
        await scene.passes(5)
        overview = await scene.desk.command({"action": "overview"})
        main = next(queue for queue in overview["queues"] if queue["queue"] == "main")
        assert (main["waiting"], main["there"], main["ready"]) == (1, 1, 0)
        assert main["longest"] == pytest.approx(5, abs=0.5)
        assert [one["position"] for one in overview["waits"]] == [1]
        assert [one["number"] for one in overview["operators"]] == ["01", "02", "03"]

    at_the_desk(story, SUPERVISED)


def test_a_supervisor_who_has_not_signed_in_is_told_so(at_the_desk):
    async def story(scene):
        await talking(scene)
        with pytest.raises(OperatorRefused):
            await scene.desk.do("default", "02", "listen", {"of": "01"})
        await scene.desk.ready("default", "02")
        await scene.desk.do("default", "02", "listen", {"of": "01"})
        await scene.passes(5)
        assert scene.presence("02") == ("talking", "supervise")

    at_the_desk(story, SUPERVISED)


class Dialled:
    """A call that operator 01 has dialled."""

    def __init__(self, facts):
        self.facts = facts
        self.heard_by = []

    def state(self):
        return {"phase": "held", "held": True}

    async def do(self, action, args):
        return self.state() | {"did": action}

    async def supervise(self, leg, mode, *, who=""):
        self.heard_by.append(mode)


def test_a_call_an_operator_has_dialled_is_on_their_screen_and_supervisors_hear_it(at_the_desk):
    async def story(scene):
        for number in ("01", "02"):
            await scene.desk.ready("default", number)
        facts = LegFacts(
            leg="far",
            linkedid="own",
            direction=Direction.OUTBOUND,
            caller="",
            dialled="114",
            offered_at=scene.clock.now(),
        )
        talk, who = Dialled(facts), SeatedOperator(number="01", estate="default", everywhere=True)
        with scene.desk.engage("default", "01", "dial"):
            scene.own.joined(who, talk)
            state = await scene.desk.do("", "01", "status", {})
            assert (state["call"], state["held"]) == ("far", True)
            assert (await scene.desk.do("", "01", "resume", {}))["did"] == "resume"
            await scene.desk.do("default", "02", "listen", {"of": "01"})
            await scene.passes(5)
            assert talk.heard_by == ["listen"]
            scene.own.left(who, talk)
            scene.own.over(talk)
            await scene.passes(1)
        assert scene.telephone("8002").leg.over
        assert scene.kinds("far").count("SUPERVISE") == 2

    at_the_desk(story, SUPERVISED)


def test_an_operator_lost_in_a_call_of_their_own_is_set_to_pause(at_the_desk):
    async def story(scene):
        await scene.desk.ready("default", "01")
        scene.desk.lose("default", "01")
        assert scene.presence("01") == ("ready", "")  # not in a talk
        with scene.desk.engage("default", "01", "recall"):
            scene.desk.lose("default", "01")
        assert scene.presence("01") == ("paused", "line_lost")

    at_the_desk(story, SUPERVISED)
