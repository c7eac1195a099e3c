"""Configuration in service: taken up when its file changes, never replaced by one that does not hold.

For the files of the data folder that a running hotline asks with every question (``sla.yaml``,
``outbound.yaml``, the duty files). A slice gives the file's name and how it is read::

    def load(folder: Path) -> WakeupRules:
        document = yamlsource.read(file_of(folder, "wakeup.yaml"))
        return yamlsource.validate(WakeupRules, document)        # InvalidInput: every problem, its line

    rules = KeptConfig(home.config, "wakeup.yaml", load, last_good=home.in_service / "wakeup")
    rules.in_service().attempts      # a look at the file (one stat), then the rules from memory
    rules.problems                   # why the file on disk is not in service; for status and checks
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from hotline.call.errors import InvalidInput, Problem
from hotline.home import shipped

log = structlog.get_logger(__name__)

T = TypeVar("T")

_Stamp = tuple[tuple[str, int, int, int], ...]
"""Path, time of change, size and inode of each file in use; zeros for one that is not there."""


class KeptConfig(Generic[T]):
    """What one or more files say, read together; a file the folder lacks is the shipped default.

    Knows no clock: whoever asks looks. Reads files when they changed, which takes some milliseconds; other
    threads that ask meanwhile wait for that, so that nobody acts on what has just been replaced.
    """

    def __init__(
        self,
        config: Path,
        files: str | Sequence[str],
        load: Callable[[Path], T],
        *,
        last_good: Path | None = None,
        facts: Callable[[T], Mapping[str, object]] | None = None,
        watch: Sequence[Path] = (),
    ) -> None:
        """Read the files in ``config``.

        ``load`` reads them from a folder (see :func:`file_of`) and raises
        :class:`~hotline.call.errors.InvalidInput` with all that is wrong; it is asked again for every
        change. ``facts`` says what the log tells of what was taken up: no personal data. ``watch``: other
        files, or folders whose contents come and go, that decide whether these hold.

        A process that replaces a dead one gives ``last_good``, the folder in which its predecessor left
        what it had in service: a file that does not hold just now must not keep calls waiting.

        Raises :class:`~hotline.call.errors.InvalidInput` with every problem when neither holds.
        """
        self._names = (files,) if isinstance(files, str) else tuple(files)
        self._config = config
        self._load = load
        self._last_good = last_good
        self._facts = facts
        places = (config, shipped("config"))
        self._paths = [[str(folder / name) for folder in places] for name in self._names]
        self._paths += [[str(path)] for path in watch]
        self.problems: tuple[Problem, ...] = ()
        """Why the files on disk are not in service; empty when they are."""
        self._lock = threading.RLock()
        self._stamp = self._look()
        self._value = self._first()

    def in_service(self) -> T:
        """Return what is in service, after a look at the files: one ``stat`` each, some microseconds.

        The same object as before unless a change was taken up.
        """
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp
                self._take_up()
            return self._value

    @property
    def last(self) -> T:
        """What was last taken up, without a look: for other threads, which must not read files."""
        return self._value

    def _first(self) -> T:
        try:
            found = self._load(self._config)
        except InvalidInput as invalid:
            before = self._from_before()
            if before is None:
                raise
            self._reject(invalid.problems)
            return before[0]
        self._keep_copies()
        return found

    def _from_before(self) -> tuple[T] | None:
        folder = self._last_good
        if folder is None or not any((folder / name).is_file() for name in self._names):
            return None
        try:
            return (self._load(folder),)
        except InvalidInput:  # written by an older release: the file on disk is what there is to mend
            log.error("nor does the copy of what was in service hold", files=self._names)
            return None

    def _take_up(self) -> None:
        try:
            found = self._load(self._config)
        except InvalidInput as invalid:
            self._reject(invalid.problems)
            return
        self._value = found
        self.problems = ()
        self._keep_copies()
        facts = {} if self._facts is None else self._facts(found)
        log.info("configuration taken up", files=self._names, **facts)

    def _reject(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        where = [f"{problem.file}:{problem.line}" for problem in problems if not problem.warning]
        log.error("configuration does not hold, what was in service stays", files=self._names, where=where)

    def _keep_copies(self) -> None:
        """Leave what is in service where a replacement process finds it."""
        if self._last_good is None:
            return
        originals = [path for path in (file_of(self._config, name) for name in self._names) if path.exists()]
        try:
            contents = {path.name: path.read_bytes() for path in originals}
            if self._look() != self._stamp:
                return  # changed since it was read, so perhaps bad: the next look decides
            for name, content in contents.items():
                write_copy(content, self._last_good / name)
        except OSError as error:
            reason = error.strerror
            log.warning("no copy of the configuration could be kept", files=self._names, reason=reason)

    def _look(self) -> _Stamp:
        found: list[tuple[str, int, int, int]] = []
        for places in self._paths:
            for path in places:
                try:
                    status = os.stat(path)  # noqa: PTH116 - asked with every question, so without Path objects
                except OSError:
                    continue
                found.append((path, status.st_mtime_ns, status.st_size, status.st_ino))
                break
            else:
                found.append((places[-1], 0, 0, 0))
        return tuple(found)


def file_of(folder: Path, name: str) -> Path:
    """Return the configuration file in ``folder``, or the shipped default when the folder has none."""
    own = folder / name
    return own if own.exists() else shipped("config") / name


def write_copy(content: bytes, target: Path) -> None:
    """Write a copy that is whole or not there, for its owner only: configuration names people and secrets.

    Raises :class:`OSError`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(target)
