"""Turning what probes find into alarms, with patience in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import structlog

from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.db.engine import Database
from hotline.notifications import alarmevents
from hotline.notifications.alarmkinds import AlarmKind
from hotline.notifications.alarms import Alarms
from hotline.notifications.hysteresis import Hysteresis
from hotline.notifications.models import AlarmRow
from hotline.notifications.probes import Finding, Probe

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
"""Seconds: nobody waits longer to hear that an urgent ticket is not taken."""
COUNT_AGAIN_AFTER = 600.0
"""Seconds after which a standing alarm is noted to be still seen."""
PATIENCE: Mapping[AlarmKind, tuple[float, float]] = MappingProxyType(
    {
        AlarmKind.TRUNK_DOWN: (60.0, 30.0),  # shorter outages are mended by registering again
        AlarmKind.CLOCK_UNSYNCHRONISED: (600.0, 60.0),  # time servers need minutes after a start
        AlarmKind.DISK_FILLING: (0.0, 60.0),
    }
)
"""Seconds something must be wrong before it is an alarm, and right again before it is none."""

_Key = tuple[str, str]


class Watch:
    """Looks at everything again and again.

    ``node`` names this machine where several share a database: what concerns one of them alone
    (``recordings@node1``) is not cleared by another that is well.
    """

    def __init__(self, db: Database, clock: Clock, probes: Sequence[Probe], *, node: str = "") -> None:
        """Look in the order of ``probes``."""
        self._db = db
        self._clock = clock
        self._probes = probes
        self._suffix = f"@{node}" if node else ""
        self._alarms = Alarms(db, clock)
        self._conditions: dict[tuple[AlarmKind, _Key], Hysteresis] = {}
        self._counted: dict[tuple[AlarmKind, _Key], float] = {}

    async def run(self) -> None:
        """Look until cancelled; a database that is locked or full only makes it wait.

        Nothing that goes wrong ends the process that watches over time limits as well.
        """
        while True:
            try:
                await self.look()
            except EnvironmentFault as fault:
                log.warning("alarms wait for the database", reason=fault.code)
            except Exception:
                log.exception("alarms are not watched for now")
            await self._clock.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Look at everything once."""
        await self._follow_tickets()
        standing = await self._alarms.standing()
        for probe in self._probes:
            found = await probe.look()
            if found is not None:
                rows = {(row.estate, row.subject): row for row in standing if row.kind == probe.kind}
                await self._judge(probe, found, rows)

    async def _follow_tickets(self) -> None:
        while await self._db.read(alarmevents.waiting):
            await self._db.write(lambda session: alarmevents.follow(session, self._clock.now()))

    async def _judge(self, probe: Probe, found: Sequence[Finding], rows: Mapping[_Key, AlarmRow]) -> None:
        suffix = self._suffix if probe.local else ""
        seen = {(finding.estate, finding.subject + suffix): finding for finding in found}
        for key, finding in seen.items():
            condition = self._conditions.setdefault(
                (probe.kind, key), Hysteresis(*PATIENCE.get(probe.kind, (0.0, 0.0)))
            )
            bad = condition.feed(finding.bad, self._clock.monotonic())
            if bad:
                await self._raise(key, finding, rows.get(key))
            elif bad is False and key in rows:
                await self._clear(probe.kind, key, finding.detail)
        for key in rows.keys() - seen.keys():
            if key[1].endswith(suffix):  # the trunk or roster is gone, and its trouble with it
                self._conditions.pop((probe.kind, key), None)
                await self._clear(probe.kind, key, {})

    async def _raise(self, key: _Key, finding: Finding, row: AlarmRow | None) -> None:
        now, counted = self._clock.monotonic(), self._counted.get((finding.kind, key))
        if row is not None and counted is not None and now - counted < COUNT_AGAIN_AFTER:
            return
        self._counted[finding.kind, key] = now
        await self._alarms.raise_(finding.kind, key[1], estate=key[0], detail=finding.detail)

    async def _clear(self, kind: AlarmKind, key: _Key, detail: Mapping[str, str]) -> None:
        await self._alarms.clear(kind, key[1], estate=key[0], detail=detail)
