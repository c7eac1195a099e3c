"""What menus are looked at with: the data folder's files, the shipped ones where it has none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import NewTicket
from hotline.call.virtual_time import DEFAULT_START
from hotline.duty.service import DutyBook
from hotline.home import Home, shipped, shown
from hotline.ivr.loader import FLOWS, check_menu, flow_files, load_menu, menu_files, shipped_flows
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.scenario import WORLD, Script, load_scripts, scenario_files
from hotline.ivr.stage import Rehearsal
from hotline.ivr.texts import Texts, load_texts
from hotline.operators.config import queue_names
from hotline.settings import Settings
from hotline.tickets.first_response import respond_by


@dataclass(frozen=True, slots=True)
class MenuBench:
    """Menus, flows and scenarios with all that they may name."""

    home: Home
    settings: Settings
    texts: Texts
    duty: DutyBook
    queues: frozenset[str] | None
    """Of operators; ``None``: their file does not hold, ``hotline operators check`` says why."""
    menus: Path
    """The folder of menus."""

    @property
    def flows(self) -> dict[str, Path]:
        """The files of what is said on calls the machine places, by name."""
        return flow_files(self.menus)

    def scripts(self) -> list[Script]:
        """Return the scenarios of the menus and flows; a shipped flow brings its own along."""
        folder = self.menus / FLOWS
        own = load_scripts(scenarios([self.menus / "tests", *_there(folder / "tests")]))
        shipped_ones = load_scripts(scenarios([shipped_flows() / "tests"]))
        replaced = menu_files(folder)
        return own + [one for one in shipped_ones if one.scenario.flow not in replaced]

    def path(self, menu: str) -> Path:
        """Return the file of a menu or flow by name or path."""
        if menu.endswith(".yaml"):
            return Path(menu)
        path = self.menus / f"{menu}.yaml"
        return path if path.exists() else self.flows.get(menu, path)

    def check(self, path: Path, text: str | None = None) -> tuple[Menu | None, tuple[Problem, ...]]:
        """Check one menu, or a text for it, against prompts, windows, rosters and queues."""
        return check_menu(
            path,
            prompts=RehearsalPrompts(self.texts),
            windows=self.duty.windows,
            rosters=self.duty.rosters,
            queues=self.queues,
            shown_as=shown(path.resolve()),
            text=text,
        )

    def load(self, path: Path) -> Menu:
        """Load one menu; raises :class:`~hotline.call.errors.InvalidInput`."""
        return load_menu(
            path,
            prompts=RehearsalPrompts(self.texts),
            windows=self.duty.windows,
            rosters=self.duty.rosters,
            queues=self.queues,
            shown_as=shown(path.resolve()),
        )

    def rehearsal(self) -> Rehearsal:
        """Return what scenarios are run with."""
        return Rehearsal(
            menus=self._loaded(),
            texts=self.texts,
            hours=self.duty,
            estate=self.settings.estates[0],
            first_response=_first_response,
        )

    def _loaded(self) -> Callable[[str], Menu]:
        @cache
        def menu(name: str) -> Menu:
            return self.load(self.path(name))

        return menu


def open_bench(home: Home, settings: Settings, *, menus: Path | None = None) -> MenuBench:
    """Read everything menus may name; raises :class:`~hotline.call.errors.InvalidInput`.

    ``menus``: another folder in place of the data folder's.
    """
    texts = load_texts(shipped("prompts"), home.prompts)
    config = home.config if home.config.is_dir() else shipped("config")
    own = home.config / "menus"
    folder = menus or (own if own.is_dir() else shipped("config") / "menus")
    duty = DutyBook(config, ZoneInfo(settings.estates[0].timezone))
    return MenuBench(home, settings, texts, duty, _queues(config), folder)


def scenarios(paths: list[Path]) -> list[Path]:
    """Folders stand for their scenario files; the ``world.yaml`` beside scenarios is none."""
    found = [file for path in paths for file in (scenario_files(path) if path.is_dir() else [path])]
    return [file for file in found if file.name != WORLD]


def _queues(config: Path) -> frozenset[str] | None:
    try:
        return queue_names(config)
    except InvalidInput:
        return None


def _there(*folders: Path) -> list[Path]:
    return [folder for folder in folders if folder.is_dir()]


def _first_response(ticket: NewTicket) -> timedelta | None:
    by = respond_by(ticket.kind, ticket.urgency, DEFAULT_START, ticket.due_at)
    return None if by is None else by - DEFAULT_START


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the log out of a rehearsal's output: its failures are played on purpose. For whole processes."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)
