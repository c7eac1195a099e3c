"""A year of a property company in one SQLite file: calls with legs, events, recordings, transcripts, tickets.

Shares follow the load a property company reports (DOMAIN section 1): 68 % of tickets private repairs; every
call as the calls process writes it (CHAN_START, ANSWER, MENU, DTMF … HANGUP).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from hotline.call.events import HangupBy
from hotline.call.ports import Direction, TicketKind, Urgency
from hotline.callrecords.models import (
    CallEventRow,
    CallRow,
    LegRow,
    RecordingRow,
    TranscriptRow,
    TranscriptState,
)
from hotline.db.base import Base
from hotline.operators.lines import Leave
from hotline.operators.models import WaitRow
from hotline.residents.models import ResidentNumberRow, ResidentRow, RoomRow
from hotline.tickets.life import TicketState
from hotline.tickets.models import PartKind, TicketHistoryRow, TicketLimitRow, TicketPartRow, TicketRow

ESTATE = "default"
BATCH = 2000
ROOMS = 1200
STEPS = ("main", "repairs", "repair_place", "complaints", "fees", "progress", "wakeup", "operator")
OUTCOMES = (
    "ticket",
    "informed",
    "transferred",
    "abandoned",
    "message",
    "emergency",
    "call_back",
    "incomplete",
)
SENTENCES = (
    "你好，我家厨房水管漏水，请派人来看一下。", "电梯停在三楼不动了，里面没有人。",
    "我想问一下这个月的物业费是多少。",
    "昨天报修的灯还没有人来修，请你们快一点。", "楼上装修太吵，能不能管一管。", "明天早上七点请叫醒我。",
)  # fmt: skip


class Maker:
    """Makes rows from one seed: the same every time."""

    def __init__(self, calls: int, tickets: int, until: datetime, days: int = 365, seed: int = 6) -> None:
        """Spread over the days before ``until``."""
        self.calls, self.tickets, self.until, self.days = calls, tickets, until, days
        self.chance = random.Random(seed)
        self.legs: list[tuple[str, datetime]] = []

    def fill(self, session: Session) -> None:
        """Write everything."""
        self._put(session, RoomRow, self._rooms())
        self._put(session, ResidentRow, self._people())
        self._put(session, ResidentNumberRow, self._numbers())
        begins = sorted(self._moment() for _ in range(self.calls))
        for first in range(0, self.calls, BATCH):
            self._calls(session, begins[first : first + BATCH])
        opened = sorted(self._moment() for _ in range(self.tickets))
        for first in range(0, self.tickets, BATCH):
            self._tickets(session, first, opened[first : first + BATCH])

    @staticmethod
    def _put(session: Session, table: type[Base], rows: Iterator[dict[str, Any]]) -> None:
        found = list(rows)
        if found:
            session.execute(insert(table), found)

    def _moment(self) -> datetime:
        return self.until - timedelta(seconds=self.chance.uniform(600, self.days * 86400))

    def _phone(self, person: int) -> str:
        return f"+861{3800000000 + person * 37}"

    def _rooms(self) -> Iterator[dict[str, Any]]:
        for number in range(ROOMS):
            yield {
                "id": number + 1, "estate": ESTATE, "building": str(number // 120 + 1),
                "unit": str(number // 60 % 2 + 1), "room": f"{number % 60 // 4 + 1}0{number % 4 + 1}",
                "address": "", "address_number": "",
            }  # fmt: skip

    def _people(self) -> Iterator[dict[str, Any]]:
        for number in range(ROOMS):
            yield {
                "id": number + 1, "estate": ESTATE, "room_id": number + 1, "name": f"业主{number}",
                "kind": "owner", "note": "",
            }  # fmt: skip

    def _numbers(self) -> Iterator[dict[str, Any]]:
        for number in range(ROOMS):
            phone = self._phone(number)
            yield {
                "id": number + 1, "estate": ESTATE, "resident_id": number + 1, "position": 0,
                "number": phone, "raw": phone[3:],
            }  # fmt: skip

    # --- calls -------------------------------------------------------------------------------------

    def _calls(self, session: Session, begins: list[datetime]) -> None:
        calls, legs, events, recordings, texts, waits = ([] for _ in range(6))
        for at in begins:
            made = self._call(at)
            calls.append(made["call"])
            legs.extend(made["legs"])
            events.extend(made["events"])
            recordings.extend(made["recordings"])
            texts.extend(made["texts"])
            waits.extend(made["waits"])
        for table, rows in (
            (CallRow, calls), (LegRow, legs), (CallEventRow, events), (RecordingRow, recordings),
            (TranscriptRow, texts), (WaitRow, waits),
        ):  # fmt: skip
            self._put(session, table, iter(rows))

    def _call(self, at: datetime) -> dict[str, Any]:
        chance = self.chance
        uniqueid = f"{chance.getrandbits(128):032x}"
        inbound, answered = chance.random() < 0.75, chance.random() < 0.93
        person = chance.randrange(ROOMS * 2)
        talk = chance.uniform(8, 240) if answered else 0.0
        phone = self._phone(person)
        cdr = {
            "linkedid": uniqueid, "estate": ESTATE, "process": "bench", "account": "trunk",
            "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
            "src": phone if inbound else "+865391234567", "src_raw": phone[3:] if inbound else "05391234567",
            "src_name": "", "dst": "+865391234567" if inbound else phone,
            "dst_raw": "05391234567" if inbound else phone[3:], "start": at,
            "answer": at + timedelta(seconds=1) if answered else None,
            "end": at + timedelta(seconds=1 + talk),
            "duration": round(1 + talk, 3), "billsec": round(talk, 3),
            "disposition": "ANSWERED" if answered else chance.choice(("NO ANSWER", "CANCELLED", "BUSY")),
            "ring_seconds": 1.0, "rings": 1, "hangup_by": HangupBy.FAR, "hangup_cause": "200",
            "outcome": chance.choice(OUTCOMES) if answered else "abandoned",
        }  # fmt: skip
        leg = cdr | {
            "uniqueid": uniqueid, "purpose": "" if inbound else "follow_up", "sip_status": 200,
            "codec": "PCMA",
            "received_packets": int(talk * 50), "sent_packets": int(talk * 50), "loss": 0, "jitter": 1.5,
            "mos": 4.3,
        }  # fmt: skip
        made: dict[str, Any] = {
            "call": cdr | {"uniqueid": uniqueid, "emergency": chance.random() < 0.01}, "legs": [leg],
            "events": list(self._events(uniqueid, at, talk)), "recordings": [], "texts": [], "waits": [],
        }  # fmt: skip
        if answered:
            self.legs.append((uniqueid, at))
            made["recordings"].append(self._recording(uniqueid, at, talk))
            made["texts"].append(self._text(uniqueid, at, talk))
            if chance.random() < 0.25:
                operator = f"{chance.randrange(1, 9)}"
                made["waits"].append(self._wait(uniqueid, at, talk, operator))
                made["legs"].append(self._operator_leg(leg, operator))
        return made

    def _events(self, uniqueid: str, at: datetime, talk: float) -> Iterator[dict[str, Any]]:
        kinds: list[tuple[str, dict[str, str]]] = [("CHAN_START", {})]
        if talk:
            kinds += [("ANSWER", {}), ("MENU", {"step": "main"}), ("DTMF", {"key": "1", "source": "rtp"})]
            steps = [self.chance.choice(STEPS) for _ in range(3)]
            kinds += [("CHOICE", {"menu": "main", "key": "1", "step": steps[0]})]
            kinds += [("MENU", {"step": step}) for step in steps]
            kinds += [
                ("HEARD", {"text": "厨房水管漏水", "score": "0.82"}),
                ("DTMF", {"key": "1", "source": "rtp"}),
            ]
        kinds.append(("HANGUP", {"cause": "200", "by": "far"}))
        for place, (kind, detail) in enumerate(kinds):
            when = at + timedelta(seconds=talk * place / len(kinds))
            yield {"estate": ESTATE, "uniqueid": uniqueid, "at": when, "kind": kind, "detail": detail}

    @staticmethod
    def _recording(uniqueid: str, at: datetime, talk: float) -> dict[str, Any]:
        from pathlib import Path

        path = Path(f"{at:%Y/%m/%d}/{uniqueid}.wav")
        return {
            "uniqueid": uniqueid, "estate": ESTATE, "path": path, "started_at": at, "seconds": round(talk, 3),
            "purged_at": None,
        }  # fmt: skip

    def _text(self, uniqueid: str, at: datetime, talk: float) -> dict[str, Any]:
        said = [self.chance.choice(SENTENCES) for _ in range(6)]
        step = talk / len(said)
        segments = [
            {"start": round(step * n, 2), "end": round(step * (n + 0.8), 2), "text": one,
             "side": "caller" if n % 2 else "hotline"}
            for n, one in enumerate(said)
        ]  # fmt: skip
        return {
            "uniqueid": uniqueid, "estate": ESTATE, "state": TranscriptState.DONE, "created_at": at,
            "due_at": at, "attempts": 1, "finished_at": at, "failure": "", "language": "zh",
            "engine": "bench",
            "text": "\n".join(said), "segments": segments,
        }  # fmt: skip

    def _wait(self, uniqueid: str, at: datetime, talk: float, operator: str) -> dict[str, Any]:
        return {
            "id": f"{self.chance.getrandbits(128):032x}", "visit": uniqueid, "estate": ESTATE,
            "queue": "service", "leg": uniqueid, "priority": 0, "entered_at": at, "position": 1,
            "left_at": at,
            "how": Leave.ANSWERED, "waited": 6.0, "short": False, "operator": operator, "offers": 1,
            "talk_ended_at": at, "talked": talk, "talk_end": "hung_up",
        }  # fmt: skip

    def _operator_leg(self, leg: dict[str, Any], operator: str) -> dict[str, Any]:
        return leg | {
            "uniqueid": f"{self.chance.getrandbits(128):032x}", "direction": Direction.OUTBOUND,
            "purpose": "operator", "dst": f"800{operator}", "dst_raw": f"800{operator}", "outcome": "",
        }  # fmt: skip

    # --- tickets -----------------------------------------------------------------------------------

    def _tickets(self, session: Session, first: int, opened: list[datetime]) -> None:
        tickets, history, limits, parts = ([] for _ in range(4))
        for place, at in enumerate(opened, start=first):
            row = self._ticket(place, at)
            tickets.append(row)
            history.extend(self._history(row))
            limits.extend(self._limits(row))
            if row["call"]:
                parts.append(self._part(row))
        for table, rows in (
            (TicketRow, tickets), (TicketHistoryRow, history), (TicketLimitRow, limits),
            (TicketPartRow, parts),
        ):  # fmt: skip
            self._put(session, table, iter(rows))

    def _ticket(self, place: int, at: datetime) -> dict[str, Any]:
        chance = self.chance
        late = at > self.until - timedelta(days=6)
        state = (
            chance.choice(list(TicketState))
            if late
            else chance.choice((TicketState.CLOSED, TicketState.CANCELLED))
        )
        room, ended = chance.randrange(ROOMS), state in (TicketState.CLOSED, TicketState.CANCELLED)
        person = self._phone(room)
        due = at + timedelta(hours=8)
        call = chance.choice(self.legs)[0] if chance.random() < 0.9 else ""
        nothing = dict.fromkeys(
            ("name_start", "name_end", "due_at", "nature", "promised_at", "postponed_at", "accepted_at",
             "arrived_at", "feedback_at", "done_at", "followed_up_at", "satisfaction", "round_at")
        )  # fmt: skip
        empty = dict.fromkeys(("place_note", "name_recording", "accused", "fault"), "")
        return nothing | empty | {
            "number": f"{at:%Y%m%d}{place % 10000:04d}", "estate": ESTATE, "day": at.date(),
            "serial": place % 10000, "state": state,
            "kind": TicketKind.REPAIR if chance.random() < 0.68 else chance.choice(list(TicketKind)),
            "topic": "repairs", "urgency": Urgency.URGENT if chance.random() < 0.05 else Urgency.ORDINARY,
            "complete": True, "building": str(room // 120 + 1), "unit": str(room // 60 % 2 + 1),
            "room": f"{room % 60 // 4 + 1}0{room % 4 + 1}", "caller_number": person,
            "caller_number_raw": person[3:], "callback_number": person, "callback_number_raw": person[3:],
            "caller_name": f"业主{room}", "description": chance.choice(SENTENCES), "words_recording": call,
            "words_start": 2.0 if call else None, "words_end": 6.0 if call else None, "call": call,
            "language": "zh", "assignee": chance.choice(("张师傅", "李师傅", "")), "opened_at": at,
            "respond_by": at + timedelta(minutes=10),
            "responded_at": at + timedelta(minutes=5) if ended else None,
            "closed_at": due if ended else None, "owner": chance.choice(("王芳", "刘洋", "")),
            "department": chance.choice(("工程部", "客服部", "安保部", "")), "round": 0,
            "next_due_at": None if ended else due, "limits_of": None,
        }  # fmt: skip

    @staticmethod
    def _history(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for event, who in (
            ("registered", "hotline"),
            ("assigned", "王芳"),
            ("accepted", "张师傅"),
            ("closed", "王芳"),
        ):
            yield {
                "estate": ESTATE, "number": row["number"], "at": row["opened_at"], "who": who, "event": event,
                "detail": "", "state": row["state"].value,
            }  # fmt: skip

    @staticmethod
    def _limits(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for name, hours in (("first_response", 1), ("feedback", 4), ("solved", 8)):
            yield {
                "number": row["number"], "round": 0, "name": name, "started_at": row["opened_at"],
                "due_at": row["opened_at"] + timedelta(hours=hours),
                "met_at": row["closed_at"] and row["opened_at"] + timedelta(minutes=40), "next_fire_at": None,
            }  # fmt: skip

    @staticmethod
    def _part(row: dict[str, Any]) -> dict[str, Any]:
        return {
            "estate": ESTATE, "number": row["number"], "kind": PartKind.CALL, "at": row["opened_at"],
            "by": "hotline", "text": "", "recording": row["call"], "start": None, "end": None, "name": "",
            "path": "", "sha256": "", "bytes": None, "media_type": "",
        }  # fmt: skip


def a_year(
    session: Session, *, calls: int, tickets: int, until: datetime | None = None, days: int = 365
) -> None:
    """Fill an empty, migrated database with a year, or fewer days, before ``until``."""
    Maker(calls, tickets, until or datetime.now(UTC), days).fill(session)
