"""The web application on a data folder of its own, with a clock that tests move."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from webclock import ROOMS, MovedClock

from hotline.accounts import tokens
from hotline.accounts.rights import Scope
from hotline.app.api import open_api
from hotline.db.engine import Database
from hotline.db.migrate import upgrade
from hotline.home import Home
from hotline.language import numbers
from hotline.residents import rooms
from hotline.settings import Estate, Settings
from hotline.web.site import build_site


@dataclass
class Web:
    """A program or browser before the site."""

    db: Database
    clock: MovedClock
    client: httpx.AsyncClient

    def token(self, *scopes: str, name: str = "pms", **more) -> str:
        with self.db.transaction() as session:
            issued = tokens.create(
                session, name=name, scopes=[Scope(scope) for scope in scopes], by="root",
                at=self.clock.now(), **more,
            )  # fmt: skip
        return issued.token

    async def ask(self, method: str, path: str, token: str = "", **more) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= more.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **more)

    def rows(self, model) -> list:
        from sqlalchemy import select

        with self.db.reading() as session:
            return list(session.scalars(select(model)).all())


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    upgrade(f"sqlite:///{folder / 'hotline.db'}")
    return folder / "hotline.db"


@pytest.fixture
async def web(tmp_path: Path, template: Path) -> AsyncIterator[Web]:
    shutil.copy(template, tmp_path / "hotline.db")
    clock = MovedClock()
    db = Database(f"sqlite:///{tmp_path / 'hotline.db'}", clock=clock)
    listed = tmp_path / "rooms.csv"
    listed.write_text(ROOMS, encoding="utf-8")
    rooms.import_rooms(
        db, listed, estate="default", normalise=lambda raw: numbers.normalise(raw, country="CN", area_code="")
    )
    settings = Settings(estates=(Estate(id="default", name="东湖酒店"), Estate(id="west", name="西湖公寓")))
    parts = open_api(Home(tmp_path), settings, db, clock)

    async def status() -> None:
        return None

    transport = httpx.ASGITransport(build_site(status, parts), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
        yield Web(db, clock, client)
    await db.aclose()
