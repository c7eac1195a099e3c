"""Who may not see numbers gets none: not in what people wrote, not by searching, not as an event."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pytest
from test_api_events import happened
from test_api_quality import drawn
from test_api_stays_and_fees import BILLS, _bills
from test_api_tickets import NEW, signed_in

from hotline.accounts.rights import Holder, Role, Scope, rights_of
from hotline.call.ports import Place
from hotline.db.outbox import OutboxEvent
from hotline.residents import people
from hotline.tickets.listing import Sight
from hotline.tickets.models import TicketRow
from hotline.web import callsearch, ticketsearch
from hotline.web.api.events import theirs
from hotline.web.eventstreams import Told
from hotline.web.masks import Masks

ROOT = "/api/v1"
SECRET = "13812345678"
SAID = f"请打 {SECRET}"
READS = [scope for scope in Scope if scope.value.endswith(":read") and scope is not Scope.PERSONAL_READ]
"""Everything that may be read, numbers and names excepted."""


class Writer:
    """Somebody who may do everything and writes a number wherever there is room for words."""

    def __init__(self, web) -> None:
        self._web = web
        self._token = web.token(*Scope, name="root")
        self.made: list[str] = []
        """Addresses of what no list names without being asked for a room."""

    async def sent(self, method: str, path: str, **body) -> dict:
        answer = await self._web.ask(method, f"{ROOT}{path}", self._token, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json()

    async def post(self, path: str, **body) -> dict:
        answer = await self.sent("POST", path, **body)
        self.made.append(f"{ROOT}{path}/{answer['number']}")
        return answer

    async def tickets(self) -> None:
        filed = await self.post("/tickets", **NEW | {"text": SAID, "note": SAID})
        path = f"/tickets/{filed['number']}"
        await self.post(f"{path}/notes", event="remark", text=SAID)
        await self.post(f"{path}/actions/assign", to="李工", why=SAID)
        await self.post(f"{path}/actions/accept", who="李工", why=SAID)
        await self.sent("PUT", f"{path}/owner", owner="王芳", why=SAID)
        lobby = {"kind": "complaint", "room": "", "place": f"大堂 {SECRET}", "text": SAID, "anyway": True}
        other = await self.post("/tickets", **NEW | lobby)
        await self.sent("PUT", f"/tickets/{other['number']}/nature", nature="valid", why=SAID)
        await self.post(f"/tickets/{other['number']}/actions/cancel", why=SAID)

    async def shifts(self) -> None:
        await self.post("/shifts", who="王芳", remarks=SAID)
        await self.post("/shifts/log", who="王芳", text=SAID)
        for end, more in (("refuse", {"reason": SAID}), ("accept", {"remarks": SAID})):
            await self.post("/shifts/close", who="王芳", equipment=SAID, remarks=SAID)
            await self.post(f"/shifts/{end}", who="李娜", **more)

    async def errands(self) -> None:
        for what in ("delivered", "cancel"):
            taken = await self.post("/messages", room="808", text=SAID, from_name="陈晨", from_number=SECRET)
            await self._web.ask(
                "POST", f"{ROOT}/messages/{taken['number']}/{what}", self._token, json={"note": SAID}
            )
        booked = await self.post("/wakeups", room="808", at="07:00", to=SECRET, note=SAID)
        await self._web.ask("DELETE", f"{ROOT}/wakeups/{booked['number']}?why={SAID}", self._token)
        await self.post("/wakeups", room="801", at="07:10", note=SAID)
        await self.post("/outside/approvals", room="808", number=SECRET, reason=SAID)
        await self.post("/residents", room="3-2-602", name="王伟", numbers=[SECRET], note=SAID)
        await self.post("/confirmations", room="3-2-602", who="张三", what=SAID)
        made = await self.post("/campaigns", name=f"回访 {SECRET}")
        person = {"number": SECRET, "name": "陈晨"}
        await self.post(f"/campaigns/{made['number']}/people", people=[person])
        await self.post("/campaign-stops", number=SECRET)
        await self.post(
            "/duty/changes", roster="front_desk", first="2026-11-26", last="2026-11-26", put="赵六",
            number=SECRET, why=SAID,
        )  # fmt: skip

    async def scores_and_bills(self, folder) -> None:
        drawn(self._web, "a" * 32)
        form = await self.sent("GET", "/quality/form")
        points = {one["id"]: one["points"] for one in form["criteria"]}
        await self.sent("PUT", "/quality/reviews/1/score", points=points, comment=SAID)
        listed = folder / "bills.csv"
        listed.write_text(BILLS, encoding="utf-8")
        await self.post(f"/fees/bills/{_bills(self._web, listed)[0]}/withdraw", why=SAID)
        happened(self._web, "campaign.done", "1", name=SAID, why="done")


async def everything(web, token: str, more: list[str]) -> dict[str, str]:
    """Return what each address answers that is there, those of the lists' lines with them."""
    described = (await web.ask("GET", f"{ROOT}/openapi.json", token)).json()["paths"]
    gets = (path for path, deeds in described.items() if "get" in deeds and not path.endswith("/events"))
    paths = [path if path.startswith(ROOT) else ROOT + path for path in gets]
    found: dict[str, str] = {}
    for path in [*more, *(path for path in paths if "{" not in path)]:
        for query in ("", "?over=true"):
            answer = await web.ask("GET", path + query, token)
            if answer.status_code == 200:
                found[path + query] = answer.text
    for path in (path for path in paths if "{" in path):
        listed = found.get(path[: path.index("/{")], "")
        if not listed.startswith("{") or path.count("{") > 1:
            continue
        named = path[path.index("{") : path.index("}") + 1]
        for line in web_lines(listed):
            answer = await web.ask("GET", path.replace(named, str(line["number"])), token)
            if answer.status_code == 200:
                found[path.replace(named, str(line["number"]))] = answer.text
    return found


def web_lines(listed: str) -> list[dict]:
    return [line for line in json.loads(listed).get("items", []) if "number" in line]


async def test_no_answer_has_a_number_that_somebody_wrote_for_who_may_not_see_numbers(web, tmp_path):
    writer = Writer(web)
    await writer.tickets()
    await writer.shifts()
    await writer.errands()
    await writer.scores_and_bills(tmp_path)
    full = await everything(web, web.token(*READS, Scope.PERSONAL_READ, name="full"), writer.made)
    has = {
        path.removeprefix(ROOT).split("/")[1].split("?")[0] for path, text in full.items() if SECRET in text
    }
    assert has >= {"tickets", "shifts", "messages", "wakeups", "outside", "residents", "confirmations",
                   "campaigns", "duty", "quality", "fees"}  # fmt: skip
    masked = await everything(web, web.token(*READS, name="masked"), writer.made)
    assert set(masked) == set(full)
    assert [path for path, text in masked.items() if SECRET in text] == []


@pytest.mark.parametrize(("unmasked", "expected"), [(False, 0), (True, 1)])
async def test_no_ticket_is_found_by_a_number_that_is_hidden_in_it(web, unmasked, expected):
    await Writer(web).post("/tickets", **NEW | {"text": SAID})
    zone, masks = ZoneInfo("Asia/Shanghai"), Masks(unmasked)

    def found(session):
        asked = ticketsearch.Asked(text="1381234")
        wanted = ticketsearch.search_of(asked, session, "default", zone, Sight(), web.clock.now(), masks)
        return ticketsearch.listing.count(session, wanted)

    with web.db.reading() as session:
        assert found(session) == expected


@pytest.mark.parametrize("unmasked", [False, True])
async def test_a_search_for_calls_says_whether_its_number_is_masked(web, unmasked):
    parts = web.client._transport.app.state.parts
    with web.db.reading() as session:
        for typed, number, part in (("1390", "1390", True), (SECRET, f"+86{SECRET}", False)):
            wanted = callsearch.search_of(
                callsearch.Asked(number=typed), session, "default", ZoneInfo("Asia/Shanghai"), parts.settings,
                Masks(unmasked),
            )  # fmt: skip
            assert (wanted.number, wanted.part, wanted.masked) == (number, part, not unmasked)


async def test_part_of_a_number_finds_no_call_over_the_api(web):
    token = web.token("calls:read")
    assert (await web.ask("GET", f"{ROOT}/calls?number=1390", token)).json()["items"] == []


async def test_a_technician_is_told_of_the_tickets_they_see_and_of_no_other(web):
    desk = web.token("tickets:write")
    free = (await web.ask("POST", f"{ROOT}/tickets", desk, json=NEW)).json()["number"]
    complaint = NEW | {"kind": "complaint"}
    hidden = (await web.ask("POST", f"{ROOT}/tickets", desk, json=complaint)).json()["number"]
    signed_in(web, "li", Role.TECHNICIAN)
    rows = web.rows(OutboxEvent)

    async def came():
        for row in rows:
            yield Told(row.kind, "tickets", row.estate, {"subject": row.subject}, id=row.id)
        yield Told("duty.changed", "duty", "default", {"subject": "1"}, id=99)
        yield Told("ticket.changed", "tickets", "default", {"subject": "209901010001"}, id=100)

    async def told(*roles: Role) -> set[str]:
        holder = Holder("user:li", "li", "", rights_of(roles), person=True)
        return {told.facts["subject"] async for told in theirs(came(), holder, web.db)}

    assert await told(Role.TECHNICIAN) == {free, "1"}
    assert await told(Role.OPERATOR) >= {free, hidden, "1"}
    with web.db.transaction() as session:
        session.get_one(TicketRow, free).assignee = "张工"
    assert await told(Role.TECHNICIAN) == {"1"}


def test_a_place_without_a_room_hides_numbers_and_rooms_stay():
    assert str(Masks().place(Place(note=f"大堂 {SECRET}"))) == "大堂 138****5678"
    assert str(Masks().place(Place("12", "1", "1203"))) == "12-1-1203"


async def test_a_masked_name_is_found_whole_or_by_its_first_sign(web):
    await Writer(web).post("/residents", room="3-2-602", name="欧阳伟", numbers=[SECRET])

    def found(wanted: str, *, masked: bool) -> int:
        with web.db.reading() as session:
            return len(
                people.search(
                    session, "default", wanted, normalise=lambda raw: raw, offset=0, limit=9, masked=masked
                )
            )

    typed = ("欧阳伟", "欧", "阳", "欧阳", "伟")
    assert [found(one, masked=True) for one in typed] == [1, 1, 0, 0, 0]
    assert [found(one, masked=False) for one in typed] == [1] * 5
