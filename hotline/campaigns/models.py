"""Tables of campaigns: whom to call, what they answered, and who is never called again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.campaigns.states import CampaignKind, CampaignState, PersonState
from hotline.db.base import Base, Json, UtcDateTime, Word


class CampaignRow(Base):
    """One round of calls over a list of people."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    name: Mapped[str] = mapped_column(String)
    kind: Mapped[CampaignKind] = mapped_column(
        Word(CampaignKind), default=CampaignKind.SURVEY, server_default=text("'survey'")
    )
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default=text("'{}'"))
    """What it is about: a notice's prompts and times."""
    flow: Mapped[str] = mapped_column(String)
    """What is said: ``config/menus/outbound/<flow>.yaml``."""
    policy: Mapped[str] = mapped_column(String)
    """How often and when people are called: a policy of ``outbound.yaml``."""
    state: Mapped[CampaignState] = mapped_column(Word(CampaignState))
    created_by: Mapped[str] = mapped_column(String)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begins_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nobody is called before; ``None``: from the start on."""
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nobody is called from then on."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("estate", "name"),)


class PersonRow(Base):
    """Somebody on a campaign's list; a telephone is rung once about one thing, however often it is listed."""

    __tablename__ = "campaign_people"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(String)
    """Normalised; a SIP address as it is."""
    raw: Mapped[str] = mapped_column(String)
    """As it was written: what is dialled."""
    name: Mapped[str] = mapped_column(String)
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    about: Mapped[str] = mapped_column(String, default="", server_default=text("''"))
    """What they are called about where that is not the same for everybody: a room that owes something."""
    state: Mapped[PersonState] = mapped_column(Word(PersonState))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was clear that nobody calls them (again)."""
    result: Mapped[str] = mapped_column(String, default="", server_default=text("''"))
    """What came of the call: ``promised``, ``dispute``, ``understood`` …; surveys have answers instead."""
    ticket: Mapped[str] = mapped_column(String, default="", server_default=text("''"))
    """Number of the ticket that was filed about it."""

    __table_args__ = (
        UniqueConstraint("campaign", "number", "about"),
        Index(None, "number"),
        Index(None, "about"),
        Index(None, "campaign", "state"),
    )

    @property
    def place(self) -> str:
        """``3-2-602``; parts that are not known are left out."""
        return "-".join(part for part in (self.building, self.unit, self.room) if part)


class AnswerRow(Base):
    """One answer of one person; asked again, the later answer counts."""

    __tablename__ = "campaign_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    person: Mapped[int] = mapped_column(ForeignKey("campaign_people.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(String)
    """The word the flow reports it ``as``."""
    value: Mapped[str] = mapped_column(String)
    recording: Mapped[str] = mapped_column(String)
    """Leg of the recording with the person's own words; empty when they pressed a key."""
    words_start: Mapped[float | None]
    """Seconds into the recording."""
    words_end: Mapped[float | None]
    leg: Mapped[str] = mapped_column(String)
    """Call in which it was given."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("person", "question"), Index(None, "campaign", "question"))


class StopRow(Base):
    """A number that no campaign calls any more; stays when the campaign is deleted."""

    __tablename__ = "campaign_stops"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    said_on: Mapped[str] = mapped_column(String)
    """Name of the campaign on whose call it was said; who noted it otherwise."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
