"""What can stand where the cursor is: keys, kinds of steps, names; by the JSON Schema, in a text half typed.

Broken YAML is the normal case here, so the place in the menu is found by indentation, not by parsing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAMES = "x-names"
"""In the schema: whose names a text is one of (``steps``, ``prompts``, ``windows`` …)."""
_KEY = re.compile(r"""("[^"]*"|'[^']*'|[^\s:#\[\]{},"'&*!|>%@-][^:#\[\]{},"']*?)\s*:(?=\s|$)""")
_TYPED = re.compile(r"[\w.*#-]*$")
_COMMENT = re.compile(r"(^|\s)#.*$")
Path = tuple[str, ...]
ITEM = "*"
"""In a path: an item of a list."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the cursor is."""

    path: Path
    """Keys from the top; of a value its own key is the last."""
    key: bool
    """A key is being typed rather than a value."""
    typed: str
    beside: frozenset[str] = frozenset()
    """Keys that are there already."""
    either: bool = False
    """A word after a list mark may become a key, or be a value as it is."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can stand there."""

    label: str
    detail: str = ""
    """What it says or means, in a few words."""
    sort: str = "value"
    """``key``, ``required``, ``value``, or whose name it is (``steps``)."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What can stand in place of the characters typed so far."""

    typed: str
    options: tuple[Option, ...]


def complete(
    text: str, line: int, column: int, schema: Mapping[str, Any], names: Mapping[str, Mapping[str, str]]
) -> Completion:
    """Return what can stand at a place (``line`` from 1, ``column`` from 0).

    ``names``: kind of name → name → what it says.
    """
    spot = spot_at(text, line, column)
    if spot is None:
        return Completion("", ())
    nodes = _nodes(schema, spot.path)
    found = list(_keys(schema, nodes, spot)) if spot.key else []
    if spot.either or not spot.key:
        found += _values(schema, nodes, names)
    unique = {one.label: one for one in reversed(found)}
    return Completion(spot.typed, tuple(sorted(unique.values(), key=_order)))


def _order(option: Option) -> tuple[int, str]:
    return option.sort != "required", option.label


# --- where the cursor is -------------------------------------------------------------------------


def spot_at(text: str, line: int, column: int) -> Spot | None:
    """Return where a place is; ``None`` inside a comment or an open quote."""
    lines = text.splitlines()
    lines += [""] * (line - len(lines))
    before = lines[line - 1][:column]
    if _COMMENT.search(before) or before.count('"') % 2:
        return None
    indent, marks, rest = _taken_apart(before)
    path = _above(lines[: line - 1], indent, marks)
    inside = _flow(rest)
    if inside is not None:
        own, key, typed, beside = inside
        return Spot((*path, *own), key, typed, beside)
    match = _KEY.match(rest)
    if match:
        return Spot((*path, _bare(match[1])), key=False, typed=_typed(rest))
    siblings = frozenset(_siblings(lines, line - 1, indent))
    return Spot(path, key=True, typed=_typed(rest), beside=siblings, either=bool(marks))


def _typed(rest: str) -> str:
    found = _TYPED.search(rest)
    return found[0] if found else ""


def _bare(key: str) -> str:
    return key.strip("\"'")


def _taken_apart(line: str) -> tuple[int, list[int], str]:
    """Return the column where a line's content begins, the columns of its list marks, and the content."""
    marks: list[int] = []
    at = len(line) - len(line.lstrip(" "))
    while line[at : at + 2] == "- " or line[at:] == "-":
        marks.append(at)
        at += 1
        at += len(line[at:]) - len(line[at:].lstrip(" "))
    return at, marks, line[at:]


def _above(lines: Sequence[str], indent: int, marks: Sequence[int]) -> Path:
    """Return the path of the block the cursor's line belongs to."""
    path: list[str] = [ITEM] * len(marks)
    need, of_item = (marks[0], True) if marks else (indent, False)
    for line in reversed(lines):
        content = _COMMENT.sub("", line)
        if not content.strip():
            continue
        at, columns, rest = _taken_apart(content)
        match = _KEY.match(rest)
        if match and (at < need or (of_item and at == need and not columns)):
            path.insert(0, _bare(match[1]))
            need, of_item = at, False
        for column in reversed(columns):
            if column < need:
                path.insert(0, ITEM)
                need, of_item = column, True
        if need == 0 and not of_item:
            break
    return tuple(path)


def _siblings(lines: Sequence[str], here: int, indent: int) -> Iterator[str]:
    for direction in (range(here - 1, -1, -1), range(here + 1, len(lines))):
        for number in direction:
            line = lines[number]
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            at, marks, rest = _taken_apart(line)
            match = _KEY.match(rest)
            if at == indent and match:
                yield _bare(match[1])
            if at < indent or (marks and at <= indent):
                break


def _flow(rest: str) -> tuple[Path, bool, str, frozenset[str]] | None:
    """Return path, key or value, what is typed and the keys beside it inside ``{…}`` and ``[…]``."""
    head = _KEY.match(rest)
    outer: Path = (_bare(head[1]),) if head else ()
    body = rest[head.end() :] if head else rest
    levels: list[tuple[str, str, list[str]]] = []  # bracket, key whose value comes, keys so far
    word = ""
    for char in body:
        if char in "{[":
            levels.append((char, "", []))
            word = ""
        elif char in "}]" and levels:
            levels.pop()
            word = ""
        elif char == "," and levels:
            bracket, _, keys = levels[-1]
            levels[-1] = (bracket, "", keys)
            word = ""
        elif char == ":" and levels and levels[-1][0] == "{":
            bracket, _, keys = levels[-1]
            levels[-1] = (bracket, _bare(word.strip()), [*keys, _bare(word.strip())])
            word = ""
        else:
            word += char
    if not levels:
        return None
    path = outer + tuple(part for level in levels for part in _part(level))
    bracket, key, keys = levels[-1]
    return path, bracket == "{" and not key, _typed(word), frozenset(keys)


def _part(level: tuple[str, str, list[str]]) -> Path:
    bracket, key, _ = level
    return (ITEM,) if bracket == "[" else ((key,) if key else ())


# --- what the schema says there ------------------------------------------------------------------


def _nodes(schema: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    nodes = list(_alternatives(schema, schema))
    for step in path:
        nodes = [
            each for node in nodes for below in _below(node, step) for each in _alternatives(schema, below)
        ]
    return nodes


def _alternatives(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    reference = node.get("$ref")
    if reference is not None:
        yield from _alternatives(schema, schema["$defs"][reference.rpartition("/")[2]])
    for word in ("anyOf", "oneOf", "allOf"):
        for each in node.get(word, ()):
            yield from _alternatives(schema, each)
    yield node


def _below(node: Mapping[str, Any], step: str) -> Iterator[Mapping[str, Any]]:
    if step == ITEM:
        found = [node.get("items"), *node.get("prefixItems", ())]
    elif step in node.get("properties", {}):
        found = [node["properties"][step]]
    else:
        patterns = [below for key, below in node.get("patternProperties", {}).items() if re.search(key, step)]
        found = patterns or [node.get("additionalProperties")]
    yield from (below for below in found if isinstance(below, Mapping))


def _keys(schema: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], spot: Spot) -> Iterator[Option]:
    for node in nodes:
        required = node.get("required", ())
        for name, below in node.get("properties", {}).items():
            if name not in spot.beside or name == spot.typed:
                sort = "required" if name in required and len(nodes) < _MANY else "key"
                yield Option(name, _said(schema, below), sort)


_MANY = 5
"""Where so many forms are possible (a step's kind), nothing of one of them is required yet."""


def _said(schema: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    for each in _alternatives(schema, node):
        text = str(each.get("description", ""))
        if text:
            return text.partition("\n")[0].strip().replace("``", "")
    return ""


def _values(
    schema: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]], names: Mapping[str, Mapping[str, str]]
) -> Iterator[Option]:
    for node in nodes:
        for value in node.get("enum", [node["const"]] if "const" in node else ()):
            if value is not None:
                yield Option(_written(value))
        if node.get("type") == "boolean":
            yield from (Option("true"), Option("false"))
        kind = node.get(NAMES)
        for name, said in names.get(str(kind), {}).items() if kind else ():
            yield Option(name, said, str(kind))
        for item in (node.get("items"),):  # the short form of a list of one
            if isinstance(item, Mapping):
                yield from _values(schema, list(_alternatives(schema, item)), names)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def steps_of(text: str) -> dict[str, str]:
    """Return the steps of a text, however broken it is, each with its kind."""
    found: dict[str, str] = {}
    inside, width, last = False, 0, ""
    for line in text.splitlines():
        content = _COMMENT.sub("", line)
        indent, _, rest = _taken_apart(content)
        match = _KEY.match(rest)
        if not match:
            continue
        if indent == 0:
            inside, width = _bare(match[1]) == "steps", 0
        elif inside:
            width = width or indent
            if indent == width:
                last = _bare(match[1])
                inner = rest[match.end() :].strip().lstrip("{")
                kind = _KEY.match(inner)
                found[last] = _bare(kind[1]) if kind else ""
            elif last and not found[last]:
                found[last] = _bare(match[1])
    return found
