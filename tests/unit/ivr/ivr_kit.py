"""What the menu tests share: the shipped menu, its texts, its windows, and the rehearsal of both."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hotline.call.ports import KnownCaller, NewTicket, Place
from hotline.duty.service import DutyBook
from hotline.ivr.loader import FLOWS, load_menu
from hotline.ivr.model import Menu
from hotline.ivr.rehearsal import RehearsalPrompts
from hotline.ivr.scenario import Script
from hotline.ivr.stage import Rehearsal
from hotline.ivr.texts import Texts, load_texts
from hotline.settings import Estate
from hotline.tickets.first_response import respond_by

ROOT = Path(__file__).parents[3]
MENUS = ROOT / "config" / "menus"
ZONE = ZoneInfo("Asia/Shanghai")
RESIDENT = KnownCaller(name="王芳", place=Place("3", "2", "602"), callback_number="13800001111")


@cache
def texts() -> Texts:
    return load_texts(ROOT / "prompts")


@cache
def duty_book() -> DutyBook:
    return DutyBook(ROOT / "config", ZONE)


@cache
def shipped_menu(name: str = "main") -> Menu:
    book = duty_book()
    prompts = RehearsalPrompts(texts())
    path = MENUS / f"{name}.yaml"
    if not path.exists():
        path = MENUS / FLOWS / f"{name}.yaml"
    return load_menu(path, prompts=prompts, windows=book.windows, rosters=book.rosters)


def first_response(ticket: NewTicket) -> timedelta | None:
    from hotline.call.virtual_time import DEFAULT_START

    by = respond_by(ticket.kind, ticket.urgency, DEFAULT_START, ticket.due_at)
    return None if by is None else by - DEFAULT_START


def rehearsal(menus: dict[str, Menu] | None = None) -> Rehearsal:
    def menu(name: str) -> Menu:
        return (menus or {}).get(name) or shipped_menu(name)

    return Rehearsal(
        menus=menu,
        texts=texts(),
        hours=duty_book(),
        estate=Estate(id="default", name="物业"),
        first_response=first_response,
    )


def named(script: Script) -> str:
    return f"{Path(script.document.file).stem}: {script.scenario.name}"
