"""``hotline outside``: what is not there is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.main import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path) -> Path:
    folder = tmp_path / "var"
    (folder / "config").mkdir(parents=True)
    shutil.copy(migrated_sqlite, folder / "hotline.db")
    return folder


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--home", str(home)])


def test_only_a_room_of_the_list_is_approved(home: Path) -> None:
    refused = run(home, "outside", "approve", "--room", "808")
    assert refused.exit_code == 1
    assert "no room 808" in refused.stderr
    rooms = home / "rooms.csv"
    rooms.write_text("楼栋,单元,房号,分机\n,,808,8808\n", encoding="utf-8")
    assert run(home, "rooms", "import", str(rooms)).exit_code == 0
    assert "of 808" in run(home, "outside", "approve", "--room", "808").stdout


def test_that_nothing_is_booked_is_said(home: Path) -> None:
    assert run(home, "outside", "bookings", "list").stdout == "No calls are booked.\n"
    assert run(home, "outside", "bookings", "list", "--json").stdout.strip() == "[]"
