"""``/setup/test``: a call from the browser's headset to the hotline's own menu, as a caller hears it.

What came of it is read from the record of its incoming half: what the hotline heard, not what was sent to it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nicegui import ui
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.call.ports import TEST_CALL, Direction
from hotline.callrecords.models import CallEventRow, LegRow, RecordingRow
from hotline.callrecords.peaks import NoSound, peaks
from hotline.operators import config as operators
from hotline.web.console.kit import times
from hotline.web.console.setup import parts
from hotline.web.console.shell import Console, View

TAKEN = (LegRow.purpose == TEST_CALL, LegRow.direction == Direction.INBOUND)
"""The half of a test call that the hotline answers."""
MOST = 5
LEAST_HEARD = 0.01
"""Of full scale: a line that is open and silent has about a tenth of it."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One test call as the hotline had it."""

    start: datetime
    seconds: float | None
    """From its answer; ``None``: it was not answered."""
    disposition: str
    over: bool
    keys: int
    recording: Path | None

    def loudest(self, recordings: Path) -> float | None:
        """Return the loudest the hotline heard, of 1; ``None`` without a recording. Reads the file."""
        if not self.over or self.recording is None:
            return None
        with suppress(NoSound, ValueError, OSError):
            caller = peaks(recordings / self.recording)["channels"][0]
            return max((abs(one) for one in (*caller["min"], *caller["max"])), default=0.0)
        return None


def register(console: Console) -> None:
    """Add the page."""

    @console.page("/setup/test", needs=parts.NEEDS)
    async def test_call(view: View) -> None:
        parts.head(view, "试打热线", "Test call")
        t, number = view.t, view.holder.number
        if not number or number not in {
            one.number for one in operators.load(view.parts.home.config).operators
        }:
            ui.label(t("先成为话务员，才有耳机。", "Become an operator first: then you have a headset."))
            ui.link(t("话务员", "Operator"), "/setup/operator").classes("text-blue-900")
            return
        ui.label(
            t(
                "在耳机页点“试打热线”，允许麦克风：您会听到问候和菜单，可按键、说话；挂断后回来。",
                "On the headset's page press “Test call” and allow the microphone: you hear greeting and "
                "menu as callers do, press keys, speak. Hang up, then come back here.",
            )
        )
        ui.label(
            t(
                "试打记在通话里，注明“试打”，不计入任何统计；走到底会真的立单、呼叫值班人员。",
                "It is kept among the calls as a test and counts in no figure; but a ticket filed in it is "
                "a ticket, and an emergency rings those on duty.",
            )
        ).classes("hl-muted")
        ui.link(t("打开耳机并试打", "Open the headset for a test call"), "/headset?dial=hotline").classes(
            "text-lg text-blue-900"
        )
        await _earlier(view)


async def _earlier(view: View) -> None:
    calls = await view.read(_tested)
    folder = view.parts.home.recordings
    heard = await asyncio.to_thread(lambda: [one.loudest(folder) for one in calls])
    with ui.element("ul").classes("q-mt-md"):
        for call, loudest in zip(calls, heard, strict=True):
            with ui.element("li"):
                at = times.moment(call.start, view.estate.zone)
                ui.label(f"{at} {told(call, loudest, chinese=view.chinese)}")


def told(call: Tested, loudest: float | None, *, chinese: bool) -> str:
    """Return what came of a test call as a sentence."""
    if call.seconds is None:
        way = call.disposition
        return f"未接通（{way}）" if chinese else f"not answered ({way})"
    seconds = round(call.seconds)
    said = f"已接通 {seconds} 秒" if chinese else f"answered, {seconds} s"
    said += f"，收到 {call.keys} 个按键" if chinese else f", {call.keys} keys came"
    if loudest is None:
        return said
    if loudest >= LEAST_HEARD:
        return said + ("，热线听到了您的声音。" if chinese else ", and the hotline heard you.")
    return said + (
        "，但热线没有听到声音：请检查麦克风是否静音、是否选对。"
        if chinese
        else ", but the hotline heard nothing: is the microphone muted, or another one chosen?"
    )


def _tested(session: Session) -> list[Tested]:
    """Return the last test calls."""
    keys = (
        select(func.count())
        .where(CallEventRow.uniqueid == LegRow.uniqueid, CallEventRow.kind == "DTMF")
        .scalar_subquery()
    )
    query = (
        select(LegRow, RecordingRow.path, keys)
        .outerjoin(RecordingRow, RecordingRow.uniqueid == LegRow.uniqueid)
        .where(*TAKEN)
        .order_by(LegRow.start.desc())
        .limit(MOST)
    )
    return [
        Tested(
            start=leg.start, seconds=None if leg.answer is None else leg.billsec or 0.0,
            disposition=leg.disposition, over=leg.end is not None, keys=count, recording=path,
        )
        for leg, path, count in session.execute(query)
    ]  # fmt: skip
