"""An address without a page is answered with one of our own, in both languages; programs get a problem."""

from __future__ import annotations

import pytest
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hotline.web.console.site import nowhere

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


async def asked(path: str, accept: str) -> Response:
    scope = {
        "type": "http", "method": "GET", "path": path, "query_string": b"", "server": ("web", 80),
        "headers": [(b"accept", accept.encode())],
    }  # fmt: skip
    return await nowhere(Request(scope), HTTPException(404))


async def test_a_browser_gets_a_page_with_the_way_to_the_start() -> None:
    found = await asked("/nosuch", BROWSER)
    said = bytes(found.body).decode()
    assert (found.status_code, found.media_type) == (404, "text/html")
    assert "没有这个页面" in said and "There is no such page" in said and '<a href="/">' in said


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/api/nosuch", BROWSER, "application/problem+json"),
        ("/nosuch.js", "*/*", "text/plain"),
        ("/_nicegui/nosuch", BROWSER, "text/plain"),
    ],
)
async def test_scripts_and_programs_get_no_page(path: str, accept: str, kind: str) -> None:
    found = await asked(path, accept)
    assert (found.status_code, found.media_type) == (404, kind)
