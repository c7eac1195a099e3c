"""The console's own certificate, and who may speak for visitors when a proxy stands before it."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from hotline.app.https import BehindProxy, Renewal, check_given, files_of
from hotline.call.errors import InvalidInput
from hotline.home import Home
from hotline.settings import Web
from hotline.web import certificates, serving
from hotline.web.serving import Certificate

NOW = datetime.now(UTC)
NAMES = ("192.168.1.10", "hotel.lan", "127.0.0.1")
PUBLIC = Web(listen="192.168.1.10:8443")


class SetClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def shakes_hands(chain: Path, authority: bytes, name: str) -> bool:
    """Whether a client that trusts ``authority`` alone takes what the server shows for ``name``."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    client = ssl.create_default_context(cadata=authority.decode())
    ends = [(ssl.MemoryBIO(), ssl.MemoryBIO())]
    to_server, to_client = ends[0]
    far = server.wrap_bio(to_server, to_client, server_side=True)
    near = client.wrap_bio(to_client, to_server, server_hostname=name)
    waiting = [near, far]
    for _ in range(10):
        for end in tuple(waiting):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
            waiting.remove(end)
        if not waiting:
            return True
    raise AssertionError("the handshake does not end")


def test_who_trusts_the_authority_is_served_and_nobody_else_reads_the_keys(tmp_path: Path) -> None:
    own = certificates.own(tmp_path / "tls", NAMES, now=NOW)
    assert all(shakes_hands(own.chain, own.authority, name) for name in NAMES)
    assert not shakes_hands(own.chain, own.authority, "bank.example.com")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "tls").iterdir()} == {0o600}
    assert timedelta(days=396) < own.until - NOW < timedelta(days=398)
    assert certificates.fingerprint(own.authority) == own.fingerprint


def test_a_renewal_needs_no_new_trust_and_a_name_beyond_the_house_does(tmp_path: Path) -> None:
    first = certificates.own(tmp_path, NAMES, now=NOW)
    assert certificates.own(tmp_path, NAMES, now=NOW + timedelta(days=300)) == first
    later = NOW + timedelta(days=370)
    renewed = certificates.own(tmp_path, NAMES, now=later)
    assert renewed.fingerprint == first.fingerprint
    assert renewed.until > first.until
    moved = certificates.own(tmp_path, (*NAMES, "10.8.0.3", "desk.lan"), now=NOW)
    assert moved.fingerprint == first.fingerprint
    assert shakes_hands(moved.chain, first.authority, "desk.lan")
    outside = certificates.own(tmp_path, (*NAMES, "hotline.example.com"), now=NOW)
    assert outside.fingerprint != first.fingerprint
    assert shakes_hands(outside.chain, outside.authority, "hotline.example.com")


def test_a_spoilt_certificate_is_made_anew(tmp_path: Path) -> None:
    first = certificates.own(tmp_path, NAMES, now=NOW)
    first.chain.write_text("-----BEGIN", encoding="ascii")
    again = certificates.own(tmp_path, NAMES, now=NOW)
    assert again.fingerprint == first.fingerprint
    assert shakes_hands(again.chain, first.authority, "hotel.lan")


def test_new_connections_get_a_renewed_certificate_and_a_broken_one_stays_out(tmp_path: Path) -> None:
    clock, home = SetClock(), Home(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(files_of(home, PUBLIC, clock).chain)
    renewal = Renewal(home, PUBLIC, clock, served)
    assert not renewal.look()
    clock.at += timedelta(days=380)
    assert renewal.look()
    given = Web(listen="0.0.0.0:1", certificate=tmp_path / "mine.pem")
    given.certificate.write_bytes((tmp_path / "tls" / "site.pem").read_bytes())
    renewal = Renewal(home, given, clock, served)
    given.certificate.write_text("half a file", encoding="ascii")
    assert not renewal.look()
    with pytest.raises(InvalidInput) as wrong:
        check_given(given)
    assert wrong.value.problems[0].where == "web.certificate"


@pytest.mark.parametrize(
    ("web", "certificate", "address"),
    [
        (Web(), Certificate.NONE, "http://127.0.0.1:8080/"),
        (Web(listen="[::1]:8080"), Certificate.NONE, "http://[::1]:8080/"),
        (Web(listen="192.168.1.10:443"), Certificate.OWN, "https://192.168.1.10/"),
        (Web(listen="0.0.0.0:8443", names=("hotel.lan",)), Certificate.OWN, "https://hotel.lan:8443/"),
        (Web(listen="10.0.0.1:80", behind_proxy=("10.0.0.2",)), Certificate.NONE, "http://10.0.0.1/"),
        (Web(behind_proxy=("127.0.0.1",), names=("hotel.lan",)), Certificate.NONE, "https://hotel.lan/"),
        (Web(listen="127.0.0.1:8443", certificate=Path("c")), Certificate.GIVEN, "https://127.0.0.1:8443/"),
    ],
)
def test_plain_http_is_for_localhost_and_named_proxies(web: Web, certificate, address: str) -> None:
    assert (serving.certificate_of(web), serving.address(web)) == (certificate, address)


@pytest.mark.parametrize(
    ("source", "status", "said"),
    [
        ("10.0.0.2", 200, "203.0.113.7 https"),
        ("127.0.0.1", 200, "127.0.0.1 http"),
        ("10.0.0.3", 403, "Open the console by the address of its proxy, over HTTPS."),
    ],
)
async def test_only_the_named_proxy_is_believed(source: str, status: int, said: str) -> None:
    async def who(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        await PlainTextResponse(f"{request.client.host} {request.url.scheme}")(scope, receive, send)

    transport = httpx.ASGITransport(BehindProxy(who, ("10.0.0.2",)), client=(source, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://hotel") as client:
        headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        answer = await client.get("/", headers=headers)
    assert (answer.status_code, answer.text) == (status, said)
