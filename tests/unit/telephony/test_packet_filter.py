"""The kernel's packet filter, on real sockets."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator

import pytest

from hotline.telephony.packetfilter import PacketFilter, Rules

EVERYONE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


@pytest.fixture(params=[socket.AF_INET, socket.AF_INET6], ids=["IPv4", "IPv6"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with socket.socket(request.param, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1" if request.param == socket.AF_INET else "::1", 0))
        sock.settimeout(0.2)
        yield sock


def heard(listener: socket.socket, *messages: bytes) -> list[bytes]:
    """What of ``messages``, sent from the listener's own address, gets through."""
    with socket.socket(listener.family, socket.SOCK_DGRAM) as sender:
        sender.bind((listener.getsockname()[0], 0))
        for message in messages:
            sender.sendto(message, listener.getsockname()[:2])
    got = []
    while True:
        try:
            got.append(listener.recv(2000))
        except TimeoutError:
            return got


def filtered(listener: socket.socket, rules: Rules) -> PacketFilter:
    packets = PacketFilter([listener.getsockname()[1]])
    assert packets.open() == 1
    assert packets.apply(rules)
    return packets


def source(listener: socket.socket) -> str:
    return str(listener.getsockname()[0])


def test_strangers_are_dropped_and_counted_but_answers_pass(listener: socket.socket) -> None:
    others = (ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32"))
    packets = filtered(listener, Rules(others))
    assert heard(listener, b"INVITE sip:", b"OPTIONS sip:", b"SIP/2.0 200 OK") == [b"SIP/2.0 200 OK"]
    assert packets.dropped() == 2
    packets.close()


def test_whoever_is_on_the_list_passes(listener: socket.socket) -> None:
    listed = (
        *(ipaddress.ip_network(f"198.51.{n}.0/24") for n in range(120)),
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("::/112"),
    )
    packets = filtered(listener, Rules(listed))
    assert heard(listener, b"INVITE sip:") == [b"INVITE sip:"]
    packets.close()


def test_of_a_flooding_source_only_invites_are_dropped(listener: socket.socket) -> None:
    packets = filtered(listener, Rules(EVERYONE, flooding=("192.0.2.1", source(listener))))
    assert heard(listener, b"INVITE sip:", b"BYE sip:", b"ACK sip:") == [b"BYE sip:", b"ACK sip:"]
    assert packets.dropped() == 1
    assert packets.apply(Rules(EVERYONE))
    assert heard(listener, b"INVITE sip:") == [b"INVITE sip:"]
    packets.close()


def test_too_long_a_list_is_told_and_nothing_is_dropped(listener: socket.socket) -> None:
    packets = PacketFilter([listener.getsockname()[1]])
    packets.open()
    endless = tuple(ipaddress.ip_network(f"10.{n // 256}.{n % 256}.0/24") for n in range(3000))
    assert not packets.apply(Rules(endless))
    assert heard(listener, b"INVITE sip:") == [b"INVITE sip:"]
    packets.close()


def test_a_flooding_connection_stalls_at_its_invites_only() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        packets = filtered(server, Rules(EVERYONE, flooding=("127.0.0.1",)))
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as accepted:
            accepted.settimeout(0.2)
            client.sendall(b"BYE sip:x SIP/2.0")
            assert accepted.recv(100) == b"BYE sip:x SIP/2.0"
            client.sendall(b"INVITE sip:x SIP/2.0")
            with pytest.raises(TimeoutError):
                accepted.recv(100)
        packets.close()


def test_a_stranger_cannot_even_connect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        packets = filtered(server, Rules((ipaddress.ip_network("192.0.2.0/24"),)))
        with socket.socket() as client:
            client.settimeout(0.2)
            with pytest.raises(TimeoutError):
                client.connect(server.getsockname())
        packets.close()
