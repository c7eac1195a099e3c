"""``hotline menu``: check, rehearse, walk and draw menus, without any telephone."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hotline.app.menubench import MenuBench, open_bench, quiet, scenarios
from hotline.call.errors import InvalidInput, Problem
from hotline.call.ports import KnownCaller, Place
from hotline.call.virtual_time import DEFAULT_START
from hotline.cli import menudrafts, menuhistory
from hotline.cli.options import DEFAULT_HOME, EXIT_FAILED, EXIT_INVALID, HomeOption, open_home, plain_errors
from hotline.ivr.draw import draw as drawing_of
from hotline.ivr.rehearsal import DEEDS
from hotline.ivr.rehearsal_operators import Operators
from hotline.ivr.scenario import load_scripts, world_of
from hotline.ivr.schema import menu_schema
from hotline.ivr.simulate import HELP, Walk

app = typer.Typer(help="Check, rehearse, walk, draw and publish menus.", no_args_is_help=True)
app.add_typer(menuhistory.app)
app.add_typer(menudrafts.app)

MenuArgument = Annotated[str, typer.Argument(help="Name of a menu, or path of a menu file.")]


def _bench(root: Path) -> MenuBench:
    return open_bench(*open_home(root))


def _menu_files(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


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
        folders = files or [bench.menus, *bench.flows.values()]
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
        scripts = load_scripts(scenarios(files)) if files else bench.scripts()
        rehearsal = bench.rehearsal()
        chosen = [script for script in scripts if only in script.scenario.name]
        failed = 0
        for script in chosen:
            with quiet():
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
    operator: Annotated[
        float | None,
        typer.Option("--operator", min=0, help="An operator takes the call after so many seconds."),
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
            house=world_of(bench.menus / "tests").house,
            operators=Operators(after=operator) if operator is not None else None,
        )
    print(HELP)
    with quiet():
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
