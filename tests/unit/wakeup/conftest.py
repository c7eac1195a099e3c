"""Nights on a fresh SQLite file each."""

from __future__ import annotations

import shutil

import pytest
from wakeup_kit import Night

from hotline.call.clock import SystemClock
from hotline.call.virtual_time import run_virtual
from hotline.db.engine import Database
from hotline.outbound import dispatcher


@pytest.fixture
def live_through(tmp_path, migrated_sqlite, monkeypatch):
    """Return a function that lets a night pass: ``live_through("2026-11-22 22:00", story)``.

    What is known to be due is done at its second; what is new is found every ``tick`` seconds.
    """
    databases = []

    def run(start, story, *, tick=5.0, **more):
        monkeypatch.setattr(dispatcher, "TICK", tick)
        path = tmp_path / f"night{len(databases)}.db"
        shutil.copy(migrated_sqlite, path)
        db = Database(f"sqlite:///{path}", clock=SystemClock())
        databases.append(db)

        async def night():
            scene = Night(db, start, **more)
            try:
                await story(scene)
            finally:
                await scene.kill()

        run_virtual(night())

    yield run
    for db in databases:
        db.close()
