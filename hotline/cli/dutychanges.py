"""``hotline duty change``: who is not there, who is there instead, on single dates."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault, InvalidInput, Problem
from hotline.cli import dutytables, personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import BadTime, EstateOption
from hotline.duty import plan, repository
from hotline.duty.changes import DutyChanges, NewChange, limits
from hotline.duty.coverage import Finding, findings
from hotline.duty.models import DutyChangeRow
from hotline.duty.service import DutyBook
from hotline.home import Home
from hotline.settings import Settings

app = typer.Typer(help="Swaps, absences and additions on single dates.", no_args_is_help=True)

ByOption = Annotated[str | None, typer.Option("--by", help="Who makes the change; default: your user name.")]


def book_of(home: Home, settings: Settings, estate: str | None, *, since: datetime | None = None) -> DutyBook:
    """Return an estate's book (the first estate's for ``None``) with the changes of the database.

    ``since``: with changes that are over since then, too. Without a database there are none; one
    that cannot be read is told of on standard error. Raises
    :class:`~hotline.call.errors.EnvironmentFault` for an unknown estate,
    :class:`~hotline.call.errors.InvalidInput` for files that do not hold.
    """
    found = next((one for one in settings.estates if estate in (None, one.id)), None)
    if found is None:
        known = ", ".join(one.id for one in settings.estates)
        raise EnvironmentFault(
            f'There is no estate "{estate}" in hotline.yaml; there are: {known}.', code="unknown-estate"
        )
    book = DutyBook(home.config, ZoneInfo(found.timezone), estate=found.id)
    earliest = SystemClock().now() - repository.PAST
    try:
        with opened(home.root) as store, store.db.reading() as session:
            book.take(repository.changes(session, book.estate, since=min(since or earliest, earliest)))
    except EnvironmentFault as error:
        if error.code != "database-not-set-up":
            print(f"Changes in the database are left out. {error.sentence}", file=sys.stderr)
    return book


def asked(book: DutyBook, home: Home, name: str | None) -> list[str]:
    """Return the roster or topic asked for, or all; raises :class:`~hotline.call.errors.InvalidInput`."""
    known = sorted(book.rosters) + sorted(book.topics)
    if name is None:
        return known
    if name not in known:
        message = f'no roster "{name}" (there are: {", ".join(known) or "none"})'
        raise InvalidInput((Problem(str(plan.file_of(home.config, "roster.yaml")), 0, "", message),))
    return [name]


@app.command()
def add(
    roster: Annotated[str, typer.Argument(help="The roster.")],
    home: HomeOption = DEFAULT_HOME,
    on: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="The shifts that begin on that date.")
    ] = None,
    through: Annotated[
        str | None, typer.Option("--through", metavar="DATE", help="With --date: up to that date.")
    ] = None,
    begin: Annotated[str | None, typer.Option("--from", metavar="WHEN", help="'2026-12-01 18:00'.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="WHEN", help="With --from.")] = None,
    remove: Annotated[str, typer.Option("--remove", metavar="NAME", help="Who is not there.")] = "",
    put: Annotated[str, typer.Option("--put", metavar="NAME", help="Who is there (instead).")] = "",
    number: Annotated[str, typer.Option("--number", help="Number of who is put on, if not known.")] = "",
    swap_with: Annotated[
        str | None,
        typer.Option("--swap-with", metavar="DATE", help="The other date: there the two change places."),
    ] = None,
    why: Annotated[str, typer.Option("--why", help="The reason.")] = "",
    by: ByOption = None,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a person off duty, on duty, or in another's place."""
    with plain_errors(), opened(home) as store:
        book = book_of(store.home, store.settings, store.estate(estate))
        now = store.db.clock.now()
        wanted = NewChange(
            roster=roster, first=_day(on), last=_day(through),
            begin=tables.instant(begin, zone=book.zone, now=now),
            end=tables.instant(end, zone=book.zone, now=now),
            remove=remove, put=put, number=number, swap_with=_day(swap_with), why=why,
        )  # fmt: skip
        desk = DutyChanges(store.db, clock=store.db.clock)
        with store.db.transaction() as session:
            refs = desk.file(
                session, book, wanted, who=by or getpass.getuser(), must_cover=_emergency(store, book)
            )
        book = book_of(store.home, store.settings, book.estate)
        left = [one for ref in refs for one in _gaps_of(book, ref)]
    if as_json:
        print_json(
            {"changes": list(refs), "findings": [dutytables.finding_fields(book.estate, one) for one in left]}
        )
    else:
        for roster_name, sentence, _ in dutytables.sentences(left, book.zone):
            print(f"warning: {roster_name}: {sentence}", file=sys.stderr)
        print(f"{_numbered(refs)} in force.")


@app.command("list")
def list_changes(
    roster: Annotated[str | None, typer.Argument(help="Only this roster.")] = None,
    home: HomeOption = DEFAULT_HOME,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List changes, newest first, cancelled ones too."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        if roster is not None:
            asked(book_of(store.home, store.settings, store.estate(estate)), store.home, roster)
        with store.db.reading() as session:
            rows = repository.rows(
                session, store.estate(estate), roster=roster, since=None if everything else now
            )
        shown = personal.shown(
            store.home, unmasked=unmasked, command="duty change list", rows=len(rows), at=now
        )
        fields = [_fields(row, shown) for row in rows]
        if as_json:
            print_json(fields)
        elif not fields:
            print("No changes.")
        else:
            headings = ("number", "roster", "when", "off", "on", "why", "by", "")
            tables.print_table(headings, [_line(row, shown, store) for row in rows])


@app.command()
def cancel(
    change: Annotated[int, typer.Argument(help="Number of the change.")],
    home: HomeOption = DEFAULT_HOME,
    by: ByOption = None,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel a change; of a swap both halves."""
    with plain_errors(), opened(home) as store:
        book = book_of(store.home, store.settings, store.estate(estate))
        desk = DutyChanges(store.db, clock=store.db.clock)
        with store.db.transaction() as session:
            refs = desk.withdraw(session, book, change, who=by or getpass.getuser())
    if as_json:
        print_json({"cancelled": list(refs)})
    else:
        print(f"{_numbered(refs)} cancelled.")


def _numbered(refs: Sequence[int]) -> str:
    """``Change 3 is``, or of a swap ``Changes 3 and 4 are``."""
    numbers = " and ".join(map(str, refs))
    return f"Change {numbers} is" if len(refs) == 1 else f"Changes {numbers} are"


def _emergency(store: Store, book: DutyBook) -> set[str]:
    return {estate.emergency_roster for estate in store.settings.estates if estate.id == book.estate}


def _gaps_of(book: DutyBook, ref: int) -> list[Finding]:
    """Return the gaps in the time of a change."""
    change = next(one for one in book.rota.changes if one.ref == ref)
    begin, end = limits(book.zone, change)
    found = findings(book.rota, begin, end, must_cover=())
    return [one for one in found if one.roster == change.roster and not one.shifts]


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise BadTime(f'"{text}" is no date: write 2026-12-01.') from error


def _fields(row: DutyChangeRow, shown: Shown) -> dict[str, Any]:
    def iso(value: date | datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "number": row.id,
        "estate": row.estate,
        "roster": row.roster,
        "first_day": iso(row.first_day),
        "last_day": iso(row.last_day),
        "begins_at": iso(row.begins_at),
        "ends_at": iso(row.ends_at),
        "remove": shown.name(row.remove),
        "put": shown.name(row.put_name),
        "put_number": shown.text(row.put_number),
        "why": shown.text(row.why),
        "by": row.who,
        "at": iso(row.at),
        "swap_of": row.swap_of,
        "cancelled_at": iso(row.cancelled_at),
        "cancelled_by": row.cancelled_by,
    }


def _line(row: DutyChangeRow, shown: Shown, store: Store) -> tuple[Any, ...]:
    if row.first_day is not None:
        when = str(row.first_day) if row.first_day == row.last_day else f"{row.first_day} to {row.last_day}"
    else:
        when = " to ".join(tables.local(at, store.zone)[:16] for at in (row.begins_at, row.ends_at))
    state = "" if row.cancelled_at is None else f"cancelled {tables.local(row.cancelled_at, store.zone)[:16]}"
    state = state or ("" if row.swap_of is None else f"swap with {row.swap_of}")
    return (
        row.id, row.roster, when, shown.name(row.remove), shown.name(row.put_name), shown.text(row.why),
        row.who, state,
    )  # fmt: skip
