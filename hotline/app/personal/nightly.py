"""Retention: once a night everything goes whose time is over (DOMAIN section 9), with counts in the audit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from hotline.accounts import tokens
from hotline.app.clips import purge_clips
from hotline.app.personal import aging, below
from hotline.app.personal.traces import TRACES, Trace
from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.callrecords.models import RecordingRow
from hotline.callrecords.retention import OlderThan, purge
from hotline.db.engine import Database
from hotline.home import Home
from hotline.privacy import runs
from hotline.settings import Retention, Settings

log = structlog.get_logger(__name__)

LOOK_EVERY = 600.0
"""Seconds between looks whether it is time: a clock that was set must not cost a night."""


@dataclass(frozen=True, slots=True)
class Nightly:
    """One pass over everything. Blocking; not for an event loop."""

    db: Database
    home: Home
    retention: Retention

    def run(self, *, dry_run: bool = False) -> dict[str, int]:
        """Delete and mask; return how many of what there was. Done twice, it does nothing more.

        Raises :class:`~hotline.call.errors.EnvironmentFault`; the next pass goes on from there.
        """
        now = self.db.clock.now()
        counts = self._sound(now, dry_run=dry_run)
        for trace in TRACES:
            before = self._before(trace.kept, now) if trace.kept else None
            if before is not None and trace.ended is not None:
                counts[trace.row.__tablename__] = self._age(trace, before, now, dry_run=dry_run)
        for kept, tables in aging.GONE.items():
            before = self._before(kept, now)
            for row, at in tables if before is not None else ():
                counts[row.__tablename__] = self._forget(row, at, before or now, dry_run=dry_run)
        return {name: number for name, number in counts.items() if number}

    def _before(self, kept: str, now: datetime) -> datetime | None:
        days: int = getattr(self.retention, kept)
        return now - timedelta(days=days) if days else None

    def _sound(self, now: datetime, *, dry_run: bool) -> dict[str, int]:
        before = self._before("recordings", now)
        older = OlderThan(
            recordings=before,
            transcripts=self._before("transcripts", now),
            events=self._before("outbox", now),
        )
        done = purge(self.db, recordings=self.home.recordings, older_than=older, dry_run=dry_run)
        clips = 0
        if before is not None:
            clips = purge_clips(self.db, prompts=self.home.prompts, before=before, dry_run=dry_run)
        if not dry_run:
            self._refused()
        return {
            "recordings": done.recordings, "transcripts": done.transcripts, "outbox": done.events,
            "clips": clips,
        }  # fmt: skip

    def _refused(self) -> None:
        """Delete what a kill left of recordings that were refused."""
        with self.db.reading() as session:
            paths = session.scalars(select(RecordingRow.path).where(RecordingRow.refused_at.is_not(None)))
            left = [self.home.recordings / path for path in paths if path != Path()]
        self._delete([path for path in left if path.is_file()])

    def _age(self, trace: Trace, before: datetime, now: datetime, *, dry_run: bool) -> int:
        if dry_run:
            with self.db.reading() as session:
                return aging.count(session, trace, before)
        total = 0
        while True:
            with self.db.transaction() as session:
                done, files = aging.age(session, trace, before, now)
            self._delete([self.home.root / name for name in files])
            total += done
            if done < aging.AT_ONCE:
                return total

    def _forget(self, row: object, at: object, before: datetime, *, dry_run: bool) -> int:
        if dry_run:
            with self.db.reading() as session:
                return aging.count_gone(session, row, at, before)
        with self.db.transaction() as session:
            return aging.forget(session, row, at, before)

    def _delete(self, files: list[Path]) -> None:
        try:
            below.delete_files(files)
        except OSError as error:
            raise EnvironmentFault(
                f"A file whose time is over cannot be deleted ({error.strerror}): mend the permissions of "
                "the data folder.",
                code="recording-undeletable",
            ) from error


def once(nightly: Nightly, *, by: str) -> dict[str, int]:
    """Run now and note the counts in the audit."""
    counts = nightly.run()
    with nightly.db.transaction() as session:
        told = " ".join(f"{name}={number}" for name, number in counts.items())
        now = nightly.db.clock.now()
        tokens.note(session, "", "privacy.retention", at=now, by=by, detail=told or "nothing")
    return counts


def tonight(nightly: Nightly, *, zone: ZoneInfo) -> bool:
    """Run if it is time and today's run is not done; returns whether it ran."""
    now = nightly.db.clock.now()
    local = now.astimezone(zone)
    if local.hour < nightly.retention.hour:
        return False
    with nightly.db.transaction() as session:
        if not runs.claim(session, local.date(), now):
            return False
    counts = once(nightly, by="hotline")
    with nightly.db.transaction() as session:
        runs.finish(session, local.date(), nightly.db.clock.now(), counts)
    log.info("what was too old was deleted", **counts)
    return True


async def keep_retention(db: Database, home: Home, settings: Settings, clock: Clock) -> None:
    """Do it every night until cancelled; a fault of the machine is tried again an hour later."""
    nightly = Nightly(db, home, settings.retention)
    zone = ZoneInfo(settings.estates[0].timezone)
    while True:
        try:
            await asyncio.to_thread(partial(tonight, nightly, zone=zone))
        except EnvironmentFault as fault:
            log.warning("what is too old is not deleted for now", reason=fault.code)
        await clock.sleep(LOOK_EVERY)
