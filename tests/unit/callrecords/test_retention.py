from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.call.errors import EnvironmentFault
from hotline.callrecords.models import CallRow, RecordingRow, TranscriptRow
from hotline.callrecords.retention import OlderThan, purge
from hotline.callrecords.transcripts import TranscriptQueue, TranscriptText

OLD, YOUNG, RUNNING, MADE = (letter * 32 for letter in "abcd")


@pytest.fixture
async def kept(records, scene, recordings, clock, db):
    """An old, a young and a running call with recordings; one old transcript is made."""
    clock.pass_time(days=-200)
    for leg in (MADE, OLD, RUNNING):
        await record(records, scene, recordings, leg, over=leg != RUNNING)
    queue = TranscriptQueue(db, clock=clock, recordings=recordings)
    job = await queue.claim()
    text = TranscriptText(
        text="漏水", segments=[{"start": 0, "end": 1, "text": "漏水"}], language="zh", engine="x"
    )
    await queue.done(job, text)
    clock.pass_time(days=190)
    await record(records, scene, recordings, YOUNG)
    clock.pass_time(days=10)
    return job.leg


async def record(records, scene, recordings, leg, *, over=True):
    path = recordings / f"{leg[0]}.wav"
    path.write_bytes(b"sound")
    await records.opened(scene.facts(leg), estate="default")
    await records.recording(leg, path)
    if over:
        await records.closed(leg, scene.report(ended_at=scene.clock.now()), outcome="", recorded_seconds=20)


def older(clock, days):
    at = clock.now() - timedelta(days=days)
    return OlderThan(recordings=at, transcripts=at, events=at)


def files(recordings):
    return {path.stem for path in recordings.glob("*.wav")}


async def test_old_recordings_and_transcripts_go_and_the_records_stay(db, recordings, clock, kept):
    report = purge(db, recordings=recordings, older_than=older(clock, 180))
    assert (report.recordings, report.transcripts) == (2, 1)
    assert files(recordings) == {YOUNG[0], RUNNING[0]}
    assert len(await db.read(lambda session: session.scalars(select(CallRow)).all())) == 4
    purged = await db.read(
        lambda session: {row.uniqueid for row in session.scalars(select(RecordingRow)) if row.purged_at}
    )
    assert purged == {OLD, MADE}
    texts = await db.read(
        lambda session: {row.uniqueid: row for row in session.scalars(select(TranscriptRow))}
    )
    assert (texts[kept].state, texts[kept].text, texts[kept].segments) == ("purged", "", [])
    left = OLD if kept == MADE else MADE
    assert texts[left].state == "failed"
    assert "retention" in texts[left].failure
    assert texts[YOUNG].state == "pending"
    again = purge(db, recordings=recordings, older_than=older(clock, 180))
    assert (again.recordings, again.transcripts) == (0, 0)


async def test_a_dry_run_deletes_nothing(db, recordings, clock, kept):
    report = purge(db, recordings=recordings, older_than=older(clock, 180), dry_run=True)
    assert (report.recordings, report.transcripts) == (2, 1)
    assert len(files(recordings)) == 4
    assert purge(db, recordings=recordings, older_than=older(clock, 180), dry_run=True) == report


async def test_a_kind_without_a_limit_is_kept(db, recordings, clock, kept):
    report = purge(db, recordings=recordings, older_than=OlderThan(transcripts=clock.now()))
    assert (report.recordings, report.transcripts) == (0, 1)
    assert len(files(recordings)) == 4


async def test_a_file_that_is_gone_already_is_no_problem(db, recordings, clock, kept):
    (recordings / f"{OLD[0]}.wav").unlink()
    assert purge(db, recordings=recordings, older_than=older(clock, 180)).recordings == 2


async def test_a_file_that_cannot_be_deleted_is_named_and_tried_again_next_time(db, recordings, clock, kept):
    path = recordings / f"{OLD[0]}.wav"
    path.unlink()
    path.mkdir()
    with pytest.raises(EnvironmentFault, match="cannot be deleted") as caught:
        purge(db, recordings=recordings, older_than=older(clock, 180))
    assert str(path) in caught.value.sentence
    path.rmdir()
    purge(db, recordings=recordings, older_than=older(clock, 180))
    assert files(recordings) == {YOUNG[0], RUNNING[0]}
