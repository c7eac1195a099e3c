"""``config/outbound.yaml``: the policies of machine-placed calls, checked with file and line."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.home import shipped
from hotline.outbound.policy import Outcome, Policy

log = structlog.get_logger(__name__)

FILE = "outbound.yaml"
Seconds = Annotated[float, Field(ge=1, le=7 * 86400)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Policy(_Section):
    ring: Annotated[float, Field(ge=5, le=120)] = 30.0
    spacing: dict[Outcome, Seconds] = {}
    pause: Seconds = 60.0
    attempts: int | None = Field(None, ge=1, le=100)
    per_day: int | None = Field(None, ge=1, le=100)
    at_once: int | None = Field(None, ge=1, le=200)
    window: str = ""
    priority: int = Field(50, ge=0, le=100)


class DispatchRule(_Section):
    """Who is called about which tickets; the first rule that fits counts."""

    kind: str = ""
    urgency: str = ""
    topic: str = ""
    department: str = ""
    roster: str
    supervisor: str = ""
    policy: str
    flow: str = "dispatch"


class FollowUp(_Section):
    """Calls after “done” (DOMAIN section 4)."""

    policy: str = "follow_up"
    flow: str = "follow_up"
    after_minutes: Annotated[float, Field(ge=0, le=14 * 1440)] = 120
    sampling: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}
    """Share of tickets called, by kind; kinds not named: all."""


class Messages(_Section):
    """Messages delivered when their window opens."""

    policy: str = "message"
    flow: str = "message"
    rosters: dict[str, str] = {"general_manager": "general_manager"}
    """By topic of the ticket: whom the message is read to."""


class SelfTest(_Section):
    """The nightly call of the hotline's own number, and what is expected to be heard."""

    at: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    """Local time of the first estate; empty: never by itself."""
    number: str = ""
    """Empty: the first estate's first number, else the account's user; without accounts its own address."""
    account: str = ""
    """Account it is dialled by; empty: the first that carries outgoing calls."""
    greeting: str = "greeting"
    """Prompt heard first."""
    menu: str = "main_menu"
    """Prompt after which the key is pressed."""
    key: str = Field("9", pattern=r"^[0-9*#]$")
    answer: str = "main_menu"
    """Prompt the key leads to."""


class OutboundFile(_Section):
    """All of the file."""

    policies: dict[str, _Policy] = {}
    dispatch: tuple[DispatchRule, ...] = ()
    follow_up: FollowUp = FollowUp()
    messages: Messages = Messages()
    selftest: SelfTest = SelfTest()

    def policy(self, name: str) -> Policy:
        """Return a policy; raises :class:`KeyError` for one that is not there."""
        found = self.policies[name]
        return Policy(name=name, **{key: getattr(found, key) for key in _Policy.model_fields})

    @property
    def named(self) -> Mapping[str, Policy]:
        """All policies by name."""
        return {name: self.policy(name) for name in self.policies}


class PolicyBook:
    """The file in service: taken up when it changes, never replaced by one that does not hold."""

    def __init__(self, config: Path, *, last_good: Path | None = None) -> None:
        """Read it.

        ``last_good``: folder with the copy a predecessor had in service, should the file not hold now.
        Raises :class:`~hotline.call.errors.InvalidInput` when neither does.
        """
        self._config = config
        self._last_good = last_good
        self.problems: tuple[Problem, ...] = ()
        """Why the file on disk is not in service; empty when it is."""
        self._stamp = self._look()
        try:
            self._file = load(config)
        except InvalidInput as invalid:
            if last_good is None or not (last_good / FILE).is_file():
                raise
            self.problems = invalid.problems
            self._file = load(last_good)
        else:
            self._keep()

    def in_service(self) -> OutboundFile:
        """Return the policies; a changed file is taken up here, at the cost of one ``stat``."""
        stamp = self._look()
        if stamp != self._stamp:
            self._stamp = stamp
            self._reload()
        return self._file

    def _reload(self) -> None:
        try:
            self._file = load(self._config)
        except InvalidInput as invalid:
            self.problems = invalid.problems
            where = [f"{problem.file}:{problem.line}" for problem in invalid.problems]
            log.error("outbound.yaml does not hold, the one before stays in service", where=where)
            return
        self.problems = ()
        self._keep()
        log.info("outbound.yaml taken up", policies=len(self._file.policies))

    def _keep(self) -> None:
        if self._last_good is None:
            return
        try:
            self._last_good.mkdir(parents=True, exist_ok=True)
            unfinished = self._last_good / f".{FILE}"
            unfinished.write_bytes(file_of(self._config).read_bytes())
            unfinished.replace(self._last_good / FILE)
        except OSError as error:
            log.warning("no copy of outbound.yaml could be kept", reason=error.strerror)

    def _look(self) -> tuple[str, int, int]:
        path = file_of(self._config)
        try:
            found = path.stat()
        except OSError:
            return str(path), 0, 0
        return str(path), found.st_mtime_ns, found.st_size


def file_of(config: Path) -> Path:
    """Return the file in use: the administrator's, else the shipped one."""
    own = config / FILE
    return own if own.exists() else shipped("config") / FILE


def load(config: Path) -> OutboundFile:
    """Read and check the file.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem and its line.
    """
    path = file_of(config)
    document = yamlsource.read(path)
    found = yamlsource.validate(OutboundFile, document)
    problems = tuple(_unknown_policies(found, document))
    if problems:
        raise InvalidInput(problems)
    return found


def unknown_names(config: Path, *, windows: Container[str], rosters: Container[str]) -> list[Problem]:
    """Return the windows (errors) and rosters (warnings: they ring nobody) that no other file has.

    Raises :class:`~hotline.call.errors.InvalidInput` when the file itself does not hold.
    """
    found, document = load(config), yamlsource.read(file_of(config))
    problems = [
        document.problem(("policies", name, "window"), f'no window "{policy.window}" in hours.yaml')
        for name, policy in found.policies.items()
        if policy.window and policy.window not in windows
    ]
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("dispatch", number, field), getattr(rule, field))
        for number, rule in enumerate(found.dispatch)
        for field in ("roster", "supervisor")
    ]
    named += [(("messages", "rosters", topic), name) for topic, name in found.messages.rosters.items()]
    problems += [
        document.problem(where, f'no roster "{name}" in roster.yaml: nobody is rung there', warning=True)
        for where, name in named
        if name and name not in rosters
    ]
    return problems


def _unknown_policies(found: OutboundFile, document: yamlsource.Document) -> Iterator[Problem]:
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("dispatch", number, "policy"), rule.policy) for number, rule in enumerate(found.dispatch)
    ]
    named += [
        (("follow_up", "policy"), found.follow_up.policy),
        (("messages", "policy"), found.messages.policy),
    ]
    known = ", ".join(sorted(found.policies)) or "none"
    for where, policy in named:
        if policy not in found.policies:
            yield document.problem(where, f'no policy "{policy}" (there are: {known})')
