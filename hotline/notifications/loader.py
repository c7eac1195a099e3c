"""``config/notifications.yaml`` read, completed and checked: every problem with its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.config import ChannelConfig, NotificationsFile, RetentionConfig, RouteConfig
from hotline.notifications.eventkinds import doubt
from hotline.notifications.raw import Raw
from hotline.notifications.routes import EVERYWHERE, PATTERN, Route
from hotline.notifications.secrets import resolve
from hotline.notifications.templates import Language, Template, Templates, Wordings
from hotline.yamlsource import Document

NAME = "notifications.yaml"
_SHIPPED_TEMPLATES = Path(__file__).with_name("templates.yaml")
_TEMPLATE_KEY = re.compile(PATTERN.pattern)


class _ShippedTemplates(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: dict[Language, dict[str, str]]
    templates: dict[str, dict[Language, Template]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the file says, ready for use."""

    channels: Mapping[str, ChannelConfig]
    """With the secrets read in."""
    routes: tuple[Route, ...]
    wordings: Wordings
    remind_every: timedelta
    keep: RetentionConfig
    files: tuple[Path, ...] = ()
    """Everything it was read from: a change of any is a change of the plan."""
    warnings: tuple[Problem, ...] = ()
    paused: frozenset[str] = frozenset()
    """Channels whose deliveries wait for now."""


class DoesNotHold(InvalidInput):
    """The file has problems; ``files`` are those whose change may mend them."""

    def __init__(self, problems: tuple[Problem, ...], files: tuple[Path, ...]) -> None:
        super().__init__(problems)
        self.files = files


def load(
    path: Path, *, estates: Collection[str], beside: Path | None = None, shown_as: str | None = None
) -> Plan:
    """Read ``path``; a file that is not there says the same as an empty one.

    ``beside``: the folder in which secret files lie; that of ``path`` by default.
    Raises :class:`~hotline.call.errors.InvalidInput` with every problem (:class:`DoesNotHold` when
    the file is YAML at all).
    """
    name = shown_as or str(path)
    document = yamlsource.read(path, shown_as=name) if path.exists() else yamlsource.parse("", name)
    problems: list[Problem] = []
    given = NotificationsFile()
    try:
        given = yamlsource.validate(NotificationsFile, document)
    except InvalidInput as refused:  # what else is wrong is told with it
        problems += refused.problems
    raw = Raw(document.plain())
    problems += _route_problems(raw, document, estates)
    problems += _template_problems(raw, document)
    channels: dict[str, ChannelConfig] = {}
    files = [path]
    for channel, (config, whole) in raw.configs().items():
        found = resolve(config, beside or path.parent)
        channels[channel] = found.channel
        files += found.files
        problems += [
            document.problem(("channels", channel, key), said)
            for key, said in found.problems
            if whole or key.endswith("_file")
        ]
        problems += [
            document.problem(("channels", channel, key), said, warning=True) for key, said in found.warnings
        ]
    problems += _unused(raw, document)
    if any(not problem.warning for problem in problems):
        raise DoesNotHold(tuple(sorted(problems, key=lambda problem: problem.line)), tuple(files))
    return Plan(
        channels=channels,
        routes=tuple(map(_route, given.routes)),
        wordings=_wordings(given.templates),
        remind_every=timedelta(hours=given.alarms.remind_every_hours),
        keep=given.keep,
        files=tuple(files),
        warnings=tuple(problems),
    )


def _route(config: RouteConfig) -> Route:
    return Route(
        events=config.events,
        to=config.to,
        estates=frozenset(config.estates),
        urgency=frozenset(config.urgency),
        alarms=frozenset(config.alarms),
    )


@cache
def shipped_templates() -> tuple[Templates, Mapping[Language, Mapping[str, str]]]:
    """Return the wordings that come with the program, and its words per language; read once."""
    shipped = yamlsource.validate(_ShippedTemplates, yamlsource.read(_SHIPPED_TEMPLATES))
    return shipped.templates, shipped.words


def _wordings(own: Templates) -> Wordings:
    """The administrator's wording of a kind in a language wins over the shipped one."""
    shipped, words = shipped_templates()
    kinds = shipped.keys() | own.keys()
    merged = {kind: {**shipped.get(kind, {}), **own.get(kind, {})} for kind in kinds}
    return Wordings(templates=merged, words=words)


def _route_problems(raw: Raw, document: Document, estates: Collection[str]) -> Iterator[Problem]:
    known: tuple[tuple[str, Collection[str], str], ...] = (
        ("to", raw.channels, "channel"),
        ("estates", {*estates, EVERYWHERE}, "estate"),
        ("alarms", set(AlarmKind), "alarm"),
    )
    for position, route in raw.routes:
        for key, names, what in known:
            for number, name in route.words(key):
                if name not in names:
                    there = ", ".join(sorted(names)) or "none"
                    said = f'no {what} "{name}" (there are: {there})'
                    yield document.problem(("routes", position, key, number), said)
        for number, pattern in route.words("events"):
            doubtful = doubt(pattern) if PATTERN.fullmatch(pattern) else None
            if doubtful is not None:
                said, mistake = doubtful
                yield document.problem(("routes", position, "events", number), said, warning=not mistake)


def _template_problems(raw: Raw, document: Document) -> Iterator[Problem]:
    for kind in raw.templates:
        if not _TEMPLATE_KEY.fullmatch(kind):
            said = f'"{kind}" is no kind of event: write ticket.opened, alarm.raised.trunk_down or ticket.*'
            yield document.problem(("templates", kind), said)


def _unused(raw: Raw, document: Document) -> Iterable[Problem]:
    used = {name for _, route in raw.routes for _, name in route.words("to")}
    for name in raw.channels:
        if name not in used:
            said = "no route leads to this channel: nothing is sent there"
            yield document.problem(("channels", name), said, warning=True)
