"""A talk on virtual time: scripted legs, a dialler that answers when a test says so, a record."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

from hotline.call import virtual_time
from hotline.call.audio import Clip, Silence, Tone, ToneName
from hotline.call.errors import DialNoAnswer, OperatorRefused
from hotline.call.events import HangupBy
from hotline.call.ports import Direction, Extension, LegFacts, Phrase, ServeOrder
from hotline.call.scripted import ScriptedCall
from hotline.call.virtual_time import VirtualClock
from hotline.operators.park import ParkingLot
from hotline.operators.seat import Right, Seat, SeatedOperator
from hotline.operators.talk import Talk
from hotline.operators.talkrules import TalkRules
from hotline.operators.talktools import TalkTools

WORD_SECONDS = 2.0
"""How long a clip takes whose file is not there: :func:`hotline.call.scripted.sound_seconds`."""


class Words:
    """Each phrase is one clip named after it."""

    def __init__(self, silent=()):
        self.silent = set(silent)
        self.facts = []

    def sounds(self, phrase, facts=None):
        self.facts.append((phrase, dict(facts or {})))
        return [] if phrase in self.silent else [Clip(path_of(phrase))]


def path_of(phrase):
    from pathlib import Path

    return Path(f"/words/{phrase.value}.wav")


class Log:
    def __init__(self):
        self.events = []

    def event(self, leg, kind, detail=None):
        self.events.append((leg, kind, dict(detail or {})))

    def kinds(self):
        return [kind for _, kind, _ in self.events]

    def detail(self, kind):
        return next(detail for _, found, detail in self.events if found == kind)


class Telephones:
    """Rings until a test answers: ``answer``, ``fail``; nobody does so within the order's time otherwise."""

    def __init__(self, scene):
        self.scene = scene
        self.orders = []
        self.legs = []
        self.stubborn = False
        """A call that is called off has been answered meanwhile."""
        self._ringing = []

    async def dial(self, order):
        self.orders.append(order)
        answer = asyncio.get_running_loop().create_future()
        self._ringing.append(answer)
        try:
            async with asyncio.timeout(order.timeout):
                failure = await answer
        except TimeoutError:
            raise DialNoAnswer("Nobody answered.") from None
        except asyncio.CancelledError:
            if not self.stubborn:
                raise
            failure = None
        finally:
            self._ringing.remove(answer)
        if failure is not None:
            raise failure
        leg = self.scene.leg(f"out{len(self.legs)}", dialled=order.to, linkedid=order.linkedid)
        leg.far_answers()
        self.legs.append(leg)
        return leg

    @property
    def ringing(self):
        return len([answer for answer in self._ringing if not answer.done()])

    def picked_up(self):
        """Answer, with nothing done about it yet."""
        next(answer for answer in self._ringing if not answer.done()).set_result(None)

    async def answer(self):
        self.picked_up()
        await settle()
        return self.legs[-1]

    async def fail(self, failure):
        next(answer for answer in self._ringing if not answer.done()).set_result(failure)
        await settle()


class Switchboard:
    def __init__(self):
        self.known = {
            "602": Extension(name="3-2-602", address="sip:602@pbx", kind="room"),
            "88": Extension(name="监控中心", address="sip:88@pbx", kind="department", asks=False),
            "1002": Extension(name="1002号", address="headset:1002", kind="operator", asks=False),
            "9": Extension(name="外线", address="05551234", kind="outside", asks=False, longest=100.0),
        }
        self.costs = []

    async def find(self, wanted, *, operator, estate):
        if wanted not in self.known:
            raise OperatorRefused(f"There is nobody of that name: {wanted}.")
        return self.known[wanted]

    async def over(self, extension, leg, *, operator, estate):
        self.costs.append((extension.name, leg.facts.leg, operator))


class Engagements:
    """The desk's :class:`~hotline.operators.seat.Engage`."""

    def __init__(self):
        self.busy = set()
        self.now = []
        self.history = []

    @contextmanager
    def __call__(self, estate, number, why):
        if number in self.busy:
            raise OperatorRefused(f"Operator {number} talks already.", code="operator-talking")
        self.busy.add(number)
        self.history.append((number, why))
        try:
            yield SeatedOperator(number=number, estate=estate)
        finally:
            self.busy.discard(number)


class Scene:
    """Make it inside the running virtual loop."""

    def __init__(self, *, may=(Right.TRANSFER_BLIND,), silent=(), **rules):
        self.clock = VirtualClock()
        self.log = Log()
        self.phones = Telephones(self)
        self.switchboard = Switchboard()
        self.engage = Engagements()
        self.lot = ParkingLot(self.clock, slots=2)
        self.screens = []
        self.lefts = []
        self.lost = []
        self.taken_down = []
        """Parties that were written along, one entry a change."""
        self.words = Words(silent)
        self.tools = TalkTools(
            dialer=self.phones,
            switchboard=self.switchboard,
            log=self.log,
            clock=self.clock,
            lot=self.lot,
            rules_now=lambda: TalkRules(**({"survey": "survey"} | rules)),
            engage=self.engage,
            show=lambda number, state: self.screens.append((number, state)),
            lose=lambda estate, number: self.lost.append((estate, number)),
            take_down=self._take_down,
        )
        self.caller = self.leg("caller", direction=Direction.INBOUND)
        self.caller.far_answers()
        self.operator = self.leg("operator", dialled="sip:1001@pbx")
        self.operator.far_answers()
        self.who = SeatedOperator(number="1001", estate="default", may=frozenset(may))
        self.seat = Seat(
            operator=self.who, leg=self.operator, rung_at=self.clock.now(), answered_at=self.clock.now(),
            line="sip:1001@pbx", left=lambda: self.lefts.append("1001"),
        )  # fmt: skip
        order = ServeOrder(queue="main", estate="default", topic="投诉", caller_name="王先生")
        self.talk = Talk(self.caller, self.seat, order, self.words, tools=self.tools)
        self.running = None

    def _take_down(self, call, speakers, language):
        now = (sorted((party, leg.facts.leg) for party, leg in speakers.items()), language)
        if self.taken_down[-1:] != [now]:
            self.taken_down.append(now)

    def leg(self, number, *, dialled="95001", linkedid="caller", direction=Direction.OUTBOUND):
        facts = LegFacts(
            leg=number, linkedid=linkedid, direction=direction, caller="", dialled=dialled,
            offered_at=self.clock.now(),
        )  # fmt: skip
        return ScriptedCall(facts, self.clock)

    async def begin(self):
        self.running = asyncio.create_task(self.talk.run())
        await settle()
        return self

    async def do(self, action, **args):
        state = await self.talk.do(action, args)
        await settle()
        return state

    async def refused(self, action, **args):
        try:
            await self.talk.do(action, args)
        except OperatorRefused as refused:
            return refused
        raise AssertionError(f"{action} was not refused")

    async def consult(self, to="602", **args):
        await self.do("consult", to=to, **args)
        return await self.phones.answer()

    async def agreed(self, to="602"):
        target = await self.consult(to)
        target.far_presses("1")
        await settle()
        return target

    async def result(self):
        async with asyncio.timeout(600):
            return await self.running

    async def caller_leaves(self):
        self.caller.far_hangs_up()
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        await self.tools.farewells.close()
        await settle()

    def vanish(self, leg):
        leg._end(HangupBy.NETWORK, "rtp-timeout", "ANSWERED")


def run_virtual(main):
    """Run a scene, then end what still goes on in it as the end of the process would."""

    async def whole():
        await main
        for task in others():
            task.cancel()
        while there := others():
            await asyncio.gather(*there, return_exceptions=True)

    virtual_time.run_virtual(whole())


def others():
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]


async def settle(seconds=0.01):
    """Let everything happen that happens at once."""
    await asyncio.sleep(seconds)


def sounding(leg):
    """What a leg is hearing from us right now: a phrase, a tone, or nothing."""
    if not leg.heard or leg.heard[-1].ended is not None or leg.heard[-1].cut:
        return None
    return _named(leg.heard[-1].item)


def was_played(leg):
    return [_named(heard.item) for heard in leg.heard]


def _named(item):
    match item:
        case Tone(name=name):
            return name
        case Silence():
            return "silence"
        case Clip(path=path):
            return Phrase(path.stem)


MUSIC, RINGBACK, BEEP = ToneName.MUSIC, ToneName.RINGBACK, ToneName.BEEP
