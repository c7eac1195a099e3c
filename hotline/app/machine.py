"""How the machine stands: versions, processes, disk, models, the last backup."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline import __version__
from hotline.callrecords.models import RecordingRow
from hotline.db import migrate
from hotline.db.engine import Database
from hotline.home import Home
from hotline.privacy.models import RetentionRunRow
from hotline.upkeep.contents import LAST
from hotline.web.housekeeping import Backup, Machine, Model, Process

_PROC = Path("/proc")
_CHILD = "hotline.app.child"


def machine_of(home: Home, db: Database, models: Path) -> Machine:
    """Return how the machine stands now; reads files and the database, so not on an event loop."""
    disk = shutil.disk_usage(home.root)
    with db.reading() as session:
        count, seconds = _recorded(session)
        schema = migrate.revision(session.connection()) or ""
        night = session.scalar(
            select(func.max(RetentionRunRow.day)).where(RetentionRunRow.ended_at.is_not(None))
        )
    return Machine(
        version=__version__,
        schema=schema,
        python=platform.python_version(),
        database=db.dialect,
        disk_free_mb=disk.free // 1_000_000,
        disk_total_mb=disk.total // 1_000_000,
        recordings=count,
        recorded_hours=seconds / 3600,
        processes=tuple(_processes(os.getppid())),
        models=tuple(_models(models)),
        backup=_backup(home),
        retention_day=night,
    )


def _recorded(session: Session) -> tuple[int, float]:
    query = select(func.count(), func.coalesce(func.sum(RecordingRow.seconds), 0.0)).where(
        RecordingRow.purged_at.is_(None)
    )
    count, seconds = session.execute(query).one()
    return int(count), float(seconds or 0.0)


def _backup(home: Home) -> Backup | None:
    try:
        facts = json.loads((home.root / LAST).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(facts["at"])
        return Backup(at, str(facts["path"]), int(facts["bytes"]) // 1_000_000, bool(facts["recordings"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _models(folder: Path) -> Iterator[Model]:
    if not folder.is_dir():
        return
    for model in sorted(folder.iterdir()):
        if model.is_dir() and not model.name.startswith("."):
            size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
            yield Model(model.name, size // 1_000_000)


def _processes(parent: int) -> Iterator[Process]:
    """The parent and its children, as Linux tells (proc(5)); nothing on other systems."""
    yield from _process(parent, "parent")
    for entry in sorted(_PROC.glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if _CHILD in words and _stat(entry)[1] == str(parent):
                yield from _process(int(entry.name), words[words.index(_CHILD) + 1])
        except (OSError, IndexError):  # it ended meanwhile
            continue


def _process(pid: int, role: str) -> Iterator[Process]:
    try:
        fields = _stat(_PROC / str(pid))
        up = float((_PROC / "uptime").read_text().split()[0])
        ticks = os.sysconf("SC_CLK_TCK")
        seconds = up - int(fields[19]) / ticks
        memory = int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (OSError, IndexError, ValueError):
        return
    yield Process(role, pid, seconds, memory)


def _stat(entry: Path) -> list[str]:
    """Fields of proc(5) ``stat`` from the third on: the second, the name, may hold anything."""
    return (entry / "stat").read_text().rpartition(")")[2].split()
