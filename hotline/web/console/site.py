"""Puts the console's pages on the web application. Once a process: NiceGUI keeps its pages for good."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from nicegui import core, ui
from starlette.requests import Request
from starlette.responses import Response

from hotline.web.api.guard import Guard
from hotline.web.api.parts import ApiParts
from hotline.web.api.problems import problem
from hotline.web.console import (
    accounts,
    administration,
    audit,
    desk,
    home,
    liveboard,
    menupages,
    passwordpage,
    plainpage,
    records,
    secondstep,
    setup,
    signin,
    swiftly,
    trade,
    webhooks,
)
from hotline.web.console.openpages import refuse_events_of_ended
from hotline.web.console.plainpage import both
from hotline.web.console.reports import pages as reports
from hotline.web.console.setup import firstrun
from hotline.web.console.setup.access import Access
from hotline.web.console.shell import Console
from hotline.web.throttle import Throttle

PAGES = (
    home, desk, liveboard, audit, *accounts.PAGES, *administration.PAGES, *setup.PAGES, *records.PAGES,
    *trade.PAGES, *menupages.PAGES, *reports.PAGES, webhooks,
)  # fmt: skip
"""Modules with ``register(console)``."""


def add_console(site: FastAPI, parts: ApiParts, guard: Guard) -> Console:
    """Add sign-in, the pages of :data:`PAGES` and NiceGUI; paths that ``site`` has itself come first."""
    swiftly.prepare()
    site.state.throttle = Throttle(parts.clock)
    site.state.first_run = Access(parts.home.run, parts.settings.web)
    for plain in (signin, secondstep, passwordpage, firstrun):
        site.include_router(plain.router)
    for router in (*records.ROUTERS, menupages.build_router()):
        site.include_router(router)
    for app in (site, core.app):  # plain pages, and those of NiceGUI
        app.add_exception_handler(RequestValidationError, _incomplete)
    core.app.add_exception_handler(404, nowhere)
    console = Console(parts, guard)
    refuse_events_of_ended(console.open_pages)
    for module in PAGES:
        module.register(console)
    ui.run_with(
        site, title="Hotline", language="zh-CN", binding_refresh_interval=None, reconnect_timeout=30.0,
        show_welcome_message=False, mount_path="/", tailwind=False,
        gzip_middleware_factory=swiftly.compressed,
    )  # fmt: skip
    return console


async def _incomplete(request: Request, error: Exception) -> Response:
    """Answer a browser with a page where an address lacks something, or a form sends too much."""
    assert isinstance(error, RequestValidationError)
    if "text/html" not in request.headers.get("accept", ""):
        return await request_validation_exception_handler(request, error)
    said = both(
        "地址不完整，或填写的内容太长；什么都没有保存。请返回上一页。",
        "The address is incomplete, or something typed is too long; nothing was saved. Go back.",
    )
    return plainpage.page(
        "无法打开",
        "This cannot be opened",
        f'<p>{said}</p><p><a href="/">{both("首页", "Start")}</a></p>',
        status=422,
    )


async def nowhere(request: Request, error: Exception) -> Response:
    """Answer a browser with a page where there is none; scripts and programs get what they can read."""
    path = request.url.path
    if path.startswith("/api/"):
        return problem(404, "no-such-path", "Not Found")
    if "text/html" not in request.headers.get("accept", "") or path.startswith("/_nicegui/"):
        return Response("not found", 404, media_type="text/plain")
    said = both(
        "这个地址没有页面：请检查地址是否写对，或从首页开始。",
        "There is no page at this address: check how it is written, or begin at the start.",
    )
    return plainpage.page(
        "没有这个页面",
        "There is no such page",
        f'<p>{said}</p><p><a href="/">{both("首页", "Start")}</a></p>',
        status=404,
    )
