"""``hotline selftest``: let the running hotline call itself, and say what it heard."""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.app.livefeed import ask
from hotline.app.selftest import NOW, SELFTEST, new_call, target
from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.cli import tables
from hotline.cli.options import (
    DEFAULT_HOME,
    EXIT_FAILED,
    HomeOption,
    JsonOption,
    plain_errors,
    print_json,
)
from hotline.cli.store import Store, opened
from hotline.outbound import policies, repository
from hotline.outbound.models import CallState, OutboundCallRow

DEADLINE = 60.0
"""Seconds until an answer is given up."""
_LOOK_EVERY = 0.3


class SelfTestLate(HotlineError):
    """No result in time."""

    code = "selftest-late"


def selftest(
    number: Annotated[
        str | None, typer.Option("--number", help="What is dialled; default: as in outbound.yaml.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Account it is dialled by; default: the first.")
    ] = None,
    now: Annotated[
        bool, typer.Option("--now/--last", help="Dial now, or only show how the last ones went.")
    ] = True,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let the hotline dial its own number, press a key and check what it hears. Exit 1 if it does not work.

    Nightly ones are set in outbound.yaml (selftest: at).
    """
    with plain_errors(), opened(home) as store:
        if not now:
            _show_last(store, as_json)
            return
        result = asyncio.run(_dial(store, number or "", account or "", quiet=as_json))
    if as_json:
        print_json(result)
    else:
        print(("Passed: " if result["passed"] else "Failed: ") + result["reason"])
        _tell_figures(result)
    if not result["passed"]:
        raise typer.Exit(EXIT_FAILED)


async def _dial(store: Store, number: str, account: str, *, quiet: bool) -> dict[str, Any]:
    status = await ask(store.home.run, "status")
    if status is None:
        raise EnvironmentFault(
            f"No hotline is running in {store.home.root}: start it (./start or `hotline run`); it has to "
            "call itself.",
            code="not-running",
        )
    wanted = policies.load(store.home.config).selftest
    given = {"number": number or wanted.number, "account": account or wanted.account}
    own = (status["calls"]["listen"].split() or [""])[0]
    to = target(store.settings, wanted.model_copy(update=given), own_address=own)
    if not to:
        raise EnvironmentFault("The hotline listens on no address.", code="not-listening")
    if not quiet:
        print(_announced(to, own, store), file=sys.stderr)
    clock = store.db.clock
    occurrence = f"now-{uuid.uuid4().hex[:12]}"
    new = new_call(store.settings, to, given["account"], occurrence=occurrence, policy=NOW, now=clock.now())
    await store.db.write(lambda session: repository.schedule(session, new, now=clock.now()))
    row = await _result(store, clock, occurrence)
    return _facts(row)


def _announced(to: str, own: str, store: Store) -> str:
    if to == own:
        return (
            f"No account carries outgoing calls: the hotline dials its own address {own} directly. That "
            "tests the hotline, not the line to the world."
        )
    return f"The hotline dials {to} and listens …"


async def _result(store: Store, clock: Clock, occurrence: str) -> OutboundCallRow:
    until = clock.monotonic() + DEADLINE
    while clock.monotonic() < until:
        await clock.sleep(_LOOK_EVERY)
        row = await store.db.read(lambda s: repository.find(s, SELFTEST, SELFTEST, occurrence))
        if row is not None and row.state in (CallState.DONE, CallState.GIVEN_UP, CallState.CANCELLED):
            return row
    waiting = await store.db.write(lambda s: _give_up(s, occurrence, clock.now()))
    raise SelfTestLate(
        "The running hotline has not placed the call: is it draining, or without a free channel? "
        "`hotline status` and the log say more."
        if waiting
        else f"The call is not over after {DEADLINE:.0f} s; `hotline selftest --last` shows how it ends."
    )


def _give_up(session: Session, occurrence: str, now: datetime) -> bool:
    """Take a call that was never placed back; True when it was not."""
    row = repository.find(session, SELFTEST, SELFTEST, occurrence)
    if row is None or row.state is not CallState.WAITING:
        return False
    repository.end(row, CallState.CANCELLED, now=now, result="nobody waits for it any more")
    return True


def _facts(row: OutboundCallRow) -> dict[str, Any]:
    passed = row.state is CallState.DONE
    figures = {name: value for name, value in row.facts.items() if name not in ("reason", "step", "account")}
    return {
        "at": row.created_at.isoformat(timespec="seconds"),
        "to": row.to,
        "passed": passed,
        "step": "" if passed else row.facts.get("step", ""),
        "reason": row.facts.get("reason", row.result),
        **figures,
    }


def _tell_figures(result: dict[str, Any]) -> None:
    if "ring_seconds" in result:
        rings = int(float(result["rings"]))
        print(f"It rang {result['ring_seconds']} s ({rings} {'ring' if rings == 1 else 'rings'}).")
    scores = [f"{name.removesuffix('_score')} {result[name]}" for name in result if name.endswith("_score")]
    if scores:
        print(f"Likeness to the prompts (1: the same): {', '.join(scores)}.")


def _show_last(store: Store, as_json: bool) -> None:
    query = select(OutboundCallRow).where(OutboundCallRow.kind == SELFTEST)
    with store.db.reading() as session:
        rows = session.scalars(query.order_by(OutboundCallRow.created_at.desc()).limit(20)).all()
    found = [_facts(row) | {"state": row.state.value} for row in rows]
    if as_json:
        print_json(found)
    elif not found:
        print("The hotline has not called itself yet.")
    else:
        lines = [
            (tables.local(row.created_at, store.zone), row.to, facts["state"], facts["step"], facts["reason"])
            for row, facts in zip(rows, found, strict=True)
        ]
        tables.print_table(("at", "dialled", "state", "failed at", "what was heard"), lines)
