"""An operator takes a real call at the desk in the browser and files its ticket, by keyboard alone."""

from __future__ import annotations

import pytest
from accessible import violations
from hotelhouse import House
from playwright.async_api import Browser, Page, expect

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(600), pytest.mark.peer]

PATIENCE = 60_000
"""Milliseconds: processors are shared with everything else that is tested."""
STAFF = "71"
TO_A_HUMAN = {"welcome": {"keys": "0", "interrupts": True}}


async def at_work(page: Page) -> None:
    """Sound on and ready, by keyboard."""
    await page.goto("/desk")
    await page.wait_for_selector("#desk[data-line]", state="attached", timeout=PATIENCE)
    await page.keyboard.press("Alt+e")
    await page.wait_for_selector("#desk[data-line=up]", timeout=PATIENCE)
    await page.wait_for_selector("#presence:is(.signed_out, .paused, .ready)", timeout=PATIENCE)
    if "ready" in (await page.locator("#presence").get_attribute("class") or ""):  # left so by another test
        await page.click("#pause")
        await page.wait_for_selector("#presence.paused", timeout=PATIENCE)
    await page.keyboard.press("F9")
    await page.wait_for_selector("#presence.ready", timeout=PATIENCE)


async def talking(page: Page) -> None:
    await page.wait_for_selector("#call[data-how=talking]", timeout=PATIENCE)


async def on_hold(page: Page) -> None:
    """Hold by key; refused for as long as the talk counts as interrupted by the reload."""
    for _ in range(10):
        await page.keyboard.press("Alt+h")
        try:
            await expect(page.locator("#call-state")).to_have_text("保持中", timeout=5_000)
            return
        except AssertionError:
            continue
    raise AssertionError("the call is not put on hold")


async def test_a_call_is_taken_and_its_ticket_filed_by_keyboard_and_nothing_typed_is_lost(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.OPERATOR)
    await page.context.grant_permissions(["microphone"])
    page.set_default_timeout(PATIENCE)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await at_work(page)
    with house.calling(TO_A_HUMAN, caller="13877776666"):
        await page.wait_for_selector("#call[data-how=ringing]", timeout=PATIENCE)
        await page.keyboard.press("F2")
        await talking(page)
        await expect(page.locator("#card")).to_contain_text("13877776666", timeout=PATIENCE)

        await page.keyboard.press("Alt+k")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Alt+r")
        await page.keyboard.type("5-1203")
        await page.keyboard.press("Tab")
        await expect(page.locator("#room-facts")).not_to_be_empty(timeout=PATIENCE)
        assert not await violations(page)
        await page.keyboard.press("Alt+w")
        await page.keyboard.type("楼上装修")

        await page.reload()  # the page comes back with the call and with what was typed
        await talking(page)
        await page.wait_for_selector("#desk[data-line=up][data-sound=up]", timeout=PATIENCE)
        await expect(page.locator("#room")).to_have_value("5-1203")
        await expect(page.locator("#kind")).to_have_value("complaint")
        await on_hold(page)
        await page.keyboard.press("F8")
        await expect(page.locator("#call-state")).to_have_text("通话中", timeout=PATIENCE)

        await page.evaluate("window.socket.disconnect()")  # a lost WebSocket keeps nobody from filing
        await page.keyboard.press("Alt+w")
        await page.keyboard.press("End")
        await page.keyboard.type("太吵")
        await page.keyboard.press("Alt+s")
        await expect(page.locator("#filed")).to_be_visible(timeout=PATIENCE)
        number = await page.locator("#filed").get_attribute("data-number") or ""
        await page.evaluate("window.socket.connect()")
        await expect(page.locator("#card")).to_contain_text(number, timeout=PATIENCE)
        await page.keyboard.press("Escape")
        await page.keyboard.press("F4")
        await page.wait_for_selector("#call[data-how='']", timeout=PATIENCE)
    ticket = house.cli("tickets", "show", number, "--unmasked")
    assert (ticket["kind"], ticket["place"], ticket["description"]) == (
        "complaint",
        "5-1203",
        "楼上装修太吵",
    )
    assert ticket["call"]
    assert not faults
    await page.keyboard.press("Alt+e")


async def paused(page: Page) -> None:
    """There, with the sound up, but not rung by the queue."""
    await at_work(page)
    await page.keyboard.press("F9")
    await page.wait_for_selector("#presence.paused", timeout=PATIENCE)


async def test_the_second_of_the_queue_is_taken_by_key_and_the_first_from_the_board_by_a_supervisor(
    house: House, browser: Browser
) -> None:
    house.cli("staff", "add", STAFF, "李师傅", "--telephone", "8071")
    page = await house.enter(browser, Role.OPERATOR)
    desk = await house.enter(browser, Role.SUPERVISOR)
    for one in (page, desk):
        await one.context.grant_permissions(["microphone"])
        one.set_default_timeout(PATIENCE)
        await paused(one)
    board = await desk.context.new_page()
    await board.goto("/live")
    with house.calling(TO_A_HUMAN, caller="13877771111"):
        await page.wait_for_selector("#waiting [data-place='1']", timeout=PATIENCE)
        with house.calling(TO_A_HUMAN, caller="13877772222"):
            await page.wait_for_selector("#waiting [data-place='2']", timeout=PATIENCE)
            assert not await violations(page)
            await page.keyboard.press("Alt+2")
            await page.wait_for_selector("#call[data-how=ringing]", timeout=PATIENCE)
            await page.keyboard.press("F2")
            await talking(page)
            await expect(page.locator("#card")).to_contain_text("13877772222", timeout=PATIENCE)
            await expect(page.locator("#words-state")).to_contain_text("Vosk", timeout=PATIENCE)
            await message_taken_by_keyboard(house, page)

            row = board.locator("#calls tr", has_text="138****1111")
            await row.get_by_role("button", name="接入").click()
            await desk.wait_for_selector("#call[data-how=ringing]", timeout=PATIENCE)
            await expect(row.get_by_role("button", name="接入")).to_be_visible()
            assert not await violations(board)
            await desk.keyboard.press("F2")
            await talking(desk)
            await expect(desk.locator("#card")).to_contain_text("13877771111", timeout=PATIENCE)
            await page.keyboard.press("Escape")
            for one in (page, desk):
                await one.bring_to_front()
                await one.keyboard.press("F4")
                await one.wait_for_selector("#presence.paused", timeout=PATIENCE)  # as before the call
                await one.click("#sign-out")
                await one.keyboard.press("Alt+e")


async def message_taken_by_keyboard(house: House, page: Page) -> None:
    """For a room of the house, begun in the call; nothing typed is lost by a reload."""
    await page.keyboard.press("Alt+f")
    await expect(page.locator("#message-number")).to_have_value("13877772222", timeout=PATIENCE)
    await page.keyboard.press("Tab")
    await page.keyboard.type("9-9-999")
    await page.keyboard.press("Tab")
    await page.keyboard.type("请回电话")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#message-problem")).to_be_visible(timeout=PATIENCE)
    await page.keyboard.press("Alt+f")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Control+a")
    await page.keyboard.type(STAFF)
    await page.keyboard.press("Tab")
    assert not await violations(page)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#message-taken")).to_be_visible(timeout=PATIENCE)
    number = await page.locator("#message-taken").get_attribute("data-number") or ""
    taken = house.cli("messages", "show", number, "--unmasked")
    assert (taken["text"], taken["from_number"]) == ("请回电话", "13877772222")
    await page.goto(f"/calls/{taken['call']}")
    assert await page.get_by_role("link", name="登记工单").get_attribute("href") == (
        f"/tickets/new?call={taken['call']}"
    )
    await page.goto("/desk")
    await talking(page)
    await page.wait_for_selector("#desk[data-line=up][data-sound=up]", timeout=PATIENCE)


async def test_the_board_shows_a_call_as_it_happens_with_its_number_masked(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.MANAGER)
    await page.goto("/live?screen=1")
    await page.wait_for_selector("#tile-share", timeout=PATIENCE)
    with house.calling({}, caller="13877775555"):
        row = page.locator("#calls tr", has_text="138****5555")
        await expect(row).to_contain_text("语音导航", timeout=PATIENCE)
        assert "13877775555" not in await page.content()
        assert await page.locator("#operators button").count() == 0
