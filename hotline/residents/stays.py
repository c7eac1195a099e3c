"""Guests and their stays: who is in a room, and what follows them when they move or leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import sheets
from hotline.call.errors import HotlineError, Problem
from hotline.call.ports import Place
from hotline.db.engine import Database
from hotline.residents import names, rooms
from hotline.residents.models import RoomRow
from hotline.residents.staymodels import StayEventRow, StayRow
from hotline.sheets import Column, Columns, Findings, Row

LANGUAGES = {
    "": "zh", "zh": "zh", "中文": "zh", "普通话": "zh", "chinese": "zh", "mandarin": "zh",
    "en": "en", "英文": "en", "英语": "en", "english": "en",
}  # fmt: skip
COLUMNS = Columns(
    "the guest list",
    {
        "building": Column("the building", ("building", "楼栋", "楼号", "栋", "座")),
        "unit": Column("the unit", ("unit", "单元")),
        "room": Column("the room", ("room", "房号", "房间", "房间号"), needed=True),
        "name": Column("the guest's name", ("name", "guest", "姓名", "客人", "客人姓名"), needed=True),
        "from": Column("the day of arrival", ("from", "arrival", "入住", "入住日期", "到店"), needed=True),
        "to": Column("the day of departure", ("to", "departure", "离店", "离店日期", "退房日期")),
        "language": Column("the language", ("language", "语言")),
    },
)


class StayRefused(HotlineError):
    """The stay is not as the request takes it to be; the sentence says what to do. Nothing was changed."""

    code = "stay-refused"


class StayFollower(Protocol):
    """What belongs to a guest and goes with them, in the same transaction: wake-ups."""

    def moved_in(
        self, session: Session, estate: str, from_place: Place, to_place: Place, *, at: datetime, who: str,
        stay: str, own: bool,
    ) -> int:  # fmt: skip
        """Go along to another room; returns how many went.

        ``own``: the guest came from another room, what is booked in this one without a stay is not theirs.
        """
        ...

    def ended_in(
        self, session: Session, estate: str, place: Place, *, at: datetime, who: str, stay: str, own: bool
    ) -> int:
        """End with the stay; returns how many ended."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a stay, and how many wake-ups went along or ended with it."""

    stay: StayRow
    followed: int = 0


@dataclass(slots=True)
class StayChanges:
    """What storing a guest list changed, in stays."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    warnings: tuple[Problem, ...] = ()


class Stays:
    """Changes stays inside somebody's transaction."""

    def __init__(self, followers: Sequence[StayFollower] = ()) -> None:
        """``followers`` learn of moves and checkouts."""
        self._followers = tuple(followers)

    def check_in(
        self, session: Session, estate: str, place: Place, *, name: str, from_on: date, to_on: date | None,
        language: str, at: datetime, who: str,
    ) -> StayRow:  # fmt: skip
        """Let a guest stay in a room; raises :class:`StayRefused` when somebody has not left it yet."""
        room = rooms.named(session, estate, place)
        if not name.strip():
            raise StayRefused("A stay needs the guest's name.")
        if to_on is not None and to_on < from_on:
            raise StayRefused("The day of departure lies before the day of arrival.")
        self._vacant(session, room)
        stay = StayRow(
            estate=estate, room_id=room.id, name=name.strip(), language=language, from_on=from_on,
            to_on=to_on, left_at=None,
        )  # fmt: skip
        session.add(stay)
        session.flush()
        _note(session, stay, "checked_in", f"{room.place}, {from_on} – {to_on or '…'}", at=at, who=who)
        return stay

    def move(self, session: Session, stay: StayRow, to: Place, *, at: datetime, who: str) -> Done:
        """Give the guest another room; wake-ups go along.

        Raises :class:`StayRefused`, and what followers refuse: a wake-up that would ring beside another one.
        """
        _must_be_here(stay)
        before = session.get_one(RoomRow, stay.room_id)
        room = rooms.named(session, stay.estate, to)
        if room.id == before.id:
            raise StayRefused(f"The guest is in {room.place} already.")
        self._vacant(session, room)
        own = _has_moved(session, stay)
        stay.room_id = room.id
        session.flush()
        _note(session, stay, "moved", f"{before.place} → {room.place}", at=at, who=who)
        followed = [
            one.moved_in(
                session, stay.estate, before.place, room.place, at=at, who=who, stay=str(stay.id), own=own
            )
            for one in self._followers
        ]
        return Done(stay, sum(followed))

    def check_out(self, session: Session, stay: StayRow, *, at: datetime, who: str) -> Done:
        """End the stay; wake-ups end with it. Raises :class:`StayRefused` when it has ended."""
        _must_be_here(stay)
        stay.left_at = at
        place = session.get_one(RoomRow, stay.room_id).place
        _note(session, stay, "checked_out", str(place), at=at, who=who)
        own = _has_moved(session, stay)
        ended = [
            one.ended_in(session, stay.estate, place, at=at, who=who, stay=str(stay.id), own=own)
            for one in self._followers
        ]
        return Done(stay, sum(ended))

    def change(
        self, session: Session, stay: StayRow, *, at: datetime, who: str, name: str = "",
        to_on: date | None = None, language: str = "",
    ) -> bool:  # fmt: skip
        """Correct a stay; empty leaves a fact as it is. Returns whether anything changed."""
        _must_be_here(stay)
        if to_on is not None and to_on < stay.from_on:
            raise StayRefused("The day of departure lies before the day of arrival.")
        wanted = {
            "name": name or stay.name,
            "to_on": to_on or stay.to_on,
            "language": language or stay.language,
        }
        changed = [key for key, value in wanted.items() if getattr(stay, key) != value]
        for key in changed:
            setattr(stay, key, wanted[key])
        if changed:
            detail = f"to {stay.to_on}" if "to_on" in changed else ", ".join(changed)
            _note(session, stay, "changed", detail, at=at, who=who)
        return bool(changed)

    def _vacant(self, session: Session, room: RoomRow) -> None:
        if current(session, room.id) is not None:
            raise StayRefused(
                f"Somebody stays in {room.place}: check them out first (`hotline stays checkout`)."
            )


def _has_moved(session: Session, stay: StayRow) -> bool:
    query = select(StayEventRow.id).where(StayEventRow.stay == stay.id, StayEventRow.event == "moved")
    return session.scalars(query.limit(1)).first() is not None


def current(session: Session, room_id: int) -> StayRow | None:
    """Return who stays in a room."""
    query = select(StayRow).where(StayRow.room_id == room_id, StayRow.left_at.is_(None))
    return session.scalars(query.limit(1)).first()


def of_room(session: Session, estate: str, place: Place) -> StayRow:
    """Return who stays in a room a place names; raises :class:`StayRefused` when nobody does."""
    room = rooms.named(session, estate, place)
    stay = current(session, room.id)
    if stay is None:
        raise StayRefused(f"Nobody stays in {room.place}. `hotline stays list` shows who is where.")
    return stay


def in_house(session: Session, estate: str | None, *, limit: int) -> Sequence[StayRow]:
    """Return stays that have not ended, in the order of their rooms."""
    query = select(StayRow).where(StayRow.left_at.is_(None))
    if estate is not None:
        query = query.where(StayRow.estate == estate)
    found = session.scalars(query).all()
    return sorted(found, key=lambda stay: (stay.estate, names.in_order(str(stay.room.place))))[:limit]


def history(session: Session, stay: StayRow) -> Sequence[StayEventRow]:
    """Return what happened to a stay, oldest first."""
    query = select(StayEventRow).where(StayEventRow.stay == stay.id).order_by(StayEventRow.id)
    return session.scalars(query).all()


def import_stays(db: Database, path: Path, *, estate: str, who: str, dry_run: bool = False) -> StayChanges:
    """Store a CSV or XLSX list of guests who are here: all of it or, with any mistake in it, nothing.

    Importing it again changes nothing. Guests it does not name stay: only a checkout ends a stay. Raises
    :class:`~hotline.call.errors.InvalidInput` with the problems of every line.
    """
    sheet = sheets.read(path, COLUMNS)
    findings = Findings(sheet)
    changes = StayChanges()
    with db.transaction() as session:
        attempt = session.begin_nested()
        for row in sheet.rows:
            _take(session, estate, row, findings, changes, at=db.clock.now(), who=who)
        changes.warnings = findings.settle()
        if dry_run:
            attempt.rollback()
    return changes


def _take(
    session: Session, estate: str, row: Row, findings: Findings, changes: StayChanges, *,
    at: datetime, who: str,
) -> None:  # fmt: skip
    place = _place(row, findings)
    name = findings.text(row, "name", needed=True)
    from_on = findings.day(row, "from", needed=True)
    to_on = findings.day(row, "to")
    language = LANGUAGES.get(row.text("language").lower(), "")
    if not language:
        findings.bad(row, "language", f'"{row.text("language")}" is not spoken here: zh or en')
    if from_on is None or not findings.clean(row):
        return
    stays = Stays()
    try:
        room = rooms.named(session, estate, place)
        known = current(session, room.id)
        if known is not None and known.name == name:
            given = language if row.text("language") else ""
            changed = stays.change(session, known, at=at, who=who, to_on=to_on, language=given)
            changes.changed += changed
            changes.unchanged += not changed
            return
        stays.check_in(
            session, estate, place, name=name, from_on=from_on, to_on=to_on, language=language, at=at, who=who
        )
        changes.added += 1
    except HotlineError as refused:
        findings.bad(row, "room", refused.sentence)


def _place(row: Row, findings: Findings) -> Place:
    room = findings.text(row, "room", needed=True)
    building, unit = findings.text(row, "building"), findings.text(row, "unit")
    together = names.whole(room) if room and not building and not unit else None
    return together or Place(names.building(building), names.unit(unit), names.room(room))


def _must_be_here(stay: StayRow) -> None:
    if stay.left_at is not None:
        raise StayRefused("This stay has ended.")


def _note(session: Session, stay: StayRow, event: str, detail: str, *, at: datetime, who: str) -> None:
    session.add(StayEventRow(stay=stay.id, at=at, event=event, detail=detail, who=who))
