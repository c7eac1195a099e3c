"""The ticket desk of a data folder, for commands."""

from __future__ import annotations

import asyncio
import getpass
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hotline.app.reach import Reach
from hotline.call.errors import HotlineError, InvalidInput
from hotline.call.ports import TicketSummary
from hotline.cli import tables
from hotline.cli.options import plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.duty.service import DutyBook
from hotline.tickets import repository
from hotline.tickets.policy_file import PolicyFile
from hotline.tickets.service import Tickets

NumberArgument = Annotated[str, typer.Argument(help="The ticket's number, or its last digits.")]
WhoOption = Annotated[
    str | None, typer.Option("--who", help="Who does it, for the history; default: your login name.")
]
WhyOption = Annotated[str, typer.Option("--why", help="Reason or remark, for the history.")]
SupervisorOption = Annotated[
    bool, typer.Option("--supervisor", help="I may go beyond the ordinary limits; noted with my name.")
]
WHEN = "'2026-11-21 08:00' (local time), or from now: +30m, +4h, +2d"
_AHEAD = re.compile(r"\+\s*(\d{1,4})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Desk:
    """Tickets of an opened data folder."""

    store: Store
    tickets: Tickets

    def number(self, given: str, estate: str | None) -> str:
        """Return the full number of a ticket; raises ``HotlineError`` when there is none."""
        return find(self.store, given, estate)

    def time(self, text: str) -> datetime:
        """Return a time to come; raises :class:`~hotline.cli.tables.BadTime`."""
        ahead = _AHEAD.fullmatch(text.strip().lower())
        if ahead is not None:
            return self.store.db.clock.now() + timedelta(**{_UNITS[ahead[2]]: int(ahead[1])})
        found = tables.instant(text, zone=self.store.zone, now=self.store.db.clock.now())
        assert found is not None, "there is a text"
        return found


@contextmanager
def desk_opened(home: Path) -> Iterator[Desk]:
    """Open the desk of a data folder, errors told plainly.

    Time limits or hours that do not hold keep nobody from working: the limits are worked out by the
    running hotline then.
    """
    with plain_errors(), opened(home) as store:
        zones = {each.id: ZoneInfo(each.timezone) for each in store.settings.estates}
        policy: PolicyFile | None = None
        duty: dict[str, DutyBook] | None = None
        try:
            policy = PolicyFile(store.home.config)
            duty = {name: DutyBook(store.home.config, zone, estate=name) for name, zone in zones.items()}
        except InvalidInput as error:
            for problem in error.problems:
                print(problem, file=sys.stderr)
        tickets = Tickets(
            store.db, clock=store.db.clock, zones=zones, normalise=store.normalise, policy=policy,
            working_time=duty, people_of=None if duty is None else Reach(duty).names,
        )  # fmt: skip
        yield Desk(store, tickets)


def find(store: Store, given: str, estate: str | None) -> str:
    """Return the full number of a ticket given by its last digits.

    Raises :class:`~hotline.call.errors.HotlineError` when no estate (or not this one) has it.
    """
    digits = "".join(character for character in given if character in "0123456789")
    wanted = store.estate(estate)
    estates = [wanted] if wanted else [each.id for each in store.settings.estates]
    today = store.db.clock.now().astimezone(store.zone).date()
    with store.db.reading() as session:
        for each in estates if digits else []:
            row = repository.find(session, each, digits, today)
            if row is not None:
                return row.number
    raise HotlineError(
        f"There is no ticket {given}. `hotline tickets list` shows them.", code="unknown-ticket"
    )


def login(who: str | None) -> str:
    """Return who does it."""
    return who or getpass.getuser()


def work(
    home: Path,
    number: str,
    estate: str | None,
    doing: Callable[[Desk, str], Awaitable[Any]],
    *,
    as_json: bool,
) -> None:
    """Find a ticket, do something to it and print how it stands."""
    with desk_opened(home) as desk:
        full = desk.number(number, estate)

        async def done() -> None:
            await doing(desk, full)

        asyncio.run(done())
        tell(desk, full, as_json=as_json)


def tell(desk: Desk, number: str, *, as_json: bool) -> None:
    """Print how a ticket stands."""
    with desk.store.db.reading() as session:
        summary = repository.summary(repository.must_find(session, number))
    if as_json:
        print_json(summary_fields(summary))
        return
    by = f", {summary.assignee}" if summary.assignee else ""
    until = f", next by {tables.local(summary.next_at, desk.store.zone)[:16]}" if summary.next_at else ""
    print(f"{summary.number}: {summary.state}{by}{until}")


def summary_fields(summary: TicketSummary) -> dict[str, Any]:
    """Return how a ticket stands as plain values."""
    return {
        "number": summary.number,
        "state": summary.state,
        "kind": summary.kind.value,
        "urgency": summary.urgency.value,
        "assignee": summary.assignee,
        "due_at": summary.due_at and summary.due_at.isoformat(),
        "next_at": summary.next_at and summary.next_at.isoformat(),
    }
