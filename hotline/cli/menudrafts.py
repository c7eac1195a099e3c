"""``hotline menu drafts``, ``publish`` and ``rollback``: the same ways the console goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.accounts import tokens
from hotline.app.menubook import open_menubook
from hotline.app.menutrial import judge
from hotline.call.errors import EnvironmentFault
from hotline.cli import tables
from hotline.cli.menuhistory import FileArgument, row_of
from hotline.cli.options import DEFAULT_HOME, EXIT_INVALID, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.ticket_desk import WhoOption, login
from hotline.menubook import publishing
from hotline.menubook.book import Menubook
from hotline.menubook.publishing import Change, Judged
from hotline.menubook.words import Kind, MenuRefused

app = typer.Typer()

WhyOption = Annotated[str, typer.Option("--why", help="The reason; it stands in the history.")]
DespiteOption = Annotated[
    bool, typer.Option("--despite-scenarios", help="Publish although scenarios go another way.")
]


@app.command()
def drafts(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List texts that people work on in the console."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        book = open_menubook(store.home)
        rows: list[dict[str, Any]] = [
            {
                "draft": row.id, "menu": row.file, "author": row.author, "saved_at": row.saved_at,
                "stale": row.base_hash != book.folder.read(row.file).hash, "note": row.note,
            }
            for row in book.drafts(session)
        ]  # fmt: skip
    if as_json:
        print_json(rows)
        return
    tables.print_table(
        ("draft", "menu", "author", "saved", "taken from"),
        [
            (
                row["draft"], row["menu"], row["author"], tables.local(row["saved_at"], store.zone),
                "an older file" if row["stale"] else "the present file",
            )
            for row in rows
        ],
    )  # fmt: skip


@app.command()
def publish(
    file: FileArgument,
    why: WhyOption,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="The new text; without it the file on disk.")
    ] = None,
    draft: Annotated[int | None, typer.Option("--draft", help="The new text is this draft.")] = None,
    base: Annotated[
        int | None,
        typer.Option("--base", metavar="VERSION", help="Refuse when the file is not this version any more."),
    ] = None,
    despite: DespiteOption = False,
    who: WhoOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Check a text, run its scenarios, put it in service; calls get it within seconds.

    Without --from and --draft the file as it was edited on disk is checked and signed with a reason.
    """
    with plain_errors(), opened(home) as store:
        book = open_menubook(store.home)
        if source is None and draft is None:
            done = _sign(store, book, file, why, despite, login(who))
        else:
            change = _change(store, book, file, source, draft, base)
            done = _put(store, book, change, "menu.publish", why, despite, login(who))
    _tell(done, as_json)


@app.command()
def rollback(
    file: FileArgument,
    version: Annotated[int, typer.Argument(help="Number of the version whose content comes back.")],
    why: WhyOption,
    despite: DespiteOption = False,
    who: WhoOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Put an earlier content back in service: checked and run like any other."""
    with plain_errors(), opened(home) as store:
        book = open_menubook(store.home)
        with store.db.transaction() as session:
            change = publishing.back_to(session, book, file, version, at=store.db.clock.now())
        done = _put(store, book, change, "menu.rollback", why, despite, login(who), restored=version)
    _tell(done, as_json)


def _change(
    store: Store, book: Menubook, file: str, source: Path | None, draft: int | None, base: int | None
) -> Change:
    with store.db.transaction() as session:
        if draft is not None:
            row = book.draft(session, draft)
            if row.file != file:
                raise MenuRefused(f"Draft {draft} is one of {row.file}.", code="menu-draft-unknown")
            return publishing.of_draft(row)
        present = book.notice(session, file, at=store.db.clock.now())
        wanted = present.hash if base is None else book.version(session, file, base).hash
    assert source is not None
    try:
        return Change(file, source.read_text(encoding="utf-8"), wanted)
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFault(f"{source} cannot be read: {error}.") from error


def _put(
    store: Store, book: Menubook, change: Change, what: str, why: str, despite: bool, who: str,
    *, restored: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    judged = _judged(store, {change.file: change.content})
    now = store.db.clock.now()
    with store.db.transaction() as session:
        rows = publishing.publish(
            session, book, [change], judged, by=who, at=now, reason=why, despite_scenarios=despite,
            restored=restored,
        )  # fmt: skip
        tokens.note(session, "", what, at=now, by=who, detail=f"{change.file} {rows[0].number}")
        return {"menu": change.file, **row_of(rows[0])}


def _sign(store: Store, book: Menubook, file: str, why: str, despite: bool, who: str) -> dict[str, Any]:
    """Check what is on disk and let somebody answer for it; nothing is written but the history."""
    present = book.folder.read(file)
    judged = _judged(store, {file: present.text})
    now = store.db.clock.now()
    with store.db.transaction() as session:
        row = publishing.sign(
            session, book, file, judged, by=who, at=now, reason=why, despite_scenarios=despite
        )
        tokens.note(session, "", "menu.publish", at=now, by=who, detail=f"{file} {row.number}")
        return {"menu": file, **row_of(row)}


def _judged(store: Store, texts: dict[str, str]) -> Judged:
    judged = judge(store.home, store.settings, texts)
    for problem in (*judged.problems, *judged.unspoken):
        print(problem, file=sys.stderr)
    for difference in judged.trial.differences if judged.trial else ():
        print(difference, file=sys.stderr)
    if judged.mistakes:
        raise typer.Exit(EXIT_INVALID)
    return judged


def _tell(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(done)
        return
    what = f"rolled back to {done['restored']}" if done["kind"] == Kind.ROLLBACK else "published"
    print(f"{done['menu']}: version {done['version']} {what}; scenarios {done['tests'] or 'not run'}")
