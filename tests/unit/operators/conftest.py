"""Desks on a fresh SQLite file each."""

from __future__ import annotations

import shutil

import pytest
from desk_kit import PLAIN, Scene

from hotline.call.clock import SystemClock
from hotline.call.virtual_time import run_virtual
from hotline.db.engine import Database


@pytest.fixture
def at_the_desk(tmp_path, migrated_sqlite):
    """Return a function that plays a story at a desk: ``at_the_desk(story, yaml)``."""
    databases = []

    def play(story, yaml=PLAIN):
        folder = tmp_path / f"desk{len(databases)}"
        folder.mkdir()
        shutil.copy(migrated_sqlite, folder / "desk.db")
        db = Database(f"sqlite:///{folder / 'desk.db'}", clock=SystemClock())
        databases.append(db)

        async def told():
            scene = Scene(db, folder, yaml)
            try:
                await story(scene)
            finally:
                await scene.close()

        run_virtual(told())

    yield play
    for db in databases:
        db.close()
