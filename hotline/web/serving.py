"""How the console is served: plain on localhost and behind a proxy, HTTPS everywhere else.

The browser's microphone, and passwords, need a secure page (DESIGN section 9).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

from hotline.settings import Web

_IF_INET6 = Path("/proc/net/if_inet6")
_FIB_TRIE = Path("/proc/net/fib_trie")
ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - named to be told apart


class Certificate(StrEnum):
    """Which certificate the console shows."""

    NONE = "none"
    """Plain HTTP: on localhost, or a named proxy serves HTTPS."""
    GIVEN = "given"
    OWN = "own"


def certificate_of(web: Web) -> Certificate:
    """Return which certificate these settings mean."""
    if web.certificate is not None:
        return Certificate.GIVEN
    if web.behind_proxy or local(host_of(web)):
        return Certificate.NONE
    return Certificate.OWN


def host_of(web: Web) -> str:
    """Return the host the console listens on."""
    return web.listen.rpartition(":")[0].strip("[]")


def local(host: str) -> bool:
    """Whether a host is this machine and nobody else reaches it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(web: Web, path: str = "/") -> str:
    """Return where a person opens the console; behind a proxy its HTTPS under the first of ``names``."""
    if web.behind_proxy and web.names:
        return f"https://{web.names[0]}{path}"
    host, port = host_of(web), web.listen.rpartition(":")[2]
    if web.names:
        host = web.names[0]
    elif host in ANY:
        host = next(iter(machine_addresses()), "localhost")
    secure = certificate_of(web) is not Certificate.NONE
    shown = f"[{host}]" if ":" in host else host
    usual = port == ("443" if secure else "80")
    return f"{'https' if secure else 'http'}://{shown}{'' if usual else f':{port}'}{path}"


def names(web: Web) -> tuple[str, ...]:
    """Return the host names and addresses by which people may reach the console."""
    host = host_of(web)
    listening = machine_addresses() if host in ANY else (host,)
    own = socket.gethostname()
    found = [*web.names, *listening, own, f"{own}.local", "localhost", "127.0.0.1", "::1"]
    return tuple(dict.fromkeys(name.strip().lower().rstrip(".") for name in found if name.strip()))


def machine_addresses() -> Sequence[str]:
    """Return this machine's addresses that others can reach, IPv4 first, from the kernel's tables."""
    found = [address for address in (*_ipv4(), *_ipv6()) if not ipaddress.ip_address(address).is_loopback]
    return tuple(dict.fromkeys(found))


def _ipv4() -> Sequence[str]:
    """Addresses marked ``/32 host LOCAL`` in the routing trie."""
    try:
        lines = _FIB_TRIE.read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    return [
        before.split()[-1]
        for before, line in pairwise(lines)
        if "/32 host LOCAL" in line and before.lstrip().startswith("|--")
    ]


def _ipv6() -> Sequence[str]:
    """Global and unique local addresses; those of a link need a zone, which no browser takes."""
    try:
        lines = _IF_INET6.read_text(encoding="ascii").splitlines()
    except OSError:
        return ()
    found = [ipaddress.IPv6Address(int(line.split()[0], 16)) for line in lines if line.strip()]
    return [str(one) for one in found if not one.is_link_local and not one.is_loopback]
