"""Webhooks, and what holds for every channel over HTTP, against a real server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from channel_kit import send
from notify_kit import SECRET
from notify_receivers import Receiver, Reply, hang

from hotline.notifications.config import WebhookChannel
from hotline.notifications.port import GiveUp, TryAgain


def webhook(receiver: Receiver, **options) -> WebhookChannel:
    return WebhookChannel(type="webhook", url=f"{receiver.url}/hook?x=1", secret=SECRET, **options)


async def test_a_webhook_is_signed_over_timestamp_and_body_and_carries_the_event_id(receiver, clock, message):
    await send(webhook(receiver), clock, message)
    (request,) = receiver.requests
    timestamp = request.headers["x-hotline-timestamp"]
    wanted = hmac.new(SECRET.encode(), timestamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-hotline-signature"] == f"sha256={wanted}"
    assert request.headers["x-hotline-event-id"] == message.event_id
    assert int(timestamp) == int(clock.now().timestamp())
    assert request.target == "/hook?x=1"
    assert request.json == {
        "id": message.event_id,
        "kind": "ticket.opened",
        "estate": "default",
        "subject": "202611230001",
        "at": "2026-11-23T02:00:00+00:00",
        "urgent": False,
        "title": "新工单 202611230001",
        "text": "地点：3-2-602\n内容：水管漏水",
        "facts": {"place": "3-2-602"},
    }


async def test_a_receiver_that_checks_as_the_documentation_says_takes_it_and_nothing_else(
    receiver, clock, message
):
    page = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], names)
    await send(webhook(receiver), clock, message)
    (request,) = receiver.requests
    headers, now = request.headers, clock.now().timestamp()
    genuine = partial(names["is_genuine"], SECRET)
    assert genuine(headers, request.body, now)
    assert genuine(headers, request.body, now + 299)
    assert not genuine(headers, request.body, now + 301)
    assert not genuine(headers, request.body.replace(b"602", b"603"), now)
    assert not genuine({**headers, "x-hotline-timestamp": str(int(now) + 1)}, request.body, now)
    assert not genuine({}, request.body, now)
    assert not names["is_genuine"]("another-secret-0123", headers, request.body, now)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
async def test_an_answer_that_means_never_is_not_tried_again(receiver, clock, message, status):
    receiver.answer = lambda request: Reply(status, b"13800001111")
    with pytest.raises(GiveUp, match=f"HTTP {status}") as caught:
        await send(webhook(receiver), clock, message)
    assert "1380" not in caught.value.sentence


@pytest.mark.parametrize("status", [302, 408, 422, 500, 502, 503])
async def test_any_other_refusal_is_tried_again(receiver, clock, message, status):
    receiver.answer = lambda request: Reply(status, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(TryAgain, match=f"HTTP {status}"):
        await send(webhook(receiver), clock, message)
    assert len(receiver.requests) == 1


async def test_a_receiver_may_say_when_to_come_back(receiver, clock, message):
    later = clock.now() + timedelta(minutes=2)
    for said, seconds in (("30", 30), (f"{later:%a, %d %b %Y %H:%M:%S GMT}", 120), ("soon", None)):
        receiver.answer = lambda request, said=said: Reply(429, headers={"Retry-After": said})
        with pytest.raises(TryAgain) as caught:
            await send(webhook(receiver), clock, message)
        assert caught.value.after == seconds


async def test_a_receiver_that_hangs_or_is_not_there_is_tried_again(receiver, clock, message):
    receiver.answer = hang
    with pytest.raises(TryAgain, match="in time"):
        await send(
            WebhookChannel.model_construct(**webhook(receiver).__dict__ | {"timeout": 0.2}), clock, message
        )
    await receiver.close()
    with pytest.raises(TryAgain, match="cannot be reached"):
        await send(webhook(receiver), clock, message)


async def test_a_receiver_that_answers_nonsense_is_tried_again(clock, message):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(TryAgain, match="connection broke"):
        await send(WebhookChannel(type="webhook", url=address, secret=SECRET), clock, message)
    server.close()


async def test_an_endless_answer_is_not_read_to_its_end(clock, message):
    let_go = asyncio.Event()

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            let_go.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await send(WebhookChannel(type="webhook", url=address, secret=SECRET), clock, message, within=5)
    async with asyncio.timeout(5):
        await let_go.wait()
    assert let_go.is_set(), "the connection is left, not read on"
    server.close()


async def test_a_certificate_counts_only_with_its_authority(certificate, clock, message):
    server = await Receiver().start(tls=certificate[1])
    with pytest.raises(TryAgain, match="not trusted"):
        await send(webhook(server), clock, message)
    await send(webhook(server, ca_file=certificate[0]), clock, message)
    assert len(server.requests) == 1
    await server.close()


async def test_an_address_that_cannot_be_is_given_up_with_a_sentence(clock, message):
    """One that was stored before such ports were refused."""
    config = WebhookChannel.model_construct(type="webhook", url="http://127.0.0.1:99999/ok", secret=SECRET)
    with pytest.raises(GiveUp, match="the address of the channel cannot be used"):
        await send(config, clock, message)
