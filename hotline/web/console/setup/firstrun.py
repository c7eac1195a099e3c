"""``/first-run``: company and first administrator, before anybody can sign in. Plain pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from hotline.accounts import signingin, users
from hotline.accounts.passwords import SHORTEST, NewPassword
from hotline.accounts.rights import Role
from hotline.accounts.secondfactor import Rule, Step
from hotline.accounts.signingin import Begun
from hotline.accounts.users import BadUser, NewUser, SignInRefused
from hotline.call.errors import HotlineError, InvalidInput
from hotline.web.console.plainpage import HEADERS, both, button, field, hidden, page
from hotline.web.console.refusals import sentence_of
from hotline.web.console.setup import edits
from hotline.web.console.setup.access import COOKIE, Access, csrf_of
from hotline.web.console.setup.edits import EstateEntry
from hotline.web.console.setup.numbers import dialled
from hotline.web.console.signin import PATHS, Parts, address_of, entered, same_secret
from hotline.web.throttle import Throttle, TooMany

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=400)]
Problems = Mapping[str, str]
_STEPS = (("/first-run", "公司", "Company"), ("/first-run/administrator", "管理员", "Administrator"))
_MORE = (
    ("房号与住户", "Rooms and residents"),
    ("外线", "Trunk"),
    ("话务员", "Operator"),
    ("试打", "Test call"),
)


@router.get("/first-run", response_class=HTMLResponse)
async def company(request: Request, parts: Parts) -> Response:
    """Ask for the company and its numbers, or first for the code."""
    return await _stopped(request, parts) or _company(request, parts)


@router.post("/first-run/code")
async def code(request: Request, parts: Parts, given: Annotated[Text, Form(alias="code")] = "") -> Response:
    """Let a browser in that shows the code of this start."""
    throttle: Throttle = request.app.state.throttle
    access: Access = request.app.state.first_run
    try:
        throttle.check(address_of(request))
    except TooMany as refused:
        return _ask_code(f"{sentence_of(refused, chinese=True)} {refused}", 429)
    if not access.right(given):
        throttle.count(address_of(request))
        return _ask_code("启动码不正确。 This code is wrong.", 401)
    return _granted(request, access, RedirectResponse("/first-run", 303, headers=HEADERS))


@router.post("/first-run")
async def save_company(
    request: Request, parts: Parts, csrf: Text = "", name: Text = "", numbers: Text = ""
) -> Response:
    """Write name and numbers of the first estate into ``hotline.yaml``."""
    if stopped := await _stopped(request, parts):
        return stopped
    if not same_secret(csrf, csrf_of(_token(request))):
        return _company(request, parts, name=name, numbers=numbers, problems={"": _AGAIN}, status=403)
    problems: dict[str, str] = {}
    if not name.strip():
        problems["name"] = "请填写名称。 Give the name."
    try:
        found = dialled(numbers)
    except edits.SetUpRefused as refused:
        problems["numbers"] = f"{sentence_of(refused, chinese=True)} {refused}"
    if not problems:
        try:
            entry = EstateEntry(edits.current(parts.home).estates[0].id, name.strip(), found)
            await asyncio.to_thread(edits.set_estates, parts.home, [entry])
        except InvalidInput as invalid:
            problems |= edits.problems_by_field(invalid, ("name", "numbers"))
    if problems:
        return _company(request, parts, name=name, numbers=numbers, problems=problems, status=422)
    return RedirectResponse("/first-run/administrator", 303, headers=HEADERS)


@router.get("/first-run/administrator", response_class=HTMLResponse)
async def administrator(request: Request, parts: Parts) -> Response:
    """Ask for the first administrator."""
    return await _stopped(request, parts) or _administrator(request, {}, {})


@router.post("/first-run/administrator")
async def save_administrator(
    request: Request, parts: Parts, csrf: Text = "", username: Text = "", name: Text = "",
    password: Text = "", again: Text = "",
) -> Response:  # fmt: skip
    """Make the account and sign in as it; from here on only who signs in sets anything up."""
    if stopped := await _stopped(request, parts):
        return stopped
    typed = {"username": username, "name": name}
    if not same_secret(csrf, csrf_of(_token(request))):
        return _administrator(request, typed, {"": _AGAIN}, 403)
    new = NewUser(username=username, name=name, roles=[Role.ADMINISTRATOR])
    if problems := _problems(new, password, again):
        return _administrator(request, typed, problems, 422)
    throttle: Throttle = request.app.state.throttle
    try:
        async with throttle.hashing:
            kept = await asyncio.to_thread(users.checked_password, password, username=username, name=name)
        begun = await parts.db.write(lambda session: _make(session, request, parts, new, kept))
    except (BadUser, SignInRefused) as refused:
        return _administrator(request, typed, {_FIELDS.get(refused.code, "username"): _told(refused)}, 422)
    access: Access = request.app.state.first_run
    access.over()
    target = "/setup" if begun.step is Step.IN else f"{PATHS[begun.step]}?next=/setup"
    answer = entered(request, parts, begun.cookie, target)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _problems(new: NewUser, password: str, again: str) -> dict[str, str]:
    """Return everything that is wrong with what was typed, by field."""
    found: dict[str, str] = {}
    for check in (
        lambda: users.checked_username(new.username),
        lambda: users.check_facts(new.name, new.roles, number=new.number, language=new.language),
        lambda: users.check_password(password, username=new.username, name=new.name),
    ):
        try:
            check()
        except BadUser as refused:
            found[_FIELDS.get(refused.code, "username")] = _told(refused)
    if password != again:
        found["again"] = "两次输入不同。 The two are not the same."
    return found


def _told(refused: HotlineError) -> str:
    return f"{sentence_of(refused, chinese=True)} {refused}"


def _make(session: Session, request: Request, parts: Parts, new: NewUser, kept: NewPassword) -> Begun:
    if users.any_at_all(session):
        raise BadUser("Somebody was faster: there is an account. Sign in.", code="first-run-over")
    now = parts.clock.now()
    row = users.add(session, new, kept, by="first-run", at=now, must_change=False)
    begun = signingin.password_given(
        session, row.username, good=True, rule=Rule(parts.settings.web.second_factor), at=now,
        address=address_of(request), agent=request.headers.get("User-Agent", ""),
    )  # fmt: skip
    if begun is None:
        raise BadUser("The account cannot be signed in with.", code="user-removed")
    return begun


# --- who may, and pages ---------------------------------------------------------------------------

_FIELDS = {"weak-password": "password", "bad-name": "name", "first-run-over": ""}
_AGAIN = "请再试一次。 Please try again."


def _token(request: Request) -> str:
    access: Access = request.app.state.first_run
    return access.token(request)


async def _stopped(request: Request, parts: Parts) -> Response | None:
    """Return the answer to somebody who may not, or not yet; ``None``: go on."""
    if await parts.db.read(users.any_at_all):
        return RedirectResponse("/setup", 303, headers=HEADERS)
    access: Access = request.app.state.first_run
    if access.token(request):
        return None
    if access.at_the_machine(request) and request.method == "GET":
        target = RedirectResponse(request.url.path, 303, headers=HEADERS)
        return _granted(request, access, target)
    return _ask_code()


def _granted(request: Request, access: Access, answer: Response) -> Response:
    answer.set_cookie(
        COOKIE, access.grant(), httponly=True, samesite="strict", path="/",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


def _ask_code(problem: str = "", status: int = 200) -> HTMLResponse:
    why = both(
        "还没有人有账号。请输入启动热线时屏幕上显示的启动码。",
        "Nobody has an account yet. Enter the code shown where the hotline was started.",
    )
    form = (
        f'<p>{why}</p><form method="post" action="/first-run/code">'
        + field("code", "启动码", "Code", attributes='autocomplete="off" autofocus')
        + button("继续", "Continue") + "</form>"
        + f"<p>{both('在服务器本机打开本页则无需启动码。', 'On the machine itself none is needed.')}</p>"
    )  # fmt: skip
    return page("首次设置", "First run", form, status=status, problem=problem)


def _company(
    request: Request, parts: Parts, *, name: str | None = None, numbers: str | None = None,
    problems: Problems | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    first, wrong = edits.current(parts.home).estates[0], problems or {}
    shown = ", ".join(first.numbers) if numbers is None else numbers
    body = (
        _steps("/first-run") + '<form method="post" action="/first-run">'
        + hidden("csrf", csrf_of(_token(request)))
        + field("name", "公司或项目名称", "Name of the company or estate", problem=wrong.get("name", ""),
                value=first.name if name is None else name, attributes="maxlength=64 autofocus")
        + field("numbers", "热线号码", "Numbers people dial", value=shown, required=False,
                problem=wrong.get("numbers", ""), attributes="maxlength=300",
                hint=("如 05391234567；多个用逗号分开；可留空。", "Several with commas; may be empty."))
        + button("下一步", "Next") + "</form>"
        + f"<p>{both('更多项目可稍后在“设置向导”中添加。', 'More estates can be added later.')}</p>"
    )  # fmt: skip
    return page("首次设置", "First run", body, status=status, problem=wrong.get("", ""), wide=True)


def _administrator(
    request: Request, typed: Mapping[str, str], wrong: Problems, status: int = 200
) -> HTMLResponse:
    body = (
        _steps("/first-run/administrator") + '<form method="post" action="/first-run/administrator">'
        + hidden("csrf", csrf_of(_token(request)))
        + field("username", "用户名", "Username", value=typed.get("username", ""),
                problem=wrong.get("username", ""), hint=("小写字母和数字。", "Small letters and digits."),
                attributes='autocomplete="username" maxlength=32 autofocus')
        + field("name", "姓名", "Name", value=typed.get("name", ""), problem=wrong.get("name", ""),
                attributes='autocomplete="name" maxlength=64')
        + field("password", "密码", "Password", kind="password", problem=wrong.get("password", ""),
                hint=(f"至少 {SHORTEST} 个字符，一句话最好记。", f"At least {SHORTEST}; a sentence is best."),
                attributes='autocomplete="new-password"')
        + field("again", "再输一次", "Once more", kind="password", problem=wrong.get("again", ""),
                attributes='autocomplete="new-password"')
        + button("建立管理员", "Make the administrator") + "</form>"
    )  # fmt: skip
    return page("首次设置", "First run", body, status=status, problem=wrong.get("", ""), wide=True)


def _steps(current: str) -> str:
    items = [
        f"<li{' aria-current=step' if path == current else ''}>{number}. "
        f'<a href="{path}">{both(zh, en)}</a></li>'
        for number, (path, zh, en) in enumerate(_STEPS, 1)
    ]
    items += [f"<li>{number}. {both(zh, en)}</li>" for number, (zh, en) in enumerate(_MORE, len(_STEPS) + 1)]
    return f'<ol class="steps" aria-label="{escape("步骤 Steps")}">{"".join(items)}</ol>'
