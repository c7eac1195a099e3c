"""Duty over HTTP: who is on now and this week, and changes of single dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts.rights import Holder, Scope
from hotline.call.errors import HotlineError
from hotline.duty import repository
from hotline.duty.changes import DutyChanges, NewChange
from hotline.duty.hours import NeverOpens
from hotline.duty.models import DutyChangeRow
from hotline.duty.roster import Reason, Turn
from hotline.duty.service import DutyBook
from hotline.duty.timetable import Stretch, stretches
from hotline.web.api import etags
from hotline.web.api.bodies import Body, Day, Instant, Note, Word
from hotline.web.api.description import MATCHED, TAGGED
from hotline.web.api.doing import KeyHeader, done
from hotline.web.api.etags import IfMatch, answered
from hotline.web.api.guard import guard_of, needs
from hotline.web.api.paging import Pages
from hotline.web.api.parts import ApiParts, EstateFacts, aware, parts_of
from hotline.web.api.shapes import DayText, Moment, Out, Page, day, instant, moment
from hotline.web.api.wakeups import EstateQuery
from hotline.web.masks import Masks

router = APIRouter(tags=["duty"])

Reader = Annotated[Holder, Depends(needs(Scope.DUTY_READ))]
Writer = Annotated[Holder, Depends(needs(Scope.DUTY_WRITE))]
Parts = Annotated[ApiParts, Depends(parts_of)]
Number = Annotated[str, Path(pattern=r"^\d{1,9}$", description="The change's number.")]
Roster = Annotated[Word, Query(description="One roster or topic; default: all.")]
_A_SHIFT = timedelta(days=1)
"""The last shift of a week is shown to its end."""


class TurnOut(Out):
    """Somebody on duty."""

    name: str
    number: str
    reason: Annotated[str, Field(examples=["weekly"])]
    shift: str
    after: Annotated[bool, Field(description="Only rung after those on duty.")]
    until: Moment | None
    instead_of: str
    why: str


class WindowOut(Out):
    """Opening hours."""

    open: bool
    next_opening: Moment | None


class WhoOut(Out):
    """Who is on duty at an instant."""

    estate: str
    at: Moment
    windows: dict[str, WindowOut]
    rosters: dict[str, list[TurnOut]]


class StretchOut(Out):
    """A time during which the same people are on duty."""

    begin: Moment
    end: Moment
    covered: bool
    people: list[TurnOut]


class WeekOut(Out):
    """Who is on duty day by day."""

    estate: str
    begin: Moment
    end: Moment
    rosters: dict[str, list[StretchOut]]


class ChangeOut(Out):
    """Somebody put off duty, on duty or in another's place."""

    number: str
    estate: str
    roster: str
    first: DayText | None
    last: DayText | None
    begin: Moment | None
    end: Moment | None
    remove: str
    put: str
    put_number: str
    why: str
    who: str
    at: Moment
    swap_of: str | None
    cancelled_at: Moment | None
    cancelled_by: str


class NewChangeBody(Body):
    """A change: of dates (`first`, `last`) or between two instants (`begin`, `end`)."""

    roster: Annotated[Word, Field(min_length=1, examples=["technicians"])]
    first: Day | None = None
    last: Day | None = None
    begin: Instant | None = None
    end: Instant | None = None
    remove: Annotated[Word, Field(description="Name of who is not there.")] = ""
    put: Annotated[Word, Field(description="Name of who is there (instead).")] = ""
    number: Annotated[Word, Field(description="Number of who is put on, if not known.")] = ""
    swap_with: Annotated[Day | None, Field(description="The other date: there the two change places.")] = None
    why: Note = ""


class ChangedOut(Out):
    """What was filed or cancelled; of a swap both halves."""

    number: str
    changes: list[ChangeOut]


@router.get("/duty")
async def who(
    request: Request, parts: Parts, holder: Reader, estate: EstateQuery = "", roster: Roster = "",
    at: Annotated[Instant | None, Query(description="Then instead of now.")] = None,
) -> WhoOut:  # fmt: skip
    """Which windows are open, whom each roster rings in turn and why."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "duty.who"))
    moment_ = aware(at, found.zone) or parts.clock.now()
    book = await _book(parts, found)
    return WhoOut(
        estate=found.id, at=instant(moment_, found.zone),
        windows={name: _window(book, name, moment_) for name in sorted(book.windows)},
        rosters={
            name: [_turn(turn, found, masks) for turn in book.responsible(name, moment_)]
            for name in _asked(book, roster)
        },
    )  # fmt: skip


@router.get("/duty/week")
async def week(
    request: Request, parts: Parts, holder: Reader, estate: EstateQuery = "", roster: Roster = "",
    first: Annotated[Day | None, Query(description="First day; default: today.")] = None,
    days: Annotated[int, Query(ge=1, le=62)] = 7,
) -> WeekOut:  # fmt: skip
    """Who is on duty day by day, with the times at which one hands over to the next."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "duty.week"))
    today = parts.clock.now().astimezone(found.zone).date()
    begin = datetime.combine(first or today, datetime.min.time(), found.zone)
    end = begin + timedelta(days=days)
    book = await _book(parts, found)
    return WeekOut(
        estate=found.id, begin=instant(begin, found.zone), end=instant(end, found.zone),
        rosters={
            name: [
                _stretch(one, found, masks)
                for one in stretches(book.rota, name, begin, end + _A_SHIFT)
                if one.begin < end
            ]
            for name in _asked(book, roster)
        },
    )  # fmt: skip


@router.get("/duty/changes", response_model=Page[ChangeOut])
async def changes(
    request: Request, parts: Parts, holder: Reader, paging: Pages, estate: EstateQuery = "",
    roster: Roster = "", over: Annotated[bool, Query(description="Those that are over, too.")] = False,
) -> Page[ChangeOut]:  # fmt: skip
    """Changes, the newest first, cancelled ones too."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "duty.changes"))
    since = None if over else parts.clock.now()

    def read(session: Session) -> Page[ChangeOut]:
        rows = repository.rows(session, found.id, roster=roster or None, since=since)
        return paging.slice(rows, lambda row: _change(row, found, masks))

    return await parts.db.read(read)


@router.post("/duty/changes", status_code=201, response_model=ChangedOut)
async def change(
    request: Request, parts: Parts, holder: Writer, body: NewChangeBody, estate: EstateQuery = "",
    key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Put a person off duty, on duty, or in another's place; a gap that must not be is refused."""
    found = parts.estate(estate, holder)
    book = await _book(parts, found)
    wanted = NewChange(
        roster=body.roster, first=body.first, last=body.last or body.first,
        begin=aware(body.begin, found.zone), end=aware(body.end, found.zone), remove=body.remove,
        put=body.put, number=body.number, swap_with=body.swap_with, why=body.why,
    )  # fmt: skip
    covered = [one.emergency_roster for one in parts.settings.estates if one.id == found.id]

    def deed(session: Session) -> ChangedOut:
        desk = DutyChanges(parts.db, clock=parts.clock)
        return _changed(
            session, found, holder, desk.file(session, book, wanted, who=holder.who, must_cover=covered)
        )

    answer = await done(request, holder, "duty.change", deed, key=key, status=201)
    await book.refresh(parts.db)
    return answer


@router.get("/duty/changes/{number}", response_model=ChangeOut, responses=TAGGED)
async def show_change(
    request: Request, parts: Parts, holder: Reader, number: Number, estate: EstateQuery = ""
) -> Response:
    """One change."""
    found = parts.estate(estate, holder)
    masks = Masks(await guard_of(request).looked(holder, "duty.changes"))
    return answered(
        request, await parts.db.read(lambda session: _change(_find(session, found, number), found, masks))
    )


@router.delete("/duty/changes/{number}", response_model=ChangedOut, responses=MATCHED)
async def cancel(
    request: Request, parts: Parts, holder: Writer, number: Number, estate: EstateQuery = "",
    if_match: IfMatch = "", key: KeyHeader = "",
) -> JSONResponse:  # fmt: skip
    """Cancel a change; of a swap both halves."""
    found, masks = parts.estate(estate, holder), Masks(holder.may(Scope.PERSONAL_READ))
    book = await _book(parts, found)

    def check(session: Session) -> None:
        etags.check(if_match, _change(_find(session, found, number), found, masks))

    def deed(session: Session) -> ChangedOut:
        desk = DutyChanges(parts.db, clock=parts.clock)
        return _changed(session, found, holder, desk.withdraw(session, book, int(number), who=holder.who))

    answer = await done(request, holder, "duty.cancel", deed, key=key, check=check)
    await book.refresh(parts.db)
    return answer


def _find(session: Session, estate: EstateFacts, number: str) -> DutyChangeRow:
    row = session.get(DutyChangeRow, int(number))
    if row is None or row.estate != estate.id:
        raise HotlineError(f"There is no change {number}.", code="duty-change-unknown")
    return row


async def _book(parts: ApiParts, estate: EstateFacts) -> DutyBook:
    book = parts.duty[estate.id]
    await book.refresh(parts.db)
    return book


def _asked(book: DutyBook, name: str) -> Sequence[str]:
    known = sorted(book.rosters) + sorted(book.topics)
    if name and name not in known:
        raise HotlineError(f'There is no roster "{name}".', code="roster-unknown")
    return [name] if name else known


def _changed(session: Session, estate: EstateFacts, holder: Holder, refs: Sequence[int]) -> ChangedOut:
    masks = Masks(holder.may(Scope.PERSONAL_READ))
    session.flush()
    rows = [session.get_one(DutyChangeRow, ref) for ref in refs]
    return ChangedOut(number=str(refs[0]), changes=[_change(row, estate, masks) for row in rows])


def _window(book: DutyBook, name: str, at: datetime) -> WindowOut:
    try:
        opens = instant(book.next_opening(name, at), book.zone)
    except NeverOpens:
        opens = None
    return WindowOut(open=book.is_open(name, at), next_opening=opens)


def _turn(turn: Turn, estate: EstateFacts, masks: Masks) -> TurnOut:
    always = turn.reason is Reason.STANDING and not turn.shift
    return TurnOut(
        name=turn.contact.name, number=masks.number("", turn.contact.number), reason=turn.reason.value,
        shift=turn.shift, after=turn.after, until=None if always else instant(turn.end, estate.zone),
        instead_of=turn.instead_of, why=masks.text(turn.why),
    )  # fmt: skip


def _stretch(one: Stretch, estate: EstateFacts, masks: Masks) -> StretchOut:
    return StretchOut(
        begin=instant(one.begin, estate.zone), end=instant(one.end, estate.zone), covered=one.covered,
        people=[_turn(turn, estate, masks) for turn in one.turns],
    )  # fmt: skip


def _change(row: DutyChangeRow, estate: EstateFacts, masks: Masks) -> ChangeOut:
    return ChangeOut(
        number=str(row.id), estate=row.estate, roster=row.roster, first=day(row.first_day),
        last=day(row.last_day), begin=moment(row.begins_at, estate.zone),
        end=moment(row.ends_at, estate.zone),
        remove=row.remove, put=row.put_name, put_number=masks.number("", row.put_number),
        why=masks.text(row.why), who=row.who, at=instant(row.at, estate.zone),
        swap_of=None if row.swap_of is None else str(row.swap_of),
        cancelled_at=moment(row.cancelled_at, estate.zone), cancelled_by=row.cancelled_by,
    )  # fmt: skip
