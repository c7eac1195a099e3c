"""The addresses the user agent listens on, checked before the library takes them.

The library starts without a word when a port is taken, so every address is bound once beforehand.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from hotline.call.errors import EnvironmentFault
from hotline.settings import Sip


@dataclass(frozen=True, slots=True)
class Listening:
    """Where SIP and RTP are taken."""

    host: str
    port: int
    rtp_from: int
    rtp_to: int
    tls: bool

    @property
    def sip(self) -> str:
        """``host:port`` as the library and a SIP URI write it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def tls_port(self) -> int:
        """The library puts TLS one above the SIP port; there is no other choice."""
        return self.port + 1

    @property
    def pinned(self) -> str | None:
        """The address the library must route from, when it would not find it by itself (loopback)."""
        address = ipaddress.ip_address(self.host)
        return None if address.is_unspecified else self.host


def read_listening(sip: Sip) -> Listening:
    """Read ``sip.listen``, ``sip.rtp_ports`` and the TLS keys.

    Raises:
        EnvironmentFault: an address that cannot be, or a TLS set-up that cannot work.
    """
    host, _, port = sip.listen.rpartition(":")
    host = host.strip("[]")
    if host == "localhost":
        host = "127.0.0.1"
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError:
        raise EnvironmentFault(
            f'sip.listen is "{sip.listen}": write an IP address and a port, such as 0.0.0.0:5060.',
            code="sip-listen",
        ) from None
    low, high = (int(part) for part in sip.rtp_ports.split("-"))
    needed = 2 * sip.channels.total
    if high - low + 1 < needed or not 0 < low < high < 65536:
        raise EnvironmentFault(
            f"sip.rtp_ports {sip.rtp_ports} is too small: {sip.channels.total} channels need "
            f"{needed} ports between 1 and 65535. Widen the range or lower sip.channels.total.",
            code="rtp-ports",
        )
    listening = Listening(host, number, low, high, tls=sip.tls_certificate is not None)
    _check_tls(sip, listening)
    return listening


def _check_tls(sip: Sip, listening: Listening) -> None:
    if sip.tls_port is not None and sip.tls_certificate is None:
        raise EnvironmentFault(
            "sip.tls_port is set without sip.tls_certificate: name a PEM file with certificate and key.",
            code="tls-certificate",
        )
    if sip.tls_port not in (None, listening.tls_port):
        raise EnvironmentFault(
            f"sip.tls_port {sip.tls_port} cannot be used: TLS listens one above the SIP port, "
            f"here {listening.tls_port}. Change sip.listen or leave sip.tls_port out.",
            code="tls-port",
        )
    if sip.tls_certificate is not None and not os.access(sip.tls_certificate, os.R_OK):
        raise EnvironmentFault(
            f"The TLS certificate {sip.tls_certificate} cannot be read. Check sip.tls_certificate "
            "and the file's permissions.",
            code="tls-certificate",
        )


def check_free(listening: Listening) -> None:
    """Bind every SIP address once, over UDP and TCP.

    Raises:
        EnvironmentFault: naming the address, and what to do about it.
    """
    _bind(listening.host, listening.port, socket.SOCK_DGRAM, "udp")
    _bind(listening.host, listening.port, socket.SOCK_STREAM, "tcp")
    if listening.tls:
        _bind(listening.host, listening.tls_port, socket.SOCK_STREAM, "tcp")


def _bind(host: str, port: int, kind: socket.SocketKind, word: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as sock:
        if kind is socket.SOCK_STREAM:
            # As the library does: connections of a former run in TIME_WAIT are no obstacle.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
            if kind is socket.SOCK_STREAM:
                sock.listen(1)
        except OSError as error:
            raise EnvironmentFault(_why_not(host, port, word, error), code="sip-port") from error


def _why_not(host: str, port: int, word: str, error: OSError) -> str:
    where = f"{host}:{port}/{word}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Calls cannot be taken at {where}: another program uses it. Stop that program "
            f"(ss -lnp | grep {port} names it) or choose another port with --sip or sip.listen."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"Calls cannot be taken at {where}: this machine has no such address. Change sip.listen."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Calls cannot be taken at {where}: ports below 1024 need privileges. Change sip.listen."
    return f"Calls cannot be taken at {where}: {error.strerror}. Change sip.listen."


def password_of(inline: str, file: Path | None) -> str:
    """Return an account's password, from its file when one is named.

    Raises:
        EnvironmentFault: the file cannot be read.
    """
    if file is None:
        return inline
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise EnvironmentFault(
            f"The password file {file} cannot be read ({error.strerror}). Check password_file "
            "and the file's permissions.",
            code="password-file",
        ) from error
