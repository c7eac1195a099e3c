"""``hotline api-tokens``: what programs and pages show to be let in."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Annotated, Any

import typer

from hotline.accounts import tokens
from hotline.accounts.models import ApiTokenRow
from hotline.accounts.rights import Scope
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption, LimitOption

app = typer.Typer(help="Tokens of programs: what they may do over the API.", no_args_is_help=True)

_ABOUT = {
    Scope.LIVE: "calls under way, queues, operators, alarms",
    Scope.CALLS_READ: "call records",
    Scope.CALLS_WRITE: "remarks on call records; deleting recordings",
    Scope.RECORDINGS: "recordings and transcripts; each look is on the audit",
    Scope.TICKETS_READ: "tickets with history and files",
    Scope.TICKETS_WRITE: "file tickets and work on them",
    Scope.TICKETS_SUPERVISE: "what supervisors decide: beyond the limits, reopening, another owner",
    Scope.WAKEUPS_READ: "wake-ups, the register",
    Scope.WAKEUPS_WRITE: "book, change, skip, cancel wake-ups",
    Scope.STAYS_WRITE: "check-in, move, checkout",
    Scope.RESIDENTS_READ: "rooms, residents, stays",
    Scope.RESIDENTS_WRITE: "how rooms are rung",
    Scope.FEES_READ: "bills, debts, promises",
    Scope.FEES_WRITE: "payments, promises, withdrawn bills",
    Scope.CAMPAIGNS_READ: "campaigns and their results",
    Scope.CAMPAIGNS_WRITE: "make, start, pause, stop campaigns",
    Scope.CONFIRMATIONS_READ: "questions to owners",
    Scope.CONFIRMATIONS_WRITE: "ask owners, decide, cancel",
    Scope.MESSAGES_READ: "messages for rooms and staff",
    Scope.MESSAGES_WRITE: "take and settle messages",
    Scope.DIRECTORY_READ: "directory enquiries, world clock",
    Scope.DUTY_READ: "who is on duty",
    Scope.DUTY_WRITE: "changes of single dates",
    Scope.SHIFTS_READ: "shifts and their log pages",
    Scope.SHIFTS_WRITE: "begin shifts, hand them over",
    Scope.OUTSIDE_READ: "outside calls, approvals, bookings",
    Scope.OUTSIDE_WRITE: "approve and bill outside calls",
    Scope.REPORTS_READ: "reports",
    Scope.QUALITY_READ: "quality reviews",
    Scope.QUALITY_WRITE: "review calls",
    Scope.MENUS_READ: "menus, their history, prompts",
    Scope.MENUS_WRITE: "drafts, publishing, recording prompts",
    Scope.WEBHOOKS_READ: "webhooks and deliveries",
    Scope.WEBHOOKS_WRITE: "make, pause, try, remove webhooks; send again",
    Scope.STAFF_READ: "staff",
    Scope.STAFF_WRITE: "staff and their PINs",
    Scope.ACCOUNTS_WRITE: "accounts of people, tokens of programs",
    Scope.AUDIT_READ: "the audit, of all estates",
    Scope.PRIVACY_WRITE: "export and deletion of one person's data",
    Scope.SYSTEM_READ: "trunks, disk, models, versions, configuration",
    Scope.SYSTEM_WRITE: "change the configuration",
    Scope.PERSONAL_READ: "names and numbers in full; masked without it",
    Scope.DESK: "work as the operator the token is named after (operator:8)",
    Scope.SUPERVISE: "others' presence, their calls",
}
_COLUMNS = ("id", "name", "estate", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who uses it: pms, reception-screen.")],
    scope: Annotated[
        list[Scope],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it may do, as `hotline api-tokens scopes` lists it; may be repeated.",
        ),
    ],
    days: Annotated[int | None, typer.Option("--days", min=1, help="Ends after so many days.")] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token. It is shown once and kept only as a hash; with --estate it is for one estate."""
    with plain_errors(), opened(home, set_up=True) as store:
        now = store.db.clock.now()
        wanted = store.estate(estate) or ""
        with store.db.transaction() as session:
            issued = tokens.create(
                session, name=name, scopes=scope, by=getpass.getuser(), at=now, estate=wanted,
                expires_at=None if days is None else now + timedelta(days=days),
            )  # fmt: skip
        facts = _row(issued.row, store) | {"token": issued.token}
    if as_json:
        print_json(facts)
        return
    print(issued.token)
    print(
        f"\nThis is the token of {issued.row.name}, shown only now. Programs send it as "
        "`Authorization: Bearer TOKEN`; a browser asks for a user name (any) and a password: the token."
    )


@app.command()
def scopes(as_json: JsonOption = False) -> None:
    """List what tokens may be allowed; writing includes reading."""
    rows = [(scope.value, _ABOUT[scope]) for scope in Scope]
    if as_json:
        print_json(dict(rows))
    else:
        tables.print_table(("scope", "what it allows"), rows)


@app.command("list")
def list_tokens(
    everything: Annotated[bool, typer.Option("--all", help="Also revoked ones.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List tokens: what each may do, and when it was last used."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        rows = [_row(row, store) for row in tokens.listed(session, revoked=everything)]
    if as_json:
        print_json(rows)
    elif not rows:
        print("No tokens. `hotline api-tokens create NAME --scope wakeups:read` makes one.")
    else:
        tables.print_table(_COLUMNS, [[_text(row[column]) for column in _COLUMNS] for row in rows])


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME", help="The token's name or id.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Let a token in no more, from the next request on."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = tokens.revoke(session, token, by=getpass.getuser(), at=store.db.clock.now())
        name = row.name
    print(f"The token of {name} lets nobody in any more.")


@app.command()
def audit(
    home: HomeOption = DEFAULT_HOME,
    limit: LimitOption = 200,
    as_json: JsonOption = False,
) -> None:
    """Show what was done with tokens and by them, the latest first."""
    with plain_errors(), opened(home) as store, store.db.reading() as session:
        lines = [
            {
                "at": tables.local(row.at, store.zone), "by": row.by, "event": row.event,
                "detail": row.detail, "token": row.token,
            }
            for row in tokens.audit(session, limit=limit)
        ]  # fmt: skip
    if as_json:
        print_json(lines)
    else:
        tables.print_table(("at", "by", "event", "detail"), [list(line.values())[:4] for line in lines])


def _row(row: ApiTokenRow, store: Store) -> dict[str, Any]:
    times = {
        name: tables.local(getattr(row, name), store.zone)[:16]
        for name in ("created_at", "expires_at", "last_used_at", "revoked_at")
    }
    facts = {"id": row.id, "name": row.name, "estate": row.estate or "all", "scopes": row.scopes}
    return facts | times | {"created_by": row.created_by, "revoked_by": row.revoked_by}


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)
