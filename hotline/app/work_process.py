"""The ``work`` role: what must not disturb a call - transcripts, model downloads, retention."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog

from hotline.app.child import ChildLine
from hotline.app.options import RunOptions, settings_in_service
from hotline.call.clock import Clock, SystemClock
from hotline.callrecords.retention import OlderThan, purge
from hotline.db.engine import Database
from hotline.home import Home
from hotline.settings import Settings

log = structlog.get_logger(__name__)

PURGE_EVERY = timedelta(hours=6)


async def run(options: RunOptions, line: ChildLine) -> None:
    """Work until the parent says to drain; what is under way is taken up at the next start."""
    home, settings = settings_in_service(options)
    clock = SystemClock()
    db = Database(settings.database or home.database_url, clock=clock)
    try:
        line.ready(lines=[])
        async with asyncio.TaskGroup() as tasks:
            jobs = [tasks.create_task(_keep_retention(db, home, settings, clock), name="retention")]
            await line.drain.wait()
            for job in jobs:
                job.cancel()
    finally:
        db.close()


async def _keep_retention(db: Database, home: Home, settings: Settings, clock: Clock) -> None:
    """Delete recordings and transcripts past their time (DOMAIN section 9); the records stay."""
    while True:
        before = clock.now() - timedelta(days=settings.recording.keep_days)
        older = OlderThan(recordings=before, transcripts=before)
        report = await asyncio.to_thread(purge, db, recordings=home.recordings, older_than=older)
        if report.recordings or report.transcripts:
            log.info("old recordings deleted", recordings=report.recordings, transcripts=report.transcripts)
        await clock.sleep(PURGE_EVERY.total_seconds())
