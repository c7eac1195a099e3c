"""通知: everybody of a building, block or list hears that the water is cut off, and says so by key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from hotline.campaigns import repository
from hotline.campaigns.calls import CampaignCalls
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import CampaignKind, PersonState
from hotline.campaigns.tasks import Tasks
from hotline.outbound.kinds import Report, Verdict

UNDERSTOOD, HUMAN, CALL_BACK = "understood", "human_reached", "call_back"
REPORTS = frozenset({UNDERSTOOD, HUMAN, CALL_BACK})
TOPICS = ("water", "power", "heating", "gas", "lift", "holiday", "other")
"""What a notice may be about in words that are recorded already: prompts ``announce_<topic>``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is said. Times are those of the matter itself, not of the calls."""

    topic: str = ""
    """One of :data:`TOPICS`; empty: the recording says it all."""
    prompt: str = ""
    """Id of the administrator's recording; empty: there is none."""
    begins: datetime | None = None
    ends: datetime | None = None

    @property
    def deadline(self) -> datetime | None:
        """Nobody is told of it afterwards: its end, or else its beginning."""
        return self.ends or self.begins

    def as_kept(self) -> dict[str, str]:
        """Return the facts of the campaign."""
        found = {
            "topic": self.topic,
            "prompt": self.prompt,
            "begins": _text(self.begins),
            "ends": _text(self.ends),
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def of(cls, campaign: CampaignRow) -> Notice:
        """Return what :meth:`as_kept` made."""
        facts = campaign.facts
        return cls(
            topic=facts.get("topic", ""), prompt=facts.get("prompt", ""),
            begins=_instant(facts.get("begins")), ends=_instant(facts.get("ends")),
        )  # fmt: skip


class NoticeCalls(CampaignCalls):
    """The kind of calls that tell people something."""

    kind: ClassVar[CampaignKind] = CampaignKind.NOTICE

    def __init__(self, tasks: Tasks) -> None:
        """``tasks``: who wants to talk to somebody and reaches nobody is called back."""
        self._tasks = tasks

    def about(self, campaign: CampaignRow) -> dict[str, Any]:
        """Return what is said, as slots of the flow."""
        notice = Notice.of(campaign)
        slots = {
            "notice.topic": f"announce_{notice.topic}" if notice.topic else "",
            "notice.text": notice.prompt,
            "notice.begins": notice.begins,
            "notice.ends": notice.ends,
        }
        return {name: value for name, value in slots.items() if value}

    def said(
        self, session: Session, campaign: CampaignRow, person: PersonRow, report: Report, now: datetime
    ) -> Verdict:
        """1: understood. 9: somebody talked to them, or calls back."""
        if report.outcome not in REPORTS:
            return Verdict.NOTED
        if report.outcome == CALL_BACK:
            note = "asked for a human about a notice: call back"
            self._tasks.file(session, campaign, person, note, now=now, leg=report.leg)
        repository.settle(session, person, PersonState.FINISHED, now=now, result=report.outcome)
        return Verdict.DONE


def with_old_recordings(session: Session, before: datetime) -> list[CampaignRow]:
    """Return notices that were over before an instant and still have the administrator's recording."""
    query = select(CampaignRow).where(
        CampaignRow.kind == CampaignKind.NOTICE,
        or_(CampaignRow.ended_at < before, CampaignRow.ends_at < before),
    )
    return [row for row in session.scalars(query) if Notice.of(row).prompt]


def without_recording(row: CampaignRow) -> None:
    """Note that the recording is deleted."""
    row.facts = {name: value for name, value in row.facts.items() if name != "prompt"}


def _text(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
