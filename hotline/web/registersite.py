"""``/wakeups``: the register on a screen at the reception; renews itself, prints on A4.

A browser is let in with any user name and, as the password, a token that may read wake-ups.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline import sheets
from hotline.accounts.rights import Holder, Scope
from hotline.accounts.sessions import SessionEnded
from hotline.accounts.tokens import TokenRefused
from hotline.call.errors import HotlineError
from hotline.wakeup import entries
from hotline.web import registerspan
from hotline.web.api import estates
from hotline.web.api.guard import guard_of
from hotline.web.api.parts import ApiParts, EstateFacts, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.masks import Masks
from hotline.web.registerpage import Sheet, render

router = APIRouter(include_in_schema=False)

RENEW = 15
"""Seconds until the page asks again."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_ASK = {"WWW-Authenticate": 'Basic realm="Hotline", charset="UTF-8"'}


@router.get("/wakeups", response_class=HTMLResponse)
async def page(
    request: Request,
    parts: Annotated[ApiParts, Depends(parts_of)],
    day: Annotated[str, Query(alias="date", max_length=20)] = "",
    shift: Annotated[str, Query(max_length=12)] = "",
    estate: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Return the register of a day (today), or of a shift."""
    try:
        holder = await _let_in(request)
        found = parts.estate(estate, holder)
        return await _register(request, parts, holder, found, day, shift)
    except (ApiRefused, TokenRefused, SessionEnded) as refused:
        if refused.code in ("scope-missing", "too-many-wrong-tokens"):
            return _told(refused.sentence, 403 if refused.code == "scope-missing" else 429)
        return _told(_how_to_enter(), 401, markup=True)
    except HotlineError as refused:
        return _told(refused.sentence, 404)


async def _let_in(request: Request) -> Holder:
    holder = await guard_of(request).holder(request)
    if not holder.may(Scope.WAKEUPS_READ):
        raise ApiRefused(f"This token has no scope {Scope.WAKEUPS_READ}.", code="scope-missing")
    return holder


async def _register(
    request: Request, parts: ApiParts, holder: Holder, estate: EstateFacts, day: str, shift: str
) -> HTMLResponse:
    masks = Masks(await guard_of(request).looked(holder, "wakeup.register"))
    now = parts.clock.now()
    today = now.astimezone(estate.zone).date()
    wanted = _day(day) or today

    def read(session: Session) -> str:
        if shift:
            begin, end = registerspan.of_shift(session, estate.id, shift, now=now)
        else:
            begin, end = registerspan.of_day(wanted, estate.zone)
        lines = entries.between(session, parts.schedule, estate.id, begin, end, now=now)
        others = estates.choices(parts, holder)
        sheet = Sheet(
            estate=estate.name, begin=begin, end=end, made_at=now, zone=estate.zone, entries=lines,
            masks=masks, controls=_controls(estate, others, wanted, today, shift), renew=RENEW,
        )  # fmt: skip
        return render(sheet)

    return HTMLResponse(await parts.db.read(read), headers=HEADERS)


def _day(text: str) -> date | None:
    found = sheets.day(text) if text else None
    return found if found is not None and 2000 <= found.year < 2200 else None


def _controls(estate: EstateFacts, others: Iterable[EstateFacts], day: date, today: date, shift: str) -> str:
    """Return the choice of day and estate as markup."""
    chosen = [*others]
    hidden = f'<input type="hidden" name="estate" value="{escape(estate.id)}">'
    if len(chosen) > 1:
        options = "".join(
            f'<option value="{escape(one.id)}"{" selected" if one.id == estate.id else ""}>'
            f"{escape(one.name)}</option>"
            for one in chosen
        )
        hidden = f'<label>物业 <small>estate</small> <select name="estate">{options}</select></label>'
    links = " ".join(
        f'<a href="?{query}&amp;estate={escape(estate.id)}">{zh} <small>{en}</small></a>'
        for query, zh, en in (
            (f"date={day - timedelta(days=1)}", "前一天", "day before"),
            (f"date={today}", "今天", "today"),
            (f"date={day + timedelta(days=1)}", "后一天", "day after"),
            ("shift=now", "当前班次", "this shift"),
        )
    )
    value = "" if shift else day.isoformat()
    return (
        f'<form method="get"><label>日期 <small>day</small> <input type="date" name="date" value="{value}">'
        f"</label>{hidden}<button>查看 <small>show</small></button>{links}</form>"
    )


def _how_to_enter() -> str:
    command = "hotline api-tokens create NAME --scope wakeups:read"
    return (
        "<p>查看叫醒登记表需要口令。请在热线服务器上运行以下命令，并在浏览器询问时把显示的口令填入密码栏"
        "（用户名任意）。</p>"
        "<p><small>The wake-up register needs a token. Run this at the hotline's machine and give what it "
        "shows as the password when the browser asks (any user name).</small></p>"
        "<p>或者先<a href='/sign-in?next=/wakeups'>登录控制台</a>。 "
        "<small>Or <a href='/sign-in?next=/wakeups'>sign in to the console</a> first.</small></p>"
        f"<pre>{command}</pre><p><a href=''>重新登录 <small>try again</small></a></p>"
    )


def _told(text: str, status: int, *, markup: bool = False) -> HTMLResponse:
    said = text if markup else f"<p>{escape(text)}</p>"
    title = "<title>叫醒登记表 Wake-up register</title>"
    head = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8">{title}'
    style = "<style>body{font:16px/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto}</style>"
    body = f"{head}{style}<h1>叫醒登记表 <small>Wake-up register</small></h1>{said}</html>"
    return HTMLResponse(body, status, headers=HEADERS | (_ASK if status == 401 else {}))
