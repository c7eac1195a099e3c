"""A hotline with a house behind it, for browsers: its people, accounts, and calls that are really placed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ownconfig import furnish_config
from playwright.async_api import Browser, Page
from typer.testing import CliRunner

from hotline.accounts import passwords, users
from hotline.accounts.rights import Role
from hotline.call.clock import SystemClock
from hotline.cli.main import app
from hotline.db.engine import Database
from hotline.db.migrate import upgrade

HOTLINE = Path(sys.executable).with_name("hotline")
CALLER = Path(__file__).parents[1] / "service" / "caller.py"
SAMPLES = Path("config/samples")
PASSWORD = "correct horse battery"
STRANGER = "13900002222"
OPERATORS = """
operators:
  - {number: "01", name: 王芳, line: "headset:01", may: [transfer_blind, outside]}
  - {number: "02", name: 李娜, line: "headset:02"}
  - {number: "03", name: 赵敏, supervisor: true, line: "headset:03"}
queues:
  main: {operators: ["01", "02", "03"], ring: 20, wrap_up: 1}
"""
SETTINGS = """
estates:
  - {id: default, name: 示范小区}
  - {id: west, name: 西苑}
speech: {live_slots: 0, emergency_slots: 0, batch: []}
web: {second_factor: nobody}
"""
TURNS: dict[str, dict[str, Any]] = {
    "welcome": {"keys": "1", "interrupts": True},
    "place": {"keys": "3*2*602#", "interrupts": True},
    "place_keys": {"keys": "3*2*602#", "interrupts": True},
    "say_problem": {"speech": "problem.wav"},
    "emergency_heard": {"keys": "2", "interrupts": True},
    "callback_own": {"keys": "1", "interrupts": True},
    "details": {"keys": "1", "interrupts": True},
    "say_ticket": {"hangs_up": True, "interrupts": True},
}
"""What a caller does who reports a leak in 3-2-602 by keys."""


@dataclass
class House:
    """One running hotline. Everybody's password is :data:`PASSWORD`; usernames are the roles' names."""

    home: Path
    sip: int
    http: int
    process: subprocess.Popen[bytes]
    settings: str = field(default=SETTINGS, repr=False)

    @property
    def base(self) -> str:
        """Where the console is."""
        return f"http://127.0.0.1:{self.http}"

    def cli(self, *words: str) -> Any:
        """Run a command on this home with ``--json`` and return what it printed."""
        found = CliRunner().invoke(app, [*words, "--home", str(self.home), "--json"])
        assert found.exit_code == 0, (words, found.output, found.exception)
        return json.loads(found.stdout)

    def call(self, turns: dict[str, dict[str, Any]] | None = None, caller: str = STRANGER) -> None:
        """Place a call and wait for its end; the menu's steps decide what the caller does."""
        with self.calling(turns or TURNS, caller) as running:
            assert running.wait(120) == 0

    @contextmanager
    def calling(
        self, turns: dict[str, dict[str, Any]], caller: str = STRANGER
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Place a call that goes on while the block runs."""
        words = [f"127.0.0.1:{self.sip}", str(free_port()), str(self.home / "run"), caller, json.dumps(turns)]
        running = subprocess.Popen([sys.executable, CALLER, *words])
        try:
            yield running
        finally:
            running.kill()
            running.wait(10)

    async def enter(
        self, browser: Browser, role: Role, *, english: bool = False, user: str = "", **window: Any
    ) -> Page:
        """Return a page of somebody who has just signed in: ``user``, else whoever is named as the role."""
        size = window or {"viewport": {"width": 1366, "height": 768}}
        context = await browser.new_context(base_url=self.base, reduced_motion="reduce", **size)
        context.set_default_timeout(60_000)
        answer = await context.request.post(
            "/sign-in", form={"username": user or role.value, "password": PASSWORD}, max_redirects=0
        )
        assert answer.status == 303, answer.status_text
        page = await context.new_page()
        await page.goto(f"/language?to={'en' if english else 'zh'}")  # kept with the account
        return page


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running_house(
    roles: str = "calls,work,web,headsets", settings: str = SETTINGS, *, lived_in: bool = True
) -> Iterator[House]:
    """Start a hotline with the sample directory and an account for each role; or as it comes."""
    home = Path(tempfile.mkdtemp(prefix="hotline-console-"))
    furnish_config(home)
    if lived_in:
        (home / "config" / "hotline.yaml").write_text(settings, encoding="utf-8")
        (home / "config" / "operators.yaml").write_text(OPERATORS, encoding="utf-8")
        upgrade(f"sqlite:///{home / 'hotline.db'}")
        add_accounts(home)
    sip, http = free_port(), free_port(socket.SOCK_STREAM)
    rtp = 20000 + (sip * 7) % 20000 // 2 * 2
    log = (home / "log.txt").open("wb")
    process = subprocess.Popen(
        [
            HOTLINE, "run", "--home", home, "--sip", f"127.0.0.1:{sip}", "--http", f"127.0.0.1:{http}",
            "--rtp", f"{rtp}-{rtp + 198}", "--no-models", "--no-standby", "--roles", roles,
        ],
        stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    house = House(home, sip, http, process)
    try:
        _wait_until_ready(house)
        if lived_in:
            house.cli("residents", "import", str(SAMPLES / "residents.csv"))
        yield house
    except BaseException:
        sys.stdout.write((home / "log.txt").read_text(encoding="utf-8", errors="replace")[-8000:])
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def add_accounts(home: Path) -> None:
    """Add an account for each role; operator and supervisor are operators 01 and 03."""
    clock = SystemClock()
    db = Database(f"sqlite:///{home / 'hotline.db'}", clock=clock)
    numbers = {Role.OPERATOR: "01", Role.SUPERVISOR: "03"}
    password = passwords.hashed(PASSWORD)
    with db.transaction() as session:
        for role in Role:
            new = users.NewUser(
                username=role.value, name=role.value, roles=[role], number=numbers.get(role, "")
            )
            users.add(session, new, password, by="root", at=clock.now(), must_change=False)
    db.close()


def _wait_until_ready(house: House, within: float = 180) -> None:
    deadline = time.monotonic() + within
    while b"hotline ready" not in (said := (house.home / "log.txt").read_bytes()):
        assert house.process.poll() is None and time.monotonic() < deadline, said.decode()[-4000:]
        time.sleep(0.1)
    while not _listens(house.http):  # the calls process is ready earlier
        assert house.process.poll() is None and time.monotonic() < deadline, "the console does not come up"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
