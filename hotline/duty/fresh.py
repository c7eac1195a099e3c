"""Taking up changes of the roster that other processes made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.duty import repository
from hotline.duty.service import DutyBook

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 5.0
"""A change made elsewhere counts at the latest so much later."""


async def keep_fresh(
    books: Mapping[str, DutyBook], db: Database, clock: Clock, *, every: float = REFRESH_SECONDS
) -> None:
    """Take up changes that other processes made, until cancelled; ``books`` by estate.

    A database that does not answer leaves what was known in service, and is told of once.
    """
    told = False
    while True:
        try:
            since = clock.now() - repository.PAST
            found = await db.read(partial(repository.changes_of_all, since=since))
        except EnvironmentFault as error:
            if not told:
                log.warning("changes of the roster cannot be read, those of before count", code=error.code)
            told = True
        else:
            told = False
            for estate, book in books.items():
                book.take(found.get(estate, ()))
        await clock.sleep(every)
