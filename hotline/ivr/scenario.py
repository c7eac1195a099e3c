"""Whole calls as readable files: what the caller does, what must be heard, what must be filed.

The same files are run by ``hotline menu test`` and by our own tests; the format is described in
docs/menu-language.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import StaffRole
from hotline.ivr.house import ExpectedWakeup, House
from hotline.ivr.rehearsal import DEEDS
from hotline.ivr.rehearsal_operators import ExpectedDesk, Operators
from hotline.ivr.steps.base import Language, Section
from hotline.yamlsource import Document

WORLD = "world.yaml"
"""Name of the file beside the scenarios that holds what they share."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_as_text)]


def _known_deed(deed: str) -> str:
    if deed not in DEEDS:
        raise ValueError(f'nobody knows how to do "{deed}"; people do {", ".join(DEEDS)}')
    return deed


Deeds = Annotated[tuple[Annotated[str, AfterValidator(_known_deed)], ...], BeforeValidator(_as_list)]


def _as_moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Moment = Annotated[datetime, BeforeValidator(_as_moment)]
"""Local time, ``2026-11-23 10:00``."""


class Sounding(Section):
    """Something to be heard: a prompt's id, a tone's name, a value, or the caller's own words."""

    prompt: str | None = None
    read_back: Text | None = None
    """A value in any of its spoken forms; ``$ticket`` is the number of the last ticket."""
    words: bool = False
    language: Language | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_id(cls, value: Any) -> Any:
        return {"prompt": value} if isinstance(value, str) else value

    def __str__(self) -> str:
        """As it is written in a scenario."""
        if self.words:
            return "the caller's own words"
        said = self.prompt or f"{{read_back: {self.read_back}}}"
        return f"{said} ({self.language})" if self.language else said


Soundings = Annotated[tuple[Sounding, ...], BeforeValidator(_as_list)]


class Saying(Section):
    """Something said."""

    text: str
    score: float = Field(0.9, ge=0, le=1)
    understood: bool = True
    """False: a voice, but no words come out of it."""
    cut_after: float | None = None
    """Seconds after which the caller hangs up in the middle of it."""

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class Action(Section):
    """One thing the caller does or hears; exactly one key."""

    hears: Soundings | None = None
    """These are heard to their end, in this order; others in between do not matter."""
    begins: Soundings | None = None
    """These begin to be heard: what follows interrupts them."""
    does_not_hear: Soundings | None = None
    """None of these has been heard since the last ``hears``."""
    presses: Text | None = None
    says: Saying | None = None
    waits: float | None = Field(None, ge=0)
    """Seconds of silence."""
    hangs_up: bool | None = None
    connected_with: Text | None = None
    """The caller is connected with this number."""
    other_hangs_up: bool | None = None
    """The person connected hangs up."""
    other_hears: Soundings | None = None
    """The person connected hears these, also when the caller is gone."""
    other_presses: Text | None = None
    other_says: Saying | None = None
    told: dict[Text, Soundings] | None = None
    """This number was rung and told these, in this order."""
    hung_up_on: bool | None = None
    """We end the call."""

    @model_validator(mode="before")
    @classmethod
    def _plain_word(cls, value: Any) -> Any:
        return {value: True} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_thing(self) -> Action:
        if len(self.model_fields_set) != 1:
            raise ValueError(f"an action is exactly one of {', '.join(type(self).model_fields)}")
        return self


class ExpectedRecord(Section):
    """What must stand in the call record."""

    disposition: str | None = None
    rings: int | None = None
    outcome: str | None = None
    events: tuple[str, ...] | None = None
    """Kinds of events that must be there, in this order."""
    concealed: bool | None = None
    """Keys were pressed that are not written down: a PIN."""


class ExpectedTicket(Section):
    """What must stand in the ticket; what is not named is not compared."""

    kind: str | None = None
    topic: str | None = None
    urgency: str | None = None
    room: str | None = None
    """Place as text: ``3-2-602``."""
    callback: Text | None = None
    caller: Text | None = None
    description: str | None = None
    words: bool | None = None
    """The caller's own words are (not) kept."""
    name_words: bool | None = None
    complete: bool | None = None
    note: str | None = None
    language: str | None = None
    respond_within: str | None = None
    """``10m``, ``1h``, ``at once``."""
    due: Moment | None = None
    """Local time."""
    history: tuple[str, ...] | None = None
    """Events noted on it afterwards, in this order."""


class ExpectedReport(Section):
    """What a flow tells who placed the call: the outcome, ``accepted``, and what goes with it."""

    outcome: str
    words: bool | None = None
    value: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain_outcome(cls, value: Any) -> Any:
        return {"outcome": value} if isinstance(value, str) else value


class ExpectedCase(Section):
    """What must have become of a ticket; what is not named is not compared."""

    state: str | None = None
    assignee: str | None = None
    department: str | None = None
    by: str | None = None
    """Name of who did the last thing to it."""
    words: bool | None = None
    """Own words went onto it."""
    said_on: Literal["caller", "other"] | None = None
    """On whose leg they were said."""
    supervisor: bool | None = None
    until: Moment | None = None
    """Postponed to this local time."""
    history: tuple[str, ...] | None = None
    """What was done to it and noted on it, in this order."""


class Employee(Section):
    """A member of staff of the rehearsal."""

    number: Text
    name: str
    pin: Text
    roles: tuple[StaffRole, ...] = (StaffRole.TECHNICIAN,)


class Person(Section):
    """A resident or lift telephone of the rehearsal."""

    number: Text
    name: str = ""
    place: str = ""
    callback: Text = ""
    lift: bool = False
    room_telephone: bool = False


class EarlierTicket(Section):
    """A ticket that exists before the call."""

    number: Text
    kind: str = "repair"
    state: str = "registered"
    topic: str = ""
    opened: Moment
    due: Moment | None = None
    next: Moment | None = None
    """When the caller hears next."""
    assignee: str = ""
    place: str = ""
    caller: Text = ""
    callback: Text = ""
    words: bool = False
    """The caller's own words are on it."""


class Surroundings(Section):
    """Who and what is around a call; a scenario's own entries win over the shared ones."""

    residents: tuple[Person, ...] = ()
    rooms: tuple[str, ...] = ()
    rosters: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    people: dict[Text, Deeds] = Field(default_factory=dict)
    tickets: tuple[EarlierTicket, ...] = ()
    staff: tuple[Employee, ...] = ()
    house: House = House()
    """What is booked, billed and locked before the call."""


class Scenario(Section):
    """One call."""

    name: str
    menu: str = "main"
    flow: str | None = None
    """A flow instead: the person called has answered, ``caller`` is their number."""
    given: dict[str, Text | Sounding] = Field(default_factory=dict)
    """What the flow is about; ``{words: true}``: recorded words, times as ``2026-11-23 10:00``."""
    reporting: Literal["works", "fails"] = "works"
    caller: Text = "13900139000"
    at: Moment = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 -- local time, the zone is the estate's
    """Local time at which it rings; default: an ordinary Monday morning."""
    rings_for: float = Field(1.0, ge=0)
    """Seconds until it is answered."""
    language: Language = "zh"
    understands: tuple[Language, ...] = ("zh", "en")
    """Languages a recogniser is in service for."""
    recording: bool = True
    consent: Literal["notice", "ask"] = "notice"
    """``ask``: key 9 goes on without recording."""
    emergency_line: bool = False
    """The call came in on an emergency number."""
    database: Literal["works", "fails"] = "works"
    staff_wrong: dict[Text, int] = Field(default_factory=dict)
    """Wrong PINs in calls before, by staff number."""
    house: House = House()
    """What is booked and billed besides the world's, and which desks there are."""
    operators: Operators | None = None
    """The operators' desk; without it there is none."""
    calls_before: int = Field(0, ge=0)
    """How often this number has called lately."""
    desk: ExpectedDesk | None = None
    """What came of the operators' desk."""
    earlier: tuple[EarlierTicket, ...] = ()
    """Tickets that exist before the call, besides those of the world."""
    rosters: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    people: dict[Text, Deeds] = Field(default_factory=dict)
    call: tuple[Action, ...] = Field(min_length=1)
    record: ExpectedRecord | None = None
    ticket: ExpectedTicket | Literal["none"] | None = None
    tickets: tuple[ExpectedTicket, ...] | None = None
    wakeups: tuple[ExpectedWakeup, ...] | Literal["none"] | None = None
    """Every wake-up there is afterwards, in the order of booking."""
    cases: dict[Text, ExpectedCase] = Field(default_factory=dict)
    """What became of tickets, by number; ``$ticket`` is the one filed last."""
    dialled: tuple[Text, ...] | None = None
    """Numbers rung, in order."""
    reports: Annotated[tuple[ExpectedReport, ...], BeforeValidator(_as_list)] | None = None
    """What a flow reports, in order."""


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario, where it stands, and its surroundings."""

    scenario: Scenario
    document: Document
    index: int
    world: Surroundings

    def line(self, *where: str | int) -> int:
        """Return the line of a part of the scenario."""
        return self.document.line((self.index, *where))


def load_scripts(files: Iterable[Path]) -> list[Script]:
    """Read scenario files with the ``world.yaml`` beside each; raises InvalidInput with every problem."""
    scripts: list[Script] = []
    problems: list[Problem] = []
    for path in files:
        try:
            scripts += _load(path)
        except InvalidInput as invalid:
            problems += invalid.problems
    if problems:
        raise InvalidInput(tuple(problems))
    return scripts


def scenario_files(folder: Path) -> list[Path]:
    """Return the scenario files of a folder."""
    return [path for path in sorted(folder.glob("*.yaml")) if path.name != WORLD]


def world_of(folder: Path) -> Surroundings:
    """Return what the scenarios of a folder share; raises InvalidInput."""
    path = folder / WORLD
    return yamlsource.validate(Surroundings, yamlsource.read(path)) if path.exists() else Surroundings()


def check_scripts(path: Path, text: str) -> tuple[Problem, ...]:
    """Return what is wrong with a text for a file of scenarios, or for the world beside them."""
    try:
        document = yamlsource.parse(text, path.name)
        if path.name == WORLD:
            yamlsource.validate(Surroundings, document)
        else:
            _scripts(document, Surroundings())
    except InvalidInput as invalid:
        return invalid.problems
    return ()


def _load(path: Path) -> list[Script]:
    return _scripts(yamlsource.read(path), world_of(path.parent))


def _scripts(document: Document, world: Surroundings) -> list[Script]:
    if not isinstance(document.root, list):
        raise InvalidInput((document.problem((), "a list of scenarios is expected: begin with “- name:”"),))
    try:
        scenarios = TypeAdapter(list[Scenario]).validate_python(document.plain())
    except ValidationError as error:
        raise InvalidInput(tuple(yamlsource.problems_of(error, document))) from error
    return [Script(scenario, document, index, world) for index, scenario in enumerate(scenarios)]
