"""Notifications meet tickets and settings: what the work process runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.home import Home
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.book import NotificationBook
from hotline.notifications.composer import Composer, EstateShown
from hotline.notifications.facts import Fact, FactKind, Facts
from hotline.notifications.port import Event
from hotline.notifications.sealing import Seal
from hotline.notifications.worker import NotificationWorker
from hotline.settings import Settings
from hotline.tickets import repository
from hotline.tickets.models import TicketRow


async def notify(db: Database, home: Home, settings: Settings, clock: Clock) -> None:
    """Deliver notifications until cancelled.

    Never ends by itself: a configuration that does not hold stays out, a database that is locked is
    waited for.
    """
    logging.getLogger("httpcore").setLevel(logging.WARNING)  # its debug lines hold the robots' addresses
    book = await asyncio.to_thread(open_book, home.config, settings, last_good=home.in_service)
    seal = Seal(home.keys)
    await NotificationWorker(db, book, clock, open_composer(settings), seal=seal).run()


def open_book(config: Path, settings: Settings, *, last_good: Path | None = None) -> NotificationBook:
    """Return the notifications in service for these estates."""
    return NotificationBook(config, estates=[each.id for each in settings.estates], last_good=last_good)


def open_composer(settings: Settings) -> Composer:
    """Return what words events, with all that is known of tickets."""
    return Composer(_shown(settings), know=known_of_ticket)


def _shown(settings: Settings) -> Iterable[EstateShown]:
    return [EstateShown(each.id, each.name, ZoneInfo(each.timezone)) for each in settings.estates]


def known_of_ticket(session: Session, event: Event) -> Facts:
    """Return the facts of the ticket an event is about; none for other events."""
    about = event.kind.startswith("ticket.") or event.detail.get("alarm") == AlarmKind.TICKET_UNACCEPTED
    row = session.get(TicketRow, event.subject) if about else None
    if row is None or row.estate != event.estate:
        return {}
    due = repository.summary(row).due_at
    return {
        "ticket": Fact(row.number),
        "ticket_kind": Fact(row.kind.value, FactKind.TERM),
        "topic": Fact(row.topic, FactKind.TERM),
        "urgency": Fact(row.urgency.value, FactKind.TERM),
        "state": Fact(row.state.value, FactKind.TERM),
        "place": Fact(str(repository.summary(row).place)),
        "description": Fact(row.description, FactKind.WORDS),
        "opened": Fact(row.opened_at.isoformat(), FactKind.INSTANT),
        "due": Fact("" if due is None else due.isoformat(), FactKind.INSTANT),
        "assignee": Fact(row.assignee, FactKind.NAME),
        "caller_name": Fact(row.caller_name, FactKind.NAME),
        "caller_number": Fact(row.callback_number or row.callback_number_raw, FactKind.NUMBER),
    }
