"""Windows, holidays and rosters in service: :class:`DutyBook` is the ``Duty`` and ``WorkingTime`` port."""

from __future__ import annotations

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
from hotline.keptconfig import KeptConfig

log = structlog.get_logger(__name__)

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
        self.needed: Needed = lambda: (frozenset(), frozenset())
        """What a changed file must still have: a menu in service would lead nowhere without."""
        self._changes: tuple[Change, ...] = ()
        self._warned_years: set[int] = set()
        self._files = KeptConfig(config, plan.FILES, self._load, last_good=last_good, facts=_counts)
        self._use(self._files.last)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the files on disk are not in service; empty when they are."""
        return self._files.problems

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
        """Names of the windows in hours.yaml."""
        return frozenset(self._current().windows)

    @property
    def known_windows(self) -> frozenset[str]:
        """Names of all windows that can be asked about: also those that come with the program."""
        return frozenset(self._all_windows)

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
        """Return the rules of a window; raises :class:`KeyError` for a name that is not known."""
        self._current()
        return self._all_windows[window]

    def is_open(self, window: str, at: datetime) -> bool:
        """True inside the named window; raises :class:`KeyError` for a name that is not configured."""
        current = self._current()
        self._warn_of_year(current, at)
        return hours.is_open(self._all_windows[window], current.calendar, self._zone, at)

    def next_opening(self, window: str, at: datetime) -> datetime:
        """When the window next opens (UTC), strictly after ``at``.

        Raises :class:`KeyError` for a name that is not configured, and
        :class:`~hotline.duty.hours.NeverOpens`.
        """
        current = self._current()
        found = hours.next_opening(self._all_windows[window], current.calendar, self._zone, at)
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

    def is_public_holiday(self, day: date) -> bool:
        """Return whether ``day`` is off because of a holiday, not merely a weekend."""
        return self._current().calendar.is_public_holiday(day)

    def knows_year(self, year: int) -> bool:
        """True when the holidays of ``year`` are known."""
        return self._current().calendar.knows(year)

    def _current(self) -> plan.Plan:
        found = self._files.in_service()
        if found is not self._plan:
            self._use(found)
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
        self._all_windows = {**found.shipped, **found.windows}
        self._rota = self.rota_with(self._changes)
        self._open_times = {
            name: OpenTime(window, found.calendar, self._zone) for name, window in self._all_windows.items()
        }

    def _load(self, folder: Path) -> plan.Plan:
        found = plan.load(folder, self._zone)
        self._refuse_gaps(found)
        return found

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

    def _warn_of_year(self, current: plan.Plan, at: datetime) -> None:
        year = at.astimezone(self._zone).year
        if year in self._warned_years or current.calendar.knows(year):
            return
        self._warned_years.add(year)
        log.warning("public holidays of this year are not known: add them to holidays.yaml", year=year)


def _counts(found: plan.Plan) -> Mapping[str, object]:
    return {"windows": len(found.windows), "rosters": len(found.rosters)}
