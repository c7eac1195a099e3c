"""What a file really is, by its first bytes: an ending proves nothing. Pure."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEAD = 4096
"""Bytes looked at."""
_OFFICE = {
    "xl/": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    "word/": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
}
_MACROS = "vbaproject.bin"
_HEIF_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")
_PROGRAMS = (
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a Windows program"),
    (b"\xca\xfe\xba\xbe", "a program (Mach-O or Java)"),
    (b"\xfe\xed\xfa", "a program (Mach-O)"),
    (b"\xce\xfa\xed\xfe", "a program (Mach-O)"),
    (b"\xcf\xfa\xed\xfe", "a program (Mach-O)"),
    (b"#!", "a script"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut"),
    (b"dex\n", "an Android program"),
    (b"!<arch>", "a program library or package"),
)
_ACTIVE_TEXT = (b"<script", b"<html", b"<!doctype html", b"<svg", b"<?php", b"<hta:", b"@echo off")


class Refused(ValueError):
    """The content is not taken; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Media:
    """A content that is taken."""

    type: str
    ending: str
    photo: bool = False
    also: tuple[str, ...] = ()
    """Other endings that say the same."""

    def named(self, name: str) -> str:
        """Return ``name`` with an ending that is true: ``note.bat`` with text in it is ``note.bat.txt``."""
        ending = Path(name).suffix.lower()
        return name if ending in (self.ending, *self.also) else name + self.ending


_JPEG = Media("image/jpeg", ".jpg", photo=True, also=(".jpeg",))
_PNG = Media("image/png", ".png", photo=True)
_HEIF = Media("image/heic", ".heic", photo=True, also=(".heif",))
_TEXT = Media("text/plain", ".txt", also=(".csv", ".log", ".md"))
_MP4 = Media("video/mp4", ".mp4", also=(".m4a", ".mov", ".3gp"))
_MAGIC: tuple[tuple[Callable[[bytes], bool], Media], ...] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), _JPEG),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), _PNG),
    (lambda head: head[:6] in (b"GIF87a", b"GIF89a"), Media("image/gif", ".gif", photo=True)),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", Media("image/webp", ".webp", photo=True)),
    (lambda head: head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS, _HEIF),
    (lambda head: head[4:8] == b"ftyp", _MP4),
    (lambda head: head.startswith(b"%PDF-"), Media("application/pdf", ".pdf")),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", Media("audio/wav", ".wav")),
    (
        lambda head: head.startswith(b"ID3") or head[:2] in (b"\xff\xfb", b"\xff\xf3"),
        Media("audio/mpeg", ".mp3"),
    ),
    (lambda head: head.startswith(b"OggS"), Media("audio/ogg", ".ogg", also=(".oga", ".opus"))),
    (lambda head: head.startswith(b"#!AMR"), Media("audio/amr", ".amr")),
)


def recognise(path: Path) -> Media:
    """Return what the file is; raises :class:`Refused` for programs and for what is not known.

    Raises :class:`OSError` when it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise Refused("is empty")
    for fits, media in _MAGIC:
        if fits(head):
            return media
    for magic, what in _PROGRAMS:
        if head.startswith(magic):
            raise Refused(f"is {what}")
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return _text(head)


def _office(path: Path) -> Media:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused("is a damaged archive") from error
    if any(name.endswith(_MACROS) for name in names):
        raise Refused("contains macros")
    if "[content_types].xml" in names:
        for folder, (media_type, ending) in _OFFICE.items():
            if any(name.startswith(folder) for name in names):
                return Media(media_type, ending)
    raise Refused("is an archive, which may contain anything")


def _text(head: bytes) -> Media:
    """Plain text in UTF-8 or the Chinese national encoding; the last character may be cut in two."""
    lowered = head.lower()
    if any(mark in lowered for mark in _ACTIVE_TEXT):
        raise Refused("is a page or script that a browser or shell would run")
    control = set(head) - set(range(0x20, 0x100)) - set(b"\t\n\r\f")
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):
            try:
                head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            if not control:
                return _TEXT
    raise Refused("is of a kind that is not known here")
