"""Thirty bridged and recorded pairs on one core: processor time, late ticks, lost and trimmed frames.

    .venv/bin/python bench/bridged_calls.py                 # 30 pairs, a minute, both legs recorded
    .venv/bin/python bench/bridged_calls.py --pairs 5 --seconds 10
    .venv/bin/python bench/bridged_calls.py --jitter 40 --keep   # packets come late; writes bench/results

The hotline's whole process (SIP and RTP threads, media thread, recordings) is pinned to one core, the
telephones to another. Every telephone talks all the time; every frame is numbered, so every frame that is
lost on the way through is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from bridge_rig import Phones, counters, cpu_by_thread, cpu_seconds, drain, hotline, report, spread

from hotline.call.ports import Call

HOTLINE_CORE, PHONES_CORE = 0, 1
SETTLE = 3.0
"""Seconds after the last bridge before counting begins."""


async def run(pairs: int, seconds: float, folder: Path, *, jitter_ms: float = 0) -> dict[str, Any]:
    """Hold that many pairs for so long."""
    phones = await Phones.start(2 * pairs, core=PHONES_CORE, jitter_ms=jitter_ms)
    os.sched_setaffinity(0, {HOTLINE_CORE})
    async with hotline(2 * pairs) as (telephony, engine), asyncio.TaskGroup() as tasks:
        legs: list[Call] = []
        for number in range(2 * pairs):
            legs.append(await phones.call(telephony, number))
            tasks.create_task(drain(legs[-1]))
            legs[-1].start_recording(folder / f"{number}.wav")
            if number % 2:
                await legs[-2].bridge(legs[-1])
        await asyncio.sleep(SETTLE)
        threads = cpu_by_thread()
        before, used, began = counters(engine), cpu_seconds(), asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        after, spent = counters(engine), cpu_seconds() - used
        held = asyncio.get_running_loop().time() - began
        by_thread = {name: used - threads.get(name, 0.0) for name, used in cpu_by_thread().items()}
        directions = await phones.figures()
        await asyncio.gather(*(leg.hangup() for leg in legs))
    delays = [delay for one in directions for delay in one["delays"]]
    return {
        "pairs": pairs,
        "seconds": round(held, 1),
        "jitter_ms": jitter_ms,
        "core_used_percent": round(100 * spent / held, 1),
        "cpu_ms_per_bridged_second": round(1000 * spent / held / pairs, 2),
        "of_it_by_thread": {
            name: round(1000 * seconds / held / pairs, 2)
            for name, seconds in sorted(by_thread.items(), key=lambda item: -item[1])
            if seconds / held / pairs > 0.00005
        },
        "one_way_ms": spread(delays),
        "frames": sum(one["frames"] for one in directions),
        "frames_missing": sum(one["missing"] for one in directions),
        "frames_broken": sum(one["strange"] for one in directions),
        "engine": {
            name: round(after[name] - before[name], 1)
            for name in (
                "ticks",
                "late_ticks",
                "starved_frames",
                "trimmed_bridge_frames",
                "dropped_recorder_frames",
                "failed_legs",
            )
        },
        "longest_tick_ms": round(after["longest_tick_ms"], 1),
    }


def main() -> None:
    """Run and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pairs", type=int, default=30)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--jitter", type=float, default=0.0, help="ms a packet may be late")
    options.add_argument("--out", type=Path, help="write the JSON there as well")
    options.add_argument("--keep", action="store_true", help="write bench/results as well")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = asyncio.run(run(arguments.pairs, arguments.seconds, Path(name), jitter_ms=arguments.jitter))
        sizes = [file.stat().st_size for file in Path(name).glob("*.wav")]
    figures |= {"recordings": len(sizes), "shortest_recording_bytes": min(sizes)}
    name = "bridged_calls_jittered" if arguments.jitter else "bridged_calls"
    report(name, figures, keep=arguments.keep, out=arguments.out)


if __name__ == "__main__":
    main()
