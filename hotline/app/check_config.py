"""Checks the configuration of a folder and prints every problem as JSON; a process of its own, lower in turn.

Reading all menus takes seconds of a processor: neither a page nor a call waits for it.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from hotline.app.options import RunOptions
from hotline.app.prepare import prepare
from hotline.call.errors import Problem

_NICER = 10


def main(home: Path) -> None:
    """Print the problems; file names are relative to the configuration's folder."""
    os.nice(_NICER)
    found = prepare(RunOptions(home=home), running=True, starting=False)
    problems = [_relative(problem, home / "config") for problem in found.problems]
    problems += [Problem("", 0, "", fault.sentence) for fault in found.faults]
    sys.stdout.write(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False) + "\n")


def _relative(problem: Problem, config: Path) -> Problem:
    path = Path(problem.file)
    whole = path if path.is_absolute() else Path.cwd() / path
    if not whole.is_relative_to(config):
        return problem
    name = whole.relative_to(config).as_posix()
    return Problem(name, problem.line, problem.where, problem.message, problem.warning)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
