"""``/fees``: arrears by building and age, and the rooms that owe something, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.ports.fees import room_subject
from hotline.campaigns import repository as campaigns
from hotline.fees import arrears
from hotline.fees.arrears import Arrears, Order
from hotline.residents import contacts
from hotline.web.console import lists
from hotline.web.console.fees import lines
from hotline.web.console.kit import grid, paging
from hotline.web.console.kit.grid import Column, Row
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.kit.paging import Part
from hotline.web.console.shell import Console, Entry, View

PATH = "/fees"
NO_BUILDING = "-"
"""Stands in an address for rooms without a building."""
ORDERS = {
    Order.OLDEST: ("欠费最久", "oldest first"), Order.MOST: ("欠费最多", "most first"),
    Order.ROOM: ("房号", "by room"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    building: str
    order: Order
    not_due: bool
    page: int

    def query(self) -> dict[str, object]:
        """Return it as an address says it."""
        order = "" if self.order is Order.OLDEST else self.order.value
        return {"building": self.building, "order": order, "ahead": self.not_due}


def tabs(view: View, current: str) -> None:
    """Lead to the pages about bills."""
    pages = [(PATH, "欠费", "Unpaid"), ("/fees/promises", "缴费承诺", "Promises")]
    pages += [("/fees/import", "导入账单", "Import bills")] if view.may(Scope.FEES_WRITE) else []
    pages += [("/campaigns?kind=reminder", "催费任务", "Reminders")] if view.may(Scope.CAMPAIGNS_READ) else []
    grid.tabs(view, pages, current)


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.FEES_READ, entry=Entry("费用", "Fees", "payments", 60))
    async def show(
        view: View, building: str = "", order: str = "", ahead: str = "", full: str = "", page: int = 1
    ) -> None:
        grid.styled()
        lists.styled()
        known = order if order in set(Order) else Order.OLDEST
        asked = Asked(building[:20], Order(known), ahead == "1", paging.page_of(page))
        await look(view, "fees.unpaid", full)
        grid.heading(view, "欠费", "Unpaid bills")
        tabs(view, PATH)
        today = view.parts.fees.today(view.estate.id)
        found, part = await view.read(lambda session: _read(view, session, asked, today))
        _sums(view, found)
        _form(view, found, asked)
        nothing = view.t(
            "没有欠费的房间。用“导入账单”读入 CSV 或 XLSX 账单。",
            "No room owes anything here. “Import bills” reads a CSV or XLSX list.",
        )
        grid.grid(view, _caption(view, asked), columns(view), part.rows, nothing=nothing)
        grid.pager(view, part, PATH, {**asked.query(), "full": full})
        look_button(view, paging.address(PATH, {**asked.query(), "page": part.page}))


def columns(view: View) -> list[Column]:
    """Return the headings of the rooms."""
    return grid.columns(
        view,
        ("房间", "Room", "tight"),
        ("联系人", "Name"),
        ("电话", "Telephone", "tight"),
        ("月份", "Months", "tight"),
        ("欠费（元）", "Owed (yuan)", "figures"),
        ("滞纳金", "Late fee", "figures"),
        ("最早到期", "Oldest due", "tight"),
        ("承诺缴费日", "Promised for", "tight"),
        ("最近催费", "Last reminder"),
    )


def _read(view: View, session: Session, asked: Asked, today: date) -> tuple[list[Arrears], Part[Row]]:
    estate = view.estate.id
    building = None if not asked.building else "" if asked.building == NO_BUILDING else asked.building
    found = arrears.rooms(
        session, estate, today=today, offset=paging.offset(asked.page), limit=paging.PAGE + 1,
        building=building, overdue=not asked.not_due, order=asked.order,
    )  # fmt: skip
    people = contacts.of_rooms(session, estate, [one.place for one in found])
    called = campaigns.about(session, [room_subject(estate, one.place) for one in found])
    rows = [
        lines.debt(
            one, estate, people.get(contacts.key_of(one.place)), called, view.t, view.masks, today
        )
        for one in found
    ]  # fmt: skip
    return arrears.by_building(session, estate, today=today), paging.part(rows, asked.page)


def _sums(view: View, found: list[Arrears]) -> None:
    if not found:
        return
    t = view.t
    columns = [Column(t("楼栋", "Building")), Column(t("户数", "Rooms"), figures=True)]
    columns += [Column(t("账单", "Bills"), figures=True)]
    columns += [Column(one, figures=True) for one in (*lines.bands(t), t("合计", "All"))]
    rows = [lines.building(one, t) for one in found]
    rows += [lines.everybody(found, t)] if len(found) > 1 else []
    grid.grid(
        view,
        t("各楼栋欠费（元，不含滞纳金）", "By building (yuan, without late fees)"),
        columns,
        rows,
        nothing="",
    )


def _form(view: View, found: list[Arrears], asked: Asked) -> None:
    t = view.t
    with lists.form(t("筛选", "Filter"), PATH):
        names = [(one.building or NO_BUILDING, one.building or t("无", "none")) for one in found]
        lists.choice(t("楼栋", "Building"), "building", asked.building, [("", t("全部", "all")), *names])
        orders = [(one.value, t(*said)) for one, said in ORDERS.items()]
        lists.choice(t("排序", "Order"), "order", asked.order.value, orders)
        lists.tick(t("包括未到期", "Also not due yet"), "ahead", asked.not_due)
        lists.buttons(view, PATH)


def _caption(view: View, asked: Asked) -> str:
    which = view.t("全部未缴", "all unpaid") if asked.not_due else view.t("已逾期", "past due")
    return view.t(f"欠费房间（{which}）", f"Rooms that owe something ({which})")
