"""What pages ask of campaigns beyond their own slice: flows, bills and the directory are checked for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hotline.call.errors import Problem
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.notices import Notice
from hotline.campaigns.outlook import Outlook, Owing
from hotline.campaigns.repository import Added
from hotline.campaigns.states import CampaignKind
from hotline.fees.service import FeesBook


class CampaignWork(Protocol):
    """Makes campaigns, fills their lists, starts them. Everything blocks, and raises what is against it."""

    def flows(self, kind: CampaignKind) -> Sequence[str]:
        """Return the flows a campaign of a kind can say."""
        ...

    def policies(self) -> Sequence[str]:
        """Return how people may be called."""
        ...

    def questions(self, campaign: CampaignRow) -> Sequence[str]:
        """Return a survey's questions in their order."""
        ...

    def create(
        self, *, estate: str, name: str, kind: CampaignKind, flow: str, policy: str, by: str,
        begins_at: datetime | None = None, ends_at: datetime | None = None,
    ) -> CampaignRow:  # fmt: skip
        """Make a survey or reminder."""
        ...

    def create_notice(
        self, *, estate: str, name: str, notice: Notice, by: str, policy: str, flow: str = "announcement"
    ) -> CampaignRow:
        """Make a notice in recorded words."""
        ...

    def import_list(self, campaign: int, path: Path) -> tuple[Added, tuple[Problem, ...]]:
        """Put the people of a list on it."""
        ...

    def residents(
        self, campaign: int, *, share: float, kind: str | None, dry_run: bool
    ) -> tuple[int, int, Added]:
        """Put a share of the residents on it; returns how many of how many."""
        ...

    def neighbours(self, campaign: int, *, building: str = "", unit: str = "", everybody: bool) -> Added:
        """Put everybody of a building, a unit or the estate on it."""
        ...

    def unpaid(
        self, campaign: int, book: FeesBook, *, month: str = "", overdue: bool = True, dry_run: bool = False
    ) -> Owing:
        """Put whoever owes something on it."""
        ...

    def check(self, campaign: int) -> Outlook:
        """Return what starting would do."""
        ...

    def start(self, campaign: int, *, by: str) -> int:
        """Plan a call for everybody on it."""
        ...
