"""``hotline notices``: 通知 – tell everybody of a building, a unit or a list, and see who was reached."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from hotline.campaigns.notices import TOPICS, Notice
from hotline.campaigns.states import CampaignKind
from hotline.cli import campaign_results, campaigns, tables
from hotline.cli.campaigns import NameArgument
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, plain_errors, print_json
from hotline.cli.personal import UnmaskedOption
from hotline.cli.recordings import Recordings
from hotline.cli.store import opened
from hotline.cli.tables import EstateOption

app = typer.Typer(
    help="Notices to everybody of a building, a unit or a list: water or power cut, holiday hours.",
    no_args_is_help=True,
)
for _name, _command in (
    ("import", campaigns.import_), ("check", campaigns.check), ("start", campaigns.start),
    ("pause", campaigns.pause), ("resume", campaigns.resume), ("stop", campaigns.stop),
    ("show", campaign_results.show), ("export", campaign_results.export),
):  # fmt: skip
    app.command(_name)(_command)

WavOption = Annotated[Path | None, typer.Option(metavar="FILE", help="Recording of what is said.")]
TextOption = Annotated[str | None, typer.Option(help="Text that a voice speaks (needs a voice model).")]
WhenOption = Annotated[str | None, typer.Option(metavar="WHEN", help="2026-12-05 09:00")]


@app.command("list")
def list_notices(
    home: HomeOption = DEFAULT_HOME, estate: EstateOption = None, as_json: JsonOption = False
) -> None:
    """List notices, the newest first."""
    campaign_results.list_of(CampaignKind.NOTICE, home, estate, as_json)


@app.command()
def create(
    name: NameArgument,
    about: Annotated[
        str, typer.Option("--about", help=f"In words that are recorded: {', '.join(TOPICS)}.")
    ] = "",
    begins: WhenOption = None,
    ends: WhenOption = None,
    wav_zh: WavOption = None,
    wav_en: WavOption = None,
    text_zh: TextOption = None,
    text_en: TextOption = None,
    urgent: Annotated[bool, typer.Option("--urgent", help="At any hour, not in decent ones only.")] = False,
    policy: Annotated[str, typer.Option("--policy", help="A policy of outbound.yaml.")] = "",
    flow: Annotated[str, typer.Option("--flow", help="What is said around it.")] = "announcement",
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a notice; nobody is called until it has people and is started.

    --begins and --ends are those of the matter itself: nobody is told of it once it is over.
    """
    with plain_errors(), opened(home) as store:
        now = store.db.clock.now()
        policy = policy or ("announcement_urgent" if urgent else "announcement")
        begins_at = tables.instant(begins, zone=store.zone, now=now)
        ends_at = tables.instant(ends, zone=store.zone, now=now)
        notice, work = Notice(topic=about, begins=begins_at, ends=ends_at), campaigns.campaigning(store)
        work.check_notice(notice, policy=policy, flow=flow)
        sounds = Recordings(
            store.home, {"zh": wav_zh, "en": wav_en}, {"zh": text_zh or "", "en": text_en or ""}
        )
        sounds.check(said_otherwise=bool(about))
        wanted = store.estate(estate) or store.settings.estates[0].id
        with sounds.made() as put, store.db.transaction() as session:
            row = work.file_notice(
                session, estate=wanted, name=name, notice=notice, by=getpass.getuser(), policy=policy,
                flow=flow,
            )  # fmt: skip
            row.facts = replace(notice, prompt=put(f"notice_{row.id}")).as_kept()
    if as_json:
        print_json(campaign_results.fields(row))
        return
    print(f'Created: {name}. `hotline notices to "{name}" --building 3` puts people on its list.')


@app.command()
def to(
    name: NameArgument,
    building: Annotated[str, typer.Option("--building", help="Only this building.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="Only this unit of it.")] = "",
    everybody: Annotated[bool, typer.Option("--everybody", help="Everybody of the estate.")] = False,
    home: HomeOption = DEFAULT_HOME,
    estate: EstateOption = None,
    unmasked: UnmaskedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put everybody of a building, a unit or the estate on the list; each telephone is called once."""
    with plain_errors(), opened(home) as store:
        campaign = campaigns.found(store, name, estate, CampaignKind.NOTICE)
        added = campaigns.campaigning(store).neighbours(
            campaign.id, building=building, unit=unit, everybody=everybody
        )
        shown = campaigns.shown_people(store, unmasked, "notices to", len(added.left_out))
    campaigns.tell_added(added, shown, as_json=as_json)
