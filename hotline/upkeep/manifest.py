"""What a backup says of itself: versions, and every file with its length, mode and checksum."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from hotline.call.errors import EnvironmentFault

NAME = "manifest.json"
FORMAT = 1
DATABASE = "hotline.db"
DUMP = "database.pgdump"
PRIVATE = 0o600


class BadBackup(EnvironmentFault):
    """A backup that cannot be used; nothing was restored from it."""

    code = "bad-backup"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file of a backup."""

    path: str
    """Below the data folder, with forward slashes."""
    bytes: int
    mode: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole backup."""

    program: str
    """Version of the program that made it."""
    schema: str
    """Revision of the database in it."""
    database: str
    """``sqlite`` or ``postgresql``."""
    at: datetime
    recordings: bool
    """Whether recordings are in it."""
    files: tuple[Kept, ...]

    @property
    def length(self) -> int:
        """Length of all files."""
        return sum(one.bytes for one in self.files)

    def dump(self) -> bytes:
        """Return it as JSON."""
        fields = asdict(self) | {"format": FORMAT, "at": self.at.isoformat()}
        return (json.dumps(fields, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def parse(cls, content: bytes) -> Manifest:
        """Read it; raises :class:`BadBackup` for what is none, or names a file outside the data folder."""
        try:
            fields: dict[str, Any] = json.loads(content)
            if fields.pop("format") != FORMAT:
                raise BadBackup(
                    "The backup was made by another version of the program: restore it with that."
                )
            files = tuple(Kept(**one) for one in fields.pop("files"))
            found = cls(**fields | {"at": datetime.fromisoformat(fields["at"]), "files": files})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadBackup(f"The {NAME} of the backup cannot be read: it is damaged.") from error
        _only_inside(one.path for one in found.files)
        return found


def _only_inside(paths: Iterable[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        pure = PurePosixPath(path)
        plain = path == str(pure) and not pure.is_absolute() and ".." not in pure.parts and "\0" not in path
        if not plain or path in (".", NAME) or path in seen:
            raise BadBackup(f'The backup names the file "{path[:80]}", which cannot be in a data folder.')
        seen.add(path)
