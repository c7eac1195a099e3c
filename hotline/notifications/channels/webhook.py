"""Signed webhooks: JSON to a receiver of one's own. docs/notifications.md has the receiver's side."""

from __future__ import annotations

import json

from hotline.call.clock import Clock
from hotline.notifications.channels.http import Poster
from hotline.notifications.channels.signing import webhook_signature
from hotline.notifications.config import WebhookChannel
from hotline.notifications.port import Message

EVENT_ID = "X-Hotline-Event-Id"
TIMESTAMP = "X-Hotline-Timestamp"
SIGNATURE = "X-Hotline-Signature"


class Webhook:
    """Posts messages as JSON, each attempt signed for its own instant."""

    def __init__(self, config: WebhookChannel, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._poster = Poster(clock, timeout=config.timeout, ca_file=config.ca_file, proxy=config.proxy)

    async def send(self, message: Message) -> None:
        """Post it; see :class:`~hotline.notifications.port.Channel`."""
        body = body_of(message)
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            EVENT_ID: message.event_id,
            TIMESTAMP: timestamp,
            SIGNATURE: webhook_signature(self._config.secret, timestamp, body),
        }
        await self._poster.post(self._config.url, body, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._poster.aclose()


def body_of(message: Message) -> bytes:
    """Return the JSON that is signed and sent: the same in every attempt as long as the facts are."""
    fields = {
        "id": message.event_id,
        "kind": message.kind,
        "estate": message.estate,
        "subject": message.subject,
        "at": message.at.isoformat(),
        "urgent": message.urgent,
        "title": message.title,
        "text": message.text,
        "facts": dict(message.facts),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
