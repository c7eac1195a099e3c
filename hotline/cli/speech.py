"""``hotline speech``: scoring a recogniser on a folder of utterances."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotline.call.errors import EnvironmentFault
from hotline.cli.options import DEFAULT_HOME, HomeOption, JsonOption, open_home, plain_errors, print_json
from hotline.cli.tables import print_table
from hotline.speech import evaluate
from hotline.speech.engines.load import load
from hotline.speech.models.store import Installed, choose, installed, model_folders

app = typer.Typer(help="Speech recognition: measure it.", no_args_is_help=True)


@app.callback()
def speech() -> None:
    """Speech recognition: measure it."""


@app.command("eval")
def evaluate_folder(
    folder: Annotated[Path, typer.Argument(help="Folder with refs.json and wav/ID.CONDITION.wav.")],
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="vosk, pocketsphinx or whisper; the live one when left out."),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Score an engine: character errors, exact places, telephones, menu words, speed."""
    with plain_errors():
        model = _model(home, engine)
        recogniser = load(model.engine, model.path, model.languages)
        figures = {
            condition: evaluate.summary(list(evaluate.run(recogniser, chosen)))
            for condition in evaluate.CONDITIONS
            if (chosen := evaluate.cases(folder, condition))
        }
        if not figures:
            raise EnvironmentFault(f"{folder} has no utterance: wav/ID.CONDITION.wav is needed.")
        result = {"engine": model.engine, "model": str(model.path), "conditions": figures}
        if as_json:
            print_json(result)
        else:
            _show(result["engine"], figures)


def _model(root: Path, engine: str | None) -> Installed:
    home, settings = open_home(root)
    engines = (engine,) if engine else settings.speech.live
    model = choose(engines, "zh", installed(model_folders(settings.speech, home.models)))
    if model is None:
        wanted = engine or "any engine"
        raise EnvironmentFault(
            f"No Mandarin model for {wanted} is installed. Get one with: hotline models install"
        )
    return model


def _show(engine: object, figures: dict[str, dict[str, float | int]]) -> None:
    names = list(next(iter(figures.values())))
    print_table(
        (f"{engine}", *names),
        [(condition, *(f"{row[name]:g}" for name in names)) for condition, row in figures.items()],
    )
