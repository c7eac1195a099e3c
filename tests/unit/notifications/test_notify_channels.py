"""Every channel against a real server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from notify_kit import SECRET
from notify_receivers import Receiver, Reply, hang, robot

from hotline.notifications.channels import build
from hotline.notifications.channels.robots import WECOM_BYTES, shortened
from hotline.notifications.config import DingtalkChannel, EmailChannel, WebhookChannel, WecomChannel
from hotline.notifications.port import GiveUp, Message, NotYet, TryAgain


async def send(config, clock, message, *, within: float | None = None) -> None:
    channel = build(config, clock)
    try:
        async with asyncio.timeout(within):
            await channel.send(message)
    finally:
        await channel.aclose()


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


async def test_an_endless_answer_is_not_read_to_its_end(receiver, clock, message):
    receiver.answer = lambda request: Reply(200, b"x" * 5_000_000)
    await send(webhook(receiver), clock, message, within=5)


async def test_a_certificate_counts_only_with_its_authority(certificate, clock, message):
    server = await Receiver().start(tls=certificate[1])
    with pytest.raises(TryAgain, match="not trusted"):
        await send(webhook(server), clock, message)
    await send(webhook(server, ca_file=certificate[0]), clock, message)
    assert len(server.requests) == 1
    await server.close()


# --- group robots -----------------------------------------------------------------------------------


def wecom(receiver: Receiver, **options) -> WecomChannel:
    return WecomChannel(type="wecom", url=f"{receiver.url}/cgi-bin/webhook/send?key=k-1", **options)


def dingtalk(receiver: Receiver, **options) -> DingtalkChannel:
    return DingtalkChannel(type="dingtalk", url=f"{receiver.url}/robot/send?access_token=t", **options)


async def test_a_wecom_robot_gets_text_and_mentions(receiver, clock, message):
    receiver.answer = robot()
    await send(wecom(receiver, mention=("13900002222",), mention_all=True, keyword="热线"), clock, message)
    (request,) = receiver.requests
    assert request.target == "/cgi-bin/webhook/send?key=k-1"
    assert request.headers["content-type"].startswith("application/json")
    assert request.json == {
        "msgtype": "text",
        "text": {
            "content": "热线 新工单 202611230001\n地点：3-2-602\n内容：水管漏水",
            "mentioned_mobile_list": ["13900002222", "@all"],
        },
    }


async def test_a_dingtalk_robot_is_addressed_with_a_signature_of_the_moment(receiver, clock, message):
    receiver.answer = robot()
    await send(dingtalk(receiver, secret="SEC123", mention=("13900002222",)), clock, message)
    (request,) = receiver.requests
    milliseconds = str(int(clock.now().timestamp() * 1000))
    digest = hmac.new(b"SEC123", f"{milliseconds}\nSEC123".encode(), hashlib.sha256).digest()
    raw = request.target.partition("?")[2]
    assert raw.startswith(f"access_token=t&timestamp={milliseconds}&sign=")
    assert unquote_plus(raw.partition("&sign=")[2]) == base64.b64encode(digest).decode()
    assert "+" not in raw and "/" not in raw.partition("&sign=")[2]
    assert request.json["at"] == {"atMobiles": ["13900002222"], "isAtAll": False}
    assert request.json["text"]["content"].endswith("内容：水管漏水\n@13900002222")


async def test_a_dingtalk_robot_without_secret_is_addressed_as_it_stands(receiver, clock, message):
    receiver.answer = robot()
    await send(dingtalk(receiver), clock, message)
    assert receiver.requests[0].query == {"access_token": "t"}


@pytest.mark.parametrize(
    ("make", "code", "error", "after"),
    [
        (wecom, 93000, GiveUp, None),
        (wecom, 45009, TryAgain, 60.0),
        (wecom, -1, TryAgain, None),
        (dingtalk, 300001, GiveUp, None),
        (dingtalk, 310000, TryAgain, None),
        (dingtalk, 410100, TryAgain, 60.0),
    ],
)
async def test_a_robot_that_answers_200_with_an_errcode_has_not_taken_it(
    receiver, clock, message, make, code, error, after
):
    receiver.answer = robot(code, "keywords not in content 13800001111")
    with pytest.raises(error, match=f"errcode {code}") as caught:
        await send(make(receiver), clock, message)
    assert "1380" not in caught.value.sentence
    if after:
        assert caught.value.after == after


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errmsg": "ok"}', b'{"errcode": "0"}'])
async def test_what_is_no_robots_answer_counts_as_a_failure(receiver, clock, message, body):
    receiver.answer = lambda request: Reply(200, body)
    with pytest.raises(TryAgain):
        await send(wecom(receiver), clock, message)


async def test_a_robot_is_not_asked_more_often_than_it_allows(receiver, clock, message):
    receiver.answer = robot()
    channel = build(wecom(receiver, per_minute=2), clock)
    await channel.send(message)
    await channel.send(message)
    with pytest.raises(NotYet) as caught:
        await channel.send(message)
    assert 0 < caught.value.after <= 60
    assert len(receiver.requests) == 2
    await channel.aclose()


def test_long_texts_end_in_whole_characters():
    assert shortened("水" * 100, 300) == "水" * 100
    cut = shortened("a" + "水" * 1000, WECOM_BYTES)
    assert len(cut.encode()) <= WECOM_BYTES
    assert cut.endswith("水…")


# --- mail -------------------------------------------------------------------------------------------


def mail(server, certificate=None, **options) -> EmailChannel:
    given = {
        "host": "127.0.0.1",
        "port": server.port,
        "sender": "hotline@example.com",
        "to": ("a@example.com", "b@example.com"),
        "ca_file": certificate[0] if certificate else None,
    }
    return EmailChannel(type="email", **(given | options))


@pytest.mark.parametrize("security", ["starttls", "ssl", "plain"])
async def test_mail_arrives_over_each_kind_of_connection(mail_server, certificate, clock, message, security):
    server = mail_server(tls=security != "plain", implicit=security == "ssl")
    server.users = {"hotline": "pass word-1"}
    config = mail(server, certificate, security=security, user="hotline", password="pass word-1")
    await send(config, clock, message)
    (arrived,) = server.mails
    assert server.secure == [security != "plain"]
    assert server.logins == ["hotline"]
    assert server.recipients == ["a@example.com", "b@example.com"]
    assert arrived["Subject"] == "新工单 202611230001"
    assert arrived["Message-ID"] == f"<{message.event_id}@example.com>"
    assert arrived["X-Hotline-Event-Id"] == message.event_id
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived.get_content().split("\r\n")[:2] == message.text.split("\n")


async def test_mail_is_not_sent_readable_where_starttls_was_asked_for(mail_server, clock, message):
    server = mail_server(tls=False)
    with pytest.raises(GiveUp, match="STARTTLS"):
        await send(mail(server), clock, message)
    assert server.mails == []


async def test_a_mail_server_with_a_strange_certificate_gets_nothing(mail_server, clock, message):
    server = mail_server()
    with pytest.raises(TryAgain, match="not trusted"):
        await send(mail(server), clock, message)
    assert server.mails == []


@pytest.mark.parametrize(
    ("replies", "error", "sentence"),
    [
        ({"GREETING": "554 go away"}, GiveUp, "SMTP 554"),
        ({"MAIL": "451 a@example.com later"}, TryAgain, "SMTP 451"),
        ({"MAIL": "550 never a@example.com"}, GiveUp, "SMTP 550"),
        ({"END": "552 too much"}, GiveUp, "SMTP 552"),
        ({"RCPT": "550 unknown a@example.com"}, GiveUp, "2 of 2 recipients"),
        ({"RCPT": "450 later a@example.com"}, TryAgain, "2 of 2 recipients"),
        ({"a@example.com": "450 greylisted"}, TryAgain, "1 of 2 recipients"),
    ],
)
async def test_what_a_mail_server_refuses_is_judged_by_its_code(
    mail_server, certificate, clock, message, replies, error, sentence
):
    server = mail_server()
    server.replies = replies
    with pytest.raises(error, match=sentence) as caught:
        await send(mail(server, certificate), clock, message)
    assert "a@example" not in caught.value.sentence


async def test_mail_that_one_of_two_gets_is_delivered_when_the_other_never_will(
    mail_server, certificate, clock, message
):
    server = mail_server()
    server.replies = {"a@example.com": "550 unknown"}
    await send(mail(server, certificate), clock, message)
    assert server.recipients == ["b@example.com"]


async def test_a_wrong_password_is_given_up_without_naming_it(mail_server, certificate, clock, message):
    server = mail_server()
    server.users = {"hotline": "right"}
    with pytest.raises(GiveUp, match="SMTP 535") as caught:
        await send(mail(server, certificate, user="hotline", password="wrong-one"), clock, message)
    assert "wrong-one" not in caught.value.sentence


async def test_how_a_mail_server_says_goodbye_changes_nothing(mail_server, certificate, clock, message):
    server = mail_server()
    server.silent_at = "QUIT"
    await send(mail(server, certificate, timeout=1), clock, message, within=5)
    assert len(server.mails) == 1


@pytest.mark.parametrize("moment", ["GREETING", "EHLO", "DATA"])
async def test_a_mail_server_that_falls_silent_holds_no_thread(
    mail_server, certificate, clock, message, moment
):
    server = mail_server()
    server.silent_at = moment
    with pytest.raises(TimeoutError):
        await send(mail(server, certificate, timeout=30), clock, message, within=0.3)
    assert await asyncio.to_thread(server.closed_on.wait, 5)
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("mail")]
    for _ in range(100):
        if not names:
            break
        await asyncio.sleep(0.02)
        names = [thread.name for thread in threading.enumerate() if thread.name.startswith("mail")]
    assert names == []


async def test_a_title_cannot_add_headers_to_a_mail(mail_server, certificate, clock, message):
    server = mail_server()
    evil = Message(
        event_id=message.event_id, kind="x", estate="default", subject="x", at=message.at,
        title="hello\r\nBcc: thief@example.com", text="",
    )  # fmt: skip
    await send(mail(server, certificate), clock, evil)
    assert server.mails[0]["Bcc"] is None
    assert server.mails[0]["Subject"] == "hello Bcc: thief@example.com"
    assert json.dumps(server.recipients) == '["a@example.com", "b@example.com"]'
