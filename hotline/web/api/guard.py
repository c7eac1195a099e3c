"""Who is let in: bearer tokens for programs, the same token as a password for a browser that only reads."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.requests import Request

from hotline.accounts.rights import OF_ALL_ESTATES, Holder, Scope
from hotline.accounts.sessions import COOKIE, Sessions
from hotline.accounts.tokens import TokenRefused, Tokens
from hotline.call.clock import Clock
from hotline.web.api.problems import ApiRefused

WRONG_A_MINUTE = 20
"""Wrong tokens of one address; more are answered with 429. A right one is let in all the same: 256
random bits are not guessed, and somebody else's mistake must not keep a hotel's wake-ups out."""
LOOKED_EVERY = 3600.0
"""Seconds: a page that renews itself is on the record once an hour."""
LISTENED_EVERY = 300.0
"""Seconds: a player asks for a recording piece by piece."""
_MINUTE = 60.0
_MOST_ADDRESSES = 10_000
_SAFE = frozenset({"GET", "HEAD"})

scheme = HTTPBearer(auto_error=False, description="`hotline api-tokens create NAME --scope …`")


class Guard:
    """Lets tokens in, counts wrong ones."""

    def __init__(self, tokens: Tokens, clock: Clock, sessions: Sessions) -> None:
        """Ask ``tokens`` and ``sessions``."""
        self._tokens = tokens
        self.sessions = sessions
        """Of people who signed in at the console."""
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}
        self._looks: dict[tuple[str, str], float] = {}

    async def holder(self, request: Request) -> Holder:
        """Return who asks.

        Raises :class:`~hotline.accounts.tokens.TokenRefused` or
        :class:`~hotline.web.api.problems.ApiRefused`: ``token-missing``, ``basic-reads-only``,
        ``too-many-wrong-tokens``.
        """
        kind, token = _shown(request)
        if not kind and COOKIE in request.cookies:
            return await self._signed_in(request)
        if not token:
            raise ApiRefused(
                "A token is needed: `hotline api-tokens create NAME --scope …` makes one; send it as "
                "`Authorization: Bearer TOKEN`.",
                code="token-missing",
            )
        if kind == "basic" and request.method not in _SAFE:
            raise ApiRefused(
                "A browser's password only reads: other pages could use it. Send the token as Bearer.",
                code="basic-reads-only",
            )
        return await self.check(token, request.client.host if request.client else "")

    async def _signed_in(self, request: Request) -> Holder:
        """Let a page of the console in: the cookie, and for changes also what only its pages know."""
        signed = await self.sessions.check(request.cookies[COOKIE])
        shown = request.headers.get("X-CSRF-Token", "")
        if request.method not in _SAFE and not hmac.compare_digest(shown.encode(), signed.csrf.encode()):
            raise ApiRefused("This change did not come from a page of the console.", code="csrf")
        if signed.must_change:
            raise ApiRefused("Choose a password of your own first.", code="password-must-change")
        return signed.holder

    async def check(self, token: str, address: str) -> Holder:
        """Return who shows ``token``; wrong ones are counted by ``address``. Raises as :meth:`holder`."""
        try:
            return await self._tokens.check(token)
        except TokenRefused:
            await self._count(address)
            raise

    async def looked(self, holder: Holder, at_what: str) -> bool:
        """Return whether ``holder`` may see names and numbers; each such look is on the record."""
        if not holder.may(Scope.PERSONAL_READ):
            return False
        now, key = self._clock.monotonic(), (holder.id, at_what)
        if now - self._looks.get(key, -LOOKED_EVERY) >= LOOKED_EVERY:
            await self._tokens.looked(holder, at_what)
            self._looks[key] = now
        return True

    async def listened(self, holder: Holder, uniqueid: str, what: str = "recording.listened") -> None:
        """Put on the record that somebody hears a recording; the many requests of one player count once."""
        now, key = self._clock.monotonic(), (holder.id, f"{what} {uniqueid}")
        if now - self._looks.get(key, -LISTENED_EVERY) >= LISTENED_EVERY:
            await self._tokens.listened(holder, uniqueid, what)
            if len(self._looks) > _MOST_ADDRESSES:
                self._looks.clear()
            self._looks[key] = now

    async def _count(self, address: str) -> None:
        now = self._clock.monotonic()
        if len(self._wrong) > _MOST_ADDRESSES:
            self._wrong.clear()
        wrong = self._wrong.setdefault(address, deque(maxlen=WRONG_A_MINUTE + 1))
        if not wrong or now - wrong[-1] > _MINUTE:
            await self._tokens.refused(address)  # the first of a series: the audit is no log of a flood
        wrong.append(now)
        if len(wrong) > WRONG_A_MINUTE and now - wrong[0] <= _MINUTE:
            raise ApiRefused(
                "Too many wrong tokens from this address: wait a minute.", code="too-many-wrong-tokens"
            )


def guard_of(request: Request) -> Guard:
    """Return the guard of the application a request came to."""
    guard: Guard = request.app.state.guard
    return guard


def needs(scope: Scope) -> Callable[..., Awaitable[Holder]]:
    """Return a dependency that lets in who has a scope; raises ``scope-missing`` for others."""

    async def let_in(request: Request, _: Annotated[object, Depends(scheme)]) -> Holder:
        holder = await guard_of(request).holder(request)
        if not holder.may(scope):
            raise ApiRefused(_refusal(holder, scope), code="scope-missing")
        return holder

    return let_in


def _refusal(holder: Holder, scope: Scope) -> str:
    if holder.estate and scope in OF_ALL_ESTATES:
        return f"{scope} is of all estates, this token is for {holder.estate}: use one that is for all."
    return f"This token may not do that: it has no scope {scope}."


def needs_any(scopes: Sequence[Scope]) -> Callable[..., Awaitable[Holder]]:
    """Return a dependency that lets in who has one of the scopes; what is shown is narrowed to those."""

    async def let_in(request: Request, _: Annotated[object, Depends(scheme)]) -> Holder:
        holder = await guard_of(request).holder(request)
        if not any(holder.may(scope) for scope in scopes):
            raise ApiRefused(f"This needs one of {', '.join(scopes)}.", code="scope-missing")
        return holder

    return let_in


def _shown(request: Request) -> tuple[str, str]:
    kind, _, rest = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return "bearer", rest.strip()
    if kind.lower() != "basic":
        return "", ""
    try:
        decoded = base64.b64decode(rest.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "basic", ""
    return "basic", decoded.partition(":")[2]
