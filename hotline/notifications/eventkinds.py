"""The kinds of events there are, so that a misspelt one in a route is found. Pure.

The slices write them to the outbox by their names; a test looks through their source for names this
list does not have.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotline.notifications.routes import matches

KINDS = frozenset(
    {
        *("ticket.opened", "ticket.changed", "ticket.sla_warning", "ticket.sla_breach"),
        *("ticket.unaccepted", "ticket.undelivered", "ticket.objected", "ticket.not_told"),
        "ticket.owner_not_told",
        *("outbound.confirmed", "outbound.nobody", "outbound.given_up"),
        *("call.closed", "call.outcome", "transcript.done"),
        *("staff.locked", "room.locked"),
        *("alarm.raised", "alarm.reminder", "alarm.cleared"),
        *("shift.opened", "shift.closed", "shift.accepted", "shift.refused", "duty.changed"),
        *("wakeup.booked", "wakeup.changed", "wakeup.cancelled", "wakeup.confirmed", "wakeup.alarm"),
        *("outside.charged", "outside.booked", "outside.not_placed"),
        *("bill.paid", "bill.unpaid", "bill.withdrawn"),
        *("promise.made", "promise.kept", "promise.broken", "promise.replaced", "promise.void"),
        *("campaign.done", "confirmation.asked", "confirmation.decided"),
        *("operators.no_answer", "operators.call_back_failed"),
        *("message.taken", "message.delivered", "message.undelivered", "message.cancelled"),
        *("selftest.passed", "selftest.failed"),
    }
)
_FAMILIES = frozenset(kind.partition(".")[0] for kind in KINDS)


def doubt(pattern: str) -> tuple[str, bool] | None:
    """Return what is wrong with a pattern of events and whether it is a mistake; ``None``: it fits some.

    A family nothing belongs to is a mistake; a kind nobody knows in a family there is, is a doubt.
    """
    if any(matches(pattern, kind) for kind in KINDS):
        return None
    family = pattern.partition(".")[0]
    if family in _FAMILIES:
        return f'no event is called "{pattern}" (there are: {_listed(_of(family))})', False
    return f'no event is called "{pattern}" (they begin with: {_listed(_FAMILIES)})', True


def _of(family: str) -> Iterable[str]:
    return (kind for kind in KINDS if kind.startswith(f"{family}."))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))
