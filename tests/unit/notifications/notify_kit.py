"""What the tests of notifications share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from notify_receivers import Receiver
from sqlalchemy import select

from hotline.db import outbox
from hotline.db.engine import Database
from hotline.db.outbox import OutboxEvent
from hotline.notifications import repository
from hotline.notifications.book import NotificationBook
from hotline.notifications.composer import Composer, EstateShown
from hotline.notifications.facts import Fact, FactKind
from hotline.notifications.models import DeliveryRow
from hotline.notifications.repository import DeliveryFilter
from hotline.notifications.worker import NotificationWorker

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SECRET = "a-secret-of-the-test-0123"
ESTATES = [
    EstateShown("default", "示范物业", ZoneInfo("Asia/Shanghai")),
    EstateShown("east", "东湖", ZoneInfo("Asia/Shanghai")),
]
KNOWN = {
    "urgency": Fact("urgent", FactKind.TERM),
    "ticket_kind": Fact("repair", FactKind.TERM),
    "place": Fact("3-2-602"),
    "description": Fact("厨房水管漏水", FactKind.WORDS),
    "caller_name": Fact("张伟", FactKind.NAME),
    "caller_number": Fact("+8613800001111", FactKind.NUMBER),
    "opened": Fact("2026-11-23T02:00:00+00:00", FactKind.INSTANT),
}


class Office:
    """A worker with its configuration, and a way to make things happen."""

    def __init__(self, folder: Path, db: Database, clock) -> None:
        self.path = folder / "notifications.yaml"
        self.folder, self.db, self.clock = folder, db, clock
        self.known = KNOWN
        self.workers: list[NotificationWorker] = []

    def configure(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def webhook(self, *receivers: Receiver, route: str = 'events: ["*"]', options: str = "") -> None:
        """One signed webhook a receiver, named a, b …, and a route to all of them."""
        names = "abcdefgh"[: len(receivers)]
        extra = f", {options}" if options else ""
        channels = "".join(
            f'  {name}: {{type: webhook, url: "{each.url}/hook", secret: {SECRET}{extra}}}\n'
            for name, each in zip(names, receivers, strict=True)
        )
        self.configure(f"channels:\n{channels}routes:\n  - {{{route}, to: [{', '.join(names)}]}}\n")

    def worker(self, **options) -> NotificationWorker:
        book = NotificationBook(self.folder, estates=[each.id for each in ESTATES])
        composer = Composer(ESTATES, know=lambda session, event: self.known)
        options = {"jitter": lambda: 0.5} | options
        self.workers.append(NotificationWorker(self.db, book, self.clock, composer, **options))
        return self.workers[-1]

    async def happen(self, kind="ticket.opened", subject="202611230001", estate="default", **detail) -> None:
        now = self.clock.now()
        await self.db.write(
            lambda s: outbox.add(s, estate=estate, kind=kind, subject=subject, at=now, detail=detail)
        )

    async def rows(self, **wanted) -> list[DeliveryRow]:
        """Return deliveries, oldest first."""
        found = await self.db.read(lambda s: repository.deliveries(s, DeliveryFilter(**wanted)))
        return list(reversed(found))

    async def one(self) -> DeliveryRow:
        (row,) = await self.rows()
        return row


async def told(db) -> list[tuple[str, str, str]]:
    """Return alarm events as (kind, alarm, subject)."""

    def look(session):
        rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
        return [(row.kind, row.detail.get("alarm", ""), row.subject) for row in rows if "alarm." in row.kind]

    return await db.read(look)


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no database changes: once is enough."""
