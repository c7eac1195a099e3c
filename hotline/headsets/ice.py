"""STUN and TURN servers for headsets beyond a NAT (RFC 8489, RFC 8656), and the passwords for them.

A TURN server that shares a secret with the hotline (coturn: ``use-auth-secret``) is used with passwords that
hold for a day and are made anew for every headset that connects: what a browser was told once opens no
relay for good.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from hotline import settings
from hotline.call.clock import Clock
from hotline.call.errors import EnvironmentFault
from hotline.headsets.protocol import IceServer

HOLDS = 86_400
"""Seconds for which a password made from a secret holds: longer than any shift."""


class IceServers:
    """The servers of ``headsets.ice``, as they are told to headsets and used by the gateway."""

    def __init__(self, given: Sequence[settings.IceServer], clock: Clock) -> None:
        """``given``: of the settings, with paths that are whole."""
        self._given = tuple(given)
        self._clock = clock

    def now(self) -> tuple[IceServer, ...]:
        """Return them with what opens them now; files are read each time, so that they may be replaced.

        Raises:
            EnvironmentFault: ``ice-secret``: a file cannot be read, or is empty.
        """
        return tuple(self._opened(server) for server in self._given)

    def _opened(self, server: settings.IceServer) -> IceServer:
        if server.secret_file is not None:
            until = round(self._clock.now().timestamp()) + HOLDS
            return made(server, _read(server.secret_file), until)
        password = _read(server.password_file) if server.password_file is not None else ""
        return IceServer(urls=server.urls, username=server.username, credential=password)


def made(server: settings.IceServer, secret: str, until: int) -> IceServer:
    """Return a server with a password that holds ``until`` (Unix seconds).

    As TURN servers understand it (draft-uberti-behave-turn-rest-00 section 2.2): the username begins with
    that time, the password is its HMAC-SHA1.
    """
    username = f"{until}:{server.username or 'hotline'}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return IceServer(urls=server.urls, username=username, credential=base64.b64encode(digest).decode())


def _read(file: Path) -> str:
    try:
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise EnvironmentFault(
            f"The file {file} for a TURN server cannot be read ({reason}). Check headsets.ice in "
            "hotline.yaml and the file's permissions.",
            code="ice-secret",
        ) from error
    if not found:
        raise EnvironmentFault(
            f"The file {file} for a TURN server is empty: put its password or secret there.",
            code="ice-secret",
        )
    return found
