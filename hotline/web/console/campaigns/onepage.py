"""``/campaigns/ID``: one campaign, how far it has come, what was answered, its people; start, pause, stop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.campaigns import repository, service
from hotline.campaigns.models import CampaignRow, PersonRow
from hotline.campaigns.notices import Notice
from hotline.campaigns.results import Said, Tally, summarise
from hotline.campaigns.states import CampaignKind, CampaignState, PersonState
from hotline.web.console import lists
from hotline.web.console.campaigns import filling, lines
from hotline.web.console.campaigns.listpage import PATH
from hotline.web.console.fees.lines import REMINDED
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.deeds import worked
from hotline.web.console.kit.looking import look, look_button
from hotline.web.console.shell import Console, View


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign as its page shows it."""

    row: CampaignRow
    tally: Tally
    said: list[Said]
    people: list[PersonRow]


def register(console: Console) -> None:
    """Add the page."""

    @console.page(PATH + "/{number}", needs=Scope.CAMPAIGNS_READ)
    async def show(view: View, number: int, state: str = "", full: str = "", page: int = 1) -> None:
        grid.styled()
        lists.styled()
        await look(view, "campaign.people", full)
        chosen = [PersonState(state)] if state in set(PersonState) else []
        page = paging.page_of(page)
        found = await view.read(lambda session: _find(view, session, number, chosen, page))
        grid.heading(view, found.row.name, found.row.name)
        _facts(view, found)
        if view.may(Scope.CAMPAIGNS_WRITE):
            _deeds(view, found)
            if found.row.state is not CampaignState.DONE:
                filling.forms(view, found.row)
        await _outcome(view, found)
        _people(view, found, state, page, full)


def _find(view: View, session: Session, number: int, states: list[PersonState], page: int) -> Found:
    row = repository.get(session, number, view.estate.id)
    said = repository.said(session, row.id) if row.kind is CampaignKind.SURVEY else []
    people = repository.people(session, row.id, *states, most=paging.PAGE + 1, offset=paging.offset(page))
    return Found(row, repository.tally(session, row.id), said, list(people))


def _facts(view: View, found: Found) -> None:
    t, row, zone = view.t, found.row, view.estate.zone
    notice = Notice.of(row)
    topic = t(*lines.TOPICS.get(notice.topic, (notice.topic, notice.topic))) if notice.topic else ""
    told = " – ".join(times.moment(at, zone) for at in (notice.begins, notice.ends) if at)
    grid.facts(
        [
            (t("种类", "Kind"), t(*lines.KINDS[row.kind])),
            (t("状态", "State"), t(*lines.STATES[row.state])),
            (t("进度", "Progress"), lines.progress(found.tally) or t("名单是空的", "its list is empty")),
            (t("内容", "About"), " ".join(part for part in (topic, told) if part)),
            (t("说什么", "Flow"), row.flow),
            (t("呼叫策略", "Policy"), row.policy),
            (t("开始", "Begins"), times.moment(row.begins_at, zone)),
            (t("截止", "Ends"), times.moment(row.ends_at, zone)),
            (t("建立", "Made"), f"{times.moment(row.created_at, zone)} {row.created_by}"),
            (t("结束于", "Ended"), times.moment(row.ended_at, zone)),
        ]
    )


def _deeds(view: View, found: Found) -> None:
    t, row = view.t, found.row
    with ui.row().classes("gap-2 q-py-sm no-print"):
        if row.state in (CampaignState.DRAFT, CampaignState.RUNNING):
            waiting = found.tally.by_state.get(PersonState.LISTED, 0)
            if row.state is CampaignState.DRAFT or waiting:
                fields.button(
                    t("开始呼叫", "Start calling"), fields.told(view, partial(_start, view, row)), main=True
                )
        if row.state is CampaignState.RUNNING:
            fields.button(t("暂停", "Pause"), partial(_set, view, row, "pause"))
        if row.state is CampaignState.PAUSED:
            fields.button(t("继续", "Resume"), partial(_set, view, row, "resume"), main=True)
        if row.state is not CampaignState.DONE:
            fields.button(t("终止", "Stop for good"), partial(_set, view, row, "stop"))


async def _start(view: View, row: CampaignRow) -> None:
    t, work = view.t, view.parts.campaigning
    outlook = await asyncio.to_thread(work.check, row.id)
    zone = view.estate.zone
    first = "、".join(times.short(at, zone) for at in outlook.times[:4])
    question = t(
        f"将呼叫 {outlook.people} 人（另有 {outlook.left_out} 人要求不再呼叫）。\n"
        f"无人接听时的呼叫时间：{first}",
        f"{outlook.people} people would be called ({outlook.left_out} must not be).\n"
        f"Attempts for somebody who does not answer: {first}",
    )
    if not await fields.sure(view, question, t("开始呼叫", "Start calling")):
        return
    do = partial(work.start, row.id, by=view.holder.who)
    if await worked(view, "campaign.start", do, needs=Scope.CAMPAIGNS_WRITE, about=row.name) is not None:
        ui.navigate.to(f"{PATH}/{row.id}")


async def _set(view: View, row: CampaignRow, what: str) -> None:
    t, now = view.t, view.parts.clock.now()
    if what == "stop":
        question = t("终止后不能恢复，已有的回答保留。终止？", "It cannot go on; answers stay. Stop it?")
        if not await fields.sure(view, question, t("终止", "Stop it")):
            return

    def deed(session: Session) -> int:
        fresh = repository.get(session, row.id, view.estate.id)
        if what == "pause":
            return service.pause(session, fresh)
        if what == "resume":
            return service.resume(session, fresh, now=now)
        return service.stop(session, fresh, now=now)

    done = await view.act(f"campaign.{what}", deed, needs=Scope.CAMPAIGNS_WRITE, about=row.name)
    if done is not None:
        ui.navigate.to(f"{PATH}/{row.id}")


async def _outcome(view: View, found: Found) -> None:
    t = view.t
    if not found.tally.people:
        return
    counted = grid.columns(view, ("状态", "State"), ("人数", "People", "figures"))
    with ui.row().classes("w-full gap-8 items-start"):
        with ui.column().classes("min-w-[16rem]"):
            grid.heading(view, "名单进度", "People", 2)
            grid.grid(view, t("按状态", "By state"), counted, lines.tallied(found.tally, t), nothing="")
        if found.tally.by_result:
            with ui.column().classes("min-w-[16rem]"):
                grid.heading(view, "结果", "Results", 2)
                columns = grid.columns(view, ("结果", "Result"), ("人数", "People", "figures"))
                grid.grid(view, t("按结果", "By result"), columns, lines.results(found.tally, t), nothing="")
    if found.row.kind is CampaignKind.SURVEY:
        order = await asyncio.to_thread(view.parts.campaigning.questions, found.row)
        grid.heading(view, "每题结果", "Answers", 2)
        columns = grid.columns(
            view, ("问题", "Question"), ("回答", "Answers", "figures"), ("平均", "Average", "figures"),
            ("分布", "Distribution", "tight"), ("用自己的话", "In own words", "figures"),
        )  # fmt: skip
        rows = [lines.question(one, t) for one in summarise(found.said, order)]
        caption = t(f"{found.tally.answered} 人回答", f"{found.tally.answered} people answered")
        grid.grid(view, caption, columns, rows, nothing=t("还没有回答。", "No answers yet."))


def _people(view: View, found: Found, state: str, page: int, full: str) -> None:
    t, path = view.t, f"{PATH}/{found.row.id}"
    grid.heading(view, "名单", "The list", 2)
    with lists.form(t("筛选", "Filter"), path):
        options = [("", t("全部", "all"))] + [(one.value, t(*said)) for one, said in REMINDED.items()]
        lists.choice(t("状态", "State"), "state", state, options, width="12rem")
        lists.buttons(view, path)
    part = paging.part(found.people, page)
    columns = grid.columns(
        view, ("姓名", "Name"), ("电话", "Telephone", "tight"), ("房间", "Room", "tight"), ("状态", "State"),
        ("结果", "Result"), ("时间", "When", "tight"), ("工单", "Ticket", "tight"),
    )  # fmt: skip
    rows = [lines.person(one, t, view.estate.zone, view.masks) for one in part.rows]
    nothing = t("没有人。先把人放进名单。", "Nobody: put people on the list first.")
    grid.grid(view, t("按名单顺序", "In the order of the list"), columns, rows, nothing=nothing)
    grid.pager(view, part, path, {"state": state, "full": full})
    look_button(view, paging.address(path, {"state": state, "page": page}))
