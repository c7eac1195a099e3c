from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.call.events import HangupBy
from hotline.call.ports import TEST_CALL, Direction, IntakeDraft, NewTicket, Place, Span, TicketKind
from hotline.callrecords import drafts, repository
from hotline.callrecords.models import CallEventRow, CallRow, DraftRow, LegRow, RecordingRow, TranscriptRow
from hotline.callrecords.repository import CallFilter, UnknownLeg
from hotline.db.outbox import OutboxEvent

A, B = "a" * 32, "b" * 32


def rows(model):
    return lambda session: list(session.scalars(select(model)).all())


async def test_an_answered_call_has_every_field_of_the_record(db, records, scene, clock):
    facts = scene.facts(A, caller="138-0000-1111", caller_name="张伟", account="trunk")
    await records.opened(facts, estate="default")
    start = clock.now()
    await records.answered(A, start + timedelta(seconds=1), ring_seconds=1.02, rings=1)
    await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=59.5)
    (call,) = await db.read(rows(CallRow))
    (leg,) = await db.read(rows(LegRow))
    for row in (call, leg):
        assert (row.uniqueid, row.linkedid, row.estate, row.process) == (A, A, "default", "p1")
        assert (row.direction, row.account, row.src_name) == (Direction.INBOUND, "trunk", "张伟")
        assert (row.src, row.src_raw, row.dst, row.dst_raw) == (
            "+8613800001111", "138-0000-1111", "8000", "8000",
        )  # fmt: skip
        assert (row.start, row.answer, row.end) == (
            start, start + timedelta(seconds=1), start + timedelta(seconds=61),
        )  # fmt: skip
        assert (row.duration, row.billsec, row.ring_seconds, row.rings) == (61.0, 60.0, 1.0, 1)
        assert (row.disposition, row.hangup_by, row.hangup_cause, row.outcome) == (
            "ANSWERED", HangupBy.FAR, "normal", "ticket",
        )  # fmt: skip
    assert (leg.sip_status, leg.codec, leg.loss, leg.jitter, leg.mos) == (200, "PCMA", 2, 1.5, 4.3)


async def test_a_call_exists_from_its_first_ring_on(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    (call,) = await db.read(rows(CallRow))
    assert (call.end, call.disposition, call.answer) == (None, "", None)


@pytest.mark.parametrize(
    ("facts", "calls"),
    [
        ({"direction": Direction.INBOUND, "linkedid": B}, 1),
        ({"direction": Direction.OUTBOUND, "linkedid": ""}, 1),
        ({"direction": Direction.OUTBOUND, "linkedid": B}, 1),
    ],
    ids=["an incoming leg", "an outgoing leg of its own", "an outgoing leg that is its own first"],
)
async def test_a_leg_that_stands_alone_is_a_call(db, records, scene, facts, calls):
    await records.opened(scene.facts(B, **facts), estate="default")
    assert [row.uniqueid for row in await db.read(rows(CallRow))] == [B] * calls


async def test_an_outgoing_leg_belongs_to_the_call_it_was_dialled_for(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    await records.opened(
        scene.facts(B, linkedid=A, direction=Direction.OUTBOUND, purpose="emergency"), estate="default"
    )
    await records.closed(B, scene.report(disposition="BUSY"), outcome="", recorded_seconds=0)
    (call,) = await db.read(rows(CallRow))
    assert call.end is None
    legs = {leg.uniqueid: leg for leg in await db.read(rows(LegRow))}
    assert legs[B].linkedid == A
    assert (legs[B].purpose, legs[B].disposition) == ("emergency", "BUSY")


async def test_an_incoming_leg_of_an_unknown_call_gets_a_call_that_follows_it(db, records, scene):
    await records.opened(scene.facts(B, linkedid=A), estate="default")
    await records.closed(B, scene.report(), outcome="informed", recorded_seconds=0)
    (call,) = await db.read(rows(CallRow))
    assert (call.linkedid, call.uniqueid, call.disposition) == (A, B, "ANSWERED")


async def test_a_leg_told_of_twice_is_one_leg_and_what_is_known_stays_known(db, records, scene, recordings):
    await records.opened(scene.facts(A), estate="default")
    records.opened_soon(scene.facts(A), estate="default")
    await records.recording(A, recordings / "a.wav")
    for _ in range(2):
        await records.answered(A, scene.clock.now(), ring_seconds=1, rings=1)
    await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=20)
    records.closed_soon(A, scene.report())
    await records.flush()
    (leg,) = await db.read(rows(LegRow))
    assert leg.outcome == "ticket"
    assert [event.kind for event in await db.read(rows(CallEventRow))] == ["CHAN_START", "ANSWER", "HANGUP"]
    assert [row.seconds for row in await db.read(rows(RecordingRow))] == [20]
    assert [event.kind for event in await db.read(rows(OutboxEvent))] == ["call.closed"]


async def test_a_call_of_the_hotline_to_itself_stays_a_test_whatever_the_menu_did_in_it(db, records, scene):
    await records.opened(scene.facts(A, purpose=TEST_CALL), estate="default")
    await records.opened(
        scene.facts(B, linkedid=B, direction=Direction.OUTBOUND, purpose=TEST_CALL), estate="x"
    )
    for leg in (A, B):
        await records.closed(leg, scene.report(), outcome="ticket", recorded_seconds=0)
    assert {row.uniqueid: row.outcome for row in await db.read(rows(CallRow))} == {A: "test", B: "ticket"}


async def test_a_withheld_number_is_kept_raw_only(db, records, scene):
    await records.opened(scene.facts(A, caller="anonymous"), estate="default")
    (call,) = await db.read(rows(CallRow))
    assert (call.src, call.src_raw) == ("", "anonymous")


async def test_events_are_stored_soon_without_anybody_waiting_for_them(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    records.event(A, "DTMF", {"key": "1"})
    records.event(A, "MENU", {"step": "main"})
    assert len(await db.read(rows(CallEventRow))) == 1
    for _ in range(100):
        if len(await db.read(rows(CallEventRow))) == 3:
            break
        await asyncio.sleep(0.05)
    kinds = [(event.kind, event.detail) for event in await db.read(rows(CallEventRow))]
    assert kinds == [("CHAN_START", {}), ("DTMF", {"key": "1"}), ("MENU", {"step": "main"})]


async def test_events_of_the_record_itself_are_not_written_twice(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    records.event(A, "CHAN_START")
    await records.flush()
    assert len(await db.read(rows(CallEventRow))) == 1


async def test_an_event_never_reaches_the_database_before_its_leg(db, records, scene):
    records.opened_soon(scene.facts(A), estate="default")
    records.event(A, "DTMF", {"key": "1"})
    records.closed_soon(A, scene.report())
    await records.close()
    assert [event.kind for event in await db.read(rows(CallEventRow))] == ["CHAN_START", "DTMF", "HANGUP"]


async def test_closing_the_records_commits_what_is_queued(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    for key in "123456":
        records.event(A, "DTMF", {"key": key})
    await records.close()
    assert len(await db.read(rows(CallEventRow))) == 7


async def test_a_leg_nobody_opened_is_refused_and_costs_the_others_nothing(db, records, scene):
    async def refused():
        with pytest.raises(UnknownLeg):
            await records.closed(B, scene.report(), outcome="", recorded_seconds=0)

    await asyncio.gather(records.opened(scene.facts(A), estate="default"), refused())
    assert [leg.uniqueid for leg in await db.read(rows(LegRow))] == [A]


@pytest.mark.parametrize(("seconds", "queued"), [(0.0, 0), (0.3, 0), (12.0, 1)])
async def test_a_recording_with_something_on_it_waits_for_its_transcript(
    db, records, scene, recordings, seconds, queued
):
    await records.opened(scene.facts(A), estate="default")
    await records.recording(A, recordings / "2026/11/23/a.wav")
    await records.closed(A, scene.report(), outcome="", recorded_seconds=seconds)
    (recording,) = await db.read(rows(RecordingRow))
    assert (recording.path.as_posix(), recording.seconds) == ("2026/11/23/a.wav", seconds)
    assert [row.state for row in await db.read(rows(TranscriptRow))] == ["pending"] * queued


async def test_a_call_that_ended_tells_others_through_the_outbox(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=0)
    (event,) = await db.read(rows(OutboxEvent))
    assert (event.kind, event.subject, event.estate) == ("call.closed", A, "default")
    assert event.detail == {"disposition": "ANSWERED", "outcome": "ticket"}


async def test_an_outcome_that_comes_after_the_end_is_told_as_well(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    records.closed_soon(A, scene.report())
    for _ in range(2):
        await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=0)
    told = [(event.kind, event.detail["outcome"]) for event in await db.read(rows(OutboxEvent))]
    assert told == [("call.closed", ""), ("call.outcome", "ticket")]


async def test_a_clock_set_back_makes_no_negative_duration(db, records, scene, clock):
    await records.opened(scene.facts(A), estate="default")
    ended = clock.now() - timedelta(hours=1)
    await records.closed(A, scene.report(ended_at=ended), outcome="", recorded_seconds=0)
    (call,) = await db.read(rows(CallRow))
    assert (call.duration, call.billsec) == (0.0, 0.0)


# --- drafts -----------------------------------------------------------------------------------

FULL = NewTicket(
    estate="default", kind=TicketKind.REPAIR, topic="repairs", place=Place("3", "2", "602"),
    caller_number="13800001111", words=Span(A, 3.2, 9.75), name_words=Span(A, 1.0, 2.0), call=A,
)  # fmt: skip


async def test_a_draft_grows_and_goes(db, records, scene, clock):
    await records.opened(scene.facts(A), estate="default")
    await records.draft(A, IntakeDraft(ticket=FULL, said_something=False))
    began = clock.now()
    clock.pass_time(seconds=20)
    await records.draft(A, IntakeDraft(ticket=FULL, said_something=True))
    (draft,) = await db.read(rows(DraftRow))
    assert (draft.said_something, draft.began_at) == (True, began)
    assert drafts.load(draft.version, draft.ticket) == FULL
    await records.draft(A, None)
    await records.draft(A, None)
    assert await db.read(rows(DraftRow)) == []


def test_a_draft_survives_its_way_through_json():
    assert drafts.load(drafts.VERSION, drafts.dump(FULL)) == FULL


@pytest.mark.parametrize(
    ("version", "spoil"), [(drafts.VERSION + 1, {}), (1, {"kind": "teapot"}), (1, {"place": 7})]
)
def test_a_draft_that_cannot_be_read_is_refused_by_name(version, spoil):
    with pytest.raises(drafts.UnreadableDraft):
        drafts.load(version, drafts.dump(FULL) | spoil)


# --- questions --------------------------------------------------------------------------------


async def test_calls_are_found_by_estate_time_number_and_result(db, records, scene, clock):
    morning = clock.now()
    await records.opened(scene.facts(A), estate="east")
    await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=0)
    clock.pass_time(hours=2)
    await records.opened(scene.facts(B, caller="13900002222"), estate="west")

    async def found(**wanted):
        listed = await db.read(lambda session: repository.calls(session, CallFilter(**wanted)))
        return [row.uniqueid[0] for row in listed]

    assert await found() == ["b", "a"]
    assert await found(limit=1) == ["b"]
    assert await found(offset=1) == ["a"]
    assert await found(estate="east") == ["a"]
    assert await found(since=morning + timedelta(hours=1)) == ["b"]
    assert await found(until=morning + timedelta(hours=1)) == ["a"]
    assert await found(number="+8613900002222") == ["b"]
    assert await found(disposition="ANSWERED") == ["a"]
    assert await found(outcome="ticket") == ["a"]


async def test_a_call_is_found_by_the_first_digits_of_any_of_its_legs(db, records, scene):
    await records.opened(scene.facts(A), estate="default")
    await records.opened(scene.facts(B, linkedid=A, direction=Direction.OUTBOUND), estate="default")
    other = "ab" * 16
    await records.opened(scene.facts(other), estate="default")

    async def found(beginning):
        whole = await db.read(lambda session: repository.whole_call(session, beginning))
        return None if whole is None else (whole.call.linkedid, len(whole.legs))

    assert await found("bb") == (A, 2)
    assert await found("aa") == (A, 2)
    assert await found("a") is None
    assert await found("%") is None
    assert await found("ffff") is None


async def test_a_refused_recording_leaves_a_row_that_says_so_and_no_transcript(
    db, records, scene, recordings
):
    await records.opened(scene.facts(A), estate="default")
    await records.recording(A, recordings / "x.wav")
    await records.recording_refused(A)
    await records.closed(A, scene.report(), outcome="ticket", recorded_seconds=12.0)
    whole = await db.read(lambda session: repository.whole_call(session, A))
    assert whole.recording == "refused" and whole.transcripts == []
    (row,) = whole.recordings
    assert (row.refused_at, row.purged_at, row.seconds) == (scene.clock.now(), scene.clock.now(), 0.0)
    assert "RECORDING_REFUSED" in {event.kind for event in whole.events}
    assert await db.read(lambda session: repository.recording_refused(session, A))
    assert not await db.read(lambda session: repository.recording_refused(session, B))
