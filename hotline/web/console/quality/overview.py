"""``/quality``: how operators have been scored, what is still to be listened to, and drawing more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.operators.models import WaitRow
from hotline.quality import repository
from hotline.quality.models import ReviewRow, ReviewState
from hotline.quality.repository import Record, ReviewFilter
from hotline.quality.service import Draw
from hotline.reports import periods
from hotline.reports.periods import Grain
from hotline.web.console.kit import fields, grid, paging
from hotline.web.console.kit.grid import Column
from hotline.web.console.kit.times import moment
from hotline.web.console.quality import words
from hotline.web.console.reports.asking import GRAINS
from hotline.web.console.shell import Console, Entry, View

WAITING, SCORED, EXAMPLES, LEFT_OUT = "drawn", "scored", "examples", "left_out"
_SHOWN = (
    (WAITING, "待评分", "To be scored"),
    (SCORED, "已评分", "Scored"),
    (EXAMPLES, "培训案例", "Examples"),
    (LEFT_OUT, "不评分", "Left out"),
)


@dataclass(frozen=True, slots=True)
class _Found:
    records: Sequence[Record]
    part: paging.Part[ReviewRow]
    names: Mapping[str, str]
    operators: Sequence[str]
    """Numbers calls can be drawn of."""


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/quality", needs=Scope.QUALITY_READ, entry=Entry("质检", "Quality", "rule", 75))
    async def quality(view: View, show: str = WAITING, operator: str = "", page: int = 1) -> None:
        await view.unmask("quality")
        own = words.only(view)
        operator = own or operator[:12]
        show = show if show in {one for one, _, _ in _SHOWN} else WAITING
        found = await view.read(partial(_look, view, show, operator, page))
        grid.styled()
        grid.heading(view, "质检", "Quality review")
        if view.may(Scope.QUALITY_WRITE):
            _drawing(view, found)
        _records(view, found, own)
        grid.heading(view, "通话", "Calls", 2)
        tabs = [
            (paging.address("/quality", {"show": one, "operator": operator}), zh, en)
            for one, zh, en in _SHOWN
        ]
        grid.tabs(view, tabs, paging.address("/quality", {"show": show, "operator": operator}))
        _reviews(view, found)
        grid.pager(view, found.part, "/quality", {"show": show, "operator": operator})


def _look(view: View, show: str, operator: str, page: int, session: Session) -> _Found:
    estate = view.estate.id
    wanted = ReviewFilter(
        estate=estate, operator=operator, examples=show == EXAMPLES,
        state=None if show == EXAMPLES else ReviewState(show), limit=paging.PAGE + 1,
        offset=paging.offset(page),
    )  # fmt: skip
    records = repository.records(session, estate, view.estate.zone, operator=words.only(view))
    names = view.parts.reports.names(estate)
    taken = select(WaitRow.operator).where(WaitRow.estate == estate, WaitRow.operator != "").distinct()
    return _Found(
        records, paging.part(repository.listed(session, wanted), page), names,
        sorted({*names, *session.scalars(taken)}),
    )  # fmt: skip


def _named(view: View, found: _Found, number: str) -> str:
    name = found.names.get(number, "")
    return f"{number} {view.masks.name(name)}".strip()


def _records(view: View, found: _Found, own: str) -> None:
    t = view.t
    months = sorted({month.month for one in found.records for month in one.months})[-6:]
    columns = [
        Column(t("话务员", "Operator")), Column(t("已评", "Scored"), figures=True),
        Column(t("合格", "Passed"), figures=True), Column(t("平均分", "Average"), figures=True),
        Column(t("较上月", "Trend"), figures=True), Column(t("待评", "Waiting"), figures=True),
        *(Column(month, figures=True) for month in months),
    ]  # fmt: skip
    grid.grid(
        view, t("各话务员得分（满分 100）", "Scores by operator, of 100"), columns,
        [_record(view, found, one, months, linked=not own) for one in found.records],
        nothing=t("还没有抽取通话。", "No calls have been drawn yet."),
    )  # fmt: skip


def _record(view: View, found: _Found, one: Record, months: Sequence[str], *, linked: bool) -> grid.Row:
    by_month = {month.month: words.percent(month.average) for month in one.months}
    cells = (
        _named(view, found, one.operator), str(one.scored), str(one.passed), words.percent(one.average),
        words.signed(one.trend), str(one.waiting), *(by_month.get(month, "") for month in months),
    )  # fmt: skip
    where = paging.address("/quality", {"show": SCORED, "operator": one.operator}) if linked else ""
    return grid.Row(cells, link=where)


def _reviews(view: View, found: _Found) -> None:
    t = view.t
    columns = [
        Column(t("通话时间", "Call"), tight=True), Column(t("话务员", "Operator")),
        Column(t("时长（秒）", "Seconds"), figures=True), Column(t("状态", "State")),
        Column(t("得分", "Score"), figures=True), Column(t("评分人", "Scored by")),
        Column(t("说明", "Note")),
    ]  # fmt: skip
    grid.grid(
        view, t("抽取的通话", "Drawn calls"), columns, [_review(view, found, row) for row in found.part.rows],
        nothing=t("没有这样的通话。", "There are none."),
    )  # fmt: skip


def _review(view: View, found: _Found, row: ReviewRow) -> grid.Row:
    verdict = words.passed(view, row.passed)
    return grid.Row(
        (
            moment(row.call_at, view.estate.zone), _named(view, found, row.operator), f"{row.talked:.0f}",
            words.state(view, row.state),
            f"{words.percent(row.percent)} {verdict}".strip() if row.percent is not None else "",
            view.masks.name(words.by(row.scored_by)),
            view.masks.text(row.example_note) if row.example else "",
        ),
        link=f"/quality/{row.id}", tone="amber" if row.passed is False else "",
    )  # fmt: skip


def _drawing(view: View, found: _Found) -> None:
    t = view.t
    options = {number: _named(view, found, number) for number in found.operators}
    if not options:
        ui.label(t("还没有话务员接过电话。", "No operator has taken a call yet.")).classes("hl-muted")
        return
    with ui.row().classes("items-center gap-3"):
        operator = fields.choice(t("话务员", "Operator"), options)
        grain = fields.choice(
            t("期间", "Period"), {one.value: t(zh, en) for one, zh, en in GRAINS}, Grain.MONTH.value
        )
        today = view.parts.clock.now().astimezone(view.estate.zone).date()
        day = fields.day(t("其中一天", "A day of it"), today)
        usual = view.parts.quality.form().sample.calls
        count = ui.number(t("通话数", "Calls"), value=usual, min=1, max=200, precision=0).props(
            "outlined dense stack-label"
        ).classes("w-24")  # fmt: skip

        async def draw() -> None:
            wanted = fields.day_in(view, day) or today
            days = periods.period(Grain(grain.value), wanted, view.estate.zone)
            order = Draw(
                estate=view.estate.id, operator=operator.value, first=days.first, last=days.last,
                zone=view.estate.zone, count=max(1, min(int(count.value or usual), 200)),
            )  # fmt: skip
            now = view.parts.clock.now()
            done = await view.act(
                "quality.sample",
                lambda session: view.parts.quality.draw(session, order, who=view.holder.who, now=now)[1],
                needs=Scope.QUALITY_WRITE, about=order.operator,
            )  # fmt: skip
            if done is not None:
                view.told(f"抽取了 {done} 通电话。", f"{done} calls were drawn.")
                ui.navigate.to(paging.address("/quality", {"show": WAITING, "operator": order.operator}))

        fields.button(t("随机抽取", "Draw"), fields.told(view, draw), main=True)
