"""``/quality/{number}``: one call with its recording, and the form to score it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from fastapi import Path
from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.quality import repository
from hotline.quality.form import Criterion, Form, of_row
from hotline.quality.models import ReviewRow, ReviewState
from hotline.quality.service import LONGEST, Score, mine
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.times import moment
from hotline.web.console.quality import words
from hotline.web.console.shell import Console, View

NA = -1
"""Value of the choice that a criterion does not apply."""
Deed = Callable[[Session], bool]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass
class _Desk:
    """The form as it is being filled."""

    view: View
    row: ReviewRow
    form: Form
    points: dict[str, ui.radio] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return self.row.version


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/quality/{number}", needs=Scope.QUALITY_READ)
    async def review(view: View, number: Number) -> None:
        await view.unmask("quality")
        find = partial(repository.find, key=number, estate=view.estate.id, operator=words.only(view))
        row = await view.read(lambda session: find(session))
        form = view.parts.quality.form()
        grid.styled()
        at = moment(row.call_at, view.estate.zone)
        grid.heading(view, f"质检 {row.operator} 号 {at}", f"Review of operator {row.operator}, {at}")
        ui.link(view.t("回到列表", "Back to the list"), "/quality").classes("text-blue-900 no-print")
        _facts(view, row)
        _sound(view, row)
        if row.state is ReviewState.SCORED:
            _scores(view, row)
        if view.may(Scope.QUALITY_WRITE):
            _filling(_Desk(view, row, form))


def _facts(view: View, row: ReviewRow) -> None:
    t = view.t
    verdict = words.passed(view, row.passed)
    grid.facts(
        [
            (t("状态", "State"), words.state(view, row.state)),
            (t("通话时长", "Talk"), t(f"{row.talked:.0f} 秒", f"{row.talked:.0f} s")),
            (t("得分", "Score"), "" if row.percent is None else f"{words.percent(row.percent)} {verdict}"),
            (t("评分人", "Scored by"), view.masks.name(words.by(row.scored_by))),
            (t("评分时间", "Scored at"), moment(row.scored_at, view.estate.zone)),
            (t("评语", "Comment"), view.masks.text(row.comment)),
            (t("培训案例", "Example of"), _example_of(view, row)),
        ]
    )


def _example_of(view: View, row: ReviewRow) -> str:
    return (view.masks.text(row.example_note) or view.t("是", "yes")) if row.example else ""


def _sound(view: View, row: ReviewRow) -> None:
    with ui.row().classes("items-center gap-4 q-my-sm"):
        if view.may(Scope.RECORDINGS):
            said = view.t("通话录音", "Recording of the call")
            ui.audio(f"/recordings/{row.call}").props(f'preload=none aria-label="{said}"')
        if view.may(Scope.CALLS_READ):
            ui.link(
                view.t("通话详情与文字记录", "The call and its transcript"), f"/calls/{row.call}"
            ).classes("text-blue-900")


def _scores(view: View, row: ReviewRow) -> None:
    form = of_row(row.form)
    columns = [
        grid.Column(view.t("项目", "Criterion")), grid.Column(view.t("得分", "Points"), figures=True),
        grid.Column(view.t("权重", "Weight"), figures=True),
    ]  # fmt: skip
    lines = [
        grid.Row(
            (view.t(one.zh, one.en), _given(view, one, row.points), f"{one.weight:g}"),
            tone="amber" if row.points.get(one.id) == 0 else "",
        )
        for one in form.criteria
    ]
    told = view.t(
        f"评分表 {form.mark}，{form.passes:g} 分合格", f"Form {form.mark}; {form.passes:g} of 100 pass"
    )
    grid.grid(view, told, columns, lines, nothing="")


def _given(view: View, one: Criterion, points: Mapping[str, int | None]) -> str:
    found = points.get(one.id)
    return view.t("不适用", "n/a") if found is None else f"{found} / {one.points}"


def _filling(desk: _Desk) -> None:
    view, row, t = desk.view, desk.row, desk.view.t
    if words.scorer(view).operator == row.operator:
        ui.label(t("自己的通话请同事评分。", "Your own call: a colleague scores it.")).classes("hl-muted")
        return
    grid.heading(view, "评分", "Score", 2)
    for one in desk.form.criteria:
        desk.points[one.id] = _criterion(view, one, row.points.get(one.id, -2))
    comment = fields.lines(t("评语（话务员可见）", "Comment, for the operator"), row.comment, longest=LONGEST)

    async def score() -> None:
        missing = [one for one in desk.form.criteria if desk.points[one.id].value is None]
        if missing:
            named = (
                "、".join(one.zh for one in missing) if view.chinese else ", ".join(one.en for one in missing)
            )
            raise fields.BadField(t(f"还没有评分：{named}。", f"Not scored yet: {named}."))
        points = {name: None if box.value == NA else int(box.value) for name, box in desk.points.items()}
        given = Score(points=points, comment=comment.value or "", version=desk.version, form=desk.form.mark)
        await _done(desk, "quality.score", partial(_score, desk, given))

    async def leave_out() -> None:
        why = fields.needed(view, comment, "请在评语中写明不评分的原因。", "Say why, in the comment.")
        await _done(desk, "quality.leave_out", partial(_leave_out, desk, why))

    with ui.row().classes("gap-3 q-mt-sm"):
        fields.button(t("保存评分", "Save the score"), fields.told(view, score), main=True)
        fields.button(t("不评分", "Leave it out"), fields.told(view, leave_out))
    if row.state is ReviewState.SCORED:
        _example(desk)


def _criterion(view: View, one: Criterion, given: int | None) -> ui.radio:
    options = {number: str(number) for number in range(one.points + 1)}
    if one.optional:
        options[NA] = view.t("不适用", "n/a")
    value = NA if given is None else given if given in options else None
    with ui.element("fieldset").classes("q-py-xs").style("border-bottom:1px solid #d5d9e0"):
        critical = view.t("（关键项）", " (critical)") if one.critical else ""
        grid.text("legend", f"{view.t(one.zh, one.en)}{critical} · {one.weight:g}", "font-semibold")
        about = view.t(one.about_zh, one.about_en)
        if about:
            ui.label(about).classes("hl-muted text-sm")
        said = view.t(one.zh, one.en).replace('"', "'")
        return ui.radio(options, value=value).props(f'inline dense color=blue-10 aria-label="{said}"')


def _example(desk: _Desk) -> None:
    view, row, t = desk.view, desk.row, desk.view.t
    grid.heading(view, "培训案例", "Example for training", 2)
    note = fields.words(t("说明什么", "What it is an example of"), row.example_note)
    note.classes("w-full max-w-xl")

    async def mark(marked: bool) -> None:
        await _done(desk, "quality.example", partial(_mark, desk, note.value or "", marked))

    with ui.row().classes("gap-3 q-mt-sm"):
        label = t("更新说明", "Change the note") if row.example else t("标为案例", "Mark as an example")
        fields.button(label, fields.told(view, partial(mark, True)))
        if row.example:
            fields.button(t("取消案例", "Not an example"), fields.told(view, partial(mark, False)))


async def _done(desk: _Desk, what: str, deed: Deed) -> None:
    done = await desk.view.act(what, deed, needs=Scope.QUALITY_WRITE, about=str(desk.row.id))
    if done is not None:
        ui.navigate.to(f"/quality/{desk.row.id}")


def _score(desk: _Desk, given: Score, session: Session) -> bool:
    view = desk.view
    row = mine(session, desk.row.id, estate=view.estate.id)
    view.parts.quality.score(session, row, given, who=words.scorer(view), now=view.parts.clock.now())
    return True


def _leave_out(desk: _Desk, why: str, session: Session) -> bool:
    view = desk.view
    row = mine(session, desk.row.id, estate=view.estate.id)
    now, who = view.parts.clock.now(), words.scorer(view)
    view.parts.quality.leave_out(row, why, version=desk.version, who=who, now=now)
    return True


def _mark(desk: _Desk, note: str, marked: bool, session: Session) -> bool:
    row = mine(session, desk.row.id, estate=desk.view.estate.id)
    desk.view.parts.quality.example(row, note, marked=marked, version=desk.version)
    return True
