"""The menus in service: taken up when their files change, never replaced by one that does not hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault, InvalidInput, Problem
from hotline.ivr.loader import menu_files
from hotline.ivr.model import Menu

log = structlog.get_logger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks at the folder."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was last looked at: size and time first, the checksum only when they changed."""

    changed_ns: int
    size: int
    checksum: str


class MenuStore:
    """All menus of one folder (``*.yaml``; ``tests/`` and ``outbound/`` below it are no menus).

    Calls keep the menu they began with; :meth:`in_service` is asked once a call.
    """

    def __init__(
        self,
        folder: Path,
        *,
        load: Callable[[Path], Menu],
        clock: Clock,
        last_good: Path | None = None,
        otherwise: Path | None = None,
    ) -> None:
        """Load everything. ``load`` is :func:`hotline.ivr.loader.load_menu` with its checks bound.

        ``otherwise``: folder with what counts where ``folder`` has no file of that name.

        A process that replaces a dead one gives ``last_good``, the folder in which its predecessor
        left what it had in service: a file that does not hold just now must not keep calls waiting.

        One that was never in service stays out then, as it would have with the predecessor.

        Raises :class:`InvalidInput` with the problems of all menus: nothing else starts on a bad one.
        """
        self._folder = folder
        self._load = load
        self._clock = clock
        self._last_good = last_good
        self._otherwise = otherwise
        self._menus: dict[str, Menu] = {}
        self._seen: dict[str, _Seen] = {}
        self._problems: dict[str, tuple[Problem, ...]] = {}
        predecessor = frozenset() if last_good is None else menu_files(last_good).keys()
        self.catch_up()
        for name in predecessor - self._seen.keys():
            self._reject_gone(name)
            self._fall_back(name)
        if self._problems.keys() - self._menus.keys() and not (predecessor and self._menus):
            raise InvalidInput(tuple(problem for found in self._problems.values() for problem in found))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the menus in service."""
        return tuple(sorted(self._menus))

    @property
    def problems(self) -> Mapping[str, tuple[Problem, ...]]:
        """Why files on disk are not in service, by menu; empty when all are."""
        return dict(self._problems)

    def in_service(self, name: str) -> Menu:
        """Return the menu in service; raises :class:`EnvironmentFault` for one that is not there."""
        try:
            return self._menus[name]
        except KeyError:
            there = ", ".join(self.names) or "none"
            raise EnvironmentFault(f'no menu "{name}" in {self._folder}; there are: {there}') from None

    async def watch(self) -> None:
        """Take up changes until cancelled. Reading happens in a thread: calls go on meanwhile."""
        while True:
            await self._clock.sleep(LOOK_EVERY)
            await asyncio.to_thread(self.look)

    def catch_up(self) -> None:
        """Look, and take what a predecessor had in service for every file that does not hold.

        A standby that takes over has not looked since it was made; its predecessor has.
        """
        self.look()
        for name in self._problems:
            self._fall_back(name)

    def look(self) -> None:
        """Look at the folder once and take up what changed and holds."""
        there = menu_files(*([] if self._otherwise is None else [self._otherwise]), self._folder)
        for name, path in there.items():
            seen = self._look_at(path, self._seen.get(name))
            if seen is not None and seen != self._seen.get(name):
                changed = name not in self._seen or seen.checksum != self._seen[name].checksum
                self._seen[name] = seen
                if changed:
                    self._take_up(name, path)
        for name in self._menus.keys() - there.keys():
            if name in self._seen:
                del self._seen[name]
                self._reject_gone(name)

    def _look_at(self, path: Path, before: _Seen | None) -> _Seen | None:
        try:
            stat = path.stat()
            if before is not None and (stat.st_mtime_ns, stat.st_size) == (before.changed_ns, before.size):
                return before
            return _Seen(stat.st_mtime_ns, stat.st_size, sha256(path.read_bytes()).hexdigest())
        except OSError:
            return None  # being replaced just now: the next look finds it

    def _take_up(self, name: str, path: Path) -> None:
        try:
            self._menus[name] = self._load(path)
        except InvalidInput as invalid:
            self._reject(name, invalid.problems)
            return
        self._problems.pop(name, None)
        self._keep_copy(path)
        log.info("menu taken up", menu=name, steps=len(self._menus[name].steps))

    def _keep_copy(self, path: Path) -> None:
        if self._last_good is None:
            return
        try:
            self._last_good.mkdir(parents=True, exist_ok=True)
            unfinished = self._last_good / f".{path.name}"
            unfinished.write_bytes(path.read_bytes())
            unfinished.replace(self._last_good / path.name)
        except OSError as error:
            log.warning("no copy of the menu in service could be kept", menu=path.stem, reason=error.strerror)

    def _fall_back(self, name: str) -> None:
        if self._last_good is None:
            return
        try:
            self._menus[name] = self._load(self._last_good / f"{name}.yaml")
        except InvalidInput:
            log.error("nor is there a copy of what was in service", menu=name)

    def _reject_gone(self, name: str) -> None:
        self._reject(name, (Problem(str(self._folder / f"{name}.yaml"), 0, "", "the file is gone"),))

    def _reject(self, name: str, problems: tuple[Problem, ...]) -> None:
        self._problems[name] = problems
        where = [f"{problem.file}:{problem.line}" for problem in problems]
        log.error("menu does not hold, the one before stays in service", menu=name, where=where)
