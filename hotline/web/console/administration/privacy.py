"""``/privacy``: export and deletion of one person's data, and the book of such requests."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from hotline.accounts.rights import Scope
from hotline.privacy import requests
from hotline.privacy.asking import Asked, By, Deleted
from hotline.privacy.models import PrivacyRequestRow, RequestKind
from hotline.privacy.reasons import sentence
from hotline.web.console.kit import fields, grid, times
from hotline.web.console.kit.grid import Row, columns
from hotline.web.console.shell import Console, Entry, View

PERIODS = {
    "recordings": ("录音", "Recordings"), "transcripts": ("转写文字", "Transcripts"),
    "call_numbers": ("通话记录中的号码（届时掩码）", "Numbers in call records (masked then)"),
    "messages": ("已送达的留言", "Messages that were delivered"), "call_backs": ("回拨", "Calls back"),
    "ticket_people": ("已关闭工单中的个人信息", "People on closed tickets"),
    "stays": ("离店住客姓名、叫醒号码", "Names of guests who left, numbers of wake-ups"),
    "placed_calls": ("外呼、名单、确认、外线", "Placed calls, lists, questions, outside calls"),
    "audit": ("审计记录", "Audit"), "api_answers": ("接口应答", "Answers of the API"),
    "sessions": ("登录会话", "Sessions"), "outbox": ("已处理的事件", "Events that were handled"),
}  # fmt: skip
COUNTED = {
    "calls": ("通话", "calls"), "legs": ("通话各段", "legs of calls"), "tickets": ("工单", "tickets"),
    "messages": ("留言", "messages"), "call_backs": ("回拨", "calls back"),
    "outbound_calls": ("外呼", "placed calls"), "campaign_people": ("名单", "lists of people called"),
    "confirmations": ("业主确认", "questions to owners"), "wakeups": ("叫醒", "wake-ups"),
    "outside_calls": ("外线通话", "outside calls"), "outside_bookings": ("外线挂号", "booked outside calls"),
    "stays": ("入住", "stays"), "campaign_stops": ("请勿再拨", "not to be called"),
    "staff": ("员工", "staff"), "residents": ("住户", "residents"),
    "resident_numbers": ("住户号码", "numbers of residents"),
    "recordings": ("录音", "recordings"), "transcripts": ("转写文字", "transcripts"),
    "call_events": ("通话事件", "events of calls"), "intake_drafts": ("未完成的登记", "unfinished intakes"),
    "ticket_parts": ("工单附件与记录", "parts of tickets"),
    "ticket_history": ("工单经过", "history of tickets"),
    "outbound_attempts": ("外呼尝试", "attempts to call"),
    "files": ("文件", "files"), "bills": ("账单", "bills"), "attachments": ("附件", "attachments"),
}  # fmt: skip
"""What is counted, by the names the program keeps; those not named here are shown as they are."""
KINDS = {RequestKind.EXPORT: ("导出", "Export"), RequestKind.DELETE: ("删除", "Deletion")}


def register(console: Console) -> None:
    """Add the page."""

    @console.page(
        "/privacy", needs=Scope.PRIVACY_WRITE, entry=Entry("个人信息", "Personal data", "privacy_tip", 935)
    )
    async def privacy(view: View) -> None:
        grid.styled()
        grid.heading(view, "个人信息请求", "Requests about personal data")
        ui.label(
            view.t(
                "有人要求查阅、复制或删除自己的信息时在这里办理。"
                "先核实身份；办理情况会记录，记录中不含其姓名和号码。",
                "For people who ask for a copy or the deletion of their data. Make sure who they are first; "
                "what is done is written down without their name or number.",
            )
        ).classes("hl-muted")
        _Form(view)
        rows = await view.read(lambda session: requests.listed(session, limit=200))
        grid.heading(view, "办理记录", "What was done", 2)
        titles = columns(
            view, ("编号", "Number", "figures"), ("时间", "Time", "tight"), ("事项", "What"),
            ("办理人", "By"), ("当事人代号", "Person (hash)"), ("依据", "Reason"), ("数量", "Counts"),
            ("保留原因", "What stays"),
        )  # fmt: skip
        grid.grid(
            view, view.t("办理记录", "What was done"), titles, [_row(view, row) for row in rows],
            nothing=view.t("还没有请求。", "No requests yet."),
        )  # fmt: skip
        _periods(view)


def _row(view: View, row: PrivacyRequestRow) -> Row:
    kept = "\n".join(sentence(code, chinese=view.chinese) for code in row.stays)
    return Row(
        (
            str(row.id), times.moment(row.at, view.estate.zone), view.t(*KINDS[row.kind]), row.by,
            row.person[:12], row.reason, told(view, row.counts), kept,
        )
    )  # fmt: skip


def told(view: View, counts: Mapping[str, int]) -> str:
    """Return counts as a line."""
    named = (f"{view.t(*COUNTED.get(name, (name, name)))} {number}" for name, number in counts.items())
    return view.t("，", ", ").join(named) or "0"


def _periods(view: View) -> None:
    periods = view.parts.settings.retention
    grid.heading(view, "保存期限（天）", "How long what is kept (days)", 2)
    kept = view.t("不删除", "kept")
    days = periods.model_dump(exclude={"hour"})
    grid.facts([(view.t(*PERIODS[name]), str(value) if value else kept) for name, value in days.items()])
    ui.label(
        view.t(
            f"每晚 {periods.hour} 点后清理一次；在 hotline.yaml 的 retention 一节修改。",
            f"Done every night from {periods.hour}:00 on; changed in the section retention of hotline.yaml.",
        )
    ).classes("hl-muted")


class _Form:
    """Who is meant, and what is to be done."""

    def __init__(self, view: View) -> None:
        self._view = view
        t = view.t
        with ui.row().classes("items-start q-my-sm"):
            self._number = fields.words(t("电话号码", "Telephone number"), longest=40)
            self._room = fields.words(t("或房间（3-2-602）", "Or room (3-2-602)"), longest=40)
            self._name = fields.words(t("和姓名", "And name"), longest=64)
            self._reason = fields.words(
                t("依据（如何提出、如何核实）", "Reason (how they asked, how you made sure)"), longest=200
            ).classes("min-w-[20rem]")
        with ui.row():
            fields.button(t("导出 ZIP", "Export as ZIP"), fields.told(view, self._export), main=True)
            fields.button(t("删除…", "Delete …"), fields.told(view, self._delete))
        self._answer = ui.column().props("role=status aria-live=polite")

    def _asked(self) -> Asked:
        return Asked(
            estate=self._view.estate.id, number=self._number.value or "", room=self._room.value or "",
            name=self._name.value or "",
        )  # fmt: skip

    def _by(self) -> By:
        holder = self._view.holder
        by = By(id=holder.id, who=holder.who, reason=self._reason.value or "")
        by.must_say_why()
        return by

    async def _export(self) -> None:
        keeper, by = self._view.parts.keeper, self._by()
        path = await self._view.attempt(lambda: keeper.export(self._asked(), by), needs=Scope.PRIVACY_WRITE)
        if path is not None:
            ui.download.file(path)
            self._view.told("已导出，请只交给本人。", "Exported: give it to nobody but the person.")

    async def _delete(self) -> None:
        view, keeper, by = self._view, self._view.parts.keeper, self._by()
        found = await view.attempt(lambda: keeper.look(self._asked()), needs=Scope.PRIVACY_WRITE)
        if found is None:
            return
        question = view.t(
            f"将删除或匿名化：{told(view, found.counts)}。不能恢复。",
            f"To be deleted or anonymised: {told(view, found.counts)}. This cannot be undone.",
        )
        stays = "\n".join(f"· {sentence(code, chinese=view.chinese)}" for code in found.stays)
        heading = view.t("以下保留：", "What stays:")
        if not await fields.sure(view, f"{question}\n\n{heading}\n{stays}", view.t("删除", "Delete")):
            return
        done = await view.attempt(lambda: keeper.delete(self._asked(), by), needs=Scope.PRIVACY_WRITE)
        if done is not None:
            self._show(done)

    def _show(self, done: Deleted) -> None:
        view = self._view
        self._answer.clear()
        with self._answer:
            ui.label(
                view.t(
                    f"请求 {done.request}：已删除或匿名化 {told(view, done.counts)}。请告知本人以下保留项：",
                    f"Request {done.request}: {told(view, done.counts)} are gone. Tell them what stays:",
                )
            )
            for code in done.stays:
                ui.label(f"· {sentence(code, chinese=view.chinese)}")
