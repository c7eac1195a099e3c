"""What is different between two texts: line by line, and step by step in the menu's own words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any, Literal

from hotline import yamlsource
from hotline.call.errors import InvalidInput

Sort = Literal["added", "removed", "changed"]
_LONGEST_VALUE = 160


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting that is not what it was; empty text: it was, or is, not there."""

    where: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepChange:
    """What happened to one step, or (``step`` empty) to the settings above the steps."""

    step: str
    sort: Sort
    kind: str
    """Of the step: ``menu``, ``say``; empty above the steps."""
    settings: tuple[Setting, ...] = ()


def lines(before: str, after: str, *, names: tuple[str, str] = ("before", "after")) -> list[str]:
    """Return the unified difference; empty when there is none."""
    return list(unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=3))


def counted(difference: Sequence[str]) -> tuple[int, int]:
    """Return how many lines came and went in a unified difference."""
    changed = difference[2:]
    return sum(line.startswith("+") for line in changed), sum(line.startswith("-") for line in changed)


def steps(before: str, after: str) -> list[StepChange] | None:
    """Return what changed, in the order of the file; ``None`` when one of them is no menu to compare."""
    old, new = _plain(before), _plain(after)
    if old is None or new is None:
        return None
    found = list(_above(old, new))
    old_steps, new_steps = _steps(old), _steps(new)
    for name in dict.fromkeys((*old_steps, *new_steps)):
        found += _of_step(name, old_steps.get(name), new_steps.get(name))
    return found


def _plain(text: str) -> dict[str, Any] | None:
    try:
        plain = yamlsource.parse(text, "text").plain()
    except InvalidInput:
        return None
    return plain if isinstance(plain, dict) else None


def _steps(menu: Mapping[str, Any]) -> dict[str, Any]:
    found = menu.get("steps")
    return {str(name): step for name, step in found.items()} if isinstance(found, dict) else {}


def _above(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[StepChange]:
    rest = ({key: value for key, value in menu.items() if key != "steps"} for menu in (old, new))
    settings = tuple(_settings("", *rest))
    if settings:
        yield StepChange("", "changed", "", settings)


def _of_step(name: str, old: Any, new: Any) -> Iterator[StepChange]:
    if old is None or new is None:
        yield StepChange(name, "added" if old is None else "removed", _kind(old or new))
    elif old != new:
        yield StepChange(name, "changed", _kind(new), tuple(_settings("", old, new)))


def _kind(step: Any) -> str:
    return str(next(iter(step), "")) if isinstance(step, dict) else ""


def _settings(where: str, old: Any, new: Any) -> Iterator[Setting]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            below = f"{where}.{key}" if where else str(key)
            yield from _settings(below, old.get(key), new.get(key))
    elif old != new:
        yield Setting(where, _said(old), _said(new))


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {_said(below)}" for key, below in value.items())
        text = f"{{{text}}}"
    elif isinstance(value, list):
        text = f"[{', '.join(_said(item) for item in value)}]"
    else:
        text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
