"""The whole way once: a ticket is filed, the work process's task tells people."""

from __future__ import annotations

import asyncio
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from notify_kit import ON_SQLITE, SECRET

from hotline.app.notifying import known_of_ticket, notify
from hotline.call.ports import NewTicket, Place, TicketKind, Urgency
from hotline.home import Home
from hotline.language import numbers
from hotline.notifications.port import Event
from hotline.settings import Settings
from hotline.tickets.service import Tickets

pytestmark = ON_SQLITE
LEAK = NewTicket(
    estate="default",
    kind=TicketKind.REPAIR,
    urgency=Urgency.URGENT,
    place=Place("3", "2", "602"),
    caller_number="13800001111",
    callback_number="13800001111",
    caller_name="张伟",
    description="厨房水管漏水",
)


@pytest.fixture
def tickets(db, clock):
    normalise = partial(numbers.normalise, country="CN", area_code="")
    return Tickets(db, clock=clock, zones={"default": ZoneInfo("Asia/Shanghai")}, normalise=normalise)


async def test_a_filed_ticket_is_told_to_whom_it_concerns_as_far_as_it_concerns_them(
    db, clock, tmp_path, tickets, receiver, other
):
    home = Home(tmp_path)
    home.config.mkdir()
    (home.config / "notifications.yaml").write_text(
        f"channels:\n"
        f"  all: {{type: webhook, url: '{receiver.url}', secret: {SECRET}, language: en}}\n"
        f"  crew: {{type: webhook, url: '{other.url}', secret: {SECRET}, personal: true}}\n"
        "routes:\n"
        "  - {events: [ticket.opened], to: [all]}\n"
        "  - {events: [ticket.opened], urgency: [urgent], to: [crew]}\n"
    )
    working = asyncio.ensure_future(notify(db, home, Settings(), clock))
    opened = await tickets.open_ticket(LEAK)
    try:
        await asyncio.wait_for(asyncio.gather(receiver.arrived.wait(), other.arrived.wait()), 15)
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    everybody, crew = receiver.requests[0].json, other.requests[0].json
    assert everybody["title"] == f"[urgent] New ticket {opened.number}: repair 3-2-602"
    assert everybody["facts"]["caller_number"] == "138****1111"
    assert "description" not in everybody["facts"]
    assert crew["title"] == f"【紧急】新工单 {opened.number} 报修 3-2-602"
    assert "内容：厨房水管漏水" in crew["text"]
    assert "来电人：张伟 +8613800001111" in crew["text"]
    assert (home.in_service / "notifications.yaml").exists()


async def test_only_events_of_tickets_of_their_own_estate_know_a_ticket(db, clock, tickets):
    opened = await tickets.open_ticket(LEAK)

    async def known(kind, estate="default", **detail):
        event = Event(id="x", estate=estate, kind=kind, subject=opened.number, detail=detail, at=clock.now())
        return await db.read(lambda session: known_of_ticket(session, event))

    assert (await known("ticket.sla_breach"))["place"].value == "3-2-602"
    assert (await known("alarm.raised", alarm="ticket_unaccepted"))["urgency"].value == "urgent"
    assert await known("alarm.raised", alarm="trunk_down") == {}
    assert await known("ticket.opened", estate="east") == {}
    assert await known("outbound.nobody") == {}
