"""Taking the files out of a backup – a folder or an archive – each checked while it is copied."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO

from hotline.upkeep.manifest import NAME, BadBackup, Kept, Manifest
from hotline.upkeep.writing import Measured, Readable

_PIECE = 1 << 20
_LONGEST_MANIFEST = 200_000_000


class Reading:
    """An opened backup."""

    def __init__(self, manifest: Manifest, folder: Path, tar: tarfile.TarFile | None) -> None:
        """Files are in ``folder``, or in ``tar``."""
        self.manifest = manifest
        self._folder = folder
        self._tar = tar

    def take_out(self, target: Path | None) -> None:
        """Copy everything below ``target``, or only check it when there is none.

        Raises :class:`BadBackup` naming every file that is missing, changed or too much (an archive's), and
        :class:`OSError` when ``target`` cannot be written.
        """
        wanted = {one.path: one for one in self.manifest.files}
        bad: list[str] = []
        for name, content in self._contents(wanted):
            kept = wanted.pop(name, None)
            if kept is None:
                bad.append(f"{name} (not in the manifest)")
            elif not _taken(content, kept, target):
                bad.append(f"{name} (changed)")
        bad += [f"{name} (missing)" for name in wanted]
        if bad:
            more = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
            raise BadBackup(f"The backup is damaged: {', '.join(bad[:5])}{more}. Nothing was restored.")

    def _contents(self, wanted: dict[str, Kept]) -> Iterator[tuple[str, Readable]]:
        if self._tar is not None:
            yield from _members(self._tar)
            return
        for name in list(wanted):
            path = self._folder / name
            if path.is_symlink() or not path.is_file():
                continue
            with path.open("rb") as content:
                yield name, content


@contextmanager
def opened(source: Path) -> Iterator[Reading]:
    """Open a backup; raises :class:`BadBackup` when it is none, or is not finished."""
    if source.is_dir():
        with _manifest_file(source / NAME) as content:
            manifest = Manifest.parse(content.read(_LONGEST_MANIFEST))
        yield Reading(manifest, source, None)
        return
    try:
        with tarfile.open(source) as tar:
            manifest = _manifest_of(tar)
        with tarfile.open(source) as tar:
            yield Reading(manifest, source.parent, tar)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadBackup(
            f"{source} is no backup, or only a part of one, or damaged: it cannot be read to its end. Copy "
            "it here once more, or take another one."
        ) from error
    except FileNotFoundError as error:
        raise BadBackup(f"There is no backup {source}.") from error


@contextmanager
def _manifest_file(path: Path) -> Iterator[IO[bytes]]:
    try:
        content = path.open("rb")
    except FileNotFoundError as error:
        raise BadBackup(
            f"{path.parent} is no backup: it has no {NAME}. Name the folder hotline-… itself."
        ) from error
    with content:
        yield content


def _manifest_of(tar: tarfile.TarFile) -> Manifest:
    """The manifest is the last member: an archive without it was not finished."""
    for member in tar:
        if member.name == NAME and member.isfile():
            content = tar.extractfile(member)
            assert content is not None
            return Manifest.parse(content.read(_LONGEST_MANIFEST))
    if _goes_on(tar):
        raise BadBackup(
            "The backup is damaged: the archive cannot be read beyond a place in it. Take another one."
        )
    raise BadBackup("The backup was not finished: it has no manifest.")


def _goes_on(tar: tarfile.TarFile) -> bool:
    """Whether there is something beyond where reading stopped: a whole archive ends with zeros.

    Read to the end, so that what is compressed is checked by its own sum.
    """
    assert tar.fileobj is not None
    tar.fileobj.seek(tar.offset)
    found = False
    while piece := tar.fileobj.read(_PIECE):
        found = found or bool(piece.strip(b"\0"))
    return found


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, Readable]]:
    for member in tar:
        if member.name == NAME:
            continue
        content = tar.extractfile(member) if member.isfile() else None
        if content is None:
            raise BadBackup(f'The backup has the entry "{member.name[:80]}", which is no file.')
        yield member.name, content


def _taken(content: Readable, kept: Kept, target: Path | None) -> bool:
    """Copy one file; False when it is not what the manifest says."""
    measured = Measured(content, kept.bytes)
    if target is None:
        while measured.read(_PIECE):
            pass
    else:
        path = target.joinpath(*PurePosixPath(kept.path).parts)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, kept.mode & 0o700 | 0o600)
        with os.fdopen(descriptor, "wb") as copy:
            while piece := measured.read(_PIECE):
                copy.write(piece)
            copy.flush()
            os.fsync(copy.fileno())
    return measured.sha256 == kept.sha256 and not content.read(1)


def discard(folder: Path) -> None:
    """Remove what was taken out and is not wanted."""
    with suppress(OSError):
        shutil.rmtree(folder)
