"""The ``check`` role: like ``prepare``, but it changes nothing in service and lets a hotline run on."""

from __future__ import annotations

from hotline.app.child import ChildLine
from hotline.app.livefeed import ask
from hotline.app.options import RunOptions
from hotline.app.prepare import prepare
from hotline.app.prepare_process import report
from hotline.home import Home


async def run(options: RunOptions, line: ChildLine) -> None:
    """Check everything a start depends on; raises every problem at once."""
    running = await ask(Home(options.home.resolve()).run, "status") is not None
    report(prepare(options, running=running, starting=False), line)
