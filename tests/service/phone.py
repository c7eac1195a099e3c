"""A person's telephone in a process of its own: ``phone.py PORT KEYS [SECONDS]``.

Answers every call, listens for a second (or SECONDS), presses the keys, then hums 1,000 Hz until it is
hung up or the process is told to end.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from hotline.call.audio import Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.events import HungUp
from hotline.call.ports import Call
from hotline.settings import Channels, Sip
from hotline.telephony.agent import SipTelephony
from hotline.telephony.media import MediaEngine

READY = "ready"
"""Printed on a line of its own once calls are taken: whoever rings earlier finds nobody."""


async def take(call: Call, keys: str, listens: float) -> None:
    await call.answer()
    await asyncio.sleep(listens)
    await call.send_digits(keys)
    await asyncio.sleep(0.5)
    call.play([Tone(ToneName.BEEP, 20.0)])
    while not isinstance(await call.next_event(), HungUp):
        continue


async def main(port: int, keys: str, listens: float) -> None:
    clock = SystemClock()
    media = MediaEngine(clock=clock)
    sip = Sip(
        listen=f"127.0.0.1:{port}",
        rtp_ports=f"{port + 2}-{port + 40}",
        channels=Channels(total=4, reserved_outgoing=1, reserved_emergency=0),
    )
    telephony = SipTelephony(sip, clock, media)
    media.start()
    await telephony.start()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: asyncio.ensure_future(telephony.close()))
    async with asyncio.TaskGroup() as tasks:
        async for call in telephony.calls():
            tasks.create_task(take(call, keys, listens))
    media.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 1.0))
