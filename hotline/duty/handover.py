"""Shift handover 交接班: a shift opens, is closed into a handover, and ends when somebody takes over.

DOMAIN section 5: open cases, wake-ups due, equipment state and remarks are handed over; both sign; the
one taking over may refuse. Until somebody has taken over the outgoing person stays responsible.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    def __init__(self, db: Database, *, clock: Clock, facts: ShiftFacts) -> None:
        """``facts`` tells what goes on at the moment of a handover."""
        self._db = db
        self._clock = clock
        self._facts = facts

    async def open(self, estate: str, post: str, who: str, *, remarks: str = "") -> ShiftRow:
        """Begin a shift at a post where nobody is."""
        _needed(who, "Say who begins the shift.")
        _needed(post, "Say at which post the shift is.")

        def write(session: Session) -> ShiftRow:
            return self._begin(session, estate, post.strip(), who.strip(), remarks=remarks)

        return await self._db.write(write)

    async def close(
        self, estate: str, post: str, who: str, *, equipment: str = "", remarks: str = ""
    ) -> ShiftRow:
        """Sign as the outgoing person: what is open is written down and waits for who takes over."""
        cases = tuple(await self._facts.open_cases(estate))
        wake_ups = tuple(await self._facts.wake_ups_due(estate, self._clock.now()))

        def write(session: Session) -> ShiftRow:
            shift = _running(session, estate, post)
            if shift.state is ShiftState.HANDING_OVER:
                raise ShiftRefused(f'The shift at "{post}" waits for who takes over already.')
            if shift.who != who.strip():
                raise ShiftRefused(f'The shift at "{post}" is not yours to sign: its holder closes it.')
            handover = HandoverRow(
                shift_id=shift.id, outgoing=shift.who, signed_at=self._clock.now(),
                snapshot=asdict(Snapshot(cases, wake_ups)), equipment=equipment.strip(),
                remarks=remarks.strip(), incoming="", answer=None, answered_at=None, reason="",
            )  # fmt: skip
            session.add(handover)
            shift.state = ShiftState.HANDING_OVER
            self._note(session, shift, "closed", who=shift.who, detail=remarks.strip())
            self._tell(session, shift, "shift.closed", cases=len(cases), wake_ups=len(wake_ups))
            return shift

        return await self._db.write(write)

    async def accept(
        self, estate: str, post: str, who: str, *, remarks: str = "", goes_on: bool = True
    ) -> ShiftRow:
        """Sign as the incoming person; returns their shift, which begins as the other ends.

        With ``goes_on`` false the post closes for now and the ended shift is returned: its work is
        taken to a post where the incoming person is already.
        """

        def write(session: Session) -> ShiftRow:
            shift, handover = self._answered(session, estate, post, who, ACCEPTED)
            shift.state, shift.ended_at = ShiftState.ENDED, handover.answered_at
            self._note(session, shift, ACCEPTED, who=handover.incoming, detail=remarks.strip())
            self._tell(session, shift, "shift.accepted")
            if not goes_on:
                _elsewhere(session, shift, handover.incoming)
                return shift
            return self._begin(session, estate, post, handover.incoming, taken_from=shift.id)

        return await self._db.write(write)

    async def refuse(self, estate: str, post: str, who: str, *, reason: str) -> ShiftRow:
        """Refuse to take over: the outgoing person stays responsible, the supervisor is told."""
        _needed(reason, "Say why the shift is refused: the supervisor reads it.")

        def write(session: Session) -> ShiftRow:
            shift, handover = self._answered(session, estate, post, who, REFUSED)
            handover.reason = reason.strip()
            shift.state = ShiftState.OPEN
            self._note(session, shift, REFUSED, who=handover.incoming, detail=handover.reason)
            self._tell(session, shift, "shift.refused")
            return shift

        return await self._db.write(write)

    async def note(self, estate: str, post: str, who: str, text: str) -> ShiftRow:
        """Write a line on the log page of the running shift."""
        _needed(who, "Say who writes.")
        _needed(text, "Say what is to be written down.")

        def write(session: Session) -> ShiftRow:
            shift = _running(session, estate, post)
            self._note(session, shift, "note", who=who.strip(), detail=text.strip())
            return shift

        return await self._db.write(write)

    async def page(self, shift: int) -> tuple[ShiftRow, Sequence[HandoverRow], Sequence[ShiftLogRow]]:
        """Return a shift with its handovers and log page; raises :class:`ShiftRefused` for none."""

        def read(session: Session) -> tuple[ShiftRow, Sequence[HandoverRow], Sequence[ShiftLogRow]]:
            row = session.get(ShiftRow, shift)
            if row is None:
                raise ShiftRefused(f"There is no shift {shift}. `hotline shift log` lists them.")
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
                "`accept`), not opened anew."
            )
        self._note(session, shift, "opened", who=who, detail=remarks.strip())
        self._tell(session, shift, "shift.opened")
        return shift

    def _answered(
        self, session: Session, estate: str, post: str, who: str, answer: str
    ) -> tuple[ShiftRow, HandoverRow]:
        """Sign the pending handover of a post as the incoming person."""
        _needed(who, "Say who takes over or refuses.")
        shift = _running(session, estate, post)
        handover = shifts.pending(session, shift.id)
        if handover is None:
            raise ShiftRefused(
                f'Nothing is handed over at "{post}": the person there signs first (`hotline shift close`).'
            )
        if handover.outgoing == who.strip():
            raise ShiftRefused("A shift is handed over to somebody else: both sign.")
        handover.incoming, handover.answer, handover.answered_at = who.strip(), answer, self._clock.now()
        session.flush()
        return shift, handover

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
        raise ShiftRefused(f'No shift is open at "{post}" (open: {open_posts}).')
    return shift


def _elsewhere(session: Session, shift: ShiftRow, who: str) -> None:
    """Refuse to leave a post without anybody who goes on with its work."""
    others = [
        row for row in shifts.unfinished(session, shift.estate) if row.who == who and row.id != shift.id
    ]
    if not others:
        raise ShiftRefused(
            f'The post "{shift.post}" can only close when who takes over has a shift at another one: '
            "somebody has to go on with its open cases."
        )


def _needed(text: str, sentence: str) -> None:
    if not text.strip():
        raise ShiftRefused(sentence)
