"""Health, metrics and status over HTTP. No personal data is served here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from hotline import __version__
from hotline.web.pages import status_page

AskStatus = Callable[[], Awaitable[dict[str, Any] | None]]
"""Asks the calls process; ``None`` when it does not answer."""

_SILENT = {
    "code": "calls-process-silent",
    "sentence": "The calls process does not answer; it is being replaced.",
}


def build_site(ask_status: AskStatus) -> FastAPI:
    """Return the web application.

    ``/healthz`` says that the web process lives, ``/readyz`` that calls are taken (503 otherwise),
    ``/api/status`` what ``hotline status`` says, ``/metrics`` its numbers for Prometheus.
    """
    site = FastAPI(title="Hotline", version=__version__, docs_url=None, redoc_url=None)

    @site.get("/", response_class=HTMLResponse, include_in_schema=False)
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
        return PlainTextResponse(render_metrics(await ask_status()), media_type="text/plain; version=0.0.4")

    return site


def render_metrics(status: dict[str, Any] | None) -> bytes:
    """Return every number of the status as a gauge ``hotline_<section>_<name>`` (Prometheus text)."""
    registry = CollectorRegistry()
    Gauge("hotline_up", "1 when the calls process answers", registry=registry).set(1 if status else 0)
    for section, values in (status or {}).items():
        for name, value in (values if isinstance(values, dict) else {}).items():
            if isinstance(value, int | float):
                Gauge(f"hotline_{section}_{name}", f"{section}: {name}", registry=registry).set(value)
    return generate_latest(registry)
