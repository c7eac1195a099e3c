"""``hotline menu history`` and ``diff`` of menus that are there, were there, and never were."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hotline.cli import menuhistory

TEXT = "menu: main\nsteps:\n  bye:\n    hangup: {}\n"


@pytest.fixture
def home(tmp_path: Path, migrated_sqlite: Path) -> Path:
    folder = tmp_path / "var"
    (folder / "config" / "menus").mkdir(parents=True)
    (folder / "config" / "menus" / "main.yaml").write_text(TEXT)
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    return folder


def run(home: Path, *arguments: str, code: int = 0):
    result = CliRunner().invoke(menuhistory.app, [*arguments, "--home", str(home)])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.parametrize("command", ["history", "diff"])
def test_a_menu_that_never_was_is_refused_with_those_there_are(home: Path, command: str) -> None:
    refused = run(home, command, "nosuch", code=1)
    assert 'There is no menu "nosuch"; there are: main, ' in refused.stderr
    assert refused.stdout == ""


def test_a_menu_that_was_removed_still_shows_its_history(home: Path) -> None:
    assert run(home, "history", "main").exit_code == 0
    (home / "config" / "menus" / "main.yaml").unlink()
    shown = json.loads(run(home, "history", "main", "--json").stdout)
    assert [row["kind"] for row in shown] == ["gone", "first"]
    assert "-menu: main" in run(home, "diff", "main", "1").stdout
