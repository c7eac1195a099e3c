from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.accounts import auditbook, tokens
from hotline.accounts.auditbook import BadPlace, Wanted
from hotline.accounts.models import RoomAuditRow, StaffAuditRow
from hotline.sheets.writing import csv_bytes


@pytest.fixture
async def audit(db, clock):
    """Three books, lines at the same second among them."""
    at = clock.now()

    def write(session):
        for number in range(7):
            tokens.note(session, "t", "ticket.act", at=at, by="user:wang", detail=f"20261121000{number}")
        tokens.note(session, "", "refused", at=at - timedelta(days=1), by="10.0.0.8")
        tokens.note(session, "t", "50%_off", at=at, by="api:pms")
        session.add(StaffAuditRow(estate="a", number="07", at=at, event="locked", by="telephone"))
        session.add(RoomAuditRow(estate="a", place="3-2-602", at=at, event="pin", by="root"))

    await db.write(write)
    return at


async def test_pages_give_every_line_of_all_books_once_also_where_times_are_equal(db, audit):
    seen, after = [], ""
    while lines := await db.read(lambda session: auditbook.page(session, Wanted(), after=after, limit=3)):  # noqa: B023
        seen += lines
        after = lines[-1].place
    assert len(seen) == len({line.place for line in seen}) == 11
    assert {line.book for line in seen} == {"console", "staff", "room"}
    assert seen[-1].event == "refused"
    assert [line.at for line in seen] == sorted((line.at for line in seen), reverse=True)
    oldest_first = await db.read(lambda session: list(auditbook.every(session, Wanted())))
    assert oldest_first[0].event == "refused" and len(oldest_first) == 11


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(by="WANG"), 7),
        (Wanted(word="3-2-602"), 1),
        (Wanted(word="%_"), 1),
        (Wanted(word="lock", by="tele"), 1),
    ],
)
async def test_lines_are_found_by_parts_of_words_in_which_no_sign_is_a_wildcard(db, audit, wanted, found):
    assert len(await db.read(lambda session: auditbook.page(session, wanted))) == found


async def test_a_day_narrows_the_lines_and_a_place_no_page_gave_is_refused(db, audit):
    lines = await db.read(lambda session: auditbook.page(session, Wanted(until=audit)))
    assert [line.event for line in lines] == ["refused"]
    for place in ("x", "2026-11-21|console|1", "2026-11-21T00:00:00+00:00|console|x"):
        with pytest.raises(BadPlace):
            await db.read(lambda session: auditbook.page(session, Wanted(), after=place))  # noqa: B023


def test_a_sheet_cannot_be_made_to_run_what_somebody_wrote():
    rows = [["=1+1", "＝cmd|x", "+86 13800001111", "-5", "@a", 7, None, "plain"]]
    text = csv_bytes(["x"], rows).decode("utf-8-sig")
    assert text == "x\r\n'=1+1,'＝cmd|x,+86 13800001111,-5,'@a,7,,plain\r\n"
