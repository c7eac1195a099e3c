from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from notify_kit import AT, Office
from notify_receivers import MailServer, Receiver, make_certificate

from hotline.db.engine import Database
from hotline.notifications.port import Message


@pytest.fixture
def message() -> Message:
    return Message(
        event_id="5f0e4b4e-0000-5000-8000-000000000001",
        kind="ticket.opened",
        estate="default",
        subject="202611230001",
        at=AT,
        title="新工单 202611230001",
        text="地点：3-2-602\n内容：水管漏水",
        facts={"place": "3-2-602"},
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    server = await Receiver().start()
    yield server
    await server.close()


@pytest.fixture
async def other() -> AsyncIterator[Receiver]:
    server = await Receiver().start()
    yield server
    await server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mail_server(certificate) -> Iterator[Callable[..., MailServer]]:
    servers = []

    def start(**options) -> MailServer:
        servers.append(MailServer(tls=certificate[1] if options.pop("tls", True) else None, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def office(tmp_path: Path, db: Database, clock) -> AsyncIterator[Office]:
    made = Office(tmp_path, db, clock)
    yield made
    for worker in made.workers:
        await worker.aclose()
