from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from hotline.callrecords import transcripts
from hotline.callrecords.models import TranscriptRow
from hotline.callrecords.transcripts import TranscriptQueue, TranscriptText, text_between
from hotline.db.outbox import OutboxEvent

LEGS = [f"{number:032x}" for number in range(5)]
TEXT = TranscriptText(
    text="厨房水管漏水", segments=[{"start": 1.0, "end": 3.0, "side": "caller", "text": "厨房水管漏水"}],
    language="zh", engine="vosk",
)  # fmt: skip


@pytest.fixture
def queue(db, clock, recordings):
    return TranscriptQueue(db, clock=clock, recordings=recordings)


@pytest.fixture
def record(records, scene, recordings, clock):
    async def one(leg):
        await records.opened(scene.facts(leg), estate="default")
        await records.recording(leg, recordings / f"{leg}.wav")
        await records.closed(leg, scene.report(ended_at=clock.now()), outcome="", recorded_seconds=20)
        clock.pass_time(seconds=1)

    return one


async def row(db, leg):
    return await db.read(lambda session: session.get(TranscriptRow, leg))


async def test_recordings_are_handed_out_oldest_first_each_once(queue, record, recordings):
    for leg in LEGS[:3]:
        await record(leg)
    jobs = [await queue.claim() for _ in range(4)]
    assert [job.leg if job else None for job in jobs] == [*LEGS[:3], None]
    assert jobs[0].path == recordings / f"{LEGS[0]}.wav"


async def test_workers_that_claim_at_once_get_different_recordings(
    db, clock, recordings, record, queue, database_url
):
    from hotline.db.engine import Database

    for leg in LEGS:
        await record(leg)
    other = Database(database_url, clock=clock)
    workers = [queue, TranscriptQueue(other, clock=clock, recordings=recordings)]
    jobs = await asyncio.gather(*(workers[number % 2].claim() for number in range(6)))
    await other.aclose()
    assert sorted(job.leg for job in jobs if job) == LEGS


async def test_a_finished_transcript_is_stored_and_told(db, queue, record):
    await record(LEGS[0])
    job = await queue.claim()
    assert await queue.waiting() == 1
    assert await queue.done(job, TEXT) is True
    stored = await row(db, LEGS[0])
    assert (stored.state, stored.text, stored.engine, stored.language) == (
        "done",
        "厨房水管漏水",
        "vosk",
        "zh",
    )
    assert list(stored.segments) == list(TEXT.segments)
    assert await queue.waiting() == 0
    events = await db.read(lambda session: session.scalars(select(OutboxEvent.kind)).all())
    assert events == ["call.closed", "transcript.done"]


async def test_a_claim_whose_worker_died_is_handed_out_again_after_its_lease(db, queue, record, clock):
    await record(LEGS[0])
    first = await queue.claim()
    clock.pass_time(minutes=29)
    assert await queue.claim() is None
    clock.pass_time(minutes=2)
    second = await queue.claim()
    assert second.leg == LEGS[0]
    assert await queue.done(first, TEXT) is False
    assert (await row(db, LEGS[0])).state == "running"
    assert await queue.done(second, TEXT) is True


async def test_a_recording_that_kills_its_worker_again_and_again_is_given_up(db, queue, record, clock):
    await record(LEGS[0])
    for _ in range(transcripts.ATTEMPTS):
        assert await queue.claim() is not None
        clock.pass_time(minutes=31)
    assert await queue.claim() is None
    given_up = await row(db, LEGS[0])
    assert given_up.state == "failed"
    assert "interrupted" in given_up.failure


async def test_a_failure_is_tried_again_later_and_in_the_end_given_up_with_its_sentence(
    db, queue, record, clock
):
    await record(LEGS[0])
    for _ in range(transcripts.ATTEMPTS):
        job = await queue.claim()
        await queue.failed(job, "the model is broken", True)
        assert await queue.claim() is None
        clock.pass_time(minutes=6)
    stored = await row(db, LEGS[0])
    assert (stored.state, stored.failure) == ("failed", "the model is broken")


async def test_a_failure_that_is_not_to_be_tried_again_is_final(db, queue, record, clock):
    await record(LEGS[0])
    await queue.failed(await queue.claim(), "the recording is missing", False)
    clock.pass_time(days=1)
    assert await queue.claim() is None
    assert (await row(db, LEGS[0])).state == "failed"


async def test_a_claim_given_back_costs_no_attempt(db, queue, record):
    await record(LEGS[0])
    for _ in range(transcripts.ATTEMPTS + 2):
        await queue.release(await queue.claim())
    assert (await row(db, LEGS[0])).attempts == 0


SEGMENTS = [
    {"start": 0.0, "end": 2.0, "side": "hotline", "text": "请说出问题"},
    {"start": 2.1, "end": 4.0, "side": "caller", "text": " 厨房水管漏水 "},
    {"start": 4.2, "end": 5.0, "side": "caller", "text": "快来"},
    {"start": 5.1, "end": 5.4, "side": "caller", "text": "  "},
    {"start": 9.0, "end": 10.0, "side": "caller", "text": "谢谢"},
]


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (2.2, 5.5, "厨房水管漏水\n快来"),
        (2.2, 4.3, "厨房水管漏水"),
        (6, 8, ""),
        (0, 60, "厨房水管漏水\n快来\n谢谢"),
    ],
)
def test_the_callers_words_of_a_stretch_are_those_whose_middle_lies_in_it(start, end, text):
    assert text_between(SEGMENTS, start, end) == text
