"""``sla.yaml`` in service: taken up when it changes, never replaced by one that does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hotline.call.errors import Problem
from hotline.keptconfig import KeptConfig
from hotline.tickets.policy import FILE, Policy, file_of, load

Windows = Callable[[], frozenset[str]]
"""Names of the windows in ``hours.yaml``."""


class PolicySource(Protocol):
    """Where the policy in service comes from."""

    def current(self) -> Policy:
        """Return the policy in service."""
        ...


class PolicyFile:
    """The policy of a data folder; a missing file is the shipped default."""

    def __init__(
        self, config: Path, *, windows: Windows | None = None, last_good: Path | None = None
    ) -> None:
        """Read ``sla.yaml`` in ``config``; ``windows`` checks the names of windows.

        ``last_good``: see :class:`~hotline.keptconfig.KeptConfig`. What a predecessor left there held
        with the windows of its day, so those are not asked about again.

        Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
        """

        def read(folder: Path) -> Policy:
            named = None if windows is None or folder == last_good else windows()
            return load(file_of(folder), windows=named)

        self._kept = KeptConfig(
            config, FILE, read, last_good=last_good, facts=lambda policy: {"fingerprint": policy.fingerprint}
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the file on disk is not in service; empty when it is."""
        return self._kept.problems

    def current(self) -> Policy:
        """Return the policy in service, after a look at the file (one ``stat``, some microseconds)."""
        return self._kept.in_service()
