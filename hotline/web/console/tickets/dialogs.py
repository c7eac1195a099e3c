"""A dialog for each action: what it needs and no more; refused, it stays open with what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from nicegui import ui

from hotline.call.errors import HotlineError
from hotline.call.ports import TicketAction
from hotline.web.console.calls.words import word
from hotline.web.console.kit import fields
from hotline.web.console.shell import View
from hotline.web.console.tickets import doing, words
from hotline.web.console.tickets.doing import Asked

PERSON, DEPARTMENT, UNTIL, ANSWERS = "person", "department", "until", "answers"
NEEDS: Mapping[TicketAction, frozenset[str]] = MappingProxyType(
    {
        TicketAction.ASSIGN: frozenset({PERSON, DEPARTMENT}),
        TicketAction.PASS_ON: frozenset({PERSON}),
        TicketAction.POSTPONE: frozenset({UNTIL}),
        TicketAction.FOLLOW_UP: frozenset({ANSWERS}),
    }
)
"""What an action asks besides a remark."""
_LATER = timedelta(days=1)
"""What a postponement suggests."""

Done = Callable[[], Awaitable[None] | None]


class ActionDialog:
    """Asks for what an action needs and does it."""

    def __init__(
        self, view: View, number: str, seen: int, *, people: Sequence[str], departments: Sequence[str]
    ) -> None:
        """Work on a ticket as it stood at line ``seen`` of its history."""
        self._view, self._number, self._seen = view, number, seen
        self._people, self._departments = people, departments

    def open(self, action: TicketAction, after: Done) -> None:
        """Show the dialog; ``after`` is called when it was done."""
        view, needs = self._view, NEEDS.get(action, frozenset())
        title = word(words.ACTIONS, action.value, chinese=view.chinese)
        with ui.dialog() as dialog, ui.card().classes("min-w-[20rem]"):
            dialog.props(f'aria-label="{title} {self._number}"')
            ui.label(f"{title} · {self._number}").classes("text-lg").props("role=heading aria-level=2")
            form = _Form(view, needs, self._people, self._departments)
            with ui.row().classes("justify-end w-full"):
                fields.button(view.t("返回", "Back"), dialog.close)

                async def go() -> None:
                    await self._go(action, form, dialog, after)

                fields.button(title, go, main=True)
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _go(self, action: TicketAction, form: _Form, dialog: ui.dialog, after: Done) -> None:
        try:
            asked = form.asked(action)
        except HotlineError as refused:
            self._view.tell(refused)
            return
        if await doing.act(self._view, self._number, self._seen, asked):
            dialog.close()
            waiting = after()
            if waiting is not None:
                await waiting


class _Form:
    def __init__(
        self, view: View, needs: frozenset[str], people: Sequence[str], departments: Sequence[str]
    ) -> None:
        self._view, self._needs = view, needs
        t = view.t
        self.person = _named(t("处理人", "Assignee"), people) if PERSON in needs else None
        self.department = (
            fields.words(t("部门", "Department")).props(f'list="{_names(departments)}"')
            if DEPARTMENT in needs
            else None
        )
        self.until = self._until() if UNTIL in needs else None
        self.told = self._told() if UNTIL in needs else None
        answers = self._answers() if ANSWERS in needs else None
        self.satisfaction = None if answers is None else answers[0]
        self.solved = None if answers is None else answers[1]
        self.why = fields.lines(t("备注 / 原因", "Remark or reason"), longest=500)

    def asked(self, action: TicketAction) -> Asked:
        until = None if self.until is None else doing.moment(self.until.value or "", self._view.estate.zone)
        way = self.told.value if self.told is not None else ""
        return Asked(
            action=action, why=self.why.value or "",
            person=(self.person.value or "") if self.person is not None else "",
            department=(self.department.value or "") if self.department is not None else "",
            until=until, told=way == "told", by_call=way == "call",
            satisfaction=self.satisfaction.value or None if self.satisfaction is not None else None,
            solved=self.solved.value if self.solved is not None else True,
        )  # fmt: skip

    def _until(self) -> ui.input:
        at = default_until(self._view.parts.clock.now(), self._view.estate.zone)
        label = self._view.t("新的承诺时间", "New promise")
        return ui.input(label, value=at).props("type=datetime-local outlined dense stack-label")

    def _told(self) -> ui.radio:
        t = self._view.t
        ui.label(
            t(
                "按规定，延期须在承诺时间之前告知来电人，且只能一次。",
                "The caller has to be told before the promised time; a matter is postponed once only.",
            )
        ).classes("hl-quiet")
        options = {
            "no": t("尚未告知", "The caller does not know yet"),
            "told": t("已告知来电人", "The caller was told"),
            "call": t(
                "由热线打电话告知，来电人确认后生效",
                "Have the hotline ring the caller; it counts once confirmed",
            ),
        }
        return ui.radio(options, value="no")

    def _answers(self) -> tuple[ui.select, ui.checkbox]:
        t = self._view.t
        scale: dict[int, str] = {
            0: t("未回答", "no answer"), 5: t("5 非常满意", "5 very satisfied"), 4: "4", 3: "3",
            2: t("2 不满意（将重新打开）", "2 (reopens it)"),
            1: t("1 很不满意（将重新打开）", "1 (reopens it)"),
        }  # fmt: skip
        chosen = fields.choice(t("满意度", "Satisfaction"), scale, 0).classes("w-full")
        return chosen, ui.checkbox(t("问题已解决", "It is solved"), value=True)


def default_until(now: datetime, zone: ZoneInfo) -> str:
    """Return what a postponement suggests: the next day, the full hour."""
    at = (now.astimezone(zone) + _LATER).replace(minute=0, second=0, microsecond=0)
    return f"{at:%Y-%m-%dT%H:%M}"


def _named(label: str, people: Sequence[str]) -> ui.select | ui.input:
    if not people:
        return fields.words(label)
    return (
        ui.select(list(people), label=label, with_input=True, clearable=True)
        .props("outlined dense stack-label")
        .classes("w-full")
    )


def _names(departments: Sequence[str]) -> str:
    """Put a list of suggestions beside a field and return its id."""
    with ui.element("datalist") as listed:
        for one in departments:
            ui.element("option").props["value"] = one
    return listed.html_id
