"""The files of the menus on disk: found by name, read with their hash, written whole and never over an edit.

The file on disk is the source of truth: calls are answered by it, people may edit it past this program.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.menubook.words import MOST_BYTES, MenuRefused, MenuTooLarge

NAME = re.compile(r"(outbound/)?(tests/)?[a-z][a-z0-9_-]{0,63}")
"""Menus, flows (``outbound/``) and their scenarios; nothing else below or beside the folder."""
ABSENT = ""
"""Hash of a file that is not there."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file says."""

    text: str
    hash: str

    @property
    def there(self) -> bool:
        """Whether there is such a file."""
        return self.hash != ABSENT


NOTHING = Content("", ABSENT)


def hash_of(text: str) -> str:
    """Return the hash of a text as it stands in a file (UTF-8)."""
    return sha256(text.encode()).hexdigest()


def cleaned(text: str) -> str:
    """Return a text as it can be stored: line ends of one kind, no half characters, no NUL.

    Raises :class:`~hotline.menubook.words.MenuTooLarge`.
    """
    data = text.replace("\r\n", "\n").replace("\x00", "\ufffd").encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise MenuTooLarge(len(data))
    return data.decode()


class MenuFolder:
    """``HOME/config/menus`` and, for flows it has no file for, those that come with the program."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        """``shipped``: the program's own folder of menus."""
        self.folder = folder
        self._shipped = shipped

    def names(self) -> list[str]:
        """Return the names of all files: menus, flows, scenarios."""
        found = set(_names_below(self.folder, ("", "outbound/", "tests/", "outbound/tests/")))
        return sorted(found | set(_names_below(self._shipped, ("outbound/",))), key=_order)

    def path(self, file: str) -> Path:
        """Return where a file is written; raises :class:`MenuRefused` for what is no name of one."""
        if not NAME.fullmatch(file):
            raise MenuRefused(
                f'"{file}" is no name of a menu: a-z, 0-9 and _, with outbound/ before it for a flow and '
                "tests/ for scenarios.",
                code="menu-name",
            )
        return self.folder / f"{file}.yaml"

    def read(self, file: str) -> Content:
        """Return what counts at present: the file, the shipped flow where there is none, or nothing.

        Raises :class:`~hotline.call.errors.EnvironmentFault` when it cannot be read.
        """
        path = self.path(file)
        for candidate in (path, self._shipped / f"{file}.yaml") if _is_flow(file) else (path,):
            try:
                data = candidate.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EnvironmentFault(f"{candidate} cannot be read: {error.strerror}.") from error
            return Content(data.decode("utf-8", "replace"), sha256(data).hexdigest())
        return NOTHING

    def write(self, contents: Mapping[str, str], expected: Mapping[str, str]) -> None:
        """Replace files, each only while it still is what ``expected`` (hashes) says; all or none.

        Raises :class:`MenuRefused` (``menu-changed-on-disk``) when one changed just now, and
        :class:`~hotline.call.errors.EnvironmentFault` when one cannot be written.
        """
        before: dict[str, Content] = {}
        try:
            for file, text in contents.items():
                present = self.read(file)
                self._replace(file, text, expected[file])
                before[file] = present
        except (MenuRefused, EnvironmentFault):
            for file, content in before.items():
                self._put_back(file, content, hash_of(contents[file]))
            raise

    def _replace(self, file: str, text: str, expected: str) -> None:
        """Put a file in place of the one expected.

        An editor may save between the look and the replacement: what was replaced is looked at once more
        under another name, and put back when it is not what was expected.
        """
        path = self.path(file)
        unfinished, kept = path.with_name(f".{path.name}.new"), path.with_name(f".{path.name}.before")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept.unlink(missing_ok=True)
            unfinished.write_text(text, encoding="utf-8")
            with contextlib.suppress(OSError):  # nothing to keep, or a disk without hard links
                os.link(path, kept)
            if self.read(file).hash != expected:
                unfinished.unlink()
                raise _changed(file)
            _flush(unfinished)
            unfinished.replace(path)
            if kept.exists() and path_hash(kept) != expected:
                kept.replace(path)
                raise _changed(file)
        except OSError as error:
            raise EnvironmentFault(
                f"{path} cannot be written: {error.strerror}. Nothing was published.", code="menu-unwritable"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                kept.unlink(missing_ok=True)

    def _put_back(self, file: str, content: Content, ours: str) -> None:
        with contextlib.suppress(MenuRefused, EnvironmentFault, OSError):
            if content.there:
                self._replace(file, content.text, ours)
            else:
                self.path(file).unlink(missing_ok=True)


def path_hash(path: Path) -> str:
    """Return the hash of a file's bytes."""
    return sha256(path.read_bytes()).hexdigest()


def _flush(path: Path) -> None:
    """Have the bytes on the disk before the name points to them: a power cut must not leave half a menu."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _changed(file: str) -> MenuRefused:
    return MenuRefused(
        f"{file}.yaml was changed on disk just now; nothing was published. Look at the difference and "
        "publish again.",
        code="menu-changed-on-disk",
    )


def _is_flow(file: str) -> bool:
    return file.startswith("outbound/") and "/tests/" not in file


def _names_below(folder: Path, below: tuple[str, ...]) -> list[str]:
    names = [f"{part}{path.stem}" for part in below for path in (folder / part).glob("*.yaml")]
    return [name for name in names if NAME.fullmatch(name)]


def _order(name: str) -> tuple[int, str]:
    return 2 * ("tests/" in name) + name.startswith("outbound/"), name
