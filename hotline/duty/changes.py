"""Changes of single dates: checked against the roster, then committed. See :class:`DutyChanges`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy.orm import Session

from hotline.call.clock import Clock
from hotline.call.errors import HotlineError
from hotline.call.ports import DutyContact
from hotline.db import outbox
from hotline.db.engine import Database
from hotline.duty import repository, sections
from hotline.duty.hours import DAY_MINUTES, instant
from hotline.duty.models import DutyChangeRow
from hotline.duty.roster import Change, Turn
from hotline.duty.rota import Rota, turns
from hotline.duty.service import DutyBook
from hotline.duty.timetable import gaps

_LONGEST = timedelta(days=366)
_DAY = timedelta(days=1)


class DutyRefused(HotlineError):
    """A change of the roster that does not hold; the sentence says what would. Nothing was changed."""

    code = "duty-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A change as somebody asks for it: dates (both inclusive), or two instants."""

    roster: str
    first: date | None = None
    last: date | None = None
    begin: datetime | None = None
    end: datetime | None = None
    remove: str = ""
    put: str = ""
    number: str = ""
    """Number of who is put on; looked up by the name when empty."""
    swap_with: date | None = None
    """The other date of a swap: there ``put`` is taken off and ``remove`` put on."""
    why: str = ""


class DutyChanges:
    """Makes and cancels changes. Every method may raise :class:`~hotline.call.errors.EnvironmentFault`."""

    def __init__(self, db: Database, *, clock: Clock) -> None:
        """Take the database and the clock that dates what is done."""
        self._db = db
        self._clock = clock

    async def add(
        self, book: DutyBook, wanted: NewChange, *, who: str, must_cover: Collection[str] = ()
    ) -> tuple[int, ...]:
        """Commit a change of ``book``'s estate and return its number (two for a swap).

        It counts in ``book`` at once. ``must_cover`` names rosters that must be covered without saying
        so themselves (the estate's emergency roster). Raises :class:`DutyRefused`; also for a change
        that leaves such a roster with nobody.
        """

        def write(session: Session) -> tuple[int, ...]:
            return self.file(session, book, wanted, who=who, must_cover=must_cover)

        added = await self._db.write(write)
        await book.refresh(self._db)
        return added

    async def cancel(self, book: DutyBook, ref: int, *, who: str) -> tuple[int, ...]:
        """Cancel a change, a swap as a whole; returns what was cancelled. Raises :class:`DutyRefused`."""
        gone = await self._db.write(lambda session: self.withdraw(session, book, ref, who=who))
        await book.refresh(self._db)
        return gone

    def file(
        self,
        session: Session,
        book: DutyBook,
        wanted: NewChange,
        *,
        who: str,
        must_cover: Collection[str] = (),
    ) -> tuple[int, ...]:
        """Do what :meth:`add` does, in the transaction of ``session``."""
        now = self._clock.now()
        if not who.strip():
            raise DutyRefused("Say who makes the change.", code="duty-who")
        known = repository.changes(session, book.estate, since=now - repository.PAST)
        rota = book.rota_with(known)
        changes = _checked(rota, _people(book, rota), wanted, now)
        if rota.rosters[wanted.roster].must_cover or wanted.roster in must_cover:
            _check_gaps(rota, changes)
        first: DutyChangeRow | None = None
        refs: list[int] = []
        for change in changes:
            row = _row(book.estate, change, who=who.strip(), at=now, swap_of=first.id if first else None)
            session.add(row)
            session.flush()
            first = first or row
            refs.append(row.id)
        _tell(session, book.estate, refs[0], wanted.roster, now)
        return tuple(refs)

    def withdraw(self, session: Session, book: DutyBook, ref: int, *, who: str) -> tuple[int, ...]:
        """Do what :meth:`cancel` does, in the transaction of ``session``."""
        now = self._clock.now()
        row = session.get(DutyChangeRow, ref)
        if row is None or row.estate != book.estate:
            raise DutyRefused(
                f"There is no change {ref}. `hotline duty change list` shows them.",
                code="duty-change-unknown",
            )
        if row.cancelled_at is not None:
            raise DutyRefused(f"Change {ref} is cancelled already.", code="duty-cancelled")
        both = [row, *repository.other_half(session, row)]
        if all(_is_over(repository.change_of(each), book.zone, now) for each in both):
            raise DutyRefused(f"Change {ref} is over: what was stays on record.", code="duty-over")
        for each in both:
            each.cancelled_at, each.cancelled_by = now, who
        _tell(session, book.estate, ref, row.roster, now)
        return tuple(sorted(each.id for each in both))


def _tell(session: Session, estate: str, ref: int, roster: str, at: datetime) -> None:
    outbox.add(
        session, estate=estate, kind="duty.changed", subject=str(ref), at=at, detail={"roster": roster}
    )


def _row(estate: str, change: Change, *, who: str, at: datetime, swap_of: int | None) -> DutyChangeRow:
    return DutyChangeRow(
        estate=estate,
        roster=change.roster,
        first_day=change.first,
        last_day=change.last,
        begins_at=change.begin,
        ends_at=change.end,
        remove=change.remove,
        put_name=change.put.name if change.put else "",
        put_number=change.put.number if change.put else "",
        why=change.why,
        who=who,
        at=at,
        swap_of=swap_of,
        cancelled_at=None,
        cancelled_by="",
    )


def _people(book: DutyBook, rota: Rota) -> dict[str, DutyContact]:
    """Return everybody whose number is known, those put on by earlier changes too."""
    put = [change.put for change in rota.changes if change.put is not None]
    return {contact.name: contact for contact in put} | dict(book.people)


def _checked(
    rota: Rota, people: Mapping[str, DutyContact], wanted: NewChange, now: datetime
) -> tuple[Change, ...]:
    """Return the change (a swap as two); raises :class:`DutyRefused` naming what would hold."""
    if wanted.roster not in rota.rosters:
        raise DutyRefused(f'There is no roster "{wanted.roster}" (there are: {_names(rota.rosters)}).')
    if not wanted.remove and not wanted.put:
        raise DutyRefused("Say who is not there (remove), who is there (put), or both.", code="duty-who")
    if wanted.remove and wanted.remove == wanted.put:
        raise DutyRefused(f'"{wanted.put}" cannot stand in for themselves.')
    put = _put(people, wanted)
    change = Change(
        roster=wanted.roster, first=wanted.first, last=wanted.last or wanted.first, begin=wanted.begin,
        end=wanted.end, remove=wanted.remove, put=put, why=wanted.why,
    )  # fmt: skip
    _check_time(rota, change, now)
    taken = _check_turns(rota, change)
    if wanted.swap_with is None:
        return (change,)
    if put is None or not wanted.remove or wanted.first is None:
        raise DutyRefused("A swap needs a date, who is taken off and who is put on.", code="duty-swap")
    back = replace(
        change, first=wanted.swap_with, last=wanted.swap_with, remove=put.name, put=taken[0].contact
    )
    _check_time(rota, back, now)
    _check_turns(rota, back)
    return change, back


def _put(people: Mapping[str, DutyContact], wanted: NewChange) -> DutyContact | None:
    if not wanted.put:
        if wanted.number:
            raise DutyRefused("A number needs a name: say who is put on.", code="duty-who")
        return None
    if wanted.number:
        try:
            return DutyContact(wanted.put, sections.number_of(wanted.number))
        except ValueError as error:
            raise DutyRefused(f"The number given for {wanted.put} does not hold: {error}.") from error
    if wanted.put not in people:
        raise DutyRefused(
            f'Nobody is called "{wanted.put}" (there are: {_names(people)}). Give a number with the name.',
            code="duty-stranger",
        )
    return people[wanted.put]


def _check_time(rota: Rota, change: Change, now: datetime) -> None:
    days, instants = (change.first, change.last), (change.begin, change.end)
    if (None in days) == (None in instants) or (None not in days and instants != (None, None)):
        raise DutyRefused("Say when: either a date (or two), or from and to with times.", code="duty-when")
    begin, end = limits(rota.zone, change)
    if end <= begin:
        raise DutyRefused("The change ends before it begins.", code="duty-when")
    if end - begin > _LONGEST:
        raise DutyRefused("The change lasts longer than a year: is the year right?", code="duty-when")
    if end <= now:
        raise DutyRefused("That time is over: a change of the past would change what was.", code="duty-past")


def limits(zone: tzinfo, change: Change) -> tuple[datetime, datetime]:
    """Return when the change begins and ends, in whole days for one by dates.

    A night that begins on its last date lasts into the next.
    """
    if change.begin is not None and change.end is not None:
        return change.begin, change.end
    assert change.first is not None, "a change has dates or instants"
    assert change.last is not None, "dates have an end"
    return instant(change.first, 0, zone), instant(change.last, DAY_MINUTES, zone)


def _is_over(change: Change, zone: tzinfo, now: datetime) -> bool:
    """Return whether nothing of it can count any more: a night of its last date lasts into the next."""
    end = limits(zone, change)[1]
    return end + (_DAY if change.first is not None else timedelta(0)) <= now


def _check_turns(rota: Rota, change: Change) -> list[Turn]:
    """Return the turns taken off; raises :class:`DutyRefused` if there are none, or the substitute is on."""
    if not change.remove:
        return []
    begin, end = limits(rota.zone, change)
    on = [
        turn
        for turn in turns(
            rota, change.roster, begin, end + (_DAY if change.first is not None else timedelta(0))
        )
        if change.stretch(turn) is not None
    ]
    taken = [turn for turn in on if turn.contact.name == change.remove]
    if not taken:
        there = _names({turn.contact.name for turn in on})
        raise DutyRefused(
            f'"{change.remove}" has no turn on "{change.roster}" at that time (there are: {there}).',
            code="duty-no-turn",
        )
    if change.put is not None:
        _check_substitute(change.put, taken, on)
    return taken


def _check_substitute(put: DutyContact, taken: list[Turn], on: list[Turn]) -> None:
    for turn in on:
        if turn.contact.name != put.name or turn.after:
            continue
        if any(turn.begin < gone.end and gone.begin < turn.end for gone in taken):
            raise DutyRefused(
                f'"{put.name}" is on duty at that time already: take the other off without a substitute, '
                "or put somebody else on.",
                code="duty-already-on",
            )


def _check_gaps(rota: Rota, changes: tuple[Change, ...]) -> None:
    """Refuse changes after which a time has nobody that had somebody before."""
    after = replace(rota, changes=(*rota.changes, *changes))
    for change in changes:
        begin, end = limits(rota.zone, change)
        end += _DAY if change.first is not None else timedelta(0)
        before = gaps(rota, change.roster, begin, end)
        for since, until in gaps(after, change.roster, begin, end):
            if not any(one[0] <= since and until <= one[1] for one in before):
                local = [f"{at.astimezone(rota.zone):%Y-%m-%d %H:%M}" for at in (since, until)]
                raise DutyRefused(
                    f'That leaves nobody on "{change.roster}" from {local[0]} to {local[1]}, and this roster '
                    "must be covered: put somebody on in the same change.",
                    code="duty-nobody-left",
                )


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
