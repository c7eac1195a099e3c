"""``sla.yaml`` in service: taken up when it changes, never replaced by one that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from hotline.call.errors import InvalidInput, Problem
from hotline.tickets.policy import FILE, Policy, file_of, load

log = structlog.get_logger(__name__)

Windows = Callable[[], frozenset[str]]
"""Names of the windows in ``hours.yaml``."""


class PolicySource(Protocol):
    """Where the policy in service comes from."""

    def current(self) -> Policy:
        """Return the policy in service."""
        ...


class PolicyFile:
    """The policy of a data folder; a missing file is the shipped default.

    A changed file is taken up at the next question; one that does not hold is not: the old policy
    stays in service and :attr:`problems` says why.
    """

    def __init__(
        self, config: Path, *, windows: Windows | None = None, last_good: Path | None = None
    ) -> None:
        """Read ``sla.yaml`` in ``config``; ``windows`` checks the names of windows.

        A process that replaces a dead one gives ``last_good``, the folder in which its predecessor
        left what it had in service.

        Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
        """
        self._config = config
        self._windows = windows
        self._last_good = last_good
        self._stamp = self._look()
        self.problems: tuple[Problem, ...] = ()
        """Why the file on disk is not in service; empty when it is."""
        self._policy = self._first()

    def current(self) -> Policy:
        """Return the policy in service, after a look at the file (one ``stat``, some microseconds)."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            self._take_up()
        return self._policy

    def _load(self) -> Policy:
        return load(file_of(self._config), windows=None if self._windows is None else self._windows())

    def _first(self) -> Policy:
        try:
            found = self._load()
        except InvalidInput as error:
            if self._last_good is None or not (self._last_good / FILE).is_file():
                raise
            self.problems = error.problems
            log.error("sla.yaml does not hold, the one of before stays in service")
            return load(self._last_good / FILE)
        self._keep_copy()
        return found

    def _take_up(self) -> None:
        try:
            self._policy = self._load()
        except InvalidInput as error:
            self.problems = error.problems
            where = [f"{problem.file}:{problem.line}" for problem in error.problems]
            log.error("sla.yaml does not hold, the old one stays in service", where=where)
            return
        self.problems = ()
        self._keep_copy()
        log.info("sla.yaml taken up", fingerprint=self._policy.fingerprint)

    def _keep_copy(self) -> None:
        if self._last_good is None:
            return
        try:
            self._last_good.mkdir(parents=True, exist_ok=True)
            unfinished = self._last_good / f".{FILE}"
            unfinished.write_bytes(file_of(self._config).read_bytes())
            unfinished.replace(self._last_good / FILE)
        except OSError as error:
            log.warning("no copy of sla.yaml in service could be kept", reason=error.strerror)

    def _look(self) -> tuple[str, int, int]:
        path = file_of(self._config)
        try:
            status = path.stat()
        except OSError:
            return str(path), 0, 0
        return str(path), status.st_mtime_ns, status.st_size
