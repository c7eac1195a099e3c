"""The administrator breaks a menu, mends it, publishes it and goes back; no edit is put over another."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hotelhouse import House
from playwright.async_api import Browser, Page, expect

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(600), pytest.mark.peer]

NAME = "beiyuan"
MENU = """menu: beiyuan
languages: [zh]
start: hello
failure: bye
emergency: {step: bye}
longest: 600
too_long: bye
defaults: {failed: bye, noinput: no_input, nomatch: wrong_key, misheard: ask_repeat}
steps:
  hello:
    menu:
      prompts: greeting
      keys: {1: bye}
  bye:
    hangup: {prompts: goodbye}
"""
SCENARIO = """- name: who presses one is thanked
  menu: beiyuan
  call:
    - hears: greeting
    - presses: "1"
    - hears: goodbye
    - hung_up_on
"""
TRIED = 90_000
"""Milliseconds a trial may take on a busy machine."""


def menu_file(house: House) -> Path:
    folder = house.home / "config" / "menus"
    path = folder / f"{NAME}.yaml"
    if not path.exists():
        (folder / "tests" / f"{NAME}.yaml").write_text(SCENARIO, encoding="utf-8")
        path.write_text(MENU, encoding="utf-8")
    return path


async def opened(house: House, browser: Browser) -> Page:
    """Return the editor with a draft of the file as it is; drafts an earlier test left are discarded."""
    path = menu_file(house)
    path.write_text(MENU, encoding="utf-8")
    page = await house.enter(browser, Role.ADMINISTRATOR, english=True)
    while True:
        await page.goto("/menus")
        await page.get_by_label(f"Edit {NAME}", exact=True).click()
        await page.wait_for_url("**/menus/drafts/*")
        await expect(page.locator("#menu-count")).not_to_be_empty(timeout=30_000)
        if await text_of(page) == MENU:
            return page
        await discarded(page)


async def discarded(page: Page) -> None:
    await page.get_by_role("button", name="Discard").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
    await page.wait_for_url("**/menus")


async def line_becomes(page: Page, old: str, new: str) -> None:
    """Type over a line as people do."""
    number = (await text_of(page)).split("\n").index(old) + 1
    await page.evaluate("line => hotlineMenu.goTo(line)", number)
    await page.keyboard.press("End")
    await page.keyboard.press("Shift+Home")
    await page.keyboard.press("Shift+Home")  # the first stops at the indentation
    await page.keyboard.insert_text(new)


async def text_of(page: Page) -> str:
    lines = await page.locator("#menu-text .cm-line").all_inner_texts()
    return "\n".join(line.split(" ● ")[0].rstrip("\n") for line in lines)


async def publish(page: Page, why: str) -> None:
    await page.get_by_role("button", name="Publish…").click()
    await expect(page.get_by_text("1 of 1 scenarios went as written.")).to_be_visible(timeout=TRIED)
    await page.get_by_label("Why (needed, kept in the history)").fill(why)
    await page.get_by_role("button", name="Publish", exact=True).click()
    await page.wait_for_url("**/menus/history?file=*")


async def taken_up(house: House, page: Page, holds: Callable[[str], bool]) -> None:
    """Wait until the calls process answers by that text: it keeps a copy of what is in service."""
    copy = house.home / "run" / "in-service" / "menus" / f"{NAME}.yaml"
    for _ in range(100):
        if copy.exists() and holds(copy.read_text(encoding="utf-8")):
            return
        await page.wait_for_timeout(200)
    raise AssertionError("the calls process did not take the menu up")


async def test_a_broken_menu_is_not_published_and_a_mended_one_is_in_service_within_seconds(
    house: House, browser: Browser
) -> None:
    page = await opened(house, browser)
    path = menu_file(house)
    await line_becomes(page, "start: hello", "start: helo")
    problem = page.locator("#menu-problems button").first
    await expect(problem).to_contain_text('Line 3: no step "helo", did you mean "hello"?')
    await expect(page.locator(".hl-line-bad .hl-says").first).to_contain_text('no step "helo"')
    await page.get_by_role("button", name="Publish…").click()
    await expect(page.get_by_text("it cannot be published")).to_be_visible(timeout=TRIED)
    await expect(page.get_by_role("button", name="Publish", exact=True)).to_be_disabled()
    assert path.read_text(encoding="utf-8") == MENU
    await page.get_by_role("button", name="Cancel").click()

    await line_becomes(page, "start: helo", "start: hello")
    await line_becomes(page, "longest: 600", "longest: 700")
    await expect(page.locator("#menu-count")).to_have_attribute("data-holds", "true")
    await expect(page.locator("#menu-state")).to_contain_text("Saved on the server")
    await page.get_by_role("tab", name="Try it").click()
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator("#menu-call-log")).to_contain_text("您好", timeout=20_000)
    await page.get_by_role("button", name="Key 1").click()
    await expect(page.locator("#menu-call-log")).to_contain_text("再见", timeout=20_000)
    await page.get_by_role("button", name="Hang up").click()
    await expect(page.locator("#menu-call-log")).to_contain_text("The call is over", timeout=20_000)

    edited = MENU + "# edited on disk meanwhile\n"
    path.write_text(edited, encoding="utf-8")
    await page.get_by_role("button", name="Publish…").click()
    await page.wait_for_url("**/menus/compare?draft=*")
    assert path.read_text(encoding="utf-8") == edited
    await page.get_by_role("button", name="Merge both, go on editing").click()
    await page.wait_for_url("**/menus/drafts/*")
    await expect(page.locator("#menu-count")).not_to_be_empty()
    await publish(page, "longer calls")
    both = path.read_text(encoding="utf-8")
    assert "longest: 700" in both and "# edited on disk meanwhile" in both
    rows = page.locator("table tbody tr")
    await expect(rows.nth(0)).to_contain_text(
        re.compile(r"published.*administrator.*longer calls.*1/1", re.S)
    )
    await expect(rows.nth(1)).to_contain_text("changed on disk")
    await taken_up(house, page, lambda text: text == both)

    await page.get_by_label("Roll back to this… 1", exact=True).click()
    await page.get_by_label("Why (needed)").fill("not wanted")
    await page.get_by_role("button", name="Check and roll back").click()
    await expect(rows.nth(0)).to_contain_text("rolled back to version 1", timeout=TRIED)
    assert path.read_text(encoding="utf-8") == MENU
    await taken_up(house, page, lambda text: text == MENU)


async def test_nothing_typed_is_lost_by_two_windows_a_cut_line_or_a_paste_of_10_mb(
    house: House, browser: Browser
) -> None:
    page = await opened(house, browser)
    other = await page.context.new_page()
    await other.goto(page.url)
    await expect(other.locator("#menu-count")).not_to_be_empty()
    await line_becomes(page, "longest: 600", "longest: 610")
    await expect(page.locator("#menu-state")).to_contain_text("Saved on the server")
    await line_becomes(other, "longest: 600", "longest: 620")
    await expect(other.locator("#menu-beside")).to_contain_text("Nothing of yours is lost")
    assert "longest: 620" in await text_of(other) and other.url != page.url
    await other.reload()
    await expect(other.locator("#menu-count")).not_to_be_empty()
    assert "longest: 620" in await text_of(other)
    await discarded(other)

    await page.context.set_offline(True)
    await line_becomes(page, "longest: 610", "longest: 630")
    await expect(page.locator("#menu-state")).to_have_attribute("data-state", "unsaved")
    await page.context.set_offline(False)
    await page.goto(page.url)
    await expect(page.locator("#menu-kept")).to_be_visible(timeout=20_000)
    assert "longest: 610" in await text_of(page)
    await page.get_by_role("button", name="Take it").click()
    await expect(page.locator("#menu-state")).to_contain_text("Saved on the server")
    assert "longest: 630" in await text_of(page)

    await page.evaluate(
        """() => {
          const clip = new DataTransfer();
          clip.setData("text/plain", "x".repeat(10_000_000));
          const event = new ClipboardEvent("paste", {clipboardData: clip, bubbles: true, cancelable: true});
          document.querySelector("#menu-text .cm-content").dispatchEvent(event);
        }"""
    )
    await expect(page.locator("#menu-too-large")).to_contain_text("a menu has at most 500 KB")
    assert "longest: 630" in await text_of(page) and len(await text_of(page)) < 1000
    await line_becomes(page, "    hangup: {prompts: goodbye}", "    hangup: {prompts: goodbye, ")
    await page.keyboard.press("Control+Space")
    await expect(page.locator(".cm-tooltip-autocomplete")).to_be_visible()
    await page.keyboard.press("Escape")
    await discarded(page)

    await page.goto("/menus/discarded")
    await page.locator("table a").first.click()
    await page.get_by_role("button", name="Take it up again").click()
    await page.wait_for_url("**/menus/drafts/*")
    await expect(page.locator("#menu-count")).not_to_be_empty()
    assert "longest: 630" in await text_of(page)
    await discarded(page)


async def test_who_may_only_read_menus_changes_nothing(house: House, browser: Browser) -> None:
    menu_file(house)
    page = await house.enter(browser, Role.AUDITOR, english=True)
    await page.goto(f"/menus/file?name={NAME}")
    await expect(page.locator("#menu-count")).to_contain_text("No mistakes")
    assert await page.get_by_role("button", name="Edit").count() == 0
    refused = await page.evaluate(
        """async () => {
          const options = JSON.parse(document.getElementById("menu-options").textContent);
          const headers = {"X-CSRF-Token": options.csrf};
          const send = (method, path, body) => fetch(path, {method, body, headers});
          return [(await send("POST", "/menus/drafts/1", "{}")).status,
                  (await send("PUT", "/prompts/sound/zh/hours", "x")).status];
        }"""
    )
    assert refused == [403, 403]


async def test_a_recording_from_the_microphone_wins_until_it_is_taken_back(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR, english=True)
    await page.context.grant_permissions(["microphone"])
    await page.goto("/prompts/one?prompt=open_hours_test")
    assert await page.get_by_role("button", name="Record").count() == 0  # first a text
    await page.get_by_label("Text").first.fill("我们的办公时间是早上八点到下午五点。")
    await page.get_by_role("button", name="Save the text").first.click()
    section = page.locator("[data-prompt=open_hours_test][data-language=zh]")
    await section.get_by_role("button", name="Record").click()
    await expect(section.locator("[data-part=told]")).to_contain_text("Recording 3 s", timeout=20_000)
    await section.get_by_role("button", name="Stop").click()
    await section.get_by_role("button", name="Put in service").click()
    await expect(section.locator("[data-part=told]")).to_contain_text("In service", timeout=20_000)
    own = house.home / "prompts" / "zh" / "open_hours_test.wav"
    assert own.stat().st_size > 8000
    tricks = await page.evaluate(
        """async () => {
          const options = JSON.parse(document.getElementById("menu-options").textContent);
          const put = async (name) => (await fetch(`/prompts/sound/zh/${name}`, {
            method: "PUT", body: "RIFFnonsense", headers: {"X-CSRF-Token": options.csrf}})).status;
          return [await put("..%2F..%2Fconfig"), await put("Hours"), await put("hours")];
        }"""
    )
    assert tricks == [404, 422, 422]
    assert [one.name for one in own.parent.glob("*.wav")] == [own.name]  # none of them left a sound
    await page.reload()
    await page.get_by_role("button", name="Remove the own recording").click()
    await page.get_by_role("button", name="Delete it").click()
    await expect(page.get_by_text("no sound").first).to_be_visible()
    assert not own.exists()
