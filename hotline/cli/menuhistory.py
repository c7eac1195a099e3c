"""``hotline menu diff`` and ``history``: what changed in a menu, who changed it and why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from hotline.app.menubook import open_menubook
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import print_table
from hotline.menubook import differences
from hotline.menubook.book import HISTORY_PAGE, Menubook
from hotline.menubook.differences import StepChange
from hotline.menubook.models import MenuVersionRow
from hotline.menubook.words import MenuRefused

app = typer.Typer()

FileArgument = Annotated[
    str, typer.Argument(metavar="MENU", help="main, outbound/reminder, tests/repair.", show_default=False)
]
Labelled = tuple[str, str]
"""A text and what it is called."""


@app.command()
def history(
    file: FileArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many versions.")] = HISTORY_PAGE,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List a menu's versions, the latest first; a change on disk is one of them."""
    with plain_errors(), opened(home) as store:
        book = open_menubook(store.home)
        with store.db.transaction() as session:
            book.notice(session, file, at=store.db.clock.now())
            _known(book, session, file)
            rows = [row_of(row) for row in book.history(session, file, limit=limit)]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("version", "when", "what", "who", "scenarios", "why"),
        [
            (
                row["version"], tables.local(row["at"], store.zone),
                row["kind"] + (f" to {row['restored']}" if row["restored"] else ""),
                row["by"], row["tests"], row["why"],
            )
            for row in rows
        ],
    )  # fmt: skip


@app.command()
def diff(
    file: FileArgument,
    versions: Annotated[
        list[int] | None,
        typer.Argument(help="One version: against the file on disk; two: against each other."),
    ] = None,
    draft: Annotated[
        int | None, typer.Option("--draft", help="A draft against what it was taken from.")
    ] = None,
    other: Annotated[
        Path | None, typer.Option("--with", metavar="FILE", help="The file on disk against this one.")
    ] = None,
    by_step: Annotated[bool, typer.Option("--steps", help="Step by step instead of line by line.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show what changed; without more: from the last version published to the file on disk."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        (before, old), (after, new) = _sides(store, session, file, versions or [], draft, other)
    changed = differences.steps(before, after)
    if as_json:
        found = differences.lines(before, after, names=(old, new))
        print_json({"file": file, "before": old, "after": new, "lines": found, "steps": _plain(changed)})
    elif by_step and changed is not None:
        for one in changed:
            print(_sentence(one))
    else:
        for line in differences.lines(before, after, names=(old, new)):
            print(line)


def row_of(row: MenuVersionRow) -> dict[str, Any]:
    """Return a version for programs."""
    return {
        "version": row.number, "at": row.at, "kind": row.kind, "by": row.by, "why": row.reason,
        "restored": row.restored, "tests": row.tests, "hash": row.hash,
    }  # fmt: skip


def _sides(
    store: Store, session: Session, file: str, versions: list[int], draft: int | None, other: Path | None
) -> tuple[Labelled, Labelled]:
    if len(versions) > 2:
        raise typer.BadParameter("one version or two", param_hint="VERSIONS")
    book, now = open_menubook(store.home), store.db.clock.now()
    if draft is not None:
        standing = book.standing(session, draft, at=now)
        return (standing.base, "base"), (standing.draft.content, f"draft {draft}")
    disk = (book.notice(session, file, at=now).text, "disk")
    _known(book, session, file)
    if other is not None:
        return disk, (_read(other), str(other))
    if not versions:
        return _last_published(book, session, file), disk
    found = [(book.version(session, file, one).content, f"version {one}") for one in versions]
    return (found[0], found[1]) if len(found) == 2 else (found[0], disk)


def _known(book: Menubook, session: Session, file: str) -> None:
    """Refuse what never was a menu; one that was removed still has its history."""
    if book.last(session, file) is None:
        there = ", ".join(book.folder.names()) or "none"
        raise MenuRefused(f'There is no menu "{file}"; there are: {there}.', code="menu-unknown")


def _last_published(book: Menubook, session: Session, file: str) -> Labelled:
    rows = book.history(session, file, limit=1000)
    row = next((row for row in rows if row.kind not in ("disk", "gone")), None)
    return ("", "nothing") if row is None else (row.content, f"version {row.number}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{path} cannot be read: {error}", param_hint="--with") from error


def _plain(changed: list[StepChange] | None) -> list[dict[str, Any]] | None:
    return None if changed is None else [asdict(one) for one in changed]


def _sentence(change: StepChange) -> str:
    head = f"{change.sort} {change.step} ({change.kind})" if change.step else "settings above the steps"
    lines = [
        f"  {one.where or change.kind}: {one.before or '–'} → {one.after or '–'}" for one in change.settings
    ]
    return "\n".join([head, *lines])
