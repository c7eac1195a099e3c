"""``/headset``: an operator's headset in the browser, and the WebSocket of all headsets."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from starlette.requests import Request
from starlette.websockets import WebSocket

from hotline.accounts.rights import Holder, Scope
from hotline.accounts.sessions import COOKIE, SessionEnded, SignedIn
from hotline.call.errors import HotlineError
from hotline.headsets import protocol
from hotline.headsets.signalling import Introduction
from hotline.web.admitted import Admitted, By
from hotline.web.api.guard import Guard, guard_of
from hotline.web.api.problems import ApiRefused
from hotline.web.headsetparts import HeadsetParts
from hotline.web.headsetsocket import HeadsetSocket
from hotline.web.secure import same_origin

router = APIRouter(include_in_schema=False)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src blob:; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "microphone=(self), speaker-selection=(self)",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_TYPES = {"css": "text/css", "js": "text/javascript"}
_FILES = {
    name: name
    for name in (
        "headset.css", "headset.js", "headset-words.js", "headset-sound.js", "headset-line.js",
        "headset-view.js",
    )
} | {"field-limits.js": "console/field-limits.js"}  # fmt: skip
"""What the page asks for, and where it lies."""


@router.get("/headset", response_class=HTMLResponse)
async def page(request: Request) -> HTMLResponse:
    """Return the page; who is not signed in as an operator is asked for a token by it."""
    try:
        signed = await guard_of(request).sessions.check(request.cookies.get(COOKIE, ""))
    except SessionEnded:
        operator = language = ""
    else:
        operator, language = signed.holder.operator, signed.language
    marks = f'<body data-operator="{escape(operator)}" data-language="{escape(language)}" '
    return HTMLResponse(_static("headset.html").replace("<body ", marks, 1), headers=HEADERS)


@router.get("/headset/{name}")
async def script(name: str) -> Response:
    """Return a script or the style of the page."""
    if name not in _FILES:
        return Response("not found", 404)
    return Response(_static(_FILES[name]), media_type=_TYPES[name.rpartition(".")[2]], headers=HEADERS)


def _static(name: str) -> str:
    return (files("hotline.web") / "static" / name).read_text(encoding="utf-8")


@router.websocket(protocol.PATH)
async def headset(socket: WebSocket) -> None:
    """Serve a headset: Origin, token or session, then :class:`~hotline.web.headsetsocket.HeadsetSocket`."""
    if not same_origin(socket.headers.get("origin"), socket.headers.get("host", "")):
        await socket.close(1008)  # before it is accepted: the handshake is answered with 403
        return
    await socket.accept()
    try:
        who, by, id_ = await _let_in(socket)
    except HotlineError as refused:
        await socket.send_text(protocol.Error(code=refused.code, sentence=refused.sentence).dump())
        await socket.close(protocol.CLOSED_TOKEN)
        return
    parts: HeadsetParts = socket.app.state.headsets
    admitted: Admitted = socket.app.state.admitted
    serving = HeadsetSocket(socket, parts, who)
    with admitted.open(by, id_, serving.put_out):
        await serving.run()


async def _let_in(socket: WebSocket) -> tuple[Introduction, By, str]:
    """Return whose headset it is, and what it was let in by: a token, or the session of the console."""
    kind, _, rest = socket.headers.get("authorization", "").partition(" ")
    token = rest.strip() if kind.lower() == "bearer" else socket.query_params.get("token", "")
    guard: Guard = socket.app.state.guard
    if token:
        holder = await guard.check(token, socket.client.host if socket.client else "")
        by, id_ = By.TOKEN, holder.id
    else:
        signed = await _signed_in(socket)
        holder, by, id_ = signed.holder, By.SESSION, signed.session
    return _introduced(socket, holder), by, id_


async def _signed_in(socket: WebSocket) -> SignedIn:
    """Let in who is signed in at the console; only a page of ours has both its cookie and an ``Origin``."""
    if COOKIE not in socket.cookies or "origin" not in socket.headers:
        raise ApiRefused(
            "A token is needed: `hotline operators token NUMBER` makes one. In a browser sign in instead.",
            code="token-missing",
        )
    guard: Guard = socket.app.state.guard
    signed = await guard.sessions.check(socket.cookies[COOKIE])
    if signed.must_change:
        raise ApiRefused("Choose a password of your own first.", code="password-must-change")
    return signed


def _introduced(socket: WebSocket, holder: Holder) -> Introduction:
    if not holder.operator and holder.person:
        raise ApiRefused(
            "Your account is no operator's: an administrator gives it the role and the operator's number.",
            code="no-operator",
        )
    if not holder.operator:
        raise ApiRefused(
            f"This token is no operator's: it needs the scope {Scope.DESK} and a name like operator:8. "
            "`hotline operators token NUMBER` makes one.",
            code="scope-missing",
        )
    try:
        return Introduction(
            operator=holder.operator,
            estate=holder.estate,
            device=socket.query_params.get("device", ""),
        )
    except ValidationError as error:
        raise protocol.BadMessage("The device's name has more than 64 characters.") from error
