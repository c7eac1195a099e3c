"""The menu as a graph: who leads where. For checks and for drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hotline.ivr.model import Menu
from hotline.ivr.steps.base import InputStep, Step
from hotline.ivr.steps.queue import Queue
from hotline.ivr.steps.refs import StepRef, references
from hotline.ivr.steps.verify import Verify


def edges(menu: Menu, name: str) -> Iterator[tuple[str, str]]:
    """Yield ``(label, target)`` of a step; the label is the setting that leads there (``keys.3``)."""
    step = menu.steps[name]
    for path, ref in references(step):
        if isinstance(ref, StepRef):
            yield ".".join(map(str, path)), str(ref)
    if isinstance(step, InputStep) and step.failed is None and not isinstance(step, Verify):
        yield "failed", str(menu.defaults.failed)


def entrances(menu: Menu) -> dict[str, str]:
    """Return what leads into the menu from outside: label → step."""
    found = {"start": menu.start, "failure": menu.failure}
    if menu.emergency.step is not None:
        found["emergency"] = menu.emergency.step
    if menu.emergency.lift is not None:
        found["lift"] = menu.emergency.lift
    if menu.emergency.confirm is not None:
        found["emergency.confirm"] = menu.emergency.confirm
    if menu.too_long is not None:
        found["too_long"] = menu.too_long
    return {**{label: str(step) for label, step in found.items()}, **_everywhere(menu)}


def reachable(menu: Menu, *, barred: Callable[[Step, str], bool] | None = None) -> set[str]:
    """Return the steps some way leads to; ``barred`` ways (from a step, by a label) are not taken."""
    found: set[str] = set()
    waiting = list(entrances(menu).values())
    while waiting:
        name = waiting.pop()
        if name not in found and name in menu.steps:
            found.add(name)
            step = menu.steps[name]
            waiting += [to for label, to in edges(menu, name) if barred is None or not barred(step, label)]
    return found


def dead_circles(menu: Menu) -> list[tuple[str, ...]]:
    """Return circles of steps none of which waits for the caller, each once."""
    silent = {name for name, step in menu.steps.items() if not step.asks}
    state: dict[str, int] = {}
    circles: list[tuple[str, ...]] = []
    for root in menu.steps:
        if root in silent and root not in state:
            _search(menu, root, silent, state, circles)
    return circles


def _search(
    menu: Menu, root: str, silent: set[str], state: dict[str, int], circles: list[tuple[str, ...]]
) -> None:
    """Depth first without recursion; ``state`` 1 is on the present way, 2 is done."""
    way = [root]
    ahead = [_following(menu, root, silent)]
    state[root] = 1
    while way:
        target = next(ahead[-1], None)
        if target is None:
            state[way.pop()] = 2
            ahead.pop()
        elif state.get(target) == 1:
            circles.append(tuple(way[way.index(target) :]))
        elif target not in state:
            state[target] = 1
            way.append(target)
            ahead.append(_following(menu, target, silent))


def _following(menu: Menu, name: str, silent: set[str]) -> Iterator[str]:
    step = menu.steps[name]
    return (
        target for label, target in edges(menu, name) if target in silent and not _takes_somebody(step, label)
    )


def _takes_somebody(step: Step, label: str) -> bool:
    """True for ways out of a queue that a key of the caller or a talk with an operator leads to."""
    return isinstance(step, Queue) and label not in ("nobody", "waited")


def _everywhere(menu: Menu) -> dict[str, str]:
    return {f"everywhere.{key}": str(step) for key, step in menu.everywhere.items()}
