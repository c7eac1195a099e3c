"""One-way delay through a bridge of two real SIP legs on loopback, both directions.

    .venv/bin/python bench/bridge_delay.py            # 20 bridges one after the other, 10 s each
    .venv/bin/python bench/bridge_delay.py --third    # the first also hears a silent third: the mixing path

From the moment a telephone hands a numbered frame to its socket to the moment the other telephone takes
it from its own: jitter buffer, media thread and transmit buffer of the hotline. Each bridge begins at
another phase of the 20 ms in which packets, ticks and transmit steps fall. Goal: p95 below 60 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from pathlib import Path

from bridge_rig import Phones, counters, drain, hotline, report, spread

GOAL_MS = 60.0


async def one_bridge(
    seconds: float, *, third: bool, jitter_ms: float
) -> tuple[list[dict[str, object]], dict[str, float]]:
    """Bridge two telephones; return both directions and what the engine counted."""
    phones = await Phones.start(3 if third else 2, silent_from=2, jitter_ms=jitter_ms)
    async with hotline(4) as (telephony, engine), asyncio.TaskGroup() as tasks:
        legs = [await phones.call(telephony, number) for number in range(3 if third else 2)]
        for leg in legs:
            tasks.create_task(drain(leg))
        await asyncio.sleep(random.random() * 0.02)
        await legs[0].bridge(legs[1])
        if third:
            await legs[0].hear(legs[1], legs[2])
        await asyncio.sleep(seconds)
        counted = counters(engine)
        figures = await phones.figures()
        for leg in legs:
            await leg.hangup()
    return figures[:2], counted


async def main() -> None:
    """Run and report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bridges", type=int, default=20)
    options.add_argument("--seconds", type=float, default=10.0)
    options.add_argument("--third", action="store_true", help="mix a silent third telephone in")
    options.add_argument("--jitter", type=float, default=0.0, help="ms a packet may be late")
    options.add_argument("--out", type=Path, help="write the JSON there as well")
    options.add_argument("--keep", action="store_true", help="write bench/results as well")
    arguments = options.parse_args()
    ways: list[list[float]] = [[], []]
    missing = strange = 0
    trimmed = late = 0.0
    for _ in range(arguments.bridges):
        directions, counted = await one_bridge(
            arguments.seconds, third=arguments.third, jitter_ms=arguments.jitter
        )
        for way, figures in zip(ways, directions, strict=True):
            way.extend(figures["delays"])  # type: ignore[arg-type]
            missing += int(str(figures["missing"]))
            strange += int(str(figures["strange"]))
        trimmed += counted["trimmed_bridge_frames"]
        late += counted["late_ticks"]
    both = spread([*ways[0], *ways[1]])
    report(
        "bridge_delay" + ("_mixed" if arguments.third else "") + ("_jittered" if arguments.jitter else ""),
        {
            "bridges": arguments.bridges,
            "seconds_each": arguments.seconds,
            "jitter_ms": arguments.jitter,
            "one_way_ms": {"there": spread(ways[0]), "back": spread(ways[1]), "both": both},
            "goal_p95_ms": GOAL_MS,
            "passed": both["p95"] < GOAL_MS,
            "frames_missing": missing,
            "frames_broken": strange,
            "trimmed_frames": trimmed,
            "late_ticks": late,
        },
        keep=arguments.keep,
        out=arguments.out,
    )


if __name__ == "__main__":
    asyncio.run(main())
