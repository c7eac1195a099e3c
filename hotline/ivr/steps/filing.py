"""Filing what the slots hold as a ticket: shared by ``ticket``, ``message`` and ``transfer``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hotline.call.ports import NewTicket, TicketKind, TicketSummary, Urgency
from hotline.ivr import events
from hotline.ivr.commands import OpenTicket
from hotline.ivr.intake import noting, of_ticket, ticket_of
from hotline.ivr.steps.base import Section, Turn
from hotline.ivr.steps.refs import WindowRef

if TYPE_CHECKING:
    from hotline.ivr.talk import Talk


class Filing(Section):
    """What a step says of the ticket; everything else comes from the slots."""

    kind: TicketKind | None = None
    topic: str | None = None
    urgency: Urgency | None = None
    due_window: WindowRef | None = None
    """Due when this window next opens."""
    complete: bool = True
    note: str = ""
    """For the ticket's history: why it is as it is."""


def file_ticket(talk: Talk, filing: Filing) -> Turn[TicketSummary | None]:
    """Commit a ticket; ``None`` when it could not be filed (the draft then stays for later)."""
    return settled(talk, (yield from talk.request(opening(talk, filing))))


def opening(talk: Talk, filing: Filing) -> OpenTicket:
    """Return the request that commits the ticket; its result belongs to :func:`settled`."""
    ticket = _new_ticket(talk, filing)
    return OpenTicket(request=talk.number(), ticket=ticket, due_window=filing.due_window or "")


def settled(talk: Talk, result: events.Result) -> TicketSummary | None:
    """Take up what came of :func:`opening`: the ticket holds everything said so far."""
    if not isinstance(result, events.Found) or not isinstance(result.value, TicketSummary):
        return None
    summary = result.value
    talk.slots = of_ticket(talk.slots, summary)
    talk.filed(summary.number)
    if talk.outcome not in ("emergency", "transferred"):
        talk.outcome = "message" if summary.kind is TicketKind.MESSAGE else "ticket"
    return summary


def _new_ticket(talk: Talk, filing: Filing) -> NewTicket:
    ticket = ticket_of(talk.facts, talk.slots, language=talk.language)
    remarks = talk.alarm.remarks if talk.in_emergency else ()
    return replace(
        ticket,
        kind=filing.kind or ticket.kind,
        topic=filing.topic if filing.topic is not None else ticket.topic,
        urgency=filing.urgency or ticket.urgency,
        complete=filing.complete,
        note=noting(talk.slots, filing.note, *remarks),
    )
