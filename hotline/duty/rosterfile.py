"""``roster.yaml``: names resolved, every mistake found, turned into rosters and changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo

from hotline import yamlsource
from hotline.call.errors import Problem
from hotline.call.ports import DutyContact
from hotline.duty.hours import DayKind, Rule, Window
from hotline.duty.roster import Change, Line, Roster, Rotation
from hotline.duty.rota import plain_number
from hotline.duty.sections import ChangeLine, HolidayShift, Listed, Person, Rosters, Shift, WeeklyRoster

Where = tuple[str | int, ...]

_LONGEST_CHANGE = 366
"""Days; a longer one is a mistyped year, or a matter for the roster itself."""


class Reading:
    """One reading of the file."""

    def __init__(
        self,
        section: Rosters,
        document: yamlsource.Document,
        *,
        windows: frozenset[str] | None,
        zone: tzinfo,
    ) -> None:
        """``windows`` are the names of hours.yaml, ``None`` when that file does not hold itself."""
        self.section = section
        self.document = document
        self._windows = windows
        self._zone = zone
        self._people = self._named()

    def people(self) -> dict[str, DutyContact]:
        """Return everybody whose name and number the file has, by name; the first number wins."""
        return dict(self._people)

    def _named(self) -> dict[str, DutyContact]:
        found = {name: DutyContact(name, number) for name, number in self.section.people.items()}
        for _, person in self._mentioned():
            if person.number is not None:
                found.setdefault(person.name, DutyContact(person.name, person.number))
        return found

    def problems(self) -> list[Problem]:
        """Return every mistake, in the order of the file."""
        found = [*self._unknown_windows(), *self._unknown_people(), *self._wrong_dates()]
        found += [*self._unknown_topics(), *self._wrong_changes()]
        return sorted(found, key=lambda problem: problem.line)

    def warnings(self) -> Iterator[Problem]:
        """Yield what holds but is probably not meant."""
        for name, roster in self.section.rosters.items():
            if isinstance(roster, WeeklyRoster):
                if not (roster.after or any(True for _ in _shifts(roster))):
                    yield self._problem(("rosters", name), _NOBODY, warning=True)
                continue
            if not roster:
                yield self._problem(("rosters", name), _NOBODY, warning=True)
            yield from self._listed_twice(name, roster)

    def rosters(self, windows: Mapping[str, Window]) -> dict[str, Roster]:
        """Return the rosters; only for a file without problems."""
        return {
            name: self._weekly(roster, windows)
            if isinstance(roster, WeeklyRoster)
            else Roster(lines=tuple(self._listed_line(person, windows) for person in roster), plain=True)
            for name, roster in self.section.rosters.items()
        }

    def changes(self) -> tuple[Change, ...]:
        """Return the changes, a swap as two; only for a file without problems."""
        return tuple(change for line in self.section.changes for change in self._change(line))

    def _contact(self, person: Person) -> DutyContact:
        if person.number is not None:
            return DutyContact(person.name, person.number)
        return self._people[person.name]

    def _listed_line(self, person: Listed, windows: Mapping[str, Window]) -> Line:
        window = windows[person.during] if person.during is not None else None
        return Line((self._contact(person),), shift=person.during or "", window=window)

    def _weekly(self, roster: WeeklyRoster, windows: Mapping[str, Window]) -> Roster:
        def lines(shifts: Iterable[Shift]) -> tuple[Line, ...]:
            return tuple(self._line(shift, windows) for shift in shifts)

        cycle, rotation = roster.cycle, None
        if cycle is not None:
            rounds = tuple(lines(round_) for round_ in cycle.weeks or cycle.days)
            rotation = Rotation(cycle.start, 7 if cycle.weeks else 1, rounds)
        return Roster(
            lines=lines(roster.week),
            rotation=rotation,
            holidays=lines(roster.holidays),
            after=tuple(self._contact(person) for person in roster.after),
            must_cover=roster.must_cover,
        )

    def _line(self, shift: Shift, windows: Mapping[str, Window]) -> Line:
        dates = shift.dates if isinstance(shift, HolidayShift) else None
        window: Window | None = None
        name = ""
        if shift.during is not None:
            window, name = windows[shift.during], shift.during
        elif shift.times:
            window = (Rule(DayKind.EVERY_DAY, shift.times),)
            name = ", ".join(_span_text(*span) for span in shift.times)
        return Line(
            people=tuple(self._contact(person) for person in shift.who),
            shift=name,
            window=window,
            days=shift.days,
            first=dates.begin if dates else None,
            last=dates.last if dates else None,
        )

    def _change(self, line: ChangeLine) -> Iterator[Change]:
        put = self._contact(line.put) if line.put is not None else None
        yield Change(
            roster=line.roster,
            first=line.dates.begin if line.dates else None,
            last=line.dates.last if line.dates else None,
            begin=self._instant(line.begin),
            end=self._instant(line.end),
            remove=line.remove,
            put=put,
            why=line.why,
        )
        if line.swap_with is not None and put is not None:
            yield Change(
                roster=line.roster, first=line.swap_with, last=line.swap_with, remove=put.name,
                put=self._people[line.remove], why=line.why,
            )  # fmt: skip

    def _instant(self, local: datetime | None) -> datetime | None:
        if local is None or local.tzinfo is not None:
            return local
        return local.replace(tzinfo=self._zone)

    def _problem(self, where: Where, message: str, *, warning: bool = False) -> Problem:
        return self.document.problem(where, message, warning=warning)

    def _all_shifts(self) -> Iterator[tuple[Where, Shift]]:
        for name, roster in self.section.rosters.items():
            if isinstance(roster, WeeklyRoster):
                for where, shift in _shifts(roster):
                    yield ("rosters", name, *where), shift

    def _mentioned(self) -> Iterator[tuple[Where, Person]]:
        """Yield everybody the file names, with the place, in rosters and changes."""
        for name, roster in self.section.rosters.items():
            if isinstance(roster, WeeklyRoster):
                for place, person in enumerate(roster.after):
                    yield ("rosters", name, "after", place), person
                continue
            for place, listed in enumerate(roster):
                yield ("rosters", name, place), listed
        for where, shift in self._all_shifts():
            for place, person in enumerate(shift.who):
                yield (*where, "who", place), person
        for place, change in enumerate(self.section.changes):
            if change.put is not None:
                yield ("changes", place, "put"), change.put

    def _unknown_windows(self) -> Iterator[Problem]:
        if self._windows is None:
            return
        asked = [(where, shift.during) for where, shift in self._all_shifts()]
        for name, roster in self.section.rosters.items():
            if not isinstance(roster, WeeklyRoster):
                asked += [(("rosters", name, place), person.during) for place, person in enumerate(roster)]
        for where, window in asked:
            if window is not None and window not in self._windows:
                message = f'no window "{window}" in hours.yaml (there are: {_names(self._windows)})'
                yield self._problem((*where, "during"), message)

    def _unknown_people(self) -> Iterator[Problem]:
        for where, person in self._mentioned():
            if person.number is None and person.name not in self._people:
                message = (
                    f'nobody is called "{person.name}" (there are: {_names(self._people)}): put the name and '
                    'a number under people, or write {name: …, number: "…"} here'
                )
                yield self._problem(where, message)

    def _wrong_dates(self) -> Iterator[Problem]:
        for where, shift in self._all_shifts():
            dates = shift.dates if isinstance(shift, HolidayShift) else None
            if dates is not None and dates.last < dates.begin:
                yield self._problem((*where, "dates", "to"), "ends before it begins")

    def _unknown_topics(self) -> Iterator[Problem]:
        for topic, rosters in self.section.topics.items():
            if topic in self.section.rosters:
                message = "is the name of a roster as well: choose another"
                yield self._problem(("topics", topic), message)
            for roster in rosters:
                if roster not in self.section.rosters:
                    yield self._problem(("topics", topic), self._no_roster(roster))

    def _wrong_changes(self) -> Iterator[Problem]:
        for place, line in enumerate(self.section.changes):
            where: Where = ("changes", place)
            roster = self.section.rosters.get(line.roster)
            if roster is None:
                yield self._problem((*where, "roster"), self._no_roster(line.roster))
            elif line.remove and line.remove not in self._on(line.roster):
                there = _names(self._on(line.roster))
                message = f'"{line.remove}" is not on the roster "{line.roster}" (there are: {there})'
                yield self._problem((*where, "remove"), message)
            if line.dates is not None and line.dates.last < line.dates.begin:
                yield self._problem((*where, "date", "to"), "ends before it begins")
            elif line.dates is not None and (line.dates.last - line.dates.begin).days >= _LONGEST_CHANGE:
                yield self._problem((*where, "date", "to"), "is longer than a year: is the year right?")
            begin, end = self._instant(line.begin), self._instant(line.end)
            if begin is not None and end is not None and end <= begin:
                yield self._problem((*where, "to"), "ends before it begins")

    def _on(self, roster: str) -> set[str]:
        """Return who is on a roster at some time, by its lines or by a change."""
        lines = {person.name for where, person in self._mentioned() if where[:2] == ("rosters", roster)}
        return lines | {line.put.name for line in self.section.changes if line.put and line.roster == roster}

    def _no_roster(self, name: str) -> str:
        return f'no roster "{name}" (there are: {_names(self.section.rosters)})'

    def _listed_twice(self, name: str, roster: tuple[Listed, ...]) -> Iterator[Problem]:
        seen: set[tuple[str, str | None]] = set()
        for place, person in enumerate(roster):
            key = (plain_number(self._contact(person).number), person.during)
            if key in seen:
                where = ("rosters", name, place, *(("number",) if person.number is not None else ()))
                yield self._problem(where, "the same number is listed twice", warning=True)
            seen.add(key)


_NOBODY = "nobody is on this roster: whoever is sent here reaches no one"


def _shifts(roster: WeeklyRoster) -> Iterator[tuple[Where, Shift]]:
    for place, shift in enumerate(roster.week):
        yield ("week", place), shift
    if roster.cycle is not None:
        kind = "weeks" if roster.cycle.weeks else "days"
        for number, round_ in enumerate(roster.cycle.weeks or roster.cycle.days):
            for place, shift in enumerate(round_):
                yield ("cycle", kind, number, place), shift
    for place, shift in enumerate(roster.holidays):
        yield ("holidays", place), shift


def _span_text(begin: int, end: int) -> str:
    return "-".join(f"{minutes // 60 % 24:02d}:{minutes % 60:02d}" for minutes in (begin, end))


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
