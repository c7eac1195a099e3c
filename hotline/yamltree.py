"""YAML text as plain data that knows its lines: libyaml's parser under the types of YAML 1.2.

Menus and rules are read many times – at the start by every process, after every edit, with every draft – and
ruamel's parser in Python took most of a start. Here only what people write in these files is needed: values
and lines. Comments are kept where a file is rewritten (ruamel's round trip). Why: ``docs/decisions/0014``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml  # type: ignore[import-untyped]

DEEPEST = 100
"""Levels of nesting; whatever reads the data calls itself that often."""
MOST_VALUES = 1_000_000
"""Values with everything aliases stand for: a few lines can stand for more than a machine has memory for."""

_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_WORDS = {"true": True, "false": False, "null": None}
_SPELLED = {text: value for word, value in _WORDS.items() for text in (word, word.title(), word.upper())}
_SPELLED |= {"~": None, "": None}
# YAML 1.2.2, section 10.3.2: "yes", "on" and 12:30 are text; so are dates, which the models judge
_INT = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]+|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_ODD = {f"{sign}.{text}": float(f"{sign}inf") for sign in ("", "+", "-") for text in ("inf", "Inf", "INF")}
_ODD |= {f".{text}": float("nan") for text in ("nan", "NaN", "NAN")}
_BASES = {"0b": 2, "0o": 8, "0x": 16}
_MERGE = object()
_NOTHING = object()


class Map(dict[Any, Any]):
    """A mapping, and where it stands."""

    def __init__(self, line: int = 1) -> None:
        """``line``: from 1."""
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}
        """By key, the key's line."""


class Seq(list[Any]):
    """A sequence, and where it stands."""

    def __init__(self, line: int = 1) -> None:
        """``line``: from 1."""
        super().__init__()
        self.line = line
        self.lines: list[int] = []
        """Each item's line."""


class BadYaml(Exception):
    """Text that is no YAML, or says what these files have no use for."""

    def __init__(self, problem: str, line: int = 0) -> None:
        """``line``: from 1; 0 for none."""
        super().__init__(problem)
        self.line = line


def tree(text: str) -> Any:
    """Return what a document says: :class:`Map`, :class:`Seq` or a scalar; ``None`` for an empty one.

    Raises :class:`BadYaml`.
    """
    try:
        return _Builder().build(yaml.parse(text, Loader=_Parser))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line, text.count("\n")) + 1 if mark is not None else 0  # its end is behind the last
        raise BadYaml(error.problem or error.context or "unreadable", line) from error
    except yaml.reader.ReaderError as error:
        before = text.encode("utf-8", "surrogatepass")[: error.position]
        raise BadYaml(f"{error.reason} (#x{error.character:04x})", before.count(b"\n") + 1) from error


class _Open:
    """A collection whose end has not come."""

    __slots__ = ("anchor", "found", "key", "merged", "size")

    def __init__(self, found: Map | Seq, anchor: str | None) -> None:
        self.found, self.anchor = found, anchor
        self.key: Any = _NOTHING
        """Of a mapping: the key whose value comes next."""
        self.merged: list[Map] = []
        self.size = 1


class _Builder:
    """Builds the tree from the parser's events, without calling itself however deep it gets."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._root: Any = _NOTHING

    def build(self, events: Iterator[Any]) -> Any:
        for event in events:
            self._take(event)
        return None if self._root is _NOTHING else self._root

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event, line), 1, line, event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise BadYaml(f'found undefined alias "{event.anchor}"', line)
            self._put(*self._anchors[event.anchor], line, None)
        elif isinstance(event, yaml.DocumentStartEvent) and self._root is not _NOTHING:
            raise BadYaml("a second document begins here: a file has one", line)

    def _begin(self, event: Any, line: int) -> None:
        if event.tag not in (None, "!", f"{_TAG}map", f"{_TAG}seq"):
            raise BadYaml(f"the tag {event.tag} has no meaning here", line)
        if self._wants_key():
            raise BadYaml("a key must be a single word or number", line)
        if len(self._open) == DEEPEST:
            raise BadYaml(f"nested more than {DEEPEST} levels deep", line)
        found = Map(line) if isinstance(event, yaml.MappingStartEvent) else Seq(line)
        self._open.append(_Open(found, event.anchor))

    def _end(self) -> None:
        done = self._open.pop()
        if isinstance(done.found, Map):
            for merged in done.merged:
                for key, value in merged.items():
                    if key not in done.found:
                        done.found[key], done.found.lines[key] = value, merged.lines[key]
        self._put(done.found, done.size, done.found.line, done.anchor)

    def _put(self, value: Any, size: int, line: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = (value, size)
        if not self._open:
            self._root = value
            return
        into = self._open[-1]
        into.size += size
        if into.size > MOST_VALUES:
            raise BadYaml(f"stands for more than {MOST_VALUES} values", line)
        if isinstance(into.found, Seq):
            into.found.append(value)
            into.found.lines.append(line)
        elif into.key is _NOTHING:
            into.key = _key(into.found, value, line)
        else:
            _add(into, value, line)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].found, Map) and self._open[-1].key is _NOTHING

    def _scalar(self, event: Any, line: int) -> Any:
        plain, text = event.implicit[0], str(event.value)
        if event.tag in (None, "!"):
            if plain and text == "<<" and self._wants_key():
                return _MERGE
            return resolved(text) if plain else text
        if event.tag == f"{_TAG}str":
            return text
        if event.tag in {f"{_TAG}{name}" for name in ("int", "float", "bool", "null")}:
            return resolved(text)
        raise BadYaml(f"the tag {event.tag} has no meaning here", line)


def _key(into: Map, key: Any, line: int) -> Any:
    if key is not _MERGE:
        if isinstance(key, Map | Seq):  # by an alias
            raise BadYaml("a key must be a single word or number", line)
        if key in into.lines:
            raise BadYaml(f'found duplicate key "{key}", first in line {into.lines[key]}', line)
        into.lines[key] = line
    return key


def _add(into: _Open, value: Any, line: int) -> None:
    key, into.key = into.key, _NOTHING
    if key is not _MERGE:
        into.found[key] = value
        return
    given = value if isinstance(value, Seq) else [value]
    if not all(isinstance(one, Map) for one in given):
        raise BadYaml("<< takes mappings", line)
    into.merged += given


def resolved(text: str) -> Any:
    """Return what a plain scalar means: bool, ``None``, int, float or itself."""
    if text in _SPELLED:
        return _SPELLED[text]
    if text in _ODD:
        return _ODD[text]
    digits = text.replace("_", "")
    try:
        if _INT.fullmatch(text):
            sign, bare = (digits[0], digits[1:]) if digits[:1] in "+-" else ("", digits)
            base = _BASES.get(bare[:2], 10)
            return int(sign + (bare if base == 10 else bare[2:]), base)
        if _FLOAT.fullmatch(text):
            return float(digits)
    except ValueError:  # nothing but "_", or more digits than are a number
        return text
    return text
