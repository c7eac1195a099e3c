"""Finding tickets: what calls and consoles ask, each in one reading transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import Place, TicketKind, TicketSummary
from hotline.db.engine import Database
from hotline.tickets import repository
from hotline.tickets.models import TicketRow
from hotline.tickets.repository import TicketFilter

Normalise = Callable[[str], str]
"""Turns a raw number into the form that is compared and stored; leaves what is no number."""

DUPLICATE_WITHIN = timedelta(hours=24)
LAST_DIGITS = 4
"""Digits of the registered telephone a caller names to be told of a ticket."""


class TicketLookup:
    """The reading half of the desk. Every method may raise ``EnvironmentFault``."""

    def __init__(
        self, db: Database, *, clock: Clock, zones: Mapping[str, ZoneInfo], normalise: Normalise
    ) -> None:
        """See :class:`~hotline.tickets.service.Tickets`."""
        self._db = db
        self._clock = clock
        self._zones = dict(zones)
        self._normalise = normalise

    async def find(self, estate: str, number: str) -> TicketSummary | None:
        """Find by number as keyed or said; up to four digits mean today's, or the latest ending so."""
        digits = _digits(number)
        if not digits:
            return None
        now = self._clock.now()
        today = now.astimezone(self._zone(estate)).date()

        def look(session: Session) -> TicketSummary | None:
            row = repository.find(session, estate, digits, today)
            return None if row is None else repository.summary(row, now)

        return await self._db.read(look)

    async def duplicate(self, estate: str, place: Place, kind: TicketKind) -> TicketSummary | None:
        """Return the unfinished ticket of the same room and kind from the last 24 hours, newest first."""
        now = self._clock.now()

        def look(session: Session) -> TicketSummary | None:
            row = repository.duplicate(session, estate, place, kind, since=now - DUPLICATE_WITHIN)
            return None if row is None else repository.summary(row, now)

        return await self._db.read(look)

    async def cases(
        self, estate: str, *, topic: str = "", assignee: str = "", open_only: bool = True, limit: int = 20
    ) -> Sequence[TicketSummary]:
        """Return cases, newest first; ``topic`` ``general_manager`` for the managers' own."""
        wanted = TicketFilter(
            estate=estate, topic=topic or None, assignee=assignee or None, open_only=open_only, limit=limit
        )
        now = self._clock.now()
        return await self._db.read(
            lambda session: [repository.summary(row, now) for row in repository.tickets(session, wanted)]
        )

    async def of_caller(self, estate: str, number: str) -> Sequence[TicketSummary]:
        """Return the open tickets of a raw number, newest first; none for a withheld one."""
        normal = self._normalise(number)
        if not normal:
            return ()
        now = self._clock.now()

        def look(session: Session) -> list[TicketSummary]:
            return [repository.summary(row, now) for row in repository.of_caller(session, estate, normal)]

        return await self._db.read(look)

    async def belongs_to(self, ticket: str, last_digits: str) -> bool:
        """True when a telephone registered on the ticket ends in exactly these four digits."""
        if len(last_digits) != LAST_DIGITS or last_digits != _digits(last_digits):
            return False

        def look(session: Session) -> bool:
            row = session.get(TicketRow, ticket)
            known = [] if row is None else [row.caller_number, row.callback_number]
            return any(_digits(number).endswith(last_digits) for number in known)

        return await self._db.read(look)

    def _zone(self, estate: str) -> ZoneInfo:
        return self._zones.get(estate) or ZoneInfo("UTC")


def _digits(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
