"""What was given up, on the page of webhooks: sent again, or discarded when there is nobody to send it to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.notifications import givenup
from hotline.notifications.givenup import Chosen
from hotline.notifications.models import DeliveryRow
from hotline.web.console.kit import fields, grid
from hotline.web.console.kit.grid import Row
from hotline.web.console.shell import View

SHOWN = 100
"""Deliveries that were given up, the latest."""
Channels = frozenset[str]


async def channels_of_file(view: View) -> Channels:
    """Return the channels of notifications.yaml."""
    return frozenset((await asyncio.to_thread(view.parts.notifications.current)).channels)


class GivenUp:
    """The list and what is done to it; ``show`` shows the page's lists anew."""

    def __init__(self, view: View, show: Callable[[], Awaitable[None]]) -> None:
        self._view = view
        self._show = show

    def fill(self, rows: Sequence[DeliveryRow], names: dict[str, str], channels: Channels) -> None:
        """Show ``rows``; ``names`` of webhooks by channel, ``channels`` that there are."""
        view, zone = self._view, self._view.estate.zone
        grid.heading(view, "未送达", "Given up", level=2)
        columns = grid.columns(
            view, ("编号", "Number", "tight"), ("时间", "When", "tight"), ("接收方", "Receiver"),
            ("事件", "Event"), ("对象", "About"), ("原因", "Why"),
        )  # fmt: skip
        lines = [
            Row(
                (str(row.id), f"{row.at.astimezone(zone):%m-%d %H:%M}", names.get(row.channel, row.channel),
                 row.kind, row.subject, row.last_error), key=str(row.id),
            )
            for row in rows
        ]  # fmt: skip
        may, gone = view.may(Scope.WEBHOOKS_WRITE), [row.id for row in rows if row.channel not in channels]
        grid.grid(
            view, view.t(f"最近 {SHOWN} 条", f"The latest {SHOWN}"), columns, lines,
            nothing=view.t("没有未送达的消息。", "Nothing was given up."),
            actions=partial(self._actions, frozenset(gone)) if may else None,
        )  # fmt: skip
        if may:
            self._all_of_these([row.id for row in rows if row.channel in channels], gone)

    def _actions(self, gone: frozenset[int], row: Row) -> None:
        """Whose receiver is there no more is not sent again: it can only be discarded."""
        number, t = int(row.key), self._view.t
        label, do = t("再次发送", "Send again"), self._again
        if number in gone:
            label, do = t("丢弃", "Discard"), self._discard
        fields.button(label, partial(do, [number])).props(f'aria-label="{label} {row.key}"')

    def _all_of_these(self, there: Sequence[int], gone: Sequence[int]) -> None:
        t = self._view.t
        with ui.row():
            if there:
                fields.button(t("全部再次发送", "Send all of these again"), partial(self._again, there))
            if gone:
                label = t("丢弃接收方已不存在的", "Discard what has no receiver any more")
                fields.button(label, partial(self._discard, gone))

    async def _again(self, numbers: Sequence[int]) -> None:
        done = await self._settle("delivery.again", givenup.again, numbers)
        if done is not None:
            self._view.told(f"{done} 条将再次发送。", f"{done} are sent again.")
            await self._show()

    async def _discard(self, numbers: Sequence[int]) -> None:
        view = self._view
        asked = view.t(
            f"丢弃 {len(numbers)} 条？它们的接收方已不存在，不会再发送，也无法恢复。",
            f"Discard {len(numbers)}? Their receiver is there no more; they are not sent and not kept.",
        )
        if not await fields.sure(view, asked, view.t("丢弃", "Discard")):
            return
        done = await self._settle("delivery.discard", givenup.discard, numbers)
        if done is not None:
            view.told(f"已丢弃 {done} 条。", f"{done} were discarded.")
            await self._show()

    async def _settle(
        self, what: str, work: Callable[[Session, Chosen, Channels, datetime], list[int]],
        numbers: Sequence[int],
    ) -> int | None:  # fmt: skip
        """Do one or the other to deliveries that were given up; returns to how many."""
        view, of_file, now = self._view, await channels_of_file(self._view), self._view.parts.clock.now()
        chosen = Chosen(ids=numbers, estate=view.holder.estate or None)

        def deed(session: Session) -> int:
            return len(work(session, chosen, givenup.in_service(session, of_file), now))

        return await view.act(what, deed, needs=Scope.WEBHOOKS_WRITE)
