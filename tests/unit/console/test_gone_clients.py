"""Files that NiceGUI's middlewares pass on, to a browser that has already left."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from nicegui.middlewares import RedirectWithPrefixMiddleware
from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Route

from hotline.web.console.swiftly import compressed

SCOPE = {
    "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "method": "GET", "path": "/file",
    "raw_path": b"/file", "query_string": b"", "headers": [], "root_path": "", "scheme": "http",
    "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "http_version": "1.1",
}  # fmt: skip


async def fetched(app, *, leaves: bool) -> list[dict]:
    sent, asked = [], iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        message = next(asked, None)
        if message is None and not leaves:
            await asyncio.Event().wait()
        return message or {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await RedirectWithPrefixMiddleware(app)(dict(SCOPE), receive, send)
    return sent


def site(tmp_path: Path) -> Starlette:
    (tmp_path / "style.css").write_text("body{}" * 200)

    async def file(_request):
        return FileResponse(tmp_path / "style.css")

    return Starlette(routes=[Route("/file", file)])


async def ended_by_the_client(_scope, receive, _send):
    """As Starlette's files and streams are whose client went before their first byte."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def test_a_browser_that_leaves_before_the_first_byte_is_no_error():
    with pytest.raises(RuntimeError, match="No response returned"):  # what it would be otherwise
        await fetched(ended_by_the_client, leaves=True)
    await fetched(compressed(ended_by_the_client), leaves=True)


async def test_what_fails_still_fails():
    async def broken(_scope, _receive, _send):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await fetched(compressed(broken), leaves=True)


async def test_one_that_stays_gets_its_file(tmp_path):
    sent = await fetched(compressed(site(tmp_path)), leaves=False)
    assert sent[0]["status"] == 200
    assert b"".join(message.get("body", b"") for message in sent[1:]) == b"body{}" * 200
