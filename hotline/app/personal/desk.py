"""Export and deletion of one person's data (DOMAIN section 9), both written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from hotline.accounts import tokens
from hotline.app.personal import below, elsewhere
from hotline.app.personal.below import Below
from hotline.app.personal.finding import Person, PersonUnnamed, person_of, rows_of, unfinished
from hotline.app.personal.traces import TRACES
from hotline.call.errors import EnvironmentFault
from hotline.callrecords.models import CallRow, LegRow
from hotline.db.base import Base
from hotline.db.engine import Database
from hotline.fees.models import BillRow
from hotline.fees.states import BillState
from hotline.home import Home
from hotline.privacy import bundle, requests
from hotline.privacy.asking import Asked, By, Deleted, Exported
from hotline.privacy.bundle import Bundle, Section
from hotline.privacy.models import RequestKind
from hotline.tickets.models import TicketRow

BACKUPS = "backups"
_TITLES = {
    "call_events": ("通话事件", "Events of calls"), "recordings": ("录音", "Recordings"),
    "transcripts": ("转写文字", "Transcripts"), "intake_drafts": ("未完成的登记", "Unfinished intakes"),
    "ticket_parts": ("工单附件与记录", "Parts of tickets"),
    "ticket_history": ("工单经过", "History of tickets"),
    "residents": ("住户登记", "Residents"),
    "resident_numbers": ("住户电话", "Residents' numbers"), "bills": ("房间账单", "Bills of the room"),
}  # fmt: skip


@dataclass(slots=True)
class _Found:
    person: Person
    rows: dict[str, Sequence[Any]] = field(default_factory=dict)
    stay: dict[str, Sequence[Any]] = field(default_factory=dict)
    reasons: set[str] = field(default_factory=set)
    kept_calls: set[str] = field(default_factory=set)
    legs: set[str] = field(default_factory=set)
    below: Below | None = None


class PrivacyDesk:
    """Does what people may ask for. Blocking: files are read and deleted; not for an event loop."""

    def __init__(self, db: Database, home: Home, *, house: str, normalise: Callable[[str], str]) -> None:
        """``house``: who keeps the data, as the person knows them."""
        self._db = db
        self._home = home
        self._house = house
        self._normalise = normalise

    def export(self, asked: Asked, target: Path, by: By) -> dict[str, int]:
        """Write the ZIP and return what is in it; raises as :meth:`exported`."""
        return self.exported(asked, target, by).counts

    def exported(self, asked: Asked, target: Path, by: By) -> Exported:
        """Write the ZIP and return under which request; noted only when it was written.

        Raises :class:`~hotline.app.personal.finding.PersonUnnamed`,
        :class:`~hotline.privacy.asking.ReasonMissing` or :class:`~hotline.call.errors.EnvironmentFault`.
        """
        by.must_say_why()
        with self._db.reading() as session:
            found = self._find(session, asked)
            made = self._bundle(session, found, asked.estate)
        bundle.write(made, target)
        with self._db.transaction() as session:
            row = self._note(session, RequestKind.EXPORT, found.person, asked, by, made.counts, ())
        return Exported(row, made.counts)

    def look(self, asked: Asked) -> Deleted:
        """Return what :meth:`delete` would do."""
        with self._db.reading() as session:
            found = self._find(session, asked)
            stays = found.reasons | {BACKUPS} | _elsewhere(session, found, asked.estate)
            return Deleted(0, _counts(found), tuple(sorted(stays)))

    def delete(self, asked: Asked, by: By) -> Deleted:
        """Delete or anonymise everything about somebody whose matters are over; say what stays and why.

        Files go first: cut off in the middle, asked again it is finished. Raises as :meth:`exported`.
        """
        by.must_say_why()
        with self._db.reading() as session:
            found = self._find(session, asked)
            files, written = self._files(found), _elsewhere(session, found, asked.estate)
        try:
            below.delete_files(files)
        except OSError as error:
            raise EnvironmentFault(
                f"A recording cannot be deleted ({error.strerror}): mend the permissions of the data folder "
                "and ask again. Nothing else was deleted.",
                code="recording-undeletable",
            ) from error
        with self._db.transaction() as session:
            found = self._find(session, asked)
            counts = _counts(found) | ({"files": len(files)} if files else {})
            self._erase(session, found, asked.estate)
            stays = tuple(sorted(found.reasons | {BACKUPS} | written))
            row = self._note(session, RequestKind.DELETE, found.person, asked, by, counts, stays)
            return Deleted(row, counts, stays)

    # --- what there is ---------------------------------------------------------------------------

    def _find(self, session: Session, asked: Asked) -> _Found:
        person = person_of(session, asked, self._normalise)
        found = _Found(person)
        for trace in TRACES:
            name = trace.row.__tablename__
            found.rows[name] = rows_of(session, trace, person, asked.estate)
            found.stay[name] = unfinished(session, trace, person, asked.estate)
            if found.stay[name]:
                found.reasons.add(trace.stays)
        if not (person.numbers or person.residents or any(found.rows.values())):
            raise PersonUnnamed(
                "Nobody of this name is known in this room: write it as the directory or the stay has it."
            )
        if self._owes(session, person):
            found.reasons.add("unpaid-bills")
        open_tickets: Sequence[TicketRow] = found.stay["tickets"]
        found.kept_calls = below.calls_of_legs(session, below.legs_of_tickets(open_tickets))
        found.kept_calls |= {row.linkedid for row in found.stay["calls"]}
        calls: Sequence[CallRow] = found.rows["calls"]
        legs: Sequence[LegRow] = found.rows["legs"]
        found.legs = below.legs_of_calls(session, (row.linkedid for row in calls))
        found.legs |= {row.uniqueid for row in legs}
        found.legs |= below.legs_of_tickets(found.rows["tickets"])
        return found

    def _owes(self, session: Session, person: Person) -> bool:
        for room in person.rooms if person.residents else ():
            query = select(BillRow.number).where(
                BillRow.estate == room.estate, BillRow.building == room.building, BillRow.unit == room.unit,
                BillRow.room == room.room, BillRow.state == BillState.UNPAID,
            )  # fmt: skip
            if session.scalars(query.limit(1)).first() is not None:
                return True
        return False

    def _below(self, session: Session, found: _Found, *, everything: bool) -> Below:
        kept = set() if everything else below.legs_of_calls(session, found.kept_calls)
        stay = set() if everything else {row.number for row in found.stay["tickets"]}
        tickets = {row.number for row in found.rows["tickets"]} - stay
        return below.gather(session, legs=found.legs - kept, tickets=tickets)

    def _bundle(self, session: Session, found: _Found, estate: str) -> Bundle:
        lower = self._below(session, found, everything=True)
        sections = [
            Section(trace.row.__tablename__, trace.zh, trace.en, _plain(found.rows[trace.row.__tablename__]))
            for trace in TRACES
        ]
        more: dict[str, Sequence[Base]] = dict(lower.tables())
        more["residents"] = found.person.residents
        more["resident_numbers"] = [row for one in found.person.residents for row in one.numbers]
        more["bills"] = self._bills(session, found.person)
        sections += [Section(name, *_TITLES[name], _plain(rows)) for name, rows in more.items()]
        files = below.files_of(lower, recordings=self._home.recordings, home=self._home.root)
        return Bundle(self._db.clock.now(), self._house, sections, files)

    def _bills(self, session: Session, person: Person) -> Sequence[BillRow]:
        found: list[BillRow] = []
        for room in person.rooms if person.residents else ():
            query = select(BillRow).where(
                BillRow.estate == room.estate, BillRow.building == room.building, BillRow.unit == room.unit,
                BillRow.room == room.room,
            )  # fmt: skip
            found += session.scalars(query).all()
        return found

    # --- what goes -------------------------------------------------------------------------------

    def _files(self, found: _Found) -> list[Path]:
        with self._db.reading() as session:
            lower = self._below(session, found, everything=False)
            return list(
                below.files_of(lower, recordings=self._home.recordings, home=self._home.root).values()
            )

    def _erase(self, session: Session, found: _Found, estate: str) -> None:
        below.blank(session, self._below(session, found, everything=False), self._db.clock.now())
        for trace in TRACES:
            name = trace.row.__tablename__
            stay = {id(row) for row in found.stay[name]}
            for row in found.rows[name]:
                if id(row) not in stay:
                    _blank(row, trace.blank, trace.own_side, found.person)
        elsewhere.scrub_answers(session, found.person, estate)
        if "unpaid-bills" not in found.reasons:
            for resident in found.person.residents:
                for number in list(resident.numbers):
                    session.delete(number)
                session.delete(resident)

    def _note(
        self, session: Session, kind: RequestKind, person: Person, asked: Asked, by: By,
        counts: dict[str, int], stays: Sequence[str],
    ) -> int:  # fmt: skip
        now = self._db.clock.now()
        row = requests.note(
            session, kind, person.identity, estate=asked.estate, by=by.who, reason=by.reason, at=now,
            counts=counts, stays=stays,
        )  # fmt: skip
        tokens.note(session, by.id, f"privacy.{kind}", at=now, by=by.who, detail=str(row.id))
        return row.id


def _elsewhere(session: Session, found: _Found, estate: str) -> set[str]:
    """Reads whole tables: not inside a transaction that writes."""
    tickets = {row.number for row in found.rows["tickets"]}
    own = {name: [inspect(row).identity[0] for row in rows] for name, rows in found.rows.items()}
    there = elsewhere.mentioned(session, found.person, estate, tickets=tickets, own=own)
    return {"written-elsewhere"} if there else set()


def _blank(row: Any, values: Any, sides: Any, person: Person) -> None:
    mine = {column for number, columns in sides.items() if _is_of(row, number, person) for column in columns}
    for column, value in values.items():
        if not sides or column in mine:
            setattr(row, column, value(row) if callable(value) else value)


def _is_of(row: Any, side: str, person: Person) -> bool:
    return getattr(row, side) in person.numbers or getattr(row, f"{side}_raw") in person.numbers


def _counts(found: _Found) -> dict[str, int]:
    counts = {
        name: len(rows) - len(found.stay[name])
        for name, rows in found.rows.items()
        if len(rows) > len(found.stay[name])
    }
    if found.person.residents and "unpaid-bills" not in found.reasons:
        counts["residents"] = len(found.person.residents)
    return counts


def _plain(rows: Sequence[Base]) -> list[dict[str, Any]]:
    return [
        {
            column.key: value if isinstance(value := getattr(row, column.key), list | dict | int | float)
            else None if value is None else str(value)
            for column in inspect(type(row)).column_attrs
            if column.key not in _INSIDE
        }
        for row in rows
    ]  # fmt: skip


_INSIDE = frozenset({"process", "lease_owner", "lease_until", "pin_hash", "limits_of", "sha256", "held_by"})
"""Columns that only the program needs."""
