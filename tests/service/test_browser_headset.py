"""The headset in a real browser: one click to be ready, sound both ways, breaks that end no call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from browser_office import (
    HEARD,
    SPOKEN,
    Office,
    chromium,
    event_of,
    hears,
    picked_up,
    ready,
    sign_in,
    there,
    until,
)
from playwright.async_api import Page, expect

from hotline.call.audio import Tone, ToneName
from hotline.call.errors import DialDeclined
from hotline.call.events import Digit, HangupBy, HungUp, Interrupted, Restored
from hotline.call.ports import Call

pytestmark = [
    pytest.mark.peer,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not there(), reason="Chromium is not installed (apt-get install chromium)"),
]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with Office.open(tmp_path) as made:
        yield made


@pytest.fixture
async def page(office: Office, tmp_path: Path) -> AsyncIterator[Page]:
    async with chromium(tmp_path, url=office.url) as made:
        failures: list[str] = []
        made.on("pageerror", lambda error: failures.append(str(error)))
        yield made
        assert not failures


async def _screenshot(page: Page, name: str) -> None:
    """For people who want to look: HOTLINE_SCREENSHOTS names a folder."""
    if folder := os.environ.get("HOTLINE_SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_one_click_a_call_and_sound_both_ways(office: Office, page: Page) -> None:
    await _screenshot(page, "1-sign-in")
    await sign_in(page, office.token())
    await ready(page)
    await until(lambda: office.desk.state["presence"] == "ready")
    assert [action for action, _ in office.desk.done][:3] == ["status", "sign_in", "ready"]
    assert office.desk.done[1][1] == {"line": "headset:8"}
    await _screenshot(page, "2-ready")

    await until(lambda: office.line.present("8", "default"))
    dialling = asyncio.create_task(office.line.dial(office.order()))
    await page.wait_for_selector("body[data-call=ringing]")
    await expect(page.locator("#card")).to_contain_text("三号楼602")
    assert await page.evaluate("!document.getElementById('ring').paused")
    await _screenshot(page, "3-ringing")
    await page.keyboard.press("F2")
    call = await dialling
    await page.wait_for_selector("body[data-call=talking]")
    assert await page.evaluate("document.getElementById('ring').paused")

    await hears(call, SPOKEN)
    call.play([Tone(ToneName.RINGBACK, 1.0)], repeat=True)
    assert await page.evaluate(HEARD, 450) is not None

    await page.keyboard.press("5")
    assert (await event_of(call, Digit)).key == "5"  # type: ignore[attr-defined]
    await page.keyboard.press("F8")
    await expect(page.locator("#talk")).to_contain_text("保持中")
    await page.click("#language")
    await _screenshot(page, "4-held-en")
    await expect(page.locator("#talk")).to_contain_text("on hold")
    await page.keyboard.press("F8")
    await page.fill("#to", "602")
    await page.click("[data-do=consult]")
    await until(lambda: ("consult", {"to": "602"}) in office.desk.done)
    await page.click("[data-do=blind]")
    await expect(page.locator("#log li").first).to_contain_text("You may not transfer without asking")
    await page.click("#hang-up")
    ended = await event_of(call, HungUp)
    assert ended.by is HangupBy.FAR  # type: ignore[attr-defined]
    await page.wait_for_selector("body[data-call=none]")
    await page.fill("#note", "水管已关阀")
    await page.click("#wrap-done")
    wrapped = ("wrap_up", {"ticket": "T-1042", "note": "水管已关阀", "done": True})
    await until(lambda: wrapped in office.desk.done)


async def test_who_is_ready_rings_at_once_for_the_caller_who_waits(office: Office, page: Page) -> None:
    """Otherwise the first caller meets a headset that cannot ring yet, and the operator is set to pause."""
    calling: list[asyncio.Task[Call]] = []
    change = office.desk.change

    def changed(**facts: object) -> None:
        if facts.get("presence") == "ready":
            calling.append(asyncio.create_task(office.line.dial(office.order())))
        change(**facts)

    office.desk.change = changed  # type: ignore[method-assign]
    await sign_in(page, office.token())
    await page.click("#ready")
    await page.wait_for_selector("body[data-call=ringing]")
    await page.keyboard.press("F2")
    await calling[0]
    await page.wait_for_selector("body[data-call=talking]")


async def test_why_the_machine_paused_somebody_is_said_in_their_language(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    for reason in ("no_answer", "line_busy", "declined", "line_failed", "line_lost"):
        office.desk.change(presence="paused", reason=reason)
        await expect(page.locator("#reason")).to_contain_text("系统已暂停")


async def test_the_busy_see_how_long_the_first_caller_has_waited(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    office.desk.change(queues=[{"queue": "main", "waiting": 40, "longest": 95.0, "there": 3, "ready": 1}])
    await expect(page.locator("#queues")).to_contain_text("40 人等待")
    await expect(page.locator("#queues")).to_contain_text("最久 01:35")
    await expect(page.locator("#queues")).to_contain_text("1/3 人就绪")


async def test_muted_the_hotline_hears_silence_and_the_call_stays(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    call = await picked_up(office, page)
    await hears(call, SPOKEN)
    await page.click("#mute")
    await asyncio.sleep(0.3)
    heard = await _loudest(call, 2.5)
    assert heard < 300
    await page.click("#mute")
    await hears(call, SPOKEN)
    assert not call.over


async def _loudest(call, seconds: float) -> int:  # type: ignore[no-untyped-def]
    from browser_office import heard_by

    return max(abs(sample) for sample in memoryview(await heard_by(call, seconds)).cast("h"))


async def test_the_person_declines_and_pauses(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    await until(lambda: office.line.present("8", "default"))
    dialling = asyncio.create_task(office.line.dial(office.order()))
    await page.wait_for_selector("body[data-call=ringing]")
    await page.click("#hang-up")
    with pytest.raises(DialDeclined):
        await dialling
    await page.select_option("#pause-reason", "meal")
    await page.click("#pause")
    await expect(page.locator("#reason")).to_contain_text("用餐")
    assert office.desk.done[-1] == ("pause", {"reason": "meal"})


async def test_a_closed_browser_is_noticed_within_two_seconds(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    call = await picked_up(office, page)
    await hears(call, SPOKEN)
    began = asyncio.get_running_loop().time()
    await page.close()
    await event_of(call, Interrupted)
    assert asyncio.get_running_loop().time() - began < 2.0
    assert not call.over


async def test_a_page_loaded_again_takes_the_call_up_without_a_click(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    call = await picked_up(office, page)
    await page.reload()
    await page.wait_for_selector("body[data-call=talking]")
    await hears(call, SPOKEN)
    assert not call.over


async def test_the_call_goes_on_after_the_network_was_away(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    call = await picked_up(office, page)
    await hears(call, SPOKEN)
    office.relay.cut()
    _make_deaf(office)
    await event_of(call, Interrupted)
    await page.wait_for_selector("body[data-line=down]")
    await asyncio.sleep(3)
    office.relay.mend()
    await event_of(call, Restored)
    await page.wait_for_selector("body[data-line=up][data-sound=up][data-call=talking]")
    await hears(call, SPOKEN)
    call.play([Tone(ToneName.RINGBACK, 1.0)], repeat=True)
    assert await page.evaluate(HEARD, 450) is not None
    await page.click("#hang-up")
    await event_of(call, HungUp)


def _make_deaf(office: Office) -> None:
    """Close the sockets under the gateway's connections: nothing arrives and nobody is told."""
    for session in office.gateway._sessions.values():
        for line in session._peer._connection.getTransceivers():  # type: ignore[union-attr]
            for protocol in line.receiver.transport.transport._connection._protocols:
                protocol.transport.abort()


async def test_a_second_browser_takes_over_and_the_first_is_told(
    office: Office, page: Page, tmp_path: Path
) -> None:
    token = office.token()
    await sign_in(page, token)
    await ready(page)
    call = await picked_up(office, page)
    async with chromium(tmp_path, url=office.url, hertz=600) as second:
        await sign_in(second, token)
        await expect(page.locator("#notice")).to_contain_text("另一处登录")
        await second.wait_for_selector("body[data-call=talking]")
        await hears(call, 600)
        await _screenshot(page, "5-taken-over")


async def test_what_is_wrong_is_said_in_a_sentence(office: Office, tmp_path: Path) -> None:
    async with chromium(tmp_path, url=office.url, allowed=False) as page:
        await page.fill("#token", "hlt_00000000_wrong")
        await page.click("#enter button")
        await expect(page.locator("#notice")).to_contain_text("令牌不正确")
        await page.wait_for_selector("body[data-signed=no]")
        await sign_in(page, office.token())
        await page.click("#ready")
        await expect(page.locator("#notice")).to_contain_text("麦克风权限")
        await _screenshot(page, "6-no-permission")
        await page.click("#language")
        await expect(page.locator("#notice")).to_contain_text("may not use the microphone")


async def test_everything_fits_a_small_screen(office: Office, page: Page) -> None:
    await sign_in(page, office.token())
    await ready(page)
    await picked_up(office, page)
    await page.click("#team summary")
    await expect(page.locator("#operators")).to_contain_text("王强")
    await _screenshot(page, "7-talking")
    hidden = await page.evaluate(
        "(({ scrollWidth, scrollHeight }) => scrollWidth > innerWidth || scrollHeight > innerHeight)"
        "(document.documentElement)"
    )
    assert not hidden
