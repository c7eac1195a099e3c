"""The benchmark's own ports on 127.0.0.1, so that a capture filter can name them."""

from __future__ import annotations

import contextlib
import ctypes
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

HOST = "127.0.0.1"
_SO_ATTACH_FILTER = 26
_PORTS_A_CALL = 4
"""sipp's ``auto_media_port`` goes on by four for each call (audio, video, and their RTCP)."""
_MOST_CALLS = 250


@dataclass(frozen=True, slots=True)
class Ports:
    """All ports, counted from a first one; about 1,600 are taken."""

    base: int = 7000

    @property
    def hotline_sip(self) -> int:
        """The hotline's SIP port."""
        return self.base + 60

    @property
    def hotline_http(self) -> int:
        """The hotline's status page."""
        return self.base + 80

    @property
    def caller_sip(self) -> int:
        """The callers' SIP port (sipp)."""
        return self.base + 62

    @property
    def caller_rtp(self) -> tuple[int, int]:
        """First and last port on which callers hear."""
        return self.base + 100, self.base + 99 + _PORTS_A_CALL * _MOST_CALLS

    @property
    def hotline_rtp(self) -> tuple[int, int]:
        """First and last port on which the hotline hears."""
        first = self.caller_rtp[1] + 1
        return first, first + 2 * _MOST_CALLS - 1

    @property
    def sampled_callers(self) -> tuple[int, int]:
        """Ports of the callers whose own sound is captured too: their regularity stands for all."""
        return self.caller_rtp[0], self.caller_rtp[0] + 6 * _PORTS_A_CALL - 1


@contextlib.contextmanager
def deaf_ears(first: int, last: int) -> Iterator[None]:
    """Bind the callers' ports and let the kernel drop what arrives.

    sipp's playing threads only send. Unbound ports would answer each packet with an ICMP message, and
    reading the packets would cost the processor that the hotline is measured on.
    """
    instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0 bytes
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    with contextlib.ExitStack() as stack:
        for port in range(first + _PORTS_A_CALL, last + 1, 2):  # sipp itself binds the first call's
            ear = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            ear.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
            ear.bind((HOST, port))
        yield
