"""No request fills the memory: bodies have a limit, also those that do not tell their length."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotline.web.api.problems import problem

MOST_BYTES = 256 * 1024
_LARGER = {"/menus/": 2_000_000, "/config/": 4_000_000}
"""Whole files as JSON: quotes and line ends take two characters, others up to six."""
_STREAMED = ("/files", "/imports", "/sound")


class LimitedBodies:
    """Answers 413 to bodies over :data:`MOST_BYTES`, of whole files over some megabytes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or _streamed(scope):
            await self._app(scope, receive, send)
            return
        most = _most(scope["path"])
        body = await _body(receive, most)
        if body is None:
            sentence = f"A request has at most {most // 1024} KiB here."
            await problem(413, "body-too-large", sentence)(scope, receive, send)
            return
        held = [body]

        async def replay() -> Message:
            if held:
                return {"type": "http.request", "body": held.pop(), "more_body": False}
            return await receive()

        await self._app(scope, replay, send)


def _streamed(scope: Scope) -> bool:
    """Files are not held in memory: who takes them counts."""
    return bool(scope["path"].endswith(_STREAMED))


def _most(path: str) -> int:
    return next((most for part, most in _LARGER.items() if part in path), MOST_BYTES)


async def _body(receive: Receive, most: int) -> bytes | None:
    """Return the whole body; ``None`` when it is larger than allowed."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(found)
        found += message.get("body", b"")
        if len(found) > most:
            return None
        if not message.get("more_body", False):
            return bytes(found)
