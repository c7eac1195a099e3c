"""Delivering: events become rows, rows become messages, messages are sent until somebody has them.

Exactly one row per event and channel; at least one sending of each row, always with the same event id.
A process that dies in between leaves rows that are sent again, by itself or another node, when the
hold on them runs out. Each channel has its own tasks: a receiver that hangs holds nobody else.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.notifications import alarms, channels, repository, webhooks
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.backoff import pause_after
from hotline.notifications.book import NotificationBook
from hotline.notifications.composer import Composer
from hotline.notifications.loader import Plan
from hotline.notifications.models import DeliveryRow
from hotline.notifications.port import GiveUp, NotYet, TryAgain
from hotline.notifications.sealing import Seal
from hotline.notifications.ways import Build, Way, Ways

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the outbox and at what is due."""
HOLD_BEYOND_TIMEOUT = timedelta(seconds=20)
"""A hold outlasts the attempt by what two commits on a busy database may take."""
ORPHANED_AFTER = timedelta(hours=24)
"""A channel taken out by mistake, or not yet on every node, has a day to come back."""
HOUSEKEEPING_EVERY = 3600.0
REMIND_LOOK_EVERY = 60.0


class NotificationWorker:
    """Turns outbox events into deliveries and delivers them, until cancelled."""

    def __init__(
        self,
        db: Database,
        book: NotificationBook,
        clock: Clock,
        composer: Composer,
        *,
        build: Build = channels.build,
        seal: Seal | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """``jitter`` gives 0 … 1 and spreads repeated attempts; ``seal`` opens the secrets of webhooks.

        Without ``seal`` there are only the channels of the file.
        """
        self._seal = seal
        self._db = db
        self._book = book
        self._clock = clock
        self._composer = composer
        self._ways = Ways(build, clock)
        self._jitter = jitter
        self._plan = book.current()
        self._busy: Counter[str] = Counter()
        self._resting: dict[str, float] = {}
        self._housekeeping_at = self._remind_at = -math.inf

    async def run(self) -> None:
        """Deliver until cancelled; a database that is locked or full only makes it wait.

        Nothing that goes wrong ends the process that watches over time limits as well.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._ways.aclose)
            async with asyncio.TaskGroup() as tasks:
                while True:
                    try:
                        await self._round(tasks)
                    except EnvironmentFault as fault:
                        log.warning("notifications wait for the database", reason=fault.code)
                    except Exception:
                        log.exception("notifications are not sent for now")
                    await self._clock.sleep(LOOK_EVERY)

    async def once(self) -> None:
        """Take what events there are, send all that is due, and return when it is through."""
        async with asyncio.TaskGroup() as tasks:
            await self._round(tasks)

    async def aclose(self) -> None:
        """Close the channels after :meth:`once`; :meth:`run` does so itself."""
        await self._ways.aclose()

    async def _round(self, tasks: asyncio.TaskGroup) -> None:
        self._plan = await self._in_service()
        for way in await self._ways.take_up(self._plan.channels):
            tasks.create_task(way.close())
        await self._remind()
        await self._take_events()
        await self._keep_house()
        due = await self._db.read(lambda session: repository.work(session, self._clock.now()))
        for name, number in due.items():
            ready = self._ways.get(name)
            if name in self._plan.paused:
                continue
            if ready is None or self._resting.get(name, 0.0) > self._clock.monotonic():
                continue
            for _ in range(min(ready.config.parallel - self._busy[name], number)):
                self._busy[name] += 1
                tasks.create_task(self._drain(name), name=f"notify {name}")

    async def _in_service(self) -> Plan:
        """Return the plan of the file with the webhooks of the table."""
        plan, seal = await asyncio.to_thread(self._book.current), self._seal
        if seal is None:
            return plan
        rows = await self._db.read(webhooks.listed)
        return await asyncio.to_thread(webhooks.with_webhooks, plan, rows, seal) if rows else plan

    async def _take_events(self) -> None:
        plan, now = self._plan, self._clock.now()
        while await self._db.read(repository.waiting_events):
            await self._db.write(
                lambda session: repository.take_events(
                    session, lambda s, event: self._composer.leading(s, event, plan), now
                )
            )

    async def _drain(self, name: str) -> None:
        """Send what is due on one channel, one after the other."""
        try:
            while (way := self._ways.get(name)) is not None and name not in self._plan.paused:
                now = self._clock.now()
                until = now + timedelta(seconds=way.config.timeout) + HOLD_BEYOND_TIMEOUT
                row = await self._db.write(partial(repository.claim, channel=name, now=now, until=until))
                if row is None or not await self._deliver(row, way):
                    return
        except EnvironmentFault as fault:
            log.warning("notifications wait for the database", channel=name, reason=fault.code)
        finally:
            self._busy[name] -= 1

    async def _deliver(self, row: DeliveryRow, way: Way) -> bool:
        """Make one attempt and note what came of it; False when the channel is to rest."""
        if row.attempts > way.config.attempts:  # as often as that the process ended in the middle
            await self._give_up(
                row, f"given up after {row.attempts - 1} attempts: {row.last_error or 'cut off'}"
            )
            return True
        try:
            await self._send(row, way)
        except NotYet as wait:
            return await self._put_off(row, wait)
        except TryAgain as failure:
            return await self._failed(row, way, failure)
        except GiveUp as refusal:
            await self._give_up(row, refusal.sentence)
        except asyncio.CancelledError:
            # whether it arrived is not known: it is sent again, and the receiver knows it by its id
            await self._db.write(
                lambda session: repository.failed(session, row, "interrupted", self._clock.now())
            )
            raise
        else:
            await self._db.write(lambda session: self._note_delivered(session, row))
            log.debug(
                "notification delivered", channel=row.channel, event_kind=row.kind, event_id=row.event_id
            )
        return True

    async def _send(self, row: DeliveryRow, way: Way) -> None:
        config, plan = way.config, self._plan
        message = await self._db.read(
            lambda session: self._composer.message(
                session, repository.event_in(row), plan, config, urgent=row.urgent
            )
        )
        try:
            with way.in_use() as channel:
                async with asyncio.timeout(config.timeout):
                    await channel.send(message)
        except TimeoutError as error:
            raise TryAgain(f"not done within {config.timeout:g} seconds") from error
        except (TryAgain, GiveUp):
            raise
        except Exception as error:
            # one message that breaks its channel must not end the delivery of all others
            log.exception("a channel failed in a way it should not", channel=row.channel)
            raise TryAgain(f"the program itself failed ({type(error).__name__})") from error

    async def _put_off(self, row: DeliveryRow, wait: NotYet) -> bool:
        seconds = wait.after or LOOK_EVERY
        self._resting[row.channel] = self._clock.monotonic() + seconds
        next_at = self._clock.now() + timedelta(seconds=seconds)
        await self._db.write(lambda session: repository.put_off(session, row, next_at))
        return False

    async def _failed(self, row: DeliveryRow, way: Way, failure: TryAgain) -> bool:
        if row.attempts >= way.config.attempts:
            await self._give_up(row, f"given up after {row.attempts} attempts: {failure.sentence}")
            return True
        seconds = pause_after(row.attempts, jitter=self._jitter(), asked=failure.after)
        next_at = self._clock.now() + timedelta(seconds=seconds)
        await self._db.write(lambda session: repository.failed(session, row, failure.sentence, next_at))
        log.info(
            "notification not delivered yet",
            channel=row.channel,
            event_id=row.event_id,
            attempt=row.attempts,
            reason=failure.sentence,
            next_in=round(seconds),
        )
        if failure.after is None:
            return True
        self._resting[row.channel] = self._clock.monotonic() + seconds
        return False

    async def _give_up(self, row: DeliveryRow, sentence: str) -> None:
        await self._db.write(lambda session: self._note_dead(session, row, sentence))
        log.warning(
            "notification given up, see `hotline notifications dead`",
            channel=row.channel,
            event_id=row.event_id,
            reason=sentence,
        )

    def _note_delivered(self, session: Session, row: DeliveryRow) -> None:
        now = self._clock.now()
        if repository.delivered(session, row, now):
            alarms.clear(session, kind=AlarmKind.DELIVERY_FAILED, subject=row.channel, at=now)

    def _note_dead(self, session: Session, row: DeliveryRow, sentence: str) -> None:
        """Nobody looks at a list by themselves: another channel may still tell people."""
        now = self._clock.now()
        if repository.dead(session, row, sentence, now):
            alarms.raise_(
                session,
                kind=AlarmKind.DELIVERY_FAILED,
                subject=row.channel,
                at=now,
                detail={"reason": sentence},
            )

    async def _remind(self) -> None:
        """Every minute: tell people again of alarms that stand too long."""
        if self._clock.monotonic() < self._remind_at:
            return
        self._remind_at = self._clock.monotonic() + REMIND_LOOK_EVERY
        await alarms.Alarms(self._db, self._clock).remind(self._plan.remind_every)

    async def _keep_house(self) -> None:
        """Every hour: forget what ended long ago, give up what waits for a channel that is gone."""
        if self._clock.monotonic() < self._housekeeping_at:
            return
        self._housekeeping_at = self._clock.monotonic() + HOUSEKEEPING_EVERY
        now, keep = self._clock.now(), self._plan.keep
        known = frozenset(self._plan.channels)

        def tidy(session: Session) -> int:
            repository.forget(
                session,
                delivered_before=now - timedelta(days=keep.delivered_days),
                dead_before=now - timedelta(days=keep.dead_days),
            )
            return repository.bury_orphans(session, known, before=now - ORPHANED_AFTER, now=now)

        buried = await self._db.write(tidy)
        if buried:
            log.warning("notifications for channels that are gone were given up", number=buried)
