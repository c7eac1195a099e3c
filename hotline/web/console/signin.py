"""Signing in and out: plain pages that need no script and no open session."""

from __future__ import annotations

import asyncio
import hmac
from typing import Annotated
from urllib.parse import quote, urlsplit, urlunsplit

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import passwords, sessions, signingin, users
from hotline.accounts.secondfactor import Rule, Step
from hotline.accounts.sessions import COOKIE, LONGEST, SessionEnded
from hotline.accounts.signingin import Begun
from hotline.accounts.users import SignInRefused
from hotline.call.errors import HotlineError
from hotline.web.api import estates
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.console.plainpage import HEADERS, button, field, hidden, page
from hotline.web.console.refusals import sentence_of
from hotline.web.throttle import Throttle, TooMany

router = APIRouter(include_in_schema=False)
Parts = Annotated[ApiParts, Depends(parts_of)]

PATHS = {Step.CODE: "/second-step", Step.SET_UP: "/second-factor"}
LONGEST_KEPT = int(LONGEST.total_seconds()) + 3600
"""Seconds a browser keeps the cookie: a little longer than the session, so that pages it left open go on
when the same person signs in again."""
_YEAR = 366 * 24 * 3600
"""Seconds a browser keeps which estate was chosen."""


@router.get("/sign-in", response_class=HTMLResponse)
async def form(
    request: Request, parts: Parts, where: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    """Ask for username and password; before there is anybody, lead to the first run."""
    if not await parts.db.read(users.any_at_all):
        return RedirectResponse("/first-run", 303, headers=HEADERS)
    return _page(where)


@router.post("/sign-in")
async def sign_in(
    request: Request, parts: Parts,
    username: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    where: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:  # fmt: skip
    """Let somebody in, ask for the second step, or say why not."""
    throttle: Throttle = request.app.state.throttle
    try:
        throttle.check(address_of(request))
        begun = await _begin(request, parts, username, password)
    except (SignInRefused, TooMany) as refused:
        return _page(where, f"{sentence_of(refused, chinese=True)} {refused}", 429)
    if begun is None:
        throttle.count(address_of(request))
        return _page(where, "用户名或密码不正确。 Username or password is wrong.", 401, username)
    target = safe(where)
    if begun.step is not Step.IN:
        target = _with_next(PATHS[begun.step], target)
    return entered(request, parts, begun.cookie, target)


async def _begin(request: Request, parts: ApiParts, username: str, password: str) -> Begun | None:
    kept = await parts.db.read(lambda session: _kept(session, username))
    good = await password_right(request, password, kept)
    return await parts.db.write(
        lambda session: signingin.password_given(
            session, username, good=good, rule=Rule(parts.settings.web.second_factor), at=parts.clock.now(),
            address=address_of(request), agent=request.headers.get("User-Agent", ""),
        )
    )  # fmt: skip


async def password_right(request: Request, password: str, kept: str) -> bool:
    """Whether a password is the one kept; hashed on a thread, one at a time."""
    throttle: Throttle = request.app.state.throttle
    async with throttle.hashing:
        return await asyncio.to_thread(passwords.right, password, kept)


def entered(request: Request, parts: ApiParts, cookie: str, where: str) -> Response:
    """Return the way on with a new cookie; pages left open with the one before go on as well."""
    answer = RedirectResponse(where, 303, headers=HEADERS)
    give_cookie(request, parts, answer, cookie)
    return answer


def give_cookie(request: Request, parts: ApiParts, answer: Response, cookie: str) -> None:
    """Put a session's cookie on an answer."""
    before = request.cookies.get(COOKIE, "")
    if before:
        parts.sessions.succeed(before, cookie)
    answer.set_cookie(
        COOKIE, cookie, max_age=LONGEST_KEPT, httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip


@router.post("/sign-out")
async def sign_out(
    request: Request, parts: Parts, csrf: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """End the session."""
    cookie = request.cookies.get(COOKIE, "")
    answer = RedirectResponse("/sign-in", 303, headers=HEADERS)
    try:
        signed = await parts.sessions.check(cookie)
    except SessionEnded:
        return answer
    if not same_secret(csrf, signed.csrf):
        return page("退出", "Sign out", "", status=403, problem="请再试一次。 Please try again.")
    await parts.db.write(lambda session: sessions.end(session, cookie, at=parts.clock.now()))
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/language")
async def language(
    request: Request, parts: Parts, to: Annotated[str, Query(pattern="^(zh|en)$")]
) -> Response:
    """Switch the console's language for this person, and go back to the page they came from."""
    try:
        signed = await parts.sessions.check(request.cookies.get(COOKIE, ""))
    except SessionEnded:
        return RedirectResponse("/sign-in", 303)

    def write(session: Session) -> None:
        users.find(session, signed.holder.name).language = to

    await parts.db.write(write)
    return _back(request)


@router.get("/estate")
async def estate(request: Request, parts: Parts, to: Annotated[str, Query(max_length=64)]) -> Response:
    """Look at another estate from now on in this browser, and go back to the page they came from."""
    try:
        signed = await parts.sessions.check(request.cookies.get(COOKIE, ""))
    except SessionEnded:
        return RedirectResponse("/sign-in", 303)
    found = parts.estate(to, signed.holder)
    answer = _back(request)
    answer.set_cookie(
        estates.COOKIE, found.id, max_age=_YEAR, httponly=True, samesite="lax",
        secure=request.url.scheme == "https", path="/",
    )  # fmt: skip
    return answer


def _back(request: Request) -> RedirectResponse:
    came = urlsplit(request.headers.get("Referer", ""))
    ours = came.netloc == request.url.netloc
    where = urlunsplit(("", "", came.path, came.query, "")) if ours else "/"
    return RedirectResponse(safe(where), 303, headers=HEADERS)


@router.get("/signed-in", response_class=HTMLResponse)
async def signed_in() -> HTMLResponse:
    """Where a sign-in in another tab ends."""
    text = "<p>可以关闭此页，回到刚才的页面。 Close this page and go back to the one before.</p>"
    return page("已登录", "Signed in", text)


def same_secret(given: str, expected: str) -> bool:
    """Compare what a form brought with what its session knows, in constant time."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def address_of(request: Request) -> str:
    """Return the address a request comes from."""
    return request.client.host if request.client else ""


def _kept(session: Session, username: str) -> str:
    try:
        return users.find(session, username).password_hash
    except HotlineError:
        return ""


def safe(where: str) -> str:
    """Return a path of this site: never another host, as two slashes or a backslash would name it."""
    return (
        where
        if where.startswith("/") and not where.startswith(("//", "/\\")) and where.isprintable()
        else "/"
    )


def _with_next(path: str, where: str) -> str:
    return f"{path}?next={quote(where, safe='')}"


def _page(where: str, problem: str = "", status: int = 200, username: str = "") -> HTMLResponse:
    body = (
        f'<form method="post" action="/sign-in">{hidden("next", safe(where))}'
        + field(
            "username", "用户名", "Username", value=username, attributes='autocomplete="username" autofocus'
        )
        + field("password", "密码", "Password", kind="password", attributes='autocomplete="current-password"')
        + button("登录", "Sign in")
        + "</form>"
    )
    return page("登录", "Sign in", body, status=status, problem=problem)
