"""One hotline a data folder: a second one would close the first one's live calls as lost."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from hotline.call.errors import EnvironmentFault
from hotline.home import Home

LOCK = "hotline.lock"


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the data folder while the block runs; the lock goes with the process, however it ends.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when another hotline has it.
    """
    try:
        home.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home.run / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # the folder cannot be written: preparing says so, with the remedy
        return
    try:
        _take(descriptor, home)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def untouched_unless_done(home: Home) -> Iterator[None]:
    """Take away the folders that were made for the lock when the block fails; what holds anything stays."""
    made = [path for path in (home.run, home.root, *home.root.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if home.run in made:
                (home.run / LOCK).unlink()
            for path in made:
                path.rmdir()
        raise


def _take(descriptor: int, home: Home) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
        raise EnvironmentFault(
            f"Another hotline already works on the data folder {home.root}"
            + (f" (process {holder})" if holder else "")
            + ". Stop it first, or give this one a folder of its own with --home.",
            code="home-in-use",
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
