"""What people ask of the list of tickets: fields of a form as one search, for page, board and file alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from hotline.call.ports import TicketKind, Urgency
from hotline.tickets import listing
from hotline.tickets.life import TicketState
from hotline.tickets.listing import Sight, TicketSearch
from hotline.web.callsearch import LONGEST, place_of, span
from hotline.web.masks import Masks

OPEN, EVERY = "", "all"
"""Of the field ``state``: what is neither closed nor cancelled; everything."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of the form, as they were typed; also the query of the list's address."""

    state: str = OPEN
    """:data:`OPEN`, :data:`EVERY` or one state."""
    kind: str = ""
    urgency: str = ""
    department: str = ""
    building: str = ""
    room: str = ""
    owner: str = ""
    assignee: str = ""
    late: str = ""
    incomplete: str = ""
    since: str = ""
    until: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Take from an address what is asked; the rest is somebody else's."""
        return cls(**{one.name: query.get(one.name, "").strip()[:LONGEST] for one in fields(cls)})

    def query(self) -> dict[str, str]:
        """Return what is asked, for an address."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name))}

    @property
    def seldom(self) -> bool:
        """Whether something is asked that stands among the further fields."""
        asked = (self.since, self.until, self.owner, self.assignee, self.incomplete, self.room, self.urgency)
        return any(asked)


def search_of(
    asked: Asked, session: Session, estate: str, zone: ZoneInfo, sight: Sight, now: datetime, masks: Masks
) -> TicketSearch:
    """Return the search; raises :class:`~hotline.web.callsearch.BadAsked` naming the field.

    Who sees telephone numbers masked finds no ticket by the digits that are hidden in its words.
    """
    since, until = span(asked.since, asked.until, zone)
    place = place_of(asked.room) if asked.room else None
    search = TicketSearch(
        estate=estate, sight=sight, since=since, until=until,
        state=TicketState(asked.state) if asked.state in set(TicketState) else None,
        open_only=asked.state == OPEN,
        kind=TicketKind(asked.kind) if asked.kind in set(TicketKind) else None,
        urgency=Urgency(asked.urgency) if asked.urgency in set(Urgency) else None,
        department=asked.department, building=asked.building or (place.building if place else ""),
        room=place.room if place else "", owner=asked.owner, assignee=asked.assignee,
        late_at=now if asked.late else None, incomplete=bool(asked.incomplete), text=asked.text,
    )  # fmt: skip
    return search if masks.unmasked else listing.sifted(session, search)
