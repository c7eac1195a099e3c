"""``/confirmations``: questions to owners – may they pass –, asked, decided at the desk, cancelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from nicegui import ui
from sqlalchemy.orm import Session

from hotline.accounts.rights import Scope
from hotline.call.errors import HotlineError
from hotline.confirmations import service
from hotline.confirmations.errors import ConfirmationRefused
from hotline.confirmations.models import ConfirmationRow
from hotline.confirmations.service import Question
from hotline.confirmations.states import OPEN, Spot, Standing
from hotline.web.api.parts import ApiParts
from hotline.web.console import lists
from hotline.web.console.errands import words
from hotline.web.console.errands.messages import tabs
from hotline.web.console.kit import fields, grid, paging, times
from hotline.web.console.kit.grid import Row
from hotline.web.console.sharedreads import SharedReads, columns_of
from hotline.web.console.shell import Console, Entry, View

PATH = "/confirmations"
RENEW = 2.0
"""Seconds until somebody looks again for all open pages: somebody waits at the gate."""
APART = "|"
"""Between estate and page."""
Questions = Sequence[tuple[ConfirmationRow, Standing]]


def register(console: Console) -> None:
    """Add the page."""
    parts = console.parts
    questions = SharedReads(parts.db, "questions", partial(_read, parts), _face)
    questions.begin(parts.hub, RENEW)

    @console.page(
        PATH, needs=Scope.CONFIRMATIONS_READ, entry=Entry("业主确认", "Owners' consent", "how_to_reg", 56)
    )
    async def show(view: View, page: int = 1) -> None:
        grid.styled()
        lists.styled()
        await view.unmask("confirmation.list")
        grid.heading(view, "业主确认", "Questions to owners")
        tabs(view, PATH)
        if view.may(Scope.CONFIRMATIONS_WRITE):
            with ui.expansion(view.t("询问业主", "Ask an owner"), icon="contact_phone").classes(
                "w-full no-print"
            ):
                _form(view)
        place, key = ui.column().classes("w-full"), f"{view.estate.id}{APART}{paging.page_of(page)}"

        shown: list[object] = []

        def draw(found: Questions | HotlineError) -> None:
            if view.ended is None and not isinstance(found, HotlineError) and shown != [_face(found)]:
                shown[:] = [_face(found)]
                place.clear()
                with place:
                    _list(view, found, page)

        draw(await view.read(lambda session: _read(parts, session, key)))
        questions.watch(ui.context.client, parts.hub, key, draw)


def _read(parts: ApiParts, session: Session, key: str) -> Questions:
    estate, _, page = key.partition(APART)
    now = parts.clock.now()
    found = service.listed(session, estate=estate, limit=paging.PAGE + 1, offset=paging.offset(int(page)))
    return [(row, service.standing_at(row, now)) for row in found]


def _face(found: Questions) -> object:
    return [(columns_of(row), standing) for row, standing in found]


def question_row(row: ConfirmationRow, standing: Standing, view: View, now: datetime) -> Row:
    """Return a question: number, room, matter, who and what, where, when, until, answer."""
    t, zone, masks = view.t, view.estate.zone, view.masks
    plate = row.plate if masks.unmasked or not row.plate else row.plate[:2] + "***"
    persons = t(f"{row.persons} 人", f"{row.persons} persons") if row.persons else ""
    about = " ".join(part for part in (masks.name(row.who), persons, plate, masks.text(row.what)) if part)
    spot = t(*words.SPOTS[Spot(row.spot)]) if row.spot in set(Spot) else ""
    answer = f"{times.short(row.answered_at, zone)} {masks.name(row.answered_by)} {masks.text(row.note)}"
    cells = (
        str(row.id), str(row.place), t(*words.MATTERS[row.matter]), about, spot,
        f"{times.short(row.asked_at, zone)} {masks.name(row.asked_by)}", times.clock(row.expires_at, zone),
        t(*words.STANDINGS[standing]), answer.strip() if row.answered_at else "",
    )  # fmt: skip
    tone = "amber" if standing in OPEN else "red" if standing is Standing.REFUSED else "dim"
    return Row(cells, tone="" if standing is Standing.ALLOWED else tone, key=str(row.id))


def _list(view: View, found: Questions, page: int) -> None:
    t, now = view.t, view.parts.clock.now()
    states = {str(row.id): standing for row, standing in found}
    rows = [question_row(row, standing, view, now) for row, standing in found]
    part = paging.part(rows, page)
    columns = grid.columns(
        view, ("编号", "Number", "tight"), ("房间", "Room", "tight"), ("事由", "Matter"),
        ("谁、什么", "Who, what"),
        ("在哪", "Where"), ("询问", "Asked"),
        ("等到", "Until", "tight"), ("结果", "Answer"), ("答复", "Answered"),
    )  # fmt: skip
    actions = partial(_actions, view, states) if view.may(Scope.CONFIRMATIONS_WRITE) else None
    nothing = t("还没有询问过业主。", "Nobody has been asked yet.")
    grid.grid(view, t("最近的在前", "The latest first"), columns, part.rows, nothing=nothing, actions=actions)
    grid.pager(view, part, PATH, {})


def _form(view: View) -> None:
    t = view.t
    with ui.row().classes("items-start gap-2 q-pt-sm"):
        room = fields.words(t("哪个房间的业主", "Owner of room"), longest=64)
        matter = fields.choice(t("事由", "Matter"), fields.options(view, words.MATTERS))
        spots = {"": ("不说", "not said")} | {one.value: said for one, said in words.SPOTS.items()}
        spot = fields.choice(t("在哪里等", "Where they wait"), fields.options(view, spots), "")
        persons = fields.words(t("几个人", "Persons"), longest=2)
        plate = fields.words(t("车牌", "Number plate"), longest=20)
        who = fields.words(t("什么人", "Who"), longest=64)
        what = fields.words(t("什么事或物品", "What"), longest=200)

    async def ask() -> None:
        typed = fields.needed(view, room, "请填写房间号。", "Which room?")
        count = (persons.value or "").strip()
        if count and not count.isdecimal():
            raise fields.BadField(t("人数请填数字。", "Give the number of persons."))
        rules, now = view.parts.rules(), view.parts.clock.now()
        policy = rules.named.get(rules.confirmations.policy)
        if policy is None:
            raise ConfirmationRefused("outbound.yaml has no policy for questions.", code="no-policy")
        priority = policy.priority

        def deed(session: Session) -> int:
            place = view.parts.room(session, view.estate.id, typed)
            question = Question(
                estate=view.estate.id, place=place, matter=matter.value, asked_by=view.holder.who,
                owners=view.parts.owners(session, view.estate.id, place), who=(who.value or "").strip(),
                what=(what.value or "").strip(), persons=int(count) if count else None,
                plate=(plate.value or "").strip(), spot=Spot(spot.value) if spot.value else None,
                language=view.estate.language,
            )  # fmt: skip
            return service.ask(session, question, rules.confirmations, priority=priority, now=now).id

        if await view.act("confirmation.ask", deed, needs=Scope.CONFIRMATIONS_WRITE, about=typed) is not None:
            ui.navigate.to(PATH)

    fields.button(t("打电话询问", "Ring and ask"), fields.told(view, ask), main=True)


def _actions(view: View, states: dict[str, Standing], row: Row) -> None:
    t = view.t
    if states.get(row.key) not in OPEN:
        return
    if states[row.key] is Standing.AT_DESK:
        _named(
            fields.button(t("业主同意", "Allowed"), partial(_decide, view, row.key, Standing.ALLOWED)), row
        )
    _named(fields.button(t("业主不同意", "Refused"), partial(_decide, view, row.key, Standing.REFUSED)), row)
    _named(fields.button(t("人已离开", "Has left"), partial(_cancel, view, row.key)), row)


def _named(button: ui.button, row: Row) -> None:
    button.props(f'aria-label="{button.text} {row.key}"')


async def _decide(view: View, number: str, standing: Standing) -> None:
    said = view.t(*words.STANDINGS[standing])
    question = view.t(
        f"业主对 {number} 号询问的答复：{said}。", f"The owner's answer to question {number}: {said}."
    )
    note = await fields.asked(
        view, question, view.t("业主怎么说的", "In whose words"), view.t("记下", "Write it down"), value=said
    )
    if note:
        now, who = view.parts.clock.now(), view.holder.who

        def deed(session: Session) -> None:
            service.decide(session, int(number), standing, by=who, now=now, note=note)

        await _do(view, "confirmation.decide", number, deed)


async def _cancel(view: View, number: str) -> None:
    now, who = view.parts.clock.now(), view.holder.who
    question = view.t(
        f"取消 {number} 号询问？不再打给业主。", f"Cancel question {number}? The owner is rung no more."
    )
    if await fields.sure(view, question, view.t("取消询问", "Cancel it")):
        await _do(
            view, "confirmation.cancel", number,
            lambda session: service.cancel(session, int(number), by=who, now=now),
        )  # fmt: skip


async def _do(view: View, what: str, number: str, deed: Callable[[Session], object]) -> None:
    def write(session: Session) -> bool:
        if service.find(session, int(number)).estate != view.estate.id:
            raise ConfirmationRefused(f"There is no question {number}.", code="confirmation-unknown")
        deed(session)
        return True

    if await view.act(what, write, needs=Scope.CONFIRMATIONS_WRITE, about=number):
        ui.navigate.to(PATH)
