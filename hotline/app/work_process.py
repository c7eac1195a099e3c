"""The ``work`` role: what must not disturb a call - transcripts, time limits, notifications, retention."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import structlog

from hotline.app.alarm_watch import watch_alarms
from hotline.app.child import ChildLine
from hotline.app.desk import open_desk
from hotline.app.notifying import notify
from hotline.app.options import RunOptions, settings_in_service
from hotline.app.transcripts import CallTranscripts
from hotline.call.clock import Clock, SystemClock
from hotline.call.errors import EnvironmentFault
from hotline.callrecords.retention import OlderThan, purge
from hotline.callrecords.transcripts import TranscriptQueue
from hotline.db.engine import Database
from hotline.duty.fresh import keep_fresh
from hotline.home import Home
from hotline.settings import Settings
from hotline.speech.batch import Transcriber
from hotline.speech.transcription import TranscriptionWorker

log = structlog.get_logger(__name__)

PURGE_EVERY = timedelta(hours=6)


async def run(options: RunOptions, line: ChildLine) -> None:
    """Work until the parent says to drain; what is under way is taken up at the next start."""
    home, settings = settings_in_service(options)
    clock = SystemClock()
    db = Database(settings.database or home.database_url, clock=clock)
    models = settings.speech.models or home.models
    desk = await asyncio.to_thread(open_desk, home, settings, db, clock)
    try:
        async with Transcriber(settings.speech, models).open() as transcriber, asyncio.TaskGroup() as tasks:
            queue = CallTranscripts(
                TranscriptQueue(db, clock=clock, recordings=home.recordings), desk.tickets
            )
            worker = TranscriptionWorker(queue, transcriber, clock)
            jobs = [
                tasks.create_task(worker.run(), name="transcripts"),
                tasks.create_task(_keep_retention(db, home, settings, clock), name="retention"),
                tasks.create_task(desk.watch.run(), name="time limits"),
                tasks.create_task(keep_fresh(desk.duty, db, clock), name="duty"),
                tasks.create_task(notify(db, home, settings, clock), name="notifications"),
                tasks.create_task(
                    watch_alarms(db, home, settings, clock, roster_gaps=desk.gaps), name="alarms"
                ),
            ]
            if options.fetch_models:
                jobs.append(tasks.create_task(_fetch_models(models), name="models"))
            line.ready(lines=[])
            await line.drain.wait()
            for job in jobs:
                job.cancel()
    finally:
        db.close()


async def _fetch_models(folder: Path) -> None:
    """Fetch the default models while calls are taken; a process of its own, which may be killed."""
    fetching = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hotline.app.fetch_models",
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        await fetching.wait()
    finally:
        if fetching.returncode is None:
            fetching.terminate()
            await fetching.wait()


async def _keep_retention(db: Database, home: Home, settings: Settings, clock: Clock) -> None:
    """Delete recordings and transcripts past their time (DOMAIN section 9); the records stay."""
    while True:
        before = clock.now() - timedelta(days=settings.recording.keep_days)
        older = OlderThan(recordings=before, transcripts=before)
        try:
            await asyncio.to_thread(purge, db, recordings=home.recordings, older_than=older)
        except EnvironmentFault as fault:
            log.warning("old recordings are not deleted for now", reason=fault.code)
        await clock.sleep(PURGE_EVERY.total_seconds())
