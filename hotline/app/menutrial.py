"""Texts for menus tried before they are published: checked, and every scenario they touch run.

In a process of its own (``python -m hotline.app.menutrial``): some hundred calls on virtual time take a core
for a while, which neither the console nor the calls must feel.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hotline.app import logs
from hotline.app.menubench import MenuBench, open_bench, quiet
from hotline.app.options import RunOptions, load_settings
from hotline.call.errors import EnvironmentFault, HotlineError, InvalidInput, Problem
from hotline.home import Home, shipped
from hotline.ivr.checks import FLOWS
from hotline.ivr.loader import check_menu
from hotline.ivr.scenario import WORLD, Script, check_scripts
from hotline.menubook.files import hash_of
from hotline.menubook.publishing import Judged, Trial
from hotline.settings import Settings
from hotline.speech.voices.book import PromptFolder

Told = Callable[[int, int, int], None]
"""Gets scenarios run, of how many, and how many went another way."""
LONGEST = 300.0
"""Seconds after which a trial is given up."""
_NICER = 10
_TESTS = "tests/"


def judge(
    home: Home, settings: Settings, texts: Mapping[str, str], told: Told = lambda run, total, failed: None
) -> Judged:
    """Check texts as if they were on disk and run the scenarios they touch.

    Raises :class:`~hotline.call.errors.InvalidInput` when other files of the data folder do not hold.
    """
    hashes = {file: hash_of(text) for file, text in texts.items()}
    with tempfile.TemporaryDirectory(prefix="hotline-menus-") as scratch:
        folder = _staged(home, texts, Path(scratch) / "menus")
        bench = open_bench(home, settings, menus=folder)
        problems = [problem for file, text in texts.items() for problem in checked(bench, file, text)]
        if any(not problem.warning for problem in problems):
            return Judged(hashes, tuple(problems))
        spoken = [problem for file in texts for problem in unspoken(bench, file)]
        with quiet():
            trial = _run(bench, _touched(bench.scripts(), texts), told)
    return Judged(hashes, tuple(problems), tuple(spoken), trial)


def checked(bench: MenuBench, file: str, text: str) -> tuple[Problem, ...]:
    """Return what does not hold in a text for a file; problems carry the file's name as people see it."""
    path = bench.menus / f"{file}.yaml"
    found = check_scripts(path, text) if _TESTS in file else bench.check(path, text)[1]
    return tuple(Problem(f"{file}.yaml", one.line, one.where, one.message, one.warning) for one in found)


def unspoken(bench: MenuBench, file: str, text: str | None = None) -> tuple[Problem, ...]:
    """Return the prompts of a menu that holds which have a text, but no sound yet."""
    if _TESTS in file:
        return ()
    prompts = PromptFolder(bench.home.prompts, shipped("prompts"))
    found = check_menu(bench.menus / f"{file}.yaml", prompts=prompts, text=text)[1]
    return tuple(
        Problem(f"{file}.yaml", one.line, one.where, one.message, warning=True)
        for one in found
        if one.message.startswith('no prompt "')
    )


def _staged(home: Home, texts: Mapping[str, str], folder: Path) -> Path:
    """Copy the folder of menus with the texts in place of files."""
    own = home.config / "menus"
    shutil.copytree(own if own.is_dir() else shipped("config") / "menus", folder)
    for file, text in texts.items():
        path = folder / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _touched(scripts: Iterable[Script], texts: Mapping[str, str]) -> list[Script]:
    """Return the scenarios that may go another way: a flow may be part of any call."""
    names = {file.rpartition("/")[2] for file in texts if _TESTS not in file}
    files = {f"{file.rpartition('/')[2]}.yaml" for file in texts if _TESTS in file}
    everything = WORLD in files or any(file.startswith(f"{FLOWS}/") and _TESTS not in file for file in texts)
    return [
        one
        for one in scripts
        if everything
        or (one.scenario.flow is None and one.scenario.menu in names)
        or Path(one.document.file).name in files
    ]


def _run(bench: MenuBench, scripts: list[Script], told: Told) -> Trial:
    rehearsal = bench.rehearsal()
    differences: list[Problem] = []
    for count, script in enumerate(scripts, start=1):
        found = rehearsal.run(script)
        if found:
            first = found[0]
            differences.append(
                Problem(
                    Path(first.file).name, first.line, first.where, "\n".join(one.message for one in found)
                )
            )
        told(count, len(scripts), len(differences))
    return Trial(len(scripts), tuple(differences))


# --- as a process of its own ---------------------------------------------------------------------


async def judge_apart(home: Home, texts: Mapping[str, str], told: Told) -> Judged:
    """:func:`judge` in another process; ``told`` is called on the event loop.

    Raises what :func:`judge` raises, and :class:`~hotline.call.errors.EnvironmentFault` when the process
    ends without an answer or takes longer than :data:`LONGEST` seconds.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline.app.menutrial",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LONGEST):
            return await _answer(process, {"home": str(home.root), "texts": dict(texts)}, told)
    except TimeoutError:
        raise EnvironmentFault(
            f"The scenarios were not through after {LONGEST:g} s: a menu may go in circles, or the machine "
            "is overloaded. `hotline menu test` shows which one it is.",
            code="menu-trial-slow",
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answer(process: asyncio.subprocess.Process, order: dict[str, Any], told: Told) -> Judged:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(order).encode())
    process.stdin.close()
    while line := await process.stdout.readline():
        said = json.loads(line)
        if "run" in said:
            told(said["run"], said["total"], said["failed"])
        elif "judged" in said:
            return _judged(said["judged"])
        elif "problems" in said:
            raise InvalidInput(tuple(Problem(**one) for one in said["problems"]))
        else:
            raise HotlineError(said["sentence"], code=said["code"])
    raise EnvironmentFault("The trial of the menu ended without an answer; its reason is in the log.")


def _judged(said: dict[str, Any]) -> Judged:
    def problems(given: Iterable[dict[str, Any]]) -> tuple[Problem, ...]:
        return tuple(Problem(**one) for one in given)

    trial = said["trial"]
    return Judged(
        said["hashes"], problems(said["problems"]), problems(said["unspoken"]),
        Trial(trial["total"], problems(trial["differences"])) if trial else None,
    )  # fmt: skip


def main() -> None:
    """Read an order from standard input, answer on standard output: lines of JSON."""
    os.nice(_NICER)
    logs.configure("check")
    order = json.loads(sys.stdin.read())
    try:
        home, settings = load_settings(RunOptions(home=Path(order["home"])))
        judged = judge(
            home, settings, order["texts"],
            lambda run, total, failed: _say({"run": run, "total": total, "failed": failed}),
        )  # fmt: skip
    except InvalidInput as invalid:
        _say({"problems": [asdict(problem) for problem in invalid.problems]})
    except HotlineError as error:
        _say({"sentence": error.sentence, "code": error.code})
    else:
        _say({"judged": asdict(judged)})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
