"""``config/outbound.yaml``: the policies of machine-placed calls, checked with file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hotline import keptconfig, yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import TicketKind, Urgency
from hotline.home import shipped
from hotline.outbound.policy import Outcome, Policy

FILE = "outbound.yaml"
Seconds = Annotated[float, Field(ge=1, le=7 * 86400)]
Flows = Callable[[], Collection[str]]
"""The flows there are: own ones and those that come with the program."""
_Where = tuple[str | int, ...]


def _one_of(words: type[StrEnum], what: str) -> AfterValidator:
    """A word of ``words``; empty where the field may be left out."""

    def known(value: str) -> str:
        if value not in words.__members__.values():
            raise ValueError(f'no {what} "{value}" (there are: {", ".join(words)})')
        return value

    return AfterValidator(known)


_Kind = Annotated[str, _one_of(TicketKind, "kind of ticket")]
_Urgency = Annotated[str, _one_of(Urgency, "urgency")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Policy(_Section):
    ring: Annotated[float, Field(ge=5, le=120)] = 30.0
    spacing: dict[Outcome, Seconds] = {}
    pause: Seconds = 60.0
    again: Annotated[float, Field(ge=0, le=86400)] = 0.0
    attempts: int | None = Field(None, ge=1, le=100)
    per_day: int | None = Field(None, ge=1, le=100)
    at_once: int | None = Field(None, ge=1, le=200)
    window: str = ""
    priority: int = Field(50, ge=0, le=100)


class DispatchRule(_Section):
    """Who is called about which tickets; the first rule that fits counts."""

    kind: _Kind = ""
    urgency: _Urgency = ""
    topic: str = ""
    department: str = ""
    roster: str
    supervisor: str = ""
    policy: str
    flow: str = "dispatch"


class Reopened(_Section):
    """Who is told that a ticket was reopened: its owner, else these (DOMAIN section 4, 首问责任制)."""

    policy: str = "notice"
    flow: str = "notice"
    roster: str = "supervisor"
    supervisor: str = "duty_manager"
    """Joins when everybody on the roster was rung in vain."""


class FollowUp(_Section):
    """Calls after “done” (DOMAIN section 4)."""

    policy: str = "follow_up"
    flow: str = "follow_up"
    after_minutes: Annotated[float, Field(ge=0, le=14 * 1440)] = 120
    sampling: dict[_Kind, Annotated[float, Field(ge=0, le=1)]] = {}
    """Share of tickets called, by kind; kinds not named: all."""
    reopened: Reopened = Reopened()


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


class Tasks(_Section):
    """Whose task it is what calls of a kind leave to be done."""

    department: str = ""
    roster: str = ""
    """Whoever is on duty there; nobody: the department alone."""


class Confirmations(_Section):
    """Questions put to owners while somebody waits (DOMAIN section 6)."""

    policy: str = "confirmation"
    flow: str = "confirmation"
    minutes: Annotated[float, Field(ge=1, le=60)] = 5
    """Without an answer by then it is a refusal."""


class OutboundFile(_Section):
    """All of the file."""

    policies: dict[str, _Policy] = {}
    dispatch: tuple[DispatchRule, ...] = ()
    follow_up: FollowUp = FollowUp()
    messages: Messages = Messages()
    reminders: Tasks = Tasks()
    notices: Tasks = Tasks()
    confirmations: Confirmations = Confirmations()
    selftest: SelfTest = SelfTest()

    def policy(self, name: str) -> Policy:
        """Return a policy; raises :class:`KeyError` for one that is not there."""
        found = self.policies[name]
        return Policy(name=name, **{key: getattr(found, key) for key in _Policy.model_fields})

    @property
    def flows(self) -> frozenset[str]:
        """The flows that are spoken on the calls of this file."""
        return frozenset(rule.flow for _, rule in _rules(self))

    @property
    def named(self) -> Mapping[str, Policy]:
        """All policies by name."""
        return {name: self.policy(name) for name in self.policies}


class PolicyBook(keptconfig.KeptConfig[OutboundFile]):
    """The file in service: taken up when it changes, never replaced by one that does not hold."""

    def __init__(
        self,
        config: Path,
        *,
        last_good: Path | None = None,
        flows: Flows | None = None,
        flows_in: Path | None = None,
    ) -> None:
        """Read it; ``last_good`` is the folder with the copy a predecessor had in service.

        A rule that names none of ``flows`` keeps the file out: its calls would have nothing to say. The
        folder ``flows_in`` is where they come and go, and with them what holds. The copy is what was in
        service: nothing keeps that out.

        Raises :class:`~hotline.call.errors.InvalidInput` when neither holds.
        """

        def read(folder: Path) -> OutboundFile:
            return load(folder, flows=flows() if flows is not None and folder == config else None)

        super().__init__(
            config,
            FILE,
            read,
            last_good=last_good,
            facts=lambda file: {"policies": len(file.policies)},
            watch=() if flows_in is None else (flows_in,),
        )


def file_of(config: Path) -> Path:
    """Return the file in use: the administrator's, else the shipped one."""
    return keptconfig.file_of(config, FILE)


def load(config: Path, *, flows: Collection[str] | None = None) -> OutboundFile:
    """Read and check the file, also against the ``flows`` there are when they are given.

    Raises :class:`~hotline.call.errors.InvalidInput` with every problem and its line.
    """
    found, _, problems = _read(config, flows)
    if found is None or problems:
        raise InvalidInput(_in_order(problems))
    return found


def as_far_as_it_holds(config: Path) -> OutboundFile:
    """Return what the file says beside its mistakes, for checks of other files that name its policies.

    Raises :class:`~hotline.call.errors.InvalidInput` when it cannot be read or is no YAML.
    """
    return _read(config, None)[0] or _inheriting(OutboundFile())


def _inheriting(found: OutboundFile) -> OutboundFile:
    """Add the shipped policies the file does not have: a folder older than the program lacks new ones."""
    inherited = yamlsource.validate(OutboundFile, yamlsource.read(shipped("config") / FILE)).policies
    return found.model_copy(update={"policies": {**inherited, **found.policies}})


def unknown_names(
    config: Path, *, windows: Container[str], rosters: Container[str], flows: Collection[str]
) -> list[Problem]:
    """Return policies, flows, windows (errors) and rosters (warnings: they ring nobody) that are nowhere.

    Together with everything else that is wrong, so that it is mended in one go. Raises
    :class:`~hotline.call.errors.InvalidInput` when the file cannot be read or is no YAML.
    """
    found, document, wrong = _read(config, flows)
    problems = list(wrong)
    if found is None:
        return problems
    problems += [
        document.problem(("policies", name, "window"), f'no window "{policy.window}" in hours.yaml')
        for name, policy in found.policies.items()
        if policy.window and policy.window not in windows
    ]
    named: list[tuple[_Where, str]] = [
        (("dispatch", number, field), getattr(rule, field))
        for number, rule in enumerate(found.dispatch)
        for field in ("roster", "supervisor")
    ]
    named += [(("messages", "rosters", topic), name) for topic, name in found.messages.rosters.items()]
    named += [((section, "roster"), getattr(found, section).roster) for section in ("reminders", "notices")]
    told = found.follow_up.reopened
    named += [
        (("follow_up", "reopened", field), getattr(told, field))
        for field in ("roster", "supervisor")
        if field in told.model_fields_set
    ]
    problems += [
        document.problem(where, f'no roster "{name}" in roster.yaml: nobody is rung there', warning=True)
        for where, name in named
        if name and name not in rosters
    ]
    return list(_in_order(problems))


def _read(
    config: Path, flows: Collection[str] | None
) -> tuple[OutboundFile | None, yamlsource.Document, tuple[Problem, ...]]:
    document = yamlsource.read(file_of(config))
    found, problems = yamlsource.as_far_as_it_holds(OutboundFile, document)
    if found is None:
        return None, document, problems
    found = _inheriting(found)
    return found, document, (*problems, *_wrong_names(found, document, flows))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _wrong_names(
    found: OutboundFile, document: yamlsource.Document, flows: Collection[str] | None
) -> Iterator[Problem]:
    rules = dict(_rules(found))
    known = ", ".join(sorted(found.policies)) or "none"
    for where, rule in rules.items():
        if where == _REOPENED and "policy" not in rule.model_fields_set:
            continue  # the default one needs no line in the file
        if rule.policy not in found.policies:
            yield document.problem((*where, "policy"), f'no policy "{rule.policy}" (there are: {known})')
    if flows is None:
        return
    for where, rule in rules.items():
        if rule.flow not in flows:
            there = ", ".join(sorted(flows)) or "none"
            yield document.problem((*where, "flow"), f'no flow "{rule.flow}" (there are: {there})')


_REOPENED: _Where = ("follow_up", "reopened")


def _rules(
    found: OutboundFile,
) -> Iterator[tuple[_Where, DispatchRule | FollowUp | Messages | Reopened | Confirmations]]:
    """Yield all that names a policy and a flow, with its place."""
    for number, rule in enumerate(found.dispatch):
        yield ("dispatch", number), rule
    yield ("follow_up",), found.follow_up
    yield _REOPENED, found.follow_up.reopened
    yield ("messages",), found.messages
    yield ("confirmations",), found.confirmations
