"""``hotline prompts``: build, check and list what the hotline says."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from hotline.call.errors import EnvironmentFault, Problem
from hotline.cli.options import DEFAULT_HOME, EXIT_FAILED, HomeOption, JsonOption, plain_errors, print_json
from hotline.home import Home, shipped
from hotline.language.readback import LANGUAGES
from hotline.speech.voices import kokoro_folder
from hotline.speech.voices.book import PromptFolder
from hotline.speech.voices.builder import VOICES, build, made_with, stale
from hotline.speech.voices.checker import PromptFolders, check
from hotline.speech.voices.manifest import read_manifest
from hotline.speech.voices.scripts import read_scripts

app = typer.Typer(help="What the hotline says: build, check, list.", no_args_is_help=True)

LanguageOption = Annotated[
    str, typer.Option("--language", help=f"One of {', '.join(LANGUAGES)}; both when left out.")
]


@app.command("build")
def build_command(
    home: HomeOption = DEFAULT_HOME,
    language: LanguageOption = "",
    voice: Annotated[str, typer.Option(help="Kokoro voice; needs --language.")] = "",
    model: Annotated[Path | None, typer.Option(help="Folder of the model kokoro-82m.")] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Render HOME/prompts/LANGUAGE/texts/*.yaml instead.")
    ] = False,
) -> None:
    """Render prompts that are missing or stale."""
    with plain_errors():
        chosen = _languages(language)
        if voice and len(chosen) > 1:
            raise typer.BadParameter("name the --language the voice speaks", param_hint="--voice")
        root = Home(home.resolve())
        folder = model or kokoro_folder.find(kokoro_folder.search_path(root.models, os.environ))
        for code in chosen:
            _build(code, (root.prompts if own else shipped("prompts")) / code, folder, voice or VOICES[code])


def _build(language: str, folder: Path, model: Path, voice: str) -> None:
    from hotline.speech.voices.kokoro import KokoroVoice

    if not read_scripts(folder):
        print(f"{folder / 'texts'}: no texts, nothing to build")
        return
    speaker = KokoroVoice(model, language, voice)
    wanted = stale(folder, voice, made_with(speaker))
    with Progress(disable=not sys.stdout.isatty()) as progress:
        task = progress.add_task(language, total=len(wanted))
        try:
            count = build(folder, speaker, voice, started=lambda prompt: progress.advance(task))
        except ValueError as error:
            raise EnvironmentFault(str(error)) from error
        except OSError as error:
            raise EnvironmentFault(f"{folder} cannot be written: {error.strerror}") from error
    print(f"{folder}: {count} prompts built, {len(read_scripts(folder)) - count} were up to date")


@app.command("check")
def check_command(
    home: HomeOption = DEFAULT_HOME, language: LanguageOption = "", as_json: JsonOption = False
) -> None:
    """Find missing, stale, clipped and mis-levelled prompts. Exit 1 on errors, 2 on unreadable texts."""
    with plain_errors():
        root = Home(home.resolve())
        found: list[Problem] = []
        total = 0
        for code in _languages(language):
            folders = PromptFolders(code, shipped("prompts") / code, root.prompts / code)
            found += check(folders)
            total += len(read_scripts(folders.shipped))
    errors = sum(not problem.warning for problem in found)
    if as_json:
        print_json([asdict(problem) for problem in found])
    else:
        for problem in found:
            print(problem, file=sys.stderr)
        print(f"{total} prompts, {errors} errors, {len(found) - errors} warnings")
    if errors:
        raise typer.Exit(EXIT_FAILED)


@app.command("list")
def list_command(
    home: HomeOption = DEFAULT_HOME, language: LanguageOption = "", as_json: JsonOption = False
) -> None:
    """List every prompt: id, text, length, and whose recording is played."""
    with plain_errors():
        root = Home(home.resolve())
        rows = [row for code in _languages(language) for row in _rows(root, code)]
    if as_json:
        print_json(rows)
        return
    table = Table("language", "id", "seconds", "recording", "text")
    for row in rows:
        table.add_row(*(str(row[name]) for name in ("language", "id", "seconds", "recording", "text")))
    Console().print(table)


def _rows(home: Home, language: str) -> list[dict[str, object]]:
    book = PromptFolder(home.prompts, shipped("prompts"))
    manifest = read_manifest(shipped("prompts") / language)
    made = manifest.prompts if manifest is not None else {}
    texts = read_scripts(shipped("prompts") / language) | read_scripts(home.prompts / language)
    rows: list[dict[str, object]] = []
    for prompt in texts.values():
        path = book.path(language, prompt.id)
        own = path is not None and path.is_relative_to(home.prompts)
        rows.append(
            {
                "language": language,
                "id": prompt.id,
                "text": prompt.text,
                "seconds": made[prompt.id].seconds if prompt.id in made and not own else "",
                "recording": "missing" if path is None else "own" if own else "shipped",
            }
        )
    return rows


def _languages(language: str) -> tuple[str, ...]:
    if not language:
        return LANGUAGES
    if language not in LANGUAGES:
        raise typer.BadParameter(f'"{language}" is none of {", ".join(LANGUAGES)}', param_hint="--language")
    return (language,)
