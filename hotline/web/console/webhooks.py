"""Webhooks: who gets events, whether they arrive, and what did not – sent again or discarded from here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.notifications import givenup, repository, webhooks
from hotline.notifications.models import DeliveryRow, DeliveryState
from hotline.notifications.repository import DeliveryFilter
from hotline.notifications.webhookmodels import WebhookRow
from hotline.notifications.webhooks import NewWebhook
from hotline.web.api.webhooks import try_out
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.grid import Row
from hotline.web.console.notarrived import SHOWN, Channels, GivenUp, channels_of_file
from hotline.web.console.shell import Console, Entry, View

Counts = dict[tuple[str, DeliveryState], int]


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/webhooks", needs=Scope.WEBHOOKS_READ, entry=Entry("事件推送", "Webhooks", "webhook", 940))
    async def page(view: View) -> None:
        grid.styled()
        grid.heading(view, "事件推送（Webhook）", "Webhooks")
        ui.label(
            view.t(
                "工单、叫醒、告警等事件以带签名的 JSON 发送到下列地址；送不到的会重试约两天，"
                "之后列在下方，可再次发送。",
                "Tickets, wake-ups, alarms … are sent to these addresses as signed JSON; what does not "
                "arrive is tried for about two days, then listed below to be sent again.",
            )
        ).classes("hl-muted")
        await _Page(view).show()


class _Page:
    """The lists, shown anew after every change, and the form, which stays as it was typed."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._lists = ui.column().classes("w-full")
        if view.may(Scope.WEBHOOKS_WRITE):
            self._form()

    async def show(self) -> None:
        view, estate = self._view, self._view.holder.estate
        wanted = DeliveryFilter(state=DeliveryState.DEAD, estate=estate or None, limit=SHOWN)
        of_file = await channels_of_file(view)

        def read(session: Session) -> tuple[Sequence[WebhookRow], Counts, Sequence[DeliveryRow], Channels]:
            return (
                webhooks.listed(session, estate or None), repository.counts(session),
                repository.deliveries(session, wanted), givenup.in_service(session, of_file),
            )  # fmt: skip

        rows, counts, dead, channels = await view.read(read)
        self._lists.clear()
        with self._lists:
            self._receivers(rows, counts)
            GivenUp(view, self.show).fill(dead, {row.channel: row.name for row in rows}, channels)

    # --- receivers -----------------------------------------------------------------------------------

    def _receivers(self, rows: Sequence[WebhookRow], counts: Counts) -> None:
        view = self._view
        known = {row.id: row for row in rows}
        columns = grid.columns(
            view, ("名称", "Name"), ("地址", "Address"), ("事件", "Events"), ("状态", "State"),
            ("待发送", "Waiting", "figures"), ("已送达", "Delivered", "figures"),
            ("未送达", "Given up", "figures"),
        )  # fmt: skip
        may = view.may(Scope.WEBHOOKS_WRITE)
        grid.grid(
            view, view.t("接收方", "Receivers"), columns, [self._line(row, counts) for row in rows],
            nothing=view.t(
                "还没有接收方。notifications.yaml 中的渠道不在此列。",
                "No receivers yet. Channels of notifications.yaml are not listed here.",
            ),
            actions=(lambda row: self._actions(known[row.key])) if may else None,
        )  # fmt: skip

    def _line(self, row: WebhookRow, counts: Counts) -> Row:
        view = self._view
        dead = counts.get((row.channel, DeliveryState.DEAD), 0)
        state = view.t("暂停", "paused") if row.paused else view.t("启用", "on")
        numbers = tuple(
            str(counts.get((row.channel, one), 0))
            for one in (DeliveryState.WAITING, DeliveryState.DELIVERED, DeliveryState.DEAD)
        )
        cells = (row.name, row.url, "\n".join(row.events), state, *numbers)
        return Row(cells, tone="dim" if row.paused else "amber" if dead else "", key=row.id)

    def _actions(self, row: WebhookRow) -> None:
        t = self._view.t
        for label, do in (
            (t("继续", "Resume") if row.paused else t("暂停", "Pause"), partial(self._pause, row)),
            (t("测试", "Test"), partial(self._test, row)),
            (t("换密钥", "New secret"), partial(self._renew, row)),
            (t("删除", "Remove"), partial(self._remove, row)),
        ):
            fields.button(label, do).props(f'aria-label="{label} {row.id}"')

    async def _pause(self, row: WebhookRow) -> None:
        view, now = self._view, self._view.parts.clock.now()
        paused = not row.paused

        def deed(session: Session) -> bool:
            found = webhooks.find(session, row.id, estate=view.holder.estate, lock=True)
            webhooks.pause(found, paused, at=now)
            return True

        word = "webhook.pause" if paused else "webhook.resume"
        if await view.act(word, deed, needs=Scope.WEBHOOKS_WRITE, about=row.id):
            await self.show()

    async def _test(self, row: WebhookRow) -> None:
        view = self._view
        found = await view.attempt(
            lambda: try_out(view.parts, view.holder, row.id), needs=Scope.WEBHOOKS_WRITE
        )
        if found is None:
            return
        if found.delivered:
            view.told(f"“{row.name}”已收到测试消息。", f'"{row.name}" took the test message.')
        else:
            ui.notify(
                view.t("测试消息未送达：", "The test message did not arrive: ") + found.reason,
                type="negative", position="top", timeout=0, close_button=view.t("知道了", "OK"),
            )  # fmt: skip

    async def _renew(self, row: WebhookRow) -> None:
        view, now = self._view, self._view.parts.clock.now()
        asked = view.t(
            f"“{row.name}”换用新密钥后，旧密钥立即失效。继续吗？",
            f'A new secret for "{row.name}": the old one signs nothing any more. Go on?',
        )
        if not await fields.sure(view, asked, view.t("换密钥", "New secret")):
            return

        def deed(session: Session) -> str:
            found = webhooks.find(session, row.id, estate=view.holder.estate, lock=True)
            return webhooks.renew_secret(found, view.parts.seal, at=now)

        secret = await view.act("webhook.secret", deed, needs=Scope.WEBHOOKS_WRITE, about=row.id)
        if secret:
            await self._reveal(row.name, secret)

    async def _remove(self, row: WebhookRow) -> None:
        view, now = self._view, self._view.parts.clock.now()
        asked = view.t(
            f"删除“{row.name}”？尚未送达的消息将不再发送。",
            f'Remove "{row.name}"? What waits for it is not sent any more.',
        )
        if not await fields.sure(view, asked, view.t("删除", "Remove")):
            return

        def deed(session: Session) -> bool:
            found = webhooks.find(session, row.id, estate=view.holder.estate, lock=True)
            webhooks.remove(session, found, at=now)
            return True

        if await view.act("webhook.remove", deed, needs=Scope.WEBHOOKS_WRITE, about=row.id):
            await self.show()

    async def _reveal(self, name: str, secret: str) -> None:
        """Show a secret: now, and never again."""
        view = self._view
        with ui.dialog().props("persistent") as dialog, ui.card():
            ui.label(
                view.t(
                    f"“{name}”的签名密钥，只显示这一次：", f'The secret of "{name}", shown only this once:'
                )
            )
            shown = ui.input(view.t("密钥", "Secret"), value=secret).props(
                "readonly outlined dense autofocus"
            )
            shown.classes("w-full font-mono min-w-[26rem]")
            fields.button(view.t("我已保存", "I have kept it"), lambda: dialog.submit(True), main=True)
        await dialog
        dialog.delete()

    # --- a new one -----------------------------------------------------------------------------------

    def _form(self) -> None:
        view, t = self._view, self._view.t
        grid.heading(view, "添加接收方", "Add a receiver", level=2)
        with ui.row().classes("items-end gap-3"):
            name = fields.words(t("名称", "Name"), longest=64)
            url = fields.words(t("地址（https://…）", "Address (https://…)"), longest=500)
            url.classes("min-w-[20rem]")
            events = fields.words(t("事件，用空格分开", "Events, apart by spaces"), "ticket.* wakeup.alarm")
            events.classes("min-w-[16rem]")
            personal = ui.checkbox(t("含号码与姓名", "With numbers and names"))
            personal.set_visibility(view.may(Scope.PERSONAL_READ))

            async def add() -> None:
                new = NewWebhook(
                    name=name.value or "", url=(url.value or "").strip(),
                    events=(events.value or "").split(), estate=view.holder.estate,
                    language="zh" if view.chinese else "en",
                    personal=bool(personal.value) and view.may(Scope.PERSONAL_READ),
                )  # fmt: skip
                await self._add(new, name, url)

            fields.button(t("添加", "Add"), add, main=True)

    async def _add(self, new: NewWebhook, *typed: ui.input) -> None:
        view, now = self._view, self._view.parts.clock.now()

        def deed(session: Session) -> str:
            return webhooks.create(session, new, view.parts.seal, by=view.holder.who, at=now).secret

        secret = await view.act("webhook.create", deed, needs=Scope.WEBHOOKS_WRITE)
        if not secret:
            return
        for field in typed:
            field.value = ""
        await self.show()
        await self._reveal(new.name, secret)
