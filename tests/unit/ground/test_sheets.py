"""Lists people keep in spreadsheets: columns by their headings, every mistake with its line."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from hotline import sheets
from hotline.call.errors import InvalidInput
from hotline.language.numbers import normalise
from hotline.sheets import Column, Columns, Findings, Sheet, files

BILLS = Columns(
    "the bill list",
    {
        "room": Column("the room", ("room", "房号"), needed=True),
        "amount": Column("the amount", ("amount", "金额", "欠费金额"), needed=True),
        "due": Column("the due date", ("due date", "到期日")),
        "name": Column("the name", ("name", "姓名", "业主"), repeats="first"),
        "phone": Column("the telephone", ("phone", "电话"), repeats="all"),
    },
)


def write(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(folder: Path, *rows: Sequence[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def told(path: Path, columns: Columns = BILLS, **more: int) -> list[tuple[int, str, str]]:
    with pytest.raises(InvalidInput) as raised:
        Findings(sheets.read(path, columns, **more)).settle()
    assert {problem.file for problem in raised.value.problems} == {str(path)}
    return [(problem.line, problem.where, problem.message) for problem in raised.value.problems]


def warned(sheet: Sheet) -> list[tuple[int, str]]:
    warnings = Findings(sheet).settle()
    assert all(warning.warning for warning in warnings)
    return [(warning.line, warning.where) for warning in warnings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
def test_csv_is_read_in_every_usual_encoding_and_separator(tmp_path, encoding, separator):
    text = "房号,金额,姓名\r\n3-2-602,12.50,张三\r\n".replace(",", separator)
    (row,) = sheets.read(write(tmp_path, text, encoding), BILLS).rows
    assert (row.line, row.text("room"), row.text("amount"), row.text("name")) == (
        2,
        "3-2-602",
        "12.50",
        "张三",
    )
    assert row.text("due") == ""


@pytest.mark.parametrize(
    "headings",
    [
        "Room,AMOUNT,Due_Date",
        "房 号*,欠费金额（元）,到期日",
        "room,amount (CNY),due-date",
        "Ｒｏｏｍ,金额[元],到期日",
    ],
)
def test_headings_are_known_however_they_are_written(tmp_path, headings):
    sheet = sheets.read(write(tmp_path, f"{headings}\n602,1,2026-11-01\n"), BILLS)
    assert (sheet.columns, warned(sheet)) == ({"room", "amount", "due"}, [])


def test_numbered_columns_of_one_kind_all_count(tmp_path):
    sheet = sheets.read(write(tmp_path, "房号,金额,电话1,电话 2,电话\n602,1,111,,333\n"), BILLS)
    assert sheet.rows[0].texts("phone") == ("111", "333")


def test_a_column_that_may_stand_in_fills_empty_cells_with_a_warning(tmp_path):
    sheet = sheets.read(write(tmp_path, "房号,金额,业主,姓名\n601,1,甲,乙\n602,1,,丙\n"), BILLS)
    assert [row.text("name") for row in sheet.rows] == ["甲", "丙"]
    assert warned(sheet) == [(1, "姓名")]


def test_all_that_is_wrong_with_the_headings_is_told_at_once(tmp_path):
    found = told(write(tmp_path, "姓名,到期日,due date,面积\n甲,,,\n"))
    assert [(line, where) for line, where, _ in found] == [(1, ""), (1, ""), (1, "due date")]
    assert "no column for the room (one of: room, 房号)" in found[0][2]
    assert "the headings are: 姓名, 到期日, due date, 面积" in found[1][2]
    assert 'as "到期日" is' in found[2][2]


def test_columns_nobody_knows_and_those_without_a_heading_are_left_out_with_a_warning(tmp_path):
    sheet = sheets.read(write(tmp_path, "房号,面积,金额,\n602,89,1,x\n"), BILLS)
    assert warned(sheet) == [(1, "面积"), (1, "D")]


@pytest.mark.parametrize("title", ["幸福小区欠费名单", "幸福小区欠费名单\n\n制表：王芳"])
def test_a_title_may_stand_above_the_headings(tmp_path, title):
    sheet = sheets.read(write(tmp_path, f"{title}\n房号;金额\n602;1\n"), BILLS)
    titles = [place for place, line in enumerate(title.split("\n"), start=1) if line]
    assert [line for line, _ in warned(sheet)] == titles
    assert [row.text("room") for row in sheet.rows] == ["602"]


def test_a_comma_that_moved_the_cells_is_a_mistake_and_not_another_amount(tmp_path):
    path = write(tmp_path, '房号,金额\n601,"1,234.50"\n602,1,234.50\n603,5,,\n')
    ((line, _, message),) = told(path)
    assert (line, "3 cells below 2 headings" in message) == (3, True)


def test_lines_are_those_of_the_file_after_breaks_inside_cells_and_empty_lines(tmp_path):
    path = write(tmp_path, '\n房号,金额,姓名\n601,1,"a\nb"\n,,\n602,1,c\n')
    sheet = sheets.read(path, BILLS)
    assert (sheet.line, [row.line for row in sheet.rows]) == (2, [3, 6])


def test_cells_of_a_workbook_are_what_it_shows(tmp_path):
    path = workbook(
        tmp_path,
        ["房号", "金额", "到期日", "电话", "电话2"],
        [602.0, 0.1 + 0.2, datetime(2026, 11, 1), 13800001111, True],  # noqa: DTZ001 - cells have no zone
        [],
        ["603", 1e-05, datetime(2026, 11, 1, 8, 30), date(2026, 11, 2), time(7, 5)],  # noqa: DTZ001
    )
    first, second = sheets.read(path, BILLS).rows
    assert [first.text(name) for name in ("room", "amount", "due")] == ["602", "0.3", "2026-11-01"]
    assert first.texts("phone") == ("13800001111", "True")
    assert (second.line, second.text("amount"), second.text("due")) == (4, "0.00001", "2026-11-01 08:30")
    assert second.texts("phone") == ("2026-11-02", "07:05")


def test_a_workbook_that_lies_about_its_size_is_read_whole(tmp_path):
    path = workbook(tmp_path, ["房号", "金额"], [601, 1], [602, 2])
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'<dimension ref="A1:B3" />', b'<dimension ref="A1" />')
    assert b'ref="A1" ' in parts[sheet]
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    assert [row.text("amount") for row in sheets.read(path, BILLS).rows] == ["1", "2"]


def test_notes_beside_a_workbooks_columns_are_no_mistake(tmp_path):
    sheet = sheets.read(workbook(tmp_path, ["房号", "金额"], [601, 1, "call again"]), BILLS)
    assert sheet.rows[0].text("amount") == "1"
    assert warned(sheet) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no rows"),
        (b"\n,,\n", "has no rows"),
        (b"\xff\xfe\x00\x01\x02\xff", "neither CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old XLS file"),
        (b"PK\x03\x04 no zip", "not a readable XLSX"),
        ('房号,金额\n602,"1\n'.encode(), "not valid CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(tmp_path, content, words):
    ((_, _, message),) = told(write(tmp_path, content))
    assert words in message


def test_a_workbook_cut_short_and_one_of_something_else_are_refused(tmp_path):
    path = workbook(tmp_path, ["房号", "金额"], [601, 1])
    path.write_bytes(path.read_bytes()[:-40])
    assert "not a readable XLSX" in told(path)[0][2]
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("hello.txt", "no workbook")
    assert "not a readable XLSX" in told(path)[0][2]


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert "cannot be read" in told(tmp_path / "none.csv")[0][2]


def test_too_many_rows_are_refused_at_the_first_that_is_too_much(tmp_path):
    path = write(tmp_path, "房号,金额\n" + "602,1\n" * 12)
    assert len(sheets.read(path, BILLS, most=12).rows) == 12
    ((line, _, message),) = told(path, most=11)
    assert (line, message) == (13, "has more than 11 rows: divide it")


def test_a_file_that_is_too_large_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1024**2)
    assert "larger than 1 MiB" in told(write(tmp_path, b"x" * (1024**2 + 1)))[0][2]


def test_a_small_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = workbook(tmp_path, ["房号", "金额"], [601, 1])
    monkeypatch.setattr(files, "MOST_UNPACKED", 1000)
    assert "too large once unpacked" in told(path)[0][2]


def test_every_mistake_of_every_row_is_told_and_only_clean_rows_are_taken(tmp_path):
    path = write(
        tmp_path,
        "房号,金额,到期日,电话,姓名\n"
        "601,￥1,2026-11-01,13800001111,甲\n"
        ",12.345,2026-02-30,1380000,乙\n"
        f"603,,明天,,{'长' * 65}\n",
    )
    sheet = sheets.read(path, BILLS)
    findings = Findings(sheet)
    taken = []
    for row in sheet.rows:
        findings.text(row, "room", needed=True)
        findings.text(row, "name")
        amount = findings.amount(row, "amount", needed=True)
        due = findings.day(row, "due")
        number = findings.telephone(row, "phone", normalise)
        if findings.clean(row):
            taken.append((amount, due, number))
    assert taken == [(Decimal("1.00"), date(2026, 11, 1), "+8613800001111")]
    findings.warn(sheet.rows[0], "name", "odd")
    findings.bad_list("nothing to do")
    with pytest.raises(InvalidInput) as raised:
        findings.settle()
    assert [(problem.line, problem.where) for problem in raised.value.problems] == [
        (1, ""), (3, "room"), (3, "amount"), (3, "due"), (3, "phone"), (4, "name"), (4, "amount"), (4, "due"),
    ]  # fmt: skip


def test_times_and_moments_of_a_row_are_read_and_their_mistakes_told(tmp_path):
    columns = Columns("the stays", {name: Column(name, (name,)) for name in ("at", "from", "until")})
    sheet = sheets.read(
        write(tmp_path, "at,from,until\n7：30,2026-11-01 14:00,2026-11-03\n7.30,tomorrow,\n"), columns
    )
    findings = Findings(sheet)
    good, bad = sheet.rows
    assert findings.time_of_day(good, "at") == time(7, 30)
    assert findings.moment(good, "from") == (date(2026, 11, 1), time(14))
    assert findings.moment(good, "until") == (date(2026, 11, 3), None)
    assert findings.time_of_day(bad, "at") is None
    assert findings.moment(bad, "from") is None
    assert findings.moment(bad, "until", needed=True) is None
    with pytest.raises(InvalidInput) as raised:
        findings.settle()
    assert [problem.where for problem in raised.value.problems] == ["at", "from", "until"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.5", "1234.50"), ("1,234.50", "1234.50"), ("￥1,234,567", "1234567.00"), ("RMB 3", "3.00"),
        ("12元", "12.00"), ("-5", "-5.00"), ("３.５０", "3.50"), ("0.1000", "0.10"), ("12.345", None),
        ("1,23", None), ("1 2", None), ("13800001111", None), ("", None), ("abc", None), ("1e5", None),
    ],
)  # fmt: skip
def test_amounts_have_two_places_or_are_none(text, value):
    assert sheets.amount(text) == (None if value is None else Decimal(value))
    assert value is None or str(sheets.amount(text)) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", (2026, 11, 1)), ("2026/1/2", (2026, 1, 2)), ("2026.1.2", (2026, 1, 2)),
        ("20261101", (2026, 11, 1)), ("2026年11月1日", (2026, 11, 1)), ("2026-02-29", None),
        ("2026-1/2", None),
        ("01/11/2026", None), ("26-11-01", None), ("2026-11-1 1", None), ("", None),
    ],
)  # fmt: skip
def test_days_are_read_when_there_is_no_doubt_which(text, day):
    assert sheets.day(text) == (None if day is None else date(*day))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("7:30", (7, 30)),
        ("07:30:15", (7, 30)),
        ("23点05分", (23, 5)),
        ("24:00", None),
        ("7:60", None),
        ("730", None),
    ],
)
def test_times_are_those_of_a_clock(text, at):
    assert sheets.time_of_day(text) == (None if at is None else time(*at))


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("138 0000 1111", "+8613800001111"), ("8001", "8001"), ("sip:wang@127.0.0.1", "sip:wang@127.0.0.1"),
        ("1380000", ""), ("1", ""), ("none", ""),
    ],
)  # fmt: skip
def test_telephones_are_those_that_can_be_called(raw, number):
    assert sheets.telephone(raw, normalise) == number


def test_a_language_is_named_in_either_language_or_taken_as_given(tmp_path):
    columns = Columns(
        "the guests", {"language": Column("the language", ("language", "语言")), "x": Column("x", ("x",))}
    )
    sheet = sheets.read(write(tmp_path, "语言,x\n英语,1\nMandarin,1\n,1\nfr,1\n"), columns)
    findings = Findings(sheet)
    assert [findings.language(row, "language", "en") for row in sheet.rows] == ["en", "zh", "en", "en"]
    assert [findings.clean(row) for row in sheet.rows] == [True, True, True, False]
