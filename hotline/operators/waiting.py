"""What a talk waits for – events of legs, spans, answers, orders –, all in one queue and in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, HotlineError, OperatorRefused
from hotline.call.events import CallEvent, HangupBy, HungUp
from hotline.call.ports import Call, Dialer, DialOrder, Extension

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LegEvent:
    """Something happened on a leg of the talk."""

    leg: Call
    event: CallEvent


@dataclass(frozen=True, slots=True)
class Due:
    """A span is over."""

    name: str
    token: object


@dataclass(frozen=True, slots=True)
class Dialled:
    """A leg that was placed answered (``leg``) or did not (``failed``)."""

    token: object
    leg: Call | None
    failed: HotlineError | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Somebody wants something done."""

    action: str
    args: Mapping[str, Any]
    done: asyncio.Future[dict[str, Any]]
    extension: Extension | None = None
    """Whom the order names."""


Item = LegEvent | Due | Dialled | Order
Late = Callable[[Call, Extension | None], None]


class Waiting:
    """The queue, and the tasks that fill it. Belongs to one running talk; close it."""

    def __init__(self, dialer: Dialer, clock: Clock, late: Late) -> None:
        """Nothing is waited for yet; ``late`` takes a leg that answers when all is over."""
        self._late = late
        self._dialer = dialer
        self._clock = clock
        self._inbox: asyncio.Queue[Item] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarms: dict[str, tuple[object, asyncio.Task[None]]] = {}
        self._dialling: dict[object, asyncio.Task[None]] = {}
        self._closed = False
        self.placed: dict[str, tuple[Call, Extension | None]] = {}
        """Legs that were placed here and not let go yet, by their number; and to whom, where it may cost."""

    async def next(self) -> Item:
        """Return what happened next."""
        return await self._inbox.get()

    def order(
        self, action: str, args: Mapping[str, Any], extension: Extension | None = None
    ) -> asyncio.Future[dict[str, Any]]:
        """Queue an order; its future says what came of it. Raises ``OperatorRefused`` when all is over."""
        if self._closed:
            raise _over()
        done: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Order(action, args, done, extension))
        return done

    def watch(self, leg: Call) -> None:
        """Take the events of ``leg`` from now on, until its ``HungUp``."""
        self.start(self._pump(leg), "leg events")

    def dial(self, order: DialOrder, extension: Extension | None = None) -> object:
        """Place a leg (to ``extension``); a :class:`Dialled` with the returned token follows."""
        token = object()
        self._dialling[token] = self.start(self._dial(order, extension, token), "dial")
        return token

    def undial(self, token: object) -> None:
        """Ring there no longer."""
        task = self._dialling.pop(token, None)
        if task is not None:
            task.cancel()

    def wanted(self, dialled: Dialled) -> bool:
        """True, once, when somebody still waits for this answer."""
        return self._dialling.pop(dialled.token, None) is not None

    def arm(self, name: str, seconds: float) -> None:
        """Have :class:`Due` ``name`` follow in so many seconds; a former one of that name counts no more."""
        self.disarm(name)
        token = object()
        self._alarms[name] = (token, self.start(self._sleep(name, token, seconds), name))

    def disarm(self, name: str) -> None:
        """It counts no more."""
        if name in self._alarms:
            self._alarms.pop(name)[1].cancel()

    def counts(self, due: Due) -> bool:
        """True, once, for a span that was not called off meanwhile."""
        armed = self._alarms.get(due.name)
        if armed is None or armed[0] is not due.token:
            return False
        del self._alarms[due.name]
        return True

    def close(self) -> None:
        """Wait for nothing any more; orders not yet carried out are refused."""
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        self._alarms.clear()
        self._dialling.clear()
        while not self._inbox.empty():
            item = self._inbox.get_nowait()
            if isinstance(item, Order) and not item.done.done():
                item.done.set_exception(_over())

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Do something besides; it ends with the talk at the latest."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _pump(self, leg: Call) -> None:
        event: CallEvent | None = None
        while not isinstance(event, HungUp):
            try:
                event = await leg.next_event()
            except CallGone:
                by = leg.report().hangup_by if leg.over else HangupBy.NETWORK
                event = HungUp(by=by, cause="gone")
            self._inbox.put_nowait(LegEvent(leg, event))

    async def _dial(self, order: DialOrder, extension: Extension | None, token: object) -> None:
        try:
            leg = await self._dialer.dial(order)
        except HotlineError as failed:
            self._inbox.put_nowait(Dialled(token, None, failed))
        except Exception:
            log.exception("a leg could not be placed", linkedid=order.linkedid)
            self._inbox.put_nowait(Dialled(token, None, DialFailed("The call could not be placed.")))
        else:
            if self._closed:
                self._late(leg, extension)
                return
            self.placed[leg.facts.leg] = leg, extension
            self._inbox.put_nowait(Dialled(token, leg))

    async def _sleep(self, name: str, token: object, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._inbox.put_nowait(Due(name, token))


def _over() -> OperatorRefused:
    return OperatorRefused("The call is over.", code="talk-over")
