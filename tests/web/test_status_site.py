"""The web process's answers while the telephone answers, and while it does not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hotline.web.metrics import render as render_metrics
from hotline.web.site import build_site

STATUS = {"calls": {"channels_in_use": 3, "draining": False, "listen": "sip:x"}, "menus": {"main": "ok"}}


def web(status: dict[str, Any] | None) -> httpx.AsyncClient:
    async def ask() -> dict[str, Any] | None:
        return status

    return httpx.AsyncClient(transport=httpx.ASGITransport(build_site(ask)), base_url="http://web")


@pytest.mark.parametrize(("status", "ready"), [(STATUS, 200), (None, 503)])
async def test_ready_means_that_calls_are_taken_and_healthy_that_the_page_is_served(
    status: dict[str, Any] | None, ready: int
) -> None:
    async with web(status) as client:
        assert (await client.get("/readyz")).status_code == ready
        assert (await client.get("/api/status")).status_code == ready
        assert (await client.get("/healthz")).text == "ok"


async def test_a_silent_telephone_is_named_by_a_stable_code() -> None:
    async with web(None) as client:
        assert (await client.get("/api/status")).json()["code"] == "calls-process-silent"


def test_numbers_become_gauges_and_words_do_not() -> None:
    text = render_metrics(STATUS).decode()
    assert "hotline_up 1.0" in text
    assert "hotline_calls_channels_in_use 3.0" in text
    assert "hotline_calls_draining 0.0" in text
    assert "menus" not in text
    assert "hotline_up 0.0" in render_metrics(None).decode()


def test_trunks_are_told_with_their_names() -> None:
    status = STATUS | {
        "trunks": {"telecom": {"state": "registered"}, "unicom": {"state": "failed", "failures": 3}}
    }
    text = render_metrics(status).decode()
    assert 'hotline_trunk_up{trunk="telecom"} 1.0' in text
    assert 'hotline_trunk_up{trunk="unicom"} 0.0' in text
    assert 'hotline_trunk_failures{trunk="unicom"} 3.0' in text


async def test_the_page_is_chinese_first_and_asks_nobody_else() -> None:
    async with web(STATUS) as client:
        page = (await client.get("/status")).text
    assert page.index("热线状态") < page.index("Hotline status")
    assert "http://" not in page
    assert "https://" not in page
