"""``hotline campaigns``: lists of people to call, the satisfaction survey, its results."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from hotline.call.errors import HotlineError
from hotline.campaigns import repository, service
from hotline.campaigns.calls import never_again
from hotline.campaigns.listing import Listed, number_of, read_list
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.repository import Added
from hotline.campaigns.sampling import sample
from hotline.cli import campaign_checks, campaign_results, personal, tables
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import Shown, UnmaskedOption
from hotline.cli.store import Store, opened
from hotline.cli.tables import EstateOption
from hotline.residents import repository as residents

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
        campaign_checks.must_hold(store, flow=flow, policy=policy)
        with store.db.transaction() as session:
            row = repository.create(
                session, estate=wanted, name=name, flow=flow, policy=policy, created_by=getpass.getuser(),
                now=now, begins_at=begins_at, ends_at=ends_at,
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
        found = read_list(file, normalise=store.normalise, language=_language(store, campaign.estate))
        with store.db.transaction() as session:
            added = repository.add_people(
                session, repository.find(session, name, campaign.estate), found.people
            )
        shown = _shown(store, unmasked, "campaigns import", len(added.left_out))
    for warning in found.warnings:
        print(warning, file=sys.stderr)
    _tell_added(added, shown, as_json=as_json)


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
        with store.db.reading() as session:
            everybody = _residents(session, campaign, _language(store, campaign.estate), kind)
        chosen = sample(everybody, campaign.name, share)
        if not everybody:
            raise HotlineError(
                "No resident of the estate has a telephone number. `hotline residents import` reads them.",
                code="no-residents",
            )
        if dry_run:
            print(f"{len(chosen)} of {len(everybody)} telephones would be on the list.")
            return
        with store.db.transaction() as session:
            row = repository.find(session, name, campaign.estate)
            added = repository.add_people(session, row, chosen)
        shown = _shown(store, unmasked, "campaigns from-residents", len(added.left_out))
    _tell_added(added, shown, as_json=as_json)


@app.command()
def check(name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Say what starting would do, and everything that stands against it (exit 2)."""
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        for line in campaign_checks.check(store, campaign):
            print(line)


@app.command()
def start(name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Plan a call for everybody on the list; again: for those listed since."""
    with plain_errors(), opened(home) as store:
        campaign = _find(store, name, estate)
        policy = campaign_checks.must_hold(store, flow=campaign.flow, policy=campaign.policy)
        now, by, planned = store.db.clock.now(), getpass.getuser(), 0
        while True:
            with store.db.transaction() as session:
                row = repository.find(session, name, campaign.estate)
                new = service.start(session, row, priority=policy.priority, now=now, by=by)
            planned += new
            if new < service.AT_ONCE:
                break
    print(f"Running: {planned} calls are planned. `hotline campaigns show` tells how far they have come.")


@app.command()
def pause(name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Call nobody for now; a conversation goes on to its end."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        waiting = service.pause(session, repository.find(session, name, store.estate(estate)))
    print(f"Paused: {waiting} calls wait. `hotline campaigns resume` lets them go on.")


@app.command()
def resume(name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """Let a paused campaign go on."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = repository.find(session, name, store.estate(estate))
        waiting = service.resume(session, row, now=store.db.clock.now())
    print(f"Goes on: {waiting} calls are planned.")


@app.command()
def stop(name: NameArgument, home: HomeOption = DEFAULT_HOME, estate: EstateOption = None) -> None:
    """End a campaign for good; what was answered stays."""
    with plain_errors(), opened(home) as store, store.db.transaction() as session:
        row = repository.find(session, name, store.estate(estate))
        people = service.stop(session, row, now=store.db.clock.now())
    print(f"Stopped: {people} people are not called any more.")


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
        known_as = number_of(number, store.normalise)
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
    with store.db.reading() as session:
        return repository.find(session, name, store.estate(estate))


def _language(store: Store, estate: str) -> str:
    return next((each.language for each in store.settings.estates if each.id == estate), "zh")


def _residents(session: Session, campaign: CampaignRow, language: str, kind: str | None) -> list[Listed]:
    """Everybody with a telephone, each telephone once; the first number is the one to call."""
    found: dict[str, Listed] = {}
    for person in residents.residents(session, campaign.estate, limit=None):
        if not person.numbers or (kind is not None and person.kind != kind):
            continue
        number, room = person.numbers[0], person.room
        listed = Listed(
            number=number.number, raw=number.raw, name=person.name, building=room.building, unit=room.unit,
            room=room.room, language=language,
        )  # fmt: skip
        found.setdefault(number.number, listed)
    return list(found.values())


def _shown(store: Store, unmasked: bool, command: str, rows: int) -> Shown:
    now: datetime = store.db.clock.now()
    return personal.shown(store.home, unmasked=unmasked, command=command, rows=rows, at=now)


def _tell_added(added: Added, shown: Shown, *, as_json: bool) -> None:
    left_out: list[dict[str, Any]] = [
        {"name": shown.name(person.name), "number": shown.number(person.number)} for person in added.left_out
    ]
    if as_json:
        print_json({"new": added.new, "known": added.known, "left_out": left_out})
        return
    print(f"On the list: {added.new} new, {added.known} as before.")
    if left_out:
        print(f"{len(left_out)} left out: they said that they must not be called.")
        tables.print_table(("name", "number"), [list(person.values()) for person in left_out])


def _list_stops(store: Store, unmasked: bool, as_json: bool) -> None:
    with store.db.reading() as session:
        rows = repository.stops(session)
    shown = _shown(store, unmasked, "campaigns never", len(rows))
    found = [
        {"number": shown.number(row.number), "said_on": row.said_on, "at": row.at.isoformat()} for row in rows
    ]
    if as_json:
        print_json(found)
    elif not found:
        print("Nobody has said that campaigns must not call them.")
    else:
        tables.print_table(("number", "said on", "at"), [list(row.values()) for row in found])
