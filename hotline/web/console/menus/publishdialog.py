"""Publishing: the difference, checks and scenarios with their results, a reason; then calls get the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.menubook import publishing
from hotline.menubook.book import Standing
from hotline.menubook.models import MenuVersionRow
from hotline.menubook.publishing import Change, Judged
from hotline.menubook.words import LONGEST_REASON
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.menus.diffview import show
from hotline.web.console.shell import View

_STORES_WITHIN = 20.0


async def publish_draft(view: View) -> None:
    """Store what is on the screen, then lead through publishing it with others of the same author."""
    stored = await ui.run_javascript(
        "return [await hotlineMenu.store(), hotlineMenu.draft()]", timeout=_STORES_WITHIN
    )
    if not stored[0]:
        ui.notify(
            view.t("文本还没有存到服务器，没有发布。", "The text is not on the server yet: not published."),
            type="negative", position="top",
        )  # fmt: skip
        return
    number = int(stored[1])
    book, now = view.parts.menus.book, view.parts.clock.now()
    found = await view.attempt(
        lambda: view.parts.db.write(lambda session: book.standing(session, number, at=now)),
        needs=Scope.MENUS_WRITE,
    )
    if found is None:
        return
    if found.stale:
        ui.navigate.to(f"/menus/compare?draft={number}")
        return
    others = await view.parts.db.write(lambda session: _others(view, session, found))
    await Publishing(view, [found, *others], "menu.publish").ask()


def _others(view: View, session: Session, chosen: Standing) -> list[Standing]:
    """Return this person's other drafts that can go along: scenarios change together with their menu."""
    book, now = view.parts.menus.book, view.parts.clock.now()
    files = {chosen.draft.file}
    found = []
    for row in book.drafts(session):
        if row.author == view.holder.who and row.file not in files:
            files.add(row.file)
            standing = book.standing(session, row.id, at=now)
            if not standing.stale and row.content != standing.base:
                found.append(standing)
    return found


class Publishing:
    """One dialog: nothing is written before its last button."""

    def __init__(self, view: View, standings: Sequence[Standing], what: str) -> None:
        """Lead through publishing the first of ``standings``; the others may go along."""
        self._view = view
        self._standings = standings
        self._what = what
        self._along: list[tuple[ui.checkbox, Standing]] = []
        self._judged: Judged | None = None
        self._despite: ui.checkbox | None = None

    async def ask(self) -> None:
        """Open the dialog."""
        view, chosen = self._view, self._standings[0]
        title = view.t(f"发布 {chosen.draft.file}", f"Publish {chosen.draft.file}")
        with ui.dialog(value=True).props(f'maximized aria-label="{title}"') as self._dialog, ui.card():
            grid.text("h2", title, "text-xl")
            await show(
                view, chosen.base, chosen.draft.content,
                names=(view.t("现在", "now"), view.t("草稿", "draft")),
            )  # fmt: skip
            for one in self._standings[1:]:
                label = view.t(
                    f"连同草稿 {one.draft.id}：{one.draft.file}",
                    f"With draft {one.draft.id}: {one.draft.file}",
                )
                box = ui.checkbox(label, on_change=self._forget)
                self._along.append((box, one))
            why = view.t("为什么改（必填，写入历史）", "Why (needed, kept in the history)")
            self._why = fields.lines(why, longest=LONGEST_REASON)
            with ui.row():
                fields.button(view.t("取消", "Cancel"), self._dialog.close)
                fields.button(view.t("检查并试跑剧本", "Check and run the scenarios"), self._try)
                self._go = fields.button(view.t("发布", "Publish"), self._publish, main=True)
                self._go.disable()
            self._told = ui.column().classes("w-full").props("role=status aria-live=polite")
        await self._try()

    @property
    def _changes(self) -> list[Change]:
        along = [standing for box, standing in self._along if box.value]
        return [publishing.of_draft(one.draft) for one in (self._standings[0], *along)]

    def _forget(self) -> None:
        self._judged = None
        self._go.disable()

    async def _try(self) -> None:
        """Run checks and scenarios; the button to publish opens when they let it."""
        self._forget()
        view, texts = self._view, {one.file: one.content for one in self._changes}
        self._told.clear()
        with self._told:
            progress = ui.label(view.t("正在检查…", "Checking…"))
            bar = ui.linear_progress(0, show_value=False).props(
                f'aria-label="{view.t("剧本进度", "Scenarios run")}"'
            )

        judged = await view.attempt(
            lambda: view.parts.menus.judge(texts, _shown(view, progress, bar)), needs=Scope.MENUS_WRITE
        )
        self._told.clear()
        if judged is None or {one.file: one.content for one in self._changes} != texts:
            return
        self._judged = judged
        with self._told:
            self._despite = verdict(view, judged, self._open)
        self._open()

    def _open(self) -> None:
        judged = self._judged
        trial = judged.trial if judged is not None else None
        fine = trial is not None and (not trial.failed or (self._despite is not None and self._despite.value))
        self._go.set_enabled(bool(fine))

    async def _publish(self) -> None:
        view, judged = self._view, self._judged
        if judged is None:
            return
        despite = self._despite is not None and bool(self._despite.value)
        rows = await put(
            view, self._changes, judged, str(self._why.value or ""), what=self._what, despite=despite
        )
        if rows is None:
            return
        self._dialog.close()
        ui.navigate.to(f"/menus/history?file={rows[0].file}")


def _shown(view: View, progress: ui.label, bar: ui.linear_progress) -> Callable[[int, int, int], None]:
    """Return what shows a trial's progress, every twentieth scenario."""

    def told(run: int, total: int, failed: int) -> None:
        if run % 20 == 0 or run == total:
            progress.set_text(
                view.t(
                    f"剧本 {run}/{total}，{failed} 个不符",
                    f"Scenarios {run}/{total}, {failed} went another way",
                )
            )
            bar.set_value(run / total)

    return told


async def put(
    view: View, changes: Sequence[Change], judged: Judged, why: str, *, what: str, despite: bool,
    restored: int | None = None,
) -> list[MenuVersionRow] | None:  # fmt: skip
    """Publish with its audit line; ``None`` when it was refused and told."""
    book, now = view.parts.menus.book, view.parts.clock.now()

    def deed(session: Session) -> list[MenuVersionRow]:
        return publishing.publish(
            session, book, changes, judged, by=view.holder.who, at=now, reason=why,
            despite_scenarios=despite, restored=restored,
        )  # fmt: skip

    about = " ".join(one.file for one in changes)
    rows = await view.act(what, deed, needs=Scope.MENUS_WRITE, about=about)
    if rows is not None:
        view.told("已发布；接听的程序几秒钟内采用。", "Published; calls get it within seconds.")
    return rows


def verdict(view: View, judged: Judged, changed: Callable[[], None]) -> ui.checkbox | None:
    """Show what checks and scenarios found; returns the box that lets failed scenarios pass."""
    problems = [*judged.problems, *judged.unspoken]
    if judged.mistakes:
        ui.label(view.t("有错误，不能发布：", "There are mistakes, it cannot be published:")).classes(
            "hl-red"
        ).props("role=alert")
    columns = [
        Column(view.t("文件", "File")), Column(view.t("行", "Line"), figures=True),
        Column(view.t("说明", "What")),
    ]  # fmt: skip
    if problems:
        rows = [
            Row((one.file, str(one.line or ""), one.message), tone="amber" if one.warning else "red")
            for one in problems[:200]
        ]
        grid.grid(view, view.t("检查", "Checks"), columns, rows, nothing="")
    trial = judged.trial
    if trial is None:
        return None
    went = trial.total - trial.failed
    ui.label(
        view.t(
            f"{trial.total} 个剧本，{went} 个照写的走通。",
            f"{went} of {trial.total} scenarios went as written.",
        )
    ).classes("hl-red" if trial.failed else "")  # fmt: skip
    if not trial.failed:
        return None
    rows = [
        Row((one.file, str(one.line), f"{one.where}\n{one.message[:600]}"), tone="red")
        for one in trial.differences[:100]
    ]
    grid.grid(view, view.t("不符的剧本", "Scenarios that went another way"), columns, rows, nothing="")
    return ui.checkbox(
        view.t("我知道剧本不符，仍要发布", "I know that scenarios fail; publish all the same"),
        on_change=changed,
    )
