"""When a ticket's first response is due by the policy: what rehearsals of menus compare with. Pure."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from hotline.call.ports import TicketKind, Urgency
from hotline.home import shipped
from hotline.tickets import sla
from hotline.tickets.policy import FILE, Policy, load


@cache
def shipped_policy() -> Policy:
    """Return the policy that comes with the program."""
    return load(shipped("config") / FILE)


def respond_by(
    kind: TicketKind,
    urgency: Urgency,
    opened_at: datetime,
    due_at: datetime | None,
    *,
    policy: Policy | None = None,
) -> datetime | None:
    """Return the instant of the first response; ``None`` when nothing is due.

    ``policy``: the one in service; without, the shipped one. A ticket with a ``due_at`` of its own
    (a message for the next opening of the general manager's window) is answered by then.
    """
    facts = sla.TicketFacts(kind=kind, urgency=urgency, began_at=opened_at, due_at=due_at)
    policy = policy or shipped_policy()
    return sla.respond_by(policy, facts, sla.limits(policy, facts, None))


class ShippedPolicy:
    """The shipped policy as a source, for whoever was given none."""

    def current(self) -> Policy:
        """Return it."""
        return shipped_policy()
