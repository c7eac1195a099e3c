"""``hotline audit``: what was done by whom, and who looked at what."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.accounts import auditbook
from hotline.accounts.auditbook import Line, Wanted
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import FormatOption, LimitOption, OutOption, SinceOption, UntilOption

app = typer.Typer(help="The audit: what was done by whom, and who looked at what.", no_args_is_help=True)

ByOption = Annotated[str, typer.Option("--by", help="Part of who did it: user:wang, api:pms.")]
WordOption = Annotated[str, typer.Option("--word", help="Part of what was done, or to what.")]


@app.command("list")
def list_lines(
    home: HomeOption = DEFAULT_HOME,
    by: ByOption = "",
    word: WordOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
    after: Annotated[str, typer.Option("--after", help="Go on behind the place --json gave.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List lines, the latest first. Looks on the command line are in the file audit.log."""
    with plain_errors(), opened(home) as store:
        wanted = _wanted(store, by, word, since, until)
        with store.db.reading() as session:
            lines = auditbook.page(session, wanted, after=after, limit=limit)
        if as_json:
            print_json([_fields(line) | {"place": line.place} for line in lines])
        elif not lines:
            print("No lines" + (" that fit." if wanted != Wanted() else " yet."))
        else:
            rows = [(tables.local(one.at, store.zone), one.by, one.event, one.detail) for one in lines]
            tables.print_table(("at", "by", "event", "detail"), rows)


@app.command()
def export(
    out: OutOption = Path("-"),
    form: FormatOption = None,
    home: HomeOption = DEFAULT_HOME,
    by: ByOption = "",
    word: WordOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """Export lines, the oldest first, as CSV, XLSX or JSON."""
    with plain_errors(), opened(home) as store:
        wanted = _wanted(store, by, word, since, until)
        with store.db.reading() as session:
            rows = [_fields(line) for line in auditbook.every(session, wanted)]
        count = tables.export(rows, auditbook.COLUMNS, out, form, zone=store.zone)
    if str(out) != "-":
        print(f"{count} lines written to {out}.")


def _wanted(store: Store, by: str, word: str, since: str | None, until: str | None) -> Wanted:
    now = store.db.clock.now()
    return Wanted(
        by=by,
        word=word,
        since=tables.instant(since, zone=store.zone, now=now),
        until=tables.instant(until, zone=store.zone, now=now),
    )


def _fields(line: Line) -> dict[str, Any]:
    fields = {column: getattr(line, column) for column in auditbook.COLUMNS}
    return fields | {"at": line.at.isoformat()}
