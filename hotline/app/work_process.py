"""The ``work`` role: what must not disturb a call - transcripts, time limits, notifications, retention."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from hotline.app.alarm_watch import watch_alarms
from hotline.app.child import ChildLine
from hotline.app.desk import open_desk
from hotline.app.notifying import notify
from hotline.app.options import RunOptions, settings_in_service
from hotline.app.personal.nightly import keep_retention
from hotline.app.transcripts import CallTranscripts
from hotline.call.clock import Clock, SystemClock
from hotline.callrecords.transcripts import TranscriptQueue
from hotline.db.engine import Database
from hotline.duty.fresh import keep_fresh
from hotline.fees.watch import PromiseWatch
from hotline.settings import Settings
from hotline.speech.batch import Transcriber
from hotline.speech.transcription import TranscriptionWorker

log = structlog.get_logger(__name__)


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
                tasks.create_task(keep_retention(db, home, settings, clock), name="retention"),
                tasks.create_task(desk.watch.run(), name="time limits"),
                tasks.create_task(_promises(db, settings, clock).run(), name="promises to pay"),
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


def _promises(db: Database, settings: Settings, clock: Clock) -> PromiseWatch:
    zones = {estate.id: ZoneInfo(estate.timezone) for estate in settings.estates}
    return PromiseWatch(db, clock=clock, zones=zones)


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
