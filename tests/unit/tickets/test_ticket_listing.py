"""Tickets as lists show them: whose they are, who changed what meanwhile, which say the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ticket_kit import new

from hotline.call.errors import TicketRefused
from hotline.call.ports import Deed, Place, TicketAction, TicketKind
from hotline.db.pages import Turn
from hotline.tickets import listing, meanwhile, merging, repository
from hotline.tickets.life import TicketState
from hotline.tickets.listing import Sight, TicketSearch


async def numbers(db, **asked) -> set[str]:
    wanted = TicketSearch(estate="default", **asked)

    def read(session):
        page = listing.tickets(session, wanted, size=50, turn=Turn())
        assert listing.count(session, wanted) == len(page.rows)
        return {row.number for row in page.rows}

    return await db.read(read)


@pytest.fixture
async def three(desk):
    """A repair nobody has, one of 张师傅, and a complaint."""
    free = await desk.open_ticket(new(place=Place("1", "1", "101"), description="灯不亮"))
    given = await desk.open_ticket(new(place=Place("1", "1", "102"), description="漏水 100%"))
    await desk.act(given.number, Deed(action=TicketAction.ASSIGN, who="王芳", assignee="张师傅"))
    complaint = await desk.open_ticket(new(kind=TicketKind.COMPLAINT, place=Place("2", "1", "101")))
    return free.number, given.number, complaint.number


async def test_who_sees_their_own_alone_sees_no_complaint_and_no_colleagues_repair(db, three):
    free, given, complaint = three
    assert await numbers(db, sight=Sight(everything=False, names=("张师傅",))) == {free, given}
    other = Sight(everything=False, names=("李师傅",))
    assert await numbers(db, sight=other) == {free}
    rows = await db.read(lambda s: [repository.must_find(s, one) for one in three])
    assert [other.sees(row) for row in rows] == [True, False, False]
    assert await numbers(db) == {free, given, complaint}


async def test_a_filter_finds_those_tickets_and_takes_signs_as_they_are(db, clock, three):
    free, given, complaint = three
    assert await numbers(db, text="100%") == {given}
    assert await numbers(db, text="%") == {given}
    assert await numbers(db, text=free[-6:]) == {free}
    assert await numbers(db, building="2") == {complaint}
    assert await numbers(db, state=TicketState.ASSIGNED) == {given}
    assert await numbers(db, late_at=clock.now() + timedelta(days=30)) == {free, given, complaint}


async def test_the_board_counts_each_state_and_puts_the_most_pressing_first(db, clock, desk, three):
    wanted = TicketSearch(estate="default")
    found = await db.read(lambda s: listing.board(s, wanted, (TicketState.REGISTERED, TicketState.ASSIGNED)))
    assert {state: count for state, (_, count) in found.items()} == {
        TicketState.REGISTERED: 2, TicketState.ASSIGNED: 1,
    }  # fmt: skip
    dues = [row.next_due_at for row in found[TicketState.REGISTERED][0]]
    assert dues == sorted(dues)


async def test_who_has_not_seen_what_somebody_did_is_refused_and_told_who_it_was(db, desk, number):
    seen = await db.read(lambda s: meanwhile.seen(s, number))
    await db.write(lambda s: meanwhile.check(s, number, seen))
    await desk.note(number, "described")
    await db.write(lambda s: meanwhile.check(s, number, seen))
    await desk.act(number, Deed(action=TicketAction.ACCEPT, who="李四"))
    with pytest.raises(TicketRefused, match="李四: accepted") as refused:
        await db.write(lambda s: meanwhile.check(s, number, seen))
    assert refused.value.code == "ticket-changed"


async def test_a_duplicate_brings_its_words_to_the_other_ticket_and_is_cancelled(db, desk, number):
    twin = (await desk.open_ticket(new(description="楼下也漏"))).number
    await db.write(lambda s: merging.merge(s, desk, twin, number, who="王芳"))
    kept = await db.read(lambda s: repository.must_find(s, twin))
    assert kept.state is TicketState.CANCELLED
    added = await db.read(lambda s: [one.detail for one in repository.history(s, number)])
    assert any("楼下也漏" in one for one in added)
    with pytest.raises(TicketRefused, match="itself"):
        await db.write(lambda s: merging.merge(s, desk, number, number, who="王芳"))


async def test_who_sees_numbers_masked_finds_no_ticket_by_what_is_hidden_in_its_words(db, desk):
    asked = new(place=Place(note="大堂 13900003333"), description="2号楼漏水，请打13812345678")
    number = (await desk.open_ticket(asked)).number

    async def found(text: str) -> bool:
        def read(session):
            wanted = listing.sifted(session, TicketSearch(estate="default", text=text))
            assert listing.count(session, wanted) == len(
                listing.tickets(session, wanted, size=9, turn=Turn()).rows
            )
            return listing.count(session, wanted) == 1

        return await db.read(read)

    hidden = ("13812345678", "1234567", "1381", "打13812", "8123", "139000", "一三")
    assert [text for text in hidden if await found(text)] == []
    shown = ("漏水", "2号楼", "打138", "5678", "3333", number[-6:], "大堂")
    assert [text for text in shown if not await found(text)] == []
    assert await numbers(db, text="13812345678") == {number}
