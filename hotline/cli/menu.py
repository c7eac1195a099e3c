"""``hotline menu``: check, rehearse, walk and draw menus, without any telephone."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
import typer

from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import KnownCaller, NewTicket, Place
from hotline.call.virtual_time import DEFAULT_START
from hotline.cli.options import DEFAULT_HOME, EXIT_FAILED, EXIT_INVALID, HomeOption, open_home, plain_errors
from hotline.duty.service import DutyBook
from hotline.home import Home, shipped
from hotline.ivr.draw import draw as drawing_of
from hotline.ivr.loader import FLOWS, check_menu, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import DEEDS, RehearsalPrompts
from hotline.ivr.scenario import WORLD, load_scripts, scenario_files
from hotline.ivr.schema import menu_schema
from hotline.ivr.simulate import HELP, Walk
from hotline.ivr.stage import Rehearsal
from hotline.ivr.texts import Texts, load_texts
from hotline.settings import Settings
from hotline.tickets.first_response import respond_by

app = typer.Typer(help="Check, rehearse, walk and draw menus.", no_args_is_help=True)

MenuArgument = Annotated[str, typer.Argument(help="Name of a menu, or path of a menu file.")]


@dataclass(frozen=True, slots=True)
class Bench:
    """What menus are looked at with: the data folder's files, the shipped ones where it has none."""

    home: Home
    settings: Settings
    texts: Texts
    duty: DutyBook

    @property
    def menus(self) -> Path:
        """The folder of menus."""
        own = self.home.config / "menus"
        return own if own.is_dir() else shipped("config") / "menus"

    @property
    def flows(self) -> Path:
        """The folder of what is said on calls the machine places."""
        own = self.menus / FLOWS
        return own if own.is_dir() else shipped("config") / "menus" / FLOWS

    def path(self, menu: str) -> Path:
        """Return the file of a menu or flow by name or path."""
        if menu.endswith(".yaml"):
            return Path(menu)
        flow = self.flows / f"{menu}.yaml"
        path = self.menus / f"{menu}.yaml"
        return flow if flow.exists() and not path.exists() else path

    def check(self, path: Path) -> tuple[Menu | None, tuple[Problem, ...]]:
        """Check one menu against prompts, windows and rosters."""
        prompts, duty = RehearsalPrompts(self.texts), self.duty
        return check_menu(
            path, prompts=prompts, windows=duty.windows, rosters=duty.rosters, shown_as=_short(path)
        )

    def load(self, path: Path) -> Menu:
        """Load one menu; raises InvalidInput."""
        prompts, duty = RehearsalPrompts(self.texts), self.duty
        return load_menu(
            path, prompts=prompts, windows=duty.windows, rosters=duty.rosters, shown_as=_short(path)
        )


def _bench(root: Path) -> Bench:
    home, settings = open_home(root)
    texts = load_texts(shipped("prompts"), home.prompts)
    config = home.config if home.config.is_dir() else shipped("config")
    return Bench(home, settings, texts, DutyBook(config, ZoneInfo(settings.estates[0].timezone)))


def _there(*folders: Path) -> list[Path]:
    return [folder for folder in folders if folder.is_dir()]


def _menu_files(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _scenarios(paths: list[Path]) -> list[Path]:
    """Folders stand for their scenario files; the ``world.yaml`` beside scenarios is none."""
    found = [file for path in paths for file in (scenario_files(path) if path.is_dir() else [path])]
    return [file for file in found if file.name != WORLD]


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Menu files or folders; default: the data folder's.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Report every problem of the menus with file and line; exit code 2 if there is one."""
    with plain_errors():
        bench = _bench(home)
        folders = files or [bench.menus, *_there(bench.flows)]
        paths = [found for path in folders for found in _menu_files(path)]
        if not paths:
            print(f"no menus in {bench.menus}", file=sys.stderr)
            raise typer.Exit(EXIT_INVALID)
        found = [bench.check(path) for path in paths]
    problems = [problem for _, some in found for problem in some]
    for problem in problems:
        print(problem, file=sys.stderr)
    if any(not problem.warning for problem in problems):
        raise typer.Exit(EXIT_INVALID)
    for menu, _ in found:
        if menu is not None:
            print(f"{menu.name}: {len(menu.steps)} steps, {', '.join(menu.languages)}: holds")


@app.command()
def test(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files or folders; default: menus/tests.")
    ] = None,
    only: Annotated[str, typer.Option("--only", help="Run scenarios whose name contains this.")] = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Run scenarios on virtual time; exit code 1 if a call went another way than written."""
    with plain_errors():
        bench = _bench(home)
        folders = files or [bench.menus / "tests", *_there(bench.flows / "tests")]
        scripts = load_scripts(_scenarios(folders))
        rehearsal = Rehearsal(
            menus=_menus(bench),
            texts=bench.texts,
            hours=bench.duty,
            estate=bench.settings.estates[0],
            first_response=_first_response,
        )
        chosen = [script for script in scripts if only in script.scenario.name]
        failed = 0
        for script in chosen:
            with _quiet():
                differences = rehearsal.run(script)
            failed += bool(differences)
            for difference in differences:
                print(difference)
    print(f"{len(chosen) - failed} of {len(chosen)} scenarios went as written")
    if failed or not chosen:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def simulate(
    menu: MenuArgument = "main",
    caller: Annotated[str, typer.Option("--caller", help="The caller's number.")] = "13900139000",
    name: Annotated[str, typer.Option("--name", help="The caller is known by this name.")] = "",
    at: Annotated[str, typer.Option("--at", help="Local time of the call: 2026-11-23 10:00.")] = "",
    person: Annotated[
        list[str] | None,
        typer.Option("--person", help="What a rung number does: 8001=accepts (declines, busy, no_answer …)."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Walk a menu in this terminal: type keys or words, read what would be said."""
    with plain_errors():
        bench = _bench(home)
        estate = bench.settings.estates[0]
        zone = ZoneInfo(estate.timezone)
        start = _moment(at, zone)
        names = sorted(bench.duty.rosters)
        walk = Walk(
            menu=bench.load(bench.path(menu)),
            texts=bench.texts,
            hours=bench.duty,
            estate=estate,
            caller=caller,
            callers=_callers(caller, name),
            rosters={one: [contact.number for contact in bench.duty.on_duty(one, start)] for one in names},
            people=_people(person or []),
            at=start,
        )
    print(HELP)
    with _quiet():
        outcome = walk.run(input, print)
    print(f"[the call is over: {outcome}]")


@app.command()
def draw(menu: MenuArgument = "main", home: HomeOption = DEFAULT_HOME) -> None:
    """Print the menu as a mermaid flowchart."""
    with plain_errors():
        bench = _bench(home)
        print(drawing_of(bench.load(bench.path(menu))), end="")


@app.command()
def schema() -> None:
    """Print the JSON Schema of menu files, for editors."""
    print(json.dumps(menu_schema(), ensure_ascii=False, indent=2))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log out of a rehearsal's output: its failures are played on purpose."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


def _menus(bench: Bench) -> Callable[[str], Menu]:
    @cache
    def menu(name: str) -> Menu:
        return bench.load(bench.path(name))

    return menu


def _first_response(ticket: NewTicket) -> timedelta | None:
    by = respond_by(ticket.kind, ticket.urgency, DEFAULT_START, ticket.due_at)
    return None if by is None else by - DEFAULT_START


def _callers(number: str, name: str) -> dict[str, KnownCaller]:

    known = KnownCaller(name=name, place=Place("3", "2", "602"), callback_number=number)
    return {number: known} if name else {}


def _people(given: list[str]) -> dict[str, list[str]]:

    people: dict[str, list[str]] = {}
    for one in given:
        number, _, deed = one.partition("=")
        if deed not in DEEDS:
            problem = Problem("--person", 0, one, f"write number=deed; deeds are {', '.join(DEEDS)}")
            raise InvalidInput((problem,))
        people.setdefault(number, []).append(deed)
    return people


def _moment(text: str, zone: ZoneInfo) -> datetime:
    if not text:
        return DEFAULT_START
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError as error:
        raise InvalidInput(
            (Problem("--at", 0, text, "write a local time such as 2026-11-23 10:00"),)
        ) from error


def _short(path: Path) -> str:
    """Return the path as people name it: from where they are."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
