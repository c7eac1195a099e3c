"""``hotline privacy``: what people may ask about their own data, and how long what is kept."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from hotline.app.personal.desk import PrivacyDesk
from hotline.app.personal.nightly import Nightly, once
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.privacy import requests
from hotline.privacy.asking import Asked, By, Deleted
from hotline.privacy.reasons import sentence

app = typer.Typer(help="People's own data: export, deletion, how long what is kept.", no_args_is_help=True)

NumberOption = Annotated[str, typer.Option("--number", help="Their telephone number.")]
RoomOption = Annotated[str, typer.Option("--room", help="Or their room, 3-2-602, together with --name.")]
NameOption = Annotated[str, typer.Option("--name", help="Their name as the directory or the stay has it.")]
ReasonOption = Annotated[
    str,
    typer.Option(
        "--reason",
        help="How they asked and proved who they are: letter of 20 November. Needed, but for a dry run.",
    ),
]


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="ZIP to write.")],
    number: NumberOption = "",
    room: RoomOption = "",
    name: NameOption = "",
    reason: ReasonOption = "",
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Write everything about one person into a ZIP: JSON, a readable page, recordings."""
    with plain_errors(), opened(home) as store:
        asked = _asked(store, estate, number, room, name)
        counts = _desk(store).export(asked, out.absolute(), _by(reason))
    if as_json:
        print_json({"file": str(out), "counts": counts})
    else:
        print(f"{out}: {_told(counts)}. Give it to nobody but the person.")


@app.command()
def delete(
    number: NumberOption = "",
    room: RoomOption = "",
    name: NameOption = "",
    reason: ReasonOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    estate: EstateOption = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Delete or anonymise what is kept about one person; what has to stay is named."""
    with plain_errors(), opened(home) as store:
        asked, desk = _asked(store, estate, number, room, name), _desk(store)
        by = _by(reason)
        if not dry_run:
            by.must_say_why()
        done = desk.look(asked)
        if not dry_run:
            if not yes:
                typer.confirm(f"Delete for good: {_told(done.counts)}?", abort=True, err=True)
            done = desk.delete(asked, by)
    _tell(done, dry_run=dry_run, as_json=as_json)


@app.command("requests")
def list_requests(
    home: HomeOption = DEFAULT_HOME, limit: LimitOption = 100, as_json: JsonOption = False
) -> None:
    """List who asked for what and what was done. Persons are hashes: the same one is known again."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        rows = [
            {
                "number": row.id, "at": tables.local(row.at, store.zone), "kind": row.kind.value,
                "by": row.by, "person": row.person[:12], "reason": row.reason, "counts": row.counts,
                "stays": row.stays,
            }
            for row in requests.listed(session, limit=limit)
        ]  # fmt: skip
    if as_json:
        print_json(rows)
    elif not rows:
        print("No requests yet.")
    else:
        columns = ("number", "at", "kind", "by", "person", "reason")
        tables.print_table(columns, [[row[column] for column in columns] for row in rows])


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Do tonight's deletion at once.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say how long what is kept; count (--dry-run) or delete (--now) what is older."""
    with plain_errors(), opened(home) as store:
        periods = store.settings.retention
        nightly = Nightly(store.db, store.home, periods)
        counts = once(nightly, by=getpass.getuser()) if now and not dry_run else {}
        counts = nightly.run(dry_run=True) if dry_run else counts
    if as_json:
        print_json({"days": periods.model_dump(), "counts": counts, "dry_run": not now or dry_run})
        return
    if dry_run or now:
        print(f"{_told(counts)} {'would go' if dry_run else 'went'}.")
        return
    days = periods.model_dump(exclude={"hour"})
    tables.print_facts({name: f"{value} days" if value else "kept" for name, value in days.items()})
    print(f"Every night from {periods.hour}:00 on; --dry-run counts, --now does it at once.")


def _asked(store: Store, estate: str | None, number: str, room: str, name: str) -> Asked:
    wanted = store.estate(estate) or store.settings.estates[0].id
    return Asked(estate=wanted, number=number, room=room, name=name)


def _desk(store: Store) -> PrivacyDesk:
    house = store.settings.estates[0].name
    return PrivacyDesk(store.db, store.home, house=house, normalise=store.normalise)


def _by(reason: str) -> By:
    return By(id="", who=getpass.getuser(), reason=reason)


def _tell(done: Deleted, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        stays = [{"code": code, "sentence": sentence(code, chinese=False)} for code in done.stays]
        print_json({"counts": done.counts, "stays": stays, "request": done.request, "dry_run": dry_run})
        return
    print(f"{_told(done.counts)} {'would be' if dry_run else 'were'} deleted or anonymised.")
    for code in done.stays:
        print(f"stays: {sentence(code, chinese=False)}")


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "nothing"
