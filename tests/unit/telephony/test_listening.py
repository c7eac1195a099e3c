"""Addresses, ports and keys the user agent needs, and what it says when they cannot work."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline.call.errors import EnvironmentFault
from hotline.settings import Account, Sip
from hotline.telephony.listen import password_of, read_listening
from hotline.telephony.stack import direct_account, library_config, trunk_account


@pytest.mark.parametrize(
    ("listen", "sip", "pinned"),
    [
        ("0.0.0.0:5060", "0.0.0.0:5060", None),
        ("127.0.0.1:5062", "127.0.0.1:5062", "127.0.0.1"),
        ("localhost:5062", "127.0.0.1:5062", "127.0.0.1"),
        ("[::1]:5060", "[::1]:5060", "::1"),
    ],
)
def test_listen_addresses(listen: str, sip: str, pinned: str | None) -> None:
    listening = read_listening(Sip(listen=listen))
    assert (listening.sip, listening.pinned) == (sip, pinned)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (Sip(listen="hotline"), "write an IP address and a port"),
        (Sip(listen="0.0.0.0:sip"), "write an IP address and a port"),
        (Sip(rtp_ports="16384-16390"), "150 channels need 300 ports"),
        (Sip(tls_port=5061), "without sip.tls_certificate"),
        (Sip(tls_port=5065, tls_certificate=Path("/dev/null")), "here 5061"),
        (Sip(tls_certificate=Path("/no/such.pem")), r"/no/such\.pem cannot be read"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_opened(settings: Sip, sentence: str) -> None:
    with pytest.raises(EnvironmentFault, match=sentence):
        read_listening(settings)


def test_a_password_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2\n")
    assert password_of("inline", file) == "hunter2"
    assert password_of("inline", None) == "inline"
    with pytest.raises(EnvironmentFault, match="password_file"):
        password_of("", tmp_path / "missing")


def test_accounts_in_the_librarys_words() -> None:
    account = Account(
        name="t",
        user="1",
        domain="pbx",
        password="s",
        display_name="叫醒服务",
        srtp="required",
        transport="tcp",
    )
    line = trunk_account(account, Sip())
    assert line.startswith('"叫醒服务" <sip:1@pbx;transport=tcp>;')
    assert "audio_codecs=pcma,pcmu,g722/16000/1,opus/48000/2" in line
    assert "video_codecs=" in line
    assert "mediaenc=srtp-mand" in line
    assert "catchall" not in line


def test_the_direct_account_takes_every_number_and_the_librarys_limit_lies_above_ours() -> None:
    sip = Sip()
    listening = read_listening(sip)
    assert "catchall=yes" in direct_account(sip, listening, "udp")
    config = library_config(sip, listening)
    assert config.max_concurrent_calls > sip.channels.total
    assert "sip_transports udp,tcp\n" in config.render()


@pytest.mark.parametrize(("listen", "only_ipv4"), [("0.0.0.0:5060", True), ("[::]:5060", False)])
def test_the_unspecified_ipv4_address_means_ipv4_only(listen: str, only_ipv4: bool) -> None:
    sip = Sip(listen=listen)
    assert ("net_af ipv4" in library_config(sip, read_listening(sip)).render()) is only_ipv4
