"""Debian's Kamailio as a house's exchange: telephones register at it, the hotline calls them by number."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import socket
from pathlib import Path

import pytest
from peers import HOST, end, free_port

_CONFIG = Path(__file__).with_name("kamailio.cfg")
_PROGRAM = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")

needs_exchange = pytest.mark.skipif(_PROGRAM is None, reason="kamailio is not installed (Debian: kamailio)")

_REQUEST = (
    "{method} {uri} SIP/2.0\r\n"
    "Via: SIP/2.0/UDP {host}:{own};branch=z9hG4bK{number};rport\r\n"
    "From: <sip:{user}@{host}>;tag={number}\r\nTo: <sip:{user}@{host}:{port}>\r\n"
    "Call-ID: {number}\r\nCSeq: 1 {method}\r\nMax-Forwards: 5\r\n{extra}Content-Length: 0\r\n\r\n"
)


class Kamailio:
    """One run, ended by its process."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.port = port
        self.domain = f"{HOST}:{port}"

    @classmethod
    async def start(cls, folder: Path) -> Kamailio:
        """Run it on a free port and wait until it answers."""
        assert _PROGRAM is not None
        folder = folder / "kamailio"
        folder.mkdir()
        port = free_port()
        config = folder / "kamailio.cfg"
        config.write_text(_CONFIG.read_text().replace("@PORT@", str(port)).replace("@HOST@", HOST))
        process = await asyncio.create_subprocess_exec(
            _PROGRAM, "-DD", "-E", "-f", str(config), "-P", str(folder / "pid"), "-Y", str(folder),
            "-m", "16", "-M", "4",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=(folder / "out").open("wb"),
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        made = cls(process, port)
        try:
            await made.until_known("nobody", known=False, within=5)
        except TimeoutError:
            await made.end()
            raise AssertionError(f"kamailio did not start: {(folder / 'out').read_text()}") from None
        return made

    async def until_known(self, user: str, *, known: bool = True, within: float = 8.0) -> None:
        """Wait until it passes requests on to ``user`` (or, with ``known=False``, says that it does not)."""
        async with asyncio.timeout(within):
            while (await self._ask("OPTIONS", user) != 480) != known:
                await asyncio.sleep(0.05)

    async def register(self, user: str, port: int) -> None:
        """Register a telephone at a port of this machine, for one that does not do it by itself."""
        contact = f"Contact: <sip:{user}@{HOST}:{port}>\r\nExpires: 600\r\n"
        async with asyncio.timeout(3):
            status = await self._ask("REGISTER", user, contact)
        assert status == 200, f"kamailio refused to register {user}: {status}"

    async def _ask(self, method: str, user: str, extra: str = "") -> int:
        """Send a request until there is a final answer; return its status."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind((HOST, 0))
            own = sock.getsockname()[1]
            uri = f"sip:{user}@{self.domain}" if method == "OPTIONS" else f"sip:{self.domain}"
            text = _REQUEST.format(
                method=method, uri=uri, user=user, host=HOST, port=self.port, own=own, extra=extra,
                number=random.randrange(10**12),
            )  # fmt: skip
            while True:
                await loop.sock_sendto(sock, text.encode(), (HOST, self.port))
                try:
                    reply = await asyncio.wait_for(loop.sock_recv(sock, 4096), 0.2)
                except (TimeoutError, ConnectionRefusedError):
                    continue
                found = re.match(rb"SIP/2.0 (\d+)", reply)
                if found and int(found[1]) >= 200:
                    return int(found[1])

    def address(self, user: str) -> str:
        """The address-of-record of one of its telephones."""
        return f"sip:{user}@{self.domain}"

    async def end(self) -> None:
        await end(self._process)
