from __future__ import annotations

import sqlite3
from threading import Timer

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from hotline.db.engine import make_engine


def test_a_new_file_another_process_is_writing_is_waited_for(tmp_path):
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
    holder.execute("CREATE TABLE one (number INTEGER)")
    holder.execute("BEGIN IMMEDIATE")  # SQLite refuses a change of mode at once here, whatever the timeout
    done = Timer(0.1, holder.execute, ["COMMIT"])
    done.start()
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    done.join()
    engine.dispose()


def test_a_file_that_stays_locked_is_said_to_be(tmp_path):
    holder = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    engine = make_engine(f"sqlite:///{tmp_path / 'x.db'}", busy_seconds=0.05)
    with pytest.raises(OperationalError, match="locked"):
        engine.connect()
    holder.execute("ROLLBACK")
    engine.dispose()
