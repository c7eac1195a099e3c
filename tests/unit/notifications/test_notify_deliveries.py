"""From the outbox to a real receiver: exactly one row, at least one sending, always the same id."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from notify_receivers import Reply
from sqlalchemy import func, select

from hotline.db.engine import Database
from hotline.db.outbox import OutboxReader
from hotline.notifications import givenup, repository
from hotline.notifications.givenup import Chosen
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.notifications.repository import Leading


async def test_an_event_becomes_one_delivery_per_channel_and_is_delivered(office, receiver, other):
    office.webhook(receiver, other, route="events: [ticket.*], estates: [default]")
    worker = office.worker()
    await office.happen()
    await office.happen(estate="east")
    await office.happen(kind="call.closed")
    await worker.once()
    assert [(row.channel, row.kind, row.state, row.attempts) for row in await office.rows()] == [
        ("a", "ticket.opened", DeliveryState.DELIVERED, 1),
        ("b", "ticket.opened", DeliveryState.DELIVERED, 1),
    ]
    assert receiver.requests[0].json["title"] == "【紧急】新工单 202611230001 报修 3-2-602"
    assert receiver.requests[0].json["id"] == other.requests[0].json["id"]
    await worker.once()
    assert len(receiver.requests) == len(other.requests) == 1


async def test_the_first_start_does_not_tell_history(office, receiver, clock):
    await office.happen(subject="old")
    clock.pass_time(hours=2)
    await office.happen(subject="new")
    office.webhook(receiver)
    await office.worker().once()
    assert [request.json["subject"] for request in receiver.requests] == ["new"]


async def test_two_nodes_make_one_row_per_event_and_send_each_once(office, receiver, database_url, clock):
    office.webhook(receiver)
    second = Database(database_url, clock=clock, busy_seconds=30)
    mine = office.worker()
    office.db, first = second, office.db
    theirs = office.worker()
    office.db = first
    for number in range(25):
        await office.happen(subject=str(number))
    await asyncio.gather(mine.once(), theirs.once())
    assert await office.db.read(lambda s: s.scalar(select(func.count()).select_from(DeliveryRow))) == 25
    assert Counter(request.json["subject"] for request in receiver.requests) == Counter(map(str, range(25)))
    await second.aclose()


async def test_events_and_the_place_of_the_reader_are_one_transaction(office):
    await office.happen(subject="1")

    def broken(session, event):
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        await office.db.write(lambda s: repository.take_events(s, broken, office.clock.now()))
    assert await office.rows() == []
    assert await office.db.read(lambda s: s.get(OutboxReader, repository.READER)) is None


async def test_after_the_last_attempt_it_is_on_the_dead_letter_list_and_may_be_tried_again(
    office, receiver, clock
):
    receiver.answer = lambda request: Reply(500)
    office.webhook(receiver, options="attempts: 3", route="events: [ticket.*]")
    worker = office.worker()
    await office.happen()
    for _ in range(6):
        await worker.once()
        clock.pass_time(hours=1)
    row = await office.one()
    assert (row.state, row.attempts) == (DeliveryState.DEAD, 3)
    assert row.last_error == "given up after 3 attempts: the receiver answered HTTP 500"
    receiver.answer = lambda request: Reply()
    again = await office.db.write(lambda s: givenup.again(s, Chosen(), {"a"}, clock.now()))
    assert again == [row.id]
    await worker.once()
    assert (await office.one()).state is DeliveryState.DELIVERED
    assert {request.json["id"] for request in receiver.requests} == {row.event_id}


async def test_a_claim_is_one_workers_until_it_runs_out(office, receiver, clock):
    office.webhook(receiver)
    await office.happen()
    lead = lambda session, event: Leading(("a",))  # noqa: E731
    await office.db.write(lambda s: repository.take_events(s, lead, clock.now()))

    async def claim():
        until = clock.now() + timedelta(seconds=30)
        return await office.db.write(lambda s: repository.claim(s, "a", clock.now(), until))

    first = await claim()
    assert first is not None
    assert await claim() is None
    clock.pass_time(seconds=31)
    second = await claim()
    assert (second.id, second.attempts) == (first.id, 2)
    assert not await office.db.write(lambda s: repository.delivered(s, first, clock.now()))
    assert await office.db.write(lambda s: repository.delivered(s, second, clock.now()))


async def test_what_waits_for_a_channel_that_is_gone_is_given_up_after_a_day(office, receiver, clock):
    receiver.answer = lambda request: Reply(500)
    office.webhook(receiver)
    await office.happen()
    await office.worker().once()
    office.configure("channels: {}\n")
    clock.pass_time(hours=23)
    await office.worker().once()
    assert (await office.one()).state is DeliveryState.WAITING
    clock.pass_time(hours=2)
    await office.worker().once()
    row = await office.one()
    assert (row.state, row.last_error) == (DeliveryState.DEAD, "the channel is not configured any more")


async def test_old_deliveries_are_forgotten_and_their_event_does_not_come_back(office, receiver, clock):
    office.webhook(receiver)
    await office.happen()
    await office.worker().once()
    clock.pass_time(days=31)
    await office.worker().once()
    assert await office.rows() == []
    assert len(receiver.requests) == 1


KILLED = """
    import asyncio, os, signal, sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from notify_kit import ON_SQLITE, ESTATES, KNOWN
    from hotline.call.clock import SystemClock
    from hotline.db.engine import Database
    from hotline.notifications import channels
    from hotline.notifications.book import NotificationBook
    from hotline.notifications.composer import Composer
    from hotline.notifications.worker import NotificationWorker

    class Fatal:
        def __init__(self, config, clock):
            self.channel = channels.build(config, clock)

        async def send(self, message):
            await self.channel.send(message)
            os.kill(os.getpid(), signal.SIGKILL)  # the receiver has it, the commit has not been made

    class Clock(SystemClock):
        def now(self):
            from datetime import datetime
            return datetime.fromisoformat({now!r})

    clock = Clock()
    db = Database({url!r}, clock=clock)
    book = NotificationBook(Path({folder!r}), estates=["default", "east"])
    asyncio.run(NotificationWorker(db, book, clock, Composer(ESTATES, lambda s, e: KNOWN), build=Fatal).run())
"""


async def test_a_process_killed_between_sending_and_commit_leads_to_a_second_sending_with_the_same_id(
    office, receiver, clock, database_url
):
    office.webhook(receiver)
    await office.happen()
    code = textwrap.dedent(KILLED).format(
        tests=str(Path(__file__).parent), now=clock.now().isoformat(), url=database_url,
        folder=str(office.folder),
    )  # fmt: skip
    run = partial(subprocess.run, [sys.executable, "-c", code], capture_output=True, timeout=50)
    killed = await asyncio.to_thread(run)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(receiver.requests) == 1
    worker = office.worker()
    await worker.once()
    assert len(receiver.requests) == 1, "the dead worker's hold has not run out"
    clock.pass_time(seconds=31)
    await worker.once()
    first, second = receiver.requests
    assert first.headers["x-hotline-event-id"] == second.headers["x-hotline-event-id"]
    row = await office.one()
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 2)
