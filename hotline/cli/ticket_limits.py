"""``hotline tickets limits`` and ``hotline tickets sla``: time limits of a ticket, and the policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import typer

from hotline.app import logs
from hotline.cli import tables
from hotline.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
)
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption
from hotline.cli.ticket_desk import NumberArgument, find
from hotline.duty.service import DutyBook
from hotline.home import shown
from hotline.tickets import policy, repository
from hotline.tickets.models import TicketLimitRow
from hotline.tickets.policy import Allowance, Limits, Policy

app = typer.Typer()
sla = typer.Typer(help="Time limits of tickets: config/sla.yaml.", no_args_is_help=True)
app.add_typer(sla, name="sla")


@app.command()
def limits(
    number: NumberArgument,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a ticket's time limits and what was told of them."""
    with plain_errors(), opened(home) as store:
        full = find(store, number, estate)
        with store.db.reading() as session:
            lines = repository.limits(session, full)
            told = repository.firings(session, full)
        now = store.db.clock.now()
        found: list[dict[str, Any]] = [
            {
                "limit": line.name,
                "round": line.round,
                "due_at": line.due_at and line.due_at.isoformat(),
                "met_at": line.met_at and line.met_at.isoformat(),
                "stands": _stands(line, now),
                "told": [each.percent for each in told if (each.name, each.round) == (line.name, line.round)],
            }
            for line in lines
        ]
        if as_json:
            print_json(found)
            return
        if not found:
            print(f"{full} has no time limits.")
            return
        tables.print_table(
            ("limit", "round", "due", "met", "", "told"),
            [
                (
                    row["limit"], row["round"], tables.local(line.due_at, store.zone)[:16],
                    tables.local(line.met_at, store.zone)[:16], row["stands"],
                    ", ".join(f"{percent} %" for percent in row["told"]),
                )
                for row, line in zip(found, lines, strict=True)
            ],
        )  # fmt: skip


def _stands(line: TicketLimitRow, now: datetime) -> str:
    if line.met_at is not None:
        return "kept" if line.due_at is None or line.met_at <= line.due_at else "missed"
    if line.due_at is None:
        return "stands still"
    return "missed" if now >= line.due_at else "running"


@sla.command()
def check(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check sla.yaml; exit 2 with every problem and its line."""
    logs.configure("cli")
    with plain_errors():
        found = _policy(home)
        count = sum(len(row["limits"]) for row in _table(found))
        if as_json:
            print_json({"fingerprint": found.fingerprint, "limits": count})
        else:
            print(f"{count} time limits are in order.")


@sla.command()
def show(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Show the time limits as they count."""
    logs.configure("cli")
    with plain_errors():
        found = _policy(home)
        rows = _table(found)
        if as_json:
            print_json(
                {
                    "warn_at": found.warn_at,
                    "at_once_within": _span(found.at_once_within),
                    "longest_promise": _span(found.longest_promise),
                    "pause": {state.value: names for state, names in found.pause.items()},
                    "limits": rows,
                }
            )
            return
        names = ("first_response", "on_site", "feedback", "solved")
        tables.print_table(
            ("kind", "", *names),
            [(row["kind"], row["of"], *(row["limits"].get(name, "–") for name in names)) for row in rows],
        )
        print(
            f"\nWarnings at {', '.join(map(str, found.warn_at))} %; at once means within "
            f"{_span(found.at_once_within)}; promises up to {_span(found.longest_promise)}."
        )
        for state, still in found.pause.items():
            print(f"While {state.value}: {', '.join(still)} stand still.")


def _policy(home: Any) -> Policy:
    folder, settings = open_home(home)
    book = DutyBook(folder.config, ZoneInfo(settings.estates[0].timezone))
    path = policy.file_of(folder.config)
    return policy.load(path, windows=book.known_windows, shown_as=shown(path))


def _table(found: Policy) -> list[dict[str, Any]]:
    rows = []
    for kind_name in Limits.model_fields:
        kind = getattr(found.limits, kind_name)
        named = {"urgent": kind.urgent, "serious": kind.serious, "ordinary": kind.ordinary, **kind.faults}
        for of, row in named.items():
            if row is not None and row.cells():
                cells = {name.value: _cell(cell) for name, cell in row.cells().items()}
                rows.append({"kind": kind_name, "of": of, "limits": cells})
    return rows


def _cell(cell: Allowance) -> str:
    if cell.at_once:
        return "at once"
    if cell.by_appointment or cell.time is None:
        return "by appointment"
    return _span(cell.time) + (f" of {cell.window}" if cell.window else "")


def _span(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days}d" * bool(days), f"{hours}h" * bool(hours), f"{minutes}m" * bool(minutes)]
    return "".join([*parts, f"{seconds}s" * bool(seconds)])
