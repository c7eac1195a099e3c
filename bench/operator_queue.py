"""Time the decision who is rung for whom.

    .venv/bin/python bench/operator_queue.py [--waiting 200] [--operators 50] [--out FILE.json]

Random situations with that many callers in four queues, one of each strategy, and that many operators of whom
none, one in ten, half or all are ready. ``decide_ms`` is the pure decision; ``turn_ms`` is what the calls
process does after every change: look at the file, gather everybody, decide, work out and tell positions.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

from hotline.call.ports import CallLog, Dialer, ServeOrder
from hotline.call.virtual_time import VirtualClock, run_virtual
from hotline.db.engine import Database
from hotline.operators.attending import Silent
from hotline.operators.config import OperatorBook
from hotline.operators.crew import Crew
from hotline.operators.errands import Errands
from hotline.operators.hall import Hall
from hotline.operators.lines import QueueRules, State, Strategy, Worker
from hotline.operators.papers import Papers
from hotline.operators.presence import Deed
from hotline.operators.queue import decide
from hotline.operators.visits import Visit, VisitBook, new_caller

SHARES = (0.0, 0.1, 0.5, 1.0)
"""Of the operators who are ready."""
RUNS = 300
TURNS = 40


class NoLog:
    """Keeps nothing."""

    def event(self, leg: str, kind: str, detail: Mapping[str, str] | None = None) -> None:
        """Forget it."""


class NoFeed:
    """Shows nothing."""

    def publish(self, kind: str, **facts: Any) -> None:
        """Forget it."""


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=200)
    parser.add_argument("--operators", type=int, default=50)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    chance = random.Random(5)
    figures = [measured(options.waiting, options.operators, share, chance) for share in SHARES]
    report = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(value, 1) for value in os.getloadavg()],
        "waiting": options.waiting,
        "operators": options.operators,
        "runs": figures,
    }
    text = json.dumps(report, indent=2)
    print(text)
    if options.out is not None:
        options.out.write_text(text + "\n", encoding="utf-8")


def measured(waiting: int, operators: int, share: float, chance: random.Random) -> dict[str, Any]:
    """Return the figures for one share of ready operators."""
    situations = [situation(waiting, operators, share, chance) for _ in range(RUNS)]
    decisions = [timed(partial(decide, *one)) for one in situations]
    with tempfile.TemporaryDirectory() as folder:
        entries = ", ".join(f'{{number: "{number:02d}"}}' for number in range(operators))
        queues = ", ".join(f"{strategy}: {{strategy: {strategy}, limit: 500}}" for strategy in Strategy)
        text = f"operators: [{entries}]\nqueues: {{{queues}}}\n"
        Path(folder, "operators.yaml").write_text(text, encoding="utf-8")
        turns = run_virtual(turned(Path(folder), waiting, operators, share, chance))
    return {"ready": int(operators * share), "decide_ms": spread(decisions), "turn_ms": spread(turns)}


Times = tuple[float, float]
"""Milliseconds on the wall and on the processor: on a busy machine other programs are in the first."""


def timed(work: Callable[[], object]) -> Times:
    """Return how long ``work`` takes."""
    wall, processor = time.perf_counter(), time.thread_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - processor) * 1000


def spread(times: list[Times]) -> dict[str, float]:
    """Return the middle and the worst of a hundred of both, and the worst on the processor."""
    walls, processor = sorted(wall for wall, _ in times), sorted(cpu for _, cpu in times)
    worst = int(len(times) * 0.99) - 1
    return {
        "wall_p50": round(statistics.median(walls), 2),
        "wall_p99": round(walls[worst], 2),
        "cpu_p50": round(statistics.median(processor), 2),
        "cpu_p99": round(processor[worst], 2),
        "cpu_max": round(processor[-1], 2),
    }


def situation(waiting: int, operators: int, share: float, chance: random.Random) -> tuple[State, float]:
    """Return a random situation and the present."""
    queues = {str(strategy): QueueRules(name=str(strategy), strategy=strategy) for strategy in Strategy}
    workers = [
        Worker(
            key=("", f"{number:02d}"),
            ready=chance.random() < share,
            there=True,
            idle_since=chance.random() * 900,
            languages=frozenset(chance.sample(["zh", "en"], k=chance.randint(1, 2))),
            skills=frozenset(chance.sample(["fees", "repairs", "deposits"], k=chance.randint(0, 3))),
        )
        for number in range(operators)
    ]
    callers = [
        new_caller(f"c{number}", order(chance, list(queues)), entered=1000 - chance.random() * 100, now=950.0)
        for number in range(waiting)
    ]
    return State(queues, workers, callers), 1000.0


def order(chance: random.Random, queues: list[str]) -> ServeOrder:
    """Return what a random caller wants."""
    return ServeOrder(
        queue=chance.choice(queues),
        estate="default",
        priority=chance.choice([0, *[50] * 19]),
        language=chance.choice(["zh", "zh", "zh", "en"]),
        skills=frozenset(chance.sample(["fees", "repairs"], k=chance.choice([0, 0, 1]))),
    )


async def turned(
    folder: Path, waiting: int, operators: int, share: float, chance: random.Random
) -> list[Times]:
    """Return how long whole turns take: the first, in which everybody is told their place, and later ones."""
    found: list[Times] = []
    for _turn in range(TURNS):
        hall, errands = full_hall(folder, waiting, operators, share, chance)
        found += [timed(hall.turn) for _ in range(5)]
        await errands.close()
    return found


def full_hall(
    folder: Path, waiting: int, operators: int, share: float, chance: random.Random
) -> tuple[Hall, Errands]:
    """Return a hall in which that many wait."""
    clock, errands = VirtualClock(), Errands()
    papers = Papers(cast(Database, None), clock)
    book = OperatorBook(folder)
    crew = Crew(book, clock, papers, lambda _key: None)
    visits = VisitBook(papers, cast(CallLog, NoLog()), clock)
    hall = Hall(book, crew, visits, dialer=cast(Dialer, None), clock=clock, errands=errands, feed=NoFeed())
    for number in range(operators):
        ready = number < operators * share
        crew.do(("", f"{number:02d}"), Deed.READY if ready else Deed.SIGN_IN)
    for number in range(waiting):
        wanted = order(chance, [str(strategy) for strategy in Strategy])
        name = f"c{number}"
        caller = new_caller(name, wanted, entered=-chance.random() * 100, now=-50.0)
        visit = Visit(
            id=name, leg=name, linkedid=name, number="", order=wanted, words=Silent(),
            tell=lambda _news: None, caller=caller, entered_at=clock.now(),
        )  # fmt: skip
        hall.enter(visit, wanted.queue)
    return hall, errands


if __name__ == "__main__":
    main()
