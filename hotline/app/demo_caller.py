"""The demonstration's caller: a second process with a telephone of its own.

It listens to the hotline's live feed the way a person listens to the prompts - to know when it is
its turn -, presses keys (RFC 4733) and speaks recorded Mandarin into the call.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.app import logs
from hotline.app.livefeed import follow
from hotline.call.audio import Clip
from hotline.call.clock import SystemClock
from hotline.call.errors import CallGone, HotlineError
from hotline.call.events import HungUp, PromptEnded
from hotline.call.ports import Call, DialOrder
from hotline.settings import Admission, Ringing, Sip
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

CALLER = "13800001111"
SPEECH = Path(__file__).with_name("demo_speech")
PAUSE = 0.4
"""Seconds a person takes to react."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller does when the menu has reached a step: keys to press, or a recording to speak."""

    keys: str = ""
    speech: str = ""
    interrupts: bool = False
    """Does not wait for the prompt to end: barge-in."""


TURNS = {
    "main": Turn(keys="1", interrupts=True),
    "place": Turn(speech="place.wav"),
    "place_keys": Turn(keys="3*2*602#"),
    "say_problem": Turn(speech="problem.wav"),
    "callback_own": Turn(keys="1"),
    "details": Turn(keys="1"),
}
LAST = "goodbye"


async def place_call(hotline: str, own_port: int, feed: Path) -> None:
    """Call ``hotline`` (``HOST:PORT``) from ``own_port`` and lead the conversation to its end."""
    clock = SystemClock()
    media = MediaEngine(clock=clock)
    sip = Sip(
        listen=f"127.0.0.1:{own_port}",
        rtp_ports=f"{own_port + 2}-{own_port + 40}",
        ringing=Ringing(answer_after=0),
        admission=Admission(allow=("127.0.0.0/8",)),
    )
    telephony = SipTelephony(sip, clock, media)
    media.start()
    try:
        await telephony.start()
        events = follow(feed)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(_converse(telephony, hotline, events))
            await listening
    finally:
        await telephony.close()
        media.stop()


async def _converse(telephony: SipTelephony, hotline: str, events: AsyncIterator[dict[str, Any]]) -> None:
    order = DialOrder(to=f"sip:hotline@{hotline}", linkedid="", purpose="demo", caller_id=CALLER)
    call = await telephony.dial(order)
    try:
        await _take_turns(call, events)
        while not isinstance(await call.next_event(), HungUp):
            continue
    except CallGone:
        return
    finally:
        await call.hangup()


async def _take_turns(call: Call, events: AsyncIterator[dict[str, Any]]) -> None:
    step, until = "", 0.0
    loop = asyncio.get_running_loop()
    async for event in events:
        if event["type"] == "says":
            until = max(until, loop.time()) + event["seconds"]
        elif event["type"] == "event" and event["event"] == "MENU":
            step = event["detail"].get("step", "")
            continue
        elif event["type"] == "ended" or call.over:
            return
        if step in TURNS and event["type"] == "says":
            turn, step = TURNS[step], ""
            await asyncio.sleep(PAUSE * 5 if turn.interrupts else max(0.0, until - loop.time()) + PAUSE)
            await _act(call, turn)
            until = 0.0
        elif step == LAST and event["type"] == "says":
            await asyncio.sleep(max(0.0, until - loop.time()) + PAUSE)
            return


async def _act(call: Call, turn: Turn) -> None:
    if turn.keys:
        await call.send_digits(turn.keys)
        return
    playback = call.play([Clip(SPEECH / turn.speech)])
    while True:
        event = await call.next_event()
        if isinstance(event, HungUp) or (isinstance(event, PromptEnded) and event.playback == playback):
            return


def main() -> None:
    """``python -m hotline.app.demo_caller HOST:PORT OWN_PORT RUN_FOLDER``."""
    hotline, own_port, feed = sys.argv[1:]
    logs.configure("caller")
    try:
        asyncio.run(place_call(hotline, int(own_port), Path(feed)))
    except* HotlineError as errors:
        sys.exit("\n".join(str(error) for error in errors.exceptions))


if __name__ == "__main__":
    main()
