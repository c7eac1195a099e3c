"""The stream of events: what is kept comes again, what may not be seen does not, who is slow is dropped."""

from __future__ import annotations

import asyncio
import json

import pytest
import uvicorn

from hotline.db import outbox
from hotline.web.api import events
from hotline.web.eventstreams import BACKLOG, EventStreams, Follower
from hotline.web.masks import Masks

LEG = {
    "type": "leg", "leg": "a1", "call": "a1", "estate": "default", "direction": "inbound",
    "caller": "13800001111", "dialled": "8000", "purpose": "",
}  # fmt: skip


class Parts:
    def zone(self, _estate: str):
        from zoneinfo import ZoneInfo

        return ZoneInfo("Asia/Shanghai")


def happened(web, kind: str, subject: str, estate: str = "default", **detail: str) -> None:
    with web.db.transaction() as session:
        outbox.add(session, estate=estate, kind=kind, subject=subject, at=web.clock.now(), detail=detail)


def parsed(line: bytes) -> tuple[str, str, dict]:
    fields = dict(one.split(": ", 1) for one in line.decode().strip().split("\n"))
    return fields.get("id", ""), fields["event"], json.loads(fields["data"])


@pytest.fixture
async def streams(web):
    made = EventStreams(web.db, web.clock)
    reading = asyncio.create_task(made.run())
    yield made
    reading.cancel()


class Heard:
    """One follower reading."""

    def __init__(self, streams, topics, *, estate="", last=None, unmasked=False) -> None:
        self.follower = Follower(frozenset(topics), estate)
        self._lines = self._read(streams, last, unmasked)

    async def _read(self, streams, last, unmasked):
        async with streams.following(self.follower, last) as told:
            async for line in events.lines(told, self.follower, Parts(), Masks(unmasked), heartbeat=30):
                yield line

    async def next(self) -> bytes:
        async with asyncio.timeout(5):
            return await anext(self._lines)

    async def begin(self) -> None:
        assert (await self.next()).startswith(b": follows")

    async def close(self) -> None:
        await self._lines.aclose()


async def test_a_follower_gets_what_came_while_it_was_away_and_then_what_comes(web, streams):
    happened(web, "ticket.opened", "202611230001")
    happened(web, "wakeup.booked", "1001")
    happened(web, "ticket.changed", "202611230001", state="assigned")
    heard = Heard(streams, {"tickets"}, last=1)
    await heard.begin()
    first = parsed(await heard.next())
    assert (first[0], first[1], first[2]["state"]) == ("3", "ticket.changed", "assigned")
    waiting = asyncio.create_task(heard.next())
    await asyncio.sleep(0)
    while not streams.followers:
        await asyncio.sleep(0.01)
    happened(web, "ticket.sla_breach", "202611230001")
    told = parsed(await waiting)
    assert told[:2] == ("4", "ticket.sla_breach")
    assert told[2]["at"] == "2026-11-23T10:00:00+08:00"
    await heard.close()
    assert streams.followers == 0


async def test_rows_that_are_forgotten_are_told_of(web, streams):
    heard = Heard(streams, {"tickets"}, last=77)
    await heard.begin()
    assert parsed(await heard.next())[1] == "reset"
    await heard.close()


async def test_calls_are_told_masked_and_only_to_their_estate(web, streams):
    own, other = Heard(streams, {"calls"}, estate="default"), Heard(streams, {"calls"}, estate="west")
    full = Heard(streams, {"calls"}, unmasked=True)
    waiting = []
    for one in (own, other, full):
        await one.begin()
        waiting.append(asyncio.create_task(one.next()))
    while streams.followers < 3:
        await asyncio.sleep(0.01)
    streams.live(LEG)
    streams.live({"type": "event", "leg": "a1", "event": "DTMF", "detail": {"key": "7"}})
    started, pressed = parsed(await waiting[0]), parsed(await own.next())
    assert (started[0], started[1], started[2]["caller"]) == ("", "call.started", "1*")
    assert pressed[2]["detail"] == {"key": "•"}
    assert parsed(await waiting[2])[2]["caller"] == "13800001111"
    assert not waiting[1].done()
    waiting[1].cancel()


async def test_a_follower_that_does_not_read_is_dropped_and_keeps_nobody_waiting(web, streams):
    slow, quick = Heard(streams, {"calls"}), Heard(streams, {"calls"})
    waiting = []
    for one in (slow, quick):
        await one.begin()
        waiting.append(asyncio.create_task(one.next()))
    while streams.followers < 2:
        await asyncio.sleep(0.01)
    for _ in range(BACKLOG + 50):
        streams.live(LEG)
        if waiting[1].done():
            waiting[1] = asyncio.create_task(quick.next())
        await asyncio.sleep(0)
    assert slow.follower.dropped.is_set()
    for one in waiting:
        one.cancel()


@pytest.mark.timely
async def test_a_program_follows_over_a_real_connection_until_its_token_is_revoked(web):
    token = web.token("tickets:write")
    site = web.client._transport.app
    server = uvicorn.Server(uvicorn.Config(site, port=0, host="127.0.0.1", log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    reading = asyncio.create_task(site.state.parts.events.run())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    writer.write(f"{request}Connection: close\r\n\r\n".encode())  # it ends with the stream, not when idle
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        assert b"text/event-stream" in head
        await reader.readuntil(b"retry: 3000")
        body = {"kind": "repair", "room": "808", "caller": "13800001111", "text": "漏水"}
        await web.ask("POST", "/api/v1/tickets", token, json=body)
        assert b"event: ticket.opened" in await reader.readuntil(b"ticket.opened")
        from hotline.accounts import tokens

        with web.db.transaction() as session:
            tokens.revoke(session, "pms", by="root", at=web.clock.now())
        await site.state.admitted.look()
        await reader.read()  # the end
    writer.close()
    server.should_exit = True
    reading.cancel()
    await serving


async def test_topics_need_their_rights(web):
    token = web.token("tickets:read")
    other = await web.ask("GET", "/api/v1/events?topics=wakeups", token)
    none = await web.ask("GET", "/api/v1/events?topics=gossip", token)
    nobody = await web.ask("GET", "/api/v1/events", web.token("stays:write", name="n"))
    assert [one.json()["code"] for one in (other, none, nobody)] == [
        "scope-missing", "topic-unknown", "scope-missing",
    ]  # fmt: skip
