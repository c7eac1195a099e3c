"""``/register``: 叫醒登记表 of a day or shift, red lines on top, kept true while it is open; booking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.call.ports.wakeups import NewWakeup, WakeupSummary
from hotline.wakeup import entries
from hotline.wakeup.entries import Entry
from hotline.web import registerspan
from hotline.web.api.parts import ApiParts, place_of
from hotline.web.console.kit import fields, grid, paging
from hotline.web.console.kit.grid import Column
from hotline.web.console.sharedreads import SharedReads, columns_of
from hotline.web.console.shell import Console, View
from hotline.web.console.shell import Entry as Listing
from hotline.web.console.wakeups import lines
from hotline.web.console.wakeups.when import When, read_back

PATH = "/register"
Deed = Callable[[Session], WakeupSummary]
"""Changes a booking inside a transaction."""
RENEW = 5.0
"""Seconds until somebody looks again for all open pages."""
APART = "|"
"""Between the parts of a span's key."""
LANGUAGES = {"": ("随客人", "the guest's"), "zh": ("中文", "Chinese"), "en": ("英文", "English")}


def tabs(view: View, current: str) -> None:
    """Lead to register, stays, and the screen of the reception, which prints."""
    pages = [(PATH, "登记表", "Register"), ("/register/stays", "住客", "Stays")]
    grid.tabs(view, pages, current)


def register(console: Console) -> None:
    """Add the page."""
    parts = console.parts
    days = SharedReads(parts.db, "register", partial(_read, parts), _face)
    days.begin(parts.hub, RENEW)

    @console.page(
        PATH, needs=Scope.WAKEUPS_READ, entry=Listing("叫醒登记", "Wake-ups", "alarm", 50)
    )  # fmt: skip
    async def show(view: View, date: str = "", shift: str = "", page: int = 1) -> None:
        grid.styled()
        await view.unmask("wakeup.register")
        span = Span(view, date, shift)
        grid.heading(view, "叫醒登记表", "Wake-up register")
        tabs(view, PATH)
        span.controls()
        if view.may(Scope.WAKEUPS_WRITE):
            with ui.expansion(view.t("登记叫醒", "Book a wake-up"), icon="add_alarm").classes(
                "w-full no-print"
            ):
                booking(view)
        board = Board(view, span, page)
        await board.begin()
        days.watch(ui.context.client, parts.hub, span.key, board.show)


class Span:
    """The day or shift that is looked at."""

    def __init__(self, view: View, given: str, shift: str) -> None:
        """Take what the address says; a day that is none is today."""
        self._view = view
        self.shift = shift[:12].replace(APART, "")
        self.today = view.parts.clock.now().astimezone(view.estate.zone).date()
        self.day = _day(given) or self.today

    def query(self) -> dict[str, object]:
        """Return what an address of this span says."""
        return {"shift": self.shift} if self.shift else {"date": self.day.isoformat()}

    @property
    def key(self) -> str:
        """Name it for whoever reads it for all pages."""
        return f"{self._view.estate.id}{APART}{self.shift}{APART}{self.day}"

    def controls(self) -> None:
        """Show the choice of the day and the way to the printed list."""
        view = self._view
        with ui.row().classes("items-center gap-2 no-print"):
            chosen = fields.day(view.t("日期", "Day"), None if self.shift else self.day)

            def look() -> None:
                day = _day(chosen.value or "") or self.today
                ui.navigate.to(paging.address(PATH, {"date": day.isoformat()}))

            chosen.on("keydown.enter", look)
            fields.button(view.t("查看", "Show"), look)
            for zh, en, query in (
                ("前一天", "Day before", {"date": self.day - timedelta(days=1)}),
                ("今天", "Today", {"date": self.today}),
                ("后一天", "Day after", {"date": self.day + timedelta(days=1)}),
                ("当前班次", "This shift", {"shift": registerspan.NOW}),
            ):
                ui.link(view.t(zh, en), paging.address(PATH, query)).classes("text-blue-900")
            printed = paging.address("/wakeups", {**self.query(), "estate": view.estate.id})
            ui.link(view.t("打印 / 大屏", "Print / screen"), printed, new_tab=True).classes("text-blue-900")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text[:20])
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _read(parts: ApiParts, session: Session, key: str) -> Sequence[Entry]:
    """Read a span; raises :class:`~hotline.web.registerspan.UnknownShift`."""
    estate, shift, day = key.split(APART)
    now = parts.clock.now()
    if shift:
        begin, end = registerspan.of_shift(session, estate, shift, now=now)
    else:
        begin, end = registerspan.of_day(date.fromisoformat(day), parts.estates[estate].zone)
    return entries.between(session, parts.schedule, estate, begin, end, now=now)


def _face(found: Sequence[Entry]) -> object:
    return [(one.line, one.filed, one.minutes_late, one.shown_as, columns_of(one.booking)) for one in found]


@dataclass
class Board:
    """The table, drawn anew only when something changed."""

    view: View
    span: Span
    page: int

    def __post_init__(self) -> None:
        """Leave room for what comes."""
        self._shown: object = None
        self._place = ui.column().classes("w-full gap-1")

    async def begin(self) -> None:
        """Show how it is now."""
        view, key = self.view, self.span.key
        try:
            self.show(await view.read(lambda session: _read(view.parts, session, key)))
        except HotlineError as refused:
            self.show(refused)

    def show(self, found: Sequence[Entry] | HotlineError) -> None:
        """Show what is new; nothing to somebody whose session has ended."""
        view = self.view
        if view.ended is not None:
            return
        if isinstance(found, HotlineError):
            rows: list[grid.Row] = []
            summed, nothing = "", view.t("没有正在进行的班次。", str(found))
        else:
            rows = [lines.entry(one, view.t, view.estate.zone, view.masks) for one in lines.in_order(found)]
            summed, nothing = (
                lines.totals(found, view.t),
                view.t("这段时间没有叫醒。", "No wake-ups in this time."),
            )
        if (rows, summed, nothing) != self._shown:
            self._shown = (rows, summed, nothing)
            self._draw(rows, summed, nothing)

    def _draw(self, rows: Sequence[grid.Row], summed: str, nothing: str) -> None:
        view = self.view
        part = paging.part_of_all(rows, self.page)
        self._place.clear()
        with self._place:
            ui.label(summed).classes("text-base").props("role=status")
            caption = view.t("叫醒，红色的在最前", "Wake-ups, red ones first")
            grid.grid(view, caption, columns(view), part.rows, nothing=nothing)
            grid.pager(view, part, PATH, self.span.query())


def columns(view: View) -> list[Column]:
    """Return the headings of the register."""
    t = view.t
    return [
        Column(t("时间", "Time"), tight=True), Column(t("房间", "Room"), tight=True),
        Column(t("状态", "State"), tight=True), Column(t("呼叫客房", "Rings")),
        Column(t("楼层值班", "Floor staff")), Column(t("确认", "Confirmed")),
        Column(t("晚起（分）", "Late (min)"), figures=True), Column(t("登记", "Booking")),
        Column(t("备注", "Remarks")),
    ]  # fmt: skip


def booking(view: View, room: str = "") -> None:
    """Show the form that books: what it would be is read back before it is accepted."""
    t = view.t
    with ui.row().classes("items-start gap-2 q-pt-sm"):
        place = fields.words(t("房间", "Room"), room, longest=64)
        language = fields.choice(
            t("语言", "Language"), {one: t(*said) for one, said in LANGUAGES.items()}, ""
        )
        number = fields.words(t("另拨号码（可空）", "Ring another number"), longest=64)
        note = fields.words(t("备注", "Note"), longest=200)
    when = When(view)

    async def book() -> None:
        new = NewWakeup(
            estate=view.estate.id,
            place=place_of(fields.needed(view, place, "请填写房间号。", "Which room?")),
            when=when.read(), to=(number.value or "").strip(), language=language.value or "",
            requested_by=view.holder.who, note=(note.value or "").strip(),
        )  # fmt: skip
        await booked(view, new)

    fields.button(t("读回并登记", "Read back and book"), fields.told(view, book), main=True)


async def booked(view: View, new: NewWakeup) -> None:
    """Read back what would be booked, and book it when it is meant."""

    def undone(session: Session) -> WakeupSummary:
        attempt = session.begin_nested()
        found = view.parts.book.book_in(session, new)
        attempt.rollback()
        return found

    async def tried() -> WakeupSummary:
        return await view.parts.db.write(undone)

    would_be = await view.attempt(tried, needs=Scope.WAKEUPS_WRITE)
    if would_be is None:
        return
    question = read_back(would_be, view)
    if not await fields.sure(view, question, view.t("登记", "Book")):
        return
    done = await view.act(
        "wakeup.book", lambda session: view.parts.book.book_in(session, new), needs=Scope.WAKEUPS_WRITE,
        about=str(new.place),
    )  # fmt: skip
    if done is not None:
        view.told(f"已登记，叫醒号 {done.number}。", f"Booked: wake-up {done.number}.")
        ui.navigate.to(f"/register/{done.number}")
