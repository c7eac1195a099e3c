"""What tests of tickets share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.ports import Deed, NewTicket, TicketAction, TicketKind
from hotline.db.outbox import OutboxEvent
from hotline.language.numbers import normalise
from hotline.tickets import repository
from hotline.tickets.models import TicketRow
from hotline.tickets.policy import Policy, load
from hotline.tickets.service import Tickets

ROOT = Path(__file__).parents[3]
SHANGHAI = ZoneInfo("Asia/Shanghai")
ZONES = {"default": SHANGHAI, "west": ZoneInfo("Asia/Urumqi")}
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""


class OfficeHours:
    """Working time that is simple enough to check by hand: Monday to Friday, nine to five in Shanghai."""

    def __init__(self, holidays: tuple[str, ...] = ()) -> None:
        self.holidays = set(holidays)

    def _stretches(self, window: str, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        if window not in ("office", "workdays"):
            raise KeyError(window)
        first, last = (9, 17) if window == "office" else (0, 24)
        midnight = start.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        for offset in itertools.count():
            day = midnight + timedelta(days=offset)
            if day.weekday() < 5 and f"{day:%Y-%m-%d}" not in self.holidays:
                begin, end = day + timedelta(hours=first), day + timedelta(hours=last)
                if end > start:
                    yield max(begin, start).astimezone(UTC), end.astimezone(UTC)

    def open_time_after(self, window: str, start: datetime, span: timedelta) -> datetime:
        for begin, end in self._stretches(window, start):
            if span <= end - begin:
                return begin + span
            span -= end - begin
        raise AssertionError("the days never end")

    def open_time_between(self, window: str, start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        for begin, until in self._stretches(window, start):
            if begin >= end:
                return total
            total += min(until, end) - begin
        raise AssertionError("the days never end")


class InService:
    """A policy that a test may change."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def current(self) -> Policy:
        return self.policy


def shipped() -> Policy:
    return load(ROOT / "config" / "sla.yaml")


def policy_of(text: str, tmp_path: Path) -> Policy:
    path = tmp_path / "sla.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def new(**changed: object) -> NewTicket:
    return NewTicket(**({"estate": "default", "kind": TicketKind.REPAIR} | changed))


def deed(action: str, who: str = "王工", **changed: object) -> Deed:
    return Deed(action=TicketAction(action), who=who, **changed)


def desk_on(db, clock, **changed: object) -> Tickets:
    given = {"policy": InService(shipped()), "working_time": {"default": OfficeHours()}} | changed
    return Tickets(db, clock=clock, zones=ZONES, normalise=normalise, **given)


async def stored(db, number: str) -> TicketRow:
    return await db.read(lambda session: session.get_one(TicketRow, number))


async def lines(db, number: str) -> list[tuple[str, str, str]]:
    found = await db.read(lambda session: repository.history(session, number))
    return [(line.who, line.event, line.detail) for line in found]


def events(session: Session, prefix: str = "ticket.sla") -> list[tuple[str, str, str, str]]:
    rows = session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all()
    return [
        (row.subject, row.kind.removeprefix("ticket.sla_"), row.detail["limit"], row.detail["percent"])
        for row in rows
        if row.kind.startswith(prefix)
    ]
