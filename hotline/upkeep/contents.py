"""Which files of a data folder a backup keeps: everything that is not made anew by itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.home import Home

LEFT_OUT = frozenset({"run", "models", "lost+found"})
"""Sockets and copies in service; models, which are fetched again."""
LAST = "last-backup.json"
"""When the last backup was made, for the status page."""
_ENDINGS = (".part", ".tmp")
_SETTLED_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Found:
    """One file to keep."""

    path: Path
    name: str
    """Below the data folder, with forward slashes."""
    settled: bool
    """Nobody writes to it any more: a second name for it is as good as a copy."""


def files_of(home: Home, *, recordings: bool, now: float) -> Iterator[Found]:
    """Yield the files in order of their names; ``now`` in seconds since 1970 tells what is settled.

    Only recordings are ever settled: everything else is edited in place. What goes while it is looked at
    (retention deletes) is left out.
    """
    for path in _walk(home.root, top=True):
        name = path.relative_to(home.root).as_posix()
        sound = name.startswith(f"{home.recordings.name}/")
        if sound and not recordings:
            continue
        try:
            changed = path.stat().st_mtime
        except FileNotFoundError:
            continue
        yield Found(path, name, sound and now - changed > _SETTLED_SECONDS)


def _walk(folder: Path, *, top: bool = False) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if _left_out(entry.name, top=top):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        elif entry.is_file():  # a link to a file is kept as the file
            yield Path(entry.path)


def _left_out(name: str, *, top: bool) -> bool:
    if name.endswith(_ENDINGS):
        return True
    return top and (name in LEFT_OUT or name == LAST or name.startswith(("hotline.db", ".")))
