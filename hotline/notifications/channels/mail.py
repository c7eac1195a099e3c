"""Mail over SMTP: the standard library's client in a thread of its own (decision 0009)."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

from hotline.notifications.channels.trust import trusted
from hotline.notifications.config import EmailChannel
from hotline.notifications.port import GiveUp, Message, TryAgain

Refusals = Mapping[str, tuple[int, bytes]]


class Mail:
    """Sends each message as one mail; the same event always has the same ``Message-ID``."""

    def __init__(self, config: EmailChannel) -> None:
        self._config = config
        self._context = trusted(config.ca_file)
        self._threads = ThreadPoolExecutor(config.parallel, thread_name_prefix="mail")

    async def send(self, message: Message) -> None:
        """Send it; see :class:`~hotline.notifications.port.Channel`.

        When it is cancelled (the time for an attempt is over), the connection is cut, so that no
        thread stays behind with a server that never finishes.
        """
        session = _Session(self._config, self._context)
        job = self._threads.submit(session.send, mail_of(message, self._config))
        try:
            await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            job.cancel()
            session.abort()
            raise

    async def aclose(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def mail_of(message: Message, config: EmailChannel) -> EmailMessage:
    """Return the mail; header injection is refused by the policy, titles are one line anyway."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["Subject"] = " ".join(message.title.split())
    mail["From"] = config.sender
    mail["To"] = ", ".join(config.to)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.event_id}@{config.sender.rpartition('@')[2]}>"
    mail["X-Hotline-Event-Id"] = message.event_id
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice should answer
    if message.urgent:
        mail["Importance"] = "high"
    mail.set_content(message.text or message.title, cte="base64")
    return mail


class _Session:
    """One connection to the mail server, used by one thread; :meth:`abort` may come from another."""

    def __init__(self, config: EmailChannel, context: ssl.SSLContext) -> None:
        self._config = config
        self._context = context
        self._server: smtplib.SMTP | None = None
        self._aborted = False

    def send(self, mail: EmailMessage) -> None:
        try:
            refused = self._deliver(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal(error.recipients, len(self._config.to)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise GiveUp("the mail server does not offer what is configured (STARTTLS or a login)") from error
        except smtplib.SMTPResponseException as error:
            raise _response(error) from error
        except ssl.SSLCertVerificationError as error:
            raise TryAgain("the mail server's certificate is not trusted (see ca_file)") from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryAgain(
                f"the mail server cannot be reached or broke off ({type(error).__name__})"
            ) from error
        if any(_temporary(code) for code, _ in refused.values()):
            raise _refusal(refused, len(self._config.to))

    def _deliver(self, mail: EmailMessage) -> Refusals:
        server = self._server = self._unconnected()
        try:
            self._enter(server)
            refused = server.send_message(mail, self._config.sender, list(self._config.to))
            with suppress(smtplib.SMTPException, OSError):
                server.quit()  # it has been taken: how the server says goodbye changes nothing
        finally:
            server.close()
        return refused

    def abort(self) -> None:
        """Cut the connection, whatever the thread is waiting for."""
        self._aborted = True
        sock = self._server.sock if self._server is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _unconnected(self) -> smtplib.SMTP:
        """Return a client that does not connect by itself: connecting is to be cut short as well."""
        config = self._config
        server: smtplib.SMTP
        if config.security == "ssl":
            server = smtplib.SMTP_SSL(timeout=config.timeout, context=self._context)
        else:
            server = smtplib.SMTP(timeout=config.timeout)
        # what certificates are checked against; connect() does not set it, only a connecting __init__
        server._host = config.host  # type: ignore[attr-defined]
        return server

    def _enter(self, server: smtplib.SMTP) -> None:
        code, said = server.connect(self._config.host, self._config.effective_port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, said)
        if self._aborted:
            raise TryAgain("the time was over before the mail server answered")
        if self._config.security == "starttls":
            server.starttls(context=self._context)
        if self._config.user:
            server.login(self._config.user, self._config.password)


def _temporary(code: int) -> bool:
    return 400 <= code < 500


def _refusal(refused: Refusals, of: int) -> TryAgain | GiveUp:
    codes = ", ".join(sorted({str(code) for code, _ in refused.values()}))
    sentence = f"{len(refused)} of {of} recipients were refused (SMTP {codes})"
    if any(_temporary(code) for code, _ in refused.values()):
        return TryAgain(sentence)
    return GiveUp(sentence)


def _response(error: smtplib.SMTPResponseException) -> TryAgain | GiveUp:
    """RFC 5321 section 4.2.1: 5yz is for good, 4yz is for now. The server's words may name people."""
    code = error.smtp_code
    if isinstance(error, smtplib.SMTPAuthenticationError) and not _temporary(code):
        return GiveUp(f"the mail server refused user or password (SMTP {code})")
    if 500 <= code < 600:
        return GiveUp(f"the mail server refused it for good (SMTP {code})")
    return TryAgain(f"the mail server did not take it for now (SMTP {code})")
