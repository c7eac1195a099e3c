"""What the worker does with receivers that answer, refuse, hang and come back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

from notify_kit import ON_SQLITE, SECRET
from notify_receivers import Reply, hang, robot

from hotline.notifications import alarms, repository
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.models import DeliveryState
from hotline.notifications.repository import Leading

pytestmark = ON_SQLITE


async def test_what_a_channel_may_not_see_is_not_sent_to_it(office, receiver, other):
    office.webhook(receiver, other)
    office.configure(office.path.read_text().replace("b: {", "b: {personal: true, "))
    await office.happen(who="13900002222")
    await office.worker().once()
    seen, whole = receiver.requests[0], other.requests[0]
    for secret in ("13800001111", "张伟", "水管漏水", "13900002222"):
        assert secret not in seen.body.decode(), secret
        assert secret in whole.body.decode(), secret
    assert seen.json["facts"]["caller_number"] == "138****1111"
    assert seen.json["facts"]["ticket_kind"] == "repair"
    assert "description" not in seen.json["facts"]


async def test_the_urgency_of_the_ticket_decides_where_a_route_asks_for_it(office, receiver):
    office.webhook(receiver, route="events: [ticket.*], urgency: [urgent]")
    worker = office.worker()
    office.known = {}
    await office.happen(subject="1")
    await office.happen(subject="2", urgency="urgent")
    await worker.once()
    assert [request.json["subject"] for request in receiver.requests] == ["2"]


async def test_without_channels_events_are_passed_and_a_later_channel_gets_only_news(office, receiver):
    worker = office.worker()
    await office.happen(subject="1")
    await worker.once()
    office.webhook(receiver)
    await office.happen(subject="2")
    await worker.once()
    assert [request.json["subject"] for request in receiver.requests] == ["2"]


async def test_a_failing_receiver_is_tried_again_with_growing_pauses_and_the_same_id(office, receiver, clock):
    receiver.answer = lambda request: Reply(500)
    office.webhook(receiver)
    worker = office.worker()
    await office.happen()
    begin, moments = clock.now(), []
    for _ in range(5000):
        before = len(receiver.requests)
        await worker.once()
        if len(receiver.requests) > before:
            moments.append(int((clock.now() - begin).total_seconds()))
        row = await office.one()
        if len(moments) == 5:
            break
        clock.at = row.next_at
    assert moments == [0, 5, 20, 65, 200]
    assert (row.state, row.attempts, row.last_error) == (
        DeliveryState.WAITING, 5, "the receiver answered HTTP 500",
    )  # fmt: skip
    receiver.answer = lambda request: Reply()
    clock.at = row.next_at
    await worker.once()
    assert (await office.one()).state is DeliveryState.DELIVERED
    assert len({request.headers["x-hotline-event-id"] for request in receiver.requests}) == 1
    assert len({request.headers["x-hotline-timestamp"] for request in receiver.requests}) == 6


async def test_nothing_is_sent_before_its_time(office, receiver, clock):
    receiver.answer = lambda request: Reply(500)
    office.webhook(receiver)
    worker = office.worker()
    await office.happen()
    await worker.once()
    clock.pass_time(seconds=4.9)
    await worker.once()
    assert len(receiver.requests) == 1
    clock.pass_time(seconds=0.1)
    await worker.once()
    assert len(receiver.requests) == 2


async def test_a_refusal_for_good_is_dead_at_once_and_people_hear_of_it_elsewhere(office, receiver, other):
    receiver.answer = lambda request: Reply(410)
    office.webhook(receiver, other, route="events: [ticket.*]")
    text = office.path.read_text()
    office.configure(text + "  - {events: [alarm.*], to: [b]}\n")
    worker = office.worker()
    await office.happen()
    await worker.once()
    await worker.once()
    assert [(row.channel, row.kind, row.state) for row in await office.rows()] == [
        ("a", "ticket.opened", DeliveryState.DEAD),
        ("b", "ticket.opened", DeliveryState.DELIVERED),
        ("b", "alarm.raised", DeliveryState.DELIVERED),
    ]
    assert other.requests[1].json["title"] == "告警：通知渠道 a 发送失败"
    receiver.answer = lambda request: Reply()
    await office.happen(subject="2")
    await worker.once()
    await worker.once()
    assert other.requests[-1].json["kind"] == "alarm.cleared"


async def test_a_hanging_receiver_holds_nobody_else(office, receiver, other):
    receiver.answer = hang
    office.webhook(receiver, other, options="timeout: 1, parallel: 1")
    for number in range(3):
        await office.happen(subject=str(number))
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(office.worker().run())
        while len(other.requests) < 3:
            await asyncio.sleep(0.01)
        assert len(receiver.requests) <= 1
        running.cancel()


async def test_a_receiver_that_drips_its_answer_is_cut_off(office):
    """Every byte comes in time; the answer as a whole does not."""
    gone = asyncio.Event()

    async def drip(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.2)
        gone.set()
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    office.webhook(SimpleNamespace(url=address), options="timeout: 1")
    await office.happen()
    await office.worker().once()
    row = await office.one()
    assert (row.state, row.last_error) == (DeliveryState.WAITING, "not done within 1 seconds")
    await asyncio.wait_for(gone.wait(), 5)
    server.close()


async def test_a_message_that_ends_the_process_every_time_is_given_up_in_the_end(office, receiver, clock):
    office.webhook(receiver, options="attempts: 3", route="events: [ticket.*]")
    await office.happen()
    lead = lambda session, event: Leading(("a",))  # noqa: E731
    await office.db.write(lambda s: repository.take_events(s, lead, clock.now()))
    for _ in range(3):
        until = clock.now() + timedelta(seconds=30)
        await office.db.write(partial(repository.claim, channel="a", now=clock.now(), until=until))
        clock.pass_time(minutes=1)
    await office.worker().once()
    row = await office.one()
    assert (row.state, row.last_error) == (DeliveryState.DEAD, "given up after 3 attempts: cut off")
    assert receiver.requests == []


async def test_a_channel_that_breaks_in_an_unforeseen_way_is_tried_again(office, receiver, clock):
    class Broken:
        async def send(self, message):
            raise ZeroDivisionError("13800001111")

        async def aclose(self):
            pass

    office.webhook(receiver)
    await office.happen()
    await office.worker(build=lambda config, clock: Broken()).once()
    row = await office.one()
    assert (row.state, row.last_error) == (
        DeliveryState.WAITING, "the program itself failed (ZeroDivisionError)",
    )  # fmt: skip


async def test_urgent_things_go_before_others(office, receiver):
    office.webhook(receiver, options="parallel: 1")
    office.known = {}
    for number in range(3):
        await office.happen(kind="ticket.changed", subject=str(number))
    await office.happen(kind="alarm.raised", subject="trunk", alarm="trunk_down")
    await office.worker().once()
    assert [request.json["subject"] for request in receiver.requests] == ["trunk", "0", "1", "2"]


async def test_a_robot_that_is_full_for_this_minute_costs_no_attempt(office, receiver, clock):
    receiver.answer = robot()
    office.configure(
        f"channels:\n  a: {{type: wecom, url: '{receiver.url}/send?key=k', per_minute: 1}}\n"
        'routes:\n  - {events: ["*"], to: [a]}\n'
    )
    for number in range(3):
        await office.happen(subject=str(number))
    await office.worker().once()
    found = await office.rows()
    assert [(row.state, row.attempts) for row in found[:2]] == [
        (DeliveryState.DELIVERED, 1),
        (DeliveryState.WAITING, 0),
    ]
    assert found[1].next_at > clock.now() + timedelta(seconds=50)
    assert len(receiver.requests) == 1


async def test_a_robot_that_answers_with_an_errcode_is_a_failure(office, receiver, clock):
    receiver.answer = robot(-1, "system busy")
    office.configure(
        f"channels:\n  a: {{type: wecom, url: '{receiver.url}/send?key=k'}}\n"
        'routes:\n  - {events: ["*"], to: [a]}\n'
    )
    await office.happen()
    await office.worker().once()
    assert (await office.one()).last_error == "errcode -1"


async def test_a_changed_channel_is_used_without_a_restart(office, receiver, other):
    office.webhook(receiver)
    worker = office.worker()
    await office.happen(subject="1")
    await worker.once()
    office.webhook(other)
    await office.happen(subject="2")
    await worker.once()
    assert [request.json["subject"] for request in receiver.requests] == ["1"]
    assert [request.json["subject"] for request in other.requests] == ["2"]


async def test_an_interrupted_sending_is_repeated_at_once_by_the_successor(office, receiver, clock):
    receiver.answer = hang
    office.webhook(receiver)
    await office.happen()
    running = asyncio.ensure_future(office.worker().run())
    await asyncio.wait_for(receiver.arrived.wait(), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    receiver.answer = lambda request: Reply()
    await office.worker().once()
    assert (await office.one()).state is DeliveryState.DELIVERED
    assert len({request.json["id"] for request in receiver.requests}) == 1


async def test_alarms_that_stand_are_told_of_again(office, receiver, clock):
    office.webhook(receiver, route="events: [alarm.*]")
    office.configure(office.path.read_text() + "alarms: {remind_every_hours: 2}\n")
    await alarms.Alarms(office.db, clock).raise_(AlarmKind.TRUNK_DOWN, "trunk")
    for _ in range(5):
        await office.worker().once()
        clock.pass_time(hours=1)
    assert [request.json["kind"] for request in receiver.requests] == [
        "alarm.raised", "alarm.reminder", "alarm.reminder",
    ]  # fmt: skip


async def test_a_message_that_cannot_be_worded_any_more_is_still_sent(office, receiver):
    """The ticket was deleted since: what the event itself says has to do."""
    office.webhook(receiver)
    office.known = {}
    await office.happen()
    await office.worker().once()
    assert receiver.requests[0].json["title"] == "【】新工单 202611230001"


async def test_nothing_personal_gets_into_logs_or_rows(office, receiver, capfd, clock):
    receiver.answer = lambda request: Reply(500, b"13800001111 " + SECRET.encode())
    office.webhook(receiver, options="personal: true, attempts: 1")
    await office.happen()
    await office.worker().once()
    (row,) = [row for row in await office.rows() if row.kind.startswith("ticket")]
    out, err = capfd.readouterr()
    assert "given up" in out + err
    for text in (out, err, row.last_error, str(row.detail)):
        for secret in ("1380000", "张伟", "水管", SECRET, receiver.url):
            assert secret not in text
