"""How punctual wake-ups are that are all due in one minute, on a real hotline with real telephones.

    .venv/bin/python bench/wakeup_punctuality.py               # 30 and 200 with 30 channels, 100 with 148
    .venv/bin/python bench/wakeup_punctuality.py --levels 20/30 --out /tmp/try.json

A level is WAKEUPS/CHANNELS: so many are due at one instant, and so many calls may be placed at once. Every
guest lifts the receiver after 3 s and presses 1 half a second after the greeting began. Lateness is from
the booked time to the first INVITE on the telephone's socket. Telephones and hotline share the machine.
Results go to ``bench/results/wakeup-punctuality-DATE.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))

from hotel import Hotel, Manner
from night import Book, Line, doubled, furnish
from service import Service, running

HERE = Path(__file__).parent
GUEST = Manner(rings=3.0, keys="1", key_after=0.5)
DUE_IN = 30.0
"""Seconds from the last booking to the minute."""
PUNCTUAL, LATE = 2.0, 10.0
RESERVED_EMERGENCY = 2
FIRST_ROOM = 1000


async def level(folder: Path, wakeups: int, channels: int) -> dict[str, Any]:
    """Let so many be due at once; returns the figures."""
    async with Hotel.open(lambda user, nth: GUEST) as hotel:
        total = channels + RESERVED_EMERGENCY
        furnish(folder, floor=[hotel.address("floor1")], channels=total)
        ports = 2 * total + 20
        async with running(folder, rtp_ports=ports, roles="", standby=True) as service:
            book = Book(folder)
            numbers = await booked(book, hotel, wakeups)
            before = memory(service)
            due = (await book.lines())[0].day.due_at
            lines = await book.all_over(within=DUE_IN + 60 + 20 * wakeups / channels)
            figures = told(lines, hotel, numbers, due, channels)
            after = memory(service)
            await book.close()
    return {
        "wakeups": wakeups,
        "channels": channels,
        "load_before": [round(value, 1) for value in os.getloadavg()],
        **figures,
        "calls_process_rss_mb": {"before": before, "after": after},
    }


async def booked(book: Book, hotel: Hotel, wakeups: int) -> list[str]:
    """Book one for each room, then let the time go by until all are due in some seconds."""
    rooms = [str(FIRST_ROOM + number) for number in range(wakeups)]
    numbers = [await book.book_ahead(room, hotel.address(room)) for room in rooms]
    due = book.clock.now() + timedelta(seconds=DUE_IN)
    for number in numbers:
        await book.due_at(number, due)
    return numbers


def told(lines: list[Line], hotel: Hotel, numbers: list[str], due: datetime, channels: int) -> dict[str, Any]:
    """Return how late each first ring was, in which order, and what the register says."""
    first = {}
    for ring in reversed(hotel.rings):
        first[ring.user] = ring
    rooms = [str(FIRST_ROOM + number) for number in range(len(numbers))]
    late = [(first[room].at - due).total_seconds() for room in rooms if room in first]
    by_ring = sorted(late)
    order = sorted((room for room in rooms if room in first), key=lambda room: first[room].at)
    moved = [abs(order.index(room) - place) for place, room in enumerate(rooms) if room in first]
    outcomes = Counter(str(tried.outcome) for line in lines for tried in line.tried)
    waited = [line.day.minutes_late for line in lines if line.day.minutes_late is not None]
    return {
        "rung": len(first),
        "not_rung": len(numbers) - len(first),
        "had_a_channel": spread(by_ring[:channels]),
        "all": spread(by_ring),
        "order": {"moved_at_most": max(moved, default=0), "in_place": moved.count(0)},
        "register": dict(Counter(line.day.state.value for line in lines)),
        "minutes_late": dict(sorted(Counter(waited).items())),
        "attempts": dict(outcomes),
        "doubled": doubled(lines, hotel),
        "answered_to_speech_seconds": spread(
            [
                (ring.heard_at - ring.answered_at).total_seconds()
                for ring in hotel.rings
                if ring.heard_at is not None and ring.answered_at is not None
            ]
        ),
    }


def spread(seconds: list[float]) -> dict[str, Any]:
    """Return shares and percentiles of lateness in seconds."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    share = {
        f"within_{limit:g}_s": sum(one <= limit for one in ordered) / len(ordered)
        for limit in (PUNCTUAL, LATE)
    }
    return {
        **{name: round(value, 3) for name, value in share.items()},
        "min": round(ordered[0], 3),
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
        "max": round(ordered[-1], 3),
    }


def memory(service: Service) -> float:
    """Return the resident memory of the calls process in service, MB."""
    status = Path(f"/proc/{service.children('calls')[0]}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) / 1024, 1)


async def measure(levels: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """Run the levels one after another, each on a hotline of its own."""
    found = []
    for wakeups, channels in levels:
        with tempfile.TemporaryDirectory() as folder:
            found.append(await level(Path(folder) / "home", wakeups, channels))
            print(json.dumps(found[-1], indent=1, ensure_ascii=False), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    today = datetime.now(UTC).date()
    parser.add_argument("--levels", nargs="+", default=["30/30", "200/30", "100/148"])
    parser.add_argument("--out", type=Path, default=HERE / "results" / f"wakeup-punctuality-{today}.json")
    asked = parser.parse_args()
    levels = [(int(wakeups), int(channels)) for wakeups, channels in (one.split("/") for one in asked.levels)]
    result = {
        "date": today.isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_at_start": [round(value, 1) for value in os.getloadavg()],
        "database": "sqlite",
        "guests": "answer after 3 s, press 1 half a second after the greeting begins",
        "levels": asyncio.run(measure(levels)),
    }
    asked.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
