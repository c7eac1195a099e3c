"""``hotline reminders``: 催费 – call those whose rooms owe something, until they pay, promise or object."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hotline.app import callees
from hotline.app.bills import open_fees
from hotline.campaigns.states import CampaignKind
from hotline.cli import campaign_results, campaigns, tables
from hotline.cli.campaigns import NameArgument
from hotline.cli.feebook import month_of
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption

app = typer.Typer(
    help="Fee reminders: from the unpaid list, in decent hours, never after payment or “stop”.",
    no_args_is_help=True,
)
for _name, _command in (
    ("import", campaigns.import_),
    ("check", campaigns.check), ("start", campaigns.start), ("pause", campaigns.pause),
    ("resume", campaigns.resume), ("stop", campaigns.stop), ("never", campaigns.never),
    ("show", campaign_results.show), ("export", campaign_results.export),
):  # fmt: skip
    app.command(_name)(_command)

_WHY = {
    "promised": "have promised a day that is still to come",
    "promise_just_broken": "broke a promise within the hour",
    callees.OPEN_CASE: "have a dispute, payment or visit that is still seen to",
    callees.ELSEWHERE: "are called about by another campaign just now",
}


@app.command("list")
def list_reminders(
    home: HomeOption = DEFAULT_HOME, estate: EstateOption = None, as_json: JsonOption = False
) -> None:
    """List reminder campaigns, the newest first."""
    campaign_results.list_of(CampaignKind.REMINDER, home, estate, as_json)


@app.command()
def create(
    name: NameArgument,
    flow: Annotated[str, typer.Option("--flow", help="What is said.")] = "reminder",
    policy: Annotated[str, typer.Option("--policy", help="A policy of outbound.yaml.")] = "reminder",
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
        row = campaigns.campaigning(store).create(
            estate=wanted, name=name, kind=CampaignKind.REMINDER, flow=flow, policy=policy,
            by=getpass.getuser(), begins_at=begins_at, ends_at=ends_at,
        )  # fmt: skip
    if as_json:
        print_json(campaign_results.fields(row))
        return
    print(f'Created: {name}. `hotline reminders from-unpaid "{name}"` puts those who owe something on it.')


@app.command("from-unpaid")
def from_unpaid(
    name: NameArgument,
    month: Annotated[str | None, typer.Option("--month", help="Only bills of this month: 2026-10.")] = None,
    not_due_yet: Annotated[
        bool, typer.Option("--not-due-yet", help="Also bills whose due day has not passed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whom it would be.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put one person on the list for every room that owes something: its owner, else who lives there.

    Left out, and told: who has promised a day to come, whose dispute or visit is still seen to, who said
    that they must not be called, and rooms nobody of which has a telephone.
    """
    with plain_errors(), opened(home) as store:
        campaign = campaigns.found(store, name, estate, CampaignKind.REMINDER)
        book = open_fees(store.home, store.settings, store.db, store.db.clock)
        owing = campaigns.campaigning(store).unpaid(
            campaign.id, book, month=month_of(month) if month else "", overdue=not not_due_yet,
            dry_run=dry_run,
        )  # fmt: skip
        added = owing.added
        shown = campaigns.shown_people(store, unmasked, "reminders from-unpaid", len(added.left_out))
    others = {"no_telephone": [str(place) for place in owing.unreachable], **owing.left_out}
    if dry_run and not as_json:
        print(f"{added.new} people would be on the list.")
    else:
        campaigns.tell_added(added, shown, as_json=as_json, also=others)
    if not as_json:
        _tell_others(others)


def _tell_others(others: Mapping[str, Any]) -> None:
    for why, rooms in others.items():
        if why == "no_telephone" and rooms:
            print(f"{len(rooms)} rooms have nobody with a telephone: {', '.join(rooms)}")
        elif why in _WHY:
            print(f"{rooms} rooms {_WHY[why]}.")
