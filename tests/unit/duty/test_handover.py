from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from hotline.db.outbox import OutboxEvent
from hotline.duty.handover import Handovers, OpenCase, ShiftRefused, WakeUpDue
from hotline.duty.models import ShiftRow, ShiftState


class Facts:
    def __init__(self):
        self.cases = [OpenCase("202611230001", "2026-11-23T04:00:00+00:00", urgent=True)]

    async def open_cases(self, estate):
        return self.cases if estate == "east" else []

    async def wake_ups_due(self, estate, at):
        return [WakeUpDue("7", at.isoformat(), "1201")]


@pytest.fixture
def facts():
    return Facts()


@pytest.fixture
def desk(db, clock, facts):
    return Handovers(db, clock=clock, facts=facts)


async def events(db):
    rows = await db.read(lambda session: session.scalars(select(OutboxEvent).order_by(OutboxEvent.id)).all())
    return [(row.kind, row.subject, row.detail) for row in rows]


async def test_a_shift_is_handed_over_signed_by_both_and_the_next_begins(desk, db, clock, facts):
    first = await desk.open("east", "hotline", "陈")
    clock.pass_time(hours=8)
    await desk.close("east", "hotline", "陈", equipment="2号梯停用", remarks="3-2-602 漏水")
    facts.cases = []
    clock.pass_time(minutes=5)
    second = await desk.accept("east", "hotline", "林", remarks="已看")
    assert (second.who, second.state, second.taken_from) == ("林", ShiftState.OPEN, first.id)
    ended, (handover,), log = await desk.page(first.id)
    assert (ended.state, ended.ended_at) == (ShiftState.ENDED, second.opened_at)
    assert (handover.outgoing, handover.incoming, handover.answer) == ("陈", "林", "accepted")
    assert handover.answered_at == ended.ended_at
    assert handover.signed_at < ended.ended_at
    assert handover.snapshot == {
        "cases": [{"number": "202611230001", "due_at": "2026-11-23T04:00:00+00:00", "urgent": True}],
        "wake_ups": [{"reference": "7", "at": handover.signed_at.isoformat(), "room": "1201"}],
    }
    assert (handover.equipment, handover.remarks) == ("2号梯停用", "3-2-602 漏水")
    assert [(line.event, line.who, line.detail) for line in log] == [
        ("opened", "陈", ""), ("closed", "陈", "3-2-602 漏水"), ("accepted", "林", "已看"),
    ]  # fmt: skip
    assert await events(db) == [
        ("shift.opened", str(first.id), {"post": "hotline"}),
        ("shift.closed", str(first.id), {"post": "hotline", "cases": "1", "wake_ups": "1"}),
        ("shift.accepted", str(first.id), {"post": "hotline"}),
        ("shift.opened", str(second.id), {"post": "hotline"}),
    ]


async def test_who_refuses_says_why_and_the_outgoing_stays_responsible(desk, db):
    shift = await desk.open("east", "hotline", "陈")
    await desk.close("east", "hotline", "陈")
    await desk.refuse("east", "hotline", "林", reason="工单不清")
    (running,) = await desk.running("east")
    assert (running.id, running.who, running.state) == (shift.id, "陈", ShiftState.OPEN)
    assert (await events(db))[-1] == ("shift.refused", str(shift.id), {"post": "hotline"})
    await desk.close("east", "hotline", "陈", remarks="已补")
    await desk.accept("east", "hotline", "林")
    _, handovers, _ = await desk.page(shift.id)
    assert [(one.answer, one.reason, one.remarks) for one in handovers] == [
        ("refused", "工单不清", ""), ("accepted", "", "已补"),
    ]  # fmt: skip


async def test_the_work_of_a_post_that_closes_goes_to_the_shift_of_who_takes_over(desk):
    await desk.open("east", "front_desk", "陈")
    await desk.close("east", "front_desk", "陈")
    with pytest.raises(ShiftRefused, match="somebody has to go on"):
        await desk.accept("east", "front_desk", "林", goes_on=False)
    assert [shift.state for shift in await desk.running("east")] == [ShiftState.HANDING_OVER]
    await desk.open("east", "monitoring_room", "林")
    ended = await desk.accept("east", "front_desk", "林", goes_on=False)
    assert ended.state is ShiftState.ENDED
    assert [shift.post for shift in await desk.running("east")] == ["monitoring_room"]


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        (lambda desk: desk.open("east", "hotline", "林"), "handed over"),
        (lambda desk: desk.open("east", " ", "林"), "which post"),
        (lambda desk: desk.open("east", "desk", " "), "who begins"),
        (lambda desk: desk.close("east", "hotline", "林"), "not yours"),
        (lambda desk: desk.close("east", "desk", "陈"), r"No shift is open .*open: hotline"),
        (lambda desk: desk.close("west", "hotline", "陈"), "open: none"),
        (lambda desk: desk.accept("east", "hotline", "林"), "signs first"),
        (lambda desk: desk.refuse("east", "hotline", "林", reason="x"), "signs first"),
        (lambda desk: desk.refuse("east", "hotline", "林", reason=" "), "why"),
        (lambda desk: desk.note("east", "hotline", "陈", " "), "written down"),
        (lambda desk: desk.page(99), "no shift 99"),
    ],
)
async def test_what_an_open_shift_does_not_allow_is_refused_with_the_rule(desk, db, deed, sentence):
    await desk.open("east", "hotline", "陈")
    before = await events(db)
    with pytest.raises(ShiftRefused, match=sentence) as caught:
        await deed(desk)
    assert caught.value.code.startswith("shift-")
    assert await events(db) == before


async def test_nobody_signs_twice_or_for_both(desk):
    await desk.open("east", "hotline", "陈")
    await desk.close("east", "hotline", "陈")
    with pytest.raises(ShiftRefused, match="waits for who takes over"):
        await desk.close("east", "hotline", "陈")
    for answer in (desk.accept("east", "hotline", "陈 "), desk.refuse("east", "hotline", "陈", reason="x")):
        with pytest.raises(ShiftRefused, match="somebody else"):
            await answer


async def test_two_who_open_at_once_get_one_shift(desk):
    results = await asyncio.gather(
        *(desk.open("east", "hotline", who) for who in ("陈", "林")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["ShiftRefused", "ShiftRow"]
    assert len(await desk.running("east")) == 1
    await desk.open("west", "hotline", "林")
    await desk.open("east", "front_desk", "林")


async def test_the_database_itself_allows_one_unfinished_shift_a_post(desk, db, clock):
    await desk.open("east", "hotline", "陈")

    def second(session):
        session.add(
            ShiftRow(estate="east", post="hotline", who="林", state=ShiftState.OPEN, opened_at=clock.now())
        )

    with pytest.raises(IntegrityError):
        await db.write(second)


async def test_the_log_page_takes_notes_and_shifts_are_listed_newest_first(desk, clock):
    shift = await desk.open("east", "hotline", "陈", remarks="雨")
    clock.pass_time(hours=1)
    await desk.note("east", "hotline", "陈", "巡查完毕")
    await desk.open("east", "front_desk", "林")
    _, _, log = await desk.page(shift.id)
    assert [(line.event, line.detail) for line in log] == [("opened", "雨"), ("note", "巡查完毕")]
    assert [row.post for row in await desk.recent("east")] == ["front_desk", "hotline"]
    assert [row.post for row in await desk.recent("east", post="hotline")] == ["hotline"]
    assert len(await desk.recent("east", limit=1)) == 1
