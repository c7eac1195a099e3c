"""Every page, in both languages: opens, says no error, is accessible; kept as pictures."""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from accessible import violations
from hotelhouse import House
from livedin import FOREIGNER, live_in
from playwright.async_api import Browser, Error, Page, expect

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(400), pytest.mark.peer]

PICTURES = Path(os.environ.get("HOTLINE_PICTURES", "build/pictures"))
"""Where screenshots are kept: looked at by people, and by CI as artefacts."""
AT_ONCE = 2
"""Pages open at the same time in each language: as many as there are processors."""
UNFOLDED = """() => {
  const folded = ".q-expansion-item--collapsed > .q-expansion-item__container > .q-item";
  document.querySelectorAll(folded).forEach((head) => head.click());
  document.querySelectorAll("main details:not([open])").forEach((one) => (one.open = true));
}"""
AT_REST = """() => !document.querySelector("main .q-expansion-item--collapsed") &&
  [...document.querySelectorAll(".q-expansion-item__content")].every((one) => !one.style.transition)"""


async def filled(page: Page) -> None:
    """Wait for what a page gets once it is open: figures that are counted, the first sheet of the board."""
    await expect(page.get_by_text(re.compile("正在统计|Counting …"))).to_have_count(0)
    await expect(page.locator("#tile-channels b", has_text=re.compile("^–$"))).to_have_count(0)


async def listed(page: Page) -> list[str]:
    """Return the paths of the navigation."""
    links = page.locator("nav a")
    await links.first.wait_for(state="attached")
    return [await link.get_attribute("href") or "" for link in await links.all()]


class Looking:
    """Opens pages in one language, several at a time, and writes down what is wrong about them."""

    def __init__(self, start: Page, language: str) -> None:
        self.start = start
        self.folder = PICTURES / language
        self.folder.mkdir(parents=True, exist_ok=True)
        self.said: list[str] = []

    async def through(self, paths: Sequence[str], *, checked: int) -> None:
        """Look at all of ``paths``; of every other one also whether it is accessible."""
        waiting = deque((path, place % 2 == checked) for place, path in enumerate(paths))

        async def some() -> None:
            page = await self.start.context.new_page()
            page.on("pageerror", lambda error: self.said.append(f"{page.url}: {error}"))
            page.on("console", lambda line: self._line(page, line.type, line.text))
            while waiting:
                path, accessible = waiting.popleft()
                await self._one(page, path)
                if accessible:
                    self.said += [f"{path}: {one}" for one in await violations(page)]

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def _one(self, page: Page, path: str) -> None:
        answer = await page.goto(path)
        if answer is None or answer.status != 200:
            self.said.append(f"{path}: answered with {answer.status if answer else 'nothing'}")
        try:
            await page.locator("main h1, main [role=heading][aria-level='1']").first.wait_for()
            await page.evaluate(UNFOLDED)
            await page.wait_for_function(AT_REST)
            await filled(page)
        except (Error, AssertionError) as error:
            self.said.append(f"{path}: no heading, does not unfold, or counts on: {str(error)[:80]}")
        if await page.locator("main > div > .q-card[role=alert]").count():
            self.said.append(f"{path}: is refused")
        name = re.sub(r"[^\w.-]+", "-", path.strip("/")) or "start"
        await page.screenshot(path=self.folder / f"{name[:80]}.png", full_page=True)

    def _line(self, page: Page, kind: str, text: str) -> None:
        if kind == "error":
            self.said.append(f"{page.url}: {text}")


@pytest.fixture(scope="module")
def about_one(house: House) -> list[str]:
    """The pages that are about one thing, in a house where there is one of each."""
    return live_in(house)


async def test_every_page_opens_without_an_error_and_is_accessible(
    house: House, browser: Browser, about_one: list[str]
) -> None:
    chinese = Looking(await house.enter(browser, Role.ADMINISTRATOR), "zh")
    english = Looking(await house.enter(browser, Role.ADMINISTRATOR, user=FOREIGNER, english=True), "en")
    paths = [*await listed(chinese.start), *about_one]
    await asyncio.gather(chinese.through(paths, checked=0), english.through(paths, checked=1))
    assert not (chinese.said + english.said), "\n".join(chinese.said + english.said)


async def test_who_works_for_all_estates_chooses_one_by_keyboard_and_sees_only_its_things(
    house: House, browser: Browser, about_one: list[str]
) -> None:
    ticket = next(path for path in about_one if re.fullmatch(r"/tickets/\d+", path))
    page = await house.enter(browser, Role.ADMINISTRATOR, user=FOREIGNER, english=True)
    await page.goto("/campaigns")
    choice = page.get_by_role("button", name="Estate: 示范小区, change")
    await choice.focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog", name="Choose an estate").wait_for()
    assert not await violations(page)
    await page.get_by_role("link", name="西苑").press("Enter")
    await page.get_by_role("button", name="Estate: 西苑, change").wait_for()
    assert page.url.endswith("/campaigns")
    await expect(page.get_by_text("There is no campaign yet")).to_be_visible()
    await page.goto(ticket)
    await expect(page.locator("main [role=alert]")).to_be_visible()
    await page.goto("/estate?to=default")
    await page.goto(ticket)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(ticket.rpartition("/")[2])


async def test_a_wide_table_is_cards_on_a_telephone_and_nothing_runs_out_of_the_screen(
    house: House, browser: Browser, about_one: list[str]
) -> None:
    window = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = await house.enter(browser, Role.MANAGER, **window)
    (PICTURES / "telephone").mkdir(parents=True, exist_ok=True)
    review = next(path for path in about_one if path.startswith("/quality/"))
    for path in ("/", "/live", "/reports", "/tickets", "/duty", "/outside", "/fees", review):
        await page.goto(path)
        await page.locator("main h1, main [role=heading][aria-level='1']").first.wait_for()
        await filled(page)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, path
        name = re.sub(r"[^\w.-]+", "-", path.strip("/")) or "start"
        await page.screenshot(path=PICTURES / "telephone" / f"{name}.png", full_page=True)
    await page.goto("/outside")
    line = page.locator(".hl-cards tbody tr", has_text="000901")
    assert await line.evaluate("row => getComputedStyle(row).display") == "block"


async def test_a_role_sees_and_opens_only_what_it_may(house: House, browser: Browser) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    everything = set(await listed(page))
    page = await house.enter(browser, Role.TECHNICIAN)
    own = set(await listed(page))
    assert own < everything
    for path in sorted(everything - own):
        answer = await page.request.get(path)
        assert (answer.status, "您的角色不能打开此页" in await answer.text()) == (403, True), path


@pytest.mark.parametrize("path", ["/", "/calls", "/tickets/1", "/reports"])
async def test_nobody_sees_anything_before_signing_in(house: House, path: str) -> None:
    async with httpx.AsyncClient(base_url=house.base) as program:
        answer = await program.get(path)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in")
