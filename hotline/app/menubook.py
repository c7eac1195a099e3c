"""The menus' history over the data folder, and what console pages look at texts with."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from hotline.app.menubench import MenuBench, open_bench
from hotline.app.menutrial import checked, judge_apart, unspoken
from hotline.call.clock import Clock
from hotline.call.errors import InvalidInput
from hotline.home import Home, shipped
from hotline.ivr.checks import all_references
from hotline.ivr.house import House
from hotline.ivr.model import Menu
from hotline.ivr.scenario import WORLD, world_of
from hotline.ivr.schema import menu_schema
from hotline.ivr.simulate import Walk
from hotline.ivr.steps.refs import WrittenSlot
from hotline.ivr.surroundings import known
from hotline.menubook.book import Menubook
from hotline.menubook.completion import Completion, complete, steps_of
from hotline.menubook.files import MenuFolder
from hotline.menubook.publishing import Judged
from hotline.settings import Settings
from hotline.web.menudesk import Look, Told

_Stamp = tuple[tuple[str, int, int], ...]


def open_menubook(home: Home) -> Menubook:
    """Return the book of ``HOME/config/menus``."""
    return Menubook(MenuFolder(home.config / "menus", shipped("config") / "menus"))


class MenuTable:
    """Texts for menus are looked at here (:class:`~hotline.web.menudesk.MenuDesk`); for threads."""

    def __init__(self, home: Home, settings: Settings, clock: Clock) -> None:
        """Read nothing yet."""
        self._home = home
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._bench: tuple[_Stamp, MenuBench] | None = None
        self._slots: dict[str, str] = {}
        self.book = open_menubook(home)

    def look(self, file: str, text: str) -> Look:
        """Check a text for a file; prompts without a sound are told as warnings."""
        path = self.book.folder.path(file)
        bench = self._in_service()
        if "tests/" in file:
            return Look(None, checked(bench, file, text))
        menu, problems = bench.check(path, text)
        found = list(problems)
        if menu is not None and not any(not problem.warning for problem in problems):
            self._remember(menu)
            found += unspoken(bench, file, text)
        return Look(menu, tuple(sorted(found, key=lambda problem: problem.line)))

    def complete(self, file: str, text: str, line: int, column: int) -> Completion:
        """Return what can stand at a place of a menu or flow; nothing in scenarios."""
        self.book.folder.path(file)
        if "tests/" in file:
            return Completion("", ())
        return complete(text, line, column, self._schema, self._names(text))

    def walk(self, menu: Menu, caller: str) -> Walk:
        """Return a simulated call; residents, rooms and people are those of the scenarios' world."""
        bench = self._in_service()
        world = _world(bench.menus / "tests")
        now = self._clock.now()
        residents = {one.number: known(one) for one in world.residents} if world else {}
        return Walk(
            menu=menu,
            texts=bench.texts,
            hours=bench.duty,
            estate=self._settings.estates[0],
            caller=caller,
            callers=residents,
            rosters={
                one: [contact.number for contact in bench.duty.on_duty(one, now)]
                for one in sorted(bench.duty.rosters)
            },
            at=now,
            house=world.house if world else House(),
        )

    async def judge(self, texts: Mapping[str, str], told: Told) -> Judged:
        """Check texts and run the scenarios they touch in a process of its own."""
        return await judge_apart(self._home, texts, told)

    @cached_property
    def _schema(self) -> dict[str, Any]:
        return menu_schema()

    def _names(self, text: str) -> dict[str, dict[str, str]]:
        bench = self._in_service()
        english, own = bench.texts.get("en", {}), bench.texts.get("zh", {})
        return {
            "steps": steps_of(text),
            "prompts": dict(english) | dict(own),
            "windows": dict.fromkeys(bench.duty.windows, ""),
            "rosters": dict.fromkeys(bench.duty.rosters, ""),
            "queues": dict.fromkeys(bench.queues or (), ""),
            "flows": dict.fromkeys(bench.flows, ""),
            "slots": dict(self._slots),
        }

    def _remember(self, menu: Menu) -> None:
        self._slots |= {str(ref): "" for _, ref in all_references(menu) if isinstance(ref, WrittenSlot)}

    def _in_service(self) -> MenuBench:
        """Return everything menus may name, read anew when one of its files changed."""
        with self._lock:
            stamp = _stamp(self._home)
            if self._bench is None or self._bench[0] != stamp:
                self._bench = (stamp, open_bench(self._home, self._settings))
            return self._bench[1]


def _world(folder: Path) -> Any:
    try:
        return world_of(folder)
    except InvalidInput:  # somebody is editing it just now; the editor of that file says what is wrong
        return None


def _stamp(home: Home) -> _Stamp:
    """Texts of prompts, own recordings and operators; duty files look after themselves."""
    paths = [home.config / "operators.yaml", home.config / "menus" / "tests" / WORLD]
    for language in ("zh", "en"):
        folder = home.prompts / language
        paths += [folder, *sorted((folder / "texts").glob("*.yaml"))]
    found = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)
