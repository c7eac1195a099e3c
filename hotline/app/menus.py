"""The estates' menus, checked against the prompts, windows and rosters they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.clock import Clock
from hotline.call.errors import InvalidInput, Problem
from hotline.duty.service import DutyBook
from hotline.home import Home, shipped, shown
from hotline.ivr.loader import check_menu, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.store import MenuStore
from hotline.settings import Settings
from hotline.speech.voices.book import PromptFolder


def open_menus(
    home: Home, duty: Mapping[str, DutyBook], clock: Clock, *, last_good: Path | None
) -> MenuStore:
    """Put the menus of ``HOME/config/menus`` in service; they are taken up anew when they change.

    ``last_good``: where a replacement process finds what was in service, should a file on disk not
    hold just now. Raises :class:`InvalidInput` with every problem otherwise.
    """
    return MenuStore(home.config / "menus", load=_loader(duty), clock=clock, last_good=last_good)


def _loader(duty: Mapping[str, DutyBook]) -> Callable[[Path], Menu]:
    """Every estate reads the same duty files, so any of the books knows all names.

    Prompts are left out of the check: calls go on without one that is missing.
    """
    book = next(iter(duty.values()))
    return lambda path: load_menu(path, windows=book.windows, rosters=book.rosters, shown_as=shown(path))


@dataclass(slots=True)
class MenuFindings:
    """What checking before a start found."""

    problems: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def check_menus(home: Home, settings: Settings) -> MenuFindings:
    """Check duty files and every menu; say what will be in service. Raises nothing on purpose."""
    found = MenuFindings()
    prompts = PromptFolder(home.prompts, shipped("prompts"))
    book: DutyBook | None = None
    try:
        book = DutyBook(home.config, ZoneInfo(settings.estates[0].timezone))
        found.problems += book.warnings
    except InvalidInput as error:
        found.problems += error.problems
    menus: dict[str, Menu] = {}
    missing: list[Problem] = []
    for path in sorted((home.config / "menus").glob("*.yaml")):
        check = partial(
            check_menu,
            path,
            windows=book.windows if book else None,
            rosters=book.rosters if book else None,
            shown_as=shown(path),
        )
        menu, problems = check()
        found.problems += problems
        if menu is not None:
            menus[path.stem] = menu
            missing += [problem for problem in check(prompts=prompts)[1] if problem not in problems]
    for estate in settings.estates:
        path = home.config / "menus" / f"{estate.menu}.yaml"
        if not path.exists():
            found.problems.append(Problem(shown(path), 0, "", f'the menu of estate "{estate.id}" is missing'))
        elif estate.menu in menus:
            found.lines.append(
                f"Estate {estate.id} ({estate.name}): menu {shown(path)}, "
                f"{len(menus[estate.menu].steps)} steps, {', '.join(menus[estate.menu].languages)}"
            )
    found.lines += [_prompts_line(home, language) for language in ("zh", "en")]
    if missing:
        found.lines.append(
            f"{len(missing)} prompts of the menus are missing (the first: {missing[0].message}): calls go "
            f"on without them. `hotline menu check` lists them; record them into "
            f"{shown(home.prompts)}/<language>/"
            "<id>.wav or run `hotline prompts build`."
        )
    return found


def _prompts_line(home: Home, language: str) -> str:
    shipped_ids = {path.stem for path in (shipped("prompts") / language).glob("*.wav")}
    own_ids = {path.stem for path in (home.prompts / language).glob("*.wav")}
    own = f", {len(own_ids)} of them your own recordings" if own_ids else ""
    return f"Prompts {language}: {len(shipped_ids | own_ids)} in service{own}"
