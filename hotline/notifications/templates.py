"""Wordings of events: ``{placeholder}`` is replaced, nothing is ever evaluated. Pure.

A line whose placeholders are all empty is left out, so one template serves channels that may see
the caller's number and channels that may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hotline.notifications.facts import Fact, FactKind

Language = Literal["zh", "en"]
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")
_LONGEST_VALUE = 500
"""Characters; what somebody said may be long, the rest is on the ticket."""
PLACEHOLDERS = frozenset(
    {
        *("estate", "estate_name", "time", "kind", "subject", "event"),
        *("ticket", "ticket_kind", "topic", "urgency", "state", "place", "description", "opened", "due"),
        *("assignee", "caller_name", "caller_number"),
        *("alarm", "since", "count"),
    }
)
"""What templates may name, besides ``detail.…``: anything the event itself carries."""


def _known(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS and not name.startswith("detail."):
            known = ", ".join(sorted(PLACEHOLDERS))
            raise ValueError(f"no placeholder {{{name}}}; there are: {known}, and detail.NAME")
    return text


Wording = Annotated[str, Field(min_length=1), AfterValidator(_known)]


class Template(BaseModel):
    """The wording of one kind of event in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Wording
    text: Annotated[str, AfterValidator(_known)] = ""


Templates = Mapping[str, Mapping[Language, Template]]
"""By event kind (``ticket.opened``, ``alarm.raised.trunk_down``, ``ticket.*``, ``*``), then language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """Templates and the program's words per language."""

    templates: Templates
    words: Mapping[Language, Mapping[str, str]] = field(default_factory=dict)
    """``repair`` → 报修."""

    def render(
        self, kind: str, qualifier: str, facts: Mapping[str, Fact], *, language: Language, zone: ZoneInfo
    ) -> tuple[str, str]:
        """Return title and text of an event.

        ``qualifier`` makes the kind more specific: an alarm's kind, what happened to a ticket.
        """
        template = self._find(kind, qualifier, language)
        values = {name: self._said(fact, language, zone) for name, fact in facts.items()}
        title = _fill(template.title, values).strip() or kind
        lines = (_line(line, values) for line in template.text.splitlines())
        return title, "\n".join(line for line in lines if line is not None).strip()

    def _find(self, kind: str, qualifier: str, language: Language) -> Template:
        other: Language = "en" if language == "zh" else "zh"
        for key in _keys(kind, qualifier):
            worded = self.templates.get(key, {})
            found = worded.get(language) or worded.get(other)
            if found is not None:
                return found
        return Template(title="{kind} {subject}")

    def _said(self, fact: Fact, language: Language, zone: ZoneInfo) -> str:
        value = "".join(character if character.isprintable() else " " for character in fact.value)
        if fact.kind is FactKind.TERM:
            value = self.words.get(language, {}).get(value, value)
        if fact.kind is FactKind.INSTANT:
            return _local(value, zone)
        return value if len(value) <= _LONGEST_VALUE else value[: _LONGEST_VALUE - 1] + "…"


def _local(value: str, zone: ZoneInfo) -> str:
    try:
        return f"{datetime.fromisoformat(value).astimezone(zone):%m-%d %H:%M}"
    except ValueError:
        return value


def _keys(kind: str, qualifier: str) -> Iterator[str]:
    """The most specific first: ``alarm.raised.trunk_down``, ``alarm.raised``, ``alarm.*``, ``*``."""
    if qualifier:
        yield f"{kind}.{qualifier}"
    yield kind
    parts = kind.split(".")
    for length in range(len(parts) - 1, 0, -1):
        yield ".".join(parts[:length]) + ".*"
    yield "*"


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def _line(line: str, values: Mapping[str, str]) -> str | None:
    names = _PLACEHOLDER.findall(line)
    if names and not any(values.get(name) for name in names):
        return None
    return _fill(line, values).rstrip()
