"""Webhooks over HTTP: made with a secret shown once, signed with it, paused without loss, sent again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field

import pytest

from hotline.accounts.models import ApiAnswerRow
from hotline.app.notifying import open_book, open_composer
from hotline.notifications.sealing import Seal
from hotline.notifications.webhookmodels import WebhookRow
from hotline.notifications.worker import NotificationWorker
from hotline.settings import Estate, Settings

NEW = {"name": "ERP", "url": "", "events": ["ticket.opened"]}
TICKET = {"kind": "repair", "room": "808", "caller": "13800001111", "text": "漏水"}


@dataclass
class Receiver:
    status: int = 200
    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        length = {name.lower(): value for name, value in headers.items()}["content-length"]
        self.got.append(({k.lower(): v for k, v in headers.items()}, await reader.readexactly(int(length))))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


@pytest.fixture
async def receiver():
    found = Receiver()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield found
    server.close()


@pytest.fixture
async def worker(web, tmp_path):
    settings = Settings(estates=(Estate(id="default", name="东湖酒店"), Estate(id="west", name="西湖公寓")))
    (tmp_path / "config").mkdir(exist_ok=True)
    made = NotificationWorker(
        web.db, open_book(tmp_path / "config", settings), web.clock, open_composer(settings),
        seal=Seal(tmp_path / "keys"),
    )  # fmt: skip
    yield made
    await made.aclose()


async def test_events_reach_a_webhook_signed_with_the_secret_that_was_shown_once(
    web, receiver, worker, tmp_path
):
    token = web.token("webhooks:write", "tickets:write")
    key = {"Idempotency-Key": "hook"}
    body = NEW | {"url": receiver.url}
    made = await web.ask("POST", "/api/v1/webhooks", token, json=body, headers=key)
    again = await web.ask("POST", "/api/v1/webhooks", token, json=body, headers=key)
    secret = made.json()["secret"]
    assert (made.status_code, len(secret), again.json()["secret"]) == (201, 43, "")
    kept = [row.secret for row in web.rows(WebhookRow)] + [str(row.body) for row in web.rows(ApiAnswerRow)]
    assert not any(secret in text for text in kept)
    assert (tmp_path / "keys" / "webhooks.key").stat().st_mode & 0o777 == 0o600

    await web.ask("POST", "/api/v1/tickets", token, json=TICKET)
    await worker.once()
    [(headers, sent)] = receiver.got
    signed = f"{headers['x-hotline-timestamp']}.".encode() + sent
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-hotline-signature"].endswith(expected)
    assert json.loads(sent)["kind"] == "ticket.opened"
    listed = (await web.ask("GET", "/api/v1/webhooks", token)).json()["items"]
    assert [(one["name"], one["delivered"], one["source"]) for one in listed] == [("ERP", 1, "table")]


async def test_what_happens_during_a_pause_waits_and_what_was_given_up_is_sent_again(web, receiver, worker):
    token = web.token("webhooks:write", "tickets:write")
    made = await web.ask("POST", "/api/v1/webhooks", token, json=NEW | {"url": receiver.url})
    number = made.json()["number"]
    path = f"/api/v1/webhooks/{number}"
    assert (await web.ask("POST", f"{path}/pause", token)).json()["paused"] is True
    await web.ask("POST", "/api/v1/tickets", token, json=TICKET)
    await worker.once()
    assert receiver.got == []
    assert (await web.ask("GET", path, token)).json()["waiting"] == 1

    receiver.status = 410
    await web.ask("POST", f"{path}/resume", token)
    await worker.once()
    dead = (await web.ask("GET", "/api/v1/deliveries?state=dead", token)).json()["items"]
    assert [(one["channel"], one["state"]) for one in dead] == [(f"webhook:{number}", "dead")]
    receiver.status = 200
    again = await web.ask("POST", "/api/v1/deliveries/again", token, json={"channel": f"webhook:{number}"})
    assert again.json()["again"] == [dead[0]["number"]]
    await worker.once()
    assert (await web.ask("GET", path, token)).json()["delivered"] == 1


async def test_a_test_message_says_why_it_did_not_arrive(web, receiver):
    token = web.token("webhooks:write")
    made = await web.ask("POST", "/api/v1/webhooks", token, json=NEW | {"url": receiver.url})
    path = f"/api/v1/webhooks/{made.json()['number']}/test"
    well = (await web.ask("POST", path, token)).json()
    receiver.status = 500
    badly = (await web.ask("POST", path, token)).json()
    assert (well["delivered"], badly["delivered"], "500" in badly["reason"]) == (True, False, True)


async def test_two_people_at_one_webhook_and_wrong_facts_are_told(web):
    token = web.token("webhooks:write")
    body = NEW | {"url": "https://erp.example.com/x"}
    number = (await web.ask("POST", "/api/v1/webhooks", token, json=body)).json()["number"]
    path = f"/api/v1/webhooks/{number}"
    tag = {"If-Match": (await web.ask("GET", path, token)).headers["ETag"]}
    first = await web.ask("PUT", path, token, json=body | {"name": "A"}, headers=tag)
    second = await web.ask("PUT", path, token, json=body | {"name": "B"}, headers=tag)
    assert (first.status_code, second.status_code) == (200, 412)
    wrong = [
        NEW | {"url": "ftp://erp.example.com/"},
        body | {"events": ["tickets.opened"]},
        body | {"personal": True},
    ]
    told = [(await web.ask("POST", "/api/v1/webhooks", token, json=one)).json()["code"] for one in wrong]
    assert told == ["webhook-address", "webhook-events", "scope-missing"]
    other = await web.ask("GET", path, web.token("webhooks:read", name="w", estate="west"))
    assert (other.status_code, other.json()["code"]) == (404, "webhook-unknown")
    await web.ask("DELETE", path, token)
    assert (await web.ask("GET", path, token)).status_code == 404


async def test_what_has_no_receiver_any_more_is_not_sent_again_but_can_be_discarded(web, receiver, worker):
    token = web.token("webhooks:write", "tickets:write")
    made = await web.ask("POST", "/api/v1/webhooks", token, json=NEW | {"url": receiver.url})
    receiver.status = 410
    await web.ask("POST", "/api/v1/tickets", token, json=TICKET)
    await worker.once()
    channel = {"channel": f"webhook:{made.json()['number']}"}
    there = await web.ask("POST", "/api/v1/deliveries/discard", token, json=channel)
    assert (there.status_code, there.json()["code"]) == (409, "delivery-channel-there")
    await web.ask("DELETE", f"/api/v1/webhooks/{made.json()['number']}", token)
    dead = (await web.ask("GET", "/api/v1/deliveries?state=dead", token)).json()["items"]
    refused = await web.ask("POST", "/api/v1/deliveries/again", token, json=channel)
    assert (refused.status_code, refused.json()["code"]) == (409, "delivery-channel-gone")
    assert f"{dead[0]['number']} ({channel['channel']})" in refused.json()["detail"]
    assert len((await web.ask("GET", "/api/v1/deliveries?state=dead", token)).json()["items"]) == 1
    gone = await web.ask("POST", "/api/v1/deliveries/discard", token, json=channel)
    assert gone.json()["discarded"] == [dead[0]["number"]]
    assert (await web.ask("GET", "/api/v1/deliveries", token)).json()["items"] == []


async def test_a_port_that_cannot_be_is_refused(web):
    body = NEW | {"url": "http://127.0.0.1:99999/ok"}
    answer = await web.ask("POST", "/api/v1/webhooks", web.token("webhooks:write"), json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "webhook-address")
