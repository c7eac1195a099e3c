"""The second factor: a code at sign-in, and setting it up – plain pages."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import secondfactor, sessions, signingin, users
from hotline.accounts.sessions import COOKIE, SessionEnded
from hotline.accounts.signingin import SetUp
from hotline.accounts.usermodels import UserSessionRow
from hotline.accounts.users import SignInRefused
from hotline.web.console.plainpage import HEADERS, both, button, field, hidden, page
from hotline.web.console.refusals import sentence_of
from hotline.web.console.signin import (
    Parts,
    address_of,
    entered,
    give_cookie,
    password_right,
    safe,
    same_secret,
)
from hotline.web.throttle import Throttle, TooMany

router = APIRouter(include_in_schema=False)
Next = Annotated[str, Query(alias="next", max_length=500)]
NextField = Annotated[str, Form(alias="next", max_length=500)]
_CODE = 'inputmode="numeric" autocomplete="one-time-code" autofocus'
_WRONG = "验证码不正确，或已经用过。请等下一个。 This code is wrong, or was used: wait for the next."


# --- the code at sign-in --------------------------------------------------------------------------


@router.get("/second-step", response_class=HTMLResponse)
async def ask(request: Request, parts: Parts, where: Next = "/") -> Response:
    """Ask for the code."""
    try:
        csrf = await parts.db.read(
            lambda session: sessions.pending(session, _cookie(request), at=parts.clock.now()).csrf
        )
    except SessionEnded:
        return RedirectResponse("/sign-in", 303, headers=HEADERS)
    return _asking(csrf, where)


@router.post("/second-step")
async def answer(
    request: Request, parts: Parts, csrf: Annotated[str, Form(max_length=200)] = "",
    code: Annotated[str, Form(max_length=40)] = "", where: NextField = "/",
) -> Response:  # fmt: skip
    """Let in who shows the right code."""
    throttle: Throttle = request.app.state.throttle

    def write(session: Session) -> str | None:
        row = sessions.pending(session, _cookie(request), at=parts.clock.now())
        if not same_secret(csrf, row.csrf):
            return None
        return signingin.code_given(session, _cookie(request), code, at=parts.clock.now())

    try:
        throttle.check(address_of(request))
        cookie = await parts.db.write(write)
    except SessionEnded:
        return RedirectResponse("/sign-in", 303, headers=HEADERS)
    except (SignInRefused, TooMany) as refused:
        return _asking(csrf, where, f"{sentence_of(refused, chinese=True)} {refused}", 429)
    if cookie is None:
        throttle.count(address_of(request))
        return _asking(csrf, where, _WRONG, 401)
    return entered(request, parts, cookie, safe(where))


def _asking(csrf: str, where: str, problem: str = "", status: int = 200) -> HTMLResponse:
    body = (
        '<form method="post" action="/second-step">' + hidden("csrf", csrf) + hidden("next", safe(where))
        + field(
            "code", "验证码", "Code", attributes=_CODE,
            hint=("验证器上的六位数字；手机丢失时用恢复码。", "Six digits, or a recovery code."),
        )
        + button("继续", "Continue") + "</form>"
        + f'<p><a href="/sign-in">{both("重新登录", "Begin again")}</a></p>'
    )  # fmt: skip
    return page("第二步验证", "Second step", body, status=status, problem=problem)


# --- setting it up ---------------------------------------------------------------------------------


@router.get("/second-factor", response_class=HTMLResponse)
async def set_up(request: Request, parts: Parts, where: Next = "/") -> Response:
    """Show the secret to set up, as a picture and as text."""
    return await _setting_up(request, parts, where)


@router.post("/second-factor")
async def confirm(
    request: Request, parts: Parts, csrf: Annotated[str, Form(max_length=200)] = "",
    code: Annotated[str, Form(max_length=40)] = "",
    password: Annotated[str, Form(max_length=400)] = "", where: NextField = "/",
) -> Response:  # fmt: skip
    """Put it into service when its first code is right; show the recovery codes, once."""
    throttle: Throttle = request.app.state.throttle
    try:
        throttle.check(address_of(request))
        kept, passed = await parts.db.read(lambda session: _kept(session, request, parts))
        good = not passed or await password_right(request, password, kept)

        def write(session: Session) -> SetUp | None:
            row = _own(session, request, parts)
            if not same_secret(csrf, row.csrf):
                return None
            users.judge(session, row.username, good=good, at=parts.clock.now(), last=False)
            return signingin.confirm(session, row, code, at=parts.clock.now()) if good else None

        done = await parts.db.write(write)
    except SessionEnded:
        return RedirectResponse("/sign-in", 303, headers=HEADERS)
    except (SignInRefused, TooMany) as refused:
        return await _setting_up(
            request, parts, where, f"{sentence_of(refused, chinese=True)} {refused}", 429
        )
    if done is None:
        throttle.count(address_of(request))
        wrong = _WRONG if good else "密码不正确。 The password is wrong."
        return await _setting_up(request, parts, where, wrong, 401)
    shown = _recovery(done.recovery, where)
    if done.cookie:
        give_cookie(request, parts, shown, done.cookie)
    return shown


async def _setting_up(
    request: Request, parts: Parts, where: str, problem: str = "", status: int = 200
) -> Response:
    def write(session: Session) -> tuple[str, str, str, bool]:
        row = _own(session, request, parts)
        return signingin.offer(session, row), row.username, row.csrf, row.passed

    try:
        secret, username, csrf, passed = await parts.db.write(write)
    except SessionEnded:
        return RedirectResponse("/sign-in", 303, headers=HEADERS)
    picture = secondfactor.picture(secondfactor.address(secret, username))
    again = field("password", "您的密码", "Your password", kind="password") if passed else ""
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    body = (
        "<p>"
        + both(
            "用手机上的验证器（如 Microsoft Authenticator、FreeOTP）扫描此码，再输入六位数字。",
            "Scan this with an authenticator on your telephone, then type the six digits it shows.",
        )
        + f'</p><div role="img" aria-label="二维码 QR code">{picture}</div>'
        + f"<p>{both('不能扫描时输入', 'or type')}: <code id=secret>{escape(spaced)}</code></p>"
        + '<form method="post" action="/second-factor">' + hidden("csrf", csrf) + hidden("next", safe(where))
        + again + field("code", "验证码", "Code", attributes=_CODE) + button("确认", "Confirm") + "</form>"
    )  # fmt: skip
    return page("设置第二步验证", "Set up the second factor", body, status=status, problem=problem)


def _recovery(codes: tuple[str, ...], where: str) -> HTMLResponse:
    listed = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    why = both(
        "手机丢失时，每个恢复码可代替一次验证码。只显示这一次，请抄下并妥善保管。",
        "When the telephone is lost each stands for one code. They are shown only now: write them down.",
    )
    go_on = (
        f'<a class="button" href="{escape(safe(where))}">{both("已记下，继续", "Written down, continue")}</a>'
    )
    return page("恢复码", "Recovery codes", f"<p>{why}</p><ul id=recovery>{listed}</ul>{go_on}")


def _own(session: Session, request: Request, parts: Parts) -> UserSessionRow:
    """Return the session that may set up a second factor.

    One that is in, or one whose sign-in waits for it; never one that waits for a code of another.
    """
    now = parts.clock.now()
    row = session.get(UserSessionRow, sessions.hashed(_cookie(request)))
    if row is not None and sessions.holds(row, now):
        return row
    row = sessions.pending(session, _cookie(request), at=now)
    if users.find(session, row.username).totp_secret:
        raise SessionEnded("The second factor is set up: sign in with its code.")
    return row


def _kept(session: Session, request: Request, parts: Parts) -> tuple[str, bool]:
    row = _own(session, request, parts)
    return users.find(session, row.username).password_hash, row.passed


def _cookie(request: Request) -> str:
    return request.cookies.get(COOKIE, "")
