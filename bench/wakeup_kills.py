"""``kill -9`` of the calls process at random points of wake-ups, two hundred times.

    .venv/bin/python bench/wakeup_kills.py                       # 200 kills, some 15 minutes
    .venv/bin/python bench/wakeup_kills.py --kills 20 --seed 7

The same as tests/service/test_wakeup_kills.py, more often: real telephones count every ring. Nights of some
kills each, every night from a fresh data folder. Ends with 1 when a wake-up was lost or rung twice for one
attempt. Results go to ``bench/results/wakeup-kills-DATE.json``.
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
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))

from kills import Night

HERE = Path(__file__).parent
A_NIGHT = 25
COUNTED = ("kills", "ended", "attempts", "rings_by_fate")


async def night(kills: int, seed: int) -> dict[str, Any]:
    """Kill that often; returns the figures and everything that went wrong."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with Night.begin(Path(folder) / "home", seed=seed) as dark:
            morning = await dark.pass_with(kills)
    return {
        "seed": seed,
        "seconds": round(time.monotonic() - begun),
        **morning.summary(),
        "wrong": morning.wrong(),
    }


def total(nights: list[dict[str, Any]]) -> dict[str, Any]:
    """Add up the nights."""
    summed: dict[str, Any] = {
        name: dict(sum((Counter(one[name]) for one in nights), Counter())) for name in COUNTED
    }
    summed |= {name: sum(one[name] for one in nights) for name in ("wakeups", "rings", "seconds")}
    summed["back_in_seconds_max"] = max(one["back_in_seconds_max"] for one in nights)
    summed["wrong"] = [wrong for one in nights for wrong in one["wrong"]]
    return summed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"wakeup-kills-{today}.json")
    asked = parser.parse_args()
    nights = []
    for number, begin in enumerate(range(0, asked.kills, A_NIGHT)):
        nights.append(asyncio.run(night(min(A_NIGHT, asked.kills - begin), asked.seed + number)))
        print(json.dumps(nights[-1], ensure_ascii=False), flush=True)
    result = {
        "date": today.isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_at_end": [round(value, 1) for value in os.getloadavg()],
        "database": "sqlite",
        "total": total(nights),
        "nights": nights,
    }
    asked.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(1 if result["total"]["wrong"] else 0)


if __name__ == "__main__":
    main()
