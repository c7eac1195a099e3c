"""A backup made in the middle of a real call, restored elsewhere and opened by a hotline of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from service import running
from test_first_call import BY_KEYS, STRANGER, call, ended, import_sample, reached, the_call
from typer.testing import CliRunner

from hotline.cli.main import app

pytestmark = pytest.mark.timeout(300)


async def test_a_backup_made_during_a_call_opens_as_a_hotline_that_knows_the_call(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    async with running(first) as service:
        await import_sample(first)
        caller = await call(service, STRANGER, BY_KEYS)
        await reached(service, "say_problem")
        made = await service.cli("backup", str(tmp_path / "backups"))
        await ended(caller)
        (ticket,) = await service.cli("tickets", "list")
        assert ticket["complete"] is True, "the call went on undisturbed"
    done = CliRunner().invoke(app, ["restore", made["path"], "--home", str(second), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["aside"] == []
    shutil.rmtree(first)
    async with running(second) as service:
        record = await the_call(service)
        residents = await service.cli("residents", "list")
    assert record["src"] == f"+86{STRANGER}"
    assert "lost" in json.dumps(record).lower(), "it was under way at the instant of the backup"
    assert Path(record["recordings"][0]["path"]).is_file()
    assert residents
