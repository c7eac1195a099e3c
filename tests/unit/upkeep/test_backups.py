from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from typer.testing import CliRunner

from hotline.app.homelock import locked
from hotline.call.errors import EnvironmentFault
from hotline.cli.main import app
from hotline.db import migrate
from hotline.db.engine import make_engine, writing
from hotline.home import Home
from hotline.upkeep import restore as restoring
from hotline.upkeep.backup import back_up
from hotline.upkeep.manifest import BadBackup
from hotline.upkeep.restore import restore
from hotline.upkeep.versions import versions_of

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OLD = AT - timedelta(days=30)
MARK = "prompts/zh/mark.wav"


@pytest.fixture
def home(tmp_path, migrated_sqlite) -> Home:
    """A data folder with a bit of everything."""
    home = Home(tmp_path / "data" / "var")
    for name, content in {
        "config/hotline.yaml": "estates: [{id: default, name: 物业}]\n",
        "config/trunk.secret": "geheim",
        MARK: "old",
        "recordings/2026/10/23/a.wav": "settled" * 100,
        "recordings/2026/11/22/b.wav": "running" * 100,
        "attachments/2026/11/p.jpg": "photo",
        "run/hotline.lock": "1",
        "models/vosk/model": "big",
    }.items():
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (home.config / "trunk.secret").chmod(0o600)
    os.utime(home.root / "recordings/2026/10/23/a.wav", (OLD.timestamp(), OLD.timestamp()))
    os.utime(home.root / "recordings/2026/11/22/b.wav", (AT.timestamp(), AT.timestamp()))
    shutil.copy(migrated_sqlite, home.root / "hotline.db")
    return home


def content_of(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(("hotline.db", "hotline.lock", "last-backup"))
    }


@pytest.mark.parametrize("target", ["backups", "backups/all.tar", "backups/all.tar.gz"])
def test_a_backup_restored_elsewhere_is_the_same_data_folder(home, tmp_path, target):
    made = back_up(home, home.database_url, tmp_path / target, at=AT)
    assert made.path.stat().st_mode & 0o077 == 0
    fresh = Home(tmp_path / "other" / "var")
    fresh.root.parent.mkdir()
    done = restore(made.path, fresh, at=AT)
    wanted = content_of(home.root)
    del wanted["models/vosk/model"]
    assert content_of(fresh.root) == wanted
    assert done.aside is None and done.schema == migrate.newest()
    assert (fresh.config / "trunk.secret").stat().st_mode & 0o777 == 0o600
    assert (fresh.root / "hotline.db").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.rglob(".hotline-*")) and not list(tmp_path.rglob(".restoring*"))


def test_in_a_folder_recordings_that_are_over_are_second_names_and_running_ones_copies(home, tmp_path):
    made = back_up(home, home.database_url, home.root.parent / "backups", at=AT)
    assert (made.path / "recordings/2026/10/23/a.wav").stat().st_nlink == 2
    assert (made.path / "recordings/2026/11/22/b.wav").stat().st_nlink == 1
    without = back_up(home, home.database_url, tmp_path / "few", at=AT, recordings=False)
    assert not (without.path / "recordings").exists() and not without.manifest.recordings


def test_the_database_is_of_one_instant_while_others_write(home, tmp_path):
    """Each transaction writes a pair; a copy with half of one would be of no instant."""
    with closing(sqlite3.connect(home.root / "hotline.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE pairs (side TEXT, n INTEGER)")
    done, begun = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(home.root / "hotline.db", isolation_level=None)) as own:
            n = 0
            while not done.is_set():
                own.execute("BEGIN IMMEDIATE")
                own.executemany("INSERT INTO pairs VALUES (?, ?)", [("a", n), ("b", n)])
                own.execute("COMMIT")
                n += 1
                if n > 20:
                    begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        made = [back_up(home, home.database_url, tmp_path / f"{n}.tar", at=AT) for n in range(3)]
    finally:
        done.set()
        writer.join()
    counts = []
    for one in made:
        fresh = Home(tmp_path / one.path.stem)
        restore(one.path, fresh, at=AT)
        with closing(sqlite3.connect(fresh.root / "hotline.db")) as database:
            a, b = (
                database.execute("SELECT count(*), max(n) FROM pairs WHERE side = ?", (side,)).fetchone()
                for side in "ab"
            )
            assert a == b and a[0] == a[1] + 1
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
            counts.append(a[0])
    assert 20 < counts[0] <= counts[1] <= counts[2]


def spoil_byte(backup: Path) -> None:
    path = backup / MARK
    path.write_text("new")


def spoil_file(backup: Path) -> None:
    (backup / "attachments/2026/11/p.jpg").unlink()


def spoil_path(backup: Path) -> None:
    path = backup / "manifest.json"
    path.write_text(path.read_text().replace(MARK, "../../outside"))


def spoil_database(backup: Path) -> None:
    (backup / "manifest.json").unlink()


@pytest.mark.parametrize("spoil", [spoil_byte, spoil_file, spoil_path, spoil_database])
def test_a_damaged_backup_is_refused_and_the_data_folder_stays(home, tmp_path, spoil):
    made = back_up(home, home.database_url, tmp_path / "b", at=AT)
    spoil(made.path)
    before = content_of(home.root)
    for act in (restoring.verify, lambda path: restore(path, home, at=AT, force=True)):
        with pytest.raises(BadBackup):
            act(made.path)
    assert content_of(home.root) == before
    assert not (tmp_path / "outside").exists()
    assert [path.name for path in home.root.parent.iterdir()] == ["var"]


def test_an_archive_that_was_cut_off_or_has_more_in_it_is_refused(home, tmp_path):
    made = back_up(home, home.database_url, tmp_path / "b.tar", at=AT)
    more = tmp_path / "more.tar"
    shutil.copy(made.path, more)
    with tarfile.open(more, "a") as tar:
        link = tarfile.TarInfo("config/way-out")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    cut = tmp_path / "cut.tar"
    cut.write_bytes(made.path.read_bytes()[: made.path.stat().st_size // 2])
    for path in (more, cut, home.config / "hotline.yaml", tmp_path / "none.tar"):
        with pytest.raises(BadBackup):
            restoring.verify(path)


def spoiled_header(source: Path, target: Path, name: str) -> Path:
    """Flip a byte in the header of a member."""
    with tarfile.open(source) as tar:
        place = tar.getmember(name).offset
    content = bytearray(source.read_bytes())
    content[place + 10] ^= 0xFF
    target.write_bytes(content)
    return target


def without_manifest(source: Path, target: Path) -> Path:
    with tarfile.open(source) as tar, tarfile.open(target, "w") as few:
        for member in tar:
            if member.name != "manifest.json":
                few.addfile(member, tar.extractfile(member))
    return target


def test_a_damaged_archive_is_told_from_one_that_was_not_finished(home, tmp_path):
    made = back_up(home, home.database_url, tmp_path / "b.tar", at=AT).path
    for name in (MARK, "manifest.json"):
        with pytest.raises(BadBackup, match="damaged"):
            restoring.verify(spoiled_header(made, tmp_path / "bad.tar", name))
    with pytest.raises(BadBackup, match="not finished: it has no manifest"):
        restoring.verify(without_manifest(made, tmp_path / "few.tar"))
    packed = back_up(home, home.database_url, tmp_path / "b.tar.gz", at=AT).path
    content = bytearray(packed.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(one ^ 0xFF for one in content[middle : middle + 40])
    packed.write_bytes(content)
    with pytest.raises(BadBackup, match="damaged"):
        restoring.verify(packed)


@pytest.mark.parametrize("there", [False, True])
def test_a_refused_restore_leaves_no_folder_that_was_not_there(home, tmp_path, there):
    made = back_up(home, home.database_url, tmp_path / "b", at=AT)
    spoil_byte(made.path)
    fresh = tmp_path / "deep" / "other"
    if there:
        fresh.mkdir(parents=True)
    refused = CliRunner().invoke(app, ["restore", str(made.path), "--home", str(fresh)])
    assert refused.exit_code == 1 and "damaged" in refused.output
    assert fresh.exists() is there and not (fresh / "run").exists()
    assert (tmp_path / "deep").exists() is there


def test_a_folder_with_data_or_in_use_is_left_alone_unless_forced_and_then_kept(home, tmp_path):
    made = back_up(home, home.database_url, tmp_path / "b", at=AT)
    (home.root / MARK).write_text("changed since")
    with pytest.raises(EnvironmentFault) as caught:
        restore(made.path, home, at=AT)
    assert caught.value.code == "home-not-empty"
    with locked(home):
        refused = CliRunner().invoke(app, ["restore", str(made.path), "--home", str(home.root), "--force"])
    assert refused.exit_code == 1 and "already works" in refused.output
    assert (home.root / MARK).read_text() == "changed since"
    done = restore(made.path, home, at=AT, force=True)
    assert (home.root / MARK).read_text() == "old"
    assert done.aside is not None and (done.aside / MARK).read_text() == "changed since"
    assert (home.models / "vosk/model").read_text() == "big"


RESTORE = """
import sys; from datetime import datetime, UTC; from pathlib import Path
from hotline.home import Home; from hotline.upkeep.restore import restore
from hotline.upkeep.backup import back_up
source, root, into = map(Path, sys.argv[1:])
while True:
    print("go", flush=True)
    at = datetime.now(UTC)
    restore(source, Home(root), at=at, force=True)
    back_up(Home(root), Home(root).database_url, into / f"{at.timestamp()}.tar", at=at)
"""


def test_a_kill_at_any_moment_leaves_a_whole_data_folder_and_whole_backups(home, tmp_path):
    """Old and restored folders differ in every file: a mixture would be seen."""
    for number in range(150):
        (home.root / f"attachments/2026/11/{number}").write_text("new")
    made = back_up(home, home.database_url, tmp_path / "b", at=AT)
    wanted = content_of(home.root)
    del wanted["models/vosk/model"]
    for number in range(150):
        (home.root / f"attachments/2026/11/{number}").write_text("old")
    into = tmp_path / "made"
    for delay in (0.02, 0.06, 0.12, 0.25):
        running = subprocess.Popen(
            [sys.executable, "-c", RESTORE, made.path, home.root, into],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert running.stdout is not None and running.stdout.readline() == b"go\n"
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(delay)
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        now = content_of(home.root)
        states = {now[f"attachments/2026/11/{number}"] for number in range(150)}
        assert len(states) == 1, "half of a restore"
        migrate.check(home.database_url)
    restore(made.path, home, at=AT, force=True)
    restored = content_of(home.root)
    restored.pop("models/vosk/model", None)
    assert restored == wanted
    for one in into.glob("[0-9]*.tar"):  # unfinished ones begin with a dot
        restoring.verify(one)


def test_a_backup_of_a_newer_version_and_one_into_the_data_folder_are_refused(home, tmp_path):
    with pytest.raises(EnvironmentFault) as caught:
        back_up(home, home.database_url, home.root / "b", at=AT)
    assert caught.value.code == "backup-inside"
    engine = make_engine(home.database_url)
    with writing(engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    made = back_up(home, home.database_url, tmp_path / "b", at=AT)
    with pytest.raises(EnvironmentFault) as caught:
        restore(made.path, Home(tmp_path / "x"), at=AT)
    assert caught.value.code == "database-newer"
    assert not (tmp_path / "x").exists()
    with pytest.raises(EnvironmentFault):
        versions_of(home.database_url)


def test_an_upgrade_backs_up_migrates_and_checks(home, tmp_path):
    (home.root / "hotline.db").unlink()
    engine = make_engine(home.database_url)
    with writing(engine).begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0017")
    engine.dispose()
    with locked(home):
        refused = CliRunner().invoke(app, ["upgrade", "--home", str(home.root)])
    assert refused.exit_code == 1 and not (tmp_path / "data" / "backups").exists()
    CliRunner().invoke(app, ["upgrade", "--home", str(home.root)])
    found = versions_of(home.database_url)
    assert (found.now, found.migrates) == (migrate.newest(), False)
    (backup,) = (tmp_path / "data" / "backups").glob("hotline-*-*")
    assert restoring.verify(backup).schema == "0017"


def test_a_postgresql_database_is_dumped_and_put_back_with_what_was_there_kept(
    request, home, tmp_path, postgres_server
):
    name = request.getfixturevalue("migrated_postgres")
    address = postgres_server.replace("/postgres?", "/t_backup?")
    engine = make_engine(postgres_server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE t_backup TEMPLATE {name}"))
    engine.dispose()
    (home.config / "hotline.yaml").write_text(f'database: "{address}"\n')
    own = make_engine(address)
    insert = text("INSERT INTO outbox_readers VALUES (:name, 1)")
    with own.begin() as connection:
        connection.execute(insert, {"name": "before"})
    made = back_up(home, address, tmp_path / "b", at=AT)
    with own.begin() as connection:
        connection.execute(insert, {"name": "since"})
    own.dispose()
    done = restore(made.path, home, at=AT, force=True)
    with own.connect() as connection:
        names = connection.execute(text("SELECT name FROM outbox_readers")).scalars().all()
        kept = connection.execute(text(f'SELECT name FROM "{done.database_aside}".outbox_readers'))
        assert names == ["before"] and sorted(kept.scalars()) == ["before", "since"]
    own.dispose()
