"""Working on a ticket inside somebody's transaction: every action, with its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo

from sqlalchemy.orm import Session

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, TicketAction, TicketKind, Urgency
from hotline.tickets import chronicle, life, parts, rules
from hotline.tickets.chronicle import HOTLINE
from hotline.tickets.life import Hands, TicketState
from hotline.tickets.limitbook import LimitBook
from hotline.tickets.models import Nature, TicketRow

RANK: Mapping[Urgency, int] = {Urgency.ORDINARY: 0, Urgency.SERIOUS: 1, Urgency.URGENT: 2}


class Casework:
    """What people do to tickets. Rows must be locked; nothing is kept between calls."""

    def __init__(self, limits: LimitBook, zone_of: Callable[[str], tzinfo]) -> None:
        """``zone_of`` gives an estate's time zone, in which refusals say times."""
        self._limits = limits
        self._zone_of = zone_of

    # --- the table's actions -------------------------------------------------------------------

    def act(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        """Do it; raises :class:`~hotline.call.errors.TicketRefused` naming the rule."""
        rules.check_who(deed)
        rules.refuse_accused(row.number, row.accused, deed.who, deed.assignee)
        if _accepted_before(row, deed):
            return
        after = life.next_state(row.state, deed.action, _hands(row, deed))
        self._effects(deed.action)(session, row, deed, now)
        row.state = after
        if deed.words is not None:
            parts.add_words(session, row, deed.words, by=deed.who, at=now, name=deed.why)
        chronicle.record(
            session, row, life.EVENTS[deed.action], at=now, who=deed.who, detail=self._detail(row, deed)
        )
        self._limits.refresh(session, [row], now)

    def _effects(self, action: TicketAction) -> Callable[[Session, TicketRow, Deed, datetime], None]:
        return {
            TicketAction.ASSIGN: self._assign,
            TicketAction.ACCEPT: self._accept,
            TicketAction.PASS_ON: self._pass_on,
            TicketAction.ARRIVE: self._arrive,
            TicketAction.COMPLETE: self._complete,
            TicketAction.FOLLOW_UP: self._follow_up,
            TicketAction.CLOSE: self._close,
            TicketAction.POSTPONE: self._postpone,
            TicketAction.RESUME: lambda session, row, deed, now: None,
            TicketAction.CANCEL: self._cancel,
            TicketAction.REOPEN: self._reopen,
        }[action]

    def _assign(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        if not deed.assignee and not deed.department:
            raise TicketRefused(
                "An assignment names who is to do it, or whose matter it is: give a person or a department.",
                code="assign-to-nobody",
            )
        row.assignee, row.accepted_at = deed.assignee, None
        row.department = deed.department or row.department

    def _accept(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        take(row, _person(deed), now)

    def _pass_on(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        row.assignee, row.accepted_at = deed.assignee, None
        row.department = deed.department or row.department

    def _arrive(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        row.arrived_at = row.arrived_at or now

    def _complete(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        row.done_at = now

    def _follow_up(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        rules.check_satisfaction(deed.satisfaction)
        row.followed_up_at, row.satisfaction = now, deed.satisfaction

    def _close(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        rules.check_closing(row.number, row.satisfaction, supervisor=deed.supervisor)
        row.closed_at = now

    def _cancel(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        row.closed_at = now

    def _postpone(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        row.promised_at = rules.check_postponement(self._promise_of(row), deed, now)
        row.postponed_at = now
        row.feedback_at = row.feedback_at or now
        row.responded_at = row.responded_at or now

    def _reopen(self, session: Session, row: TicketRow, deed: Deed, now: datetime) -> None:
        self._limits.new_round(session, row, now)
        row.accepted_at = row.arrived_at = row.done_at = row.followed_up_at = row.closed_at = None
        row.responded_at = row.feedback_at = row.promised_at = row.satisfaction = None
        if row.due_at is not None and row.due_at <= now:
            row.due_at = None

    # --- besides the table ---------------------------------------------------------------------

    def acknowledge(self, session: Session, row: TicketRow, person: str, now: datetime) -> None:
        """A human pressed the key: the first one owns the case; an emergency is theirs from now on.

        Changes no state of a ticket that somebody has already: the first acknowledgement counts.
        """
        rules.refuse_accused(row.number, row.accused, person)
        row.responded_at = row.responded_at or now
        own(row, person)
        emergency = row.urgency is Urgency.URGENT or row.topic == "emergency"
        if emergency and TicketAction.ACCEPT in life.allowed(row.state):
            take(row, person, now)
            row.state = life.next_state(row.state, TicketAction.ACCEPT)

    def caller_told(
        self, session: Session, row: TicketRow, now: datetime, *, who: str, feedback: bool
    ) -> None:
        """The caller was told something; with ``feedback``, how the matter stands."""
        rules.refuse_accused(row.number, row.accused, who)
        row.responded_at = row.responded_at or now
        own(row, who)
        if feedback:
            row.feedback_at = row.feedback_at or now

    def promise(
        self, session: Session, row: TicketRow, until: datetime, now: datetime, *, who: str, why: str,
        supervisor: bool,
    ) -> None:  # fmt: skip
        """The caller was told by when; raises :class:`~hotline.call.errors.TicketRefused`."""
        refuse_ended(row)
        rules.refuse_accused(row.number, row.accused, who)
        rules.check_promise(self._promise_of(row), until, now, supervisor=supervisor)
        row.promised_at = until
        row.responded_at = row.responded_at or now
        detail = _with_reason(self._date(row, until), why)
        chronicle.record(session, row, "promised", at=now, who=who, detail=detail)
        self._limits.refresh(session, [row], now)

    def hand_over(
        self, session: Session, row: TicketRow, owner: str, now: datetime, *, who: str, why: str,
        supervisor: bool,
    ) -> None:  # fmt: skip
        """Give the case another owner; raises :class:`~hotline.call.errors.TicketRefused`."""
        rules.refuse_accused(row.number, row.accused, who, owner)
        if not supervisor:
            raise TicketRefused(
                "First-responder rule: whoever takes the first contact owns the case until the caller is "
                "satisfied; only a supervisor hands it over.",
                code="owner-keeps",
            )
        row.owner = owner
        chronicle.record(session, row, "owner", at=now, who=who, detail=_with_reason(owner, why))

    def classify(
        self, session: Session, row: TicketRow, now: datetime, *, who: str, nature: Nature | None,
        fault: str | None, accused: str | None, why: str,
    ) -> None:  # fmt: skip
        """Say what a matter is; a person complained about has it taken out of their hands at once.

        ``None`` leaves as it is. Raises :class:`~hotline.call.errors.TicketRefused`.
        """
        rules.refuse_accused(row.number, row.accused, who)
        if nature is not None:
            if row.kind is not TicketKind.COMPLAINT:
                raise TicketRefused(
                    f"Only a complaint has a nature; {row.number} is none.", code="no-complaint"
                )
            row.nature = nature
            chronicle.record(session, row, "nature", at=now, who=who, detail=_with_reason(nature.value, why))
        if fault is not None:
            self._set_fault(row, fault)
            chronicle.record(session, row, "fault", at=now, who=who, detail=_with_reason(fault, why))
        if accused is not None:
            self._accuse(session, row, accused, now, who=who)
        self._limits.refresh(session, [row], now)

    def more_urgent(self, session: Session, row: TicketRow, urgency: Urgency, now: datetime) -> None:
        """A further call makes the matter more urgent: the limits begin anew with the new ones."""
        if RANK[urgency] <= RANK[row.urgency]:
            return
        self._limits.new_round(session, row, now)
        row.urgency = urgency
        chronicle.record(session, row, "more_urgent", at=now, detail=urgency.value)

    def _set_fault(self, row: TicketRow, fault: str) -> None:
        known = self._limits.policy.faults
        if fault and (row.kind is not TicketKind.REPAIR or fault not in known):
            there = ", ".join(sorted(known)) or "none"
            raise TicketRefused(
                f'No class of fault "{fault}" for a {row.kind.value}: sla.yaml names {there} for repairs.',
                code="unknown-fault",
            )
        row.fault = fault

    def _accuse(self, session: Session, row: TicketRow, accused: str, now: datetime, *, who: str) -> None:
        row.accused = accused
        if rules.same_person(accused, row.owner):
            row.owner = ""
        if rules.same_person(accused, row.assignee):
            row.assignee, row.accepted_at = "", None
            if row.state in (TicketState.ASSIGNED, TicketState.ACCEPTED, TicketState.ON_SITE):
                row.state = TicketState.REGISTERED
        # whose name it is, is on the ticket: the history is read by more people
        chronicle.record(session, row, "accused", at=now, who=who)

    def _detail(self, row: TicketRow, deed: Deed) -> str:
        """What the history says of it besides who and when."""
        match deed.action:
            case TicketAction.ASSIGN | TicketAction.PASS_ON:
                named = " ".join(part for part in (deed.assignee, deed.department) if part)
            case TicketAction.ACCEPT:
                named = row.assignee if row.assignee != deed.who else ""
            case TicketAction.POSTPONE:
                named = "" if row.promised_at is None else self._date(row, row.promised_at)
            case TicketAction.FOLLOW_UP:
                named = "" if deed.satisfaction is None else f"{deed.satisfaction} of {rules.BEST}"
            case _:
                named = ""
        return _with_reason(named, deed.why)

    def _date(self, row: TicketRow, at: datetime) -> str:
        """Local; with slashes: a date with hyphens passes for a telephone number where those are masked."""
        return f"{at.astimezone(self._zone_of(row.estate)):%Y/%m/%d %H:%M}"

    def _promise_of(self, row: TicketRow) -> rules.Promise:
        return rules.Promise(
            number=row.number,
            opened_at=row.opened_at,
            promised_at=row.promised_at or row.due_at,
            postponed_at=row.postponed_at,
            longest=self._limits.policy.longest_promise,
            zone=self._zone_of(row.estate),
        )


def refuse_ended(row: TicketRow) -> None:
    """Refuse what needs an open ticket."""
    if row.state in life.ENDED:
        raise TicketRefused(
            f"Ticket {row.number} is {row.state.value}: it has to be reopened first.", code="ticket-ended"
        )


def own(row: TicketRow, person: str) -> None:
    """First-responder rule 首问责任制: the first person keeps the case, whoever does the work."""
    if not row.owner and person != HOTLINE:
        row.owner = person


def take(row: TicketRow, person: str, now: datetime) -> None:
    """Put a ticket in somebody's hands."""
    row.assignee, row.accepted_at = person, now
    row.responded_at = row.responded_at or now
    own(row, person)


def _person(deed: Deed) -> str:
    person = deed.assignee or deed.who
    if person == HOTLINE:
        raise TicketRefused("A ticket is accepted by a person: name who takes it.", code="accepted-by-nobody")
    return person


def _accepted_before(row: TicketRow, deed: Deed) -> bool:
    """True for an acceptance that is there already: a key pressed again, a call repeated after a crash."""
    return (
        deed.action is TicketAction.ACCEPT
        and row.state in (TicketState.ACCEPTED, TicketState.ON_SITE)
        and rules.same_person(row.assignee, deed.assignee or deed.who)
    )


def _hands(row: TicketRow, deed: Deed) -> Hands:
    """In whose hands the ticket is once it was passed on (a new name, or none) or resumed (as before)."""
    assignee = row.assignee if deed.action is TicketAction.RESUME else deed.assignee
    if deed.action is TicketAction.RESUME and assignee and row.accepted_at is not None:
        return Hands.TAKEN
    return Hands.GIVEN if assignee else Hands.NOBODY


def _with_reason(named: str, why: str) -> str:
    return f"{named}: {why}" if named and why else named or why
