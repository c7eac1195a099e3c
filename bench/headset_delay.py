"""A browser headset against a SIP telephone on loopback: delay both ways, pick-up, processor time.

    .venv/bin/python bench/headset_delay.py --out bench/results/headset-delay.json

Four processes, as in service: calls (this one: SIP, media engine, headset line), the gateway, the site with
a real Chromium, and a telephone. Beeps are timed where they are made – the telephone's ``play``, an
AudioWorklet standing for the microphone – and where they come out – the telephone's received frames, an
AudioWorklet on the remote track –, all on one machine's clock. Sound cards are not in the figures. On a
machine that does other work as well, ``chrt -r 5`` before the command keeps that work out of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import uvicorn
from baresip import Call as NativeCall
from fastapi import FastAPI
from media_loopback import Party, free_port
from playwright.async_api import Page, async_playwright

from hotline.accounts.sessions import SessionEnded
from hotline.accounts.tokens import Holder, Scope
from hotline.call.audio import Tone, ToneName
from hotline.call.clock import SystemClock
from hotline.call.ports import DialOrder
from hotline.call.scheduling import prefer_this_thread
from hotline.db.engine import Database
from hotline.headsets.gateway import Gateway
from hotline.telephony.headsets import HeadsetCall, HeadsetLine
from hotline.telephony.legs import NoLegSink
from hotline.web import headsetsite
from hotline.web.admitted import Admitted
from hotline.web.headsetparts import DeskNews, HeadsetParts

BEEPS = 80
BEEP_EVERY = 0.5
SETTLING = 20
"""Beeps before those that are measured: buffers learn in some seconds what a connection needs."""
PICK_UPS = 20
TABS = 4
CPU_SECONDS = 10.0
LOUD = 1500
SWITCH_INTERVAL = 0.001
"""As the calls process sets it."""

INSTRUMENT = """
const code = `
class Beeper extends AudioWorkletProcessor {
  constructor() { super(); this.on = false; this.left = 0; this.n = 0;
    this.port.onmessage = ({ data }) => { this.mode = data; }; this.next = 0; }
  process(_, [[out]]) {
    const now = Date.now();
    if (this.mode === "beeps" && now >= this.next) {
      this.next = now + 500; this.left = 0.1 * sampleRate; this.port.postMessage(now);
    }
    const sounding = this.mode === "tone" || this.left > 0;
    for (let i = 0; i < out.length; i++, this.n++) out[i] = sounding ? 0.4 * Math.sin(this.n * 0.131) : 0;
    this.left -= out.length;
    return true;
  }
}
class Ear extends AudioWorkletProcessor {
  constructor() { super(); this.quiet = 1e9; }
  process([[sound]]) {
    if (!sound) return true;
    if (sound.some((s) => Math.abs(s) > 0.04)) {
      if (this.quiet > 0.15 * sampleRate) this.port.postMessage(Date.now());
      this.quiet = 0;
    } else this.quiet += sound.length;
    return true;
  }
}
registerProcessor("beeper", Beeper); registerProcessor("ear", Ear);`;
window.made = []; window.heard = []; window.clicked = [];
addEventListener("click", (event) => {
  if (event.target.closest("#pick-up")) window.clicked.push(Date.now());
}, true);
const set = async () => {
  const context = new AudioContext({ latencyHint: 0, sampleRate: 48000 });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  window.beeper = new AudioWorkletNode(context, "beeper");
  beeper.port.onmessage = ({ data }) => window.made.push(data);
  const microphone = context.createMediaStreamDestination();
  beeper.connect(microphone);
  const heard = document.getElementById("heard");
  let last = null;
  setInterval(() => {
    if (!heard.srcObject || heard.srcObject === last) return;
    last = heard.srcObject;
    const ear = new AudioWorkletNode(context, "ear");
    ear.port.onmessage = ({ data }) => window.heard.push(data);
    context.createMediaStreamSource(last).connect(ear);
  }, 50);
  return microphone.stream;
};
navigator.mediaDevices.getUserMedia = set;
"""


class NoSessions:
    """Nobody is signed in at a console."""

    async def check(self, _cookie: str) -> Any:
        """Say so."""
        raise SessionEnded("Nobody is signed in.")


class OpenDoor:
    """Lets the operator in whose number is the token."""

    sessions = NoSessions()

    async def check(self, token: str, _address: str) -> Holder:
        """Believe it."""
        return Holder("0", f"operator:{token}", "", frozenset({Scope.DESK}))


async def desk(_name: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"operator": args["operator"], "presence": "ready", "estate": ""}


async def no_news():  # type: ignore[no-untyped-def]
    await asyncio.Event().wait()
    yield {}


def build_site(folder: Path) -> FastAPI:
    clock = SystemClock()
    site = FastAPI()
    site.state.headsets = HeadsetParts(run=folder, clock=clock, command=desk, news=DeskNews(no_news, clock))
    site.state.guard = OpenDoor()
    site.state.admitted = Admitted(
        cast(Database, None), clock
    )  # nothing looks at the database: it is not run
    site.include_router(headsetsite.router)
    return site


# --- the other processes -------------------------------------------------------------------------


async def gateway(folder: Path) -> None:
    prefer_this_thread()  # as the role does
    made = Gateway(folder, SystemClock(), addresses=["127.0.0.1"])
    running = asyncio.create_task(made.run())
    await made.serving.wait()
    say({"ready": True})
    await asyncio.wait((running, asyncio.create_task(orders(lambda _: None))), return_when="FIRST_COMPLETED")
    running.cancel()


async def browser(folder: Path) -> None:
    port = free_port() + 190
    config = uvicorn.Config(build_site(folder), host="127.0.0.1", port=port, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    flags = [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--no-proxy-server",
        "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--no-sandbox",
    ]  # fmt: skip
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        pages: list[Page] = []
        say({"ready": True})

        async def obey(order: dict[str, Any]) -> None:
            if "open" in order:
                pages.append(await opened(chromium, port, order["open"]))
                say({"opened": order["open"]})
            elif "mode" in order:
                await pages[order.get("page", 0)].evaluate(
                    "mode => { made.length = heard.length = 0; beeper.port.postMessage(mode); }",
                    order["mode"],
                )
                say({"done": True})
            elif "pick_up" in order:
                page = pages[order["pick_up"]]
                await page.wait_for_selector("body[data-call=ringing]")
                await page.evaluate("heard.length = clicked.length = 0")
                await page.click("#pick-up")
                say({"done": True})
            elif "tell" in order:
                say(await pages[0].evaluate("({ made, heard, clicked })"))

        await orders(obey)
        await chromium.close()
    server.should_exit = True
    await serving


async def opened(chromium: Any, port: int, token: str) -> Page:
    context = await chromium.new_context(bypass_csp=True, permissions=["microphone"])
    page: Page = await context.new_page()
    await page.add_init_script(INSTRUMENT)
    await page.goto(f"http://127.0.0.1:{port}/headset")
    await page.fill("#token", token)
    await page.click("#enter button")
    await page.wait_for_selector("body[data-line=up]")
    await page.wait_for_selector("body[data-sound=up]")
    return page


async def telephone(folder: Path, port: int) -> None:  # noqa: C901
    """Call the hotline; beep or sound a tone when told; write down when frames became loud."""
    party = Party(port + 100, "pcma", folder)
    agent = await party.start()
    call = await agent.dial(f"sip:media@127.0.0.1:{port}")
    await call.wait_established()
    leg = party.engine.attach(call.audio, post=lambda _: None)
    made: list[float] = []
    heard: list[float] = []
    quiet = [1.0]

    def listen(frame: bytes) -> None:
        if np.abs(np.frombuffer(frame, np.int16).astype(int)).max() > LOUD:
            if quiet[0] > 0.15:
                heard.append(time.time() * 1000)
            quiet[0] = 0.0
        else:
            quiet[0] += 0.02

    leg.tap(listen)
    say({"ready": True})

    async def obey(order: dict[str, Any]) -> None:
        if "beeps" in order:
            for _ in range(order["beeps"]):
                made.append(time.time() * 1000)
                leg.play([Tone(ToneName.BEEP, 0.1)])
                await asyncio.sleep(BEEP_EVERY)
            say({"done": True})
        elif "tone" in order:
            leg.stop_playing()
            if order["tone"]:
                leg.play([Tone(ToneName.BEEP, 3600.0)])
            say({"done": True})
        elif "forget" in order:
            made.clear()
            heard.clear()
            quiet[0] = 1.0
            say({"done": True})
        elif "tell" in order:
            say({"made": made, "heard": heard})

    await orders(obey)
    await party.stop()


def say(fact: dict[str, Any]) -> None:
    print(json.dumps(fact), flush=True)


async def orders(obey: Any) -> None:
    """Carry out the orders on standard input until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        done = obey(json.loads(line))
        if done is not None:
            await done


class Child:
    """One of the other processes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, role: str, folder: Path, *more: str) -> Child:
        """Start it and wait until it is ready."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, "--role", role, str(folder), *more,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        child = cls(process)
        await child.reply()
        return child

    async def reply(self) -> dict[str, Any]:
        """Return the next thing it says."""
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            while not (line := await self.process.stdout.readline()).startswith(b"{"):
                assert line, "a process of the benchmark ended"
        return dict(json.loads(line))

    def order(self, **order: Any) -> None:
        """Tell it to do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")

    async def do(self, **order: Any) -> dict[str, Any]:
        """Tell it to do something and return what it says."""
        self.order(**order)
        return await self.reply()

    def cpu(self) -> float:
        """Processor seconds used so far."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")

    async def end(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        except TimeoutError:
            self.process.kill()


# --- measuring -----------------------------------------------------------------------------------


def delays(made: list[float], heard: list[float]) -> list[float]:
    """Each beep with the first sound within half a second after it, in ms."""
    found = []
    for at in made[4:]:  # the first ones while buffers settle
        after = [sound - at for sound in heard if 0 <= sound - at < 450]
        found += after[:1]
    return found


def summary(values: list[float]) -> dict[str, float]:
    return {
        "count": len(values),
        "p50": round(float(np.percentile(values, 50)), 1),
        "p95": round(float(np.percentile(values, 95)), 1),
        "max": round(max(values), 1),
    }


class Bench:
    """The calls process's part."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.party = Party(port, "pcma", folder)
        self.line = HeadsetLine(folder, SystemClock(), self.party.engine, legs=NoLegSink(), ring_cycle=5.0)

    async def run(self) -> dict[str, Any]:
        """Measure everything."""
        agent = await self.party.start()
        incoming: asyncio.Queue[NativeCall] = asyncio.Queue()
        agent.on_incoming(incoming.put_nowait)
        await self.line.start()
        gate = await Child.start("gateway", self.folder)
        web = await Child.start("browser", self.folder)
        dialling = asyncio.create_task(Child.start("telephone", self.folder, str(self.port)))
        native = await incoming.get()
        await native.answer()
        phone = await dialling
        caller = self.party.engine.attach(native.audio, post=lambda _: None)
        try:
            await web.do(open="1")
            found = await self.pick_ups(web, phone, caller)
            found |= await self.one_way(web, phone, caller)
            found |= await self.cpu(web, gate)
        finally:
            for child in (phone, web, gate):
                await child.end()
            await self.line.close()
            await self.party.stop()
        return found

    async def dial(self, web: Child, number: str, page: int) -> HeadsetCall:
        """Ring a headset whose page then picks up."""
        while not self.line.present(number):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        order = DialOrder(to=f"headset:{number}", linkedid="c" * 32, purpose="operator", notice_silence=1.5)
        web.order(pick_up=page)
        return await self.line.dial(order)

    async def pick_ups(self, web: Child, phone: Child, caller: Any) -> dict[str, Any]:
        """From the click to sound in both directions."""
        there, back = [], []
        await web.do(mode="tone")
        for _ in range(PICK_UPS):
            await phone.do(forget=True)
            await phone.do(tone=True)
            call = await self.dial(web, "1", 0)
            caller.bridge(call._sound())
            await web.reply()
            await asyncio.sleep(1.0)
            page, far = await web.do(tell=True), await phone.do(tell=True)
            clicked = page["clicked"][-1]
            there += [at - clicked for at in page["heard"] if at > clicked][:1]
            back += [at - clicked for at in far["heard"] if at > clicked][:1]
            await call.hangup()
            await phone.do(tone=False)
            await asyncio.sleep(0.6)
        both = [max(pair) for pair in zip(there, back, strict=False)]
        return {
            "pick_up_to_caller_heard_ms": summary(there),
            "pick_up_to_heard_by_caller_ms": summary(back),
            "pick_up_to_two_way_ms": summary(both),
        }

    async def one_way(self, web: Child, phone: Child, caller: Any) -> dict[str, Any]:
        """From mouth to ear, each way."""
        call = await self.dial(web, "1", 0)
        await web.reply()
        caller.bridge(call._sound())
        await asyncio.sleep(1.0)
        await phone.do(beeps=SETTLING)
        await phone.do(forget=True)
        await web.do(mode="beeps")
        await phone.do(beeps=BEEPS)
        page, far = await web.do(tell=True), await phone.do(tell=True)
        await web.do(mode="off")
        await call.hangup()
        return {
            "sip_to_browser_ms": summary(delays(far["made"], page["heard"])),
            "browser_to_sip_ms": summary(delays(page["made"], far["heard"])),
            "beeps_lost": {
                "sip_to_browser": len(far["made"][4:]) - len(delays(far["made"], page["heard"])),
                "browser_to_sip": len(page["made"][4:-1]) - len(delays(page["made"][:-1], far["heard"])),
            },
        }

    async def cpu(self, web: Child, gate: Child) -> dict[str, Any]:
        """Processor time of headsets that wait, and that talk to each other."""
        for number in range(2, TABS + 1):
            await web.do(open=str(number))
        idle = await self.share(gate)
        calls = []
        for number in range(1, TABS + 1):
            calls.append(await self.dial(web, str(number), number - 1))
            await web.reply()
            await web.do(mode="tone", page=number - 1)
        for one, other in zip(calls[::2], calls[1::2], strict=True):
            await one.bridge(other)
        talking = await self.share(gate)
        own = time.process_time()
        await asyncio.sleep(CPU_SECONDS / 2)
        mine = (time.process_time() - own) / (CPU_SECONDS / 2) / TABS
        for call in calls:
            await call.hangup()
        return {
            "headsets": TABS,
            "gateway_cpu_percent_per_headset": {
                "waiting": round(100 * idle / TABS, 2),
                "talking": round(100 * talking / TABS, 2),
            },
            "calls_process_cpu_percent_per_talking_headset": round(100 * mine, 2),
        }

    async def share(self, child: Child) -> float:
        """Return the share of one processor a process takes."""
        before, at = child.cpu(), time.monotonic()
        await asyncio.sleep(CPU_SECONDS)
        return (child.cpu() - before) / (time.monotonic() - at)


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, help="write the figures here as well")
    options.add_argument("--role", nargs="+", help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.role:
        role, folder, *more = arguments.role
        roles = {"gateway": gateway, "browser": browser, "telephone": telephone}
        await roles[role](Path(folder), *map(int, more))
        return
    load = os.getloadavg()[0]
    sys.setswitchinterval(SWITCH_INTERVAL)
    with tempfile.TemporaryDirectory() as name:
        found = await Bench(Path(name), free_port()).run()
    found = {
        "at": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "scheduling": "round robin" if os.sched_getscheduler(0) == os.SCHED_RR else f"niceness {os.nice(0)}",
        "load_average": [round(load, 1), round(os.getloadavg()[0], 1)],
    } | found
    text = json.dumps(found, indent=2)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n")


if __name__ == "__main__":
    asyncio.run(main())
