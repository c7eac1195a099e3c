"""The audit: what was done by whom, and who looked at what – filtered, paged, exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts import auditbook
from hotline.accounts.auditbook import Line, Wanted
from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.sheets.writing import csv_bytes
from hotline.web.console import auditwords
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.grid import Row, columns
from hotline.web.console.shell import Console, Entry, View

ROWS = 50
BOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"console": ("控制台与接口", "Console and API"), "staff": ("员工专线", "Staff line"),
     "room": ("房间密码", "Rooms' PINs")}
)  # fmt: skip


class BadDay(HotlineError):
    """A day that is none."""

    code = "bad-day"


def wanted_of(by: str, word: str, day: str, zone: ZoneInfo) -> Wanted:
    """Return what a form's fields mean; raises :class:`BadDay` for a day that is none.

    A Chinese word of :mod:`~hotline.web.console.auditwords` finds what it stands for.
    """
    since = until = None
    if day.strip():
        try:
            given = date.fromisoformat(day.strip())
        except ValueError as error:
            raise BadDay(f'"{day[:20]}" is no day: write it as 2026-11-21.') from error
        since = datetime.combine(given, time(), zone)
        until = datetime.combine(given + timedelta(days=1), time(), zone)
    return Wanted(by=by.strip(), word=auditwords.code_of(word.strip()), since=since, until=until)


def csv_of(lines: Sequence[Line], zone: ZoneInfo) -> bytes:
    """Return the lines as a CSV file, times local with their offset."""
    rows = (
        (line.at.astimezone(zone).isoformat(timespec="seconds"), line.by, line.event, line.detail, line.book)
        for line in lines
    )
    return csv_bytes(auditbook.COLUMNS, rows)


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/audit", needs=Scope.AUDIT_READ, entry=Entry("审计记录", "Audit", "fact_check", 930))
    async def audit(view: View, by: str = "", word: str = "", day: str = "", after: str = "") -> None:
        grid.styled()
        grid.heading(view, "审计记录", "Audit")
        _form(view, by, word, day)
        wanted = wanted_of(by, word, day, view.estate.zone)

        def look(session: Session) -> list[Line]:
            return auditbook.page(session, wanted, after=after, limit=ROWS + 1)

        lines = await view.read(look)
        _table(view, lines[:ROWS])
        with ui.row().classes("items-center"):
            if after:
                ui.link(view.t("回到第一页", "First page"), _address(by, word, day))
            if len(lines) > ROWS:
                target = _address(by, word, day, after=lines[ROWS - 1].place)
                ui.link(view.t("下一页（更早）", "Next page (earlier)"), target)


def _form(view: View, by: str, word: str, day: str) -> None:
    t = view.t

    def search() -> None:
        ui.navigate.to(_address(person.value or "", what.value or "", when.value or ""))

    async def export() -> None:
        chosen = wanted_of(person.value or "", what.value or "", when.value or "", view.estate.zone)

        def whole(session: Session) -> bytes:
            return csv_of(list(auditbook.every(session, chosen)), view.estate.zone)

        done = await view.act("audit.export", lambda _: True, needs=Scope.AUDIT_READ)
        if done:
            ui.download.content(await view.read(whole), "audit.csv", "text/csv")

    with ui.row().classes("items-center q-my-sm"):
        person = fields.words(t("人员或程序", "Person or program"), by).on("keydown.enter", search)
        what = fields.words(t("事项或对象", "What, or to what"), word).on("keydown.enter", search)
        when = fields.words(t("日期", "Day"), day).props("type=date").on("keydown.enter", search)
        fields.button(t("查询", "Search"), search, main=True)
        fields.button(t("导出 CSV", "Export CSV"), export)


def _table(view: View, lines: Sequence[Line]) -> None:
    titles = columns(
        view, ("时间", "Time", "tight"), ("人员或程序", "By"), ("事项", "What"), ("对象", "To what"),
        ("来源", "Where"),
    )  # fmt: skip
    grid.grid(
        view, view.t("审计记录", "Audit"), titles, [_row(view, line) for line in lines],
        nothing=view.t("没有符合条件的记录。", "No lines that fit."),
    )  # fmt: skip


def _row(view: View, line: Line) -> Row:
    event, detail = line.event, line.detail
    if view.chinese:
        event = auditwords.in_chinese(event)
        detail = auditwords.in_chinese(detail) if line.event == "looked" else detail
    at = f"{line.at.astimezone(view.estate.zone):%Y-%m-%d %H:%M:%S}"
    return Row((at, line.by, event, detail, view.t(*BOOKS.get(line.book, (line.book, line.book)))))


def _address(by: str, word: str, day: str, *, after: str = "") -> str:
    fields = {"by": by, "word": word, "day": day, "after": after}
    given = urlencode({name: value for name, value in fields.items() if value})
    return f"/audit?{given}" if given else "/audit"
