"""Options and endings that all commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline import settings as settings_module
from hotline.call.errors import HotlineError, InvalidInput
from hotline.home import Home
from hotline.settings import Settings

HomeOption = Annotated[
    Path, typer.Option("--home", envvar="HOTLINE_HOME", help="Data folder.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table.")]

DEFAULT_HOME = Path("var")

EXIT_FAILED = 1
"""Something went wrong while working."""
EXIT_INVALID = 2
"""What was given (files, options) does not hold; nothing was done."""


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn errors raised on purpose into their sentence on standard error and an exit code."""
    try:
        yield
    except InvalidInput as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise typer.Exit(EXIT_INVALID) from error
    except HotlineError as error:
        print(error.sentence, file=sys.stderr)
        raise typer.Exit(EXIT_FAILED) from error


def open_home(root: Path) -> tuple[Home, Settings]:
    """Return the data folder and its settings; the defaults when it has no ``hotline.yaml`` yet."""
    home = Home(root.resolve())
    path = home.config / "hotline.yaml"
    if not path.exists():
        return home, Settings()
    return home, settings_module.load(path)


def print_json(value: Any) -> None:
    """Print ``value`` as JSON, Chinese left readable."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def told(sentence: str, facts: Any, *, as_json: bool) -> None:
    """Say what was done: the sentence for people, the facts for programs."""
    if as_json:
        print_json(facts)
    else:
        print(sentence)
