"""The ``calls`` role: telephony, sessions, recognition slots - everything a caller depends on."""

from __future__ import annotations

import asyncio
import gc
import sys
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from hotline.app.answering import Answering
from hotline.app.child import Alive, ChildLine
from hotline.app.conversing import Conversing
from hotline.app.legbook import LegBook
from hotline.app.lines import Lines
from hotline.app.livefeed import LiveFeed
from hotline.app.operators import OperatorsAtWork, operators_status
from hotline.app.options import RunOptions, settings_in_service
from hotline.app.parts import Parts, build_parts
from hotline.app.placing import Placing
from hotline.app.repair import repair
from hotline.app.selftest import own_address
from hotline.app.status import calls_lines, calls_status
from hotline.call.clock import Clock, SystemClock
from hotline.call.inprogress import InProgress
from hotline.call.scheduling import prefer_this_thread
from hotline.language import sounds
from hotline.telephony.agent import SipTelephony
from hotline.telephony.headsets.line import HeadsetLine
from hotline.telephony.media import MediaEngine

log = structlog.get_logger(__name__)

SWITCH_INTERVAL = 0.001
"""Seconds between thread switches: with Python's 5 ms a busy event loop delays the media thread's 20 ms
tick to a p99 of 135 ms, with 1 ms to 26 ms (bench/media_tick.py --busy)."""


IDLE_EVERY = 0.2
"""Seconds between looks whether nobody is in a call, for a process that is to leave then."""
PAPERS_WITHIN = 5.0
"""Seconds after draining for what conversations still have to write; nobody can be rung any more."""


class _TelephoneAlive(Alive):
    """Proves that the SIP thread and the media thread work, not only the event loop."""

    def __init__(self, telephony: SipTelephony) -> None:
        self._telephony = telephony

    async def check(self) -> bool:
        return await self._telephony.ping()


def warm_up(options: RunOptions) -> Parts:
    """Make everything that opens no port, file or database: reading the menus takes longest."""
    home, settings = settings_in_service(options)
    if settings.speech.live_slots:
        sounds.load()
    return build_parts(home, settings, SystemClock(), process=uuid.uuid4().hex, last_good=home.in_service)


async def run(options: RunOptions, line: ChildLine) -> None:
    """Take calls until drained; ends at once when the parent is gone."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    _keep_collector_short()
    parts = line.warmed if isinstance(line.warmed, Parts) else warm_up(options)
    for store in (parts.menus, parts.flows):
        store.catch_up()  # a standby may have waited for days
    home, settings, clock = parts.home, parts.settings, parts.clock
    began = clock.now()
    media = MediaEngine(encoding=settings.recording.encoding, music=parts.music, clock=clock)
    line.leaves_when_idle = True
    feed = LiveFeed(home.run, {})
    in_progress = InProgress()
    feed.observers.append(lambda event: _observed(in_progress, event, clock))
    legs = LegBook(parts.records, feed, settings)
    telephony = SipTelephony(settings.sip, clock, media, legs=legs)
    headsets = HeadsetLine(home.run, clock, media, legs=legs, ring_cycle=settings.sip.ringing.ring_cycle)
    lines = Lines(telephony, headsets)
    conversing = Conversing(parts, lines, feed)
    at_work = OperatorsAtWork(parts, lines, conversing, feed)
    at_work.own_line = lambda: own_address(telephony.status().addresses)
    conversing.operators, conversing.earlier_calls = at_work.desk, at_work.earlier_calls
    placing = Placing(parts, telephony, conversing)
    feed.answers["live"] = lambda: {"legs": in_progress.dump(), **at_work.desk.overview()}
    feed.answers["status"] = lambda: (
        calls_status(parts, telephony, media, placing, since=began) | operators_status(at_work, headsets)
    )
    media.start()
    try:
        await telephony.start()
        await headsets.start()
        prefer_this_thread()  # from here on: the library's own threads are there and stay as they are
        await feed.start()
        line.alive = _TelephoneAlive(telephony)
        line.ready(lines=calls_lines(parts, telephony))
        await _take_calls(Telephone(parts, telephony, conversing, placing, at_work), line, began)
    finally:
        await headsets.close()
        await telephony.close()
        media.stop()
        await feed.close()
        await parts.close()


def _observed(picture: InProgress, event: dict[str, Any], clock: Clock) -> None:
    """Whatever is wrong with a picture for screens, no call may notice."""
    try:
        picture.take(event, clock.now().timestamp())
    except Exception:
        log.exception("the picture of calls in progress is not kept", event_type=event.get("type"))


def _keep_collector_short() -> None:
    """Take what stays for good out of the garbage collector's sight: its full runs stop every thread."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True, slots=True)
class Telephone:
    """What the process is made of once the user agent listens."""

    parts: Parts
    telephony: SipTelephony
    conversing: Conversing
    placing: Placing
    operators: OperatorsAtWork


async def _take_calls(telephone: Telephone, line: ChildLine, began: datetime) -> None:
    parts, telephony = telephone.parts, telephone.telephony
    answering = Answering(parts, telephony, telephone.conversing)
    async with asyncio.TaskGroup() as upkeep:
        repairing = upkeep.create_task(repair(parts, before=began), name="repair")
        upkeep.create_task(parts.ears.start(), name="ears")
        keep = [
            upkeep.create_task(parts.menus.watch(), name="menus"),
            upkeep.create_task(parts.flows.watch(), name="flows"),
            upkeep.create_task(parts.keep_places(), name="places"),
            upkeep.create_task(telephone.operators.run(), name="operators"),
            upkeep.create_task(parts.keep_duty(), name="duty"),
            upkeep.create_task(_place_calls(telephone.placing, repairing), name="placing"),
        ]
        drain = upkeep.create_task(_drain(telephone, line), name="drain")
        parent = upkeep.create_task(line.parent_gone.wait(), name="parent")
        calls = upkeep.create_task(answering.run(), name="calls")
        await asyncio.wait((calls, parent, drain), return_when=asyncio.FIRST_COMPLETED)
        if drain.done():  # the legs are gone; conversations still write their papers
            await asyncio.wait((calls, parent), timeout=PAPERS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        for task in (*keep, drain, parent, calls):
            task.cancel()


async def _place_calls(placing: Placing, repairing: asyncio.Task[None]) -> None:
    """Place calls once what a predecessor left open is closed: its attempts are known then."""
    await asyncio.wait((repairing,))
    await placing.run()


async def _to_end(telephone: Telephone, line: ChildLine) -> None:
    """Wait until it is to end: at once, or when nobody is in a call – until then new ones are taken."""
    leave, drain = (asyncio.create_task(event.wait()) for event in (line.leave, line.drain))
    await asyncio.wait((leave, drain), return_when=asyncio.FIRST_COMPLETED)
    while not line.drain.is_set() and telephone.telephony.status().channels.total:
        await telephone.parts.clock.sleep(IDLE_EVERY)
    leave.cancel()
    drain.cancel()
    if not line.drain.is_set():
        line.leaving()


async def _drain(telephone: Telephone, line: ChildLine) -> None:
    await _to_end(telephone, line)
    seconds = telephone.parts.settings.drain_seconds
    log.info("no new calls are taken; running ones may finish", seconds=seconds)
    telephone.placing.drain()
    await telephone.telephony.drain(seconds)
