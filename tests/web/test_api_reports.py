"""Reports over HTTP: the figures of the one function, their rows by the page, sheets, and who may not."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from made_month import month

from hotline.app.reports import open_reports
from hotline.home import Home
from hotline.reports import periods, views
from hotline.reports.service import Asked
from hotline.settings import Settings

NOVEMBER = {"period": "month", "from": "2026-11-01"}


@pytest.fixture
def filled(web):
    with web.db.transaction() as session:
        month(5, calls=60, others=20).store(session)
    return web


async def asked(web, path, token, **params):
    return await web.ask("GET", f"/api/v1/reports{path}", token, params=NOVEMBER | params)


async def test_the_api_tells_what_the_one_function_counts(filled, tmp_path: Path):
    token = filled.token("reports:read")
    told = (await asked(filled, "", token)).json()
    now = filled.clock.now()
    wanted = Asked(
        estate="default", period=periods.asked("month", "2026-11", ZoneInfo("Asia/Shanghai"), now), now=now
    )
    with filled.db.reading() as session:
        found = open_reports(Home(tmp_path), Settings()).report(session, wanted)
    assert told == views.report(found)
    assert found.find("calls.offered").value
    definitions = (await filled.ask("GET", "/api/v1/reports/figures", token)).json()
    figures = [one["id"] for section in told["sections"] for one in section["figures"]]
    assert [one["id"] for one in definitions] == figures
    assert all(one["about"]["zh"] and one["about"]["en"] for one in definitions)


async def test_the_rows_of_a_figure_come_page_by_page_and_as_a_sheet(filled):
    token, figure = filled.token("reports:read"), {"figure": "calls.answered"}
    pages, cursor = [], None
    while cursor != "":
        page = (await asked(filled, "/rows", token, **figure, limit=7, cursor=cursor or "")).json()
        pages += page["rows"]
        cursor = page["next"] or ""
    assert len(pages) == page["count"] == page["value"] > 14
    assert len({row["id"] for row in pages}) == len(pages)
    sheet = await asked(filled, "/rows/sheet", token, **figure, form="csv")
    lines = list(csv.reader(io.StringIO(sheet.text.lstrip("\ufeff"))))
    assert [line[2] for line in lines[1:]] == [row["id"] for row in pages]
    whole = await asked(filled, "/sheet", token, form="csv")
    assert "'=客服" in whole.text  # a department that would run as a formula


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/rows", {"figure": "calls.none"}, 404, "figure-unknown"),
        ("/rows", {"figure": "calls.offered:09"}, 404, "figure-unknown"),
        ("", {"from": "yesterday"}, 422, "bad-period"),
        ("", {"from": "9999-12-31"}, 422, "bad-period"),
        ("", {"period": "year"}, 422, "invalid-input"),
        ("", {"estate": "nowhere"}, 404, "estate-unknown"),
    ],
)
async def test_what_there_is_not_is_said_so(web, path, params, status, code):
    answer = await asked(web, path, web.token("reports:read"), **params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_reports_need_their_own_right_and_stay_in_the_estate(filled):
    refused = await asked(filled, "", filled.token("calls:read"))
    assert refused.json()["code"] == "scope-missing"
    west = filled.token("reports:read", name="west", estate="west")
    assert (await asked(filled, "", west, estate="default")).json()["code"] == "estate-unknown"
    told = (await asked(filled, "", west)).json()
    assert (told["estate"], told["sections"][0]["figures"][0]["value"]) == ("west", 0)
