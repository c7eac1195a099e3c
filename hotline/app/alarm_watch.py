"""Looking after the machine in the work process: what people must see to becomes an alarm."""

from __future__ import annotations

import platform
from collections.abc import Callable
from functools import partial

from hotline.app.livefeed import ask
from hotline.call.clock import Clock
from hotline.db.engine import Database
from hotline.home import Home
from hotline.notifications.kernel_clock import synchronised
from hotline.notifications.probes import (
    CallsStatus,
    Disk,
    Probe,
    Recordings,
    RosterGap,
    RosterGaps,
    Rosters,
    Status,
    TimeKept,
    Trunks,
)
from hotline.notifications.watch import Watch
from hotline.settings import Settings

__all__ = ["RosterGap", "RosterGaps", "watch_alarms"]


async def watch_alarms(
    db: Database,
    home: Home,
    settings: Settings,
    clock: Clock,
    *,
    roster_gaps: RosterGaps | None = None,
    status: Status | None = None,
    clock_synchronised: Callable[[], bool | None] = synchronised,
) -> None:
    """Watch until cancelled; for the work process.

    ``roster_gaps``: who finds gaps in today's rosters; without it nobody looks. ``status`` asks the
    calls process how it is, over its socket in ``home.run`` by default.
    """
    calls = CallsStatus(status or partial(ask, home.run, "status"), clock)
    probes: list[Probe] = [
        calls,
        Trunks(calls),
        Recordings(calls, settings, clock),
        Disk(home, settings),
        TimeKept(clock_synchronised),
    ]
    if roster_gaps is not None:
        probes.append(Rosters(roster_gaps, clock))
    node = "" if db.dialect == "sqlite" else platform.node()  # a file has one machine, a server may have many
    await Watch(db, clock, probes, node=node).run()
