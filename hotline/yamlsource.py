"""YAML files that people edit, read with the line of every value.

One reader for settings, menus, rosters and scenarios: whatever pydantic finds wrong comes back as
``file:line: dotted.path: sentence``, all problems at once (DESIGN section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError

from hotline.call.errors import InvalidInput, Problem

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]


class _DatesAsText(RoundTripConstructor):
    """Leaves dates to the models: 2027-02-30 is then a problem with a line like any other."""


_DatesAsText.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain data plus where each value stands."""

    file: str
    """The name problems carry."""
    root: Any
    """ruamel's tree; maps and sequences behave like dict and list."""

    def line(self, where: Where) -> int:
        """Return the line (from 1) of the value at ``where``, or of its nearest parent that exists."""
        line, node = _line_of(self.root, 1), self.root
        for step in where:
            found = _child_line(node, step)
            if found is None:
                continue  # pydantic adds union tags and such to the path: skip what the file lacks
            line, node = found
        return line

    def problem(self, where: Where, message: str, *, warning: bool = False) -> Problem:
        """Return a :class:`Problem` at ``where``."""
        return Problem(self.file, self.line(where), ".".join(map(str, where)), message, warning)

    def plain(self) -> Any:
        """Return the data as plain dict, list and scalars."""
        return _plain(self.root)


def read(path: Path, *, shown_as: str | None = None) -> Document:
    """Parse ``path`` (UTF-8). An empty file is an empty map.

    Raises :class:`InvalidInput` with one problem when it cannot be read or is not YAML.
    """
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput((Problem(name, 0, "", f"cannot be read: {error}"),)) from error
    return parse(text, name)


def parse(text: str, name: str) -> Document:
    """Parse YAML text; ``name`` is what problems call it. Raises :class:`InvalidInput`."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _DatesAsText
    yaml.allow_duplicate_keys = False
    try:
        root = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 0
        sentence = f"is not valid YAML: {error.problem or error.context or 'unreadable'}"
        raise InvalidInput((Problem(name, line, "", sentence),)) from error
    except Exception as error:  # ruamel lets a few ValueErrors of odd scalars through
        raise InvalidInput((Problem(name, 0, "", f"is not valid YAML: {error}"),)) from error
    return Document(name, CommentedMap() if root is None else root)


def validate(model: type[M], document: Document) -> M:
    """Return ``document`` as ``model``; raises :class:`InvalidInput` with every problem and its line."""
    try:
        return TypeAdapter(model).validate_python(document.plain())
    except ValidationError as error:
        raise InvalidInput(tuple(problems_of(error, document))) from error


def problems_of(error: ValidationError, document: Document) -> Iterable[Problem]:
    """Turn pydantic's findings into problems with lines, in the order of the file."""
    found = []
    for item in error.errors(include_url=False):
        where = _existing(document.root, item["loc"])
        message = _sentence(item)
        found.append(Problem(document.file, document.line(item["loc"]), ".".join(map(str, where)), message))
    return sorted(found, key=lambda problem: problem.line)


def _sentence(item: Any) -> str:
    kind, message = item["type"], str(item["msg"])
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return f'"{item["loc"][-1]}" is missing'
    return message.removeprefix("Value error, ")


def _existing(root: Any, loc: tuple[str | int, ...]) -> list[str | int]:
    """Keep the parts of a pydantic path that the file itself has, plus the last one."""
    kept: list[str | int] = []
    node = root
    for position, step in enumerate(loc):
        child = _child(node, step)
        if child is not None:
            kept.append(step)
            node = child
        elif position == len(loc) - 1:
            kept.append(step)
    return kept


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, dict):
        for key in (step, str(step)):
            if key in node:
                return node[key]
        return next((value for key, value in node.items() if str(key) == str(step)), None)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None


def _child_line(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, CommentedMap):
        key = next((key for key in node if str(key) == str(step)), None)
        if key is None:
            return None
        return node.lc.key(key)[0] + 1, node[key]
    if isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
        return node.lc.item(step)[0] + 1, node[step]
    return None


def _line_of(node: Any, otherwise: int) -> int:
    if isinstance(node, CommentedMap | CommentedSeq) and node.lc.line is not None:
        return int(node.lc.line) + 1
    return otherwise


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
