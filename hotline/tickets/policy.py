"""``sla.yaml`` as a checked model: the table of time limits of DOMAIN section 4. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hotline import keptconfig, yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import TicketKind, Urgency
from hotline.tickets.life import ENDED, TicketState

FILE = "sla.yaml"
BREACH = 100
"""Per cent of a limit at which it is missed."""
_LONGEST = timedelta(days=366)
"""A longer limit is a mistyped unit."""
_SPAN = re.compile(r"(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?", re.IGNORECASE)


class LimitName(StrEnum):
    """What has to have happened in time."""

    FIRST_RESPONSE = "first_response"
    ON_SITE = "on_site"
    FEEDBACK = "feedback"
    SOLVED = "solved"
    PROMISED = "promised"
    """The promise made to the caller; never in the policy, always on the ticket."""


def _span(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        raise ValueError(f'"{value}" is no span of time: write 10m, 4h, 2d or 1h30m')
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if max(days, hours, minutes, seconds) > _LONGEST.total_seconds():
        raise ValueError(f'"{value}" is longer than a year: is the unit right?')
    span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta(0) < span <= _LONGEST:
        raise ValueError(f'"{value}" must be longer than nothing and at most a year')
    return span


Span = Annotated[timedelta, BeforeValidator(_span)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Allowance(_Section):
    """How long a limit is: calendar time, open time of a window, at once, or by appointment."""

    time: Span | None = None
    window: str | None = Field(None, min_length=1)
    """Window of ``hours.yaml`` whose open time counts; ``None``: calendar time."""
    at_once: bool = False
    by_appointment: bool = False


def _allowance(value: Any) -> Any:
    if isinstance(value, Allowance):
        return value
    if isinstance(value, dict):
        known = {"time", "window"}
        if value.keys() <= known and "time" in value:
            return value
        raise ValueError("write {time: 5d, window: NAME}, or a span of time alone")
    words = value.strip().lower() if isinstance(value, str) else value
    if words == "at once":
        return Allowance(at_once=True)
    if words == "by appointment":
        return Allowance(by_appointment=True)
    return Allowance(time=_span(value))


Cell = Annotated[Allowance, BeforeValidator(_allowance)]


class Row(_Section):
    """The limits of one kind and urgency; one that is left out does not exist."""

    first_response: Cell | None = None
    on_site: Cell | None = None
    feedback: Cell | None = None
    solved: Cell | None = None

    @field_validator("first_response", "feedback", "solved")
    @classmethod
    def _appointments_are_for_visits(cls, cell: Allowance | None) -> Allowance | None:
        if cell is not None and cell.by_appointment:
            raise ValueError("only on_site can be by appointment")
        return cell

    def cells(self) -> dict[LimitName, Allowance]:
        """Return the limits that exist."""
        found = {name: getattr(self, name.value) for name in LimitName if name is not LimitName.PROMISED}
        return {name: cell for name, cell in found.items() if cell is not None}


class Kind(_Section):
    """The rows of a kind."""

    ordinary: Row | None = None
    serious: Row | None = None
    urgent: Row | None = None
    faults: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Row] = {}

    def row(self, urgency: Urgency) -> Row | None:
        """Return the row of an urgency, if the kind has one."""
        found: Row | None = getattr(self, urgency.value)
        return found


class Limits(_Section):
    """The table: a row for each kind and urgency."""

    every_kind: Kind = Kind()
    repair: Kind = Kind()
    complaint: Kind = Kind()
    request: Kind = Kind()
    enquiry: Kind = Kind()
    suggestion: Kind = Kind()
    message: Kind = Kind()


class Policy(_Section):
    """All of ``sla.yaml``."""

    warn_at: tuple[Annotated[int, Field(ge=1, lt=BREACH)], ...] = (50, 80)
    """Per cent of a limit; the breach at 100 comes by itself."""
    at_once_within: Span = timedelta(minutes=1)
    after_opening: Span = timedelta(hours=1)
    """First response to a message, counted from the opening of the window it waited for."""
    longest_promise: Span = timedelta(days=7)
    pause: dict[TicketState, tuple[LimitName, ...]] = {}
    limits: Limits

    @field_validator("warn_at")
    @classmethod
    def _rising(cls, warn_at: tuple[int, ...]) -> tuple[int, ...]:
        if list(warn_at) != sorted(set(warn_at)):
            raise ValueError("the percentages must rise, each once: [50, 80]")
        return warn_at

    @field_validator("pause")
    @classmethod
    def _can_stand_still(
        cls, pause: dict[TicketState, tuple[LimitName, ...]]
    ) -> dict[TicketState, tuple[LimitName, ...]]:
        for state, names in pause.items():
            if state in ENDED:
                raise ValueError(f"nothing runs any more in state {state.value}")
            if LimitName.PROMISED in names:
                raise ValueError("a promise does not stand still; it is postponed")
        return pause

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the policy does; comments and order of lines do not matter."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @property
    def faults(self) -> frozenset[str]:
        """Classes of fault a repair can have."""
        return frozenset(self.limits.repair.faults)

    def allowances(self, kind: TicketKind, urgency: Urgency, fault: str = "") -> dict[LimitName, Allowance]:
        """Return the limits of a ticket: those of its kind and urgency, then those of its class of fault.

        A kind without a row for an urgency takes the one of ``every_kind``, else its ordinary one.
        """
        own: Kind = getattr(self.limits, kind.value)
        row = own.row(urgency) or self.limits.every_kind.row(urgency) or own.ordinary or Row()
        found = row.cells()
        if fault in own.faults:
            found |= own.faults[fault].cells()
        return found

    def windows(self) -> Mapping[tuple[str | int, ...], str]:
        """Return the windows named, by where in the file."""
        return {
            (*where, "window"): cell.window for where, cell in self._all_cells() if cell.window is not None
        }

    def _all_cells(self) -> list[tuple[tuple[str, ...], Allowance]]:
        found: list[tuple[tuple[str, ...], Allowance]] = []
        for kind_name in Limits.model_fields:
            kind: Kind = getattr(self.limits, kind_name)
            rows: dict[tuple[str, ...], Row | None] = {(each.value,): kind.row(each) for each in Urgency}
            rows |= {("faults", name): row for name, row in kind.faults.items()}
            for where, row in rows.items():
                cells = row.cells() if row is not None else {}
                found += [(("limits", kind_name, *where, name.value), cell) for name, cell in cells.items()]
        return found


def file_of(config: Path) -> Path:
    """Return ``sla.yaml`` in ``config``, or the shipped default when the folder has none."""
    return keptconfig.file_of(config, FILE)


def load(path: Path, *, windows: frozenset[str] | None = None, shown_as: str | None = None) -> Policy:
    """Read a policy; raises :class:`~hotline.call.errors.InvalidInput` with every problem and its line.

    ``windows``: the names of ``hours.yaml``; ``None`` leaves them unchecked.
    """
    document = yamlsource.read(path, shown_as=shown_as)
    policy = yamlsource.validate(Policy, document)
    problems = _unknown_windows(policy, document, windows)
    if problems:
        raise InvalidInput(problems)
    return policy


def _unknown_windows(
    policy: Policy, document: yamlsource.Document, windows: frozenset[str] | None
) -> tuple[Problem, ...]:
    if windows is None:
        return ()
    known = ", ".join(sorted(windows)) or "none"
    return tuple(
        document.problem(where, f'no window "{name}" in hours.yaml (there are: {known})')
        for where, name in policy.windows().items()
        if name not in windows
    )
