"""Which action moves a card from one column to another: the table of states, read the other way. Pure."""

from __future__ import annotations

from hotline.call.ports import TicketAction
from hotline.tickets.life import ENDED, TRANSITIONS, Hands, TicketState, next_state

COLUMNS = tuple(state for state in TicketState if state not in ENDED)
"""States the board shows, in the order of a ticket's life."""
_PREFERRED = (TicketAction.ASSIGN, TicketAction.ACCEPT)


def actions_to(begin: TicketState, end: TicketState) -> tuple[TicketAction, ...]:
    """Return the actions that can lead from ``begin`` to ``end``, the usual one first; none: no such step."""
    found = [
        action
        for action in TRANSITIONS[begin]
        if any(next_state(begin, action, hands) is end for hands in Hands)
    ]
    return tuple(sorted(found, key=lambda action: action not in _PREFERRED))
