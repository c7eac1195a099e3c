"""Exports and the screen: people read local times, programs UTC."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from hotline.cli import sheettimes, tables

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROW = {
    "at": "2026-11-22T18:30:05.123456+00:00",
    "given": datetime(2026, 11, 22, 18, 30, 5, tzinfo=UTC),
    "shown": "2026-11-23 02:30:05",
    "due_on": "2026-12-01",
    "room": "3-2-602",
    "number": "+8613800001111",
    "odd": "2026-13-40T00:00:00+00:00",
    "none": None,
}


def exported(tmp_path, form):
    out = tmp_path / f"out.{form}"
    tables.export([ROW], list(ROW), out, None, zone=SHANGHAI)
    return out


def test_a_workbook_has_real_dates_and_times_in_local_time(tmp_path):
    heading, line = load_workbook(exported(tmp_path, "xlsx")).active.iter_rows()
    cells = dict(zip((cell.value for cell in heading), line, strict=True))
    local = datetime(2026, 11, 23, 2, 30, 5)  # noqa: DTZ001 - cells have no zone
    for name in ("at", "given", "shown"):
        assert (cells[name].is_date, cells[name].value) == (True, local), name
        assert cells[name].number_format == "yyyy-mm-dd hh:mm:ss"
    assert (cells["due_on"].is_date, cells["due_on"].value.date()) == (True, date(2026, 12, 1))
    assert cells["due_on"].number_format == "yyyy-mm-dd"
    for name in ("room", "number", "odd"):
        assert (cells[name].data_type, cells[name].value) == ("s", ROW[name])
    assert cells["none"].value is None


def test_csv_has_local_times_with_their_offset(tmp_path):
    (row,) = csv.DictReader(exported(tmp_path, "csv").read_text("utf-8-sig").splitlines())
    assert row["at"] == row["given"] == "2026-11-23T02:30:05+08:00"
    assert (row["shown"], row["due_on"], row["odd"]) == (ROW["shown"], ROW["due_on"], ROW["odd"])


def test_json_stays_in_utc(tmp_path):
    (row,) = json.loads(exported(tmp_path, "json").read_text("utf-8"))
    assert row["at"] == ROW["at"]
    assert datetime.fromisoformat(row["given"]) == ROW["given"]


@pytest.mark.parametrize("value", ["2026-11-22", "3-2-602", "", None, 7, "2026-11-22T18:30:05"])
def test_what_is_no_instant_is_left_alone_on_the_screen(value):
    assert sheettimes.localised({"x": value}, SHANGHAI) == {"x": value}
