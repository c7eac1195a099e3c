"""``hotline models``: which speech models are there, getting them, checking them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

from hotline.cli.options import (
    DEFAULT_HOME,
    EXIT_FAILED,
    HomeOption,
    JsonOption,
    open_home,
    plain_errors,
    print_json,
)
from hotline.cli.tables import print_table
from hotline.speech.models.catalogue import CATALOGUE, Model
from hotline.speech.models.install import default_ids, install, known, origin, problems
from hotline.speech.models.store import find, model_folders

app = typer.Typer(help="Speech models: list, install, verify.", no_args_is_help=True)

_MEGABYTE = 1_000_000


def _folders(root: Path) -> tuple[Path, tuple[Path, ...]]:
    home, settings = open_home(root)
    target = settings.speech.models or home.models
    return target, model_folders(settings.speech, home.models)


def _row(model: Model, folders: tuple[Path, ...]) -> dict[str, object]:
    folder = find(model.id, folders)
    return {
        "id": model.id,
        "what": model.what,
        "licence": model.licence,
        "bytes": model.size,
        "default": model.default,
        "installed": str(folder) if folder else None,
        "sources": [origin(source) for source in model.sources],
    }


def _megabytes(size: object) -> str:
    return f"{int(str(size)) / _MEGABYTE:.0f} MB"


@app.command("list")
def list_models(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Show the models Hotline knows, and where the installed ones lie."""
    with plain_errors():
        _, folders = _folders(home)
        rows = [_row(model, folders) for model in CATALOGUE]
        if as_json:
            print_json(rows)
            return
        print_table(
            ("model", "what", "licence", "size", "installed"),
            [
                (row["id"], row["what"], row["licence"], _megabytes(row["bytes"]), row["installed"] or "no")
                for row in rows
            ],
        )


@app.command("install")
def install_models(
    names: Annotated[
        list[str] | None, typer.Argument(help="Model ids; the default set when left out.")
    ] = None,
    given: Annotated[
        Path | None, typer.Option("--from", help="Local folder or archive instead of the network.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Fetch models, check them and put them into the data folder; broken downloads are resumed."""
    failed = False
    with plain_errors():
        target, _ = _folders(home)
        chosen = [known(name) for name in names or default_ids()]
    with _Bars() as bars:
        for model in chosen:
            try:
                with plain_errors():
                    if not problems(model, target / model.id):
                        print(f"{model.id} is installed and whole: {target / model.id}")
                        continue
                    print(f"{model.id} installed: {install(model, target, given=given, progress=bars.show)}")
            except typer.Exit:
                failed = True
    if failed:
        raise typer.Exit(EXIT_FAILED)


@app.command("verify")
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Model ids; all installed ones when left out.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Compare installed models with their checksums."""
    wrong = False
    with plain_errors():
        target, folders = _folders(home)
        chosen = [known(name) for name in names] if names else [m for m in CATALOGUE if find(m.id, folders)]
        if not chosen:
            print("No model is installed. Get the default set with: hotline models install")
        for model in chosen:
            found = problems(model, find(model.id, folders) or target / model.id)
            wrong = wrong or bool(found)
            print("\n".join(found) if found else f"{model.id} is whole.")
    if wrong:
        raise typer.Exit(EXIT_FAILED)


class _Bars:
    """A progress bar a file, only where somebody looks."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> _Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, name: str, done: int, total: int) -> None:
        """Move the bar of ``name``."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done)
