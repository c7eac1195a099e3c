"""Changes of configuration files that keep everything people wrote in them: comments, order, quotes.

A change is made to the file as it is now, checked as a whole, and only then written; what does not hold is
raised with every problem and leaves the file alone.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from hotline import yamlsource
from hotline.call.errors import HotlineError, InvalidInput
from hotline.home import Home
from hotline.keptconfig import write_copy
from hotline.operators import config as operators
from hotline.settings import Account, Settings

SETTINGS = "hotline.yaml"


class SetUpRefused(HotlineError):
    """Something entered that cannot be; nothing was written."""

    code = "set-up-refused"


@dataclass(frozen=True, slots=True)
class EstateEntry:
    """An estate as a form says it; an ``id`` that is there is changed, another is added."""

    id: str
    name: str
    numbers: Sequence[str]


def set_estates(home: Home, entries: Sequence[EstateEntry]) -> None:
    """Name the estates and the numbers that are dialled; raises :class:`InvalidInput`."""

    def edit(root: CommentedMap) -> None:
        estates = _list(root, "estates")
        there = {one["id"]: one for one in estates}
        for entry in entries:
            found = there.get(entry.id)
            if found is None:
                found = CommentedMap(id=entry.id)
                estates.append(found)
            found["name"] = entry.name
            if entry.numbers or "numbers" in found:
                _put(found, "numbers", _texts(entry.numbers))

    change(home, edit)


def set_trunk(home: Home, account: Account, password: str) -> None:
    """Add or replace a trunk; its password lies in a file of its own, for the owner only."""
    secret = home.config / f"{account.name}.secret"

    def edit(root: CommentedMap) -> None:
        if root.get("sip") is None:
            root["sip"] = CommentedMap()
        accounts = _list(root["sip"], "accounts")
        found = next((one for one in accounts if one.get("name") == account.name), None)
        if found is None:
            found = CommentedMap(name=account.name)
            accounts.append(found)
        _put(found, "user", DoubleQuotedScalarString(account.user))
        _put(found, "domain", account.domain)
        if password:
            found.pop("password", None)
            _put(found, "password_file", secret.name)
        _put(found, "transport", account.transport)
        _put(found, "register_every", account.register_every)

    if password:
        _keep_secret(secret, password)
    change(home, edit)


def add_operator(home: Home, number: str, name: str) -> bool:
    """Add an operator whose line is a headset; False: there is one with this number.

    Raises :class:`InvalidInput`.
    """
    path = home.config / operators.FILE
    yaml, root = _read(path)
    entries = _list(root, "operators")
    if any(str(one.get("number")) == number for one in entries):
        return False
    entries.append(
        CommentedMap(
            number=DoubleQuotedScalarString(number), name=name,
            line=DoubleQuotedScalarString(f"headset:{number}"), languages=_flow(["zh", "en"]),
        )
    )  # fmt: skip
    text = _text(yaml, root)
    with tempfile.TemporaryDirectory(prefix="hotline-") as folder:
        (Path(folder) / operators.FILE).write_text(text, encoding="utf-8")
        operators.load(Path(folder))
    write_copy(text.encode(), path)
    return True


def change(home: Home, edit: Callable[[CommentedMap], None]) -> None:
    """Change ``hotline.yaml``; raises :class:`InvalidInput` with every problem, then nothing was written."""
    path = home.config / SETTINGS
    yaml, root = _read(path)
    edit(root)
    text = _text(yaml, root)
    yamlsource.validate(Settings, yamlsource.parse(text, SETTINGS))
    write_copy(text.encode(), path)


def current(home: Home) -> Settings:
    """Return what ``hotline.yaml`` says now, in service or not; the defaults where it does not hold."""
    try:
        return yamlsource.validate(Settings, yamlsource.read(home.config / SETTINGS))
    except InvalidInput:
        return Settings()


def problems_by_field(invalid: InvalidInput, last: Sequence[str]) -> dict[str, str]:
    """Return the problems by the field they end in; others under an empty name."""
    found: dict[str, str] = {}
    for problem in invalid.problems:
        name = problem.where.rpartition(".")[2]
        key = name if name in last else ""
        found[key] = f"{found[key]} {problem.message}" if key in found else problem.message
    return found


def _read(path: Path) -> tuple[YAML, CommentedMap]:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    yamlsource.parse(text, path.name)  # what does not hold is told with its line
    root = yaml.load(text)
    return yaml, root if isinstance(root, CommentedMap) else CommentedMap()


def _text(yaml: YAML, root: CommentedMap) -> str:
    out = io.StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _put(parent: CommentedMap, name: str, value: Any) -> None:
    """Set a value; a new one stands before the comments that follow the last, not after them."""
    last = next(reversed(parent), None)
    new = name not in parent
    parent[name] = value
    tokens = parent.ca.items.get(last) if new else None
    if tokens and tokens[2] is not None and tokens[2].value.startswith("\n"):
        parent.ca.items[name] = parent.ca.items.pop(last)


def _list(parent: CommentedMap, name: str) -> CommentedSeq:
    """Return a list to which entries are added one a line, made where there is none."""
    found = parent.get(name)
    if not isinstance(found, CommentedSeq):
        parent[name] = found = CommentedSeq()
    found.fa.set_block_style()
    return found


def _texts(texts: Sequence[str]) -> CommentedSeq:
    return _flow([DoubleQuotedScalarString(text) for text in texts])


def _flow(items: Sequence[Any]) -> CommentedSeq:
    found = CommentedSeq(items)
    found.fa.set_flow_style()
    return found


def _keep_secret(path: Path, secret: str) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
    unfinished.replace(path)
