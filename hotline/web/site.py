"""Health, metrics and status over HTTP, open to all: no personal data. API and register need a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from hotline import __version__
from hotline.web import headsetsite, recordings, registersite, trust
from hotline.web.admitted import Admitted
from hotline.web.api.guard import Guard
from hotline.web.api.parts import ApiParts
from hotline.web.api.problems import answer_with_problems
from hotline.web.api.site import PATH, build_api
from hotline.web.headsetparts import HeadsetParts
from hotline.web.metrics import Metrics
from hotline.web.metrics import render as render_metrics
from hotline.web.pages import status_page
from hotline.web.secure import SecureSite

AskStatus = Callable[[], Awaitable[dict[str, Any] | None]]
"""Asks the calls process; ``None`` when it does not answer."""

_SILENT = {
    "code": "calls-process-silent",
    "sentence": "The calls process does not answer; it is being replaced.",
}


def build_site(
    ask_status: AskStatus, parts: ApiParts | None = None, headsets: HeadsetParts | None = None
) -> FastAPI:
    """Return the web application; ``parts`` add ``/wakeups`` and ``/api/v1``, ``headsets`` then ``/headset``.

    ``/healthz`` says that the web process lives, ``/readyz`` that calls are taken (503 otherwise),
    ``/api/status`` what ``hotline status`` says, ``/metrics`` its numbers for Prometheus.
    """
    site = FastAPI(title="Hotline", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    site.add_middleware(SecureSite)

    counts = None if parts is None else Metrics(parts.db, parts.clock, parts.estates, parts.hub)

    @site.get("/status", response_class=HTMLResponse, include_in_schema=False)
    async def page() -> str:
        return status_page()

    @site.get("/healthz", response_class=PlainTextResponse)
    async def healthz() -> str:
        return "ok"

    @site.get("/readyz", response_class=PlainTextResponse)
    async def readyz() -> PlainTextResponse:
        found = await ask_status()
        return PlainTextResponse("ok" if found else _SILENT["sentence"], 200 if found else 503)

    @site.get("/api/status")
    async def status() -> JSONResponse:
        found = await ask_status()
        return JSONResponse(found or _SILENT, 200 if found else 503)

    @site.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> PlainTextResponse:
        found = await ask_status()
        text = render_metrics(found) if counts is None else await counts.text(found)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    if parts is not None:
        guard = Guard(parts.tokens, parts.clock, parts.sessions)
        site.state.parts, site.state.guard = parts, guard
        site.state.admitted = Admitted(parts.db, parts.clock)
        answer_with_problems(site)
        site.include_router(registersite.router)
        site.include_router(trust.router)
        site.include_router(recordings.router)
        if headsets is not None:
            site.state.headsets = headsets
            site.include_router(headsetsite.router)
        api = build_api(parts, guard)
        api.state.admitted = site.state.admitted
        site.mount(PATH, api)
    return site
