"""Wake-ups from a list: a tour group's, a crew's. All of it or, with any mistake in it, nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import sheets
from hotline.call.errors import Problem, WakeupRefused
from hotline.call.ports.paper import Place
from hotline.call.ports.wakeups import NewWakeup, Repeat, WakeTime
from hotline.db.engine import Database
from hotline.sheets import Column, Columns, Findings, Row
from hotline.wakeup import wording
from hotline.wakeup.book import WakeupBook
from hotline.wakeup.house import Rooms
from hotline.wakeup.models import BookingState, WakeupRow
from hotline.wakeup.recurrence import instant

COLUMNS = Columns(
    "the wake-up list",
    {
        "building": Column("the building", ("building", "block", "楼栋", "楼号", "栋", "座")),
        "unit": Column("the unit", ("unit", "单元")),
        "room": Column("the room", ("room", "房号", "房间", "房间号"), needed=True),
        "time": Column("the time", ("time", "wake-up time", "at", "时间", "叫醒时间"), needed=True),
        "day": Column("the (first) day", ("date", "day", "from", "日期", "叫醒日期", "开始日期", "起始日期")),
        "repeat": Column("the days it repeats on", ("repeat", "days", "重复", "周期", "频率")),
        "until": Column("the last day", ("until", "last day", "截止", "截止日期", "结束日期")),
        "to": Column("the telephone", ("telephone", "phone", "number", "电话", "分机", "号码")),
        "language": Column("the language", ("language", "语言")),
        "note": Column("the note", ("note", "remarks", "备注")),
    },
)
_COLUMN_OF = {"wakeup-no-room": "room", "wakeup-no-number": "to", "wakeup-room-full": "room"}
"""Which column a refusal is about; the others are about the time."""

CHECKOUT = "checkout"
"""Why a booking ended with a stay; see :meth:`~hotline.wakeup.book.WakeupBook.ended_in`."""
Plain = Callable[[str, str, str], Place]
"""Makes of building, unit and room as people write them the room as the directory writes it."""


@dataclass(slots=True)
class WakeupChanges:
    """What storing a list changed, in bookings."""

    booked: int = 0
    unchanged: int = 0
    """Booked before, also by a line further up."""
    warnings: tuple[Problem, ...] = ()


def import_wakeups(
    db: Database,
    book: WakeupBook,
    path: Path,
    *,
    estate: str,
    zone: ZoneInfo,
    rooms: Rooms,
    plain: Plain,
    who: str,
    dry_run: bool = False,
) -> WakeupChanges:
    """Book every line of a CSV or XLSX list; what is booked already, or has rung, stays as it is. Blocks.

    Raises :class:`~hotline.call.errors.InvalidInput` with the problems of every line, refusals of the
    house's rules included; nothing is stored then.
    """
    sheet = sheets.read(path, COLUMNS)
    findings = Findings(sheet)
    changes = WakeupChanges()
    with db.transaction() as session:
        attempt = session.begin_nested()
        taking = _Taking(session, book, rooms, estate, zone, db.clock.now(), who, findings, changes)
        for row in sheet.rows:
            taking.take(row, _new(row, findings, estate=estate, plain=plain, who=who))
        changes.warnings = findings.settle()
        if dry_run:
            attempt.rollback()
    return changes


def _new(row: Row, findings: Findings, *, estate: str, plain: Plain, who: str) -> NewWakeup | None:
    room = findings.text(row, "room", needed=True)
    building, unit = findings.text(row, "building"), findings.text(row, "unit")
    at = findings.time_of_day(row, "time", needed=True)
    first, until = findings.day(row, "day"), findings.day(row, "until")
    spoken = findings.language(row, "language", "")
    to, note = findings.text(row, "to"), findings.text(row, "note", longest=200)
    repeat = wording.repeat_of(row.text("repeat"))
    if repeat is None:
        wrong = f'"{row.text("repeat")}" are no days: daily, workdays, mon,wed – 每天, 工作日, 周一、周三'
        findings.bad(row, "repeat", wrong)
    elif repeat[0] is Repeat.ONCE and until is not None:
        findings.bad(row, "until", "a wake-up that does not repeat has no last day")
    if at is None or repeat is None or not findings.clean(row):
        return None
    when = WakeTime(at=at, repeat=repeat[0], days=repeat[1], first=first, until=until)
    place = plain(building, unit, room)
    return NewWakeup(
        estate=estate, place=place, when=when, to=to, language=spoken, requested_by=who, note=note
    )


@dataclass(slots=True)
class _Taking:
    session: Session
    book: WakeupBook
    rooms: Rooms
    estate: str
    zone: ZoneInfo
    now: datetime
    who: str
    findings: Findings
    changes: WakeupChanges

    def take(self, row: Row, new: NewWakeup | None) -> None:
        if new is None:
            return
        known = self._known(new)
        if known is not None:
            self.changes.unchanged += 1
            if known.state is BookingState.CANCELLED:
                again = f"wake-up {known.number} was cancelled and stays so; book it by hand if it is wanted"
                self.findings.warn(row, "time", again)
            return
        try:
            with self.session.begin_nested():
                self.book.book_in(self.session, new)
            self.changes.booked += 1
        except WakeupRefused as refused:
            self.findings.bad(row, _COLUMN_OF.get(refused.code, "time"), refused.sentence)

    def _known(self, new: NewWakeup) -> WakeupRow | None:
        """Return the booking a line is about already, one that still rings before any other."""
        room = self.rooms.room(self.session, self.estate, new.place)
        if room is None:
            return None
        query = select(WakeupRow).where(
            WakeupRow.estate == self.estate,
            WakeupRow.building == room.place.building,
            WakeupRow.unit == room.place.unit,
            WakeupRow.room == room.place.room,
            WakeupRow.at == new.when.at,
            WakeupRow.repeat == new.when.repeat,
        )
        found = [row for row in self.session.scalars(query) if self._same(row, new.when)]
        return min(found, key=lambda row: row.state is not BookingState.BOOKED, default=None)

    def _same(self, row: WakeupRow, when: WakeTime) -> bool:
        if frozenset(row.days) != when.days or row.until_day != when.until:
            return False
        if row.ended_why == CHECKOUT:
            return False  # of a guest before this one
        if when.first is not None:
            return row.first_day == when.first
        if when.repeat is Repeat.ONCE:
            return row.first_day == self._next_day(when)
        return row.state is not BookingState.OVER  # what is over may be begun anew

    def _next_day(self, when: WakeTime) -> date:
        """Return the day a line without one means, as a booking takes it."""
        today = self.now.astimezone(self.zone).date()
        return today + timedelta(days=1) if instant(today, when.at, self.zone) <= self.now else today
