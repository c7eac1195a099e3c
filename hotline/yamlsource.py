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

from hotline.call.errors import InvalidInput, Problem
from hotline.yamltree import BadYaml, Map, Seq, tree
from hotline.yamlwords import sentence

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]
_MOST_LEFT_OUT = 20
"""Rounds: what a wrong value hid may be wrong as well."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: plain data plus where each value stands."""

    file: str
    """The name problems carry."""
    root: Any
    """Maps and sequences that know their lines (:mod:`hotline.yamltree`); not to be changed."""

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
    try:
        root = tree(text)
    except BadYaml as error:
        raise InvalidInput((Problem(name, error.line, "", f"is not valid YAML: {error}"),)) from error
    return Document(name, Map() if root is None else root)


def validate(model: type[M], document: Document) -> M:
    """Return ``document`` as ``model``; raises :class:`InvalidInput` with every problem and its line."""
    try:
        return TypeAdapter(model).validate_python(document.plain())
    except ValidationError as error:
        raise InvalidInput(tuple(problems_of(error, document, model))) from error


def as_far_as_it_holds(model: type[M], document: Document) -> tuple[M | None, tuple[Problem, ...]]:
    """Return ``document`` as ``model`` with what is wrong left out, and every problem with its line.

    For checks of what the file names elsewhere: they are told at once with mistakes of other kinds. A wrong
    value counts as not given, a list with a wrong item as empty. ``None`` when too little is left.
    """
    data, problems = document.plain(), tuple[Problem, ...]()
    for _ in range(_MOST_LEFT_OUT):
        try:
            return TypeAdapter(model).validate_python(data), problems
        except ValidationError as error:
            problems = problems or tuple(problems_of(error, document, model))
            wrong = [_existing(data, item["loc"], missing=False) for item in error.errors(include_url=False)]
            if not all(wrong):
                break
            for where in wrong:
                _leave_out(data, where)
    return None, problems


def problems_of(error: ValidationError, document: Document, model: Any = None) -> Iterable[Problem]:
    """Turn pydantic's findings into problems with lines, in the order of the file.

    ``model``: what the file was read as; sentences then name the keys that are expected.
    """
    found: dict[Problem, None] = {}  # the forms a value may have are often wrong in the same way: told once
    for item in error.errors(include_url=False):
        where = _existing(document.root, item["loc"], missing=item["type"] == "missing")
        message = sentence(item, model)
        problem = Problem(document.file, document.line(item["loc"]), ".".join(map(str, where)), message)
        found[problem] = None
    return sorted(found, key=lambda problem: problem.line)


def _existing(root: Any, loc: tuple[str | int, ...], *, missing: bool) -> list[str | int]:
    """Keep the parts of a pydantic path that the file itself has, plus the last one if that is missing."""
    kept: list[str | int] = []
    node = root
    for position, step in enumerate(loc):
        child = _child(node, step)
        if child is not None:
            kept.append(step)
            node = child
        elif missing and position == len(loc) - 1:
            kept.append(step)
    return kept


def _leave_out(data: Any, where: list[str | int]) -> None:
    """Remove the value at ``where``, or the whole list it is an item of: other items keep their places."""
    in_list = next((place for place, step in enumerate(where) if isinstance(step, int)), len(where))
    *parents, last = where[:in_list]
    for step in parents:
        data = _child(data, step)
        if data is None:
            return  # went with another mistake
    if isinstance(data, dict):
        data.pop(next((key for key in data if str(key) == str(last)), last), None)


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
    if isinstance(node, Map):
        key = next((key for key in node if str(key) == str(step)), None)
        return None if key is None else (node.lines[key], node[key])
    if isinstance(node, Seq) and isinstance(step, int) and step < len(node):
        return node.lines[step], node[step]
    return None


def _line_of(node: Any, otherwise: int) -> int:
    return node.line if isinstance(node, Map | Seq) else otherwise


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node
