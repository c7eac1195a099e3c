"""``/password``: a new password of one's own."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import users
from hotline.accounts.passwords import SHORTEST, NewPassword
from hotline.accounts.sessions import COOKIE, SessionEnded, SignedIn
from hotline.accounts.users import BadUser, SignInRefused
from hotline.web.console.plainpage import HEADERS, both, button, field, hidden, page
from hotline.web.console.refusals import sentence_of
from hotline.web.console.signin import Parts, address_of, password_right, same_secret
from hotline.web.throttle import Throttle, TooMany

router = APIRouter(include_in_schema=False)


@router.get("/password", response_class=HTMLResponse)
async def form(request: Request, parts: Parts) -> Response:
    """Ask for the present password and a new one."""
    try:
        signed = await parts.sessions.check(request.cookies.get(COOKIE, ""))
    except SessionEnded:
        return RedirectResponse("/sign-in?next=/password", 303, headers=HEADERS)
    return _page(signed)


@router.post("/password")
async def change(
    request: Request, parts: Parts, csrf: Annotated[str, Form(max_length=200)] = "",
    present: Annotated[str, Form(max_length=400)] = "", new: Annotated[str, Form(max_length=400)] = "",
    again: Annotated[str, Form(max_length=400)] = "",
) -> Response:  # fmt: skip
    """Set the password; other sessions of the account end."""
    throttle: Throttle = request.app.state.throttle
    try:
        signed = await parts.sessions.check(request.cookies.get(COOKIE, ""))
    except SessionEnded:
        return RedirectResponse("/sign-in?next=/password", 303, headers=HEADERS)
    if not same_secret(csrf, signed.csrf):
        return _page(signed, {"present": "请再试一次。 Please try again."}, 403)
    if new != again:
        return _page(signed, {"again": "两次输入不同。 The two are not the same."}, 422)
    try:
        throttle.check(address_of(request))
        kept = await _checked(request, parts, signed, present)
        if kept is None:
            throttle.count(address_of(request))
            return _page(signed, {"present": "当前密码不正确。 The present password is wrong."}, 401)
        if new == present:
            return _page(signed, {"new": "请换一个新密码。 Choose another than the present one."}, 422)
        hashed = await _new(request, signed, new)
        await _store(parts, signed, hashed)
    except BadUser as weak:
        return _page(signed, {"new": f"{sentence_of(weak, chinese=True)} {weak}"}, 422)
    except (SignInRefused, TooMany) as refused:
        return _page(signed, {"present": f"{sentence_of(refused, chinese=True)} {refused}"}, 429)
    return RedirectResponse("/", 303, headers=HEADERS)


async def _checked(request: Request, parts: Parts, signed: SignedIn, present: str) -> str | None:
    """Return the kept hash when ``present`` is the password; a wrong one counts towards the lock."""
    name = signed.holder.name
    kept = await parts.db.read(lambda session: users.find(session, name).password_hash)
    good = await password_right(request, present, kept)
    await parts.db.write(
        lambda session: users.judge(session, name, good=good, at=parts.clock.now(), last=False)
    )
    return kept if good else None


async def _new(request: Request, signed: SignedIn, new: str) -> NewPassword:
    throttle: Throttle = request.app.state.throttle
    async with throttle.hashing:
        return await asyncio.to_thread(
            users.checked_password, new, username=signed.holder.name, name=signed.name
        )


async def _store(parts: Parts, signed: SignedIn, hashed: NewPassword) -> None:
    def write(session: Session) -> None:
        users.set_password(
            session, signed.holder.name, hashed, by=signed.holder.who, at=parts.clock.now(),
            must_change=False, keep_session=signed.session,
        )  # fmt: skip

    await parts.db.write(write)


def _page(signed: SignedIn, problems: dict[str, str] | None = None, status: int = 200) -> HTMLResponse:
    wrong = problems or {}
    why = (
        f"<p>{both('密码由他人设定，请先换成自己的。', 'Somebody else set it: choose your own first.')}</p>"
        if signed.must_change
        else ""
    )
    body = (
        why + '<form method="post" action="/password">' + hidden("csrf", signed.csrf)
        + f'<input type="hidden" name="username" autocomplete="username" value="{signed.holder.name}">'
        + field("present", "当前密码", "Present password", kind="password", problem=wrong.get("present", ""),
                attributes='autocomplete="current-password" autofocus')
        + field("new", "新密码", "New password", kind="password", problem=wrong.get("new", ""),
                hint=(f"至少 {SHORTEST} 个字符，一句话最好记。", f"{SHORTEST} characters: a sentence."),
                attributes='autocomplete="new-password"')
        + field("again", "再输一次", "Once more", kind="password", problem=wrong.get("again", ""),
                attributes='autocomplete="new-password"')
        + button("更改密码", "Change the password")
        + ("" if signed.must_change else f' <a href="/me">{both("返回", "Back")}</a>') + "</form>"
    )  # fmt: skip
    return page("更改密码", "Change the password", body, status=status)
