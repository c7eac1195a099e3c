"""The list of calls: every call on one page and one only, whatever is asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.call.ports import Direction
from hotline.callrecords import listing, remarks
from hotline.callrecords.listing import CallSearch
from hotline.callrecords.models import RecordingRow, TranscriptRow, TranscriptState
from hotline.db.pages import Mark, Turn, mark_of
from hotline.language.numbers import normalise

MENUS = ("main", "repairs", "fees")


@pytest.fixture
async def calls(records, scene, clock, db):
    """Nine calls, three at the same instant each; the last went out."""
    begun = clock.now()
    for number in range(9):
        leg = f"{number}" * 32
        clock.at = begun + timedelta(minutes=number // 3)
        direction = Direction.OUTBOUND if number == 8 else Direction.INBOUND
        await records.opened(
            scene.facts(leg, caller=f"1380000111{number}", direction=direction), estate="default"
        )
        records.event(leg, "MENU", {"step": MENUS[number % 3]})
        await records.closed(
            leg, scene.report(), outcome="ticket" if number % 2 else "informed", recorded_seconds=0.0
        )
    await records.flush()

    def say(session):
        for number, text in ((0, "厨房漏水"), (4, "电梯坏了"), (7, "漏水了")):
            leg, at = f"{number}" * 32, clock.now()
            if session.get(RecordingRow, leg) is None:
                session.add(
                    RecordingRow(uniqueid=leg, estate="default", path=Path("x.wav"), started_at=at,
                                 seconds=60.0, purged_at=None)
                )  # fmt: skip
            session.add(
                TranscriptRow(uniqueid=leg, estate="default", state=TranscriptState.DONE, created_at=at,
                              due_at=at, attempts=1, failure="", language="zh", engine="test", text=text,
                              segments=[])
            )  # fmt: skip

    await db.write(say)
    return db


def ids(page) -> str:
    return "".join(row.uniqueid[0] for row in page.rows)


def search(**asked) -> CallSearch:
    return CallSearch(estate="default", **asked)


async def found(db, **asked) -> str:
    wanted = search(**asked)

    def read(session):
        sifted = listing.sifted(session, wanted)
        page = listing.calls(session, sifted, size=50, turn=Turn())
        assert listing.count(session, sifted) == len(page.rows)
        return ids(page)

    return await db.read(read)


async def test_turning_pages_shows_every_call_once_and_leads_back_the_same_way(calls):
    def walk(session):
        seen, page = [], listing.calls(session, search(), size=2, turn=Turn())
        assert page.newer is None
        while True:
            seen.append(ids(page))
            if page.older is None:
                break
            page = listing.calls(session, search(), size=2, turn=Turn(mark_of(str(page.older))))
        back = []
        while page.newer is not None:
            page = listing.calls(session, search(), size=2, turn=Turn(page.newer, newer=True))
            back.append(ids(page))
        return seen, back

    seen, back = await calls.read(walk)
    assert seen == ["87", "65", "43", "21", "0"]
    assert back == seen[-2::-1]


@pytest.mark.parametrize(
    ("asked", "those"),
    [
        ({"direction": Direction.OUTBOUND}, "8"),
        ({"number": normalise("13800001114")}, "4"),
        ({"number": "1114", "part": True}, "4"),
        ({"number": "%", "part": True}, ""),
        ({"outcome": "ticket"}, "7531"),
        ({"step": "fees"}, "852"),
        ({"step": "nowhere"}, ""),
        ({"text": "漏水"}, "70"),
        ({"text": "漏水", "step": "main"}, "0"),
        ({"text": "飞碟"}, ""),
        ({"recorded": True}, "740"),
        ({"disposition": listing.RUNNING}, ""),
        ({"numbers": (normalise("13800001112"),), "or_calls": ("3" * 32,)}, "32"),
    ],
)
async def test_a_filter_finds_those_calls_and_counts_them(calls, asked, those):
    assert await found(calls, **asked) == those


async def test_words_said_often_are_found_in_the_newest_calls_first(calls, monkeypatch):
    monkeypatch.setattr(listing, "_FEW", 1)
    assert await found(calls, text="漏水") == "70"


async def test_counting_stops_at_its_bound(calls, monkeypatch):
    monkeypatch.setattr(listing, "MOST_COUNTED", 3)
    assert await calls.read(lambda session: listing.count(session, search())) == 4


async def test_steps_are_those_calls_came_through(calls):
    assert await calls.read(lambda session: listing.steps(session, "default")) == sorted(MENUS)


@pytest.mark.parametrize(
    "text", ["", "20261123T020000.0", "yesterday~a", "20261123T020000.000000~" + "x" * 65]
)
def test_an_address_that_names_no_place_begins_at_the_newest(text):
    assert mark_of(text) is None


def test_a_place_in_an_address_is_the_same_place_again(clock):
    mark = Mark(clock.now(), "abc")
    assert mark_of(str(mark)) == mark


async def test_a_remark_stands_among_the_events_and_an_empty_one_is_refused(calls, clock):
    await calls.write(lambda s: remarks.add(s, "0" * 32, " 已回电 ", by="王芳", at=clock.now()))
    with pytest.raises(remarks.RemarkRefused, match="words"):
        await calls.write(lambda s: remarks.add(s, "0" * 32, "  ", by="王芳", at=clock.now()))
    from hotline.callrecords.repository import whole_call

    events = await calls.read(lambda s: [(one.kind, one.detail) for one in whole_call(s, "0" * 32).events])
    assert ("REMARK", {"by": "王芳", "text": "已回电"}) in events


async def test_a_masked_number_is_found_by_what_the_mask_leaves_and_not_digit_by_digit(calls, records, scene):
    await records.opened(scene.facts("e" * 32, caller="95588", direction=Direction.INBOUND), estate="default")
    await records.flush()
    for part in ("1380000", "0001110", "00011", "111"):
        assert await found(calls, number=part, part=True) != ""
    whole = normalise("13800001110")
    assert await found(calls, number="1110", part=True, masked=True) == "0"
    assert await found(calls, number="10", part=True, masked=True) == "0"
    for hidden in ("1380", "00001", "01110", "0111", "380"):
        assert await found(calls, number=hidden, part=True, masked=True) == "", hidden
    assert await found(calls, number="955", part=True, masked=True) == "e"
    assert await found(calls, number="95588", part=True, masked=True) == "e"
    assert await found(calls, number=whole, masked=True) == "0"
