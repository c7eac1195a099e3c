"""``config/wakeup.yaml``: the rules of the house for wake-ups, checked with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from hotline import keptconfig, yamlsource
from hotline.call.errors import InvalidInput, Problem

FILE = "wakeup.yaml"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ringing(_Section):
    """How the guest is rung."""

    policy: Name = "wakeup"
    flow: Name = "wakeup"
    keep_ringing: int = Field(15, ge=0, le=120)
    """Minutes the guest is still rung besides the floor staff."""
    late_start: int = Field(5, ge=1, le=30)
    """Minutes: a wake-up that much overdue after an outage is still placed, an older one is knocked for."""


class Snoozing(_Section):
    """Key 2."""

    minutes: int = Field(5, ge=1, le=30)
    times: int = Field(2, ge=0, le=5)


class Knocking(_Section):
    """How floor staff are rung."""

    roster: Name = "floor"
    supervisor: Name | None = "supervisor"
    policy: Name = "knock"
    flow: Name = "knock"
    rounds: int = Field(2, ge=1, le=20)
    """Times everybody was rung in vain until the console is alarmed; ringing goes on."""
    alarm_after: int = Field(5, ge=1, le=60)
    """Minutes of knocking without a confirmation until the console is alarmed all the same."""
    give_up_after: int = Field(120, ge=15, le=720)
    """Minutes: nobody is rung any more, the wake-up is filed as not confirmed."""


class Booking(_Section):
    """What is refused."""

    lead: int = Field(2, ge=0, le=60)
    """Minutes ahead at least."""
    horizon_days: int = Field(365, ge=1, le=730)
    per_room: int = Field(6, ge=1, le=50)
    apart: int = Field(5, ge=1, le=60)
    """Minutes between two of one room."""
    interval: int = Field(5, ge=1, le=60)
    """Minutes."""
    per_interval: int = Field(60, ge=1, le=2000)
    """Wake-ups of the estate within one interval."""


class WakeupRules(_Section):
    """All of the file. Minutes."""

    escalate_after: int = Field(5, ge=5, le=10)
    """DOMAIN section 7: not up within 5 minutes (5 to 10) – the floor staff knock."""
    ring: Ringing = Ringing()
    snooze: Snoozing = Snoozing()
    knock: Knocking = Knocking()
    booking: Booking = Booking()

    @property
    def late_start(self) -> timedelta:
        """A wake-up overdue for longer when the hotline comes back is knocked for."""
        return timedelta(minutes=self.ring.late_start)


class RuleBook(keptconfig.KeptConfig[WakeupRules]):
    """The file in service: taken up when it changes, never replaced by one that does not hold."""

    def __init__(
        self,
        config: Path,
        *,
        last_good: Path | None = None,
        flows: Callable[[], Collection[str]] | None = None,
        flows_in: Path | None = None,
    ) -> None:
        """Read it; ``last_good`` is the folder with the copy a predecessor had in service.

        ``flows`` and ``flows_in`` as for :class:`hotline.outbound.policies.PolicyBook`.

        Raises :class:`~hotline.call.errors.InvalidInput` when neither holds.
        """

        def read(folder: Path) -> WakeupRules:
            return load(folder, flows=flows() if flows is not None and folder == config else None)

        watch = () if flows_in is None else (flows_in,)
        super().__init__(config, FILE, read, last_good=last_good, watch=watch)


def load(config: Path, *, flows: Collection[str] | None = None) -> WakeupRules:
    """Read and check the file, also against the ``flows`` there are when they are given.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem.
    """
    found, _, problems = _read(config, flows)
    if found is None or problems:
        raise InvalidInput(_in_order(problems))
    return found


def unknown_names(
    config: Path, *, policies: Container[str], rosters: Container[str], flows: Collection[str]
) -> list[Problem]:
    """Return flows, policies (errors) and rosters (warnings: they ring nobody) that no other file has.

    Together with everything else that is wrong, so that it is mended in one go. Raises
    :class:`~hotline.call.errors.InvalidInput` when the file cannot be read or is no YAML.
    """
    found, document, problems = _read(config, flows)
    if found is not None:
        problems += _unknown_policies(found, document, policies) + _unknown_rosters(found, document, rosters)
    return list(_in_order(problems))


def _read(
    config: Path, flows: Collection[str] | None
) -> tuple[WakeupRules | None, yamlsource.Document, tuple[Problem, ...]]:
    document = yamlsource.read(keptconfig.file_of(config, FILE))
    found, problems = yamlsource.as_far_as_it_holds(WakeupRules, document)
    if found is not None:
        more = () if problems else _contradictions(found, document)
        problems += (*more, *_unknown_flows(found, document, flows))
    return found, document, problems


def _in_order(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _contradictions(found: WakeupRules, document: yamlsource.Document) -> list[Problem]:
    if found.knock.alarm_after < found.knock.give_up_after:
        return []
    where = ("knock", "give_up_after")
    return [document.problem(where, "nobody would be alarmed: give_up_after must be longer than alarm_after")]


def _unknown_flows(
    found: WakeupRules, document: yamlsource.Document, flows: Collection[str] | None
) -> Iterator[Problem]:
    if flows is None:
        return
    for section, flow in (("ring", found.ring.flow), ("knock", found.knock.flow)):
        if flow not in flows:
            there = ", ".join(sorted(flows)) or "none"
            yield document.problem((section, "flow"), f'no flow "{flow}" (there are: {there})')


def _unknown_policies(
    found: WakeupRules, document: yamlsource.Document, policies: Container[str]
) -> tuple[Problem, ...]:
    return tuple(
        document.problem((section, "policy"), f'no policy "{policy}" in outbound.yaml')
        for section, policy in (("ring", found.ring.policy), ("knock", found.knock.policy))
        if policy not in policies
    )


def _unknown_rosters(
    found: WakeupRules, document: yamlsource.Document, rosters: Container[str]
) -> tuple[Problem, ...]:
    return tuple(
        document.problem(("knock", field), f'no roster "{name}" in roster.yaml: nobody knocks', warning=True)
        for field, name in (("roster", found.knock.roster), ("supervisor", found.knock.supervisor))
        if name and name not in rosters
    )
