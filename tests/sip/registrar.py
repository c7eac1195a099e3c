"""A registrar for tests: UDP, digest (RFC 3261 section 22, RFC 2617 without qop), told how to behave."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from peers import HOST, free_port

_NONCE = "b5f3a1"


@dataclass
class Registrar(asyncio.DatagramProtocol):
    """Answers REGISTER; ``refuse_with`` (a status line) wins while it is set, ``silent`` says nothing."""

    password: str = "secret"
    refuse_with: str = ""
    silent: bool = False
    expires: list[int] = field(default_factory=list)
    """Of every REGISTER that was accepted, in order; 0 is an unregistration."""
    seen: int = 0
    users: list[str] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode()
        if not text.startswith("REGISTER"):
            return
        self.seen += 1
        if self.silent:
            return
        if self.refuse_with:
            self._reply(text, address, self.refuse_with)
        elif not self._proven(text):
            challenge = f'WWW-Authenticate: Digest realm="test", nonce="{_NONCE}", algorithm=MD5\r\n'
            self._reply(text, address, "401 Unauthorized", challenge)
        else:
            expires = int(re.findall(r"[Ee]xpires[=:]\s*(\d+)", text)[0])
            self.expires.append(expires)
            contact = re.search(r"^(?:Contact|m): *(.*?)\r$", text, re.MULTILINE)
            bound = f"Contact: {contact[1]};expires={expires}\r\n" if contact else ""
            self._reply(text, address, "200 OK", bound + f"Expires: {expires}\r\n")

    def _proven(self, text: str) -> bool:
        given = re.search(r"^Authorization: Digest (.*?)\r$", text, re.MULTILINE)
        if not given:
            return False
        part = dict(re.findall(r'(\w+)="?([^",]*)"?', given[1]))
        self.users.append(part["username"])
        one = hashlib.md5(f"{part['username']}:test:{self.password}".encode()).hexdigest()
        two = hashlib.md5(f"REGISTER:{part['uri']}".encode()).hexdigest()
        return part["response"] == hashlib.md5(f"{one}:{_NONCE}:{two}".encode()).hexdigest()

    def _reply(self, request: str, address: tuple[str, int], status: str, extra: str = "") -> None:
        kept = re.findall(r"^(?:Via|From|Call-ID|CSeq): .*\r\n", request, re.MULTILINE)
        to = re.search(r"^To: (.*?)\r$", request, re.MULTILINE)
        assert to is not None
        head = "".join(kept) + f"To: {to[1]};tag=reg\r\n"
        reply = f"SIP/2.0 {status}\r\n{head}{extra}Content-Length: 0\r\n\r\n"
        self._transport.sendto(reply.encode(), address)  # type: ignore[attr-defined]


@asynccontextmanager
async def registrar(port: int | None = None, **behaviour: object) -> AsyncIterator[tuple[Registrar, int]]:
    """Run a registrar and end it."""
    chosen = port or free_port()
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: Registrar(**behaviour),  # type: ignore[arg-type]
        local_addr=(HOST, chosen),
    )
    try:
        yield protocol, chosen
    finally:
        transport.close()
