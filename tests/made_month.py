"""A made-up stretch of a hotline's life, put into the tables as the slices write it; the same for a seed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from hotline.call.ports import Direction, TicketKind, Urgency
from hotline.callrecords.models import CallEventRow, CallRow, LegRow
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.states import CampaignKind, CampaignState, PersonState
from hotline.fees.models import PromiseRow
from hotline.fees.states import PromiseState
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.outbound.models import AttemptRow, CallState, OutboundCallRow
from hotline.outbound.policy import Outcome
from hotline.quality.models import ReviewRow, ReviewState, SampleRow
from hotline.tickets.models import TicketFiringRow, TicketHistoryRow, TicketLimitRow, TicketRow, TicketState
from hotline.wakeup.models import BookingState, OccurrenceRow, Repeat, State, WakeupRow

ESTATES = ("default", "north")
STEPS = (("1", "repairs"), ("2", "complaints"), ("3", "fees"), ("0", "human"), ("6", "wakeup"))
PIECE = 500


class Month:
    """Draws rows between two instants."""

    def __init__(self, seed: int, begin: datetime, end: datetime) -> None:
        self.chance = random.Random(seed)
        self.begin, self.end = begin, end
        self.rows: dict[type[Any], list[dict[str, Any]]] = {}
        self._serial = 0

    def add(self, table: type[Any], **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def instant(self) -> datetime:
        # on whole and half hours too: the edges of periods are where reports go wrong
        span = (self.end - self.begin).total_seconds()
        at = self.begin + timedelta(seconds=self.chance.randrange(int(span)))
        return at.replace(minute=0, second=0) if self.chance.random() < 0.1 else at

    def next(self) -> int:
        self._serial += 1
        return self._serial

    def leg(self) -> str:
        return f"{self.chance.getrandbits(128):032x}"

    def some(self, *choices: Any) -> Any:
        return self.chance.choice(choices)

    # --- calls -----------------------------------------------------------------------------------

    def call(self) -> None:
        start, leg = self.instant(), self.leg()
        answered, ringing = self.chance.random() < 0.93, round(self.chance.uniform(0.1, 18.0), 3)
        answer = start + timedelta(seconds=ringing) if answered else None
        long = round(self.chance.uniform(5, 400), 3)
        facts: dict[str, Any] = {
            "linkedid": leg, "uniqueid": leg, "estate": self.some(*ESTATES), "process": "p",
            "direction": self.some(*[Direction.INBOUND] * 5, Direction.OUTBOUND), "src": "", "src_raw": "",
            "src_name": "", "dst": "", "dst_raw": "", "account": "", "start": start, "answer": answer,
            "end": start + timedelta(seconds=ringing + long), "duration": ringing + long,
            "billsec": long if answered else 0.0, "disposition": "ANSWERED" if answered else "NO ANSWER",
            "ring_seconds": ringing, "rings": int(ringing // 5) + 1, "hangup_by": None, "hangup_cause": "",
            "outcome": self.some("ticket", "abandoned", "informed", "transferred", "emergency"),
        }  # fmt: skip
        self.add(CallRow, **facts, emergency=self.chance.random() < 0.02)
        self.add(LegRow, **facts, purpose="", codec="")
        if answered:
            self._events(leg, facts["estate"], answer)

    def _events(self, leg: str, estate: str, at: datetime | None) -> None:
        assert at is not None
        for step in ("welcome", "notice", "announce", "main"):
            self.event(leg, estate, at, "MENU", step=step)
        chosen = self.chance.random() < 0.8
        if chosen:
            key, step = self.chance.choice(STEPS)
            self.event(leg, estate, at, "CHOICE", menu="main", key=key, step=step)
            self.event(leg, estate, at, "MENU", step=step)
        if chosen and self.chance.random() < 0.4:
            self._wait(leg, estate, at + timedelta(seconds=20))
        if self.chance.random() < 0.4:
            self.ticket(estate, at + timedelta(seconds=60), leg)

    def event(self, leg: str, estate: str, at: datetime, kind: str, **detail: str) -> None:
        self.add(CallEventRow, estate=estate, uniqueid=leg, at=at, kind=kind, detail=detail)

    def _wait(self, leg: str, estate: str, at: datetime) -> None:
        visit = self.leg()
        for queue in ("front", "main")[self.chance.randrange(2) :]:
            how = self.some(Leave.ANSWERED, Leave.ANSWERED, Leave.ABANDONED, Leave.LONGEST_WAIT)
            waited, answered = round(self.chance.uniform(0, 60), 3), how is Leave.ANSWERED
            operator = self.some("01", "02") if answered else ""
            self.add(
                WaitRow, id=self.leg(), visit=visit, estate=estate, queue=queue, leg=leg, priority=50,
                entered_at=at, position=1, left_at=at, how=how, waited=waited,
                short=how is Leave.ABANDONED and waited < 5, operator=operator, offers=1,
                talk_ended_at=None, talked=round(self.chance.uniform(5, 300), 3) if answered else None,
                talk_end="",
            )  # fmt: skip
            at += timedelta(seconds=waited)
            if self.chance.random() < 0.2:
                self.event(leg, estate, at, "QUEUE_MISSED", operator=self.some("01", "02"), reason="ring")
            if answered:
                self._talked(leg, estate, at)
            if how is not Leave.LONGEST_WAIT:
                return

    def _talked(self, leg: str, estate: str, at: datetime) -> None:
        if self.chance.random() < 0.3:
            kind = self.some("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER_FAILED", "BRIDGE_ENTER")
            named = {"name": "王"} if self.chance.random() < 0.5 else {"with": leg}
            self.event(leg, estate, at, kind, **named)
        if self.chance.random() < 0.3:
            key = self.some("1", "2", "3", "4", "5", "9")
            self.event(leg, estate, at, "CHOICE", menu="survey", key=key, step=f"survey_{key}")

    # --- tickets ---------------------------------------------------------------------------------

    def ticket(self, estate: str, at: datetime, leg: str = "") -> None:
        serial, done = self.next(), at + timedelta(hours=self.chance.uniform(0.1, 90))
        number = f"{at:%Y%m%d}{serial:05d}"
        closed = done if self.chance.random() < 0.7 else None
        self.add(
            TicketRow, number=number, estate=estate, day=at.date(), serial=serial,
            state=TicketState.CLOSED if closed else TicketState.REGISTERED,
            kind=self.some(TicketKind.REPAIR, TicketKind.REPAIR, TicketKind.COMPLAINT), topic="",
            urgency=self.some(Urgency.ORDINARY, Urgency.URGENT), complete=self.chance.random() < 0.9,
            building=self.some("", "1", "2"), unit="", room=self.some("", "101"), place_note="",
            caller_number="", caller_number_raw="", callback_number="", callback_number_raw="",
            caller_name="", description="", words_recording="", name_recording="", call=leg, language="zh",
            assignee="", opened_at=at, closed_at=closed, round=self.some(0, 0, 1),
            owner=self.some("", "李娜", "user:wang"), department=self.some("", "工程部", "=客服"),
        )  # fmt: skip
        for name in ("first_response", "solved"):
            due = at + timedelta(hours=self.chance.uniform(0.1, 60))
            met = self.some(None, at + timedelta(hours=self.chance.uniform(0, 70)))
            turn = self.some(0, 1)
            self.add(
                TicketLimitRow, number=number, round=turn, name=name, started_at=at, due_at=due, met_at=met
            )
            if self.chance.random() < 0.3:
                for percent in (80, 100):
                    self.add(TicketFiringRow, number=number, round=turn, name=name, percent=percent, at=due)
        for event in ("registered", "completed", "followed_up", "postponed", "reopened", "closed"):
            if self.chance.random() < 0.5:
                score = f"{self.chance.randint(1, 5)} of 5: 说了2次" if self.chance.random() < 0.7 else ""
                self.add(
                    TicketHistoryRow, estate=estate, number=number, at=self.instant(), who="x", event=event,
                    detail=score if event == "followed_up" else "3 of 5", state="",
                )  # fmt: skip

    # --- wake-ups, reminders, reviews ------------------------------------------------------------

    def wakeup(self) -> None:
        number, due, estate = f"{self.next():06d}", self.instant(), self.some(*ESTATES)
        self.add(
            WakeupRow, number=number, estate=estate, building="", unit="", room="808", place_note="", to="",
            to_raw="", at=due.time(), repeat=Repeat.ONCE, days=[], first_day=due.date(), skips=[],
            language="zh", state=BookingState.OVER, requested_by="guest", call="", note="", created_at=due,
            ended_by="", ended_why="",
        )  # fmt: skip
        state = self.some(State.CONFIRMED, State.CONFIRMED, State.KNOCKED, State.UNCONFIRMED,
                          State.CANCELLED, State.DUE)  # fmt: skip
        late = self.chance.randint(0, 20) if state in (State.CONFIRMED, State.KNOCKED) else None
        self.add(
            OccurrenceRow, wakeup=number, estate=estate, day=due.date(), place="808", state=state,
            due_at=due, turn=1, turn_at=due, until=due, escalate_at=due, knock_until=due, snoozes=0,
            confirmed_by="", minutes_late=late, reason="", rounds=0,
        )  # fmt: skip
        for kind in ("wakeup", "knock"):
            if self.chance.random() < 0.6:
                self._rung(kind, number, due, estate)

    def _rung(self, kind: str, number: str, due: datetime, estate: str) -> None:
        key = self.leg()
        self.add(
            OutboundCallRow, id=key, estate=estate, kind=kind, subject=number,
            occurrence=due.date().isoformat(), policy="p", flow="f", language="zh", roster="", supervisor="",
            to="", to_name="", facts={}, priority=1, state=CallState.DONE, held_by="", due_at=due,
            next_at=due, attempts=1, lease_owner="", requested_by="", created_at=due, result="",
        )  # fmt: skip
        for count in range(1, self.chance.randint(1, 3) + 1):
            at = due + timedelta(seconds=self.chance.choice((0, 1, 59, 60, 61, 200)) + 60 * (count - 1))
            self.add(
                AttemptRow, call=key, number=count, to="", to_name="", owner="p", at=at,
                outcome=Outcome.NO_ANSWER, leg="", confirmed="", detail="",
            )  # fmt: skip

    def reminders(self, people: int) -> None:
        for campaign, estate in enumerate(ESTATES, 1):
            self.add(
                CampaignRow, id=campaign, estate=estate, name="r", kind=CampaignKind.REMINDER, facts={},
                flow="f", policy="p", state=CampaignState.RUNNING, created_by="x", created_at=self.begin,
            )  # fmt: skip
            for _ in range(people):
                state = self.some(PersonState.FINISHED, PersonState.NOT_REACHED, PersonState.NOT_CALLED,
                                  PersonState.PLANNED)  # fmt: skip
                settled = None if state is PersonState.PLANNED else self.instant()
                self.add(
                    PersonRow, campaign=campaign, number=str(self.next()), raw="", name="", building="",
                    unit="", room="", language="zh", about="", state=state, settled_at=settled, ticket="",
                    result=self.some("promised", "dispute", "") if state is PersonState.FINISHED else "",
                )  # fmt: skip
                self._promise(estate)

    def _promise(self, estate: str) -> None:
        at = self.instant()
        self.add(
            PromiseRow, estate=estate, building="", unit="", room="", room_key="", said_at=at,
            said_on=at.date(), promised_on=at.date(), amount_fen=self.chance.randint(1, 500_000),
            said_to=self.some("reminder", "reminder", "menu"), leg="", recording="",
            state=self.some(*PromiseState),
        )  # fmt: skip

    def reviews(self, count: int) -> None:
        self.add(
            SampleRow, id=1, estate="default", operator="01", first_day=date(2026, 11, 1),
            last_day=date(2026, 11, 30), seed="s", wanted=count, candidates=count, drawn_at=self.begin,
            drawn_by="x",
        )  # fmt: skip
        for _ in range(count):
            state = self.some(ReviewState.DRAWN, ReviewState.SCORED)
            self.add(
                ReviewRow, sample=1, estate=self.some(*ESTATES), operator=self.some("01", "02"),
                call=self.leg(), call_at=self.instant(), talked=60.0, state=state, form={}, points={},
                percent=round(self.chance.uniform(40, 100), 1) if state is ReviewState.SCORED else None,
                comment="", scored_by="", example=False, example_note="", version=1,
            )  # fmt: skip

    def store(self, session: Session) -> None:
        for table, rows in self.rows.items():
            every = dict.fromkeys(key for row in rows for key in row)
            for start in range(0, len(rows), PIECE):
                whole = [{key: row.get(key) for key in every} for row in rows[start : start + PIECE]]
                session.execute(insert(table), whole)


def month(seed: int, *, calls: int, begin: datetime | None = None, days: int = 34, others: int = 40) -> Month:
    """Return about a month with its edges: some of it lies before and after November in Shanghai."""
    begin = begin or datetime(2026, 10, 30, tzinfo=UTC)
    made = Month(seed, begin, begin + timedelta(days=days))
    for _ in range(calls):
        made.call()
    for _ in range(others):
        made.wakeup()
    made.reminders(others)
    made.reviews(others)
    return made
