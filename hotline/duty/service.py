"""Windows, holidays and rosters in service: :class:`DutyBook` is the ``Duty`` and ``WorkingTime`` port."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import DutyContact
from hotline.db.engine import Database
from hotline.duty import hours, plan, repository
from hotline.duty.open_time import OpenTime
from hotline.duty.roster import Change, Turn
from hotline.duty.rota import Rota, responsible
from hotline.home import shipped

log = structlog.get_logger(__name__)

_Stamp = tuple[tuple[str, int, int], ...]

Needed = Callable[[], tuple[frozenset[str], frozenset[str]]]
"""Names of windows and rosters that something in service asks for."""


class DutyBook:
    """What ``hours.yaml``, ``roster.yaml`` and ``holidays.yaml`` say, in one estate's time zone.

    A changed file is taken up at the next question, without a restart; one that does not hold is
    not: the old plan stays in service and :attr:`problems` says why. Changes of single dates made in
    the database are read by :meth:`refresh`; questions are answered from memory and never wait.
    """

    def __init__(
        self, config: Path, timezone: ZoneInfo, *, last_good: Path | None = None, estate: str = "default"
    ) -> None:
        """Read the files in ``config``; a missing one is the shipped default.

        A process that replaces a dead one gives ``last_good``, the folder in which its predecessor
        left what it had in service: a file that does not hold just now must not keep calls waiting.
        ``estate`` says whose changes :meth:`refresh` reads.

        Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
        """
        self._config = config
        self._zone = timezone
        self.estate = estate
        folders = (config, shipped("config"))
        self._files = [[str(folder / name) for folder in folders] for name in plan.FILES]
        self._stamp = self._look()
        self._last_good = last_good
        self.problems: tuple[Problem, ...] = ()
        """Why the files on disk are not in service; empty when they are."""
        self.needed: Needed = lambda: (frozenset(), frozenset())
        """What a changed file must still have: a menu in service would lead nowhere without."""
        self._changes: tuple[Change, ...] = ()
        self._warned_years: set[int] = set()
        self._use(self._first_plan())

    @property
    def zone(self) -> ZoneInfo:
        """The estate's time zone."""
        return self._zone

    @property
    def rota(self) -> Rota:
        """Rosters and changes in service, for questions over a stretch of time."""
        self._current()
        return self._rota

    @property
    def topics(self) -> Mapping[str, tuple[str, ...]]:
        """Matters, and the rosters rung for them."""
        return self._current().topics

    @property
    def people(self) -> Mapping[str, DutyContact]:
        """Everybody named in roster.yaml, by name; as last taken up, so other threads may ask."""
        return self._plan.people

    @property
    def places(self) -> Mapping[str, Problem]:
        """Where each roster stands in its file."""
        return self._current().places

    async def refresh(self, db: Database) -> None:
        """Read this estate's changes from the database.

        Raises :class:`~hotline.call.errors.EnvironmentFault`; what was known stays in service then.
        """
        since = db.clock.now() - repository.PAST
        self.take(await db.read(lambda session: repository.changes(session, self.estate, since=since)))

    def take(self, changes: Sequence[Change]) -> None:
        """Put changes read from the database in service, instead of those before."""
        if tuple(changes) != self._changes:
            self._changes = tuple(changes)
            self._use(self._plan)

    @property
    def windows(self) -> frozenset[str]:
        """Names of the windows."""
        return frozenset(self._current().windows)

    @property
    def rosters(self) -> frozenset[str]:
        """Names of the rosters."""
        return frozenset(self._current().rosters)

    def look(self) -> tuple[Problem, ...]:
        """Look at the files now; returns why those on disk are not in service."""
        self._current()
        return self.problems

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What holds but is probably not meant."""
        return self._current().warnings

    def windows_of(self, window: str) -> hours.Window:
        """Return the rules of a window; raises :class:`KeyError` for a name that is not configured."""
        return self._current().windows[window]

    def is_open(self, window: str, at: datetime) -> bool:
        """True inside the named window; raises :class:`KeyError` for a name that is not configured."""
        current = self._current()
        self._warn_of_year(current, at)
        return hours.is_open(current.windows[window], current.calendar, self._zone, at)

    def next_opening(self, window: str, at: datetime) -> datetime:
        """When the window next opens (UTC), strictly after ``at``.

        Raises :class:`KeyError` for a name that is not configured, and
        :class:`~hotline.duty.hours.NeverOpens`.
        """
        current = self._current()
        found = hours.next_opening(current.windows[window], current.calendar, self._zone, at)
        self._warn_of_year(current, found)
        return found

    def on_duty(self, roster: str, at: datetime) -> tuple[DutyContact, ...]:
        """Who is responsible for a roster or topic, and who after them; a number stands once.

        Raises :class:`KeyError` for a name that is neither.
        """
        return tuple(turn.contact for turn in self.responsible(roster, at))

    def responsible(self, roster: str, at: datetime) -> tuple[Turn, ...]:
        """Like :meth:`on_duty`, with the reason and the time of everybody's turn."""
        current = self.rota
        self._warn_of_year(self._plan, at)
        return responsible(current, roster, at)

    def numbers(self, roster: str) -> tuple[str, ...]:
        """Numbers and addresses on a roster, whatever the hour; its changes included."""
        current = self.rota
        put = [change.put for change in current.changes if change.roster == roster]
        people = [*current.rosters[roster].people(), *(contact for contact in put if contact is not None)]
        return tuple(dict.fromkeys(contact.number for contact in people))

    def open_time_after(self, window: str, start: datetime, span: timedelta) -> datetime:
        """Return the first instant (UTC) at which ``span`` of open time has passed since ``start``.

        Raises :class:`KeyError` for a name that is not configured, and
        :class:`~hotline.duty.hours.NeverOpens` when the span will not pass within ten years.
        """
        found = self._open_time(window).after(start, span)
        self._warn_of_year(self._plan, found)
        return found

    def open_time_between(self, window: str, start: datetime, end: datetime) -> timedelta:
        """Return how much open time lies between two instants; none when ``end`` is not later.

        Raises :class:`KeyError` for a name that is not configured.
        """
        return self._open_time(window).between(start, end)

    def _open_time(self, window: str) -> OpenTime:
        self._current()
        return self._open_times[window]

    def is_workday(self, day: date) -> bool:
        """Return whether ``day`` is worked, by holidays and adjusted workdays."""
        return self._current().calendar.is_workday(day)

    def knows_year(self, year: int) -> bool:
        """True when the holidays of ``year`` are known."""
        return self._current().calendar.knows(year)

    def _current(self) -> plan.Plan:
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            self._reload()
        return self._plan

    def rota_with(self, changes: Sequence[Change]) -> Rota:
        """Return the rota with other changes than those last read from the database.

        As last taken up from the files, so that other threads may ask.
        """
        current = self._plan
        return Rota(
            rosters=current.rosters,
            calendar=current.calendar,
            zone=self._zone,
            topics=current.topics,
            changes=(*current.changes, *changes),
        )

    def _use(self, found: plan.Plan) -> None:
        self._plan = found
        self._rota = self.rota_with(self._changes)
        self._open_times = {
            name: OpenTime(window, found.calendar, self._zone) for name, window in found.windows.items()
        }

    def _first_plan(self) -> plan.Plan:
        try:
            found = plan.load(self._config, self._zone)
        except InvalidInput as error:
            if self._last_good is None or not self._last_good.is_dir():
                raise
            self.problems = error.problems
            log.error("duty files do not hold, those of before stay in service")
            return plan.load(self._last_good, self._zone)
        self._keep_copies()
        return found

    def _keep_copies(self) -> None:
        """Leave what is in service where a replacement process finds it."""
        if self._last_good is None:
            return
        try:
            self._last_good.mkdir(parents=True, exist_ok=True)
            for name in plan.FILES:
                original = plan.file_of(self._config, name)
                if original.exists():
                    unfinished = self._last_good / f".{original.name}"
                    unfinished.write_bytes(original.read_bytes())
                    unfinished.replace(self._last_good / original.name)
        except OSError as error:
            log.warning("no copy of the duty files in service could be kept", reason=error.strerror)

    def _reload(self) -> None:
        try:
            found = plan.load(self._config, self._zone)
            self._refuse_gaps(found)
        except InvalidInput as error:
            self.problems = error.problems
            where = [f"{problem.file}:{problem.line}" for problem in error.problems]
            log.error("duty files do not hold, the old ones stay in service", where=where)
            return
        self._use(found)
        self.problems = ()
        self._keep_copies()
        log.info("duty files taken up", windows=len(self._plan.windows), rosters=len(self._plan.rosters))

    def _refuse_gaps(self, found: plan.Plan) -> None:
        """Raise :class:`InvalidInput` when a name is gone that is still asked for."""
        windows, rosters = self.needed()
        gone = [("hours.yaml", "window", name) for name in sorted(windows - found.windows.keys())]
        there = found.rosters.keys() | found.topics.keys()
        gone += [("roster.yaml", "roster", name) for name in sorted(rosters - there)]
        if gone:
            sentence = 'the {} "{}" is gone, but a menu in service names it: change the menu first'
            raise InvalidInput(
                tuple(
                    Problem(str(plan.file_of(self._config, file)), 0, name, sentence.format(kind, name))
                    for file, kind, name in gone
                )
            )

    def _look(self) -> _Stamp:
        """Return what changes when a file does; three to six ``stat`` calls, some microseconds."""
        found = []
        for own, otherwise in self._files:
            for path in (own, otherwise):
                try:
                    status = os.stat(path)  # noqa: PTH116 - asked with every question, so without Path objects
                except OSError:
                    continue
                found.append((path, status.st_mtime_ns, status.st_size))
                break
            else:
                found.append((otherwise, 0, 0))
        return tuple(found)

    def _warn_of_year(self, current: plan.Plan, at: datetime) -> None:
        year = at.astimezone(self._zone).year
        if year in self._warned_years or current.calendar.knows(year):
            return
        self._warned_years.add(year)
        log.warning("public holidays of this year are not known: add them to holidays.yaml", year=year)
