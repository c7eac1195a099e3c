"""Whether a page can be used by people who see, hear or move less (WCAG 2.1 AA, by axe)."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
"""Naming only what is wrong, and fetching no style sheet twice, takes a third of the time."""
STILL = """async () => {
  const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(ending.map((one) => one.finished));
}"""
"""A notification that is half faded in has too little contrast, and is no mistake."""


async def violations(page: Page) -> list[str]:
    await page.evaluate(STILL)
    found: Any = await Axe().run(page, options=RULES)
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found.response["violations"]
        for node in one["nodes"][:3]
    ]
