"""A browser that leaves while a file is on its way: nobody is told, and no error is written.

Starlette ends a file or stream when its client goes (ASGI below 2.4, which is uvicorn's), at times before the
first byte. NiceGUI's middlewares are ``BaseHTTPMiddleware``: they take an application that sent nothing for a
broken one, raise ``RuntimeError: No response returned.`` and have an error page built for nobody.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

GONE = 499
"""Client closed request, as nginx writes it down; nobody gets to see it."""


class Answered:
    """Ends every request with an answer, whether or not somebody still waits for it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``, inside whatever expects an answer of it."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; an application that fails still fails."""
        begun = scope["type"] != "http"

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        await self._app(scope, receive, send_on)
        if not begun:
            await send({"type": "http.response.start", "status": GONE, "headers": []})
            await send({"type": "http.response.body", "body": b""})
