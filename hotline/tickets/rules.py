"""Rules of the trade for working on tickets; each refusal names its rule (DOMAIN section 4). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed

UNSATISFIED = 2
"""An answer up to this of 5 in the follow-up is no satisfied caller."""
BEST = 5
_SHOWN = 12
"""Names shown of those who work here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What is promised of a matter so far, and how times are shown."""

    number: str
    opened_at: datetime
    promised_at: datetime | None
    postponed_at: datetime | None
    longest: timedelta
    """From registration, without a supervisor."""
    zone: tzinfo

    def shown(self, at: datetime) -> str:
        """Return an instant as people read it."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M}"


def same_person(one: str, other: str) -> bool:
    """True when two names mean one person; nobody is nobody's match."""
    first, second = ("".join(name.split()).casefold() for name in (one, other))
    return first != "" and first == second


def refuse_accused(number: str, accused: str, *people: str) -> None:
    """Refuse the complained-about person on their own complaint, as actor or as assignee."""
    if any(same_person(accused, person) for person in people):
        raise TicketRefused(
            f"The complained-about person never handles their own complaint: ticket {number} has to go to "
            "somebody else.",
            code="accused-handles-own",
        )


def refuse_stranger(person: str, known: Collection[str]) -> None:
    """Refuse a person who does not work here; where nobody is known any name will do."""
    if not person or not known or any(same_person(person, name) for name in known):
        return
    there = sorted(known)
    more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
    raise TicketRefused(
        f'Nobody known here is called "{person}": tickets are given to people who work here. There are '
        f"{', '.join(there[:_SHOWN])}{more}. `hotline staff add` adds somebody, or people: in roster.yaml.",
        code="unknown-person",
    )


def refuse_over_head(number: str, assignee: str, person: str, *, supervisor: bool) -> None:
    """Refuse to take what was given to somebody else; a supervisor may."""
    if assignee and not supervisor and not same_person(assignee, person):
        raise TicketRefused(
            f"Ticket {number} was assigned to {assignee}, so they accept it, or pass it on; only a "
            "supervisor takes it over their head.",
            code="assigned-to-other",
        )


def check_who(deed: Deed) -> None:
    """Refuse a deed without a name: every change is kept with who did it."""
    if not deed.who.strip():
        raise TicketRefused("Every change is kept with who made it: give a name.", code="nobody-did-it")


def check_postponement(promise: Promise, deed: Deed, now: datetime) -> datetime:
    """Return the new promise; raises :class:`~hotline.call.errors.TicketRefused`."""
    if promise.postponed_at is not None:
        raise TicketRefused(
            f"Ticket {promise.number} was postponed on {promise.shown(promise.postponed_at)} already: a "
            "matter is postponed once only, a second postponement is not allowed.",
            code="postponed-twice",
        )
    if promise.promised_at is not None and now >= promise.promised_at:
        raise TicketRefused(
            f"The promised time {promise.shown(promise.promised_at)} has come: a promise is postponed only "
            "before it.",
            code="postponed-too-late",
        )
    if deed.until is None:
        raise TicketRefused("A postponement needs the new time promised to the caller.", code="no-new-time")
    if not deed.caller_told:
        raise TicketRefused(
            "A promise is postponed only after telling the caller: call them first, or confirm that they "
            "know.",
            code="caller-not-told",
        )
    if promise.promised_at is not None and deed.until <= promise.promised_at:
        raise TicketRefused(
            f"The new time is not later than the promised {promise.shown(promise.promised_at)}: that is no "
            "postponement.",
            code="not-later",
        )
    _check_reach(promise, deed.until, now, supervisor=deed.supervisor)
    return deed.until


def check_promise(promise: Promise, until: datetime, now: datetime, *, supervisor: bool) -> None:
    """Refuse a promise that puts off one made before, or goes too far."""
    if promise.promised_at is not None and until > promise.promised_at:
        raise TicketRefused(
            f"{promise.shown(promise.promised_at)} is promised already: a later time is a postponement, "
            "which the caller is told of and which is allowed once.",
            code="promise-kept",
        )
    _check_reach(promise, until, now, supervisor=supervisor)


def _check_reach(promise: Promise, until: datetime, now: datetime, *, supervisor: bool) -> None:
    if until <= now:
        raise TicketRefused(f"{promise.shown(until)} has passed: promise a time to come.", code="in-the-past")
    if until > promise.opened_at + promise.longest and not supervisor:
        raise TicketRefused(
            f"A promise goes no further than {_days(promise.longest)} from registration "
            f"({promise.shown(promise.opened_at + promise.longest)}) without a supervisor.",
            code="promise-too-far",
        )


def check_satisfaction(satisfaction: int | None) -> None:
    """Refuse an answer that is none of 1 to 5."""
    if satisfaction is not None and not 1 <= satisfaction <= BEST:
        raise TicketRefused(
            f"Satisfaction is 1 (not at all) to {BEST}, not {satisfaction}.", code="satisfaction-range"
        )


def check_closing(number: str, satisfaction: int | None, *, supervisor: bool) -> None:
    """Refuse to close what the caller is not satisfied with (first-responder rule 首问责任制)."""
    if satisfaction is not None and satisfaction <= UNSATISFIED and not supervisor:
        raise TicketRefused(
            f"The caller of ticket {number} is not satisfied ({satisfaction} of {BEST}): reopen it, or let a "
            "supervisor close it.",
            code="caller-unsatisfied",
        )


def _days(span: timedelta) -> str:
    return f"{span.days} days" if span.days > 1 else f"{span.total_seconds() / 3600:g} hours"
