"""Accounts in the browser: made, signed in with a second factor, ended elsewhere."""

from __future__ import annotations

import re

import pyotp
import pytest
from accessible import violations
from hotelhouse import PASSWORD, House
from playwright.async_api import Browser, Page, expect

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(300), pytest.mark.peer]

NEW = "three boats on the river"


async def sign_in(page: Page, username: str, password: str) -> None:
    await page.goto("/sign-in")
    await page.fill("[name=username]", username)
    await page.fill("[name=password]", password)
    await page.click("form button")


async def test_an_account_is_made_signs_in_chooses_a_password_and_a_second_factor(
    house: House, browser: Browser
) -> None:
    chief = await house.enter(browser, Role.ADMINISTRATOR)
    await chief.goto("/users")
    await chief.get_by_label("用户名").fill("newcomer")
    await chief.get_by_role("button", name="新建", exact=True).click()
    await expect(chief.get_by_text("请填写姓名")).to_be_visible()
    await chief.get_by_label("姓名").fill("<b>新人</b>")
    await chief.get_by_label("角色").click()
    await chief.get_by_role("option", name="经理").click()
    await chief.keyboard.press("Escape")
    await chief.get_by_role("button", name="新建", exact=True).dblclick()  # made once, and not refused after
    given = await chief.locator(".shown-once input").input_value()

    await expect(chief.get_by_text("已有账号")).to_have_count(0)

    context = await browser.new_context(base_url=house.base)
    page = await context.new_page()
    await sign_in(page, "newcomer", given)
    await page.wait_for_url("**/password")
    for name, text in (("present", given), ("new", NEW), ("again", NEW)):
        await page.fill(f"[name={name}]", text)
    assert await violations(page) == []
    await page.click("form button")
    await page.goto("/me")
    assert await violations(page) == []
    await page.get_by_role("link", name="设置", exact=True).click()
    secret = (await page.inner_text("#secret")).replace(" ", "")
    await page.fill("[name=password]", NEW)
    await page.fill("[name=code]", pyotp.TOTP(secret).now())
    assert await violations(page) == []
    await page.click("form button")
    recovery = await page.locator("#recovery code").all_inner_texts()
    assert len(recovery) == 10

    other = await (await browser.new_context(base_url=house.base)).new_page()
    await sign_in(other, "newcomer", NEW)
    await other.fill("[name=code]", recovery[0])
    assert await violations(other) == []
    await other.click("form button")
    await other.wait_for_url(f"{house.base}/")
    await page.goto("/me")
    await page.get_by_role("button", name="退出其他设备").click()
    await other.wait_for_url("**/sign-in**", timeout=30_000)

    await chief.goto("/users/newcomer")
    await chief.get_by_role("button", name="停用", exact=True).click()
    await chief.get_by_role("button", name="停用账号").click()
    await page.wait_for_url("**/sign-in**", timeout=30_000)
    await sign_in(page, "newcomer", NEW)
    await expect(page.get_by_role("alert")).to_contain_text("不正确")


async def test_five_wrong_passwords_lock_an_account_until_an_administrator_opens_it(
    house: House, browser: Browser
) -> None:
    made = house.cli("users", "add", "locked", "--role", "auditor")
    page = await (await browser.new_context(base_url=house.base)).new_page()
    for _ in range(5):
        await sign_in(page, "locked", "wrong")
        await expect(page.get_by_role("alert")).to_contain_text("不正确")
    await sign_in(page, "locked", made["password"])
    await expect(page.get_by_role("alert")).to_contain_text("锁定")
    assert await violations(page) == []
    chief = await house.enter(browser, Role.ADMINISTRATOR)
    await chief.goto("/users/locked")
    async with chief.expect_navigation():
        await chief.get_by_role("button", name="解锁").click()
    await sign_in(page, "locked", made["password"])
    await page.wait_for_url("**/password")
    house.cli("users", "remove", "locked")


async def test_a_session_that_ran_out_keeps_what_was_typed_and_goes_on_after_a_sign_in(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    await page.goto("/tokens")
    await page.get_by_label("名称（哪个程序）").fill("pms")
    run_out(house, "administrator")
    told = page.get_by_text("登录已过期")
    await expect(told).to_be_visible(timeout=30_000)
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="登录（新标签页）").click()
    fresh = await opened.value
    await fresh.fill("[name=username]", "administrator")
    await fresh.fill("[name=password]", PASSWORD)
    await fresh.click("form button")
    await fresh.wait_for_url("**/signed-in")
    await expect(told).to_be_hidden(timeout=30_000)
    assert await page.get_by_label("名称（哪个程序）").input_value() == "pms"
    await page.get_by_label("话务员工号").fill("x")
    await page.get_by_role("button", name="生成话务员令牌").click()
    await expect(page.get_by_text("工号为 1 至 8 位数字")).to_be_visible()


def run_out(house: House, username: str) -> None:
    """Let the sessions of somebody be unused for hours."""
    import sqlite3

    with sqlite3.connect(house.home / "hotline.db") as database:
        database.execute(
            "update user_sessions set seen_at = '2026-01-01 00:00:00.000000' where username = ?", (username,)
        )


async def test_a_token_is_shown_once_and_revoked(house: House, browser: Browser) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    await page.goto("/tokens")
    await page.get_by_label("话务员工号").fill("02")
    await page.get_by_role("button", name="生成话务员令牌").click()
    token = await page.locator(".shown-once input").input_value()
    assert re.fullmatch(r"hlt_[0-9a-f]{8}_.{40,}", token)
    await page.goto("/tokens")
    await expect(page.get_by_text("operator:02")).to_be_visible()
    assert token not in await page.content()
    assert await violations(page) == []
    row = page.locator("tr", has_text="operator:02")
    await row.get_by_role("button", name="吊销").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="吊销").click()
    await expect(row).to_be_hidden()


async def test_an_administrator_of_one_estate_has_its_accounts_alone_and_not_the_machine(
    house: House, browser: Browser
) -> None:
    made = house.cli("users", "add", "local", "--role", "administrator", "--estate", "default")
    page = await (await browser.new_context(base_url=house.base)).new_page()
    await sign_in(page, "local", made["password"])
    await page.wait_for_url("**/password")
    for name, text in (("present", made["password"]), ("new", NEW), ("again", NEW)):
        await page.fill(f"[name={name}]", text)
    await page.click("form button")
    for path in ("/audit", "/system", "/config", "/config/hotline.yaml"):
        assert (await page.request.get(path)).status == 403, path
    await page.goto("/users")
    await expect(page.locator("tr", has_text="local")).to_be_visible()
    assert await page.locator("tr", has_text="supervisor").count() == 0
    await page.get_by_label("项目").click()
    assert await page.get_by_role("option").all_inner_texts() == ["示范小区"]
    await page.goto("/users/administrator")
    await expect(page.get_by_role("alert")).to_contain_text("没有这个账号")
    house.cli("users", "remove", "local")
