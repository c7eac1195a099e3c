"""``hotline notifications``: check the set-up, try a channel, see what was delivered and what was not."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import typer

from hotline.app import logs
from hotline.app.notifying import open_composer
from hotline.call.clock import SystemClock
from hotline.call.errors import HotlineError
from hotline.cli import tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.store import Store, opened
from hotline.cli.tables import LimitOption
from hotline.home import Home, shown
from hotline.notifications import alarms as alarm_book
from hotline.notifications import givenup, repository
from hotline.notifications.config import ChannelConfig, EmailChannel
from hotline.notifications.givenup import Chosen
from hotline.notifications.loader import NAME, Plan, load
from hotline.notifications.models import AlarmRow, DeliveryRow, DeliveryState
from hotline.notifications.repository import DeliveryFilter
from hotline.notifications.trial import send_test
from hotline.settings import Settings

app = typer.Typer(help="Webhooks, mail, group robots, alarms.", no_args_is_help=True)

ChannelOption = Annotated[str | None, typer.Option("--channel", help="Only this channel.")]
NumbersArgument = Annotated[list[int] | None, typer.Argument(help="Numbers of deliveries.")]
StateOption = Annotated[DeliveryState | None, typer.Option("--state", help="Only these.")]


@app.command()
def check(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Check notifications.yaml; exit 2 with every problem and its line."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        plan = _plan(folder, settings)
    if as_json:
        found = {"channels": {name: config.type for name, config in plan.channels.items()}}
        print_json(found | {"routes": len(plan.routes), "warnings": [str(each) for each in plan.warnings]})
        return
    for warning in plan.warnings:
        print(warning, file=sys.stderr)
    if not plan.channels:
        print(f"No channels: nobody is notified. {NAME} shows how to set them up.")
        return
    print(f"{len(plan.channels)} channels and {len(plan.routes)} routes are in order.")


@app.command("list")
def list_(
    home: HomeOption = DEFAULT_HOME,
    state: StateOption = None,
    channel: ChannelOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first."""
    _list(home, DeliveryFilter(state=state, channel=channel, limit=limit), as_json, "No notifications.")


@app.command()
def dead(
    home: HomeOption = DEFAULT_HOME,
    channel: ChannelOption = None,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List what was given up, newest first; `retry` sends it again, `discard` forgets it."""
    wanted = DeliveryFilter(state=DeliveryState.DEAD, channel=channel, limit=limit)
    _list(home, wanted, as_json, "Nothing was given up.")


@app.command()
def retry(
    numbers: NumbersArgument = None,
    home: HomeOption = DEFAULT_HOME,
    channel: ChannelOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All that was given up.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send again what was given up; the running hotline does it within seconds."""
    with plain_errors(), opened(home) as store:
        chosen, now = _chosen(numbers, channel, everything), store.db.clock.now()
        plan, stranded = _plan(store.home, store.settings), list[int]()
        with store.db.transaction() as session:
            channels = givenup.in_service(session, plan.channels)
            again = givenup.again(session, chosen, channels, now, skip=everything)
            if everything:
                stranded = givenup.stranded(session, chosen, channels)
        unknown = sorted(set(numbers or ()) - set(again))
        if unknown:
            print(f"Not given up, left alone: {_listed(unknown)}", file=sys.stderr)
        if stranded:
            there = "their channel is there no more, `hotline notifications discard --all` forgets them"
            print(f"Left given up ({there}): {_listed(stranded)}", file=sys.stderr)
    if as_json:
        print_json({"again": again, "left_alone": sorted({*unknown, *stranded})})
    else:
        print(f"{len(again)} notifications are sent again.")


@app.command()
def discard(
    numbers: NumbersArgument = None,
    home: HomeOption = DEFAULT_HOME,
    channel: ChannelOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All whose channel is there no more.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Forget what was given up for a channel or webhook that is there no more."""
    with plain_errors(), opened(home) as store:
        chosen, now = _chosen(numbers, channel, everything), store.db.clock.now()
        plan = _plan(store.home, store.settings)
        if everything and not yes:
            what = "Forget for good what was given up for channels that are there no more?"
            typer.confirm(what, abort=True, err=True)
        with store.db.transaction() as session:
            channels = givenup.in_service(session, plan.channels)
            gone = givenup.discard(session, chosen, channels, now, skip=everything)
        unknown = sorted(set(numbers or ()) - set(gone))
        if unknown:
            print(f"Not given up, left alone: {_listed(unknown)}", file=sys.stderr)
    if as_json:
        print_json({"discarded": gone, "left_alone": unknown})
    else:
        print(f"{len(gone)} notifications are discarded.")


@app.command()
def test(
    channel: Annotated[str, typer.Argument(help="Name in notifications.yaml.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Send a test message on one channel now; exit 1 with the reason when it does not arrive."""
    logs.configure("cli")
    with plain_errors():
        folder, settings = open_home(home)
        plan = _plan(folder, settings)
        config = plan.channels.get(channel)
        if config is None:
            known = ", ".join(sorted(plan.channels)) or "none"
            raise HotlineError(
                f'There is no channel "{channel}"; there are: {known}.', code="unknown-channel"
            )
        message = asyncio.run(send_test(config, open_composer(settings), plan, SystemClock()))
    if as_json:
        print_json({"channel": channel, "event_id": message.event_id, "delivered": True})
    else:
        print(f"{channel} took the message “{message.title}”.{_look_there(config)}")


@app.command()
def alarms(
    home: HomeOption = DEFAULT_HOME,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """Show the alarms that stand."""
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            rows = (
                alarm_book.recent(session, limit=limit)
                if everything
                else alarm_book.standing(session)[:limit]
            )
        if as_json:
            print_json([_alarm(row) for row in rows])
        elif not rows:
            print("No alarms." if everything else "No alarm stands.")
        else:
            headings = ("alarm", "about", "estate", "state", "since", "last", "times", "")
            tables.print_table(headings, [_alarm_line(row, store) for row in rows])


def _plan(home: Home, settings: Settings) -> Plan:
    path = home.config / NAME
    return load(path, estates=[each.id for each in settings.estates], shown_as=shown(path))


def _chosen(numbers: list[int] | None, channel: str | None, everything: bool) -> Chosen:
    if not (numbers or channel or everything):
        raise HotlineError("Say which: numbers of deliveries, --channel NAME or --all.", code="retry-what")
    return Chosen(ids=numbers or (), channel=channel)


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _list(home: Any, wanted: DeliveryFilter, as_json: bool, nothing: str) -> None:
    with plain_errors(), opened(home) as store:
        with store.db.reading() as session:
            rows = repository.deliveries(session, wanted)
        if as_json:
            print_json([_delivery(row) for row in rows])
        elif not rows:
            print(nothing)
        else:
            headings = ("number", "event", "about", "channel", "state", "attempts", "when", "why")
            tables.print_table(headings, [_delivery_line(row, store) for row in rows])


def _look_there(config: ChannelConfig) -> str:
    return " A mail server takes mail for others: look into the mailbox too." * isinstance(
        config, EmailChannel
    )


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    instants = {
        name: None if (at := getattr(row, name)) is None else at.isoformat()
        for name in ("at", "next_at", "finished_at")
    }
    plain = ("id", "event_id", "channel", "estate", "kind", "subject", "urgent", "attempts", "last_error")
    return {**{name: getattr(row, name) for name in plain}, "state": row.state.value, **instants}


def _delivery_line(row: DeliveryRow, store: Store) -> tuple[Any, ...]:
    when = row.next_at if row.state is DeliveryState.WAITING else row.finished_at
    shown_state = "sending" if row.held_until and row.held_until > store.db.clock.now() else row.state.value
    return (
        row.id, row.kind, row.subject, row.channel, shown_state, row.attempts,
        tables.local(when, store.zone), row.last_error,
    )  # fmt: skip


def _alarm(row: AlarmRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "subject": row.subject,
        "estate": row.estate,
        "state": row.state.value,
        "first_at": row.first_at.isoformat(),
        "last_at": row.last_at.isoformat(),
        "count": row.count,
        "detail": row.detail,
    }


def _alarm_line(row: AlarmRow, store: Store) -> tuple[Any, ...]:
    told = row.detail.get("sentence_en") or ", ".join(
        f"{name} {value}" for name, value in row.detail.items() if not name.endswith(("_zh", "_en"))
    )
    since, last = tables.local(row.first_at, store.zone), tables.local(row.last_at, store.zone)
    return row.kind, row.subject, row.estate, row.state.value, since, last, row.count, told
