"""``config/operators.yaml``: operators and queues, checked with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hotline import keptconfig, yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.operators.featurecodes import DEFAULT_CODES
from hotline.operators.featurecodes import problems as problems_of_codes
from hotline.operators.lines import OperatorKey, QueueRules, Strategy
from hotline.operators.seat import Right, SeatedOperator
from hotline.operators.talkrules import TalkRules

FILE = "operators.yaml"
SPOKEN = frozenset({"zh", "en"})
"""Languages a caller can have."""
_HEADSET = "headset:"
_DIALLED = re.compile(r"\+?[\d*#][\d*# ()-]{0,30}|sips?:[^\s@]+(@[^\s@]+)?")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
Number = Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]
"""Digits: it is read out and keyed."""
Where = tuple[str | int, ...]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OperatorEntry(_Section):
    """An operator 话务员."""

    number: Number
    name: str = ""
    estate: str = ""
    """Empty: they serve all."""
    line: str = ""
    """``sip:…``, a number, ``headset:NUMBER``; empty: a headset."""
    languages: tuple[Name, ...] = ("zh",)
    skills: tuple[Name, ...] = ()
    supervisor: bool = False
    may: tuple[Right, ...] = ()

    @property
    def key(self) -> OperatorKey:
        """Estate and number."""
        return self.estate, self.number

    @property
    def home_line(self) -> str:
        """The line that is rung unless they sign in at another."""
        return self.line or f"headset:{self.number}"

    def seated(self, estate: str) -> SeatedOperator:
        """Return the operator as the talk knows them, serving ``estate``."""
        return SeatedOperator(
            number=self.number,
            name=self.name,
            estate=estate,
            everywhere=not self.estate,
            languages=frozenset(self.languages),
            skills=frozenset(self.skills),
            may=frozenset(Right) if self.supervisor else frozenset(self.may),
            supervisor=self.supervisor,
        )


class ServiceLevel(_Section):
    """What the queue is measured by: so many of the calls answered, or abandoned, within so long."""

    within: float = Field(20, gt=0, le=600)
    """Seconds."""
    goal: float = Field(0.8, gt=0, le=1)


class QueueEntry(_Section):
    """A queue. Seconds."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    operators: tuple[Number, ...] | None = None
    skills: tuple[Name, ...] = ()
    prefer: tuple[Name, ...] = ()
    ring: float = Field(15, ge=5, le=120)
    pause_after: int = Field(1, ge=1, le=10)
    """Rings in vain, one after the other, until the operator is set to pause."""
    wrap_up: float = Field(20, ge=0, le=3600)
    accept_key: bool = False
    announce_every: float = Field(45, ge=10, le=600)
    wanted_for: float = Field(60, ge=0, le=3600)
    longest_wait: float = Field(180, ge=5, le=7200)
    limit: int = Field(50, ge=1, le=500)
    then: str = ""
    call_back: bool = True
    short_abandon: float = Field(5, ge=0, le=60)
    service_level: ServiceLevel = ServiceLevel()

    def rules(self, name: str) -> QueueRules:
        """Return what deciding needs."""
        return QueueRules(
            name=name,
            strategy=self.strategy,
            operators=self.operators,
            skills=frozenset(self.skills),
            prefer=frozenset(self.prefer),
            longest_wait=self.longest_wait,
            wanted_for=self.wanted_for,
            limit=self.limit,
            then=self.then,
        )


class TalkEntry(_Section):
    """Talks of operators: how long things may take, and the keys of telephones without a screen."""

    target_rings: Annotated[float, Field(ge=5, le=120)] = 20.0
    operator_rings: Annotated[float, Field(ge=5, le=120)] = 20.0
    grace: Annotated[float, Field(ge=0, le=60)] = 10.0
    reassure_every: Annotated[float, Field(ge=10, le=600)] = 45.0
    park: Annotated[float, Field(ge=10, le=3600)] = 120.0
    longest: Annotated[float, Field(ge=60)] | None = None
    warning: Annotated[float, Field(ge=5, le=600)] = 60.0
    survey: str = "survey"
    codes: Mapping[str, str] = Field(default_factory=lambda: dict(DEFAULT_CODES))

    @field_validator("codes")
    @classmethod
    def _codes(cls, codes: Mapping[str, str]) -> Mapping[str, str]:
        if found := problems_of_codes(codes):
            raise ValueError(" ".join(found))
        return codes

    @property
    def rules(self) -> TalkRules:
        """As talks know them."""
        return TalkRules(**self.model_dump())


class OperatorsFile(_Section):
    """All of the file."""

    operators: tuple[OperatorEntry, ...] = ()
    queues: dict[Name, QueueEntry] = Field(min_length=1)
    talk: TalkEntry = TalkEntry()


@dataclass(frozen=True)
class OperatorRules:
    """The file."""

    operators: tuple[OperatorEntry, ...]
    queues: Mapping[str, QueueEntry]
    talk: TalkRules = field(default_factory=TalkRules)

    @cached_property
    def by_key(self) -> Mapping[OperatorKey, OperatorEntry]:
        """Return the operators by estate and number."""
        return {entry.key: entry for entry in self.operators}

    @cached_property
    def decision_rules(self) -> Mapping[str, QueueRules]:
        """Return the queues as deciding knows them."""
        return {name: queue.rules(name) for name, queue in self.queues.items()}

    def operator(self, estate: str, number: str) -> OperatorEntry | None:
        """Return who has that number in an estate."""
        return self.by_key.get((estate, number)) or self.by_key.get(("", number))


class OperatorBook(keptconfig.KeptConfig[OperatorRules]):
    """The file in service: taken up when it changes, never replaced by one that does not hold."""

    def __init__(self, config: Path, *, last_good: Path | None = None) -> None:
        """Read it; ``last_good`` is the folder with the copy a predecessor had in service.

        Raises :class:`~hotline.call.errors.InvalidInput` when neither holds.
        """

        def facts(found: OperatorRules) -> Mapping[str, object]:
            return {"operators": len(found.operators), "queues": len(found.queues)}

        super().__init__(config, FILE, load, last_good=last_good, facts=facts)


def load(config: Path) -> OperatorRules:
    """Read and check the file; raises :class:`~hotline.call.errors.InvalidInput` with every problem."""
    document = yamlsource.read(keptconfig.file_of(config, FILE))
    found, problems = yamlsource.as_far_as_it_holds(OperatorsFile, document)
    named = tuple(_named(document))
    problems += (*_same_numbers(named, document), *_bad_lines(named, document))
    if found is not None:
        problems += (*_unknown_operators(found, named, document), *_bad_chains(found, document))
    if problems or found is None:
        raise InvalidInput(tuple(sorted(problems, key=lambda problem: problem.line)))
    return OperatorRules(found.operators, found.queues, found.talk.rules)


def queue_names(config: Path) -> frozenset[str]:
    """Return the queues there are, for the check of menus; raises as :func:`load` does."""
    return frozenset(load(config).queues)


def doubts(config: Path, *, estates: frozenset[str]) -> list[Problem]:
    """Return operators of unknown estates (errors); languages and queues for nobody (warnings).

    Raises :class:`~hotline.call.errors.InvalidInput` when the file itself does not hold.
    """
    rules, document = load(config), yamlsource.read(keptconfig.file_of(config, FILE))
    found = [
        document.problem(
            ("operators", index, "estate"),
            f'no estate "{entry.estate}" in hotline.yaml (there are: {", ".join(sorted(estates))})',
        )
        for index, entry in enumerate(rules.operators)
        if entry.estate and entry.estate not in estates
    ]
    found += [
        document.problem(
            ("operators", index, "languages"), f'no caller speaks "{language}": zh or en', warning=True
        )
        for index, entry in enumerate(rules.operators)
        for language in entry.languages
        if language not in SPOKEN
    ]
    for name, queue in rules.queues.items():
        if rules.operators and not any(_serves(entry, queue) for entry in rules.operators):
            found.append(document.problem(("queues", name), "no operator has these skills", warning=True))
    return found


def _serves(entry: OperatorEntry, queue: QueueEntry) -> bool:
    listed = queue.operators is None or entry.number in queue.operators
    return listed and set(queue.skills) <= set(entry.skills)


@dataclass(frozen=True, slots=True)
class _Named:
    """An operator as far as they can be made out: what refers to them is checked all the same."""

    index: int
    number: str
    estate: str
    line: str


def _named(document: yamlsource.Document) -> Iterator[_Named]:
    plain = document.plain()
    listed = plain.get("operators") if isinstance(plain, dict) else None
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        facts = one if isinstance(one, dict) else {}
        yield _Named(index, *(str(facts.get(name) or "") for name in ("number", "estate", "line")))


def _same_numbers(named: tuple[_Named, ...], document: yamlsource.Document) -> Iterator[Problem]:
    seen: dict[str, set[str]] = {}
    for one in named:
        estates = seen.setdefault(one.number, set())
        if one.number and (one.estate in estates or (estates and "" in (*estates, one.estate))):
            yield document.problem(
                ("operators", one.index, "number"), f'"{one.number}" is another operator\'s number already'
            )
        estates.add(one.estate)


def _unknown_operators(
    found: OperatorsFile, named: tuple[_Named, ...], document: yamlsource.Document
) -> Iterator[Problem]:
    known = {one.number for one in named}
    for name, queue in found.queues.items():
        for index, number in enumerate(queue.operators or ()):
            if not known & {number, number.lstrip("0")}:  # one without quotes has lost its zeros
                yield document.problem(
                    ("queues", name, "operators", index), f'no operator has the number "{number}"'
                )


def _bad_chains(found: OperatorsFile, document: yamlsource.Document) -> Iterator[Problem]:
    there = ", ".join(sorted(found.queues))
    for name, queue in found.queues.items():
        if queue.then and queue.then not in found.queues:
            yield document.problem(("queues", name, "then"), f'no queue "{queue.then}" (there are: {there})')
        elif queue.then and name in _chain(found, queue.then):
            yield document.problem(
                ("queues", name, "then"), "callers would go round in circles: leave `then` out at the end"
            )


def _chain(found: OperatorsFile, name: str) -> list[str]:
    chain: list[str] = []
    while name in found.queues and name not in chain:
        chain.append(name)
        name = found.queues[name].then
    return chain


def _bad_lines(named: tuple[_Named, ...], document: yamlsource.Document) -> Iterator[Problem]:
    numbers = {one.number for one in named}
    for one in named:
        problem = line_problem(one.line, numbers) if one.line else ""
        if problem:
            where: Where = ("operators", one.index, "line")
            yield document.problem(where, problem)


def line_problem(line: str, numbers: Collection[str]) -> str:
    """Return why ``line`` cannot be rung, empty when it can; ``numbers`` are the operators there are."""
    if line.startswith(_HEADSET):
        known = line.removeprefix(_HEADSET) in numbers
        return "" if known else "no operator has the number after headset:"
    if _DIALLED.fullmatch(line):
        return ""
    return f'"{line}" cannot be rung: write sip:…, a number, or headset: and an operator\'s number'
