"""The process that transcribes: it never outlives the work process, however that ends."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PARENT = """\
import asyncio, os, sys
from pathlib import Path
from hotline.settings import Speech
from hotline.speech.batch import Transcriber

async def work() -> None:
    transcriber = Transcriber(Speech(), Path("models"))
    print(await transcriber._work(os.getpid), flush=True)
    if sys.argv[1] == "busy":
        # like an engine: a computation in C that looks at nothing until it is done
        await transcriber._work(sum, range(10**13))
    await asyncio.Event().wait()

asyncio.run(work())
"""
WITHIN = 5.0
"""Seconds within which the worker has to be gone."""


@contextmanager
def working(doing: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A work process with its worker; given are the one and a descriptor of the other (pidfd_open(2))."""
    parent = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PARENT, doing], stdout=subprocess.PIPE, text=True, cwd=folder
    )
    assert parent.stdout is not None
    worker = None
    try:
        worker = os.pidfd_open(int(parent.stdout.readline()))
        yield parent, worker
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
        if worker is not None:
            if not ended(worker, within=0):
                signal.pidfd_send_signal(worker, signal.SIGKILL)
            os.close(worker)


def ended(process: int, *, within: float) -> bool:
    """True once the process is gone, waiting at most so many seconds for its end."""
    return select.select([process], [], [], within)[0] == [process]


@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_a_work_process_that_is_killed_takes_its_transcribing_process_with_it(
    tmp_path: Path, doing: str
) -> None:
    with working(doing, tmp_path) as (parent, worker):
        assert not ended(worker, within=0.3), "the worker lives as long as its parent"
        os.kill(parent.pid, signal.SIGKILL)
        assert parent.wait(WITHIN) == -signal.SIGKILL
        assert ended(worker, within=WITHIN)


ALONE = ("unshare", "--map-root-user", "--pid", "--fork", "--kill-child")
"""The command after it is process 1, as in a container (unshare(1))."""
FIRST = """\
import asyncio, os
from pathlib import Path
from hotline.settings import Speech
from hotline.speech.batch import Transcriber

async def work() -> None:
    async with Transcriber(Speech(), Path("models")).open() as transcriber:
        await transcriber._work(os.getpid)
        print(os.getpid())

asyncio.run(work())
"""


def test_a_command_that_is_process_1_of_its_container_transcribes_too(tmp_path: Path) -> None:
    try:
        subprocess.run([*ALONE, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine gives no process its own numbers (unshare)")
    done = subprocess.run(
        [*ALONE, sys.executable, "-c", FIRST], capture_output=True, text=True, cwd=tmp_path, timeout=40
    )
    assert (done.stdout.strip(), done.returncode) == ("1", 0), done.stderr
