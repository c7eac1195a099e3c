"""Files of tickets: copied into ``HOME/attachments/YYYY/MM``, named there by chance, known by their row."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from hotline.call.errors import EnvironmentFault, HotlineError
from hotline.tickets import chronicle, media, parts, repository, rules
from hotline.tickets.models import PartKind, TicketPartRow

FOLDER = "attachments"
LARGEST = 20_000_000
"""Bytes: 20 MB."""
_PIECE = 1 << 16
_LONGEST_NAME = 120
KNOWN = "photos (JPEG, PNG, GIF, WebP, HEIC), PDF, text, XLSX, DOCX, WAV, MP3, OGG, AMR and MP4"


class AttachmentRefused(HotlineError):
    """A file that is not taken: too large, a program, or of a kind nobody here can show."""

    code = "attachment-refused"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was copied; its row is still to be written."""

    name: str
    path: str
    """Below the data folder, with forward slashes."""
    sha256: str
    bytes: int
    media: media.Media


def keep(home: Path, file: Path, *, at: datetime) -> Kept:
    """Copy ``file`` into the data folder ``home``.

    Raises :class:`AttachmentRefused`, or :class:`~hotline.call.errors.EnvironmentFault` when it
    cannot be read or written; nothing is left behind then.
    """
    found = _checked(file)
    relative = Path(FOLDER) / f"{at:%Y/%m}" / f"{uuid.uuid4().hex}{found.ending}"
    target = home / relative
    half = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, size = _copy(file, half)
        # what was checked may have been exchanged while it was copied: the copy counts
        copied = _checked(half, shown=file)
        half.replace(target)
        target.chmod(0o600)
    except OSError as error:
        raise EnvironmentFault(
            f"{file.name} cannot be kept: {error.strerror}. Is there room in {home}?", code="attachment-copy"
        ) from error
    finally:
        half.unlink(missing_ok=True)
    return Kept(copied.named(harmless_name(file.name)), relative.as_posix(), digest, size, copied)


def attach(
    session: Session, number: str, kept: Kept, *, who: str, at: datetime, text: str = ""
) -> TicketPartRow:
    """Write the row of a kept file; raises :class:`~hotline.tickets.repository.UnknownTicket`."""
    row = repository.must_lock(session, number)
    rules.refuse_accused(row.number, row.accused, who)
    part = parts.add(
        session, row, PartKind.PHOTO if kept.media.photo else PartKind.FILE, by=who, at=at, text=text
    )
    part.name, part.path, part.sha256 = kept.name, kept.path, kept.sha256
    part.bytes, part.media_type = kept.bytes, kept.media.type
    chronicle.record(session, row, "attached", at=at, who=who, detail=kept.name)
    return part


def extract(home: Path, part: TicketPartRow, folder: Path) -> Path:
    """Write a ticket's file into ``folder`` under its own name and return where; nothing is overwritten.

    Raises :class:`~hotline.call.errors.EnvironmentFault` when it cannot be, or is not what was kept.
    """
    target = _free(folder / f"{part.number}-{harmless_name(part.name)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digest, _ = _copy(home / part.path, target)
    except OSError as error:
        raise EnvironmentFault(
            f"{part.name} cannot be written to {folder}: {error.strerror}.", code="attachment-extract"
        ) from error
    if digest != part.sha256:
        raise EnvironmentFault(
            f"{part.name} of ticket {part.number} is not what was kept (its checksum differs); it was "
            f"written to {target.name} for you to look at.",
            code="attachment-changed",
        )
    return target


def harmless_name(name: str) -> str:
    """Return a file name without folders, control characters and leading dots."""
    plain = "".join(
        character for character in name if character.isprintable() and character not in '/\\:*?"<>|'
    )
    stem = plain.strip().lstrip(".") or "file"
    return stem if len(stem) <= _LONGEST_NAME else stem[-_LONGEST_NAME:]


def _checked(file: Path, *, shown: Path | None = None) -> media.Media:
    name = (shown or file).name
    try:
        if not file.is_file():
            raise AttachmentRefused(f"There is no file {name}.", code="attachment-missing")
        if file.stat().st_size > LARGEST:
            raise AttachmentRefused(
                f"{name} is larger than {LARGEST // 1_000_000} MB: make it smaller first.",
                code="attachment-too-large",
            )
        return media.recognise(file)
    except media.Refused as error:
        raise AttachmentRefused(
            f"{name} {error}, whatever its ending says: it is not taken. Taken are {KNOWN}."
        ) from error
    except OSError as error:
        raise EnvironmentFault(f"{name} cannot be read: {error.strerror}.", code="attachment-read") from error


def _copy(source: Path, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as before, target.open("wb") as after:
        while piece := before.read(_PIECE):
            size += len(piece)
            if size > LARGEST:
                break
            digest.update(piece)
            after.write(piece)
    return digest.hexdigest(), size


def _free(path: Path) -> Path:
    tried, count = path, 1
    while tried.exists():
        count += 1
        tried = path.with_name(f"{path.stem}-{count}{path.suffix}")
    return tried
