"""Tables of tickets. A ticket's number is its key: it is what people say and write down."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hotline.call.ports import TicketKind, Urgency
from hotline.db.base import Base, UtcDateTime, Word
from hotline.tickets.life import TicketState as TicketState


class Nature(StrEnum):
    """What a complaint is (DOMAIN section 4); all but the valid ones are communicative.

    A communicative one that is handled badly becomes valid.
    """

    VALID = "valid"
    """Poor service, wrong charges, failed maintenance."""
    ASKING_HELP = "asking_help"
    """求助"""
    ASKING_INFORMATION = "asking_information"
    """咨询"""
    VENTING = "venting"
    """发泄"""


class PartKind(StrEnum):
    """What a part of a ticket is."""

    CALL = "call"
    RECORDING = "recording"
    TRANSCRIPT = "transcript"
    NOTE = "note"
    PHOTO = "photo"
    FILE = "file"


class TicketRow(Base):
    """A ticket. Words of the caller are stretches of a recording, in seconds."""

    __tablename__ = "tickets"

    number: Mapped[str] = mapped_column(String, primary_key=True)
    """``YYYYMMDD`` of the estate's day, then the serial in at least four digits."""
    estate: Mapped[str] = mapped_column(String)
    day: Mapped[date] = mapped_column(Date)
    serial: Mapped[int]
    state: Mapped[TicketState] = mapped_column(Word(TicketState))
    kind: Mapped[TicketKind] = mapped_column(Word(TicketKind))
    topic: Mapped[str] = mapped_column(String)
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    complete: Mapped[bool]
    building: Mapped[str] = mapped_column(String)
    unit: Mapped[str] = mapped_column(String)
    room: Mapped[str] = mapped_column(String)
    place_note: Mapped[str] = mapped_column(String)
    caller_number: Mapped[str] = mapped_column(String)
    """Normalised, for comparing; the raw forms are what was dialled from and what was keyed in."""
    caller_number_raw: Mapped[str] = mapped_column(String)
    callback_number: Mapped[str] = mapped_column(String)
    callback_number_raw: Mapped[str] = mapped_column(String)
    caller_name: Mapped[str] = mapped_column(String)
    description: Mapped[str] = mapped_column(Text)
    words_recording: Mapped[str] = mapped_column(String)
    words_start: Mapped[float | None]
    words_end: Mapped[float | None]
    name_recording: Mapped[str] = mapped_column(String)
    name_start: Mapped[float | None]
    name_end: Mapped[float | None]
    call: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the leg it was filed in; empty for a ticket filed without a call."""
    language: Mapped[str] = mapped_column(String)
    assignee: Mapped[str] = mapped_column(String)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    respond_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    responded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Closed or cancelled."""

    owner: Mapped[str] = mapped_column(String, server_default=text("''"))
    """First-responder rule 首问责任制: keeps the case until the caller is satisfied, whoever does the
    work. Empty: the hotline, until a person takes the first contact."""
    department: Mapped[str] = mapped_column(String, server_default=text("''"))
    fault: Mapped[str] = mapped_column(String, server_default=text("''"))
    """Fault class of a repair, as ``sla.yaml`` names it: ``shared_lift``, ``lighting`` …"""
    nature: Mapped[Nature | None] = mapped_column(Word(Nature))
    accused: Mapped[str] = mapped_column(String, server_default=text("''"))
    """The complained-about person, who never handles their own complaint."""
    promised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """By when the caller was promised to be served."""
    postponed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the promise was postponed; a matter is postponed once only."""
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    feedback_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the caller was told how the matter stands."""
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    followed_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    satisfaction: Mapped[int | None]
    """1 to 5, the caller's answer in the last follow-up."""
    round: Mapped[int] = mapped_column(server_default="0")
    """Counts up when the limits begin anew: reopened, or found to be more urgent. Instants from
    ``responded_at`` on are those of the round; earlier ones are in the history."""
    round_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the round began; ``None``: at ``opened_at``."""
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The earliest limit still to be met: what is overdue is found by it."""
    limits_of: Mapped[str | None] = mapped_column(String, server_default=text("''"))
    """Policy and day the limits were worked out by; empty: to be done, ``None``: nothing to watch."""

    __table_args__ = (
        UniqueConstraint("day", "serial"),
        Index(None, "estate", "opened_at"),
        Index(None, "estate", "state"),
        Index(None, "estate", "serial"),
        Index(None, "estate", "room"),
        Index(None, "estate", "department"),
        Index(None, "call"),
        Index(None, "words_recording"),
        Index(None, "estate", "caller_number"),
        Index(None, "estate", "callback_number"),
        Index(None, "next_due_at"),
        Index(None, "limits_of"),
    )


class TicketHistoryRow(Base):
    """One change or remark: who, when, what, why."""

    __tablename__ = "ticket_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    who: Mapped[str] = mapped_column(String)
    """``hotline`` for the machine, else a person."""
    event: Mapped[str] = mapped_column(String)
    """``registered``, ``described``, ``acknowledged``, ``remark`` …"""
    detail: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String, server_default=text("''"))
    """State of the ticket from then on; empty in lines older than the column."""

    __table_args__ = (Index(None, "number", "at"), Index(None, "estate", "at"))


class TicketPartRow(Base):
    """Something that belongs to a ticket: a call, words in a recording, a note, a photo, a file."""

    __tablename__ = "ticket_parts"

    id: Mapped[int] = mapped_column(primary_key=True)
    estate: Mapped[str] = mapped_column(String)
    number: Mapped[str] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"))
    kind: Mapped[PartKind] = mapped_column(Word(PartKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String)
    text: Mapped[str] = mapped_column(Text)
    """A note; the words of a stretch, from its transcript; what is said about the other kinds."""
    recording: Mapped[str] = mapped_column(String)
    """``uniqueid`` of the leg (call, recording, transcript); the words are from ``start`` to ``end``."""
    start: Mapped[float | None]
    end: Mapped[float | None]
    name: Mapped[str] = mapped_column(String)
    """The file's own name; what a stretch is: an instruction, what was done."""
    path: Mapped[str] = mapped_column(String)
    """Where the file lies below the data folder."""
    sha256: Mapped[str] = mapped_column(String)
    bytes: Mapped[int | None]
    media_type: Mapped[str] = mapped_column(String)

    __table_args__ = (Index(None, "number", "at"),)


class TicketLimitRow(Base):
    """A time limit of a ticket, as it was last worked out from the policy."""

    __tablename__ = "ticket_limits"

    number: Mapped[str] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    """``first_response``, ``on_site``, ``feedback``, ``solved``, ``promised``."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """``None`` while it stands still."""
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_fire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The next warning or breach; a tick reads only what is due by it."""

    __table_args__ = (Index(None, "next_fire_at"), Index(None, "due_at"))


class TicketFiringRow(Base):
    """A warning or breach that was told, written with its event: its key is what makes it happen once."""

    __tablename__ = "ticket_firings"

    number: Mapped[str] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String, primary_key=True)
    percent: Mapped[int] = mapped_column(primary_key=True)
    """50, 80 …; 100 is the breach."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketCounterRow(Base):
    """The last serial given on a day. One counter for all estates: a number names one ticket only."""

    __tablename__ = "ticket_counters"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int]
