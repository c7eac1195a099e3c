"""An empty machine: from the first account to a call to the hotline's own menu, in a browser."""

from __future__ import annotations

import asyncio
import sqlite3

import pyotp
import pytest
from accessible import violations
from hotelhouse import SAMPLES, House, running_house
from playwright.async_api import Browser, expect

from hotline import settings

pytestmark = [pytest.mark.timeout(500), pytest.mark.peer]

SENTENCE = "a quiet lake in spring"
LOUDEST = """async () => {
  const context = new AudioContext();
  const meter = context.createAnalyser();
  context.createMediaStreamSource(document.getElementById("heard").srcObject).connect(meter);
  const frame = new Float32Array(meter.fftSize);
  const until = performance.now() + 20000;
  let loudest = 0;
  while (loudest < 0.05 && performance.now() < until) {
    meter.getFloatTimeDomainData(frame);
    for (const value of frame) loudest = Math.max(loudest, Math.abs(value));
    await new Promise((later) => setTimeout(later, 20));
  }
  return loudest;
}"""


async def until(house: House, happened: str) -> None:
    """Wait for something of the half of the test call that the hotline answers."""
    query = f"select count(*) from legs where purpose = 'test' and direction = 'inbound' and {happened}"
    async with asyncio.timeout(30):
        with sqlite3.connect(house.home / "hotline.db") as database:
            while not database.execute(query).fetchone()[0]:
                await asyncio.sleep(0.2)


async def test_an_empty_machine_is_set_up_and_answers_a_call_from_the_browser(browser: Browser) -> None:
    with running_house(roles="calls,web,headsets", lived_in=False) as house:
        page = await (await browser.new_context(base_url=house.base)).new_page()
        await page.goto("/")
        await page.wait_for_url("**/first-run")  # at the machine itself: no code is asked for
        assert await violations(page) == []
        await page.fill("[name=name]", "东湖物业")
        await page.fill("[name=numbers]", "05391234567")
        await page.click("form button")
        await page.wait_for_url("**/first-run/administrator")
        for name, text in (
            ("username", "chief"),
            ("name", "赵"),
            ("password", SENTENCE),
            ("again", SENTENCE),
        ):
            await page.fill(f"[name={name}]", text)
        assert await violations(page) == []
        await page.click("form button")
        secret = (await page.inner_text("#secret")).replace(" ", "")
        await page.fill("[name=code]", pyotp.TOTP(secret).now())
        await page.click("form button")
        await page.get_by_role("link", name="已记下，继续").click()
        await page.wait_for_url("**/setup")
        assert await violations(page) == []

        await page.goto("/setup/trunk")
        await page.get_by_label("号码或用户名").fill("0539 123")
        await page.get_by_role("button", name="添加").click()
        await expect(page.get_by_text("请填写服务器")).to_be_visible()
        assert await page.get_by_label("号码或用户名").input_value() == "0539 123"
        await page.get_by_role("link", name="稍后再说").click()

        await page.goto("/setup/rooms")
        async with page.expect_file_chooser() as chosen:
            await page.get_by_role("button", name="住户名单").click()
        await (await chosen.value).set_files(SAMPLES / "residents.csv")
        await expect(page.get_by_text("已选择：residents.csv")).to_be_visible()
        await page.get_by_role("button", name="导入").first.click()
        await expect(page.get_by_text("已导入：6 间房")).to_be_visible()

        await page.goto("/setup/operator")
        await page.get_by_label("工号").fill("07")
        await page.get_by_role("button", name="成为话务员").click()
        await page.wait_for_url("**/setup/test")
        await page.get_by_role("link", name="打开耳机并试打").click()
        await page.locator("body[data-line=up]").wait_for()
        await page.click("#test-call")
        await page.locator("body[data-call=ringing]").wait_for(timeout=60_000)
        await page.click("#pick-up")
        await page.locator("body[data-call=talking]").wait_for()
        await until(house, "answer is not null")  # before that the ringing tone is heard
        assert await page.evaluate(LOUDEST) > 0.05
        await page.keyboard.press("9")
        await asyncio.sleep(1)  # the key's tone, and some of the hum of the microphone
        await page.click("#hang-up")
        await until(house, "end is not null")
        await page.goto("/setup/test")
        await expect(page.get_by_text("收到 1 个按键，热线听到了您的声音")).to_be_visible()
        with sqlite3.connect(house.home / "hotline.db") as database:
            assert database.execute("select outcome from calls where direction = 'inbound'").fetchall() == [
                ("test",)
            ]

        await page.goto("/setup")
        await page.get_by_role("button", name="使设置生效").click()
        await expect(page.locator("header")).to_contain_text("东湖物业", timeout=180_000)
        found = settings.load(house.home / "run" / "in-service" / "hotline.yaml").estates[0]
        assert (found.name, found.numbers) == ("东湖物业", ("05391234567",))
        assert (await page.request.get("/api/status")).ok
