"""``/campaigns``: surveys, fee reminders and notices; new ones are made here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.campaigns import repository
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.notices import Notice
from hotline.campaigns.states import CampaignKind
from hotline.web.console import lists
from hotline.web.console.campaigns import lines
from hotline.web.console.kit import fields, grid, paging
from hotline.web.console.kit.deeds import worked
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import Console, Entry, View

PATH = "/campaigns"
URGENT, DECENT = "announcement_urgent", "announcement"
"""Policies of notices: at any hour, and in decent hours only (*default*, as on the command line)."""


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH, needs=Scope.CAMPAIGNS_READ, entry=Entry("外呼任务", "Campaigns", "campaign", 65))
    async def show(view: View, kind: str = "", page: int = 1) -> None:
        grid.styled()
        lists.styled()
        chosen = CampaignKind(kind) if kind in set(CampaignKind) else None
        page = paging.page_of(page)
        grid.heading(view, "外呼任务", "Campaigns")
        tabs = [(PATH, "全部", "All")]
        tabs += [(f"{PATH}?kind={one.value}", *said) for one, said in lines.KINDS.items()]
        grid.tabs(view, tabs, paging.address(PATH, {"kind": chosen or ""}))
        if view.may(Scope.CAMPAIGNS_WRITE):
            await _making(view, chosen)
        rows = await view.read(lambda session: _rows(view, session, chosen, page))
        part = paging.part(rows, page)
        columns = grid.columns(
            view, ("名称", "Name"), ("种类", "Kind"), ("状态", "State"), ("进度", "Progress", "tight"),
            ("已接通", "Reached", "figures"), ("拒绝", "Refused", "figures"),
            ("未接通", "Not reached", "figures"), ("建立", "Made", "tight"), ("截止", "Ends", "tight"),
        )  # fmt: skip
        nothing = view.t("还没有外呼任务。在上面新建一个。", "There is no campaign yet: make one above.")
        grid.grid(view, view.t("最近的在前", "The newest first"), columns, part.rows, nothing=nothing)
        grid.pager(view, part, PATH, {"kind": kind})


def _rows(view: View, session: Session, kind: CampaignKind | None, page: int) -> list[Row]:
    found = repository.campaigns(
        session, view.estate.id, kind, limit=paging.PAGE + 1, offset=paging.offset(page)
    )
    return [lines.campaign(row, repository.tally(session, row.id), view.t, view.estate.zone) for row in found]


async def _making(view: View, kind: CampaignKind | None) -> None:
    t = view.t
    made = kind or CampaignKind.SURVEY
    with (
        ui.expansion(t("新建任务", "New campaign"), icon="add").classes("w-full no-print"),
        ui.column().classes("w-full") as place,
    ):
        choose = fields.choice(t("种类", "Kind"), fields.options(view, lines.KINDS), made)
        form = ui.column().classes("w-full")

    async def draw() -> None:
        form.clear()
        wanted = CampaignKind(choose.value)
        flows = await asyncio.to_thread(view.parts.campaigning.flows, wanted)
        policies = await asyncio.to_thread(view.parts.campaigning.policies)
        with form:
            if wanted is CampaignKind.NOTICE:
                _notice_form(view)
            else:
                _form(view, wanted, flows, policies)

    choose.on_value_change(draw)
    with place:
        await draw()


def _form(view: View, kind: CampaignKind, flows: Sequence[str], policies: Sequence[str]) -> None:
    t = view.t
    with ui.row().classes("items-start gap-2"):
        name = fields.words(t("名称", "Name"), longest=80)
        flow = fields.choice(t("说什么（流程）", "Flow"), _same(flows), kind.value)
        policy = fields.choice(t("呼叫策略", "Policy"), _same(policies), kind.value)
        begins, ends = fields.day(t("开始日期", "First day")), fields.day(t("结束日期", "Last day"))

    async def make() -> None:
        called = fields.needed(view, name, "请填写名称。", "It needs a name.")
        do = partial(
            view.parts.campaigning.create, estate=view.estate.id, name=called, kind=kind,
            flow=str(flow.value or ""), policy=str(policy.value or ""), by=view.holder.who,
            begins_at=_begin_of(view, begins), ends_at=_end_of(view, ends),
        )  # fmt: skip
        _opened(await worked(view, "campaign.create", do, needs=Scope.CAMPAIGNS_WRITE, about=called))

    fields.button(t("建立", "Make it"), fields.told(view, make), main=True)


def _notice_form(view: View) -> None:
    t = view.t
    with ui.row().classes("items-start gap-2"):
        name = fields.words(t("名称", "Name"), longest=80)
        topic = fields.choice(t("内容", "About"), fields.options(view, lines.TOPICS))
        first, at = fields.day(t("从哪天", "From")), fields.clock(t("几点", "at"), time(8))
        last, until = fields.day(t("到哪天", "Until")), fields.clock(t("几点", "at"), time(18))
        urgent = ui.checkbox(t("紧急：任何时间都打", "Urgent: call at any hour"))
    ui.label(
        t(
            "用录好的话通知；要播放自己的录音，请用 hotline notices create --wav-zh。",
            "Told in recorded words; `hotline notices create --wav-zh` takes a recording of your own.",
        )
    ).classes("hl-muted")

    async def make() -> None:
        called = fields.needed(view, name, "请填写名称。", "It needs a name.")
        notice = Notice(
            topic=str(topic.value), begins=_moment(view, first, at), ends=_moment(view, last, until)
        )  # fmt: skip
        do = partial(
            view.parts.campaigning.create_notice, estate=view.estate.id, name=called, notice=notice,
            by=view.holder.who, policy=URGENT if urgent.value else DECENT,
        )  # fmt: skip
        _opened(await worked(view, "campaign.create", do, needs=Scope.CAMPAIGNS_WRITE, about=called))

    fields.button(t("建立", "Make it"), fields.told(view, make), main=True)


def _opened(made: CampaignRow | None) -> None:
    if made is not None:
        ui.navigate.to(f"{PATH}/{made.id}")


def _same(names: Sequence[str]) -> Mapping[str, str]:
    return {name: name for name in names}


def _moment(view: View, day: ui.input, at: ui.input) -> datetime | None:
    found = fields.day_in(view, day)
    if found is None:
        return None
    return datetime.combine(found, fields.clock_in(view, at), tzinfo=view.estate.zone)


def _begin_of(view: View, day: ui.input) -> datetime | None:
    found = fields.day_in(view, day)
    return None if found is None else datetime.combine(found, time(), tzinfo=view.estate.zone)


def _end_of(view: View, day: ui.input) -> datetime | None:
    found = fields.day_in(view, day)
    return None if found is None else datetime.combine(found, time(23, 59), tzinfo=view.estate.zone)
