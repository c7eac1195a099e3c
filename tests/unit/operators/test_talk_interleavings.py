"""Whatever happens in whatever order: nobody is left on a line, and no caller in silence."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from hotline.call.audio import Silence
from hotline.call.errors import DialBusy, OperatorRefused
from hotline.operators.seat import Right, SeatedOperator, TalkEnd
from tests.unit.operators.talk_kit import Scene, others, run_virtual, settle

STEP = 0.1
LONGEST_SILENCE = 2.0
COURSES = int(os.environ.get("HOTLINE_TALK_COURSES", "60"))
"""Random courses in each of four tests."""


def order(action, **args):
    return ("order", (action, args))


LIKELY = {
    "talking": [
        order("hold"),
        order("consult", to="602"),
        order("consult", to="1002"),
        order("consult", to="9"),
        order("blind", to="88"),
        order("blind", to="602"),
        order("park"),
        ("keys", "*1"),
        ("keys", "*288#"),
        ("keys", "*7"),
        ("operator", "far_falls_silent"),
        ("operator", "far_is_back"),
        ("operator", "far_holds"),
        ("operator", "transfers"),
    ],
    "held": [
        order("resume"),
        order("consult", to="602"),
        order("blind", to="88"),
        ("operator", "far_resumes"),
        ("operator", "far_hangs_up"),
        ("wait", 50.0),
    ],
    "consulting": [
        ("ring", "answer"),
        ("ring", "answer"),
        ("ring", "busy"),
        *[("third", "1")] * 4,
        ("third", "2"),
        ("third", "9"),
        ("third", "far_hangs_up"),
        order("complete"),
        *[order("conference")] * 5,
        order("cancel"),
        order("drop"),
        ("operator", "far_hangs_up"),
        ("operator", "far_falls_silent"),
        ("operator", "far_is_back"),
        ("operator", "transfers"),
    ],
    "conference": [
        order("leave"),
        order("cancel"),
        order("drop"),
        ("third", "vanish"),
        ("operator", "far_hangs_up"),
        ("operator", "far_holds"),
        ("operator", "far_resumes"),
        ("operator", "far_falls_silent"),
        ("operator", "far_is_back"),
    ],
    "transferring": [
        ("ring", "answer"),
        ("ring", "busy"),
        ("third", "1"),
        ("third", "2"),
        ("third", "vanish"),
        order("cancel"),
        ("operator", "far_hangs_up"),
        ("operator", "vanish"),
    ],
    "transferred": [("third", "far_hangs_up"), ("third", "vanish"), ("wait", 30.0), ("wait", 80.0)],
    "parked": [("unpark", "1003"), ("unpark", "1003"), ("wait", 130.0), ("operator", "far_hangs_up")],
    "recalling": [
        ("ring", "answer"),
        ("ring", "answer"),
        ("ring", "busy"),
        ("wait", 30.0),
        ("unpark", "1003"),
    ],
}
ANY = [deed for deeds in LIKELY.values() for deed in deeds] + [
    ("operator", "far_hangs_up"),
    ("operator", "vanish"),
    ("keys", "**3"),
    ("keys", "*588#"),
    ("keys", "*6"),
    ("keys", "*0"),
    *[("boss", mode) for mode in ("listen", "whisper", "barge", "leave", "hangs up")],
]
"""``send`` ends the talk; it is the last thing asked, if at all."""
PAUSES = [0.0, 0.01, 0.01, 0.01, 1.0, 7.0]
"""After a deed; 0: the next comes on the same instant, before anything was done about this one."""

steps = st.tuples(st.booleans(), st.integers(0, 999), st.sampled_from(PAUSES))


def deed_of(step, phase):
    likely, number, _ = step
    deeds = LIKELY[phase] if likely else ANY
    return deeds[number % len(deeds)]


class Watched(Scene):
    def __init__(self, **kind):
        super().__init__(**kind)
        self.boss = self.leg("boss")
        self.boss.far_answers()
        self.asked = []
        self.silent = 0.0
        self.trace = []

    async def listen(self):
        """Measure the longest stretch in which the caller hears nobody and nothing."""
        silent = 0.0
        while not self.running.done():
            await asyncio.sleep(STEP)
            silent = 0.0 if self.caller_hears() else silent + STEP
            self.silent = max(self.silent, silent)

    def caller_hears(self):
        if any(leg is not self.boss and not leg.over for leg in self.caller.hears):
            return True
        sounds = self.caller.heard
        return (
            bool(sounds)
            and sounds[-1].ended is None
            and not sounds[-1].cut
            and not isinstance(sounds[-1].item, Silence)
        )

    @property
    def operator_leg(self):
        return self.talk.seat.leg

    @property
    def third_leg(self):
        targets = [
            leg for leg in self.phones.legs if leg.facts.dialled not in ("sip:1001@pbx", "headset:1003")
        ]
        return targets[-1] if targets else None

    def ask(self, doing):
        async def quietly():
            with suppress(OperatorRefused):
                await doing

        self.asked.append(asyncio.create_task(quietly()))

    async def deed(self, kind, what):
        self.trace.append((kind, what, self.talk.state()["phase"]))
        match kind:
            case "order":
                self.ask(self.talk.do(what[0], what[1]))
            case "operator":
                self._far(self.operator_leg, what)
            case "third" if self.third_leg is not None:
                self._far(self.third_leg, what)
            case "keys":
                self.operator_leg.far_presses(what)
            case "ring" if self.phones.ringing:
                await (self.phones.answer() if what == "answer" else self.phones.fail(DialBusy("busy")))
            case "boss" if what == "hangs up":
                self.boss.far_hangs_up()
            case "boss":
                self.ask(self.talk.supervise(self.boss, what, who="2001"))
            case "unpark":
                self.ask(self.lot.unpark(1, SeatedOperator(number=what), f"headset:{what}"))
            case "wait":
                await asyncio.sleep(what)

    def _far(self, leg, what):
        if what == "vanish":
            self.vanish(leg)
        elif what == "transfers":
            leg.far_transfers("sip:88@pbx")
        elif what.isdigit():
            leg.far_presses(what)
        else:
            getattr(leg, what)()


async def lead(s, course, end):
    await s.begin()
    listening = asyncio.create_task(s.listen())
    for step in course:
        await s.deed(*deed_of(step, s.talk.state()["phase"]))
        if step[2]:
            await settle(step[2])
        if s.running.done():
            break
    if end == "send":
        s.ask(s.talk.do("send", {"step": "survey"}))
        await settle()
    if end == "caller hangs up":
        s.caller.far_hangs_up()
        s.running.cancel()
    elif not s.running.done():
        await settle(700)  # every span of every rule is over by then; a talk in progress may go on
        s.running.cancel()
    await asyncio.gather(s.running, return_exceptions=True)
    await asyncio.gather(listening, *s.asked)
    await s.tools.farewells.close()
    await settle()


def nobody_is_left(s):
    given = s.operator
    assert [leg.facts.leg for leg in s.phones.legs if not leg.over] == []
    assert given.over or given.hears == ()
    assert s.phones.ringing == 0
    assert s.caller.hears == () and s.boss.hears == ()
    assert s.engage.busy == set() and s.lot.parked("default") == ()
    third = [
        leg.facts.leg for leg in s.phones.legs if leg.facts.dialled not in ("sip:1001@pbx", "headset:1003")
    ]
    assert sorted(leg for _, leg, _ in s.switchboard.costs) == sorted(third)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    course=st.lists(steps, min_size=1, max_size=25),
    end=st.sampled_from(["caller hangs up", "goes on", "send"]),
    blind=st.booleans(),
)
def test_no_order_of_commands_and_events_leaves_a_leg_behind_or_a_caller_in_silence(course, end, blind):
    async def scene():
        s = Watched(may=(Right.TRANSFER_BLIND,) if blind else ())
        with capture_logs() as faults:
            await lead(s, course, end)
        assert faults == []
        for _, _, phase in s.trace:
            event(phase)
        nobody_is_left(s)
        assert s.silent <= LONGEST_SILENCE, s.trace
        if not s.running.cancelled():
            assert s.running.exception() is None
            assert s.running.result().end in TalkEnd
        assert others() == []

    run_virtual(scene())


@settings(max_examples=150, deadline=None)
@given(course=st.lists(steps, min_size=3, max_size=15))
def test_bridges_in_the_record_are_entered_and_left_in_pairs(course):
    async def scene():
        s = Watched()
        await lead(s, course, "caller hangs up")
        open_bridges = []
        for leg, kind, detail in s.log.events:
            if kind == "BRIDGE_ENTER":
                assert (leg, detail["with"]) not in open_bridges
                open_bridges.append((leg, detail["with"]))
            elif kind == "BRIDGE_EXIT":
                open_bridges.remove((leg, detail["with"]))
        assert open_bridges == []

    run_virtual(scene())


@settings(max_examples=150, deadline=None)
@given(course=st.lists(steps, max_size=15), mode=st.sampled_from(["listen", "whisper"]))
def test_a_caller_never_hears_who_only_listens_or_whispers(course, mode):
    async def scene():
        s = Watched()
        await s.begin()
        await s.talk.supervise(s.boss, mode)
        for step in course:
            kind, what = deed_of(step, s.talk.state()["phase"])
            if kind != "boss" and not s.running.done():
                await s.deed(kind, what)
                await settle()
                assert s.boss not in s.caller.hears
        await s.caller_leaves()
        await asyncio.gather(*s.asked)

    run_virtual(scene())


def random_course(seed):
    dice = random.Random(seed)
    return [
        (dice.random() < 0.85, dice.randrange(1000), dice.choice(PAUSES)) for _ in range(dice.randint(5, 30))
    ], dice.choice(["caller hangs up", "goes on", "send"])


@pytest.mark.parametrize("block", range(4))
def test_long_courses_by_chance_end_as_well(block):
    seen = Counter()

    async def scene(seed):
        course, end = random_course(seed)
        s = Watched()
        with capture_logs() as faults:
            await lead(s, course, end)
        nobody_is_left(s)
        assert faults == [] and s.silent <= LONGEST_SILENCE and others() == [], (seed, s.trace)
        seen.update(phase for _, _, phase in s.trace)

    for seed in range(block * COURSES, (block + 1) * COURSES):
        run_virtual(scene(seed))
    assert COURSES < 60 or set(seen) == set(LIKELY), seen
