"""``hotline demo``: a real SIP call on loopback, from ringing to the ticket."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from hotline.app.livefeed import ask, follow
from hotline.cli.options import DEFAULT_HOME, HomeOption
from hotline.home import Home, shipped

START_WITHIN = 60.0
CALL_WITHIN = 180.0
TRANSCRIPT_WITHIN = 60
UNDERSTANDING_WITHIN = 15


def demo(
    home: HomeOption = DEFAULT_HOME,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demonstration's earlier records.")] = False,
) -> None:
    """Start a hotline on free loopback ports, call it from a second process, show what happens.

    Its data lies in HOME/demo and is made anew each time. Speech models of HOME are used if there are any.
    """
    raise typer.Exit(asyncio.run(_Demo(home.resolve(), keep).run()))


class _Demo:
    def __init__(self, home: Path, keep: bool) -> None:
        self._home = Home(home / "demo")
        self._models = home / "models"
        if not keep:
            shutil.rmtree(self._home.root, ignore_errors=True)
        self._sip, self._caller, self._http = (_free_port() for _ in range(3))

    async def run(self) -> int:
        self._prepare()
        service = await asyncio.create_subprocess_exec(
            *_hotline("run"), "--home", str(self._home.root), "--sip", f"127.0.0.1:{self._sip}",
            "--rtp", f"{self._sip + 2}-{self._sip + 40}", "--http", f"127.0.0.1:{self._http}", "--no-models",
            stdout=asyncio.subprocess.PIPE, env=_QUIET,
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_WITHIN):
                if not await _until_ready(service):
                    return service.returncode or 1
            await self._until_understanding()
            _title("The call 通话")
            async with asyncio.timeout(CALL_WITHIN):
                await self._call()
            await self._results()
        except TimeoutError:
            print(
                "The demonstration did not come to its end in time; see the messages above.", file=sys.stderr
            )
            return 1
        finally:
            with suppress(ProcessLookupError):
                service.send_signal(signal.SIGTERM)
            await service.wait()
        return 0

    def _prepare(self) -> None:
        """Make the demonstration's data folder, with a few rooms and without the wait of a real line."""
        _output(
            "check", "--home", str(self._home.root), "--sip", f"127.0.0.1:{self._sip}",
            "--http", f"127.0.0.1:{self._http}",
        )  # fmt: skip
        path = self._home.config / "hotline.yaml"
        if self._models.is_dir() and "speech:\n  models:" not in path.read_text(encoding="utf-8"):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\nspeech:\n  models: {json.dumps(str(self._models))}\n")
        sample = shipped("config") / "samples" / "residents.csv"
        _run("residents", "import", str(sample), "--home", str(self._home.root))

    async def _until_understanding(self) -> None:
        """Give the recognition workers time to load their model, if there is one."""
        for _ in range(UNDERSTANDING_WITHIN):
            status = await ask(self._home.run, "status")
            if status and status["speech"]["engine_zh"]:
                return
            await asyncio.sleep(1)

    async def _call(self) -> None:
        feed = follow(self._home.run)
        showing = asyncio.ensure_future(_show(feed))
        caller = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hotline.app.demo_caller",
            f"127.0.0.1:{self._sip}", str(self._caller), str(self._home.run), env=_QUIET,
        )  # fmt: skip
        await caller.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(showing, 10)

    async def _results(self) -> None:
        root = str(self._home.root)
        await self._wait_for_transcript()
        _title("The ticket 工单")
        _run("tickets", "list", "--home", root)
        tickets = json.loads(_output("tickets", "list", "--home", root, "--json"))
        if tickets:
            _run("tickets", "show", str(tickets[0]["number"]), "--home", root, "--unmasked")
        _title("The call record, transcript and recording 通话记录、文字与录音")
        calls = json.loads(_output("calls", "list", "--home", root, "--json"))
        if calls:
            _run("calls", "show", str(calls[0]["uniqueid"]), "--home", root, "--unmasked")

    async def _wait_for_transcript(self) -> None:
        """Transcripts are made after the call; with no model they stay pending, which is said."""
        for _ in range(TRANSCRIPT_WITHIN):
            if not await asyncio.to_thread(self._pending):
                return
            await asyncio.sleep(1)

    def _pending(self) -> bool:
        calls = json.loads(_output("calls", "list", "--home", str(self._home.root), "--json"))
        return any(call.get("transcript") == "running" for call in calls)


_QUIET = os.environ | {"HOTLINE_LOG": os.environ.get("HOTLINE_LOG", "error")}


async def _until_ready(service: asyncio.subprocess.Process) -> bool:
    assert service.stdout is not None
    while line := await service.stdout.readline():
        text = line.decode().rstrip()
        print(text)
        if text == "hotline ready":
            return True
    await service.wait()
    return False


async def _show(feed: AsyncIterator[dict[str, Any]]) -> None:
    """Print the conversation until the record of the call is closed; prompts said together in one line."""
    saying: list[str] = []
    async for event in feed:
        if event["type"] == "says":
            saying.append(event["text"])
            continue
        if saying:
            print(f"  ◂  {_joined(saying)}", flush=True)
            saying.clear()
        if text := _line(event):
            print(text, flush=True)
        if event["type"] == "closed":
            return


def _joined(parts: list[str]) -> str:
    """Sentences with a space between them, read-back without: 三号楼二单元六零二."""
    return "".join(part if len(part) < 5 else f"{part} " for part in parts).strip()


def _line(event: dict[str, Any]) -> str:
    detail = event.get("detail", {})
    match event["type"], event.get("event"):
        case "leg", _:
            return f"  ☎  {event['caller']} rings 来电"
        case "answered", _:
            return f"  ☎  answered after {event['ring_seconds']} s, ring {event['rings']} 已接听"
        case "event", "DTMF":
            return f"  ▸  presses 按键 {detail.get('key')}"
        case "event", "HEARD":
            heard = detail.get("text") or "（未识别 voice, no words）"
            return f"  ▸  says 说：{heard}"
        case "closed", _:
            return f"  ☎  ended 已结束: {event['outcome']}"
    return ""


def _title(text: str) -> None:
    print(f"\n── {text} " + "─" * max(0, 70 - len(text)))


def _hotline(command: str) -> list[str]:
    return [sys.executable, "-m", "hotline", command]


def _run(command: str, *arguments: str) -> None:
    sys.stdout.flush()
    if code := subprocess.run([*_hotline(command), *arguments], check=False, env=_QUIET).returncode:
        raise typer.Exit(code)


def _output(command: str, *arguments: str) -> str:
    return subprocess.run([*_hotline(command), *arguments], check=True, capture_output=True, text=True).stdout


def _free_port() -> int:
    """A port with 40 free neighbours above it, as far as one can know."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1]) if sock.getsockname()[1] < 65000 else _free_port()
