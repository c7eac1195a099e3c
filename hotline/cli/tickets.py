"""``hotline tickets``: what callers asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.call.errors import HotlineError
from hotline.call.ports import TicketKind
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import (
    EstateOption,
    FormatOption,
    LimitOption,
    OutOption,
    SinceOption,
    UntilOption,
)
from hotline.tickets import repository
from hotline.tickets.models import TicketHistoryRow, TicketRow, TicketState
from hotline.tickets.repository import TicketFilter

app = typer.Typer(help="Tickets: list, look at, export.", no_args_is_help=True)

FIELDS = (
    "number", "estate", "state", "kind", "topic", "urgency", "complete", "place", "caller_name",
    "caller_number", "callback_number", "description", "assignee", "opened_at", "due_at", "respond_by",
    "responded_at", "closed_at", "call", "language", "words_start", "words_end",
)  # fmt: skip
_INSTANTS = ("opened_at", "due_at", "respond_by", "responded_at", "closed_at")

KindOption = Annotated[TicketKind | None, typer.Option("--kind", help="Only this kind.")]
StateOption = Annotated[TicketState | None, typer.Option("--state", help="Only in this state.")]
IncompleteOption = Annotated[bool, typer.Option("--incomplete", help="Only those to be called back.")]


@app.command("list")
def list_tickets(
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    until: UntilOption = None,
    estate: EstateOption = None,
    kind: KindOption = None,
    state: StateOption = None,
    incomplete: IncompleteOption = False,
    limit: LimitOption = 50,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List tickets, newest first."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        wanted = TicketFilter(
            estate=store.estate(estate),
            since=tables.instant(since, zone=store.zone, now=now),
            until=tables.instant(until, zone=store.zone, now=now),
            kind=kind,
            state=state,
            incomplete=incomplete,
            limit=limit,
        )
        with store.db.reading() as session:
            rows = repository.tickets(session, wanted)
        shown = personal.shown(store.home, unmasked=unmasked, command="tickets list", rows=len(rows), at=now)
        if as_json:
            print_json([ticket_fields(row, shown) for row in rows])
        elif not rows:
            filtered = since or until or estate or kind or state or incomplete
            print("No tickets" + (" that fit." if filtered else " yet."))
        else:
            headings = (
                "number",
                "opened",
                "kind",
                "urgency",
                "state",
                "place",
                "call back",
                "respond by",
                "what",
            )
            tables.print_table(headings, [_line(row, shown, store) for row in rows])


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="The ticket's number, or its last digits.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one ticket with its history."""
    with plain_errors(), opened(home) as store:
        row, history = _find(store, number, estate)
        shown = personal.shown(
            store.home,
            unmasked=unmasked,
            command=f"tickets show {row.number}",
            rows=1,
            at=store.db.clock.now(),
        )
        if as_json:
            print_json(ticket_fields(row, shown) | {"history": [_change(line, shown) for line in history]})
            return
        fields = ticket_fields(row, shown)
        for name in _INSTANTS:
            fields[name] = tables.local(getattr(row, name), store.zone)
        tables.print_facts(fields)
        print()
        lines = [
            (tables.local(line.at, store.zone), line.who, line.event, shown.text(line.detail))
            for line in history
        ]
        tables.print_table(("time", "who", "what", ""), lines)


@app.command()
def export(
    out: OutOption = Path("-"),
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    since: SinceOption = None,
    until: UntilOption = None,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
) -> None:
    """Export tickets, newest first, as CSV, XLSX or JSON."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        wanted = TicketFilter(
            estate=store.estate(estate),
            since=tables.instant(since, zone=store.zone, now=now),
            until=tables.instant(until, zone=store.zone, now=now),
            limit=None,
        )
        with store.db.reading() as session:
            rows = repository.tickets(session, wanted)
        shown = personal.shown(
            store.home, unmasked=unmasked, command="tickets export", rows=len(rows), at=now
        )
        count = tables.export([ticket_fields(row, shown) for row in rows], FIELDS, out, form)
    if str(out) != "-":
        print(f"{count} tickets written to {out}.")


def _find(store: Store, number: str, estate: str | None) -> tuple[TicketRow, list[TicketHistoryRow]]:
    digits = "".join(character for character in number if character in "0123456789")
    wanted = store.estate(estate)
    estates = [wanted] if wanted else [each.id for each in store.settings.estates]
    today = store.db.clock.now().astimezone(store.zone).date()
    with store.db.reading() as session:
        for each in estates if digits else []:
            row = repository.find(session, each, digits, today)
            if row is not None:
                return row, list(repository.history(session, row.number))
    raise HotlineError(
        f"There is no ticket {number}. `hotline tickets list` shows them.", code="unknown-ticket"
    )


def ticket_fields(row: TicketRow, shown: Shown) -> dict[str, Any]:
    """Return a ticket as plain values; instants in ISO 8601, UTC."""
    fields = {name: getattr(row, name) for name in FIELDS if name != "place"}
    for name in _INSTANTS:
        fields[name] = None if fields[name] is None else fields[name].isoformat()
    for name in ("state", "kind", "urgency"):
        fields[name] = fields[name].value
    fields["place"] = _place(row)
    fields["caller_name"] = shown.name(row.caller_name)
    fields["caller_number"] = shown.number(row.caller_number, row.caller_number_raw)
    fields["callback_number"] = shown.number(row.callback_number, row.callback_number_raw)
    fields["description"] = shown.text(row.description)
    return {name: fields[name] for name in FIELDS}


def _place(row: TicketRow) -> str:
    """``3-2 (2号梯)``: rooms and, where there is one, the note that tells which lift or garage."""
    place = repository.summary(row).place
    return f"{place} ({place.note})" if place.note and str(place) != place.note else str(place)


def _change(line: TicketHistoryRow, shown: Shown) -> dict[str, str]:
    return {
        "at": line.at.isoformat(),
        "who": line.who,
        "event": line.event,
        "detail": shown.text(line.detail),
    }


def _line(row: TicketRow, shown: Shown, store: Store) -> tuple[Any, ...]:
    return (
        row.number,
        tables.local(row.opened_at, store.zone)[:16],
        row.kind.value,
        row.urgency.value,
        row.state.value if row.complete else f"{row.state.value}, incomplete",
        _place(row),
        shown.number(row.callback_number, row.callback_number_raw),
        tables.local(row.respond_by, store.zone)[:16],
        shown.text(row.description)[:40] or row.topic,
    )
