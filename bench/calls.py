"""How many calls the hotline holds, and how well: sipp as callers, the default menu, recording on.

    sudo .venv/bin/python bench/calls.py                        # 50, 100, 150 and 180 calls, about 10 minutes
    sudo .venv/bin/python bench/calls.py --calls 5 --hold 20    # a try

Needs Debian's ``sip-tester`` and ``tcpdump``, and root for both (sipp sends sound through raw sockets).
Each level starts a hotline of its own in a fresh data folder. Every caller talks all the time and
presses a key every 4 s; figures of sound and keys are from the time in which all calls of the level
are up. Only what the hotline sent is held against it: sipp's own regularity is measured beside it.
The levels end at the first that fails. Results go to ``bench/results/calls-DATE.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from calling import analysis, machine, wiretap
from calling.ports import HOST, Ports, deaf_ears
from calling.service import Service, running
from calling.walk import FIRST_KEY, INTAKE, Press, walk, write_capture

HERE = Path(__file__).parent
SPEECH = HERE.parent / "hotline" / "app" / "demo_speech" / "problem.wav"
LEVELS = (50, 100, 150, 180)
GAP_GOAL_MS = 60.0
SETTLE = 2.0
"""Seconds left out after the last call was answered."""


@dataclass(slots=True)
class Level:
    """One number of calls held at once."""

    calls: int
    rate: float
    hold: float
    folder: Path
    ports: Ports
    speech: bool = False
    presses: list[Press] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presses = walk(self.seconds)

    @property
    def ramp(self) -> float:
        """Seconds until the last call begins."""
        return self.calls / self.rate

    @property
    def seconds(self) -> float:
        """Seconds one call lasts after its answer: the first is still up when the last was held enough."""
        return self.ramp + SETTLE + self.hold + FIRST_KEY


async def measure(level: Level) -> dict[str, Any]:
    """Run one level and return its figures."""
    level.folder.mkdir()
    marks = analysis.PromptMarks(level.presses)
    sip, sound = level.folder / "sip.pcap", level.folder / "sound.pcap"
    with deaf_ears(*level.ports.caller_rtp):
        async with (
            running(level.folder / "home", level.ports, speech=level.speech) as service,
            wiretap.sip_capture(sip, level.ports),
            wiretap.sound_capture(sound, level.ports) as tcpdump,
            sipp(level) as callers,
        ):
            used = await under_load(level, service, callers, tcpdump.pid)
            after = await asyncio.to_thread(service.status)
            ended = await service.stop()
    figures = read_captures(level, marks, sip, sound)
    records = service.records()
    problems = failures(level, figures, records, used)
    return {
        "calls": level.calls,
        "seconds_held": level.hold,
        "passed": not problems,
        "problems": problems,
        "sipp": sipp_counts(level.folder),
        **figures,
        "records": records | {"committed_after_end_ms": analysis.spread(service.committed)},
        **used,
        "counters": after["counters"],
        "hotline_exit": ended,
        "hotline_warnings": warnings_in(service.log),
    }


@contextlib.asynccontextmanager
async def sipp(level: Level) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let the callers begin; kill them if the block is left early."""
    capture = level.folder / "caller.pcap"
    write_capture(capture, SPEECH, level.seconds, level.presses)
    script = (HERE / "calling" / "caller.xml").read_text()
    script = script.replace("@CAPTURE@", str(capture)).replace(
        "@MILLISECONDS@", str(round(level.seconds * 1000))
    )
    (level.folder / "caller.xml").write_text(script)
    numbers = [f"1380000{number:04}" for number in range(1, level.calls + 1)]
    (level.folder / "numbers.csv").write_text("SEQUENTIAL\n" + "\n".join(numbers) + "\n")
    process = await asyncio.create_subprocess_exec(
        "sipp", f"{HOST}:{level.ports.hotline_sip}", "-sf", "caller.xml", "-inf", "numbers.csv",
        "-s", "95001", "-m", str(level.calls), "-l", str(level.calls), "-r", f"{level.rate:g}",
        "-i", HOST, "-mi", HOST, "-p", str(level.ports.caller_sip), "-mp", str(level.ports.caller_rtp[0]),
        "-nostdin", "-trace_err", "-error_file", "errors.log", "-trace_stat", "-stf", "stat.csv", "-fd", "5",
        cwd=level.folder, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def still_calling(level: Level, callers: asyncio.subprocess.Process, seconds: float) -> None:
    """Wait; raises when sipp gave up meanwhile."""
    with contextlib.suppress(TimeoutError):
        code = await asyncio.wait_for(callers.wait(), seconds)
        said = (level.folder / "errors.log").read_text()[:2000]
        raise RuntimeError(f"sipp ended early with {code}: {said}")


async def under_load(
    level: Level, service: Service, callers: asyncio.subprocess.Process, tcpdump: int
) -> dict[str, Any]:
    """Take the processes' figures while all calls are up; then watch the records being written."""
    begun = asyncio.get_running_loop().time()
    calls_process = service.processes()["calls"][0]
    empty = machine.memory_kb(calls_process)
    await still_calling(level, callers, level.ramp + SETTLE + 1.0)
    everything = service.processes() | {"sipp": [callers.pid], "tcpdump": [tcpdump], "bench": [os.getpid()]}
    load, media = [os.getloadavg()[0]], (await asyncio.to_thread(service.status))["media"]
    before, since = machine.usage(everything), asyncio.get_running_loop().time()
    await still_calling(level, callers, begun + level.seconds - since)
    used, watched = machine.usage(everything).since(before), asyncio.get_running_loop().time() - since
    load.append(os.getloadavg()[0])
    full = machine.memory_kb(calls_process)
    media_after = (await asyncio.to_thread(service.status))["media"]
    watching = asyncio.create_task(service.watch_records())
    await asyncio.wait_for(callers.wait(), level.ramp + 60)
    await asyncio.sleep(1)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    cores = {name: round(seconds / watched, 3) for name, seconds in used.processes.items()}
    return {
        "cores_used": cores | {"others_on_the_machine": round(used.busy / watched - sum(cores.values()), 3)},
        "calls_process": {
            "replaced": service.processes().get("calls", [0])[0] != calls_process,
            "cpu_ms_per_call_second": round(1000 * used.processes["calls"] / watched / level.calls, 2),
            "memory_mb_without_calls": round(empty / 1000, 1),
            "memory_kb_per_call": round((full - empty) / level.calls),
        },
        "media": media_figures(media, media_after),
        "load_average": [round(value, 2) for value in load],
    }


def media_figures(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what the media thread counted between two looks; its longest tick is since the start."""
    counted = {name: after[name] - before[name] for name in before}
    return counted | {"longest_tick_ms": round(after["longest_tick_ms"], 1), "legs": after["legs"]}


def read_captures(level: Level, marks: analysis.PromptMarks, sip: Path, sound: Path) -> dict[str, Any]:
    """Return the figures of answering, sound and keys."""
    calls = analysis.dialogs(wiretap.messages(sip), level.ports.hotline_sip)
    flows = wiretap.flows(sound)
    answered = [call for call in calls if call.answered is not None]
    byes = [call.bye for call in answered if call.bye is not None]
    begin = max((call.answered or 0.0 for call in answered), default=0.0) + SETTLE
    end = min(byes, default=begin)
    ours, theirs = analysis.Gaps(), analysis.Gaps()
    keys = analysis.KeyTimes()
    for call in answered:
        sent = flows.get((call.hotline_port, call.caller_port), wiretap.Flow())
        heard = flows.get((call.caller_port, call.hotline_port), wiretap.Flow())
        ours.add(sent, begin, end)
        if call.caller_port <= level.ports.sampled_callers[1]:
            theirs.add(heard, begin, end)
        analysis.add_keys(keys, heard, sent, level.presses, marks, (begin, end))
    return {
        "answered": len(answered),
        "refused": sum(call.refused is not None for call in calls),
        "ended_by_hotline": sum(call.ended_by_hotline for call in calls),
        "invites_retransmitted": sum(call.retransmitted for call in calls),
        "window_seconds": round(end - begin, 1),
        "invite_to_180_ms": analysis.spread([c.ringing - c.invite for c in calls if c.ringing is not None]),
        "invite_to_200_ms": analysis.spread([c.answered - c.invite for c in calls if c.answered is not None]),
        "bye_to_200_ms": analysis.spread(
            [c.bye_answered - c.bye for c in calls if c.bye is not None and c.bye_answered is not None]
        ),
        "sound_from_hotline_ms": ours.figures(),
        "sound_from_sipp_ms": theirs.figures(),
        "keys_ms": keys.figures(),
    }


def failures(
    level: Level, figures: dict[str, Any], records: dict[str, Any], used: dict[str, Any]
) -> list[str]:
    """Say what keeps a level from counting as held."""
    counts = sipp_counts(level.folder)
    gap = figures["sound_from_hotline_ms"].get("p99", float("inf"))
    checks = {
        f"{counts['failed']} calls failed at sipp": counts["failed"] > 0,
        f"{figures['refused']} calls were refused": figures["refused"] > 0,
        f"only {figures['answered']} of {level.calls} calls were answered": figures["answered"] < level.calls,
        f"gaps p99 {gap} ms": gap >= GAP_GOAL_MS,
        "the calls process was replaced": used["calls_process"]["replaced"],
        f"only {records['complete']} complete recordings": records["complete"] < level.calls,
    }
    return [sentence for sentence, failed in checks.items() if failed]


def sipp_counts(folder: Path) -> dict[str, int]:
    """Return what sipp itself counted."""
    with (folder / "stat.csv").open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    return {
        "placed": int(last["TotalCallCreated"]),
        "successful": int(last["SuccessfulCall(C)"]),
        "failed": int(last["FailedCall(C)"]),
        "retransmissions": int(last["Retransmissions(C)"]),
    }


def warnings_in(log: Path) -> dict[str, int]:
    """Count the hotline's warnings and errors by their first words (no personal data is in them)."""
    counts: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        if any(word in line.lower() for word in ("warning", "error", "critical", "exception")):
            words = " ".join(line.split()[1:8])
            counts[words] = counts.get(words, 0) + 1
    return counts


async def run(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the levels until one fails."""
    result: dict[str, Any] = {
        "bench": "calls",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.machine(),
        "versions": machine.versions(),
        "load_average_before": [round(value, 2) for value in os.getloadavg()],
        "callers": {
            "per_second": asked.rate,
            "codec": "PCMA",
            "keys": "RFC 4733, one every 4 s, then a repair",
        },
        "speech": asked.speech,
        "levels": [],
    }
    for calls in asked.calls:
        level = Level(
            calls, asked.rate, asked.hold, folder / str(calls), Ports(asked.base_port), asked.speech
        )
        try:
            figures = await measure(level)
        except (RuntimeError, TimeoutError, OSError) as error:
            figures = {"calls": calls, "passed": False, "problems": [f"{type(error).__name__}: {error}"]}
        result["levels"].append(figures)
        print(json.dumps(figures, indent=2), flush=True)
        if not asked.keep:
            shutil.rmtree(level.folder)
        if not figures["passed"]:
            break
    return result


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--calls", type=int, nargs="+", default=LEVELS, help="calls held at once, level by level"
    )
    parser.add_argument("--hold", type=float, default=60.0, help="seconds in which all calls are up")
    parser.add_argument("--rate", type=float, default=5.0, help="new calls a second")
    parser.add_argument("--base-port", type=int, default=7000, help="first of about 1,600 ports")
    parser.add_argument(
        "--speech", action="store_true", help="with the recognition and transcription this machine has"
    )
    parser.add_argument("--out", type=Path, help="result file; default: bench/results/calls-DATE.json")
    parser.add_argument("--keep", type=Path, help="keep captures and data folders in this folder")
    asked = parser.parse_args()
    if asked.hold < INTAKE + 4:
        parser.error(
            f"--hold: at least {INTAKE + 4:g} s, since the last {INTAKE:g} s of a call file a repair"
        )
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        result = asyncio.run(run(asked, folder))
    out = asked.out or HERE / "results" / f"calls-{datetime.now(UTC).date().isoformat()}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {out}")


if __name__ == "__main__":
    main()
