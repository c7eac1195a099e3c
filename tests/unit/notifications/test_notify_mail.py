"""Mail against a real server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from channel_kit import send

from hotline.notifications.config import EmailChannel
from hotline.notifications.port import GiveUp, Message, TryAgain


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
