"""Who messages are for: where accounts, residents, the rosters and the directory meet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.accounts import repository as accounts
from hotline.app.callees import owners
from hotline.app.reach import Reach
from hotline.call.ports import Place
from hotline.duty.service import DutyBook
from hotline.enquiries import departments
from hotline.enquiries.service import Enquiries
from hotline.messages.service import Addressee
from hotline.residents import rooms
from hotline.tickets.rules import same_person


class House:
    """See :class:`hotline.messages.service.House`."""

    def __init__(self, duty: Mapping[str, DutyBook], enquiries: Enquiries | None = None) -> None:
        """``duty``: the duty books by estate; ``enquiries``: the directory, for its departments."""
        self._duty = duty
        self._enquiries = enquiries
        self._reach = Reach(duty)

    def room(self, session: Session, estate: str, place: Place) -> Addressee | None:
        """Return how a room is reached: its telephone, else the first number of who lives there."""
        row = rooms.find(session, estate, place)
        if row is None:
            return None
        first = None if row.address else next(iter(owners(session, estate, row.place)), None)
        return Addressee(to=row.address if first is None else first.number)

    def staff(self, session: Session, estate: str, number: str, at: datetime) -> Addressee | None:
        """Return how a member of staff is reached, and until when they are on duty."""
        row = accounts.find(session, estate, number)
        if row is None or not row.active:
            return None
        to = row.telephone or self._reach.telephone(session, estate, row.name)
        return Addressee(to=to, name=row.name, duty_until=self._duty_until(estate, row.name, at))

    def department(self, estate: str, wanted: str, at: datetime) -> Addressee | None:
        """Return how a department is reached."""
        if self._enquiries is None:
            return None
        found = departments.named(self._enquiries, estate, wanted)
        return None if found is None else Addressee(to=found.number, name=found.names[0])

    def _duty_until(self, estate: str, name: str, at: datetime) -> datetime | None:
        """The end of the last turn somebody has now. Plain lists of people are no turns: they never end."""
        book = self._duty.get(estate)
        if book is None:
            return None
        turns = (turn for roster in book.rosters for turn in book.responsible(roster, at))
        ends = [
            turn.end
            for turn in turns
            if turn.shift and not turn.after and same_person(turn.contact.name, name)
        ]
        return max(ends, default=None)
