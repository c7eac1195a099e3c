"""``hotline outbound``: calls the machine places – look, cancel, pause, when they would be made."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.call.clock import SystemClock
from hotline.call.errors import HotlineError, InvalidInput
from hotline.cli import personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.duty.service import DutyBook
from hotline.outbound import policies, repository
from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, preview

app = typer.Typer(help="Calls the machine places: list, cancel, pause, preview.", no_args_is_help=True)

CallArgument = Annotated[str, typer.Argument(help="The call's id or its beginning, or its subject.")]


@app.command("list")
def list_calls(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    kind: Annotated[str | None, typer.Option("--kind", help="dispatch, message, follow_up …")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: LimitOption = 50,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """List planned calls, the next first."""
    with plain_errors(), opened(home) as store:
        query = select(OutboundCallRow).order_by(OutboundCallRow.next_at.desc()).limit(limit)
        if not everything:
            query = query.where(OutboundCallRow.state.in_(OPEN_STATES)).order_by(None)
            query = query.order_by(OutboundCallRow.next_at)
        if kind:
            query = query.where(OutboundCallRow.kind == kind)
        wanted = store.estate(estate)
        if wanted:
            query = query.where(OutboundCallRow.estate == wanted)
        with store.db.reading() as session:
            rows = session.scalars(query).all()
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="outbound list", rows=len(rows), at=now)
        if as_json:
            print_json([_fields(row, shown) for row in rows])
        elif not rows:
            print("No calls are planned." if not everything else "No calls were ever planned.")
        else:
            headings = ("id", "kind", "subject", "state", "next", "attempts", "to", "result")
            tables.print_table(headings, [_line(row, shown, store.zone) for row in rows])


@app.command()
def show(
    call: CallArgument,
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one call with its attempts."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            row = _find(session, call)
            attempts = list(repository.attempts(session, row.id))
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="outbound show", rows=1, at=now)
        tried = [_attempt(attempt, shown) for attempt in attempts]
        if as_json:
            print_json(_fields(row, shown) | {"tried": tried})
            return
        tables.print_facts(_fields(row, shown))
        print()
        headings = ("number", "at", "to", "outcome", "confirmed", "detail")
        tables.print_table(headings, [[one[name] for name in headings] for one in tried])


@app.command()
def cancel(
    call: CallArgument,
    why: Annotated[str, typer.Option("--why", help="Kept on the call.")] = "cancelled by hand",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Cancel a call. One that is being spoken is not cut off, but not made again."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        with store.db.transaction() as session:
            row = _find(session, call)
            if row.state not in OPEN_STATES:
                raise HotlineError(f"The call is over already ({row.state.value}).", code="call-over")
            repository.end(row, CallState.CANCELLED, now=now, result=why)
    print(f"Cancelled: {row.kind} {row.subject}.")


@app.command()
def pause(
    call: CallArgument,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a paused call.")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Pause a waiting call, or let it go on with --resume."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        before, after = (
            (CallState.PAUSED, CallState.WAITING) if resume else (CallState.WAITING, CallState.PAUSED)
        )
        with store.db.transaction() as session:
            row = _find(session, call)
            if row.state is not before:
                wanted = "paused" if resume else "waiting"
                raise HotlineError(f"The call is {row.state.value}, not {wanted}.", code="call-state")
            row.state = after
            row.next_at = max(row.next_at, now)
    print(f"{'Goes on' if resume else 'Paused'}: {row.kind} {row.subject}.")


@app.command("preview")
def preview_command(
    policy: Annotated[str, typer.Argument(help="A policy of outbound.yaml.")],
    at: Annotated[str | None, typer.Option("--at", metavar="WHEN", help="Due then instead of now.")] = None,
    outcome: Annotated[
        Outcome, typer.Option("--outcome", help="How each attempt is supposed to end.")
    ] = Outcome.NO_ANSWER,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Say when the attempts of a policy would be; nothing is dialled."""
    with plain_errors():
        folder, settings = open_home(home)
        found = policies.load(folder.config)
        if policy not in found.policies:
            known = ", ".join(sorted(found.policies)) or "none"
            raise HotlineError(f'There is no policy "{policy}" (there are: {known}).', code="unknown-policy")
        zone, now = ZoneInfo(settings.estates[0].timezone), SystemClock().now()
        due = tables.instant(at, zone=zone, now=now) or now
        wanted = found.policy(policy)
        book = DutyBook(folder.config, zone)

        def opens(when: datetime) -> datetime:
            return when if book.is_open(wanted.window, when) else book.next_opening(wanted.window, when)

        if wanted.window and wanted.window not in book.windows:
            raise HotlineError(
                f'The policy\'s window "{wanted.window}" is not in hours.yaml.', code="unknown-window"
            )
        times = preview(wanted, due, zone=zone, outcome=outcome, opens=opens if wanted.window else None)
    if as_json:
        print_json([time.isoformat() for time in times])
    else:
        for number, time in enumerate(times, start=1):
            print(f"{number:3}  {tables.local(time, zone)}")


@app.command()
def check(home: HomeOption = DEFAULT_HOME) -> None:
    """Check outbound.yaml; exit 2 with every problem and its line."""
    with plain_errors():
        folder, settings = open_home(home)
        found = policies.load(folder.config)
        book = DutyBook(folder.config, ZoneInfo(settings.estates[0].timezone))
        problems = policies.unknown_names(
            folder.config, windows=book.windows, rosters=book.rosters | book.topics.keys()
        )
        if any(not problem.warning for problem in problems):
            raise InvalidInput(tuple(problems))
        for problem in problems:
            print(problem, file=sys.stderr)
    print(f"{len(found.policies)} policies and {len(found.dispatch)} dispatch rules are in order.")


def _find(session: Session, call: str) -> OutboundCallRow:
    query = select(OutboundCallRow).where(
        OutboundCallRow.id.startswith(call, autoescape=True) | (OutboundCallRow.subject == call)
    )
    rows = session.scalars(query.order_by(OutboundCallRow.created_at.desc()).limit(2)).all()
    if not rows:
        raise HotlineError(
            f"There is no planned call {call}. `hotline outbound list --all` shows them.",
            code="unknown-call",
        )
    if len(rows) > 1 and rows[0].subject != call:
        raise HotlineError(f"{call} is the beginning of several ids; give more of it.", code="ambiguous")
    return rows[0]


def _fields(row: OutboundCallRow, shown: Shown) -> dict[str, Any]:
    return {
        "id": row.id,
        "estate": row.estate,
        "kind": row.kind,
        "subject": row.subject,
        "occurrence": row.occurrence,
        "state": row.state.value,
        "policy": row.policy,
        "flow": row.flow,
        "roster": row.roster,
        "to": shown.number(row.to, row.to) if row.to else "",
        "to_name": shown.name(row.to_name),
        "due_at": row.due_at.isoformat(),
        "next_at": row.next_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "attempts": row.attempts,
        "requested_by": row.requested_by,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "result": row.result,
    }


def _line(row: OutboundCallRow, shown: Shown, zone: ZoneInfo) -> tuple[Any, ...]:
    to = row.roster or (shown.number(row.to, row.to) if row.to else "")
    next_at = "" if row.ended_at else tables.local(row.next_at, zone)
    return row.id[:8], row.kind, row.subject, row.state.value, next_at, row.attempts, to, row.result


def _attempt(attempt: AttemptRow, shown: Shown) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": attempt.at.isoformat(),
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        "to": shown.number(attempt.to, attempt.to),
        "to_name": shown.name(attempt.to_name),
        "outcome": attempt.outcome.value if attempt.outcome else "under way",
        "confirmed": attempt.confirmed,
        "leg": attempt.leg,
        "detail": attempt.detail,
    }
