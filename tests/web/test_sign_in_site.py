"""Signing in and the first account, over HTTP: who is let in, refused, slowed down, led where."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
import pytest
from fastapi import FastAPI

from hotline.accounts import passwords, users
from hotline.accounts.rights import Role
from hotline.accounts.usermodels import UserRow
from hotline.accounts.users import NewUser
from hotline.app.api import open_api
from hotline.db.engine import Database
from hotline.home import Home
from hotline.settings import Estate, Settings, Web
from hotline.web import firstcode
from hotline.web.api import estates
from hotline.web.api.parts import EstateUnknown
from hotline.web.console import passwordpage, secondstep, signin
from hotline.web.console.setup import firstrun
from hotline.web.console.setup.access import Access
from hotline.web.secure import SecureSite
from hotline.web.throttle import WITHIN, WRONG_AT_MOST, Throttle

SENTENCE = "a quiet lake in spring"
HERE, ELSEWHERE = "http://127.0.0.1:8080", "http://hotel:8080"
KEPT = passwords.hashed(SENTENCE)
TWO = [Estate(id="lake", name="湖畔"), Estate(id="hill", name="山庄")]


class SetClock:
    """Moved by tests."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Gate:
    """The plain pages, and browsers before them."""

    db: Database
    clock: SetClock
    site: FastAPI
    home: Home

    @asynccontextmanager
    async def browser(
        self, base: str = ELSEWHERE, source: str = "10.1.2.3"
    ) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.site, client=(source, 5000))
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            yield client

    def person(self, name: str, *roles: Role, must_change: bool = False, estate: str = "") -> None:
        with self.db.transaction() as session:
            new = NewUser(username=name, name=name, roles=roles, estate=estate)
            users.add(session, new, KEPT, by="root", at=self.clock.now(), must_change=must_change)

    def row(self, name: str) -> UserRow:
        with self.db.reading() as session:
            return users.find(session, name)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def gate(tmp_path: Path, template: Path, settings: Settings) -> AsyncIterator[Gate]:
    shutil.copy(template, tmp_path / "hotline.db")
    shutil.copytree("config", tmp_path / "config")
    (tmp_path / "run").mkdir()
    clock, home = SetClock(), Home(tmp_path)
    db = Database(f"sqlite:///{tmp_path / 'hotline.db'}", clock=clock)
    site = FastAPI()
    site.add_middleware(SecureSite)
    site.state.parts = open_api(home, settings, db, clock)
    site.state.throttle, site.state.first_run = Throttle(clock), Access(home.run, Web())
    for module in (signin, secondstep, passwordpage, firstrun):
        site.include_router(module.router)
    yield Gate(db, clock, site, home)
    await db.aclose()


async def sign_in(browser: httpx.AsyncClient, name: str, password: str = SENTENCE, **more) -> httpx.Response:
    return await browser.post("/sign-in", data={"username": name, "password": password} | more)


def field(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return found[1]


async def set_up(browser: httpx.AsyncClient, gate: Gate) -> tuple[str, httpx.Response]:
    page = await browser.get("/second-factor")
    secret = re.search(r"id=secret>([A-Z2-7 ]+)<", page.text)[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(gate.clock.now())
    done = await browser.post(
        "/second-factor", data={"csrf": field(page, "csrf"), "code": code, "next": "/setup"}
    )
    return secret, done


async def test_an_administrator_sets_up_a_second_factor_and_is_asked_for_it_from_then_on(gate: Gate) -> None:
    gate.person("chief", Role.ADMINISTRATOR)
    async with gate.browser() as browser:
        answer = await sign_in(browser, "chief", next="/users")
        assert answer.headers["Location"] == "/second-factor?next=%2Fusers"
        assert (await browser.get("/password")).headers["Location"].startswith("/sign-in")
        secret, done = await set_up(browser, gate)
        assert len(re.findall("<li><code>", done.text)) == 10
        assert (await browser.get("/password")).status_code == 200
        gate.clock.move(seconds=60)
        answer = await sign_in(browser, "chief", next="/users")
        assert answer.headers["Location"] == "/second-step?next=%2Fusers"
        assert (await browser.get("/second-factor")).headers["Location"] == "/sign-in"
        form = await browser.get(answer.headers["Location"])
        said = {"csrf": field(form, "csrf"), "next": field(form, "next")}
        wrong = await browser.post("/second-step", data=said | {"code": "000000"})
        assert (wrong.status_code, 'role="alert"' in wrong.text) == (401, True)
        code = pyotp.TOTP(secret).at(gate.clock.now())
        assert (await browser.post("/second-step", data=said | {"code": code})).headers[
            "Location"
        ] == "/users"


async def test_an_address_that_guesses_waits_and_others_do_not(gate: Gate) -> None:
    gate.person("wang", Role.OPERATOR)
    async with gate.browser() as guesser, gate.browser(source="10.9.9.9") as wang:
        for number in range(WRONG_AT_MOST):
            assert (await sign_in(guesser, f"nobody{number}")).status_code == 401
        refused = await sign_in(guesser, "wang")
        assert (refused.status_code, "五分钟" in refused.text) == (429, True)
        assert (await sign_in(wang, "wang")).status_code == 303
        gate.clock.move(seconds=WITHIN)
        assert (await sign_in(guesser, "wang")).status_code == 303


async def test_wrong_passwords_lock_the_account_and_what_was_typed_is_shown_as_text(gate: Gate) -> None:
    gate.person("wang", Role.OPERATOR)
    async with gate.browser() as browser:
        evil = await sign_in(browser, '"><script>alert(1)</script>', "x")
        assert "<script>" not in evil.text
        for _ in range(5):
            assert (await sign_in(browser, "wang", "wrong")).status_code == 401
        locked = await sign_in(browser, "wang")
        assert (locked.status_code, "锁定" in locked.text) == (429, True)


@pytest.mark.parametrize(
    "where", ["//evil.example", "/\\evil.example", "https://evil.example", "/ok\r\nX: y", "javascript:1"]
)
async def test_a_sign_in_leads_to_this_site_only(gate: Gate, where: str) -> None:
    gate.person("wang", Role.OPERATOR)
    async with gate.browser() as browser:
        answer = await sign_in(browser, "wang", next=where)
    assert answer.headers["Location"] == "/"
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}


async def test_another_sites_form_is_refused_and_every_answer_tells_browsers_what_is_not_to_happen(
    gate: Gate,
) -> None:
    gate.person("wang", Role.OPERATOR)
    async with gate.browser("https://hotel") as browser:
        evil = await browser.post("/sign-in", data={}, headers={"Origin": "https://evil.example"})
        assert evil.status_code == 403
        page = await browser.get("/sign-in")
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age" in page.headers["Strict-Transport-Security"]
        answer = await sign_in(browser, "wang")
        assert "Secure" in answer.headers["Set-Cookie"]
    async with gate.browser() as browser:
        assert "Strict-Transport-Security" not in (await browser.get("/sign-in")).headers


@pytest.mark.parametrize("settings", [Settings(estates=TWO)])
async def test_who_works_for_all_estates_chooses_one_and_goes_back_to_where_they_were(gate: Gate) -> None:
    gate.person("wang", Role.OPERATOR)
    gate.person("li", Role.OPERATOR, estate="lake")
    async with gate.browser() as browser:
        assert (await browser.get("/estate?to=hill")).headers["Location"] == "/sign-in"
        await sign_in(browser, "wang")
        came = {"Referer": f"{ELSEWHERE}/calls?text=a%20b#x"}
        answer = await browser.get("/estate?to=hill", headers=came)
        assert (answer.headers["Location"], browser.cookies[estates.COOKIE]) == ("/calls?text=a%20b", "hill")
        answer = await browser.get("/estate?to=lake", headers={"Referer": "http://evil.example/x"})
        assert (answer.headers["Location"], browser.cookies[estates.COOKIE]) == ("/", "lake")
        with pytest.raises(EstateUnknown):
            await browser.get("/estate?to=sea")
    async with gate.browser() as browser:
        await sign_in(browser, "li")
        with pytest.raises(EstateUnknown):
            await browser.get("/estate?to=hill")


async def test_a_password_somebody_else_set_is_changed_with_the_present_one(gate: Gate) -> None:
    gate.person("wang", Role.OPERATOR, must_change=True)
    new = "three boats on the river"
    async with gate.browser() as browser:
        await sign_in(browser, "wang")
        page = await browser.get("/password")
        assert "Somebody else set it" in page.text
        said = {"csrf": field(page, "csrf"), "present": SENTENCE, "new": new, "again": new}
        for wrong, status in [
            ({"csrf": "x"}, 403), ({"again": "other"}, 422), ({"present": "no"}, 401),
            ({"new": "wang", "again": "wang"}, 422), ({"new": SENTENCE, "again": SENTENCE}, 422),
        ]:  # fmt: skip
            assert (await browser.post("/password", data=said | wrong)).status_code == status
        assert (await browser.post("/password", data=said)).status_code == 303
        assert not gate.row("wang").must_change
        assert (await sign_in(browser, "wang", new)).status_code == 303


# --- the first account ------------------------------------------------------------------------------


async def first_account(browser: httpx.AsyncClient, **wrong: str) -> httpx.Response:
    page = await browser.get("/first-run/administrator")
    said = {"username": "chief", "name": "赵", "password": SENTENCE, "again": SENTENCE}
    csrf = {"csrf": field(page, "csrf")}
    return await browser.post("/first-run/administrator", data=csrf | said | wrong)


async def test_from_elsewhere_the_first_account_needs_the_code_of_the_start(gate: Gate) -> None:
    code = firstcode.make_code(gate.home.run)
    async with gate.browser() as browser:
        assert (await browser.get("/sign-in")).headers["Location"] == "/first-run"
        assert 'name="code"' in (await browser.get("/first-run")).text
        assert (await browser.post("/first-run/code", data={"code": "AAAA-AAAA"})).status_code == 401
        assert (await browser.post("/first-run/administrator", data={"username": "evil"})).text.count("code")
        assert (await browser.post("/first-run/code", data={"code": code.lower()})).status_code == 303
        page = await browser.get("/first-run")
        said = {"csrf": field(page, "csrf"), "name": "东湖", "numbers": "0539x"}
        bad = await browser.post("/first-run", data=said)
        assert 'id="numbers-bad"' in bad.text
        assert 'value="东湖"' in bad.text
        said["numbers"] = "05391234567"
        assert (await browser.post("/first-run", data=said)).headers["Location"] == "/first-run/administrator"
        assert 'numbers: ["05391234567"]' in (gate.home.config / "hotline.yaml").read_text(encoding="utf-8")
        weak = await first_account(browser, username="Chief!", name=" ", password="chief", again="other")
        assert re.findall('id="([a-z]+)-bad"', weak.text) == ["username", "name", "password", "again"]
        done = await first_account(browser)
        assert done.headers["Location"] == "/second-factor?next=/setup"
        _, recovery = await set_up(browser, gate)
        assert recovery.status_code == 200
        assert (await browser.get("/first-run")).headers["Location"] == "/setup"
    assert firstcode.kept_code(gate.home.run) == ""
    async with gate.browser(HERE, "127.0.0.1") as browser:
        assert (await browser.get("/first-run/administrator")).headers["Location"] == "/setup"


@pytest.mark.parametrize(
    ("base", "source", "headers", "let_in"),
    [
        (HERE, "127.0.0.1", {}, True),
        ("http://localhost:8080", "::1", {}, True),
        ("http://evil.example:8080", "127.0.0.1", {}, False),
        (HERE, "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, False),
        (HERE, "10.0.0.9", {}, False),
    ],
    ids=["here", "here by IPv6", "rebound name", "proxy", "elsewhere"],
)
async def test_only_who_sits_at_the_machine_needs_no_code(
    gate: Gate, base: str, source: str, headers: dict[str, str], let_in: bool
) -> None:
    async with gate.browser(base, source) as browser:
        page = await browser.get("/first-run", headers=headers, follow_redirects=True)
    assert ('name="numbers"' in page.text) is let_in


async def test_two_first_administrators_are_one_too_many(gate: Gate) -> None:
    ask: Callable = gate.browser
    async with ask(HERE, "127.0.0.1") as one, ask(HERE, "127.0.0.1") as two:
        for browser in (one, two):
            await browser.get("/first-run/administrator", follow_redirects=True)
        page = await two.get("/first-run/administrator")
        assert (await first_account(one)).status_code == 303
        said = {"csrf": field(page, "csrf"), "username": "evil", "name": "x", "password": SENTENCE}
        late = await two.post("/first-run/administrator", data=said | {"again": SENTENCE})
    assert late.headers["Location"] == "/setup"
