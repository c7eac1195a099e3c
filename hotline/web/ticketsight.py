"""Whose tickets somebody at the console sees and what they may do to one: decided here alone.

Rights say what somebody may do to tickets (:mod:`hotline.accounts.rights`); which tickets those are follows
from the same table: who may look at every call may look at every ticket, a technician's role may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy.orm import Session

from hotline.accounts import repository as staff
from hotline.accounts.rights import Holder, Scope
from hotline.accounts.usermodels import UserRow
from hotline.call.ports import TicketAction
from hotline.tickets import life, repository
from hotline.tickets.life import TicketState
from hotline.tickets.listing import Sight
from hotline.tickets.models import TicketRow
from hotline.tickets.repository import UnknownTicket

WORK = frozenset({TicketAction.ACCEPT, TicketAction.PASS_ON, TicketAction.ARRIVE, TicketAction.COMPLETE})
"""What is left to those who see only their own."""
_DECIDED: Mapping[TicketAction, frozenset[TicketState]] = MappingProxyType(
    {
        TicketAction.REOPEN: frozenset(TicketState),
        TicketAction.CLOSE: frozenset({TicketState.DONE}),
    }
)
"""What a supervisor decides (:attr:`Scope.TICKETS_SUPERVISE`): reopening, closing without a follow-up."""


def sees_all(holder: Holder) -> bool:
    """Whether every ticket of their estates is theirs to see."""
    return not holder.person or holder.may(Scope.CALLS_READ) or not holder.may(Scope.TICKETS_WRITE)


def sight_of(session: Session, holder: Holder, estate: str, name: str = "") -> Sight:
    """Return which tickets of an estate are theirs to see; ``name``: what colleagues call them."""
    if sees_all(holder):
        return Sight()
    member = staff.find(session, estate, holder.number) if holder.number else None
    names = (name, member.name if member is not None and member.active else "")
    return Sight(everything=False, names=tuple(dict.fromkeys(one for one in names if one)))


def name_of(session: Session, holder: Holder) -> str:
    """Return what colleagues call a person of the console; empty for a program."""
    row = session.get(UserRow, holder.name) if holder.person else None
    return row.name if row is not None else ""


def find(session: Session, number: str, estate: str, sight: Sight) -> TicketRow:
    """Return a ticket they see; raises :class:`UnknownTicket`, whether it is there or not."""
    row = repository.must_find(session, number)
    if row.estate != estate or not sight.sees(row):
        raise UnknownTicket(f"There is no ticket {number} that you may see.")
    return row


def shows(session: Session, number: str, estate: str, holder: Holder) -> bool:
    """Whether a ticket is theirs to see now: what happens to it is told to nobody else."""
    try:
        find(session, number, estate, sight_in(session, holder, estate))
    except UnknownTicket:
        return False
    return True


def sight_in(session: Session, holder: Holder, estate: str) -> Sight:
    """Return :func:`sight_of` for whoever asks over HTTP, whose name is looked up."""
    return sight_of(session, holder, estate, name_of(session, holder))


def decided_by_supervisor(action: TicketAction, state: TicketState) -> bool:
    """Whether an action in that state needs :attr:`Scope.TICKETS_SUPERVISE`."""
    return state in _DECIDED.get(action, ())


def may(holder: Holder, action: TicketAction, state: TicketState, sight: Sight) -> bool:
    """Whether the table of states and the role allow an action now."""
    if not holder.may(Scope.TICKETS_WRITE) or action not in life.allowed(state):
        return False
    if not sight.everything:
        return action in WORK
    return not decided_by_supervisor(action, state) or holder.may(Scope.TICKETS_SUPERVISE)


def allowed(holder: Holder, row: TicketRow, sight: Sight) -> tuple[TicketAction, ...]:
    """Return what they may do to a ticket now, in the order of its life."""
    return tuple(action for action in TicketAction if may(holder, action, row.state, sight))
