"""“Call me back in my place”: the place is kept in the queue; when its turn comes the operator is rung first.

The row is the truth: a restart goes on from it. An attempt is on paper before the caller is rung.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy.orm import Session

from hotline.call.audio import Tone, ToneName
from hotline.call.clock import Clock
from hotline.call.errors import CallGone, DialFailed, HotlineError, NoChannel, OperatorRefused
from hotline.call.events import HungUp, Interrupted
from hotline.call.ports import (
    Call,
    Dialer,
    DialOrder,
    Phrase,
    Place,
    QueueNews,
    QueuePlace,
    Served,
    ServeOrder,
)
from hotline.db.engine import Database
from hotline.operators import repository
from hotline.operators.attending import Attendance, Attending
from hotline.operators.errands import Errands
from hotline.operators.hall import Hall
from hotline.operators.models import CallBackRow, CallBackState
from hotline.operators.papers import Papers
from hotline.operators.seat import Seat
from hotline.operators.visits import Visit, VisitBook, new_caller

log = structlog.get_logger(__name__)

PURPOSE = "call_back"
RING = 45.0
"""Seconds for which a caller is rung."""
AGAIN_AFTER = (120.0, 600.0)
"""Seconds until the second and the third attempt; after that it has failed."""
OURS_AGAIN_AFTER = 30.0
"""Seconds until it is tried again after a fault of ours, which is no attempt."""
FAILED = "operators.call_back_failed"
"""Event of the outbox: the caller could not be reached."""


@dataclass(slots=True)
class _Back:
    """A call back under way."""

    id: str
    visit: str
    leg: str
    linkedid: str
    number: str
    account: str
    order: ServeOrder
    entered_at: datetime
    next_at: datetime
    attempts: int


class CallBacks:
    """Keeps places and calls people back, each in a task of its own."""

    def __init__(
        self,
        hall: Hall,
        attending: Attending,
        visits: VisitBook,
        papers: Papers,
        *,
        dialer: Dialer,
        db: Database,
        clock: Clock,
        errands: Errands,
        attendance: Attendance,
    ) -> None:
        """Nobody is called back yet; see :meth:`load`."""
        self._hall = hall
        self._attending = attending
        self._visits = visits
        self._papers = papers
        self._dialer = dialer
        self._db = db
        self._clock = clock
        self._errands = errands
        self._attendance = attendance
        self._open: dict[str, _Back] = {}

    async def load(self) -> None:
        """Go on with the places a predecessor kept."""
        for back in await self._db.write(_open_backs):
            self._begin(back)

    async def ask(self, call: Call, order: ServeOrder, number: str) -> None:
        """Keep the caller's place; committed. Asking again for the same number keeps the first place.

        Raises :class:`~hotline.call.errors.OperatorRefused` when the queue does not offer it or there is no
        number, :class:`KeyError` for an unknown queue.
        """
        if not self._hall.queue(order.queue).call_back:
            raise OperatorRefused("This queue calls nobody back.", code="call-back-off")
        if not number.strip():
            raise OperatorRefused("There is no number to call back.", code="call-back-number")
        if any(one.number == number and one.order.queue == order.queue for one in self._open.values()):
            return
        visit, entered_at = self._visits.place_of(call)
        back = _Back(
            id=uuid.uuid4().hex,
            visit=visit,
            leg=call.facts.leg,
            linkedid=call.facts.linkedid,
            number=number.strip(),
            account=call.facts.account,
            order=order,
            entered_at=entered_at,
            next_at=self._clock.now(),
            attempts=0,
        )
        self._open[back.id] = back
        try:
            await self._db.write(partial(_add, back=back, at=self._clock.now()))
        except HotlineError:
            del self._open[back.id]
            raise
        self._begin(back)

    def _begin(self, back: _Back) -> None:
        self._open[back.id] = back
        self._errands.begin(self._lead(back), "call back")

    async def _lead(self, back: _Back) -> None:
        try:
            await self._until_over(back)
        finally:
            self._open.pop(back.id, None)

    async def _until_over(self, back: _Back) -> None:
        over = False
        while not over:
            pause = (back.next_at - self._clock.now()).total_seconds()
            await self._clock.sleep(max(pause, 0.0))
            visit = self._visit(back)
            seat = await self._hall.line_up(visit, None)
            if seat is None:  # its queue was taken out of the file
                self._write(back, CallBackState.FAILED, "no queue")
                return
            over = await self._connect(back, visit, seat)

    def _visit(self, back: _Back) -> Visit:
        now = self._clock.monotonic()
        entered = now - (self._clock.now() - back.entered_at).total_seconds()
        return Visit(
            id=back.visit,
            leg=back.leg,
            linkedid=back.linkedid,
            number=back.number,
            order=back.order,
            words=self._attendance.words(back.order),
            tell=_tell_nobody,
            caller=new_caller(back.visit, back.order, entered=entered, now=now, kept=True),
            entered_at=back.entered_at,
            call_back=back.id,
        )

    async def _connect(self, back: _Back, visit: Visit, seat: Seat) -> bool:
        """Ring the caller for a seated operator; True when the matter is over."""
        back.attempts += 1
        values = {
            "state": CallBackState.PLACING,
            "attempts": back.attempts,
            "operator": seat.operator.number,
        }
        key = self._hall.key_of(seat)
        try:
            await self._db.write(partial(repository.change_call_back, call_back=back.id, values=values))
            leg = await self._reach(back, visit, seat)
        except HotlineError as failed:
            self._visits.talked(visit, 0.0, None)
            self._hall.seats.leave(key, seat.leg, 0.0)
            await seat.leg.hangup()
            return self._unreached(back, failed)
        if leg is None:  # the operator is gone: the next one is rung, the caller has noticed nothing
            back.attempts -= 1
            self._hall.seats.lose(key, seat.leg, estate=back.order.estate)
            await seat.leg.hangup()
            self._write(back, CallBackState.WAITING, "operator lost")
            return False
        await self._talk(back, visit, seat, leg)
        return True

    async def _reach(self, back: _Back, visit: Visit, seat: Seat) -> Call | None:
        """Ring the caller while the operator waits; ``None`` when the operator hung up meanwhile.

        Raises :class:`~hotline.call.errors.DialFailed`.
        """
        if seat.leg.over:
            return None
        seat.leg.play(visit.words.sounds(Phrase.OPERATOR_WAITS, {"operator": seat.operator.number}))
        seat.leg.play([Tone(ToneName.RINGBACK)])
        order = DialOrder(
            to=back.number,
            linkedid=back.linkedid,
            purpose=PURPOSE,
            timeout=RING,
            account=back.account,
            estate=back.order.estate,
        )
        self._visits.event(visit, "CALL_BACK", attempt=str(back.attempts), operator=seat.operator.number)
        dialling = asyncio.ensure_future(self._dialer.dial(order))
        leaving = asyncio.ensure_future(_gone(seat.leg))
        try:
            await asyncio.wait((dialling, leaving), return_when=asyncio.FIRST_COMPLETED)
            return await dialling if dialling.done() else None
        finally:
            for one in (dialling, leaving):
                one.cancel()
            await asyncio.gather(dialling, leaving, return_exceptions=True)
            seat.leg.stop_playing()

    async def _talk(self, back: _Back, visit: Visit, seat: Seat, leg: Call) -> None:
        """Lead the caller who answered like one who rang in."""
        outcome = "hung up"
        try:
            async with self._attendance.recorded(leg, back.order.estate):
                served = await self._until_hung_up(leg, self._serve(visit, seat, leg))
            outcome = served.end.value if served is not None else outcome
        finally:
            self._write(back, CallBackState.DONE, outcome)
            await leg.hangup()

    async def _serve(self, visit: Visit, seat: Seat, leg: Call) -> Served:
        visit.tell = partial(_play_music, leg)
        visit.caller = replace(visit.caller, kept=False)  # from now on somebody waits on the line
        sounds = visit.words.sounds(Phrase.CALL_BACK, {"operator": seat.operator.number})
        if sounds:
            leg.play(sounds)
        return await self._attending.serve(leg, visit, seat)

    async def _until_hung_up(self, leg: Call, serving: Any) -> Served | None:
        task: asyncio.Task[Served] = asyncio.ensure_future(serving)
        leaving = asyncio.ensure_future(_gone(leg, interrupted=False))
        try:
            await asyncio.wait((task, leaving), return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not task.cancelled():
                return task.result()
        except CallGone:
            pass  # noticed by the talk first
        finally:
            for one in (task, leaving):
                one.cancel()
            await asyncio.gather(task, leaving, return_exceptions=True)
        return None

    def _unreached(self, back: _Back, failed: HotlineError) -> bool:
        if not isinstance(failed, DialFailed) or isinstance(failed, NoChannel):  # a fault of ours
            back.attempts -= 1
            back.next_at = self._clock.now() + timedelta(seconds=OURS_AGAIN_AFTER)
            self._write(back, CallBackState.WAITING, failed.code)
            return False
        if back.attempts > len(AGAIN_AFTER):
            self._write(back, CallBackState.FAILED, failed.disposition)
            return True
        back.next_at = self._clock.now() + timedelta(seconds=AGAIN_AFTER[back.attempts - 1])
        self._write(back, CallBackState.WAITING, failed.disposition)
        return False

    def _write(self, back: _Back, state: CallBackState, outcome: str) -> None:
        now = self._clock.now()
        over = state in (CallBackState.DONE, CallBackState.FAILED)
        values = {
            "state": state, "outcome": outcome, "attempts": back.attempts, "next_at": back.next_at,
            "ended_at": now if over else None,
        }  # fmt: skip

        def write(session: Session) -> None:
            repository.change_call_back(session, back.id, values)
            if state is CallBackState.FAILED:
                estate, attempts = back.order.estate, str(values["attempts"])
                repository.tell(
                    session, estate=estate, kind=FAILED, subject=back.linkedid, at=now, attempts=attempts
                )

        self._papers.put(write)


def _tell_nobody(_news: QueueNews) -> None:
    """The caller is not on the line."""


def _play_music(leg: Call, news: QueueNews) -> None:
    """A caller who was called back and lost the operator hears that they wait."""
    if isinstance(news, QueuePlace):
        leg.play([Tone(ToneName.MUSIC)])


async def _gone(leg: Call, *, interrupted: bool = True) -> None:
    """Return when a leg is over, or nothing comes from it."""
    try:
        while True:
            event = await leg.next_event()
            if isinstance(event, HungUp) or (interrupted and isinstance(event, Interrupted)):
                return
    except CallGone:
        return


def _add(session: Session, back: _Back, at: datetime) -> None:
    order = back.order
    about = {"topic": order.topic, "ticket": order.ticket, "caller_name": order.caller_name}
    about |= {f"place_{name}": value for name, value in asdict(order.place).items()}
    about["skills"] = " ".join(sorted(order.skills))
    session.add(
        CallBackRow(
            id=back.id, visit=back.visit, estate=order.estate, queue=order.queue, leg=back.leg,
            linkedid=back.linkedid, number=back.number, account=back.account, language=order.language,
            priority=order.priority, about=about, entered_at=back.entered_at, asked_at=at,
            state=CallBackState.WAITING, attempts=0, next_at=back.next_at, ended_at=None, operator="",
            outcome="",
        )
    )  # fmt: skip


def _open_backs(session: Session) -> list[_Back]:
    return [_back(row) for row in repository.open_call_backs(session)]


def _back(row: CallBackRow) -> _Back:
    about = row.about
    place = Place(*(about.get(f"place_{name}", "") for name in ("building", "unit", "room", "note")))
    order = ServeOrder(
        queue=row.queue, estate=row.estate, priority=row.priority, language=row.language,
        skills=frozenset(about.get("skills", "").split()), topic=about.get("topic", ""), place=place,
        ticket=about.get("ticket", ""), caller_name=about.get("caller_name", ""), callback=row.number,
    )  # fmt: skip
    return _Back(
        id=row.id, visit=row.visit, leg=row.leg, linkedid=row.linkedid, number=row.number,
        account=row.account, order=order, entered_at=row.entered_at, next_at=row.next_at,
        attempts=row.attempts,
    )  # fmt: skip
