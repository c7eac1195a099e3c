"""Two folders that change places in one step: whoever looks sees the one or the other, never none."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
"""renameat2(2), Linux 3.15; glibc 2.28."""
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})


def put_in_place(fresh: Path, place: Path, aside: Path) -> None:
    """Put ``fresh`` where ``place`` is and keep what was there as ``aside``; all on one disk.

    A kill leaves either the old or the new whole folder in ``place``; on a file system that cannot exchange
    (some network disks) the old one may stand as ``aside`` alone. Raises :class:`OSError`.
    """
    if not place.exists():
        fresh.rename(place)
    elif _exchanged(fresh, place):
        fresh.rename(aside)
    else:
        place.rename(aside)
        fresh.rename(place)


def _exchanged(one: Path, other: Path) -> bool:
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT:
        return False
    raise OSError(number, os.strerror(number), str(other))
