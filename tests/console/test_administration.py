"""Staff numbers, configuration, people's own data and the audit, by browser against a running hotline."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hotelhouse import House
from playwright.async_api import Browser, Page

from hotline.accounts.rights import Role

pytestmark = [pytest.mark.timeout(400), pytest.mark.peer]

RESIDENT = "13800001111"
"""张伟 of 3-2-602 in the sample directory."""
SLOW = 60_000
"""Milliseconds: checking all files takes seconds of a processor that others use, too."""


async def test_an_administrator_adds_somebody_and_sees_their_pin_once(house: House, browser: Browser) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    await page.goto("/staff")
    await page.get_by_label("工号").fill("90817263")
    await page.get_by_label("姓名").fill("<script>alert(1)</script>")
    await page.get_by_label("电话").fill("13912345678")
    await page.get_by_role("button", name="添加并给出密码").click()
    shown = page.locator(".shown-once input")
    await shown.wait_for(timeout=SLOW)
    pin = await shown.input_value()
    assert pin.isdigit()
    await page.goto("/staff")
    table = await page.locator("table").inner_text()
    assert "90817263" in table and "139****5678" in table and "alert(1)" not in table and pin not in table
    await page.get_by_role("button", name="新密码 90817263").click()
    await shown.wait_for(timeout=SLOW)
    assert await shown.input_value() != pin
    lines = house.cli("audit", "list", "--word", "90817263")
    assert {line["event"] for line in lines} == {"added", "pin"}
    assert all(line["by"] == "user:administrator" for line in lines)


async def test_a_file_is_saved_only_when_it_holds_and_nobody_changed_it_meanwhile(
    house: House, browser: Browser
) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    path = house.home / "config" / "sla.yaml"
    before = path.read_text(encoding="utf-8")
    await page.goto("/config/sla.yaml")
    await page.get_by_role("textbox", name="文件内容").wait_for(timeout=SLOW)
    await _typed(page, "nonsense: [1\n")
    await page.get_by_text("错误", exact=True).first.wait_for(timeout=SLOW)
    assert "sla.yaml:" in await page.locator("table").inner_text()
    assert path.read_text(encoding="utf-8") == before
    await page.goto("/config/sla.yaml")
    await _typed(page, "# by the console\n")
    await page.get_by_text("已保存").wait_for(timeout=SLOW)
    saved = path.read_text(encoding="utf-8")
    assert saved == "# by the console\n" + before
    path.write_text(saved + "# by hand\n", encoding="utf-8")
    await _typed(page, "# again\n")
    await page.get_by_text("别人刚刚改过这个文件").wait_for(timeout=SLOW)
    assert path.read_text(encoding="utf-8").endswith("# by hand\n")
    assert "# again" in await page.locator(".cm-content").inner_text(), "what was typed is lost"
    path.write_text(before, encoding="utf-8")
    assert [line["detail"] for line in house.cli("audit", "list", "--word", "config.save")] == ["sla.yaml"]


async def _typed(page: Page, text: str) -> None:
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.insert_text(text)
    await page.get_by_role("button", name="检查并保存").click()


async def test_who_only_reads_sees_no_password_of_a_trunk(house: House, browser: Browser) -> None:
    path = house.home / "config" / "notes.yaml"
    path.write_text("accounts:\n  - {user: a, password: geheim1}\n  - password: geheim2\n", encoding="utf-8")
    page = await house.enter(browser, Role.AUDITOR)
    await page.goto("/config/notes.yaml")
    shown = await page.locator(".cm-content").inner_text()
    assert "password" in shown and "geheim" not in shown
    assert await page.get_by_role("button", name="检查并保存").count() == 0
    path.unlink()
    for name in ("..%2F..%2Fhotline.db", "x.yaml", ".sla.yaml"):
        await page.goto(f"/config/{name}")
        assert await page.get_by_text("geheim").count() == 0


async def test_somebodys_data_are_given_and_deleted_on_the_record(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    page = await house.enter(browser, Role.ADMINISTRATOR)
    await page.goto("/privacy")
    await page.get_by_role("button", name="导出 ZIP").click()
    await page.get_by_text("请填写依据").wait_for(timeout=SLOW)
    await page.get_by_label("依据").fill("来信，已核对身份证")
    await page.get_by_role("button", name="导出 ZIP").click()
    await page.get_by_text("请写明是谁").wait_for(timeout=SLOW)
    await page.get_by_label("电话号码").fill(RESIDENT)
    async with page.expect_download(timeout=SLOW) as download:
        await page.get_by_role("button", name="导出 ZIP").click()
    await (await download.value).save_as(tmp_path / "x.zip")
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        data = json.loads(archive.read("data.json"))["data"]
    assert [row["number"] for row in data["resident_numbers"]] == [f"+86{RESIDENT}"]
    await page.get_by_role("button", name="删除…").click()
    await page.get_by_role("alertdialog").get_by_text("备份").wait_for(timeout=SLOW)
    await page.get_by_role("button", name="不", exact=True).click()
    await page.goto("/privacy")
    assert "导出" in await page.locator("table").first.inner_text()
    assert RESIDENT not in json.dumps(house.cli("privacy", "requests"))
    page = await house.enter(browser, Role.MANAGER)
    await page.goto("/privacy")
    assert await page.locator("main [role=alert]").count() == 1


async def test_an_auditor_finds_lines_by_day_and_takes_them_along(house: House, browser: Browser) -> None:
    page = await house.enter(browser, Role.AUDITOR)
    await page.goto("/audit?by=auditor&word=登录")
    assert "user:auditor" in await page.locator("table").inner_text()
    async with page.expect_download(timeout=SLOW) as download:
        await page.get_by_role("button", name="导出 CSV").click()
    text = Path(await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert text.startswith("at,by,event,detail,book") and "signed-in" in text
    await page.goto("/audit?day=2020-01-01")
    await page.get_by_text("没有符合条件的记录").wait_for()


async def test_the_system_page_tells_processes_disk_and_the_last_backup(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    house.cli("backup", str(tmp_path / "backups"), "--no-recordings")
    page = await house.enter(browser, Role.SUPERVISOR, english=True)
    await page.goto("/system")
    shown = await page.locator("main").inner_text()
    for words in ("Processes", "calls", "work", "Disk free", str(tmp_path / "backups"), "schema"):
        assert words in shown, words
