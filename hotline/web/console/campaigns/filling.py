"""How people get on a campaign's list: a file, the directory, the unpaid bills, a building."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.campaigns.models import CampaignRow
from hotline.campaigns.repository import Added
from hotline.campaigns.states import CampaignKind
from hotline.fees import kinds
from hotline.web.console.kit import fields
from hotline.web.console.kit.deeds import worked
from hotline.web.console.kit.uploads import Sending
from hotline.web.console.shell import View

RESIDENTS = {
    "": ("所有人", "everybody"), "owner": ("业主", "owners"), "tenant": ("租户", "tenants"),
    "family": ("家属", "family"), "resident": ("住户", "residents"),
}  # fmt: skip
WHY = {
    "promised": ("已承诺且未到期", "have promised a day still to come"),
    "promise_just_broken": ("一小时内刚失约", "broke a promise within the hour"),
    "open_case": ("有争议或上门未了", "have a dispute or visit that is still seen to"),
    "reminded_elsewhere": ("正由另一个催费活动联系", "are called about by another campaign just now"),
}  # fmt: skip


def forms(view: View, row: CampaignRow) -> None:
    """Show every way onto the list of a campaign of this kind."""
    with ui.expansion(view.t("往名单里加人", "Put people on the list"), icon="group_add").classes(
        "w-full no-print"
    ):
        _file(view, row)
        if row.kind is CampaignKind.SURVEY:
            _residents(view, row)
        elif row.kind is CampaignKind.REMINDER:
            _unpaid(view, row)
        else:
            _neighbours(view, row)


def added_in_words(added: Added, view: View) -> str:
    """Return what putting people on a list did."""
    out = len(added.left_out)
    return view.t(
        f"新增 {added.new} 人，已在名单 {added.known} 人"
        + (f"，{out} 人要求不再呼叫，未加入。" if out else "。"),
        f"{added.new} new, {added.known} as before"
        + (f"; {out} left out: they must not be called." if out else "."),
    )


def _again(view: View, row: CampaignRow, said: str) -> None:
    ui.notify(said, type="positive", position="top")
    ui.timer(1.5, lambda: ui.navigate.to(f"/campaigns/{row.id}"), once=True)


def _file(view: View, row: CampaignRow) -> None:
    t = view.t
    sending = Sending(
        view, t("名单（姓名 电话 楼栋 单元 房号）", "List: name, telephone, building, unit, room")
    )

    async def take() -> None:
        done = await sending.take(
            partial(view.parts.campaigning.import_list, row.id), needs=Scope.CAMPAIGNS_WRITE,
            what="campaign.import", dry_run=False,
        )  # fmt: skip
        if done is not None:
            sending.report(added_in_words(done[0], view), done[1])

    fields.button(t("加入名单", "Put them on the list"), fields.told(view, take))
    sending.outcome()


def _residents(view: View, row: CampaignRow) -> None:
    t = view.t
    with ui.row().classes("items-center gap-2 q-pt-sm"):
        kind = fields.choice(t("住户册里的", "From the directory"), fields.options(view, RESIDENTS), "")
        share = fields.words(t("抽取百分之几", "Per cent of them"), "100", longest=6)

        async def take() -> None:
            part = _percent(view, share.value or "")
            do = partial(
                view.parts.campaigning.residents, row.id, share=part, kind=kind.value or None, dry_run=False
            )
            done = await worked(view, "campaign.residents", do, needs=Scope.CAMPAIGNS_WRITE, about=row.name)
            if done is not None:
                _again(view, row, added_in_words(done[2], view))

        fields.button(t("从住户册加入", "Put residents on it"), fields.told(view, take))


def _percent(view: View, typed: str) -> float:
    try:
        part = float(typed.strip().rstrip("%")) / 100
    except ValueError:
        part = -1.0
    if not 0 < part <= 1:
        raise fields.BadField(view.t("请填写 1 到 100 的百分数。", "Give a percentage between 1 and 100."))
    return part


def _unpaid(view: View, row: CampaignRow) -> None:
    t = view.t
    with ui.row().classes("items-center gap-2 q-pt-sm"):
        month = fields.words(t("只催哪个月（可空）", "Only bills of month"), longest=10)
        ahead = ui.checkbox(t("包括未到期", "Also not due yet"))

        async def take() -> None:
            typed = (month.value or "").strip()
            known = kinds.month(typed) if typed else ""
            if known is None:
                raise fields.BadField(t("请把月份写成 2026-10。", "Write the month like 2026-10."))
            do = partial(
                view.parts.campaigning.unpaid, row.id, view.parts.fees, month=known, overdue=not ahead.value
            )
            done = await worked(view, "campaign.unpaid", do, needs=Scope.CAMPAIGNS_WRITE, about=row.name)
            if done is not None:
                others = [f"{count} × {t(*WHY.get(why, (why, why)))}" for why, count in done.left_out.items()]
                if done.unreachable:
                    others.append(f"{len(done.unreachable)} × {t('没有电话', 'nobody has a telephone')}")
                _again(view, row, " ".join([added_in_words(done.added, view), *others]))

        fields.button(t("把欠费的放进名单", "Put on it who owes"), fields.told(view, take))


def _neighbours(view: View, row: CampaignRow) -> None:
    t = view.t
    with ui.row().classes("items-center gap-2 q-pt-sm"):
        building = fields.words(t("楼栋", "Building"), longest=20)
        unit = fields.words(t("单元（可空）", "Unit"), longest=20)
        everybody = ui.checkbox(t("整个小区", "Everybody of the estate"))

        async def take() -> None:
            do = partial(
                view.parts.campaigning.neighbours, row.id, building=(building.value or "").strip(),
                unit=(unit.value or "").strip(), everybody=bool(everybody.value),
            )  # fmt: skip
            done = await worked(view, "campaign.neighbours", do, needs=Scope.CAMPAIGNS_WRITE, about=row.name)
            if done is not None:
                _again(view, row, added_in_words(done, view))

        fields.button(t("放进名单", "Put them on it"), fields.told(view, take))
