"""Shift handover 交接班: a shift opens, is closed into a handover, and ends when somebody takes over.

DOMAIN section 5: open cases, wake-ups due, equipment state and remarks are handed over; both sign; the
one taking over may refuse. Until somebody has taken over the outgoing person stays responsible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.duty import shifts
from hotline.duty.models import HandoverRow, ShiftLogRow, ShiftRow, ShiftState

PeopleOf = Callable[[Session, str], Collection[str]]
"""Names of everybody who works for an estate; none: not known, then any name will do."""

ACCEPTED = "accepted"
REFUSED = "refused"


class ShiftRefused(HotlineError):
    """The rules of the handover do not allow this; the sentence names the rule. Nothing was changed."""

    code = "shift-refused"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that goes on in the next shift."""

    number: str
    due_at: str = ""
    """ISO 8601 in UTC; empty without a time limit."""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class WakeUpDue:
    """A wake-up booked for the time ahead."""

    reference: str
    at: str
    """ISO 8601 in UTC."""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is handed over, as it was when the outgoing person signed."""

    cases: tuple[OpenCase, ...] = ()
    wake_ups: tuple[WakeUpDue, ...] = ()


class ShiftFacts(Protocol):
    """What the other slices know about work that goes on."""

    async def open_cases(self, estate: str) -> Sequence[OpenCase]:
        """Return the cases that are not closed."""
        ...

    async def wake_ups_due(self, estate: str, at: datetime) -> Sequence[WakeUpDue]:
        """Return the wake-ups still to come after ``at``."""
        ...


class Handovers:
    """Shifts of all estates. Every method may raise :class:`~hotline.call.errors.EnvironmentFault`.

    All but the reading ones raise :class:`ShiftRefused` naming the rule; they return the shift.
    """

    def __init__(
        self, db: Database, *, clock: Clock, facts: ShiftFacts, people_of: PeopleOf | None = None
    ) -> None:
        """``facts`` tells what goes on at the moment of a handover.

        ``people_of``: who may sign, for whoever takes names from a command line; without, those who
        sign are known already (they are signed in).
        """
        self._db = db
        self._clock = clock
        self._people_of = people_of
        self.facts = facts
        """What goes on now."""

    async def open(self, estate: str, post: str, who: str, *, remarks: str = "") -> ShiftRow:
        """Begin a shift at a post where nobody is."""
        return await self._db.write(lambda session: self.open_in(session, estate, post, who, remarks=remarks))

    async def close(
        self, estate: str, post: str, who: str, *, equipment: str = "", remarks: str = ""
    ) -> ShiftRow:
        """Sign as the outgoing person: what is open is written down and waits for who takes over."""
        snapshot = await self.snapshot(estate)
        return await self._db.write(
            lambda session: self.close_in(
                session, estate, post, who, snapshot, equipment=equipment, remarks=remarks
            )
        )

    async def accept(
        self, estate: str, post: str, who: str, *, remarks: str = "", goes_on: bool = True
    ) -> ShiftRow:
        """Sign as the incoming person; see :meth:`accept_in`."""
        return await self._db.write(
            lambda session: self.accept_in(session, estate, post, who, remarks=remarks, goes_on=goes_on)
        )

    async def refuse(self, estate: str, post: str, who: str, *, reason: str) -> ShiftRow:
        """Refuse to take over: the outgoing person stays responsible, the supervisor is told."""
        return await self._db.write(lambda session: self.refuse_in(session, estate, post, who, reason=reason))

    async def note(self, estate: str, post: str, who: str, text: str) -> ShiftRow:
        """Write a line on the log page of the running shift."""
        return await self._db.write(lambda session: self.note_in(session, estate, post, who, text))

    # --- inside somebody's transaction ---------------------------------------------------------------

    async def snapshot(self, estate: str) -> Snapshot:
        """Return what is open now: what :meth:`close_in` writes down."""
        cases = tuple(await self.facts.open_cases(estate))
        return Snapshot(cases, tuple(await self.facts.wake_ups_due(estate, self._clock.now())))

    def open_in(self, session: Session, estate: str, post: str, who: str, *, remarks: str = "") -> ShiftRow:
        """Begin a shift at a post where nobody is."""
        _needed(who, "Say who begins the shift.")
        self._refuse_stranger(session, estate, who)
        _needed(post, "Say at which post the shift is.")
        return self._begin(session, estate, post.strip(), who.strip(), remarks=remarks)

    def close_in(
        self, session: Session, estate: str, post: str, who: str, snapshot: Snapshot, *,
        equipment: str = "", remarks: str = "",
    ) -> ShiftRow:  # fmt: skip
        """Sign as the outgoing person; ``snapshot`` is of just before."""
        shift = _running(session, estate, post)
        if shift.state is ShiftState.HANDING_OVER:
            raise ShiftRefused(f'The shift at "{post}" waits for who takes over already.', code="shift-waits")
        if shift.who != who.strip():
            raise ShiftRefused(
                f'The shift at "{post}" is not yours to sign: its holder closes it.', code="shift-not-yours"
            )
        handover = HandoverRow(
            shift_id=shift.id, outgoing=shift.who, signed_at=self._clock.now(),
            snapshot=asdict(snapshot), equipment=equipment.strip(),
            remarks=remarks.strip(), incoming="", answer=None, answered_at=None, reason="",
        )  # fmt: skip
        session.add(handover)
        shift.state = ShiftState.HANDING_OVER
        self._note(session, shift, "closed", who=shift.who, detail=remarks.strip())
        counts = {"cases": len(snapshot.cases), "wake_ups": len(snapshot.wake_ups)}
        self._tell(session, shift, "shift.closed", **counts)
        return shift

    def accept_in(
        self, session: Session, estate: str, post: str, who: str, *, remarks: str = "", goes_on: bool = True
    ) -> ShiftRow:
        """Sign as the incoming person; returns their shift, which begins as the other ends.

        With ``goes_on`` false the post closes for now and the ended shift is returned: its work is
        taken to a post where the incoming person is already.
        """
        shift, handover = self._answered(session, estate, post, who, ACCEPTED)
        shift.state, shift.ended_at = ShiftState.ENDED, handover.answered_at
        self._note(session, shift, ACCEPTED, who=handover.incoming, detail=remarks.strip())
        self._tell(session, shift, "shift.accepted")
        if not goes_on:
            _elsewhere(session, shift, handover.incoming)
            return shift
        return self._begin(session, estate, post, handover.incoming, taken_from=shift.id)

    def refuse_in(self, session: Session, estate: str, post: str, who: str, *, reason: str) -> ShiftRow:
        """Refuse to take over: the outgoing person stays responsible, the supervisor is told."""
        _needed(reason, "Say why the shift is refused: the supervisor reads it.")
        shift, handover = self._answered(session, estate, post, who, REFUSED)
        handover.reason = reason.strip()
        shift.state = ShiftState.OPEN
        self._note(session, shift, REFUSED, who=handover.incoming, detail=handover.reason)
        self._tell(session, shift, "shift.refused")
        return shift

    def note_in(self, session: Session, estate: str, post: str, who: str, text: str) -> ShiftRow:
        """Write a line on the log page of the running shift."""
        _needed(who, "Say who writes.")
        _needed(text, "Say what is to be written down.")
        self._refuse_stranger(session, estate, who)
        shift = _running(session, estate, post)
        self._note(session, shift, "note", who=who.strip(), detail=text.strip())
        return shift

    # --- reading -------------------------------------------------------------------------------------

    async def page(self, shift: int) -> tuple[ShiftRow, Sequence[HandoverRow], Sequence[ShiftLogRow]]:
        """Return a shift with its handovers and log page; raises :class:`ShiftRefused` for none."""

        def read(session: Session) -> tuple[ShiftRow, Sequence[HandoverRow], Sequence[ShiftLogRow]]:
            row = session.get(ShiftRow, shift)
            if row is None:
                raise ShiftRefused(
                    f"There is no shift {shift}. `hotline shift log` lists them.", code="shift-unknown"
                )
            return row, shifts.handovers(session, shift), shifts.log(session, shift)

        return await self._db.read(read)

    async def running(self, estate: str) -> Sequence[ShiftRow]:
        """Return the shifts that have not ended, by post."""
        return await self._db.read(lambda session: shifts.unfinished(session, estate))

    async def recent(self, estate: str, *, post: str | None = None, limit: int = 20) -> Sequence[ShiftRow]:
        """Return the latest shifts, newest first."""
        return await self._db.read(lambda session: shifts.recent(session, estate, post=post, limit=limit))

    def _begin(
        self,
        session: Session,
        estate: str,
        post: str,
        who: str,
        *,
        taken_from: int | None = None,
        remarks: str = "",
    ) -> ShiftRow:
        shift = ShiftRow(
            estate=estate, post=post, who=who, state=ShiftState.OPEN, opened_at=self._clock.now(),
            ended_at=None, taken_from=taken_from,
        )  # fmt: skip
        if not shifts.add(session, shift):
            raise ShiftRefused(
                f'A shift is open at "{post}" already: it is handed over (`hotline shift close`, then '
                "`accept`), not opened anew.",
                code="shift-open-already",
            )
        self._note(session, shift, "opened", who=who, detail=remarks.strip())
        self._tell(session, shift, "shift.opened")
        return shift

    def _answered(
        self, session: Session, estate: str, post: str, who: str, answer: str
    ) -> tuple[ShiftRow, HandoverRow]:
        """Sign the pending handover of a post as the incoming person."""
        _needed(who, "Say who takes over or refuses.")
        self._refuse_stranger(session, estate, who)
        shift = _running(session, estate, post)
        handover = shifts.pending(session, shift.id)
        if handover is None:
            raise ShiftRefused(
                f'Nothing is handed over at "{post}": the person there signs first (`hotline shift close`).',
                code="shift-nothing-pending",
            )
        if handover.outgoing == who.strip():
            raise ShiftRefused(
                "A shift is handed over to somebody else: both sign.", code="shift-same-person"
            )
        handover.incoming, handover.answer, handover.answered_at = who.strip(), answer, self._clock.now()
        session.flush()
        return shift, handover

    def _refuse_stranger(self, session: Session, estate: str, who: str) -> None:
        known = () if self._people_of is None else self._people_of(session, estate)
        if known and who.strip() not in known:
            raise ShiftRefused(
                f'Nobody known here is called "{who.strip()}": shifts are signed by people who work here. '
                "`hotline staff list` and roster.yaml name them.",
                code="unknown-person",
            )

    def _note(self, session: Session, shift: ShiftRow, event: str, *, who: str, detail: str) -> None:
        session.add(ShiftLogRow(shift_id=shift.id, at=self._clock.now(), who=who, event=event, detail=detail))

    def _tell(self, session: Session, shift: ShiftRow, kind: str, **counts: int) -> None:
        detail = {"post": shift.post} | {name: str(count) for name, count in counts.items()}
        outbox.add(
            session,
            estate=shift.estate,
            kind=kind,
            subject=str(shift.id),
            at=self._clock.now(),
            detail=detail,
        )


def _running(session: Session, estate: str, post: str) -> ShiftRow:
    shift = shifts.running(session, estate, post.strip())
    if shift is None:
        open_posts = ", ".join(row.post for row in shifts.unfinished(session, estate)) or "none"
        raise ShiftRefused(f'No shift is open at "{post}" (open: {open_posts}).', code="shift-none-open")
    return shift


def _elsewhere(session: Session, shift: ShiftRow, who: str) -> None:
    """Refuse to leave a post without anybody who goes on with its work."""
    others = [
        row for row in shifts.unfinished(session, shift.estate) if row.who == who and row.id != shift.id
    ]
    if not others:
        raise ShiftRefused(
            f'The post "{shift.post}" can only close when who takes over has a shift at another one: '
            "somebody has to go on with its open cases.",
            code="shift-elsewhere",
        )


def _needed(text: str, sentence: str) -> None:
    if not text.strip():
        raise ShiftRefused(sentence, code="shift-incomplete")
