"""Time the console's pages with a year of calls, and reports of a month that has as many.

    .venv/bin/python bench/console_pages.py              # everything, 20 minutes, half of them making rows
    .venv/bin/python bench/console_pages.py --calls 5000 --tickets 500 --requests 5 --no-browser     # a try

Makes the rows in SQLite (``--home DIR`` keeps them for the next run: ``DIR/year``, ``DIR/month``), starts the
web process, signs in and asks for each page by turns. ``p95_ms`` is until the last byte of the answer, which
holds the rows; ``cpu_ms`` what the web process computed for it, which other work on the machine changes
less; ``rows_ms`` until Chromium shows the first row. Goals: p95 below 500 ms, a report in 2 s.
Results go to ``bench/results/console-pages-DATE.json``.

Pages asked for by HTTP alone leave what waits for a browser in the process for a minute: ``--pause``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from calling.machine import descendants, machine
from console_rows import a_year
from sqlalchemy import select

from hotline.accounts import passwords, users
from hotline.accounts.rights import Role
from hotline.call.clock import SystemClock
from hotline.callrecords.models import CallRow
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.tickets.models import TicketRow

HOTLINE = Path(sys.executable).with_name("hotline")
NAME, PASSWORD = "bench", "correct horse bench"
GOAL_MS = 500
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=30)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between requests")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument(
        "--out", type=Path, default=RESULTS / f"console-pages-{datetime.now(UTC):%Y-%m-%d}.json"
    )
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    now = datetime.now(UTC)
    try:
        year, month = home / "year", home / "month"
        prepare(year, options.calls, options.tickets, now, 365)
        prepare(month, options.calls, options.tickets, month_ended(now), 28)
        pages = pages_of(year)
        with serving(year) as site:
            report = measured(site, pages, options)
        with serving(month) as site:
            report["reports"] = reports_of(site, f"{month_ended(now) - timedelta(days=2):%Y-%m-01}")
    finally:
        if options.home is None:
            shutil.rmtree(home, ignore_errors=True)
    report |= {"calls": options.calls, "tickets": options.tickets, "requests": options.requests}
    text = json.dumps(report, indent=2, ensure_ascii=False)
    print(text)
    options.out.write_text(text + "\n", encoding="utf-8")


def month_ended(now: datetime) -> datetime:
    """Return the end of the last day but one of the month before: the 28 days before it lie in that month."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)


def prepare(home: Path, calls: int, tickets: int, until: datetime, days: int) -> None:
    """Make configuration, rows and an account, unless they are there already."""
    if (home / "hotline.db").exists():
        upgrade(f"sqlite:///{home / 'hotline.db'}")
        return
    home.mkdir(parents=True, exist_ok=True)
    shutil.copytree("config", home / "config", dirs_exist_ok=True)
    url = f"sqlite:///{home / 'hotline.db'}"
    upgrade(url)
    clock = SystemClock()
    db = Database(url, clock=clock)
    with db.transaction() as session:
        a_year(session, calls=calls, tickets=tickets, until=until, days=days)
        new = users.NewUser(username=NAME, name=NAME, roles=[Role.SUPERVISOR])
        users.add(session, new, passwords.hashed(PASSWORD), by="bench", at=clock.now(), must_change=False)
    db.close()


def pages_of(home: Path) -> dict[str, str]:
    """Return the pages to be asked for, by name."""
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=SystemClock())
    with db.reading() as session:
        calls = session.scalars(select(CallRow).order_by(CallRow.start.desc()).limit(60_000)).all()
        newest, old = calls[0], calls[-1]
        ticket = session.scalars(select(TicketRow).order_by(TicketRow.opened_at.desc()).limit(1)).one()
    db.close()
    deep = f"{old.start:%Y%m%dT%H%M%S.%f}~{old.linkedid}"
    return {
        "calls": "/calls",
        "calls, 60,000 rows down": f"/calls?after={deep}",
        "calls of a number": f"/calls?number={newest.src_raw}",
        "calls by four last digits": "/calls?number=0037",
        "calls of a room": "/calls?room=3-2-101",
        "calls of a week": f"/calls?since={old.start:%Y-%m-%d}&until={old.start:%Y-%m-%d}",
        "calls by outcome": "/calls?outcome=emergency",
        "calls by answer and direction": "/calls?result=BUSY&direction=outbound",
        "calls through a menu step": "/calls?step=wakeup",
        "calls of an operator": "/calls?operator=3",
        "calls by words": "/calls?text=装修",
        "calls by words nobody said": "/calls?text=飞碟",
        "one call": f"/calls/{newest.uniqueid}",
        "tickets": "/tickets",
        "all tickets": "/tickets?state=all",
        "late tickets": "/tickets?late=1",
        "tickets by words": "/tickets?state=all&text=漏水",
        "board": "/tickets/board",
        "one ticket": f"/tickets/{ticket.number}",
    }


@dataclass(frozen=True)
class Site:
    """A web process that is served from."""

    base: str
    parent: int

    def spent(self) -> float:
        """Return the processor time of the web processes so far, in ms, all threads."""
        found = 0
        for pid, words in descendants(self.parent).items():
            if "web" in words:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += int((task / "schedstat").read_text().split()[0])
        return found / 1e6

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Yield somebody signed in."""
        with httpx.Client(base_url=self.base, timeout=120, follow_redirects=True) as client:
            client.get("/sign-in")
            entered = client.post("/sign-in", data={"username": NAME, "password": PASSWORD})
            assert "/sign-in" not in str(entered.url), "the account does not open"
            yield client


@contextmanager
def serving(home: Path) -> Iterator[Site]:
    """Run the web process on a port of its own."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    words = [
        "run",
        "--home",
        home,
        "--http",
        f"127.0.0.1:{port}",
        "--roles",
        "web",
        "--no-standby",
        "--no-models",
    ]
    with (home / "bench.log").open("wb") as log:
        process = subprocess.Popen([HOTLINE, *words], stdout=log, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 300
        while not _answers(base):
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit((home / "bench.log").read_text(encoding="utf-8", errors="replace")[-3000:])
            time.sleep(0.2)
        yield Site(base, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def measured(site: Site, pages: dict[str, str], options: argparse.Namespace) -> dict[str, Any]:
    """Ask for every page by turns; the first turn warms up."""
    taken: dict[str, list[float]] = {name: [] for name in pages}
    computed: dict[str, list[float]] = {name: [] for name in pages}
    sizes: dict[str, int] = {}
    with site.client() as client:
        for turn in range(options.requests + 1):
            for name, path in pages.items():
                time.sleep(options.pause)
                answer, wall, cpu = asked(site, client, path)
                sizes[name] = len(answer.content)
                if turn:
                    taken[name].append(wall)
                    computed[name].append(cpu)
    rows = {} if options.no_browser else first_rows(site.base, pages)
    figures = [
        {
            "page": name,
            "path": pages[name],
            **figures_of(spent),
            "cpu_ms": round(statistics.median(computed[name]), 1),
            "cpu_least_ms": round(min(computed[name]), 1),
            "bytes": sizes[name],
            "rows_ms": rows.get(name),
        }
        for name, spent in taken.items()
    ]
    slow = [one["page"] for one in figures if one["p95_ms"] >= GOAL_MS]
    return {
        "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}",
        "machine": machine() | {"python": platform.python_version()},
        "load": [round(value, 1) for value in os.getloadavg()],
        "goal_ms": GOAL_MS,
        "missed": slow,
        "pages": figures,
    }


def asked(site: Site, client: httpx.Client, path: str) -> tuple[httpx.Response, float, float]:
    """Return an answer with milliseconds on the wall and of the web process's processor time."""
    computed, begun = site.spent(), time.perf_counter()
    answer = client.get(path)
    wall = (time.perf_counter() - begun) * 1000
    cpu = site.spent() - computed
    assert answer.status_code == 200, (path, answer.status_code)
    return answer, wall, cpu


def reports_of(site: Site, first: str) -> list[dict[str, Any]]:
    """Return how long reports take: the page until it is there, then the figures, twice."""
    wanted = {"page of a month": f"/reports?period=month&from={first}"}
    for grain in ("month", "week", "day"):
        for again in ("", ", again"):
            wanted[f"figures of a {grain}{again}"] = f"/api/v1/reports?period={grain}&from={first}"
    found = []
    with site.client() as client:
        for name, path in wanted.items():
            answer, wall, cpu = asked(site, client, path)
            counted = None
            if "figures" in name:
                sections = answer.json()["sections"]
                counted = sections[0]["figures"][0]["value"]
            found.append({"what": name, "ms": round(wall), "cpu_ms": round(cpu), "calls": counted})
    return found


def figures_of(spent: Sequence[float]) -> dict[str, float]:
    """Return the middle, the slow end and the worst."""
    ordered = sorted(spent)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[max(0, round(len(ordered) * 0.95) - 1)], 1),
        "max_ms": round(ordered[-1], 1),
    }


def first_rows(base: str, pages: dict[str, str]) -> dict[str, float]:
    """Return how long Chromium takes until a row, a player or a card is on the screen; the best of three."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    found: dict[str, float] = {}
    shown = ".hl-list tbody tr, .hl-lines tbody tr, .hl-card, main p[role=status]"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768}, base_url=base)
        page.goto("/sign-in")
        page.fill("[name=username]", NAME)
        page.fill("[name=password]", PASSWORD)
        page.click("form button")
        page.wait_for_url(f"{base}/")
        for name, path in pages.items():
            tries = []
            for _ in range(3):
                begun = time.perf_counter()
                page.goto(path, wait_until="commit")
                page.locator(shown).first.wait_for(timeout=20_000)
                tries.append((time.perf_counter() - begun) * 1000)
            found[name] = round(min(tries), 1)
        browser.close()
    return found


if __name__ == "__main__":
    main()
