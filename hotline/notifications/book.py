"""The notifications in service: taken up when a file changes, never replaced by one that does not hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

import structlog

from hotline.call.errors import InvalidInput, Problem
from hotline.keptconfig import write_copy
from hotline.notifications.loader import NAME, DoesNotHold, Plan, load

log = structlog.get_logger(__name__)

_Seen = tuple[int, int, int]
"""Time of change, size, inode; zeros for a file that is not there."""


class NotificationBook:
    """What ``CONFIG/notifications.yaml`` and the secret files it names say.

    A changed file is taken up at the next question. One that does not hold is not: the old plan stays
    in service and :attr:`problems` says why. That holds from the start: with a bad file and nothing
    from before, nothing is sent, but whoever runs this runs on.
    """

    def __init__(self, config: Path, *, estates: Collection[str], last_good: Path | None = None) -> None:
        """Read the file in the folder ``config``; one that is not there says the same as an empty one.

        ``last_good`` is the folder in which a predecessor left what it had in service.
        """
        self._config = config
        self._path = config / NAME
        self._estates = frozenset(estates)
        self._kept = None if last_good is None else last_good / NAME
        self.problems: tuple[Problem, ...] = ()
        """Why the file on disk is not in service; empty when it is."""
        self._seen: dict[Path, _Seen] = {}
        self._plan = self._take_up() or self._from_before()

    def current(self) -> Plan:
        """Return the plan in service. Reads files when they changed: not for an event loop."""
        if any(_look(path) != seen for path, seen in self._seen.items()):
            self._plan = self._take_up() or self._plan
        return self._plan

    def _take_up(self) -> Plan | None:
        before = {path: _look(path) for path in (self._path, *self._seen)}
        try:
            plan = load(self._path, estates=self._estates)
        except InvalidInput as error:
            self._reject(error.problems)
            self._watch(error.files if isinstance(error, DoesNotHold) else (), before)
            return None
        self.problems = ()
        self._watch(plan.files, before)
        self._keep_copy()
        log.info("notifications taken up", channels=len(plan.channels), routes=len(plan.routes))
        return plan

    def _watch(self, files: Iterable[Path], before: dict[Path, _Seen]) -> None:
        """Remember the files as they were *before* they were read: a change in between is seen again."""
        self._seen = {path: before.get(path) or _look(path) for path in (self._path, *files)}

    def _from_before(self) -> Plan:
        if self._kept is not None and self._kept.exists():
            try:
                return load(self._kept, estates=self._estates, beside=self._config)
            except InvalidInput:
                log.error("nor does the copy of the notifications that were in service hold")
        return load(self._config / ".nothing", estates=())

    def _reject(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        where = [f"{problem.file}:{problem.line}" for problem in problems if not problem.warning]
        log.error("notifications.yaml does not hold, what was in service stays", where=where)

    def _keep_copy(self) -> None:
        if self._kept is None or not self._path.exists():
            return
        try:
            write_copy(self._path.read_bytes(), self._kept)
        except OSError as error:
            log.warning("no copy of the notifications in service could be kept", reason=error.strerror)


def _look(path: Path) -> _Seen:
    try:
        status = path.stat()
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
