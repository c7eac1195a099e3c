"""The headset's page and WebSocket: who is let in, what becomes of what they send."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from hotline.accounts import sessions, tokens, users
from hotline.accounts.passwords import NewPassword
from hotline.accounts.rights import Holder, Role, Scope
from hotline.accounts.sessions import Sessions
from hotline.accounts.tokens import TokenRefused
from hotline.call.clock import SystemClock
from hotline.call.errors import EnvironmentFault, OperatorRefused
from hotline.db.base import Base
from hotline.db.engine import Database, make_engine
from hotline.headsets import protocol
from hotline.headsets.gateway import Gateway
from hotline.web import headsetsite
from hotline.web.admitted import Admitted
from hotline.web.headsetparts import DeskNews, HeadsetParts
from hotline.web.secure import same_origin

PATIENCE = 10.0


class Door:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    async def check(self, token: str, _address: str) -> Holder:
        if token == "none":
            raise TokenRefused("This token lets nobody in: it is wrong, or was revoked.")
        scopes = frozenset({Scope.DESK}) if token != "8-without" else frozenset({Scope.FEES_READ})
        name = "pms" if token == "pms" else f"operator:{token.partition('-')[0]}"
        return Holder(token.partition("=")[2] or "1", name, "west", scopes)


@dataclass
class Desk:
    asked: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)
    silent: bool = False

    async def command(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        assert name == "operators"
        self.asked.append(args)
        if self.silent:
            raise EnvironmentFault("The calls process does not answer.", code="calls-silent")
        if args["action"] == "hold":
            raise OperatorRefused("You talk with nobody.", code="no-talk")
        if args["action"] == "park":
            raise RuntimeError("a fault of ours")
        return {"presence": "paused", "operator": args["operator"], "estate": "west"}

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        while (event := await self.news.get()) is not None:
            yield event


@dataclass
class Site:
    folder: Path
    port: int
    desk: Desk
    db: Database
    admitted: Admitted

    def signed_in(self, *roles: Role, number: str = "8") -> str:
        now = SystemClock().now()
        with self.db.transaction() as session:
            new = users.NewUser(username="wang", name="王", roles=roles, number=number, estate="west")
            row = users.add(session, new, NewPassword("x"), by="root", at=now, must_change=False)
            return sessions.begin(session, row, at=now, address="", agent="")

    def from_page(self, cookie: str) -> connect:
        headers = {"Cookie": f"{sessions.COOKIE}={cookie}"}
        return self.connect("", origin=f"http://127.0.0.1:{self.port}", additional_headers=headers)

    def connect(self, token: str = "8", **more: Any) -> connect:
        query = f"?token={token}" if token else ""
        return connect(f"ws://127.0.0.1:{self.port}/headset/ws{query}", proxy=None, **more)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    clock, desk = SystemClock(), Desk()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    parts = HeadsetParts(run=tmp_path, clock=clock, command=desk.command, news=DeskNews(desk.follow, clock))
    db = Database(f"sqlite:///{tmp_path / 'hotline.db'}", clock=clock)
    Base.metadata.create_all(make_engine(f"sqlite:///{tmp_path / 'hotline.db'}"))
    app = FastAPI()
    app.state.headsets, app.state.admitted = parts, Admitted(db, clock)
    app.state.guard = Door(Sessions(db, clock=clock))
    app.include_router(headsetsite.router)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, ws_max_size=protocol.LONGEST_MESSAGE,
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = uvicorn.Server(config)
    serving, news = asyncio.create_task(server.serve()), asyncio.create_task(parts.news.run())
    async with asyncio.timeout(PATIENCE):
        while not server.started:
            await asyncio.sleep(0.02)
    yield Site(tmp_path, port, desk, db, app.state.admitted)
    await db.aclose()
    server.should_exit = True
    news.cancel()
    await asyncio.gather(serving, news, return_exceptions=True)


async def told(headset: ClientConnection, kind: type[protocol.Message]) -> Any:
    """Take messages until one of a kind."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = protocol.parse_to_headset(await headset.recv())
            if isinstance(message, kind):
                return message


async def closed(headset: ClientConnection) -> int:
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionClosed):
            while True:
                await headset.recv()
    assert headset.close_code is not None
    return headset.close_code


async def test_an_operator_is_greeted_and_told_how_they_stand(site: Site) -> None:
    async with site.connect() as headset:
        hello = await told(headset, protocol.Hello)
        assert (hello.operator, hello.estate) == ("8", "west")
        assert (await told(headset, protocol.Desk)).fields["presence"] == "paused"
    assert site.desk.asked == [{"operator": "8", "estate": "west", "action": "status"}]


async def test_programs_show_their_token_in_a_header(site: Site) -> None:
    headers = {"Authorization": "Bearer 9"}
    async with site.connect("", additional_headers=headers) as headset:
        assert (await told(headset, protocol.Hello)).operator == "9"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("none", "token-wrong"),
        ("", "token-missing"),
        ("8-without", "scope-missing"),
        ("pms", "scope-missing"),
    ],
)
async def test_who_has_no_operators_token_is_sent_away(site: Site, token: str, code: str) -> None:
    async with site.connect(token) as headset:
        assert (await told(headset, protocol.Error)).code == code
        assert await closed(headset) == protocol.CLOSED_TOKEN
    assert not site.desk.asked


async def test_other_sites_pages_cannot_connect(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with site.connect(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with site.connect(origin=f"http://127.0.0.1:{site.port}") as headset:
        await told(headset, protocol.Hello)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        (None, "hotline:8080", True),
        ("https://Hotline.example", "hotline.example", True),
        ("http://hotline:8080", "hotline:8080", True),
        ("http://hotline:8081", "hotline:8080", False),
        ("null", "hotline:8080", False),
    ],
)
def test_a_page_is_ours_by_host_and_port(origin: str | None, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same


async def test_deeds_reach_the_desk_as_the_operators_own(site: Site) -> None:
    async with site.connect() as headset:
        deed = protocol.Do(id=4, action="pause", reason="meal", operator="9", estate="east")
        await headset.send(deed.dump())
        done = await told(headset, protocol.Done)
    assert done.id == 4
    assert done.fields["presence"] == "paused"
    wanted = {"operator": "8", "estate": "west", "action": "pause", "reason": "meal"}
    assert wanted in site.desk.asked


async def test_a_refusal_and_a_fault_are_answered_and_end_nothing(site: Site) -> None:
    async with site.connect() as headset:
        await headset.send(protocol.Do(id=1, action="hold").dump())
        refused = await told(headset, protocol.Refused)
        assert (refused.id, refused.code) == (1, "no-talk")
        await headset.send(protocol.Do(id=2, action="park").dump())
        failed = await told(headset, protocol.Refused)
        assert (failed.id, failed.code) == (2, "failed")
        await headset.send(protocol.Ping(id=7).dump())
        assert (await told(headset, protocol.Pong)).id == 7


async def test_the_desks_news_reach_whom_they_concern(site: Site) -> None:
    async with site.connect("8") as mine, site.connect("9") as other:
        await told(mine, protocol.Desk)
        await told(other, protocol.Desk)
        for estate, number, presence in (("east", "8", "x"), ("west", "9", "y"), ("west", "8", "ready")):
            state = {"operator": number, "estate": estate, "presence": presence}
            site.desk.news.put_nowait({"type": "desk", "operator": number, "estate": estate, "state": state})
        site.desk.news.put_nowait({"type": "leg", "caller": "13800001111"})
        assert (await told(mine, protocol.Desk)).fields["presence"] == "ready"
        assert (await told(other, protocol.Desk)).fields["presence"] == "y"


async def test_another_calls_process_is_asked_anew(site: Site) -> None:
    async with site.connect() as headset:
        await told(headset, protocol.Desk)
        site.desk.news.put_nowait(None)  # it has gone
        await told(headset, protocol.Desk)
    assert len(site.desk.asked) == 2


async def test_a_silent_calls_process_is_said(site: Site) -> None:
    site.desk.silent = True
    async with site.connect() as headset:
        errors = {(await told(headset, protocol.Error)).code for _ in range(2)}
    assert errors == {"calls-silent", "headset-gateway-silent"}


async def test_nonsense_is_answered_and_in_the_end_closed(site: Site) -> None:
    async with site.connect() as headset:
        for text in ("{", "[]", '{"t": "sing"}', '{"t": "key", "key": "55"}') * 6:
            await headset.send(text)
        assert await closed(headset) == protocol.CLOSED_MALFORMED


@pytest.mark.parametrize("frame", ["x" * (protocol.LONGEST_MESSAGE + 10), b"\x00\x01"])
async def test_frames_that_are_too_long_or_binary_end_the_connection(site: Site, frame: str | bytes) -> None:
    async with site.connect() as headset:
        await told(headset, protocol.Hello)
        await headset.send(frame)
        assert await closed(headset) in (1000, 1009)


async def test_a_gateway_that_comes_later_is_found(site: Site) -> None:
    async with site.connect() as headset:
        await told(headset, protocol.Hello)
        await headset.send(protocol.PickUp().dump())
        while (await told(headset, protocol.Error)).code != "headset-gateway-silent":
            pass
        running = asyncio.create_task(Gateway(site.folder, SystemClock()).run())
        while (await told(headset, protocol.Error)).code != "media-lost":
            pass
        await headset.send(protocol.Offer(sdp="nonsense").dump())
        while (await told(headset, protocol.Error)).code != "headset-no-opus":
            pass
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_page_and_its_scripts_are_served_and_nothing_else(site: Site) -> None:
    import httpx

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.port}", trust_env=False) as client:
        page = await client.get("/headset")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        for name in ("headset.css", "headset.js", "headset-line.js", "headset-sound.js"):
            assert (await client.get(f"/headset/{name}")).status_code == 200
        for name in ("status.html", "..%2fsite.py", "headset.html"):
            assert (await client.get(f"/headset/{name}")).status_code == 404


async def test_who_is_signed_in_needs_no_token_until_their_session_is_ended(
    site: Site,
) -> None:
    cookie = site.signed_in(Role.OPERATOR)
    async with site.from_page(cookie) as headset:
        assert (await told(headset, protocol.Hello)).operator == "8"
        await site.admitted.look()
        with site.db.transaction() as session:
            sessions.end(session, cookie, at=SystemClock().now())
        await site.admitted.look()
        while (await told(headset, protocol.Error)).code != "session-ended":
            continue  # that no gateway runs here is said as well
        assert await closed(headset) == protocol.CLOSED_TOKEN


async def test_a_session_without_a_pages_origin_or_an_operators_number_opens_no_headset(site: Site) -> None:
    cookie = site.signed_in(Role.OPERATOR, number="")
    async with site.connect("", additional_headers={"Cookie": f"{sessions.COOKIE}={cookie}"}) as headset:
        assert (await told(headset, protocol.Error)).code == "token-missing"
    async with site.from_page(cookie) as headset:
        assert (await told(headset, protocol.Error)).code == "no-operator"
        assert await closed(headset) == protocol.CLOSED_TOKEN


async def test_revoking_a_token_ends_what_is_open_with_it(site: Site) -> None:
    now = SystemClock().now()
    with site.db.transaction() as session:
        made = tokens.create(session, name="operator:8", scopes=[Scope.DESK], by="root", at=now)
        token = made.row.id
    async with site.connect(f"8-={token}") as headset:
        await told(headset, protocol.Hello)
        with site.db.transaction() as session:
            tokens.revoke(session, "operator:8", by="root", at=now)
        await site.admitted.look()
        assert await closed(headset) == protocol.CLOSED_TOKEN
