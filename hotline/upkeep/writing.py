"""Where the files of a backup go: a folder beside others, or one archive. Both appear whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import shutil
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol

from hotline.call.errors import EnvironmentFault
from hotline.upkeep.manifest import NAME, PRIVATE, Kept, Manifest

UNFINISHED = ".hotline-"
"""How the names of what is not finished begin."""
LOCK = "hotline-backup.lock"
ARCHIVES = (".tar", ".tar.gz", ".tgz")
_PIECE = 1 << 20


class Readable(Protocol):
    """What content is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""
        ...


class Measured:
    """Reads at most so many bytes of something and remembers their checksum; what is missing reads as zeros.

    A recording grows, and a log is turned over, while they are read: an archive has promised their length.
    """

    def __init__(self, source: Readable, size: int) -> None:
        """Read from ``source``."""
        self._source = source
        self._left = size
        self._hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        wanted = self._left if size < 0 else min(size, self._left)
        content = self._source.read(wanted).ljust(wanted, b"\0") if wanted else b""
        self._left -= len(content)
        self._hash.update(content)
        return content

    @property
    def sha256(self) -> str:
        """Of what was read so far, hex."""
        return self._hash.hexdigest()


class Writing(ABC):
    """A backup being written; :meth:`finish` makes it one."""

    def __init__(self, target: Path) -> None:
        """Write what becomes ``target``."""
        self.target = target
        self.part = target.with_name(f"{UNFINISHED}{target.name}")
        self.files: list[Kept] = []

    @abstractmethod
    def add(self, path: Path, name: str, *, settled: bool = False, mode: int | None = None) -> None:
        """Add a file under a name."""

    @abstractmethod
    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and give the backup its name."""

    @abstractmethod
    def __enter__(self) -> Writing:
        """Begin."""

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind that is not finished."""


class FolderWriting(Writing):
    """A folder; settled files are second names of the same bytes where the disk allows it."""

    def __enter__(self) -> Writing:
        """Make the unfinished folder; what a killed backup left there goes."""
        shutil.rmtree(self.part, ignore_errors=True)
        self.part.mkdir(parents=True, mode=0o700)
        return self

    def add(self, path: Path, name: str, *, settled: bool = False, mode: int | None = None) -> None:
        """Link or copy a file."""
        target = self.part / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("rb") as source:
            facts = os.fstat(source.fileno())
            mode = facts.st_mode & 0o700 if mode is None else mode
            measured = Measured(source, facts.st_size)
            if settled and _linked(path, target):
                while measured.read(_PIECE):
                    pass
            else:
                _copy(measured, target, mode, facts.st_mtime_ns)
        self.files.append(Kept(name, facts.st_size, mode, measured.sha256))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest last, make sure all is on the disk, and rename."""
        path = self.part / NAME
        path.write_bytes(manifest.dump())
        path.chmod(PRIVATE)
        _sync_folder(self.part)
        self.part.rename(self.target)
        _sync(self.target.parent)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what is not finished."""
        shutil.rmtree(self.part, ignore_errors=True)


class ArchiveWriting(Writing):
    """One file: tar, packed when its name ends so."""

    def __enter__(self) -> Writing:
        """Open the unfinished file, private from its first byte."""
        descriptor = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        self._file = os.fdopen(descriptor, "wb")
        mode: Literal["w", "w:gz"] = "w:gz" if self.target.name.endswith("gz") else "w"
        self._tar = tarfile.open(fileobj=self._file, mode=mode, format=tarfile.PAX_FORMAT)
        return self

    def add(self, path: Path, name: str, *, settled: bool = False, mode: int | None = None) -> None:
        """Copy a file in."""
        with path.open("rb") as source:
            facts = os.fstat(source.fileno())
            mode = facts.st_mode & 0o700 if mode is None else mode
            measured = Measured(source, facts.st_size)
            self._put(name, facts.st_size, mode, facts.st_mtime, measured)
        self.files.append(Kept(name, facts.st_size, mode, measured.sha256))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest last, make sure all is on the disk, and rename."""
        content = manifest.dump()
        self._put(NAME, len(content), PRIVATE, manifest.at.timestamp(), io.BytesIO(content))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.part.replace(self.target)
        _sync(self.target.parent)

    def _put(self, name: str, size: int, mode: int, at: float, content: Readable) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, mode, at
        self._tar.addfile(entry, content)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what is not finished."""
        self._file.close()
        self.part.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who writes backups into a folder.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when somebody else is, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    except OSError as error:
        raise EnvironmentFault(
            f"The folder {folder} cannot be written ({error.strerror}): name another one for the backup.",
            code="backup-folder",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sweep(folder)
        yield
    except BlockingIOError:
        raise EnvironmentFault(
            f"Another backup is being written into {folder}: wait until it is done.", code="backup-running"
        ) from None
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    """Remove what killed backups left: nobody else writes here now."""
    for left in folder.glob(f"{UNFINISHED}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _linked(path: Path, target: Path) -> bool:
    with suppress(OSError):  # another disk, or one without links
        os.link(path, target)
        return True
    return False


def _copy(source: Measured, target: Path, mode: int, at: int) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as copy:
        while piece := source.read(_PIECE):
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    os.utime(target, ns=(at, at))


def _sync_folder(folder: Path) -> None:
    for below, _, _ in os.walk(folder):
        _sync(Path(below))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
