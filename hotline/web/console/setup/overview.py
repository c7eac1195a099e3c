"""``/setup``: which steps are done, which are left; each can be left and come back to."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.accounts import users
from hotline.callrecords.models import LegRow
from hotline.operators import config as operators
from hotline.residents.models import RoomRow
from hotline.settings import Settings
from hotline.web.console.kit import grid
from hotline.web.console.setup import edits, parts
from hotline.web.console.setup.testcall import TAKEN
from hotline.web.console.shell import Console, Entry, View


@dataclass(frozen=True, slots=True)
class Facts:
    """What there is."""

    settings: Settings
    rooms: int
    people: int
    operators: tuple[str, ...]
    tested: bool


@dataclass(frozen=True, slots=True)
class StepOf:
    """One step, and how it stands."""

    path: str
    zh: str
    en: str
    done: bool
    state: tuple[str, str]


def steps(facts: Facts, number: str) -> tuple[StepOf, ...]:
    """Return the steps for somebody with this operator's number."""
    estates, accounts = facts.settings.estates, facts.settings.sip.accounts
    named = "、".join(estate.name for estate in estates)
    dialled = any(estate.numbers for estate in estates)
    trunks = ", ".join(account.name for account in accounts)
    mine = bool(number) and number in facts.operators
    company = (named, named) if dialled else (f"{named}，尚无号码", f"{named}, no numbers yet")
    people = (f"{facts.people} 个", str(facts.people))
    rooms = (f"{facts.rooms} 间", str(facts.rooms)) if facts.rooms else ("尚未导入", "none yet")
    operator = (f"您是 {number} 号", f"You are {number}") if mine else ("您还不是话务员", "You are none yet")
    tested = ("已接通", "Answered") if facts.tested else ("尚未试打", "Not yet")
    return (
        StepOf("/setup/company", "公司与项目", "Company and estates", dialled, company),
        StepOf("/users", "账号", "Accounts", True, people),
        StepOf("/setup/rooms", "房号与住户", "Rooms and residents", facts.rooms > 0, rooms),
        StepOf("/setup/trunk", "外线", "Trunk", bool(accounts), (trunks or "稍后", trunks or "later")),
        StepOf("/setup/operator", "话务员", "Operator", mine, operator),
        StepOf("/setup/test", "试打热线", "Test call", facts.tested, tested),
    )


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup", needs=parts.NEEDS, entry=Entry("设置向导", "Set-up", "checklist", 905))
    async def overview(view: View) -> None:
        grid.styled()
        grid.heading(view, "设置向导", "Set-up")
        ui.label(
            view.t("可按任意顺序进行，随时离开再继续。", "In any order; leave and come back at any time.")
        )
        found = steps(await view.read(lambda session: _facts(session, view)), view.holder.number)
        with ui.element("ol").classes("q-pl-md"):
            for one in found:
                with ui.element("li").classes("q-py-xs"):
                    done = view.t("完成", "done") if one.done else view.t("未完成", "open")
                    ui.link(view.t(one.zh, one.en), one.path).classes("text-lg text-blue-900")
                    ui.label(f"{done} · {view.t(*one.state)}").classes("hl-muted")
        parts.taking_up(view, console.taking)


def _facts(session: Session, view: View) -> Facts:
    home = view.parts.home
    tested = select(LegRow.uniqueid).where(*TAKEN, LegRow.answer.is_not(None))
    return Facts(
        settings=edits.current(home),
        rooms=session.scalar(select(func.count()).select_from(RoomRow)) or 0,
        people=len(users.listed(session)),
        operators=tuple(one.number for one in operators.load(home.config).operators),
        tested=session.scalars(tested.limit(1)).first() is not None,
    )
