"""What campaigns refuse, in a sentence that names the campaign and the remedy."""

from __future__ import annotations

from hotline.call.errors import HotlineError


class CampaignRefused(HotlineError):
    """The campaign's state, or its settings, do not allow this. Nothing was changed."""

    code = "campaign-refused"


class UnknownCampaign(HotlineError):
    """There is no campaign of that name."""

    code = "unknown-campaign"
