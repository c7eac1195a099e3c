"""A menu as a mermaid flowchart."""

from __future__ import annotations

from collections.abc import Container, Iterator

from hotline.ivr.graph import edges, entrances
from hotline.ivr.model import Menu

SHAPES = {
    "menu": ("{{", "}}"),
    "confirm": ("{", "}"),
    "verify": ("{", "}"),
    "goto": ("{", "}"),
    "hours": ("{", "}"),
    "collect": ("[/", "/]"),
    "listen": ("[/", "/]"),
    "record": ("[/", "/]"),
    "message": ("[/", "/]"),
    "ticket": ("[(", ")]"),
    "lookup": ("[(", ")]"),
    "act": ("[(", ")]"),
    "add": ("[(", ")]"),
    "cases": ("[(", ")]"),
    "report": ("[(", ")]"),
    "guard": ("[/", "/]"),
    "identify": ("[/", "/]"),
    "transfer": ("[[", "]]"),
    "queue": ("[[", "]]"),
    "presence": ("[(", ")]"),
    "hangup": ("([", "])"),
}
"""Questions lean, branches are diamonds, the database is a cylinder, people are framed."""
QUIET = frozenset({"next", "failed"})
"""Settings whose name on an arrow says nothing new."""


_MOST_AROUND = 24
"""Steps that can be taken in at a glance."""


def draw(menu: Menu, *, around: str | None = None) -> str:
    """Return the flowchart; ways to the default ``failed`` step are left out, they come from everywhere.

    ``around``: only this step, what leads to it, and one or two steps on from it.
    """
    shown = set(menu.steps) if around is None else _near(menu, around)
    lines = ["flowchart TD"]
    lines += _entrance_lines(menu, shown)
    lines += [f"  {_node(menu, name)}" for name in menu.steps if name in shown]
    lines += [line for name in menu.steps if name in shown for line in _arrows(menu, name, shown)]
    if around is not None:
        lines.append(f"  style {_ident(around)} stroke:#b71c1c,stroke-width:4px")
    return "\n".join(lines) + "\n"


def _near(menu: Menu, step: str) -> set[str]:
    ways = {name: {to for _, to in edges(menu, name) if to in menu.steps} for name in menu.steps}
    found = {step} | ways[step] | {name for name, targets in ways.items() if step in targets}
    further = found | {to for name in ways[step] for to in ways[name]}
    return further if len(further) <= _MOST_AROUND else found


def _entrance_lines(menu: Menu, shown: Container[str]) -> Iterator[str]:
    for label, target in entrances(menu).items():
        if target not in shown:
            continue
        ident = "in_" + "".join(char if char.isalnum() else "_" for char in label)
        yield f'  {ident}(["{_text(label)}"]) ==> {_ident(target)}'


def _node(menu: Menu, name: str) -> str:
    kind = menu.steps[name].step
    left, right = SHAPES.get(kind, ("[", "]"))
    return f'{_ident(name)}{left}"{_text(name)}<br/><i>{kind}</i>"{right}'


def _arrows(menu: Menu, name: str, shown: Container[str]) -> Iterator[str]:
    labels: dict[str, list[str]] = {}
    for label, target in edges(menu, name):
        if target not in shown:
            continue
        if label == "failed" and target == menu.defaults.failed:
            continue
        short = label.rpartition(".")[2] if label.startswith(("keys.", "cases.", "choices.")) else label
        labels.setdefault(target, []).append("" if short in QUIET else short)
    for target, given in labels.items():
        text = ", ".join(label for label in given if label)
        arrow = f'-- "{_text(text)}" -->' if text else "-->"
        yield f"  {_ident(name)} {arrow} {_ident(target)}"


def _ident(name: str) -> str:
    # mermaid takes a bare "end" and the like as its own words
    return f"s_{name}"


def _text(text: str) -> str:
    return text.replace('"', "#quot;").replace("*", "#42;")
