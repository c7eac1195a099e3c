"""Real servers on 127.0.0.1 for channels to talk to: HTTP on the test's loop, SMTP on a thread."""

from __future__ import annotations

import asyncio
import base64
import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    """One request as it came in."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Awaitable[Reply] | Reply]


def robot(errcode: int = 0, errmsg: str = "ok") -> Answer:
    return lambda request: Reply(body=json.dumps({"errcode": errcode, "errmsg": errmsg}).encode())


async def hang(request: Request) -> Reply:
    await asyncio.Event().wait()
    raise AssertionError


class Receiver:
    """An HTTP server; ``answer`` may be changed at any time."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer: Answer = answer or (lambda request: Reply())
        self.requests: list[Request] = []
        self.arrived = asyncio.Event()
        self.connections = 0
        self._tasks: set[asyncio.Task] = set()

    async def start(self, tls: ssl.SSLContext | None = None) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        return self

    async def close(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(first.split()[1], headers, body)
                self.requests.append(request)
                self.arrived.set()
                reply = self.answer(request)
                if not isinstance(reply, Reply):
                    reply = await reply
                writer.write(_wire(reply))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def _wire(reply: Reply) -> bytes:
    head = f"HTTP/1.1 {reply.status} Whatever\r\nContent-Length: {len(reply.body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return head.encode() + b"\r\n" + reply.body


class MailServer:
    """An SMTP server (RFC 5321) with STARTTLS, implicit TLS, AUTH PLAIN/LOGIN and scripted refusals."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        self.tls = tls
        self.implicit = implicit
        self.users: dict[str, str] = {}
        self.replies: dict[str, str] = {}
        """Reply by command (``MAIL``) or by recipient, in place of the good one."""
        self.silent_at = ""
        """Command at which it falls silent."""
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.secure: list[bool] = []
        self.logins: list[str] = []
        self.released = threading.Event()
        self.closed_on = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    _Conversation(outer, self).run()
                except OSError:
                    outer.closed_on.set()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Conversation:
    def __init__(self, server: MailServer, handler: socketserver.StreamRequestHandler) -> None:
        self.server = server
        self.sock = handler.connection
        self.secure = False
        if server.implicit:
            self._wrap()
        self.lines = self.sock.makefile("rb")

    def _wrap(self) -> None:
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.secure = True

    def say(self, *lines: str) -> None:
        for line in lines:
            self.sock.sendall(line.encode() + b"\r\n")

    def run(self) -> None:
        if self.server.silent_at == "GREETING":
            self._fall_silent()
        self.say(self.server.replies.get("GREETING", "220 test ready"))
        while line := self.lines.readline():
            text = line.decode().strip()
            command = text.split(" ")[0].upper()
            if command == self.server.silent_at:
                self._fall_silent()
            if command == "QUIT":
                self.say("221 bye")
                return
            self._answer(command, text)

    def _fall_silent(self) -> None:
        """Wait until the client goes away."""
        while self.lines.readline():
            pass
        self.server.closed_on.set()
        raise OSError("gone")

    def _answer(self, command: str, text: str) -> None:
        given = self.server.replies.get(command)
        if command == "RCPT":
            address = text.partition("<")[2].partition(">")[0]
            given = self.server.replies.get(address, given)
            if given is None:
                self.server.recipients.append(address)
        if given is not None:
            self.say(given)
        elif command == "EHLO":
            offers = ["STARTTLS"] if self.server.tls and not self.secure else []
            offers += ["AUTH PLAIN LOGIN"] if self.server.users else []
            self.say("250-test", *(f"250-{offer}" for offer in offers), "250 8BITMIME")
        elif command == "STARTTLS":
            self.say("220 go on")
            self._wrap()
            self.lines = self.sock.makefile("rb")
        elif command == "AUTH":
            self._login(text)
        elif command == "DATA":
            self._data()
        else:
            self.say("250 ok")

    def _login(self, text: str) -> None:
        _, mechanism, *first = text.split(" ")
        if mechanism != "PLAIN":  # tried after a refusal
            self.say("535 no")
            return
        _, user, password = base64.b64decode(first[0]).decode().split("\0")
        good = self.server.users.get(user) == password
        if good:
            self.server.logins.append(user)
        self.say("235 welcome" if good else f"535 no such user {user}")

    def _data(self) -> None:
        self.say("354 go on")
        body = b""
        while (line := self.lines.readline()) != b".\r\n":
            body += line.removeprefix(b".")
        self.server.mails.append(message_from_bytes(body, policy=default))
        self.server.secure.append(self.secure)
        self.say(self.server.replies.get("END", "250 taken"))


def make_certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, ssl.SSLContext]:
    """Return a self-signed certificate's file and a server's context with it."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-keyout", key, "-out", certificate, "-subj", "/CN=test",
         "-addext", f"subjectAltName=IP:{name}"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
