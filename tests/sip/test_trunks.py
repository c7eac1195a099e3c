"""Accounts: registration with digest and back-off, calls by trunk, whose word about a caller counts."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest
from peers import HOST, Baresip, Sipp, ended, free_port
from registrar import registrar
from siphotline import Hotline, StartHotline, to_the_end, wait_for

from hotline.call.errors import DialFailed
from hotline.call.events import Digit
from hotline.call.ports import DialOrder
from hotline.telephony.status import AccountState, AccountStatus

pytestmark = pytest.mark.peer


def account(port: int, **changes: object) -> dict[str, object]:
    trunk = {"name": "trunk", "user": "05395550001", "domain": f"{HOST}:{port}", "password": "secret"}
    return {**trunk, **changes}


def trunk_status(hotline: Hotline) -> AccountStatus:
    (status,) = hotline.telephony.status().accounts
    return status


async def test_an_account_registers_with_digest_and_leaves_at_the_end(start_hotline: StartHotline) -> None:
    async with registrar() as (server, port):
        hotline = await start_hotline(accounts=[account(port, auth_user="line7")])
        await hotline.until(lambda: trunk_status(hotline).state is AccountState.REGISTERED)
        await hotline.close()
        await asyncio.sleep(0.05)
        assert server.expires == [600, 0]
        assert set(server.users) == {"line7"}


async def test_a_refused_account_says_why_and_when_it_tries_again(start_hotline: StartHotline) -> None:
    async with registrar(refuse_with="403 Forbidden") as (_, port):
        hotline = await start_hotline(accounts=[account(port)])
        await hotline.until(lambda: trunk_status(hotline).state is AccountState.FAILED)
        status = trunk_status(hotline)
        assert status.last_error == "403 Forbidden"
        assert status.next_try_at is not None
        assert 0 < (status.next_try_at - hotline.clock.now()).total_seconds() <= 2.0


async def test_an_account_comes_back_when_its_registrar_does(start_hotline: StartHotline) -> None:
    async with registrar(refuse_with="503 Service Unavailable") as (server, port):
        hotline = await start_hotline(accounts=[account(port)])
        await hotline.until(lambda: trunk_status(hotline).failures >= 1)
        server.refuse_with = ""
        await hotline.until(lambda: trunk_status(hotline).state is AccountState.REGISTERED)
        assert trunk_status(hotline).last_error == ""


async def test_a_wrong_password_never_registers(start_hotline: StartHotline) -> None:
    async with registrar() as (server, port):
        hotline = await start_hotline(accounts=[account(port, password="wrong")])
        await hotline.until(lambda: trunk_status(hotline).state is AccountState.FAILED)
        assert trunk_status(hotline).last_error.startswith("401")
        assert server.expires == []


async def test_calls_are_taken_while_an_account_cannot_register(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    hotline = await start_hotline(accounts=[account(free_port())])
    peer = await Sipp.start("answer", hotline.port, tmp_path)
    call = await hotline.next_call()
    await call.answer()
    await to_the_end(call)
    await peer.done()
    assert trunk_status(hotline).state is not AccountState.REGISTERED


async def test_a_plain_number_goes_out_by_the_default_account_with_our_number_asserted(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    port, messages = free_port(), tmp_path / "messages"
    trace = ["-trace_msg", "-message_file", str(messages)]
    peer = await Sipp.start("uas_answer", None, tmp_path, port=port, extra=trace)
    hotline = await start_hotline(
        accounts=[account(free_port(), name="only-in", outgoing=False), account(port, register_every=0)]
    )
    order = DialOrder(
        to="138 0000-1111", linkedid="abc", purpose="manager", caller_id="95001", caller_name="物业"
    )
    call = await hotline.telephony.dial(order)
    await to_the_end(call)
    await peer.done()
    invite = messages.read_text()
    assert f"INVITE sip:13800001111@{HOST}:{port}" in invite
    assert "From: <sip:05395550001@" in invite
    assert f'P-Asserted-Identity: "物业" <sip:95001@{HOST}:{port}>' in invite
    assert (call.facts.account, call.facts.linkedid, call.facts.caller) == ("trunk", "abc", "95001")


async def test_a_plain_number_without_an_outgoing_account_is_told(hotline: Hotline) -> None:
    with pytest.raises(DialFailed, match=r"sip\.accounts"):
        await hotline.telephony.dial(DialOrder(to="13800001111", linkedid="", purpose="manager"))


@pytest.mark.parametrize(("trusted", "caller"), [(True, "13912345678"), (False, "13800001111")])
async def test_an_asserted_identity_counts_only_from_a_trunk(
    start_hotline: StartHotline, tmp_path: Path, trusted: bool, caller: str
) -> None:
    accounts = [account(free_port(), register_every=0)] if trusted else []
    hotline = await start_hotline(accounts=accounts)
    asserted = "Max-Forwards: 70\n      P-Asserted-Identity: <sip:13912345678@trunk>\n      X-Room: 602"
    peer = await Sipp.start("refused", hotline.port, tmp_path, replace={"Max-Forwards: 70": asserted})
    call = await hotline.next_call()
    await call.refuse()
    await peer.done()
    assert call.facts.caller == caller
    assert call.facts.account == ("trunk" if trusted else "")
    assert call.facts.headers["X-Room"] == "602"


async def test_a_call_to_an_accounts_own_number_belongs_to_that_account(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    # Two accounts at one address: the source alone does not tell them apart.
    port = free_port()
    other = account(port, name="other", user="05395550002", register_every=0)
    hotline = await start_hotline(accounts=[account(port, register_every=0), other])
    peer = await Sipp.start("refused", hotline.port, tmp_path, service="05395550002")
    call = await hotline.next_call()
    await call.refuse()
    await peer.done()
    assert (call.facts.account, call.facts.dialled) == ("other", "05395550002")


async def test_calls_come_in_over_tcp(hotline: Hotline, tmp_path: Path) -> None:
    peer = await Sipp.start("answer", hotline.port, tmp_path, extra=["-t", "t1"])
    call = await hotline.next_call()
    await call.answer()
    await to_the_end(call)
    await peer.done()
    assert call.report().disposition == "ANSWERED"


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A self-signed certificate that this process trusts."""
    key, crt, pem = tmp_path / "key", tmp_path / "crt", tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key,
         "-out", crt, "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST}"],
        check=True, capture_output=True,
    )  # fmt: skip
    pem.write_text(key.read_text() + crt.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert ssl.get_default_verify_paths().cafile == str(pem)
    return pem


async def test_an_encrypted_call_comes_in_over_tls_with_srtp(
    start_hotline: StartHotline, tmp_path: Path, certificate: Path
) -> None:
    hotline = await start_hotline(tls_certificate=certificate)
    peer = await Baresip.start(
        tmp_path, account="mediaenc=srtp-mand;", transport="tls", certificate=certificate
    )
    async with ended(peer):
        await peer.command("dial", f"sip:95001@{HOST}:{hotline.port + 1};transport=tls")
        call = await hotline.next_call()
        await call.answer()
        await peer.event("CALL_ESTABLISHED")
        peer.press("9")
        assert (await wait_for(call, Digit)).key == "9"
        await asyncio.sleep(0.5)
        await call.hangup()
    quality = call.report().quality
    assert quality is not None
    assert quality.received_packets > 10


async def test_an_account_with_required_srtp_calls_out_encrypted(
    start_hotline: StartHotline, tmp_path: Path
) -> None:
    async with ended(await Baresip.start(tmp_path, account="mediaenc=srtp-mand;")) as peer:
        hotline = await start_hotline(accounts=[account(peer.port, register_every=0, srtp="required")])
        call = await hotline.telephony.dial(DialOrder(to="peer", linkedid="", purpose="manager"))
        await asyncio.sleep(0.5)
        await call.hangup()
    quality = call.report().quality
    assert quality is not None
    assert quality.received_packets > 10


async def test_tls_goes_out_to_a_peer_with_a_trusted_certificate(
    start_hotline: StartHotline, tmp_path: Path, certificate: Path
) -> None:
    peer = await Baresip.start(tmp_path, transport="tls", certificate=certificate)
    async with ended(peer):
        tls = account(peer.port + 1, register_every=0, transport="tls")
        hotline = await start_hotline(accounts=[tls])
        call = await hotline.telephony.dial(DialOrder(to="peer", linkedid="", purpose="manager"))
        assert call.answered
        await call.hangup()
