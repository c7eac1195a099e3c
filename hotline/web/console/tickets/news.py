"""Open pages of tickets learn that somebody else has done something: one question for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from nicegui import Client

from hotline.db.engine import Database
from hotline.tickets import meanwhile
from hotline.web.console.livehub import LiveHub

AREA = "ticket"
EVERY = 5.0
"""Seconds."""


class TicketNews:
    """What was last done to the tickets that are looked at."""

    def __init__(self, db: Database) -> None:
        """Nothing is asked before somebody looks."""
        self._db = db
        self._latest: dict[str, int] = {}

    def begin(self, hub: LiveHub) -> None:
        """Have the hub ask as long as somebody looks; before it runs."""
        hub.keep(AREA, EVERY, self.ask)

    async def ask(self, numbers: frozenset[str]) -> Collection[str]:
        """Return the tickets to which something was done since they were last asked for."""
        found = await self._db.read(lambda session: meanwhile.latest(session, numbers))
        before, self._latest = self._latest, found
        return [number for number, last in found.items() if before.get(number) != last]

    def changed(self, number: str, seen: int) -> bool:
        """Whether something was done to a ticket after what somebody saw."""
        return self._latest.get(number, 0) > seen


def watch(client: Client, hub: LiveHub, number: str, look: Callable[[], None]) -> None:
    """Have ``look`` called with every change of a ticket as long as a page is connected."""
    ends: list[Callable[[], None]] = []

    def end() -> None:
        while ends:
            ends.pop()()

    def begin() -> None:
        end()
        ends.append(hub.subscribe({f"{AREA}:{number}"}, look))

    client.on_connect(begin)
    client.on_disconnect(end)
    client.on_delete(end)
