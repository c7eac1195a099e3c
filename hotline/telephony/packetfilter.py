"""Dropping unwanted packets before the SIP library sees them.

The library sends its 180 before anything can be decided in Python, so a silent drop has to happen
below it: a classic BPF program on its listening sockets (Linux ``SO_ATTACH_FILTER``, packet(7),
no privilege needed). The kernel counts what it drops. Reasons: docs/decisions/0002.
"""

from __future__ import annotations

import ctypes
import errno
import ipaddress
import os
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from hotline.telephony.admission import Network

_SO_ATTACH_FILTER = 26
_SO_MEMINFO = 55
_MEMINFO_DROPS = 8
_MAX_INSTRUCTIONS = 4096
"""BPF_MAXINSNS of linux/bpf_common.h."""

_NETWORK_HEADER = 0xFFF00000
"""SKF_NET_OFF: loads relative to the IP header."""
_LD_WORD, _LD_BYTE, _LD_INDIRECT, _LD_LENGTH = 0x20, 0x30, 0x40, 0x80
_AND, _RSH, _SUB_X, _TAX = 0x54, 0x74, 0x1C, 0x07
_JUMP, _JEQ, _JGE, _RET = 0x05, 0x15, 0x35, 0x06
_INVITE = int.from_bytes(b"INVI", "big")
_RESPONSE = int.from_bytes(b"SIP/", "big")

Instruction = tuple[int, int, int, int]
"""``(code, jump if true, jump if false, operand)`` of struct sock_filter."""

_KEEP: Instruction = (_RET, 0, 0, 0x40000)
_DROP: Instruction = (_RET, 0, 0, 0)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is kept out."""

    allowed: tuple[Network, ...]
    flooding: tuple[str, ...] = ()
    """Addresses whose INVITEs are dropped for now; the rest of their traffic passes."""

    @property
    def let_all_pass(self) -> bool:
        """True when nothing at all would be dropped."""
        everywhere = {"0.0.0.0/0", "::/0"}
        return not self.flooding and everywhere <= {str(network) for network in self.allowed}


def program(rules: Rules, *, stream: bool) -> list[Instruction]:
    """Build the filter for a UDP or TCP (``stream``) socket of either family.

    Such filters see the packet from the transport header on. On UDP a response passes from
    anywhere: one that nobody waits for is ignored by the library anyway.
    """
    four, six = (_family(rules, version, stream=stream) for version in (4, 6))
    answers = [] if stream else [*_payload(stream=False), (_JEQ, 0, 1, _RESPONSE), _KEEP]
    which: list[Instruction] = [
        (_LD_BYTE, 0, 0, _NETWORK_HEADER),
        (_RSH, 0, 0, 4),
        (_JEQ, 1, 0, 4),
        (_JUMP, 0, 0, len(four)),
    ]
    return [*answers, *which, *four, *six]


def _family(rules: Rules, version: int, *, stream: bool) -> list[Instruction]:
    """Allow-list, then flood list, for sources of one IP version."""
    floods: list[Instruction] = []
    for address in map(ipaddress.ip_network, rules.flooding):
        if address.version == version:
            floods += _on_match(address, _drop_invites(stream=stream))
    floods.append(_KEEP)
    tests = [_on_match(n, [(_JUMP, 0, 0, 0)]) for n in rules.allowed if n.version == version]
    code: list[Instruction] = []
    length = sum(map(len, tests)) + 1
    for test in tests:
        # The match jumps over the rest of the list and its final drop.
        beyond = length - len(code) - len(test)
        code += [*test[:-1], (_JUMP, 0, 0, beyond)]
    return [*code, _DROP, *floods]


def _payload(*, stream: bool) -> list[Instruction]:
    """Load the first four payload bytes; a TCP segment without payload skips four instructions.

    A load beyond the packet's end would drop it, and pure acknowledgements must pass.
    """
    if not stream:
        return [(_LD_WORD, 0, 0, 8)]
    return [
        (_LD_BYTE, 0, 0, 12),
        (_AND, 0, 0, 0xF0),
        (_RSH, 0, 0, 2),
        (_TAX, 0, 0, 0),
        (_LD_LENGTH, 0, 0, 0),
        (_SUB_X, 0, 0, 0),
        (_JGE, 0, 3, 4),
        (_LD_INDIRECT, 0, 0, 0),
    ]


def _drop_invites(*, stream: bool) -> list[Instruction]:
    return [*_payload(stream=stream), (_JEQ, 0, 1, _INVITE), _DROP, _KEEP]


def _on_match(network: Network, then: Sequence[Instruction]) -> list[Instruction]:
    """Run ``then`` for packets whose source lies in ``network``, else go on behind it."""
    source = 12 if network.version == 4 else 8
    words = struct.unpack(f">{len(network.network_address.packed) // 4}I", network.network_address.packed)
    masks = struct.unpack(f">{len(words)}I", network.netmask.packed)
    code: list[Instruction] = []
    for at, (mask, word) in enumerate(zip(masks, words, strict=True)):
        if mask:
            code.append((_LD_WORD, 0, 0, _NETWORK_HEADER + source + 4 * at))
            code += [] if mask == 0xFFFFFFFF else [(_AND, 0, 0, mask)]
            code.append((_JEQ, 0, 0, word))
    end = len(code) + len(then)
    misses = [(c, t, end - at - 1, k) if c == _JEQ else (c, t, f, k) for at, (c, t, f, k) in enumerate(code)]
    return [*misses, *then]


class PacketFilter:
    """The filter on this process's sockets that listen on the SIP ports.

    TCP connections inherit the program that was in force when they were accepted.
    """

    def __init__(self, ports: Iterable[int]) -> None:
        self._ports = frozenset(ports)
        self._rules: Rules | None = None
        self._sockets: list[socket.socket] = []

    def open(self) -> int:
        """Find the library's sockets once they are bound; returns how many there are."""
        self._sockets = list(_sockets_on(self._ports))
        return len(self._sockets)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of the UDP sockets, as ``host:port``."""
        names = [sock.getsockname() for sock in self._sockets if sock.type == socket.SOCK_DGRAM]
        return tuple(f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}" for name in names)

    def apply(self, rules: Rules) -> bool:
        """Put ``rules`` into force; False when this system cannot.

        Raises nothing: a line that takes calls without a filter is better than none.
        """
        if rules == self._rules or (self._rules is None and rules.let_all_pass):
            return True
        try:
            for sock in self._sockets:
                _attach(sock, program(rules, stream=sock.type == socket.SOCK_STREAM))
        except OSError as error:
            _log.warning("packets cannot be filtered on this system", errno=error.errno)
            return False
        self._rules = rules
        return True

    def dropped(self) -> int:
        """How many packets the kernel has dropped at these sockets since they were opened."""
        return sum(_drops(sock) for sock in self._sockets)

    def close(self) -> None:
        """Let go of the sockets, so that the ports are free once the library has closed them too."""
        while self._sockets:
            self._sockets.pop().close()


def _sockets_on(ports: frozenset[int]) -> Iterator[socket.socket]:
    """Yield duplicates of this process's bound sockets: closing them leaves the originals open."""
    found: set[int] = set()
    for entry in list(Path("/proc/self/fd").iterdir()):
        sock = _duplicate(int(entry.name))
        if sock is None:
            continue
        # Our duplicates take numbers from the list being walked: each socket counts once.
        inode = os.fstat(sock.fileno()).st_ino
        if _local_port(sock) in ports and inode not in found:
            found.add(inode)
            yield sock
        else:
            sock.close()


def _duplicate(descriptor: int) -> socket.socket | None:
    """Return another handle on a socket; ``None`` for what is no socket or was closed meanwhile."""
    try:
        copy = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return None


def _local_port(sock: socket.socket) -> int | None:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return None
    try:
        return int(sock.getsockname()[1])
    except OSError:
        return None


def _attach(sock: socket.socket, code: list[Instruction]) -> None:
    if len(code) > _MAX_INSTRUCTIONS:
        raise OSError(errno.E2BIG, "too many networks for one packet filter")
    packed = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))
    pointer = struct.pack("HL", len(code), ctypes.addressof(packed))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pointer)


def _drops(sock: socket.socket) -> int:
    values = struct.unpack("9I", sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36))
    return int(values[_MEMINFO_DROPS])
