"""What the pages of setting up share: the way back, errors beside their fields, taking settings up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError, InvalidInput
from hotline.web.console.kit import fields, grid
from hotline.web.console.refusals import sentence_of
from hotline.web.console.setup import edits
from hotline.web.console.setup.edits import SetUpRefused
from hotline.web.console.shell import View
from hotline.web.taking import Stage, Standing, TakesUp

NEEDS = Scope.SYSTEM_WRITE
LOOK_EVERY = 5.0


def head(view: View, zh: str, en: str) -> None:
    """Head a step, with the way back to all of them."""
    grid.styled()
    grid.heading(view, zh, en)
    ui.link(view.t("所有步骤", "All steps"), "/setup").classes("text-blue-900")


def say_beside(shown: Mapping[str, ValidationElement[Any]], problems: Mapping[str, str]) -> None:
    """Put every problem below its field, and take away those that are solved."""
    for name, field in shown.items():
        field.error = problems.get(name) or None


async def save(
    view: View, write: Callable[[], Any], shown: Mapping[str, ValidationElement[Any]], *, what: str
) -> bool:
    """Change a configuration file on a thread; problems stand beside their fields, what was typed stays."""
    problems: dict[str, str] = {}

    async def do() -> bool:
        try:
            await asyncio.to_thread(write)
        except InvalidInput as invalid:
            problems.update(edits.problems_by_field(invalid, list(shown)))
            return False
        except SetUpRefused as refused:
            problems["numbers"] = sentence_of(refused, chinese=view.chinese)
            return False
        now = view.parts.clock.now()
        await view.parts.db.write(
            lambda session: tokens.note(
                session, view.holder.id, "config.save", at=now, by=view.holder.who, detail=what
            )
        )
        return True

    done = await view.attempt(do, needs=NEEDS)
    say_beside(shown, problems)
    if other := problems.get(""):
        view.tell(SetUpRefused(other))
    return bool(done)


def taking_up(view: View, taking: TakesUp | None) -> None:
    """Say whether what was changed is in service, and put it there."""
    if taking is None:
        return
    box = ui.column().props("role=status")
    shown: list[Standing] = []

    def show() -> None:
        standing = taking.standing()
        if shown == [standing]:
            return  # a button that is made anew takes the focus and a click under way with it
        shown[:] = [standing]
        box.clear()
        with box:
            _tell(view, standing)
            if standing.stage is Stage.EDITED:
                fields.button(view.t("使设置生效", "Take the settings up"), begin, main=True)

    async def do() -> bool:
        try:
            await taking.begin()
        except InvalidInput as invalid:
            raise HotlineError("\n".join(map(str, invalid.problems)), code="settings-invalid") from invalid
        return True

    async def begin() -> None:
        if await view.attempt(do, needs=NEEDS):
            show()

    show()
    ui.timer(LOOK_EVERY, show)


def _tell(view: View, standing: Standing) -> None:
    if standing.failed:
        ui.label(_failed(view, standing.failed)).classes("hl-red").props("role=alert")
    ui.label(_standing(view, standing))


def _failed(view: View, why: str) -> str:
    return view.t(
        f"上次未能生效：新的进程没有起来，已恢复原来的设置，热线照常工作。请改正后再试。原因：{why}",
        f"The last try failed and the settings before serve on. Mend this, then try again. {why}",
    )


def _standing(view: View, standing: Standing) -> str:
    said = {
        Stage.EDITED: (
            "有设置尚未生效。生效需要重启各进程几秒钟：会先等正在进行的通话结束。",
            "Some settings are not in service: the processes start anew for them, within seconds, when no "
            "call is in progress.",
        ),
        Stage.WAITING: (
            f"正在准备；通话中的 {standing.calls} 路线路空闲后即切换，来电不受影响。",
            f"Getting ready; it changes over when no channel is in use ({standing.calls} are now).",
        ),
        Stage.RESTARTING: (
            "正在重启，本页会自动恢复。", "Starting anew; this page comes back by itself."
        ),
        Stage.IN_SERVICE: ("所有设置均已生效。", "All settings are in service."),
    }  # fmt: skip
    return view.t(*said[standing.stage])
