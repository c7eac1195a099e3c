from __future__ import annotations

import asyncio
import os
import signal
import struct
import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hotline.call.clock import SystemClock
from hotline.call.events import HangupBy
from hotline.call.ports import Direction, IntakeDraft, NewTicket, TicketKind
from hotline.callrecords import repair, soundfile
from hotline.callrecords.models import CallEventRow, CallRow, DraftRow, LegRow, RecordingRow, TranscriptRow
from hotline.callrecords.service import CallRecords
from hotline.db.engine import Database
from hotline.language.numbers import normalise

A, B, C = "a" * 32, "b" * 32, "c" * 32


def rows(model):
    return lambda session: list(session.scalars(select(model)).all())


def draft(leg=A, *, said=True):
    ticket = NewTicket(estate="default", kind=TicketKind.REPAIR, caller_number="13800001111", call=leg)
    return IntakeDraft(ticket=ticket, said_something=said)


def wav(path, seconds, *, header_says=0, rate=8000, channels=2):
    """An A-law recording whose header was never brought up to date."""
    per_second = rate * channels
    fmt = struct.pack("<HHIIHH", 6, channels, rate, per_second, channels, 8)
    head = b"RIFF" + struct.pack("<I", header_says) + b"WAVE" + b"fmt " + struct.pack("<I", 16) + fmt
    head += b"LIST" + struct.pack("<I", 3) + b"abc\0"
    path.write_bytes(head + b"data" + struct.pack("<I", header_says) + b"\xd5" * round(per_second * seconds))


async def test_open_calls_of_a_dead_process_are_closed_as_lost_at_their_last_sign_of_life(
    db, records, scene, clock, recordings
):
    await records.opened(scene.facts(A), estate="default")
    await records.answered(A, clock.now() + timedelta(seconds=2), ring_seconds=2.0, rings=1)
    start = clock.now()
    clock.pass_time(seconds=10)
    records.event(A, "DTMF", {"key": "1"})
    await records.flush()
    clock.pass_time(hours=3)
    report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    assert (report.closed_calls, report.closed_legs, report.drafts) == (1, 1, ())
    (call,) = await db.read(rows(CallRow))
    assert (call.disposition, call.hangup_by, call.hangup_cause) == ("LOST", HangupBy.NETWORK, "lost")
    assert call.end == start + timedelta(seconds=10)
    assert (call.ring_seconds, call.billsec, call.outcome) == (2.0, 8.0, "lost")


async def test_a_recording_says_how_long_the_call_lived_and_gets_its_transcript(
    db, records, scene, clock, recordings
):
    await records.opened(scene.facts(A), estate="default")
    wav(recordings / "a.wav", 42.5)
    await records.recording(A, recordings / "a.wav")
    await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    (call,) = await db.read(rows(CallRow))
    assert call.end == clock.now() + timedelta(seconds=42.5)
    assert [row.seconds for row in await db.read(rows(RecordingRow))] == [42.5]
    assert [row.state for row in await db.read(rows(TranscriptRow))] == ["pending"]


async def test_calls_of_a_living_process_and_closed_calls_are_left_alone(
    db, records, scene, clock, recordings
):
    other = CallRecords(db, clock=clock, process="p2", recordings=recordings, normalise=normalise)
    await records.opened(scene.facts(A), estate="default")
    await records.opened(scene.facts(C), estate="default")
    await records.closed(C, scene.report(), outcome="ticket", recorded_seconds=0)
    await other.opened(scene.facts(B), estate="default")
    await other.draft(B, draft(B))
    report = await repair.close_lost(db, alive=frozenset({"p2"}), recordings=recordings)
    assert (report.closed_calls, report.closed_legs, report.drafts) == (1, 1, ())
    results = {row.uniqueid[0]: row.disposition for row in await db.read(rows(CallRow))}
    assert results == {"a": "LOST", "b": "", "c": "ANSWERED"}
    await other.close()


async def test_a_conversation_that_outlived_its_caller_is_finished_and_its_recording_transcribed(
    db, records, scene, clock, recordings
):
    await records.opened(scene.facts(A), estate="default")
    await records.answered(A, clock.now(), ring_seconds=1.0, rings=1)
    wav(recordings / "a.wav", 30.0)
    await records.recording(A, recordings / "a.wav")
    records.closed_soon(A, scene.report(answered_at=clock.now()))  # the caller left; people were still rung
    await records.flush()
    await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    (call,) = await db.read(rows(CallRow))
    assert (call.disposition, call.outcome) == ("ANSWERED", "lost")
    assert [row.seconds for row in await db.read(rows(RecordingRow))] == [30.0]
    assert [row.state for row in await db.read(rows(TranscriptRow))] == ["pending"]


async def test_every_leg_of_a_lost_call_is_closed_and_the_call_counts_once(db, records, scene, recordings):
    await records.opened(scene.facts(A), estate="default")
    await records.opened(scene.facts(B, linkedid=A, direction=Direction.OUTBOUND), estate="default")
    report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    assert (report.closed_calls, report.closed_legs) == (1, 2)


async def test_an_interrupted_intake_is_handed_over_until_its_ticket_is_filed(
    db, records, scene, clock, recordings
):
    await records.opened(scene.facts(A), estate="default")
    await records.draft(A, draft())
    began = clock.now()
    for _ in range(2):  # a crash after the first repair must not lose it
        report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
        (left,) = report.drafts
        assert (left.leg, left.began_at) == (A, began)
        assert (left.ticket.complete, left.ticket.call, left.ticket.kind) == (False, A, TicketKind.REPAIR)
    await repair.draft_filed(db, A)
    report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    assert report.drafts == ()


async def test_an_intake_in_which_nothing_was_said_leaves_no_ticket(db, records, scene, recordings):
    await records.opened(scene.facts(A), estate="default")
    await records.draft(A, draft(said=False))
    report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    assert report.drafts == ()
    assert await db.read(rows(DraftRow)) == []


async def test_an_unreadable_draft_is_kept_and_counted_and_stops_nobody(db, records, scene, recordings):
    for leg in (A, B):
        await records.opened(scene.facts(leg), estate="default")
        await records.draft(leg, draft(leg))

    def spoil(session):
        session.get_one(DraftRow, A).version = 99

    await db.write(spoil)
    report = await repair.close_lost(db, alive=frozenset(), recordings=recordings)
    assert (report.unreadable_drafts, [left.leg for left in report.drafts]) == (1, [B])
    assert len(await db.read(rows(DraftRow))) == 2


@pytest.mark.parametrize(
    ("content", "length"),
    [(None, None), (b"", None), (b"RIFF....WAVE", None), (b"no sound at all, but long enough" * 4, None)],
    ids=["missing", "empty", "header cut off", "something else"],
)
def test_what_is_no_recording_has_no_length(tmp_path, content, length):
    path = tmp_path / "x.wav"
    if content is not None:
        path.write_bytes(content)
    assert soundfile.seconds(path) == length


def test_the_length_of_a_recording_is_that_of_its_sound_not_of_its_header(tmp_path):
    wav(tmp_path / "x.wav", 7.25, header_says=16)
    assert soundfile.seconds(tmp_path / "x.wav") == 7.25


CALLS = textwrap.dedent("""
    import asyncio, sys
    from hotline.call.clock import SystemClock
    from hotline.call.ports import Direction, IntakeDraft, LegFacts, NewTicket, TicketKind
    from hotline.callrecords.service import CallRecords
    from hotline.db.engine import Database
    from pathlib import Path

    async def call(records, clock, number):
        leg = f"{number:032x}"
        facts = LegFacts(leg=leg, linkedid=leg, direction=Direction.INBOUND, caller="13800001111",
                         dialled="8000", offered_at=clock.now())
        await records.opened(facts, estate="default")
        await records.answered(leg, clock.now(), ring_seconds=1.0, rings=1)
        ticket = NewTicket(estate="default", kind=TicketKind.REPAIR, call=leg)
        await records.draft(leg, IntakeDraft(ticket=ticket, said_something=True))
        print(leg, flush=True)
        while True:
            records.event(leg, "DTMF", {"key": "1"})
            await asyncio.sleep(0.01)

    async def main():
        clock = SystemClock()
        db = Database(sys.argv[1], clock=clock)
        records = CallRecords(db, clock=clock, process="doomed", recordings=Path("."), normalise=str)
        await asyncio.gather(*(call(records, clock, number) for number in range(20)))

    asyncio.run(main())
""")


def killed(database_url):
    """Let a calls process write for a second, kill it; returns the legs whose drafts it had committed."""
    process = subprocess.Popen([sys.executable, "-c", CALLS, database_url], stdout=subprocess.PIPE, text=True)
    committed = {process.stdout.readline().strip() for _ in range(20)}
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.8)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    return committed


@pytest.mark.timely
async def test_after_kill_9_no_call_is_open_and_every_intake_is_handed_over(database_url, recordings):
    committed = await asyncio.to_thread(killed, database_url)
    db = Database(database_url, clock=SystemClock())
    events = await db.read(lambda session: session.scalar(select(func.count()).select_from(CallEventRow)))
    report = await repair.close_lost(db, alive=frozenset({"next"}), recordings=recordings)
    assert (report.closed_calls, {left.leg for left in report.drafts}) == (20, committed)
    assert {row.disposition for row in await db.read(rows(CallRow))} == {"LOST"}
    assert all(row.end is not None for row in await db.read(rows(LegRow)))
    assert events > 20 * 2 + 20 * 5, "events were not stored within half a second"
    await db.aclose()
