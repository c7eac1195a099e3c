"""``/fees/promises``: who said when they will pay, and what came of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.fees import promises
from hotline.fees.states import PromiseState
from hotline.web.console import lists
from hotline.web.console.fees import lines, overview
from hotline.web.console.fees.room import promise_columns
from hotline.web.console.kit import grid, paging
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import Console, View

PATH = "/fees/promises"


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.FEES_READ)
    async def show(view: View, state: str = "", page: int = 1) -> None:
        grid.styled()
        lists.styled()
        chosen = [PromiseState(state)] if state in set(PromiseState) else []
        page = paging.page_of(page)
        grid.heading(view, "缴费承诺", "Promises to pay")
        overview.tabs(view, PATH)
        with lists.form(view.t("筛选", "Filter"), PATH):
            options = [("", view.t("全部", "all"))]
            options += [(one.value, view.t(*said)) for one, said in lines.PROMISES.items()]
            lists.choice(view.t("结果", "What came of it"), "state", state, options)
            lists.buttons(view, PATH)
        rows = await view.read(lambda session: _rows(view, session, chosen, page))
        part = paging.part(rows, page)
        nothing = view.t("还没有缴费承诺。", "Nobody has promised anything yet.")
        caption = view.t("承诺，最近的在前", "Promises, the latest first")
        grid.grid(view, caption, promise_columns(view), part.rows, nothing=nothing)
        grid.pager(view, part, PATH, {"state": state})


def _rows(view: View, session: Session, states: list[PromiseState], page: int) -> list[Row]:
    found = promises.listed(
        session, estate=view.estate.id, states=states, limit=paging.PAGE + 1, offset=paging.offset(page)
    )
    return [lines.promise(row, view.t, view.estate.zone, view.masks) for row in found]
