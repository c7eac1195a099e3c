"""``hotline tickets``: what callers asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app.bills import payment_status
from hotline.call.ports import Place, TicketKind
from hotline.cli import personal, tables, ticket_deeds, ticket_limits
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
from hotline.cli.ticket_desk import find
from hotline.tickets import attachments, parts, repository
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.models import TicketHistoryRow, TicketPartRow, TicketRow, TicketState
from hotline.tickets.repository import TicketFilter

app = typer.Typer(help="Tickets: list, look at, work on, export.", no_args_is_help=True)
app.add_typer(ticket_deeds.app)
app.add_typer(ticket_limits.app)

FIELDS = (
    "number", "estate", "state", "kind", "topic", "urgency", "complete", "place", "caller_name",
    "caller_number", "callback_number", "description", "assignee", "opened_at", "due_at", "respond_by",
    "responded_at", "closed_at", "call", "language", "words_start", "words_end", "owner", "department",
    "fault", "nature", "accused", "promised_at", "postponed_at", "accepted_at", "arrived_at", "feedback_at",
    "done_at", "followed_up_at", "satisfaction", "round", "next_due_at", "payment_status",
)  # fmt: skip
_INSTANTS = (
    "opened_at", "due_at", "respond_by", "responded_at", "closed_at", "promised_at", "postponed_at",
    "accepted_at", "arrived_at", "feedback_at", "done_at", "followed_up_at", "next_due_at",
)  # fmt: skip
_MADE = ("place", "payment_status")
"""Fields that are no column of their own name."""

KindOption = Annotated[TicketKind | None, typer.Option("--kind", help="Only this kind.")]
StateOption = Annotated[TicketState | None, typer.Option("--state", help="Only in this state.")]
AssigneeOption = Annotated[str | None, typer.Option("--assignee", help="Only this person's.")]
DepartmentOption = Annotated[str | None, typer.Option("--department", help="Only this department's.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Neither closed nor cancelled.")]
OverdueOption = Annotated[bool, typer.Option("--overdue", help="Only those with a missed limit still unmet.")]
ExtractOption = Annotated[
    Path | None, typer.Option("--extract", metavar="FOLDER", help="Write its files into this folder.")
]
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
    assignee: AssigneeOption = None,
    department: DepartmentOption = None,
    open_only: OpenOption = False,
    overdue: OverdueOption = False,
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
            assignee=assignee,
            department=department,
            open_only=open_only,
            overdue_at=now if overdue else None,
            limit=limit,
        )
        with store.db.reading() as session:
            rows = repository.tickets(session, wanted)
        shown = personal.shown(store.home, unmasked=unmasked, command="tickets list", rows=len(rows), at=now)
        if as_json:
            print_json([ticket_fields(row, shown) for row in rows])
        elif not rows:
            print("No tickets" + (" yet." if wanted == TicketFilter(limit=limit) else " that fit."))
        else:
            headings = (
                "number", "opened", "kind", "urgency", "state", "who", "place", "call back", "next by",
                "what",
            )  # fmt: skip
            tables.print_table(headings, [_line(row, shown, store) for row in rows])


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="The ticket's number, or its last digits.")],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    extract: ExtractOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one ticket with its history and parts; extract its photos and files."""
    with plain_errors(), opened(home) as store:
        row, history, things = _find(store, number, estate)
        shown = personal.shown(
            store.home,
            unmasked=unmasked,
            command=f"tickets show {row.number}",
            rows=1,
            at=store.db.clock.now(),
        )
        written = _extract(store, things, extract)
        if as_json:
            more = {
                "history": [_change(line, shown) for line in history],
                "parts": [_part(part, shown) for part in things],
                "extracted": [str(path) for path in written],
            }
            print_json(ticket_fields(row, shown, payment_of(store, row)) | more)
            return
        fields = ticket_fields(row, shown, payment_of(store, row))
        for name in _INSTANTS:
            fields[name] = tables.local(getattr(row, name), store.zone)
        tables.print_facts(fields)
        print()
        lines = [
            (tables.local(line.at, store.zone), line.who, line.event, shown.text(line.detail))
            for line in history
        ]
        tables.print_table(("time", "who", "what", ""), lines)
        _print_parts(things, written, shown, store)


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
        fields = [ticket_fields(row, shown, payment_of(store, row)) for row in rows]
        count = tables.export(fields, FIELDS, out, form, zone=store.zone)
    if str(out) != "-":
        print(f"{count} tickets written to {out}.")


def _find(
    store: Store, number: str, estate: str | None
) -> tuple[TicketRow, list[TicketHistoryRow], list[TicketPartRow]]:
    full = find(store, number, estate)
    with store.db.reading() as session:
        row = repository.must_find(session, full)
        return row, list(repository.history(session, full)), list(parts.of(session, full))


def _extract(store: Store, things: Sequence[TicketPartRow], folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    return [attachments.extract(store.home.root, part, folder) for part in things if part.path]


def _part(part: TicketPartRow, shown: Shown) -> dict[str, Any]:
    return {
        "kind": part.kind.value,
        "at": part.at.isoformat(),
        "by": part.by,
        "text": shown.text(part.text),
        "recording": part.recording,
        "start": part.start,
        "end": part.end,
        "name": shown.text(part.name),
        "sha256": part.sha256,
        "bytes": part.bytes,
        "media_type": part.media_type,
    }


def _print_parts(
    things: Sequence[TicketPartRow], written: Sequence[Path], shown: Shown, store: Store
) -> None:
    if things:
        print()
        lines = [
            (
                tables.local(part.at, store.zone), part.by, part.kind.value,
                " ".join(filter(None, (shown.text(part.name), part.recording))), shown.text(part.text),
                f"{part.bytes / 1000:,.0f} kB" if part.bytes is not None
                else f"{part.start:g}-{part.end:g} s" if part.start is not None and part.end is not None
                else "",
            )
            for part in things
        ]  # fmt: skip
        tables.print_table(("time", "who", "part", "", "", ""), lines)
    for path in written:
        print(f"written: {path}")


def payment_of(store: Store, row: TicketRow) -> str:
    """Return the payment status of a ticket's room."""
    with store.db.reading() as session:
        return payment_status(session, row.estate, Place(row.building, row.unit, row.room))


def ticket_fields(row: TicketRow, shown: Shown, payment: str = "") -> dict[str, Any]:
    """Return a ticket as plain values; instants in ISO 8601, UTC."""
    fields = {name: getattr(row, name) for name in FIELDS if name not in _MADE}
    for name in _INSTANTS:
        fields[name] = None if fields[name] is None else fields[name].isoformat()
    for name in ("state", "kind", "urgency"):
        fields[name] = fields[name].value
    fields["place"], fields["payment_status"] = _place(row), payment
    fields["owner"] = row.owner or HOTLINE
    fields["nature"] = row.nature.value if row.nature else ""
    fields["accused"] = shown.name(row.accused)
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
        row.assignee or row.department,
        _place(row),
        shown.number(row.callback_number, row.callback_number_raw),
        tables.local(repository.summary(row).next_at, store.zone)[:16],
        shown.text(row.description)[:40] or row.topic,
    )
