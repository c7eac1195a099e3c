"""The life of a ticket: which action its state allows, in one table (DOMAIN section 4). Pure.

Registered, assigned 派单, accepted 签领, on site 到场, done 完成, followed up 回访, closed; also postponed,
cancelled and reopened.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from hotline.call.errors import TicketRefused
from hotline.call.ports import TicketAction


class TicketState(StrEnum):
    """States of DOMAIN section 4."""

    REGISTERED = "registered"
    ASSIGNED = "assigned"
    """派单"""
    ACCEPTED = "accepted"
    """签领"""
    ON_SITE = "on_site"
    """到场"""
    DONE = "done"
    FOLLOWED_UP = "followed_up"
    """回访"""
    CLOSED = "closed"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    REOPENED = "reopened"


class Hands(StrEnum):
    """In whose hands a ticket is after an action; tells where it stands when it goes on from there."""

    NOBODY = "nobody"
    GIVEN = "given"
    """Assigned to somebody who has not accepted yet."""
    TAKEN = "taken"
    """Accepted by its assignee."""


BY_HANDS: Mapping[Hands, TicketState] = MappingProxyType(
    {
        Hands.NOBODY: TicketState.REGISTERED,
        Hands.GIVEN: TicketState.ASSIGNED,
        Hands.TAKEN: TicketState.ACCEPTED,
    }
)
"""Where a ticket stands that was passed on or resumed."""

_S, _A = TicketState, TicketAction
_Cell = TicketState | None
_BY_HANDS: _Cell = None
"""A cell of the table whose state is that of :data:`BY_HANDS`."""

_BEFORE_WORK: Mapping[TicketAction, _Cell] = {
    _A.ASSIGN: _S.ASSIGNED,
    _A.ACCEPT: _S.ACCEPTED,
    _A.POSTPONE: _S.POSTPONED,
    _A.CANCEL: _S.CANCELLED,
}
TRANSITIONS: Mapping[TicketState, Mapping[TicketAction, _Cell]] = MappingProxyType(
    {
        _S.REGISTERED: _BEFORE_WORK,
        _S.ASSIGNED: {**_BEFORE_WORK, _A.PASS_ON: _BY_HANDS},
        _S.REOPENED: {**_BEFORE_WORK, _A.PASS_ON: _BY_HANDS},
        _S.ACCEPTED: {
            _A.ASSIGN: _S.ASSIGNED,
            _A.PASS_ON: _BY_HANDS,
            _A.ARRIVE: _S.ON_SITE,
            _A.COMPLETE: _S.DONE,
            _A.POSTPONE: _S.POSTPONED,
            _A.CANCEL: _S.CANCELLED,
        },
        _S.ON_SITE: {
            _A.PASS_ON: _BY_HANDS,
            _A.COMPLETE: _S.DONE,
            _A.POSTPONE: _S.POSTPONED,
            _A.CANCEL: _S.CANCELLED,
        },
        _S.POSTPONED: {_A.RESUME: _BY_HANDS, _A.CANCEL: _S.CANCELLED},
        _S.DONE: {_A.FOLLOW_UP: _S.FOLLOWED_UP, _A.CLOSE: _S.CLOSED, _A.REOPEN: _S.REOPENED},
        _S.FOLLOWED_UP: {_A.CLOSE: _S.CLOSED, _A.REOPEN: _S.REOPENED},
        _S.CLOSED: {_A.REOPEN: _S.REOPENED},
        _S.CANCELLED: {_A.REOPEN: _S.REOPENED},
    }
)
"""The table: state × action → state; ``None`` means by hands. What is not in it is refused."""

ENDED = frozenset({_S.CLOSED, _S.CANCELLED})
"""Nothing is open any more; only reopening leads back."""
UNFINISHED = frozenset(_S) - ENDED - {_S.DONE, _S.FOLLOWED_UP}
"""Work is still to be done."""

EVENTS: Mapping[TicketAction, str] = MappingProxyType(
    {
        _A.ASSIGN: "assigned",
        _A.ACCEPT: "accepted",
        _A.PASS_ON: "passed_on",
        _A.ARRIVE: "arrived",
        _A.COMPLETE: "completed",
        _A.FOLLOW_UP: "followed_up",
        _A.CLOSE: "closed",
        _A.POSTPONE: "postponed",
        _A.RESUME: "resumed",
        _A.CANCEL: "cancelled",
        _A.REOPEN: "reopened",
    }
)
"""What history and outbox call an action that was done."""

_NOT_NOW: Mapping[TicketAction, str] = MappingProxyType(
    {
        _A.ASSIGN: "It cannot be assigned",
        _A.ACCEPT: "It cannot be accepted",
        _A.PASS_ON: "It cannot be passed on",
        _A.ARRIVE: "Arrival cannot be noted",
        _A.COMPLETE: "Completion cannot be noted",
        _A.FOLLOW_UP: "It cannot be followed up",
        _A.CLOSE: "It cannot be closed",
        _A.POSTPONE: "It cannot be postponed",
        _A.RESUME: "It cannot be resumed",
        _A.CANCEL: "It cannot be cancelled",
        _A.REOPEN: "It cannot be reopened",
    }
)
"""How a refusal begins."""

_WAY: Mapping[TicketState, str] = MappingProxyType(
    {
        _S.REGISTERED: "somebody has to be assigned or accept it first",
        _S.ASSIGNED: "the person it is assigned to has to accept it first",
        _S.ACCEPTED: "the person who accepted it reports arrival or completion, or passes it on",
        _S.ON_SITE: "the person on site reports completion, or passes it on",
        _S.DONE: "it is followed up, closed or reopened",
        _S.FOLLOWED_UP: "it is closed or reopened",
        _S.CLOSED: "it has to be reopened first",
        _S.POSTPONED: "it has to be resumed first",
        _S.CANCELLED: "it has to be reopened first",
        _S.REOPENED: "somebody has to be assigned or accept it first",
    }
)


def next_state(state: TicketState, action: TicketAction, hands: Hands = Hands.NOBODY) -> TicketState:
    """Return the state after ``action``; ``hands``: in whose hands the ticket is then.

    Raises :class:`~hotline.call.errors.TicketRefused` (``ticket-transition``) naming what the state
    allows instead.
    """
    row = TRANSITIONS[state]
    if action not in row:
        raise TicketRefused(
            f"{_NOT_NOW[action]}: the ticket is {state.value.replace('_', ' ')}; {_WAY[state]} "
            f"(allowed now: {', '.join(sorted(row))}).",
            code="ticket-transition",
        )
    return row[action] or BY_HANDS[hands]


def allowed(state: TicketState) -> frozenset[TicketAction]:
    """Return what may be done to a ticket in ``state``: for menus and buttons."""
    return frozenset(TRANSITIONS[state])
