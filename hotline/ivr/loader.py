"""Reading menus: the file, then everything that does not hold in it, with file and line."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import PromptBook
from hotline.ivr.checks import FLOWS as FLOWS
from hotline.ivr.checks import problems_of
from hotline.ivr.model import Menu
from hotline.ivr.salvage import rest_of, trusted


def load_menu(
    path: Path,
    *,
    prompts: PromptBook | None = None,
    windows: Container[str] | None = None,
    rosters: Container[str] | None = None,
    shown_as: str | None = None,
) -> Menu:
    """Return the menu of ``path``; raises :class:`InvalidInput` with all its problems.

    ``None`` for prompts, windows or rosters leaves that check out. Warnings alone raise nothing;
    :func:`check_menu` returns them too.
    """
    menu, problems = check_menu(path, prompts=prompts, windows=windows, rosters=rosters, shown_as=shown_as)
    errors = tuple(problem for problem in problems if not problem.warning)
    if menu is None or errors:
        raise InvalidInput(errors)
    return menu


def check_menu(
    path: Path,
    *,
    prompts: PromptBook | None = None,
    windows: Container[str] | None = None,
    rosters: Container[str] | None = None,
    shown_as: str | None = None,
) -> tuple[Menu | None, tuple[Problem, ...]]:
    """Return the menu, if it could be read, and every problem and warning in the order of the file."""
    try:
        document = yamlsource.read(path, shown_as=shown_as)
    except InvalidInput as invalid:
        return None, invalid.problems
    try:
        menu = yamlsource.validate(Menu, document)
    except InvalidInput as invalid:
        more = _in_the_rest(document, prompts=prompts, windows=windows, rosters=rosters)
        return None, tuple(sorted((*invalid.problems, *more), key=lambda problem: problem.line))
    found = problems_of(
        menu, document, prompts=prompts, windows=windows, rosters=rosters, flows=_flows_beside(path)
    )
    if (menu.flow is not None) != (path.parent.name == FLOWS):
        found.append(
            document.problem((), f'flows live in the folder "{FLOWS}" below the menus, menus above it')
        )
    if menu.name != path.stem:
        where = "menu" if menu.flow is None else "flow"
        found.append(document.problem((where,), f'the file is called "{path.name}": name it "{path.stem}"'))
    return menu, tuple(sorted(found, key=lambda problem: problem.line))


def _in_the_rest(
    document: yamlsource.Document,
    *,
    prompts: PromptBook | None,
    windows: Container[str] | None,
    rosters: Container[str] | None,
) -> list[Problem]:
    """Check what is left of a menu once what the model refuses is taken out."""
    menu, gone = rest_of(document.plain())
    if menu is None:
        return []
    found = problems_of(menu, document, prompts=prompts, windows=windows, rosters=rosters)
    return [problem for problem in found if not problem.warning and trusted(problem.message, gone)]


def _flows_beside(path: Path) -> frozenset[str] | None:
    """Return the flows below a menu's folder; ``None`` without such a folder: the shipped ones count."""
    folder = path.parent / FLOWS
    return frozenset(flow.stem for flow in folder.glob("*.yaml")) if folder.is_dir() else None
