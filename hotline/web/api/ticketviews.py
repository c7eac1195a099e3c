"""Tickets as answers have them. Callers are masked; who works here is not: colleagues ask them."""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy.orm import Session

from hotline.call.ports import TicketKind, Urgency
from hotline.tickets import life, parts, repository
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.models import Nature, PartKind, TicketHistoryRow, TicketPartRow, TicketRow, TicketState
from hotline.web.api.shapes import Moment, Out, instant, moment
from hotline.web.masks import Masks


class TicketOut(Out):
    """A ticket."""

    number: Annotated[str, Field(examples=["202611230001"])]
    estate: str
    state: TicketState
    kind: TicketKind
    topic: str
    urgency: Urgency
    complete: Annotated[bool, Field(description="False: the caller is to be called back for the rest.")]
    place: Annotated[str, Field(examples=["3-2-602"])]
    caller_name: str
    caller_number: str
    callback_number: str
    description: str
    assignee: str
    owner: Annotated[str, Field(description="Who has the case until the caller is satisfied.")]
    department: str
    fault: str
    nature: Nature | None
    accused: str
    language: str
    call: Annotated[str, Field(description="The leg it was filed in; empty: without a call.")]
    opened_at: Moment
    due_at: Moment | None
    respond_by: Moment | None
    responded_at: Moment | None
    promised_at: Moment | None
    postponed_at: Moment | None
    accepted_at: Moment | None
    arrived_at: Moment | None
    feedback_at: Moment | None
    done_at: Moment | None
    followed_up_at: Moment | None
    closed_at: Moment | None
    next_due_at: Annotated[Moment | None, Field(description="The earliest limit still to be met.")]
    satisfaction: int | None
    round: int


class ChangeOut(Out):
    """A line of a ticket's history."""

    at: Moment
    who: str
    event: Annotated[str, Field(examples=["assigned"])]
    detail: str
    state: str


class LimitOut(Out):
    """A time limit."""

    name: Annotated[str, Field(examples=["on_site"])]
    round: int
    started_at: Moment
    due_at: Annotated[Moment | None, Field(description="Null while it stands still.")]
    met_at: Moment | None


class PartOut(Out):
    """Something that belongs to a ticket."""

    number: Annotated[str, Field(description="Of the part; `/tickets/…/parts/NUMBER/file` is its file.")]
    kind: PartKind
    at: Moment
    by: str
    text: str
    recording: str
    start: float | None
    end: float | None
    name: str
    sha256: str
    bytes: int | None
    media_type: str


class WholeTicketOut(TicketOut):
    """A ticket with everything that belongs to it."""

    allowed: Annotated[list[str], Field(description="Actions its state allows.", examples=[["assign"]])]
    history: list[ChangeOut]
    limits: list[LimitOut]
    parts: list[PartOut]


_SAME = (
    "number", "estate", "state", "kind", "topic", "urgency", "complete", "assignee", "department", "fault",
    "nature", "language", "call", "satisfaction", "round",
)  # fmt: skip
_INSTANTS = (
    "due_at", "respond_by", "responded_at", "promised_at", "postponed_at", "accepted_at", "arrived_at",
    "feedback_at", "done_at", "followed_up_at", "closed_at", "next_due_at",
)  # fmt: skip


def ticket(row: TicketRow, zone: ZoneInfo, masks: Masks) -> TicketOut:
    """Return a ticket."""
    return TicketOut(**_facts(row, zone, masks))


def whole(session: Session, row: TicketRow, zone: ZoneInfo, masks: Masks) -> WholeTicketOut:
    """Return a ticket with history, limits and parts."""
    return WholeTicketOut(
        **_facts(row, zone, masks),
        allowed=sorted(life.allowed(row.state)),
        history=[_change(line, zone, masks) for line in repository.history(session, row.number)],
        limits=[
            LimitOut(
                name=line.name, round=line.round, started_at=instant(line.started_at, zone),
                due_at=moment(line.due_at, zone), met_at=moment(line.met_at, zone),
            )
            for line in repository.limits(session, row.number)
        ],
        parts=[part(one, zone, masks) for one in parts.of(session, row.number)],
    )  # fmt: skip


def part(row: TicketPartRow, zone: ZoneInfo, masks: Masks) -> PartOut:
    """Return a part of a ticket."""
    same = ("kind", "recording", "start", "end", "sha256", "bytes", "media_type")
    return PartOut(
        **{name: getattr(row, name) for name in same}, number=str(row.id), at=instant(row.at, zone),
        by=row.by, text=masks.text(row.text), name=masks.text(row.name),
    )  # fmt: skip


def _change(line: TicketHistoryRow, zone: ZoneInfo, masks: Masks) -> ChangeOut:
    return ChangeOut(
        at=instant(line.at, zone), who=line.who, event=line.event,
        detail=masks.text(line.detail), state=line.state,
    )  # fmt: skip


def _facts(row: TicketRow, zone: ZoneInfo, masks: Masks) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in _SAME},
        **{name: moment(getattr(row, name), zone) for name in _INSTANTS},
        "opened_at": instant(row.opened_at, zone),
        "place": str(masks.place(repository.summary(row).place)),
        "owner": row.owner or HOTLINE,
        "accused": masks.name(row.accused),
        "caller_name": masks.name(row.caller_name),
        "caller_number": masks.number(row.caller_number, row.caller_number_raw),
        "callback_number": masks.number(row.callback_number, row.callback_number_raw),
        "description": masks.text(row.description),
    }
