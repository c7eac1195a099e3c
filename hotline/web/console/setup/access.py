"""Who may make the first account: whoever sits at the machine, or knows the code the start has printed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from hotline.settings import Web
from hotline.web.firstcode import forget_code, kept_code
from hotline.web.serving import local

COOKIE = "hotline_first_run"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
_MOST_GRANTED = 20


class Access:
    """Browsers that may make the first account."""

    def __init__(self, run: Path, web: Web) -> None:
        """The code lies in ``run``."""
        self._run = run
        self._behind_proxy = bool(web.behind_proxy)
        self._granted: dict[str, None] = {}

    def token(self, request: Request) -> str:
        """Return what a browser was granted; empty: it must show the code."""
        token = request.cookies.get(COOKIE, "")
        return token if token in self._granted else ""

    def at_the_machine(self, request: Request) -> bool:
        """Whether a request comes from this machine itself, by no proxy and under its local name.

        The name counts: a page elsewhere can have its own name lead to 127.0.0.1 (DNS rebinding).
        """
        client = request.client.host if request.client else ""
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        passed_on = self._behind_proxy or any(name in request.headers for name in _FORWARDED)
        return local(client) and local(host) and not passed_on

    def grant(self) -> str:
        """Return a new cookie's value for a browser that may."""
        token = secrets.token_urlsafe(24)
        self._granted[token] = None
        while len(self._granted) > _MOST_GRANTED:
            del self._granted[next(iter(self._granted))]
        return token

    def right(self, code: str) -> bool:
        """Whether this is the code of this start."""
        kept = kept_code(self._run)
        plain = code.strip().upper().replace(" ", "")
        return bool(kept) and hmac.compare_digest(plain.replace("-", ""), kept.replace("-", ""))

    def over(self) -> None:
        """Let nobody in any more: there is an account."""
        self._granted.clear()
        forget_code(self._run)


def csrf_of(token: str) -> str:
    """Return what forms of a granted browser carry."""
    return hashlib.sha256(f"first-run:{token}".encode()).hexdigest()
