"""What is happening, for every open page: one reader of live events a web process, one picture, many lookers.

Pages subscribe and are called at most every :data:`EVERY` seconds, only when something they look at has
changed; they compute what they show then, so nothing is computed for pages nobody looks at. A callback puts
something into its client's outbox and returns: a slow or gone client keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.call.inprogress import InProgress

EVERY = 0.12
"""Seconds between two calls of the same page: changes within are shown together."""
NEWCOMER_WAITS = 0.5
"""Seconds after which whoever looks at something nobody looked at before is answered at the latest."""
AGAIN_AFTER = 0.3
"""Seconds until a calls process that went is asked for anew."""

Watch = Callable[[], AsyncIterator[dict[str, Any]]]
"""Yields live events, ``live`` among them; ends, or raises :class:`OSError`, when the process goes."""
Also = Callable[[Mapping[str, Any] | None], None]
Look = Callable[[], None]
"""Shows what has changed; must not wait."""
OperatorKey = tuple[str, str]

CALLS = "calls"
"""Topic: legs, queues, operators."""

log = structlog.get_logger(__name__)


def desk_of(number: str) -> str:
    """Return the topic of one operator's screen."""
    return f"desk:{number}"


LINK = "link"
"""Topic: the calls process has gone or is there again. Everybody gets it."""


Ask = Callable[[frozenset[str]], Awaitable[Collection[str]]]
"""Asks for what no event tells, for those looked at (``default`` of the topic ``red:default``); returns those
that changed."""


@dataclass(slots=True, eq=False)
class _Looker:
    topics: frozenset[str]
    look: Look
    due: bool = False


class LiveHub:
    """The picture of what is happening, and who looks at it. :meth:`run` must run."""

    def __init__(self, watch: Watch, clock: Clock) -> None:
        """Nothing is read before :meth:`run`."""
        self._watch = watch
        self._clock = clock
        self._lookers: set[_Looker] = set()
        self._changed = asyncio.Event()
        self._also: list[Also] = []
        self._asking: list[tuple[str, float, Ask]] = []
        self.calls = InProgress()
        self.queues: list[dict[str, Any]] = []
        self.operators: dict[OperatorKey, dict[str, Any]] = {}
        """By estate and number: number, name, presence, since, reason, and what their talk says."""
        self.connected = False
        """Whether the calls process is being followed; ``False``: it is being replaced."""
        self.failures = 0
        """Lookers that failed; they are asked again with the next change."""

    # --- who looks -----------------------------------------------------------------------------------

    def subscribe(self, topics: Collection[str], look: Look) -> Callable[[], None]:
        """Have ``look`` called when one of ``topics`` changed; returns what ends it."""
        looker = _Looker(frozenset(topics) | {LINK}, look)
        self._lookers.add(looker)
        return lambda: self._lookers.discard(looker)

    @property
    def lookers(self) -> int:
        """How many look."""
        return len(self._lookers)

    def also(self, take: Also) -> None:
        """Hand every event on to somebody else too; ``None``: the calls process is another one."""
        self._also.append(take)

    def touch(self, *topics: str) -> None:
        """Something outside the calls process changed."""
        for looker in self._lookers:
            if not looker.due and not looker.topics.isdisjoint(topics):
                looker.due = True
                self._changed.set()

    def keep(self, area: str, every: float, ask: Ask) -> None:
        """Ask every so many seconds, as long as somebody looks at a topic ``area:…``; before :meth:`run`."""
        self._asking.append((area, every, ask))

    def looked_at(self, area: str) -> frozenset[str]:
        """Return what is looked at of an area."""
        topics = (topic.partition(":") for looker in self._lookers for topic in looker.topics)
        return frozenset(rest for name, _, rest in topics if name == area)

    async def _ask_again(self, area: str, every: float, ask: Ask) -> None:
        asked: frozenset[str] = frozenset()
        due = self._clock.monotonic()
        while True:
            wanted = self.looked_at(area)
            if wanted and (not wanted <= asked or self._clock.monotonic() >= due):
                due = self._clock.monotonic() + every
                await self._ask_once(area, wanted, ask)
            asked = wanted
            await self._clock.sleep(min(every, NEWCOMER_WAITS))

    async def _ask_once(self, area: str, wanted: frozenset[str], ask: Ask) -> None:
        try:
            self.touch(*(f"{area}:{one}" for one in await ask(wanted)))
        except HotlineError as fault:
            log.warning("figures for live pages are not there for the moment", code=fault.code)
        except Exception:
            log.exception("figures for live pages could not be had", area=area)

    # --- reading -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follow the calls process, and the next when it is replaced, until cancelled."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self._show(), name="live pages")
            work.create_task(self._read(), name="live events")
            for area, every, ask in self._asking:
                work.create_task(self._ask_again(area, every, ask), name=f"live {area}")

    async def _read(self) -> None:
        while True:
            try:
                async for event in self._watch():
                    self._take(event)
            except (OSError, json.JSONDecodeError):
                log.debug("the calls process cannot be followed for the moment")
            if self.connected:
                self.connected = False
                self.touch(LINK)
            await self._clock.sleep(AGAIN_AFTER)

    def _take(self, event: dict[str, Any]) -> None:
        try:
            topics = self._fold(event)
            self.touch(*topics)
            for take in self._also:
                take(event)
        except Exception:  # one event that is not understood must not end the picture of all others
            log.exception("a live event could not be taken in", event_type=event.get("type"))

    def _fold(self, event: dict[str, Any]) -> tuple[str, ...]:
        match event.get("type"):
            case "live":
                return self._load(event)
            case "desk":
                return self._desk(event)
            case "queues":
                for queue in self.queues:
                    queue["waiting"] = event.get("waiting", {}).get(queue["queue"], 0)
                return (CALLS,)
            case "says" | "said" | "words":
                return self._said(self.calls.take(event, self.now()))
        leg = self.calls.take(event, self.now())
        return (CALLS, *self._said(leg)) if leg else ()

    def _said(self, name: str) -> tuple[str, ...]:
        """Words on a leg are seen by who has it, and by those who are rung for it."""
        leg = self.calls.legs.get(name)
        return () if leg is None else tuple(desk_of(one) for one in {leg.operator, *leg.ringing} if one)

    def _load(self, event: dict[str, Any]) -> tuple[str, ...]:
        again, self.connected = not self.connected, True
        self.calls.load(event.get("legs", ()))
        self.queues = list(event.get("queues", ()))
        self.operators = {(one.get("estate", ""), one["number"]): one for one in event.get("operators", ())}
        if again:
            for take in self._also:
                take(None)
        return (LINK, CALLS)

    def _desk(self, event: dict[str, Any]) -> tuple[str, ...]:
        state = event.get("state")
        if not isinstance(state, dict):
            return ()
        number = str(event.get("operator", ""))
        key = (str(event.get("estate", "")), number)
        self.operators[key] = {"number": number, **state}
        fresh = {one["queue"]: one for one in state.get("queues", ())}
        known = {one["queue"]: one for one in self.queues}
        self.queues = list((known | fresh).values())
        return CALLS, desk_of(number)

    def now(self) -> float:
        """Return the present in epoch seconds."""
        return self._clock.now().timestamp()

    # --- showing -------------------------------------------------------------------------------------

    async def _show(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for looker in tuple(self._lookers):
                if looker.due:
                    looker.due = False
                    self._shown(looker)
            await self._clock.sleep(EVERY)

    def _shown(self, looker: _Looker) -> None:
        try:
            looker.look()
        except Exception:  # one page's fault is not another's
            self.failures += 1
            log.exception("a live page could not be shown")
