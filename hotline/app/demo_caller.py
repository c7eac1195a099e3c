"""The demonstration's caller: a second process with a telephone of its own.

It listens to the hotline's live feed the way a person listens to the prompts - to know when it is
its turn -, presses keys (RFC 4733) and speaks recorded Mandarin into the call.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
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
from hotline.settings import Account, Channels, Sip
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

CALLER = "13900002222"
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
    hangs_up: bool = False


TURNS = {
    "main": Turn(keys="1", interrupts=True),
    "place": Turn(speech="place.wav"),
    "place_keys": Turn(keys="3*2*602#"),
    "say_problem": Turn(speech="problem.wav"),
    "emergency_heard": Turn(keys="2"),
    "callback_own": Turn(keys="1"),
    "details": Turn(keys="1"),
    "goodbye": Turn(hangs_up=True),
}
BURST = 0.2
"""Seconds of quiet on the feed after which all prompts of a step have been announced."""


async def place_call(
    hotline: str, own_port: int, feed: Path, *, caller: str = CALLER, turns: Mapping[str, Turn] = TURNS
) -> None:
    """Call ``hotline`` (``HOST:PORT``) from ``own_port`` and lead the conversation to its end.

    ``feed`` is the hotline's run folder; ``turns`` say by menu step what the caller does there.
    """
    clock = SystemClock()
    media = MediaEngine(clock=clock)
    sip = Sip(
        listen=f"127.0.0.1:{own_port}",
        rtp_ports=f"{own_port + 2}-{own_port + 40}",
        channels=Channels(total=4, reserved_outgoing=1, reserved_emergency=0),
        accounts=(Account(name="caller", user=caller, domain=hotline, register_every=0),),
    )
    telephony = SipTelephony(sip, clock, media)
    media.start()
    try:
        await telephony.start()
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        listening = asyncio.create_task(_listen(feed, events))
        order = DialOrder(to="hotline", linkedid="", purpose="demo", caller_id=caller, account="caller")
        call = await telephony.dial(order)
        try:
            await _take_turns(call, events, turns)
        except CallGone:
            pass  # the hotline hung up first
        finally:
            await call.hangup()
            listening.cancel()
    finally:
        await telephony.close()
        media.stop()


async def _listen(feed: Path, events: asyncio.Queue[dict[str, Any]]) -> None:
    async for event in follow(feed):
        events.put_nowait(event)


async def _take_turns(call: Call, events: asyncio.Queue[dict[str, Any]], turns: Mapping[str, Turn]) -> None:
    """Act at each step of ``turns`` once its prompts are over, and hang up after the goodbye."""
    loop = asyncio.get_running_loop()
    step, until = "", 0.0
    while not call.over:
        try:
            event = await asyncio.wait_for(events.get(), BURST)
        except TimeoutError:
            if step and until and (turns[step].interrupts or loop.time() >= until + PAUSE):
                turn, step, until = turns[step], "", 0.0
                if turn.hangs_up:
                    return
                await _act(call, turn)
            continue
        if event["type"] == "says":
            until = max(until, loop.time()) + event["seconds"]
        elif event["type"] == "event" and event["event"] == "MENU":
            reached = event["detail"].get("step", "")
            step, until = (reached if reached in turns else step), 0.0


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
