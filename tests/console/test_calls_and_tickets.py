"""Calls are found and heard, tickets worked on by several people at once, and nothing people wrote runs."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from hotelhouse import STRANGER, House
from openpyxl import load_workbook
from playwright.async_api import Browser, Dialog, Locator, Page, expect

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(400), pytest.mark.peer]

SCRIPT, FORMULA = "<script>alert(1)</script>", "=cmd|'/c calc'!A1"


def audited(house: House, word: str) -> list[str]:
    """Return to what something was done, by the audit."""
    with sqlite3.connect(house.home / "hotline.db") as db:
        return [detail for (detail,) in db.execute("SELECT detail FROM api_audit WHERE event = ?", (word,))]


async def filed(house: House, room: str, **words: str) -> str:
    """File a ticket and return its number."""
    options = {
        "kind": "repair",
        "caller": "13800138000",
        "room": room,
        "text": "灯不亮",
        "who": "root",
    } | words
    named = [part for name, value in options.items() for part in (f"--{name}", value)]
    made = await asyncio.to_thread(house.cli, "tickets", "new", *named, "--anyway")
    return str(made["number"])


async def closed(house: House) -> None:
    """Wait until the last recording is whole: the record is written a moment after the call."""
    query = (
        "SELECT count(*) FROM recordings JOIN legs USING (uniqueid) WHERE seconds > 1 AND legs.end NOT NULL"
    )
    deadline = time.monotonic() + 60
    while True:
        with sqlite3.connect(house.home / "hotline.db") as db:
            if db.execute(query).fetchone()[0]:
                return
        assert time.monotonic() < deadline, "no recording was closed"
        await asyncio.sleep(0.2)


async def export(page: Page, path: str) -> bytes:
    answer = await page.request.get(path)
    assert answer.status == 200, path
    return await answer.body()


async def playing(page: Page) -> float:
    return float(await page.locator("hotline-player").evaluate("player => player.audio.currentTime"))


async def test_a_supervisor_finds_a_call_by_its_number_and_hears_it(house: House, browser: Browser) -> None:
    await asyncio.to_thread(house.call)
    await closed(house)
    page = await house.enter(browser, Role.SUPERVISOR)
    await page.goto("/calls")
    await page.fill("[name=number]", STRANGER[-4:])
    await page.click(".hl-more summary")
    await page.check("[name=recorded]")
    await page.press("[name=number]", "Enter")
    await page.wait_for_url(re.compile(r"number=" + STRANGER[-4:]))
    await page.locator(".hl-list tbody a").first.click()
    await page.wait_for_url(re.compile(r"/calls/[0-9a-f]{32}$"))
    player = page.locator("hotline-player")
    await page.wait_for_function("document.querySelector('hotline-player').peaks !== undefined")
    await page.keyboard.press("Space")
    await page.wait_for_function("document.querySelector('hotline-player').audio.currentTime > 0.5")
    await page.keyboard.press("Space")
    before = await playing(page)
    await page.keyboard.press("ArrowRight")
    assert await playing(page) > before
    await expect(player.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile(r"^0:\d\d / "))
    assert page.url.rpartition("/")[2] in audited(house, "recording.listened")
    await page.locator("[data-seek]").first.click()
    await page.wait_for_function("!document.querySelector('hotline-player').audio.paused")


async def test_names_and_words_of_callers_are_shown_and_exported_as_text(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    number = await filed(house, "101", name=SCRIPT, text=FORMULA)
    page = await house.enter(browser, Role.SUPERVISOR)
    said: list[str] = []

    async def seen(dialog: Dialog) -> None:
        said.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", seen)
    await page.goto(f"/tickets?text={number}&state=all")
    await expect(page.locator(".hl-list tbody")).to_contain_text(FORMULA)
    await page.goto("/tickets/board")
    await expect(page.locator(f"[aria-label='{number}']")).to_contain_text(FORMULA)
    await page.goto(f"/tickets/{number}")
    await expect(page.locator("dd", has_text=SCRIPT)).to_be_visible()
    assert not said
    query = f"text={number}&state=all"
    table = (await export(page, f"/tickets/export.csv?{query}")).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["description"] == "'" + FORMULA and row["caller_name"] == SCRIPT
    book = tmp_path / "tickets.xlsx"
    book.write_bytes(await export(page, f"/tickets/export.xlsx?{query}"))
    sheet: Any = load_workbook(book).active
    kept = {cell.value: cell.data_type for cell in sheet[2]}
    assert kept[FORMULA] == "s"
    assert len(audited(house, "ticket.export")) >= 2


async def test_who_acts_on_what_somebody_else_has_changed_is_told_and_loses_nothing(
    house: House, browser: Browser
) -> None:
    number = await filed(house, "102")
    first = await house.enter(browser, Role.SUPERVISOR)
    second = await house.enter(browser, Role.MANAGER)
    for page in (first, second):
        await page.goto(f"/tickets/{number}")
    await second.get_by_role("button", name="派单").click()
    await second.get_by_role("dialog").get_by_label("备注 / 原因").fill("请尽快处理")
    await first.get_by_role("button", name="签领", exact=True).click()
    await first.get_by_role("dialog").get_by_role("button", name="签领").click()
    await expect(first.locator("main .hl-chip", has_text="已签领")).to_be_visible()
    dialog = second.get_by_role("dialog")
    await dialog.get_by_label("部门").fill("工程部")
    await dialog.get_by_role("button", name="派单").click()
    refusal = second.get_by_role("alert").filter(has_text="工单已有变化")
    await expect(refusal).to_contain_text("supervisor 签领")
    await expect(dialog.get_by_label("备注 / 原因")).to_have_value("请尽快处理")
    shown = await asyncio.to_thread(house.cli, "tickets", "show", number)
    assert shown["assignee"] == "supervisor"
    await expect(second.get_by_text("工单刚有变化")).to_be_attached(timeout=20_000)


async def test_a_photo_is_taken_by_what_it_is_and_a_program_is_not(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    number = await filed(house, "103")
    page = await house.enter(browser, Role.OPERATOR)
    await page.goto(f"/tickets/{number}")
    picture = tmp_path / "..-..-etc-passwd.png"
    picture.write_bytes(await page.screenshot())
    await page.set_input_files("input[type=file]", picture)
    image = page.locator(".hl-photos img")
    await image.wait_for()
    source = await image.get_attribute("src") or ""
    assert (await page.request.get(source)).headers["content-type"] == "image/png"
    kept = [path for path in (house.home / "attachments").rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{32}\.\w+", path.name) for path in kept)
    wrong = tmp_path / "photo.jpg"
    wrong.write_bytes(b"MZ" + bytes(200))
    await page.set_input_files("input[type=file]", wrong)
    await expect(page.get_by_role("alert").filter(has_text="不接受这种文件")).to_be_visible()
    assert len(await page.locator(".hl-photos img").all()) == 1


async def test_a_technician_sees_repairs_to_be_taken_and_nobody_elses_cases(
    house: House, browser: Browser
) -> None:
    repair, complaint = await filed(house, "104"), await filed(house, "105", kind="complaint")
    page = await house.enter(browser, Role.TECHNICIAN)
    await page.goto(f"/tickets/{complaint}")
    await expect(page.locator("main [role=alert]")).to_contain_text("没有这张工单")
    listed = (await export(page, "/tickets/export.csv?state=all")).decode("utf-8-sig")
    assert repair in listed and complaint not in listed
    await page.goto(f"/tickets/{repair}")
    shown = await page.locator("main [role=group] button").all_inner_texts()
    assert shown == ["签领"]
    await page.get_by_role("button", name="签领").click()
    await page.get_by_role("dialog").get_by_role("button", name="签领").click()
    await expect(page.get_by_role("button", name="到场")).to_be_visible()


async def dragged(page: Page, card: Locator, column: Locator) -> None:
    """Drag in steps, as a hand does: a browser with much to do takes one leap for none."""
    await card.hover()
    await page.mouse.down()
    for _ in range(2):
        await column.hover()
    await page.mouse.up()


async def test_a_card_moves_by_keyboard_and_only_as_the_table_allows(house: House, browser: Browser) -> None:
    number = await filed(house, "106")
    page = await house.enter(browser, Role.SUPERVISOR)
    await page.goto("/tickets/board?room=106")
    card = page.locator(f"[aria-label='{number}']")
    await dragged(page, card, page.locator("section[aria-label='已完成']"))
    await expect(page.get_by_text("不能从“已登记”直接到“已完成”。")).to_be_visible()
    await card.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").get_by_role("button", name="签领").press("Enter")
    await page.get_by_role("dialog", name=f"签领 {number}").get_by_role("button", name="签领").press("Enter")
    await expect(page.locator("section[aria-label='已签领']")).to_contain_text(number)


async def test_a_text_too_long_for_its_field_is_refused_with_a_sentence_and_never_cut(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.OPERATOR)
    await page.goto("/tickets/new")
    field = page.get_by_label("什么问题或需求")
    await field.fill("水管爆裂")
    await pasted(page, field, "长" * 3997)
    assert (
        await said(field)
        == "这里最多 4000 字，还可写 3996 字；这次的 3997 字放不下，没有写入。请缩短，或分开写。"
    )
    assert await field.input_value() == "水管爆裂"
    await pasted(page, field, "长" * 3996)
    assert await said(field) == "" and len(await field.input_value()) == 4000
    await page.keyboard.press("a")
    assert await said(field) == "这里最多 4000 字，已经写满；再多的没有写入。"
    await page.keyboard.press("Backspace")
    assert await said(field) == ""

    keyboard = await page.context.new_cdp_session(page)  # an input method: composes, then puts in
    for text in ("家里", "好"):
        await keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1})
        await keyboard.send("Input.insertText", {"text": text})
        told = "已经写满" in await said(field)
        assert told == (text == "家里") and len(await field.input_value()) == 4000
        await page.keyboard.press("Backspace")


async def pasted(page: Page, field: Locator, text: str) -> None:
    """Paste as a person does: what is in the clipboard, by the keyboard."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.evaluate("text => navigator.clipboard.writeText(text)", text)
    await field.press("End")
    await page.keyboard.press("Control+v")


async def said(field: Locator) -> str:
    """Return what is wrong about a field, as its bubble says it."""
    message: str = await field.evaluate(
        "one => new Promise(done => setTimeout(() => done(one.validationMessage)))"
    )
    return message
