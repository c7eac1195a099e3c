"""One hotline and one browser for all tests of a worker."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from hotelhouse import House, running_house
from playwright.async_api import Browser, async_playwright, expect

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Without windows it begins, and shows a page, for half of what the whole browser takes."""
expect.set_options(timeout=20_000)  # other tests run beside these


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have tests of pages run in one event loop: that of their browser."""
    for item in items:
        if "tests/console" in item.nodeid:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A running hotline; tests share it and leave others' things alone."""
    with running_house() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium, with a microphone that hums."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; apt-get install chromium-headless-shell")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The worker's browser; whatever a test has opened in it is closed after it."""
    yield chromium
    await asyncio.gather(*(context.close() for context in chromium.contexts))
