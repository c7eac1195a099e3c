"""Reading menus: the file, then everything that does not hold in it, with file and line."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import TypedDict

from hotline import yamlsource
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import PromptBook
from hotline.home import shipped
from hotline.ivr.checks import FLOWS as FLOWS
from hotline.ivr.checks import problems_of
from hotline.ivr.model import Menu
from hotline.ivr.salvage import rest_of, trusted


class _Known(TypedDict):
    """What names in menus are compared with; ``None``: not known here."""

    prompts: PromptBook | None
    windows: Container[str] | None
    rosters: Container[str] | None
    queues: Container[str] | None
    flows: Container[str] | None


def menu_files(*folders: Path) -> dict[str, Path]:
    """Return the files of menus or flows by name; a later folder's file counts before an earlier one's."""
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


def flow_files(menus: Path) -> dict[str, Path]:
    """Return the flows that go with the menus of a folder, by name.

    Those in ``outbound/`` below it, and each shipped one it has no file for: a folder older than the
    program lacks those that came since.
    """
    return menu_files(shipped_flows(), menus / FLOWS)


def shipped_flows() -> Path:
    """Return the folder of the flows that come with the program."""
    return shipped("config") / "menus" / FLOWS


def load_menu(
    path: Path,
    *,
    prompts: PromptBook | None = None,
    windows: Container[str] | None = None,
    rosters: Container[str] | None = None,
    queues: Container[str] | None = None,
    shown_as: str | None = None,
) -> Menu:
    """Return the menu of ``path``; raises :class:`InvalidInput` with all its problems.

    ``None`` for prompts, windows, rosters or queues leaves that check out. Warnings alone raise nothing;
    :func:`check_menu` returns them too.
    """
    menu, problems = check_menu(
        path, prompts=prompts, windows=windows, rosters=rosters, queues=queues, shown_as=shown_as
    )
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
    queues: Container[str] | None = None,
    shown_as: str | None = None,
    text: str | None = None,
) -> tuple[Menu | None, tuple[Problem, ...]]:
    """Return the menu, if it could be read, and every problem and warning in the order of the file.

    ``text`` is checked in place of what the file says.
    """
    try:
        document = (
            yamlsource.read(path, shown_as=shown_as)
            if text is None
            else yamlsource.parse(text, shown_as or str(path))
        )
    except InvalidInput as invalid:
        return None, invalid.problems
    known: _Known = {
        "prompts": prompts,
        "windows": windows,
        "rosters": rosters,
        "queues": queues,
        "flows": _flows_beside(path),
    }
    try:
        menu = yamlsource.validate(Menu, document)
    except InvalidInput as invalid:
        more = _in_the_rest(document, known)
        return None, tuple(sorted((*invalid.problems, *more), key=lambda problem: problem.line))
    found = problems_of(menu, document, **known)
    if (menu.flow is not None) != (path.parent.name == FLOWS):
        found.append(
            document.problem((), f'flows live in the folder "{FLOWS}" below the menus, menus above it')
        )
    if menu.name != path.stem:
        where = "menu" if menu.flow is None else "flow"
        found.append(document.problem((where,), f'the file is called "{path.name}": name it "{path.stem}"'))
    return menu, tuple(sorted(found, key=lambda problem: problem.line))


def _in_the_rest(document: yamlsource.Document, known: _Known) -> list[Problem]:
    """Check what is left of a menu once what the model refuses is taken out."""
    menu, gone = rest_of(document.plain())
    if menu is None:
        return []
    found = problems_of(menu, document, **known)
    return [problem for problem in found if not problem.warning and trusted(problem.message, gone)]


def _flows_beside(path: Path) -> frozenset[str]:
    """Return the flows that a menu or flow may name."""
    menus = path.parent.parent if path.parent.name == FLOWS else path.parent
    return frozenset(flow_files(menus))
