"""The directory in service: answers conversations, operators and the command line from memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.errors import Problem
from hotline.call.ports.enquiries import Listing, TimeThere
from hotline.enquiries import search, worldclock
from hotline.enquiries.entries import FILE, DirectoryFile, Entry, load
from hotline.keptconfig import KeptConfig

IsOpen = Callable[[str, str, datetime], bool]
"""Estate, window, instant: is it open? Raises :class:`KeyError` for a window that is not known."""


class Enquiries:
    """Implements :class:`hotline.call.ports.enquiries.EnquiryDesk`; a changed file is taken up by itself."""

    def __init__(
        self,
        config: Path,
        *,
        zones: Mapping[str, ZoneInfo],
        is_open: IsOpen,
        last_good: Path | None = None,
        windows: Callable[[], Collection[str]] | None = None,
    ) -> None:
        """Read the file; ``zones`` are the estates' time zones.

        Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
        """
        self._zones = zones
        self._is_open = is_open

        def read(folder: Path) -> DirectoryFile:
            return load(folder, estates=zones.keys(), windows=windows() if windows is not None else None)

        self._file = KeptConfig(config, FILE, read, last_good=last_good)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the file on disk is not in service."""
        return self._file.problems

    def look(self) -> None:
        """Take the file up if it changed, without anybody having asked for a number."""
        self._file.in_service()

    def entries(self, estate: str) -> dict[str, Entry]:
        """Everything an estate can ask for, by id."""
        return self._file.in_service().of(estate)

    def search(self, estate: str, wanted: str, *, at: datetime) -> list[Listing]:
        """Return what may be meant by something typed, best first."""
        entries = self.entries(estate)
        return [self._listing(estate, one, entries[one], at) for one in search.find(entries, wanted)]

    def phrases(self, estate: str, language: str) -> dict[str, str]:
        """Everything that may be said, and the id of the listing it means."""
        return {name: one for one, entry in self.entries(estate).items() for name in entry.names(language)}

    def codes(self, estate: str) -> dict[str, str]:
        """Keys → id of the listing."""
        return {entry.code: one for one, entry in self.entries(estate).items() if entry.code}

    def listing(self, estate: str, entry: str, *, at: datetime) -> Listing | None:
        """Return a listing by id; ``None`` when it is gone."""
        found = self.entries(estate).get(entry)
        return None if found is None else self._listing(estate, entry, found, at)

    def cities(self, language: str) -> dict[str, str]:
        """Cities and countries whose time is known."""
        return worldclock.phrases(language)

    def city_codes(self) -> dict[str, str]:
        """Keys → id of the city."""
        return worldclock.codes()

    def time_in(self, estate: str, city: str, *, at: datetime) -> TimeThere | None:
        """Return the time in a city, given by id or by a name in any language."""
        known = worldclock.lookup(city)
        if known is None:
            return None
        one = worldclock.CITIES[known]
        home = self._zones.get(estate, ZoneInfo("UTC"))
        return TimeThere(
            id=known,
            names={"zh": one.zh[0], "en": one.en[0]},
            prompt=f"city_{known}",
            at=worldclock.local(known, at),
            ahead=worldclock.ahead(known, home, at),
        )

    def _listing(self, estate: str, id_: str, entry: Entry, at: datetime) -> Listing:
        names = {"zh": entry.zh[0], "en": entry.en[0] if entry.en else entry.zh[0]}
        return Listing(
            id=id_, number=entry.number if entry.connect else entry.told, kind=entry.kind, names=names,
            prompt=entry.prompt or "", connect=entry.connect and self._open(estate, entry, at),
            code=entry.code or "", told=entry.told,
        )  # fmt: skip

    def _open(self, estate: str, entry: Entry, at: datetime) -> bool:
        try:
            return entry.hours is None or self._is_open(estate, entry.hours, at)
        except KeyError:
            return True  # the window was taken out of hours.yaml: better rung in vain than never
