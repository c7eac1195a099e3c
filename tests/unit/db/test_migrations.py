from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import hotline.accounts.models
import hotline.accounts.usermodels
import hotline.callrecords.models
import hotline.campaigns.models
import hotline.confirmations.models
import hotline.db.outbox
import hotline.dialplan.models
import hotline.duty.models
import hotline.fees.models
import hotline.menubook.models
import hotline.messages.models
import hotline.notifications.models
import hotline.notifications.webhookmodels
import hotline.operators.models
import hotline.outbound.models
import hotline.privacy.models
import hotline.quality.models
import hotline.residents.models
import hotline.residents.staymodels
import hotline.tickets.models
import hotline.wakeup.models  # noqa: F401
from hotline.call.errors import EnvironmentFault
from hotline.db.base import Base
from hotline.db.engine import make_engine, writing
from hotline.db.migrate import check, newest, upgrade

UPGRADE = "import sys; from hotline.db.migrate import upgrade; print(upgrade(sys.argv[1]))"


def test_an_empty_database_gets_every_table_and_a_second_run_changes_nothing(empty_url):
    assert upgrade(empty_url) == newest()
    engine = make_engine(empty_url)
    tables = set(inspect(engine).get_table_names())
    assert set(Base.metadata.tables) <= tables
    assert upgrade(empty_url) == newest()
    assert set(inspect(engine).get_table_names()) == tables
    check(empty_url)
    engine.dispose()


def test_the_migrated_schema_is_what_the_models_say(database_url):
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_drift_test_would_notice_a_missing_column(own_url):
    engine = make_engine(own_url)
    with writing(engine).begin() as connection:
        connection.execute(text("ALTER TABLE tickets DROP COLUMN assignee"))
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    assert [(difference[0], difference[3].name) for difference in differences] == [("add_column", "assignee")]
    engine.dispose()


def test_two_processes_that_start_at_once_migrate_once(empty_url):
    running = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_url], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for process in running:
        out, err = process.communicate(timeout=50)
        assert process.returncode == 0, err.decode()
        assert out.decode().split()[-1] == newest()


def test_a_database_of_a_newer_program_is_left_alone(own_url):
    engine = make_engine(own_url)
    with writing(engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for act in (upgrade, check):
        with pytest.raises(EnvironmentFault, match="newer version") as caught:
            act(own_url)
        assert caught.value.code == "database-newer"
    engine.dispose()


def test_an_interrupted_migration_leaves_nothing_behind(empty_url, monkeypatch):
    def broken(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("alembic.runtime.migration.HeadMaintainer.update_to_step", broken)
    with pytest.raises(KeyboardInterrupt):
        upgrade(empty_url)
    monkeypatch.undo()
    engine = make_engine(empty_url)
    assert "calls" not in inspect(engine).get_table_names()
    engine.dispose()
    assert upgrade(empty_url) == newest()


def test_reading_commands_do_not_set_a_database_up(tmp_path):
    path = tmp_path / "x.db"
    sqlite3.connect(path).close()
    with pytest.raises(EnvironmentFault, match="is empty") as caught:
        check(f"sqlite:///{path}")
    assert caught.value.code == "database-not-set-up"


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="data folder"):
        upgrade(f"sqlite:///{tmp_path / 'file' / 'var' / 'hotline.db'}")


def test_a_missing_data_folder_is_made(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'new' / 'var' / 'hotline.db'}")
    assert (tmp_path / "new" / "var" / "hotline.db").exists()
