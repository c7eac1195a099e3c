"""What holds for every answer of the site: headers that tell browsers what is not to happen, and Origin.

One ASGI middleware before everything, NiceGUI's pages and sockets included.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONSOLE_POLICY = (
    "default-src 'self'; "
    # NiceGUI puts a page's elements into an inline script, and Vue compiles templates in the browser
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""Of documents that are no pages of ours: an uploaded picture must not run anything."""
_ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    }
)
_DOCUMENTS = ("image/svg+xml", "application/xml", "text/xml", "application/pdf")
HSTS = "max-age=2592000"
"""30 days (RFC 6797): long enough to protect, short enough to turn back."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SOCKETS = "/_nicegui_ws/"
"""NiceGUI's own path; its polling is a GET that acts."""


class SecureSite:
    """Sets headers and refuses what other sites' pages send."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if _from_elsewhere(scope):
            await _refuse(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                _secure(MutableHeaders(scope=message), scope["scheme"] == "https")
            await send(message)

        await self._app(scope, receive, send_on)


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a page of our own asks; programs send no ``Origin`` (RFC 6455 section 10.2)."""
    return origin is None or urlsplit(origin).netloc.lower() == host.lower()


def _from_elsewhere(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    acts = (
        scope["type"] == "websocket"
        or scope["method"] not in _SAFE
        or str(scope["path"]).startswith(_SOCKETS)
    )
    return acts and not same_origin(headers.get("origin"), headers.get("host", ""))


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})  # not accepted yet: answered with 403
        return
    answer = PlainTextResponse(
        "This was sent by a page of another site. Open the console itself; behind a proxy it must pass the "
        "Host header on.",
        403,
        headers=dict(_ALWAYS),
    )
    await answer(scope, receive, send)


def _secure(headers: MutableHeaders, https: bool) -> None:
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        headers.setdefault("Content-Security-Policy", CONSOLE_POLICY)
    elif kind in _DOCUMENTS:
        headers.setdefault("Content-Security-Policy", _FILE_POLICY)
    if https:
        headers.setdefault("Strict-Transport-Security", HSTS)
