"""``hotline campaigns``: lists of people to call, the satisfaction survey, its results."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app import campaignchecks
from hotline.app.campaigning import Campaigning
from hotline.call.errors import HotlineError
from hotline.campaigns import repository, service
from hotline.campaigns.calls import never_again
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.repository import Added
from hotline.campaigns.states import CampaignKind
from hotline.cli import campaign_checks, campaign_results, personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json, told
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption
from hotline.sheets import telephone

app = typer.Typer(
    help="Campaigns: lists of people to call, the satisfaction survey, results.", no_args_is_help=True
)
app.add_typer(campaign_results.app)

NameArgument = Annotated[str, typer.Argument(help="The campaign's name.")]


@app.command()
def create(
    name: NameArgument,
    flow: Annotated[
        str, typer.Option("--flow", help="Questionnaire: a flow of config/menus/outbound.")
    ] = "survey",
    policy: Annotated[str, typer.Option("--policy", help="A policy of outbound.yaml.")] = "survey",
    begins: Annotated[str | None, typer.Option("--begins", metavar="WHEN", help="Not before then.")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="WHEN", help="Not after then.")] = None,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a campaign; nobody is called until it has people and is started."""
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        wanted = store.estate(estate) or store.settings.estates[0].id
        begins_at = tables.instant(begins, zone=store.zone, now=now)
        ends_at = tables.instant(ends, zone=store.zone, now=now)
        row = campaigning(store).create(
            estate=wanted, name=name, kind=CampaignKind.SURVEY, flow=flow, policy=policy,
            by=getpass.getuser(), begins_at=begins_at, ends_at=ends_at,
        )  # fmt: skip
    if as_json:
        print_json(campaign_results.fields(row))
        return
    print(f'Created: {name}. `hotline campaigns import "{name}" FILE` puts people on its list.')


@app.command("import")
def import_(
    name: NameArgument,
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8 or GBK) or XLSX: 姓名 电话 楼栋 单元 房号 language.")
    ],
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put people on a campaign's list: the whole file, or nobody if a line is wrong.

    Importing a file again changes nothing. Whoever said that they must not be called is left out and named.
    """
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        added, warnings = campaigning(store).import_list(campaign.id, file)
        shown = shown_people(store, unmasked, "campaigns import", len(added.left_out))
    for warning in warnings:
        print(warning, file=sys.stderr)
    tell_added(added, shown, as_json=as_json)


@app.command("from-residents")
def from_residents(
    name: NameArgument,
    share: Annotated[
        float, typer.Option("--share", min=0.0, max=1.0, help="Part of the residents, 0.1 for a tenth.")
    ] = 1.0,
    kind: Annotated[str | None, typer.Option("--kind", help="Only owner, tenant, family …")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many it would be.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a share of the estate's residents on the list: the same people however often it is asked."""
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        chosen, everybody, added = campaigning(store).residents(
            campaign.id, share=share, kind=kind, dry_run=dry_run
        )
        if dry_run:
            print(f"{chosen} of {everybody} telephones would be on the list.")
            return
        shown = shown_people(store, unmasked, "campaigns from-residents", len(added.left_out))
    tell_added(added, shown, as_json=as_json)


@app.command()
def check(
    name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Say what starting would do, and everything that stands against it (exit 2)."""
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        outlook = campaignchecks.check(store, campaign)
        lines = campaign_checks.lines(store, campaign, outlook)
    facts = asdict(outlook) | {"times": [at.isoformat() for at in outlook.times]}
    told("\n".join(lines), facts, as_json=as_json)


@app.command()
def start(
    name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Plan a call for everybody on the list; again: for those listed since."""
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        planned = campaigning(store).start(campaign.id, by=getpass.getuser())
    group = campaign.kind.commands
    sentence = f"Running: {planned} calls are planned. `hotline {group} show` tells how far they have come."
    told(sentence, {"state": "running", "planned": planned}, as_json=as_json)


@app.command()
def pause(
    name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Call nobody for now; a conversation goes on to its end."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = repository.find(session, name, store.estate(estate))
        waiting, group = service.pause(session, row), row.kind.commands
    sentence = f"Paused: {waiting} calls wait. `hotline {group} resume` lets them go on."
    told(sentence, {"state": "paused", "waiting": waiting}, as_json=as_json)


@app.command()
def resume(
    name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Let a paused campaign go on."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = repository.find(session, name, store.estate(estate))
        waiting, state = service.resume(session, row, now=store.db.clock.now()), row.state.value
    told(f"Goes on: {waiting} calls are planned.", {"state": state, "planned": waiting}, as_json=as_json)


@app.command()
def stop(
    name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """End a campaign for good; what was answered stays."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = repository.find(session, name, store.estate(estate))
        people = service.stop(session, row, now=store.db.clock.now())
    sentence = f"Stopped: {people} people are not called any more."
    told(sentence, {"state": "done", "not_called_any_more": people}, as_json=as_json)


@app.command()
def never(
    number: Annotated[str | None, typer.Argument(help="A telephone number; without: list them.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="The person wants to be called again.")] = False,
    home: HomeOption = DEFAULT_HOME,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Numbers no campaign calls: list them, add one somebody asked for, or take one off."""
    with plain_errors(), opened(home) as store:
        if number is None:
            _list_stops(store, unmasked, as_json)
            return
        known_as = telephone(number, store.normalise)
        if not known_as:
            raise HotlineError(f'"{number}" is no telephone number.', code="no-number")
        now, estate = store.db.clock.now(), store.settings.estates[0].id
        with store.db.transaction() as session:
            if remove:
                changed = repository.remove_stop(session, known_as)
            else:
                changed = never_again(session, known_as, estate, getpass.getuser(), now)
    words = ("is called again", "was not on the list") if remove else ("is never called", "was on the list")
    print(f"The number {words[0] if changed else words[1]}.")


# --- what the commands share ---------------------------------------------------------------------


def _find(store: Store, name: str, estate: str | None) -> CampaignRow:
    return found(store, name, estate, None)


def found(store: Store, name: str, estate: str | None, kind: CampaignKind | None) -> CampaignRow:
    """Return a campaign (of a kind) by its name."""
    with store.db.reading() as session:
        return repository.find(session, name, store.estate(estate), kind=kind)


def campaigning(store: Store) -> Campaigning:
    """Return what makes, fills and starts campaigns."""
    return Campaigning(store.home, store.settings, store.db)


def shown_people(store: Store, unmasked: bool, command: str, rows: int) -> Shown:
    """Return how people are shown."""
    now: datetime = store.db.clock.now()
    return personal.shown(store.home, unmasked=unmasked, command=command, rows=rows, at=now)


def tell_added(added: Added, shown: Shown, *, as_json: bool, also: Mapping[str, Any] | None = None) -> None:
    """Print what putting people on a list did; ``also``: facts for programs."""
    left_out: list[dict[str, Any]] = [
        {"name": shown.name(person.name), "number": shown.number(person.number)} for person in added.left_out
    ]
    if as_json:
        print_json({"new": added.new, "known": added.known, "left_out": left_out, **(also or {})})
        return
    print(f"On the list: {added.new} new, {added.known} as before.")
    if left_out:
        print(f"{len(left_out)} left out: they said that they must not be called.")
        tables.print_table(("name", "number"), [list(person.values()) for person in left_out])


def _list_stops(store: Store, unmasked: bool, as_json: bool) -> None:
    with store.db.reading() as session:
        rows = repository.stops(session)
    shown = shown_people(store, unmasked, "campaigns never", len(rows))
    found = [
        {"number": shown.number(row.number), "said_on": row.said_on, "at": row.at.isoformat()} for row in rows
    ]
    if as_json:
        print_json(found)
    elif not found:
        print("Nobody has said that campaigns must not call them.")
    else:
        tables.print_table(("number", "said on", "at"), [list(row.values()) for row in found])
