"""``hotline outbound``: calls the machine places – look, cancel, pause, when they would be made."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.app.menus import check_flows
from hotline.call.clock import SystemClock
from hotline.call.errors import HotlineError, InvalidInput
from hotline.campaigns.calls import called_off
from hotline.campaigns.states import CampaignKind
from hotline.cli import personal, sheettimes, tables
from hotline.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
    told,
)
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption, LimitOption
from hotline.confirmations import service as confirmations
from hotline.duty.service import DutyBook
from hotline.ivr.loader import flow_files
from hotline.outbound import policies, repository
from hotline.outbound.models import OPEN_STATES, AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome, preview
from hotline.wakeup.repository import KNOCK, WAKEUP

app = typer.Typer(help="Calls the machine places: list, cancel, pause, preview.", no_args_is_help=True)

KindOption = Annotated[
    str | None, typer.Option("--kind", help="dispatch, message, follow_up, wakeup, knock, reminder …")
]
CallArgument = Annotated[str, typer.Argument(help="The call's id or its beginning, or its subject.")]


@app.command("list")
def list_calls(
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    kind: KindOption = None,
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
    kind: KindOption = None,
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one call with its attempts."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            row = _find(session, call, kind)
            attempts = list(repository.attempts(session, row.id))
        now = store.db.clock.now()
        shown = personal.shown(store.home, unmasked=unmasked, command="outbound show", rows=1, at=now)
        tried = [_attempt(attempt, row.kind, shown) for attempt in attempts]
        if as_json:
            print_json(_fields(row, shown) | {"tried": tried})
            return
        tables.print_facts(sheettimes.localised(_fields(row, shown), store.zone))
        print()
        there = [sheettimes.localised(one, store.zone) for one in tried]
        headings = ("number", "at", "to", "outcome", "confirmed", "detail")
        tables.print_table(headings, [[one[name] for name in headings] for one in there])


@app.command()
def cancel(
    call: CallArgument,
    why: Annotated[str, typer.Option("--why", help="Kept on the call.")] = "cancelled by hand",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Cancel a call. One that is being spoken is not cut off, but not made again.

    The person on a campaign's list is not called any more; a question to an owner is withdrawn.
    Wake-ups are taken off with their day and their register: `hotline wakeups cancel` or `skip`.
    """
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        with store.db.transaction() as session:
            row = _find(session, call, to_change=True)
            _not_a_wakeup(row, "Cancelled")
            if row.state not in OPEN_STATES:
                raise HotlineError(f"The call is over already ({row.state.value}).", code="call-over")
            _tell_whoever_waits(session, row, now)
            repository.end(row, CallState.CANCELLED, now=now, result=why)
    told(f"Cancelled: {row.kind} {row.subject}.", _changed(row), as_json=as_json)


@app.command()
def pause(
    call: CallArgument,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a paused call.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Pause a waiting call, or let it go on with --resume. Wake-ups cannot be paused: they would be lost."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        before, after = (
            (CallState.PAUSED, CallState.WAITING) if resume else (CallState.WAITING, CallState.PAUSED)
        )
        with store.db.transaction() as session:
            row = _find(session, call, to_change=True)
            if not resume:
                _not_a_wakeup(row, "Paused")
            if row.state is not before:
                wanted = "paused" if resume else "waiting"
                raise HotlineError(f"The call is {row.state.value}, not {wanted}.", code="call-state")
            row.state = after
            row.next_at = max(row.next_at, now)
    sentence = f"{'Goes on' if resume else 'Paused'}: {row.kind} {row.subject}."
    told(sentence, _changed(row), as_json=as_json)


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

        if wanted.window and wanted.window not in book.known_windows:
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
    """Check outbound.yaml and the flows it names; exit 2 with every problem and its line."""
    with plain_errors():
        folder, settings = open_home(home)
        book = DutyBook(folder.config, ZoneInfo(settings.estates[0].timezone))
        flows = flow_files(folder.config / "menus")
        problems = policies.unknown_names(
            folder.config,
            windows=book.known_windows,
            rosters=book.rosters | book.topics.keys(),
            flows=flows,
        )
        found = policies.as_far_as_it_holds(folder.config)
        problems += check_flows(folder, book, found.flows)
        if any(not problem.warning for problem in problems):
            raise InvalidInput(tuple(problems))
        for problem in problems:
            print(problem, file=sys.stderr)
    print(f"{len(found.policies)} policies and {len(found.dispatch)} dispatch rules are in order.")


def _changed(row: OutboundCallRow) -> dict[str, str]:
    return {"id": row.id, "kind": row.kind, "subject": row.subject, "state": row.state.value}


def _tell_whoever_waits(session: Session, row: OutboundCallRow, now: datetime) -> None:
    """A list does not wait for its last person for ever, nor the gate for an owner nobody rings."""
    if row.kind in frozenset(kind.value for kind in CampaignKind):
        called_off(session, row, now=now, result="cancelled")
    elif row.kind == confirmations.KIND:
        confirmations.cancel(session, int(row.subject), by=getpass.getuser(), now=now)


def _not_a_wakeup(row: OutboundCallRow, done: str) -> None:
    """Raise for the calls of a wake-up: without them nobody would ring the guest, nor know of it."""
    if row.kind in (WAKEUP, KNOCK):
        raise HotlineError(
            f"{done} here, wake-up {row.subject} would be lost while the register says it is due. "
            f"`hotline wakeups skip {row.subject}` leaves the next day out, `hotline wakeups cancel "
            f"{row.subject}` takes it off for good, `hotline wakeups change` moves it.",
            code="wakeup-would-be-lost",
        )


def _find(
    session: Session, call: str, kind: str | None = None, *, to_change: bool = False
) -> OutboundCallRow:
    """Return the call with this subject, else the one whose id begins so; of several the latest open one."""
    wanted = select(OutboundCallRow).order_by(OutboundCallRow.created_at.desc())
    if kind:
        wanted = wanted.where(OutboundCallRow.kind == kind)
    rows = session.scalars(wanted.where(OutboundCallRow.subject == call)).all()
    rows = [row for row in rows if row.state in OPEN_STATES] or rows
    if to_change and len(rows) > 1 and rows[0].state in OPEN_STATES:
        there = ", ".join(f"{row.id[:8]} ({row.kind})" for row in rows)
        raise HotlineError(f"Several calls are about {call}: name one by its id: {there}.", code="ambiguous")
    if not rows:
        beginning = OutboundCallRow.id.startswith(call, autoescape=True)
        rows = session.scalars(wanted.where(beginning).limit(2)).all()
        if len(rows) > 1:
            raise HotlineError(f"{call} is the beginning of several ids; give more of it.", code="ambiguous")
    if not rows:
        raise HotlineError(
            f"There is no planned call {call}. `hotline outbound list --all` shows them.",
            code="unknown-call",
        )
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
        "to_name": _name(row.kind, row.to_name, shown),
        "due_at": row.due_at.isoformat(),
        "next_at": row.next_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "attempts": row.attempts,
        "requested_by": row.requested_by,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "result": row.result,
    }


def _line(row: OutboundCallRow, shown: Shown, zone: ZoneInfo) -> tuple[Any, ...]:
    to = row.roster or (shown.number(row.to, row.to) if row.to else _name(row.kind, row.to_name, shown))
    next_at = "" if row.ended_at else tables.local(row.next_at, zone)
    return row.id[:8], row.kind, row.subject, row.state.value, next_at, row.attempts, to, row.result


def _name(kind: str, name: str, shown: Shown) -> str:
    """Return who is called; a guest is called by the room, which is nobody's secret."""
    return name if kind == WAKEUP else shown.name(name)


def _attempt(attempt: AttemptRow, kind: str, shown: Shown) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "at": attempt.at.isoformat(),
        "ended_at": attempt.ended_at.isoformat() if attempt.ended_at else None,
        "to": shown.number(attempt.to, attempt.to),
        "to_name": _name(kind, attempt.to_name, shown),
        "outcome": attempt.outcome.value if attempt.outcome else "under way",
        "confirmed": attempt.confirmed,
        "leg": attempt.leg,
        "detail": attempt.detail,
    }
