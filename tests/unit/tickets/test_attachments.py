from __future__ import annotations

import io
import shutil
import zipfile

import pytest
from ticket_kit import AT, desk_on, lines, new

from hotline.call.errors import EnvironmentFault, TicketRefused
from hotline.tickets import attachments, media, parts
from hotline.tickets.attachments import AttachmentRefused
from hotline.tickets.models import PartKind
from hotline.tickets.service import UnknownTicket

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 500


def archive(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return content.getvalue()


SHEET = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "video/mp4"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"#!AMR\n<\x08", "audio/amr"),
        ("厨房漏水\n".encode(), "text/plain"),
        ("漏" .encode() * 2000, "text/plain"),
        ("厨房漏水\n".encode("gb18030"), "text/plain"),
        (SHEET, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (archive("[Content_Types].xml", "word/document.xml"),
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_says(tmp_path, content, media_type):
    path = tmp_path / "anything.exe"
    path.write_bytes(content)
    assert media.recognise(path).type == media_type


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"MZ\x90\x00\x03", "Windows program"),
        (b"\x7fELF\x02\x01", "program"),
        (b"#!/bin/sh\nrm -rf /\n", "script"),
        (b"\xca\xfe\xba\xbe\x00\x00", "program"),
        (b"@ECHO OFF\r\nformat c:\r\n", "shell would run"),
        (b"<!DOCTYPE html><script>x()</script>", "browser"),
        (b'<?xml version="1.0"?><svg onload="x()"/>', "browser"),
        (archive("evil.exe"), "archive"),
        (archive("[Content_Types].xml", "xl/vbaProject.bin"), "macros"),
        (b"PK\x03\x04broken", "damaged"),
        (b"\x00\x01\x02\x03", "not known"),
        (b"", "empty"),
    ],
)
def test_programs_scripts_and_the_unknown_are_refused_whatever_they_are_called(tmp_path, content, what):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with pytest.raises(AttachmentRefused, match=what) as caught:
        attachments.keep(tmp_path, path, at=AT)
    assert "photo.jpg" in caught.value.sentence
    assert not (tmp_path / "attachments").exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_copied(tmp_path):
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.write(b"\x00\x00\x00\x18ftypisom")
        file.truncate(attachments.LARGEST + 1)
    with pytest.raises(AttachmentRefused, match="larger than 20 MB") as caught:
        attachments.keep(tmp_path, path, at=AT)
    assert caught.value.code == "attachment-too-large"
    file_of_the_largest_size = tmp_path / "just.mp4"
    shutil.copy(path, file_of_the_largest_size)
    with file_of_the_largest_size.open("r+b") as file:
        file.truncate(attachments.LARGEST)
    assert attachments.keep(tmp_path, file_of_the_largest_size, at=AT).bytes == attachments.LARGEST


@pytest.mark.parametrize("missing", ["nothing.jpg", "."])
def test_what_is_no_file_is_named(tmp_path, missing):
    with pytest.raises(AttachmentRefused) as caught:
        attachments.keep(tmp_path, tmp_path / missing, at=AT)
    assert caught.value.code == "attachment-missing"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "etcpasswd.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("a\x00b\n.jpeg", "ab.jpeg"),
        ("CON:*?.jpg", "CON.jpg"),
        ("run.bat", "run.bat.jpg"),
        ("照片.JPG", "照片.JPG"),
        ("", "file.jpg"),
    ],
)
def test_a_name_is_harmless_and_its_ending_true(name, kept):
    jpeg = media.Media("image/jpeg", ".jpg", photo=True, also=(".jpeg",))
    assert jpeg.named(attachments.harmless_name(name)) == kept


@pytest.fixture
def desk(db, clock):
    return desk_on(db, clock)


one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_database
async def test_a_photo_becomes_a_part_and_comes_out_again_as_it_was(db, desk, tmp_path):
    number = (await desk.open_ticket(new())).number
    photo, home = tmp_path / "厨房.jpg", tmp_path / "home"
    photo.write_bytes(JPEG)
    await desk.attach(number, photo, home=home, who="王工", text="before")
    (part,) = await db.read(lambda session: parts.of(session, number))
    assert (part.kind, part.name, part.by, part.text) == (PartKind.PHOTO, "厨房.jpg", "王工", "before")
    assert (part.bytes, part.media_type) == (len(JPEG), "image/jpeg")
    assert part.path.startswith("attachments/2026/11/")
    assert (home / part.path).stat().st_mode & 0o777 == 0o600
    assert (await lines(db, number))[-1] == ("王工", "attached", "厨房.jpg")
    out = [attachments.extract(home, part, tmp_path / "out") for _ in range(2)]
    assert [path.name for path in out] == [f"{number}-厨房.jpg", f"{number}-厨房-2.jpg"]
    assert out[0].read_bytes() == out[1].read_bytes() == JPEG


@one_database
async def test_a_file_changed_since_is_not_passed_off_as_what_was_kept(db, desk, tmp_path):
    number = (await desk.open_ticket(new())).number
    (tmp_path / "a.jpg").write_bytes(JPEG)
    await desk.attach(number, tmp_path / "a.jpg", home=tmp_path, who="王工")
    (part,) = await db.read(lambda session: parts.of(session, number))
    (tmp_path / part.path).write_bytes(JPEG + b"!")
    with pytest.raises(EnvironmentFault, match="checksum"):
        attachments.extract(tmp_path, part, tmp_path / "out")


@one_database
async def test_a_file_whose_row_cannot_be_written_leaves_no_copy(db, desk, tmp_path):
    (tmp_path / "a.jpg").write_bytes(JPEG)
    with pytest.raises(UnknownTicket):
        await desk.attach("202611239999", tmp_path / "a.jpg", home=tmp_path, who="王工")
    number = (await desk.open_ticket(new())).number
    await desk.classify(number, who="a", accused="王工")
    with pytest.raises(TicketRefused):
        await desk.attach(number, tmp_path / "a.jpg", home=tmp_path, who="王工")
    assert [path for path in (tmp_path / "attachments").rglob("*") if path.is_file()] == []
