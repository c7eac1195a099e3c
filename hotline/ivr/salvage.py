"""What of a menu with mistakes still says something: so that *all* of them are told at once.

A value the model refuses hides what the checks would find elsewhere. What was refused is taken out – the
key, else the entry, else the step – until the rest holds; the checks then look at that rest.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from hotline.ivr.model import Menu

_ROUNDS = 50
"""Refused values taken out at most; a file with more is told in several goes."""
TRUSTED = ("no step ", "no prompt ", "no window ", "no roster ", "no flow ")
"""Beginnings of findings that stay true of the whole file; others may come from what was taken out."""


def rest_of(data: Any) -> tuple[Menu | None, frozenset[str]]:
    """Return the menu without what was refused, and the names of steps taken out; ``None``: too little."""
    gone: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            return Menu.model_validate(data), frozenset(gone)
        except ValidationError as error:
            item = error.errors(include_url=False)[0]
            if not _take_out(data, item["loc"], missing=item["type"] == "missing", gone=gone):
                return None, frozenset(gone)
    return None, frozenset(gone)


def _take_out(data: Any, where: tuple[int | str, ...], *, missing: bool, gone: set[str]) -> bool:
    """Remove the deepest part of ``where`` that the file has, or its step when something is missing."""
    path: list[tuple[Any, Any]] = []
    node = data
    for part in where:
        key = _key(node, part)
        if key is None:
            continue  # pydantic adds names of unions to the path
        path.append((node, key))
        node = node[key]
    if missing or len(path) <= 2:
        path = path[:2]
    if not path:
        return False
    holder, key = path[-1]
    if len(path) == 2 and path[0][1] == "steps":
        gone.add(str(key))
    del holder[key]
    return True


def _key(node: Any, part: int | str) -> Any:
    if isinstance(node, dict):
        return next((key for key in node if str(key) == str(part)), None)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return part
    return None


def trusted(message: str, gone: frozenset[str]) -> bool:
    """True for a finding that what was taken out cannot have caused."""
    if not message.startswith(TRUSTED):
        return False
    return not any(message.startswith(f'no step "{name}"') for name in gone)
