"""Call records as running calls write them: :class:`CallRecords` is the ``CallLog`` port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.ports import TEST_CALL, Direction, IntakeDraft, LegFacts, LegReport
from hotline.callrecords import repository
from hotline.callrecords.journal import Journal, Write
from hotline.callrecords.models import CallRow, LegRow
from hotline.db.engine import Database

Normalise = Callable[[str], str]
"""Turns a raw number into the form that is compared and stored; leaves what is no number."""

OWN_EVENTS = frozenset({"CHAN_START", "ANSWER", "HANGUP"})
"""Written with the facts they tell of; given again through ``event`` they are left out."""


class CallRecords:
    """Writes what happens on the calls of one process. See :class:`~hotline.call.ports.CallLog`.

    A fault of the machine (disk full, database locked) never reaches a call: the writes are kept
    and tried again, :attr:`problem` says so.
    """

    def __init__(
        self, db: Database, *, clock: Clock, process: str, recordings: Path, normalise: Normalise
    ) -> None:
        """Write for the calls process ``process`` (a unique id of this run, see ``repair``).

        ``recordings`` is the folder below which recordings are kept relative.
        """
        self._clock = clock
        self._process = process
        self._recordings = recordings
        self._normalise = normalise
        self._journal = Journal(db, clock=clock)

    @property
    def problem(self) -> str:
        """Why records are being kept in memory instead of the database; empty when all is well."""
        return self._journal.problem

    async def opened(self, facts: LegFacts, *, estate: str) -> None:
        """A leg began. The first leg of a ``linkedid`` also begins the call. Said twice, counts once."""
        await self._journal.commit(partial(self._open, facts, estate))

    def opened_soon(self, facts: LegFacts, *, estate: str) -> None:
        """Like :meth:`opened`, without waiting: for refused and unanswered legs nobody owns."""
        self._journal.add(partial(self._open, facts, estate))

    async def answered(self, leg: str, at: datetime, *, ring_seconds: float, rings: int) -> None:
        """The leg was answered; seconds and rings from INVITE to answer (DOMAIN section 2)."""
        await self._journal.commit(_answering(leg, at, ring_seconds, rings))

    def answered_soon(self, leg: str, at: datetime, *, ring_seconds: float, rings: int) -> None:
        """Like :meth:`answered`, without waiting."""
        self._journal.add(_answering(leg, at, ring_seconds, rings))

    def event(self, leg: str, kind: str, detail: Mapping[str, str] | None = None) -> None:
        """Add an event; stored within 0.5 s. Those of :data:`OWN_EVENTS` are written without asking."""
        if kind in OWN_EVENTS:
            return
        kept = dict(detail or {})
        self._journal.add(
            partial(repository.add_event, leg=leg, kind=kind, at=self._clock.now(), detail=kept)
        )

    async def recording(self, leg: str, path: Path) -> None:
        """The leg's recording is being written to ``path``."""
        kept = path.relative_to(self._recordings) if path.is_relative_to(self._recordings) else path
        await self._journal.commit(
            partial(repository.put_recording, leg=leg, path=kept, at=self._clock.now())
        )

    async def recording_refused(self, leg: str) -> None:
        """The far end does not want to be recorded (DOMAIN section 9): no recording, no transcript."""
        await self._journal.commit(partial(repository.refuse_recording, leg=leg, at=self._clock.now()))

    async def draft(self, leg: str, draft: IntakeDraft | None) -> None:
        """Keep what an intake has so far; ``None`` once its ticket is filed or it is given up."""
        await self._journal.commit(partial(repository.put_draft, leg=leg, draft=draft, at=self._clock.now()))

    async def closed(self, leg: str, report: LegReport, *, outcome: str, recorded_seconds: float) -> None:
        """The leg is over; a recording of it is queued for its transcript.

        Said twice (by the telephony and by the menu), the facts are those of the later report, and a
        known outcome or length stays when the other does not know it.
        """
        await self._journal.commit(_closing(leg, report, outcome, recorded_seconds))

    def closed_soon(
        self, leg: str, report: LegReport, *, outcome: str = "", recorded_seconds: float = 0.0
    ) -> None:
        """Like :meth:`closed`, without waiting."""
        self._journal.add(_closing(leg, report, outcome, recorded_seconds))

    async def flush(self) -> None:
        """Return once every event so far is committed."""
        await self._journal.flush()

    async def close(self) -> None:
        """Commit what is queued and stop writing; the database stays open."""
        await self._journal.close()

    def _open(self, facts: LegFacts, estate: str, session: Session) -> None:
        if session.get(LegRow, facts.leg) is not None:
            return
        linkedid = facts.linkedid or facts.leg
        inbound = facts.direction is Direction.INBOUND
        common = {
            "linkedid": linkedid,
            "estate": estate,
            "process": self._process,
            "direction": facts.direction,
            "src": self._normalise(facts.caller),
            "src_raw": facts.caller,
            "src_name": facts.caller_name,
            "dst": self._normalise(facts.dialled),
            "dst_raw": facts.dialled,
            "account": facts.account,
            "start": facts.offered_at,
            "disposition": "",
            "hangup_cause": "",
            "outcome": TEST_CALL if inbound and facts.purpose == TEST_CALL else "",
        }
        if linkedid == facts.leg or self._begins_call(session, facts):
            session.add(CallRow(**common, uniqueid=facts.leg, emergency=facts.emergency))
            session.flush()
        session.add(LegRow(**common, uniqueid=facts.leg, purpose=facts.purpose, codec=""))
        session.flush()
        repository.add_event(session, facts.leg, "CHAN_START", facts.offered_at)

    @staticmethod
    def _begins_call(session: Session, facts: LegFacts) -> bool:
        """An incoming leg always has a call, even if the one it claims to belong to is unknown."""
        return facts.direction is Direction.INBOUND and session.get(CallRow, facts.linkedid) is None


def _answering(leg: str, at: datetime, ring_seconds: float, rings: int) -> Write:
    def write(session: Session) -> None:
        rows = repository.rows_of(session, leg)
        if rows[0].answer is None:
            repository.add_event(session, leg, "ANSWER", at)
        for row in rows:
            row.answer, row.ring_seconds, row.rings = at, round(ring_seconds, 3), rings

    return write


def _closing(leg: str, report: LegReport, outcome: str, recorded_seconds: float) -> Write:
    return partial(
        repository.close, leg=leg, report=report, outcome=outcome, recorded_seconds=recorded_seconds
    )
