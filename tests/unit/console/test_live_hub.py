"""The picture of what is happening, and who is told when it changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.call.inprogress import InProgress, Stage
from hotline.call.virtual_time import VirtualClock
from hotline.call.virtual_time import run_virtual as run
from hotline.web.console.livehub import CALLS, EVERY, LiveHub, desk_of
from hotline.web.console.livepage import Audience, changes


def opened(leg: str = "a", **more: Any) -> dict[str, Any]:
    facts = {"type": "leg", "leg": leg, "call": leg, "direction": "inbound", "caller": "13911112222"}
    return facts | {"estate": "default"} | more


def event(kind: str, leg: str = "a", **detail: str) -> dict[str, Any]:
    return {"type": "event", "leg": leg, "event": kind, "detail": detail}


START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANSWERED = {"type": "answered", "leg": "a"}
IN_QUEUE = [opened(), ANSWERED, event("QUEUE_ENTER", queue="main")]
TAKEN = [*IN_QUEUE, event("QUEUE_OFFER", operator="01"), event("QUEUE_TAKEN", operator="01")]


@pytest.mark.parametrize(
    ("events", "stage", "operator", "ringing"),
    [
        ([opened()], Stage.RINGING, "", []),
        ([opened(), ANSWERED, event("MENU", step="main")], Stage.MENU, "", []),
        (IN_QUEUE, Stage.WAITING, "", []),
        ([*IN_QUEUE, event("QUEUE_OFFER", operator="02")], Stage.WAITING, "", ["02"]),
        (
            [*IN_QUEUE, event("QUEUE_OFFER", operator="02"), event("QUEUE_MISSED", operator="02")],
            Stage.WAITING, "", [],
        ),
        (TAKEN, Stage.TALKING, "01", []),
        ([*TAKEN, event("HOLD", by="01")], Stage.TALKING, "01", []),
        ([*TAKEN, event("PARK", by="01", slot="3")], Stage.PARKED, "", []),
        ([*TAKEN, event("PARK", slot="3"), event("UNPARK", by="02", slot="3")], Stage.TALKING, "02", []),
        ([*TAKEN, event("BLINDTRANSFER", by="01")], Stage.TRANSFERRED, "", []),
        ([*TAKEN, event("OPERATOR_LEAVE", reason="hung_up")], Stage.MENU, "", []),
        ([opened(direction="outbound"), ANSWERED], Stage.CONNECTED, "", []),
    ],
)  # fmt: skip
def test_events_say_where_a_call_stands(
    events: list[dict[str, Any]], stage: Stage, operator: str, ringing: list[str]
) -> None:
    picture = InProgress()
    for second, one in enumerate(events):
        picture.take(one, float(second))
    leg = picture.legs["a"]
    assert (leg.stage, leg.operator, leg.ringing) == (stage, operator, ringing)


def test_what_was_said_and_pressed_is_kept_until_the_end_and_handed_over_whole() -> None:
    picture = InProgress()
    for one in (
        opened(), ANSWERED, {"type": "says", "leg": "a", "text": "您好"}, event("DTMF", key="3"),
        event("DTMF", key="2"), event("HEARD", text="水管漏水", score="0.9"), event("EMERGENCY"),
        {"type": "said", "leg": "a", "who": "operator", "text": "哪里漏"},
        {"type": "words", "leg": "a", "words": "on"},
    ):  # fmt: skip
        picture.take(one, 5.0)
    other = InProgress()
    other.load(json.loads(json.dumps([*picture.dump(), {**picture.dump()[0], "leg": "b", "unheard_of": 1}])))
    assert [(line.who, line.text) for line in other.lines("a")] == [
        ("hotline", "您好"), ("keys", "32"), ("caller", "水管漏水"), ("operator", "哪里漏"),
    ]  # fmt: skip
    assert other.legs["a"] == picture.legs["a"] and other.legs["a"].emergency
    assert other.legs["a"].words == "on"
    assert other.take({"type": "ended", "leg": "a"}, 6.0) == "a"
    assert "a" not in other.legs and other.lines("a") == []
    assert other.take(event("MENU", leg="gone", step="main"), 6.0) == ""


class Feed:
    """A calls process that says what tests put in; ``None`` ends it."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.times = 0

    async def watch(self) -> AsyncIterator[dict[str, Any]]:
        self.times += 1
        yield {"type": "live", "legs": [], "queues": [], "operators": [{"number": "01", "estate": ""}]}
        while (one := await self.events.get()) is not None:
            yield one

    def say(self, *events: dict[str, Any] | None) -> None:
        for one in events:
            self.events.put_nowait(one)


def with_hub(test: Any) -> None:
    async def main() -> None:
        feed = Feed()
        hub = LiveHub(feed.watch, VirtualClock(START))
        running = asyncio.create_task(hub.run())
        await asyncio.sleep(1)
        try:
            await test(hub, feed)
        finally:
            running.cancel()

    run(main())


def test_a_page_is_told_once_for_many_changes_and_only_of_what_it_looks_at() -> None:
    async def test(hub: LiveHub, feed: Feed) -> None:
        seen: list[str] = []
        hub.subscribe((CALLS,), lambda: seen.append("calls"))
        leave = hub.subscribe((desk_of("02"),), lambda: seen.append("desk"))
        hub.subscribe((CALLS,), lambda: 1 / 0)  # one page's fault is not another's
        feed.say(*(opened(f"leg{n}") for n in range(50)))
        await asyncio.sleep(0.01)
        assert seen == ["calls"] and hub.failures == 1
        feed.say(*(opened(f"more{n}") for n in range(50)))
        await asyncio.sleep(EVERY * 3)
        assert seen == ["calls"] * 2 and len(hub.calls.legs) == 100
        feed.say({"type": "desk", "estate": "", "operator": "02", "state": {"presence": "ready"}})
        await asyncio.sleep(EVERY * 3)
        assert seen[2:].count("desk") == 1 and hub.operators["", "02"]["presence"] == "ready"
        leave()
        feed.say({"type": "desk", "estate": "", "operator": "02", "state": {"presence": "paused"}})
        await asyncio.sleep(EVERY * 3)
        assert seen.count("desk") == 1 and hub.lookers == 2

    with_hub(test)


def test_a_replaced_calls_process_is_said_and_its_successor_is_asked_anew() -> None:
    async def test(hub: LiveHub, feed: Feed) -> None:
        links: list[bool] = []
        passed: list[Any] = []
        hub.also(passed.append)
        hub.subscribe((), lambda: links.append(hub.connected))
        feed.say(opened(), None)
        await asyncio.sleep(2)
        assert links == [False, True] and feed.times == 2
        assert hub.calls.legs == {} and None in passed

    with_hub(test)


def test_an_event_that_is_not_understood_ends_nothing() -> None:
    async def test(hub: LiveHub, feed: Feed) -> None:
        feed.say({"type": "leg"}, {"type": "desk", "operator": "01"}, opened("b"))
        await asyncio.sleep(0.5)
        assert list(hub.calls.legs) == ["b"] and hub.connected

    with_hub(test)


def test_figures_are_asked_for_once_and_only_while_somebody_looks() -> None:
    async def main() -> None:
        feed, asked, told = Feed(), [], []
        hub = LiveHub(feed.watch, VirtualClock(START))

        async def ask(wanted: frozenset[str]) -> list[str]:
            asked.append(sorted(wanted))
            return ["north"] if len(asked) == 2 else []

        hub.keep("red", 1.0, ask)
        running = asyncio.create_task(hub.run())
        await asyncio.sleep(5)
        assert asked == []
        ends = [hub.subscribe(("red:north",), lambda: told.append(1)) for _ in range(3)]
        await asyncio.sleep(3.2)
        assert 3 <= len(asked) <= 4 and asked[0] == ["north"] and len(told) == 3
        for end in ends:
            end()
        before = len(asked)
        await asyncio.sleep(5)
        assert len(asked) - before <= 1
        running.cancel()

    run(main())


def test_everybody_who_sees_the_same_costs_one_composition_and_gets_only_what_changed() -> None:
    async def test(hub: LiveHub, feed: Feed) -> None:
        composed, first, second = [], [], []

        def compose() -> dict[str, Any]:
            composed.append(1)
            return {"link": hub.connected} | {f"call:{leg}": leg for leg in hub.calls.legs}

        audience = Audience(hub, (CALLS,), compose)
        leave = audience.join(first.append)
        others = [audience.join(second.append) for _ in range(20)]
        assert json.loads(first[0])["whole"] and json.loads(second[0])["sheet"] == {"link": True}
        before = len(composed)
        feed.say(opened("x</script>\u2028"))
        await asyncio.sleep(EVERY * 2)
        assert len(composed) == before + 1
        news = json.loads(second[-1])
        assert news["sheet"] == {"call:x</script>\u2028": "x</script>\u2028"} and not news["whole"]
        assert "\u2028" not in second[-1]
        for end in (leave, *others):
            end()
        assert audience.empty and hub.lookers == 0

    with_hub(test)


def test_a_key_that_has_gone_is_told_as_nothing() -> None:
    assert changes({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5}) == {"b": 5, "c": None}
