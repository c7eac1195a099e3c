"""What starting a campaign would do, in lines to read."""

from __future__ import annotations

from collections.abc import Sequence

from hotline.app import campaignchecks
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.outlook import Outlook
from hotline.cli import tables
from hotline.cli.store import Store


def lines(store: Store, campaign: CampaignRow, outlook: Outlook) -> Sequence[str]:
    """Return a line each."""
    zone = campaignchecks.zone_of(store, campaign.estate)
    asked = ", ".join(outlook.questions)
    found = [
        f"{campaign.name} ({campaign.state.value}): flow {campaign.flow}"
        + (f" asks {asked}." if asked else "."),
        f"{outlook.people} people would be planned; {outlook.left_out} must not be called.",
        "Attempts for somebody who does not answer: "
        + ", ".join(tables.local(at, zone) for at in outlook.times),
    ]
    if campaign.ends_at is not None:
        found.append(f"Nobody is called after {tables.local(campaign.ends_at, zone)}.")
    return found
