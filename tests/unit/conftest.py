"""Databases for the slices: SQLite always, PostgreSQL when its server is installed (apt: postgresql)."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

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
from hotline.db.base import Base
from hotline.db.engine import Database
from hotline.db.migrate import upgrade

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, 10:00 in Shanghai."""


class ManualClock:
    """Dates stand still until a test moves them; waiting is real."""

    def __init__(self, at: datetime = MORNING) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def pass_time(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that every test copies."""
    path = tmp_path_factory.mktemp("template") / "hotline.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a throw-away PostgreSQL server, run by an unprivileged user on a Unix socket."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not installed:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    bins = installed[-1].parent
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    as_user = {}
    if os.getuid() == 0:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data = folder / "data"
    initdb = [
        bins / "initdb",
        "-D",
        data,
        "-U",
        "hotline",
        "--auth=trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **as_user)
    lax = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "jit=off")
    options = ["-c", "listen_addresses=", "-c", "max_connections=50"]
    options += [word for one in lax for word in ("-c", one)]
    server = subprocess.Popen(
        [bins / "postgres", "-D", data, "-k", folder, *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **as_user,
    )  # fmt: skip
    address = f"postgresql://hotline@/postgres?host={folder}"
    try:
        _wait_until_it_answers(address, server)
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while True:
        try:
            psycopg.connect(address, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            assert server.poll() is None, "the PostgreSQL server ended"
            assert datetime.now(UTC) < deadline, "the PostgreSQL server does not answer"
            with pytest.raises(subprocess.TimeoutExpired):
                server.wait(0.05)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """Name of a migrated database that tests share one after the other."""
    execute(postgres_server, "CREATE DATABASE template_hotline")
    upgrade(postgres_server.replace("/postgres?", "/template_hotline?"))
    return "template_hotline"


def execute(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    yield from _own_database(server, "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated database with empty tables; its schema must be left alone."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "hotline.db")
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    address = server.replace("/postgres?", f"/{request.getfixturevalue('migrated_postgres')}?")
    yield address
    _empty(address)


def _empty(address: str) -> None:
    """Leave the tables as they were made; truncating all of them takes long."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in Base.metadata.tables
    )
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys are not looked at
        for (name,) in connection.execute(asked.encode()).fetchall():
            connection.execute(f"DELETE FROM {name}".encode())
        connection.execute(
            "SELECT setval(format('%I', sequencename)::regclass, start_value, false)"
            " FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated database whose schema a test may spoil."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "hotline.db")
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    yield from _own_database(server, request.getfixturevalue("migrated_postgres"))


def _own_database(server: str, template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("/postgres?", f"/{name}?")
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def db(database_url: str, clock: ManualClock) -> AsyncIterator[Database]:
    database = Database(database_url, clock=clock, busy_seconds=5)
    yield database
    await database.aclose()
