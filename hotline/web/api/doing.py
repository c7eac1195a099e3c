"""Changes: one transaction with its audit line, and done once under an idempotency key."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session
from starlette.requests import Request

from hotline.accounts import answers, tokens
from hotline.accounts.answers import Answer, KeyRefused
from hotline.accounts.models import ApiAnswerRow
from hotline.accounts.rights import Holder
from hotline.web.api import etags
from hotline.web.api.parts import parts_of
from hotline.web.api.shapes import plain

KeyHeader = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=answers.LONGEST_KEY,
        description="Asked again with the same key, it is not done again: the first answer comes back.",
    ),
]

Deed = Callable[[Session], Any]
"""Does it and returns the answer's body (a model, or plain values); what it raises undoes it."""


async def done(
    request: Request, holder: Holder, what: str, deed: Deed, *, key: str = "", status: int = 200,
    about: str = "", if_match: str = "", current: Deed | None = None, tagged: bool = False,
    once: Sequence[str] = (), check: Callable[[Session], None] | None = None,
) -> JSONResponse:  # fmt: skip
    """Do it, once; ``what`` is the audit's word (``wakeup.book``), ``about`` the number it is done to.

    An empty ``what`` is no line of the audit: the deed writes its own.

    ``current`` shows the thing as it is before: with ``if_match`` it is only changed when that is what
    was read, in the same transaction. An answer that shows the thing whole is ``tagged``, as is one with
    ``current``; where the answer is another ``check`` refuses before anything is done. Fields named in
    ``once`` (secrets) stand in the first answer only: what is kept under a key has them empty. Raises what
    ``deed`` raises, with nothing stored.
    """
    parts = parts_of(request)
    now = parts.clock.now()
    fingerprint = await _fingerprint(request)

    shown: dict[str, Any] = {}

    def act(session: Session) -> Answer:
        if check is not None:
            check(session)
        if current is not None and if_match:
            etags.check(if_match, current(session))
        body = plain(deed(session))
        number = about or str(body.get("number", ""))
        if what:
            tokens.note(session, holder.id, what, at=now, by=holder.who, detail=number)
        shown.clear()
        shown.update({name: body[name] for name in once})
        return Answer(status, body | {name: type(body[name])() for name in once})

    def write(session: Session) -> Answer:
        if not key:
            return act(session)
        return answers.once(
            session, token=holder.id, key=key, fingerprint=fingerprint, at=now, do=lambda: act(session)
        )

    answer = await parts.db.write(write)
    headers = {"Idempotent-Replayed": "true"} if answer.again else {}
    if tagged or current is not None:
        headers["ETag"] = etags.etag(answer.body)
    body = answer.body if answer.again else answer.body | shown
    return JSONResponse(body, answer.status, headers=headers)


async def apart(
    request: Request, holder: Holder, what: str, work: Callable[[], Awaitable[Any]], *, key: str = "",
    status: int = 200, about: str = "",
) -> JSONResponse:  # fmt: skip
    """Do what has transactions of its own: not begun when it was done under this key.

    The audit's line and the kept answer follow the work. Cut off between them it may be asked again, so it
    must be work that changes nothing when it is done twice. Raises what ``work`` raises.
    """
    again = await replayed(request, holder, key)
    if again is not None:
        return again
    body = await work()
    return await done(request, holder, what, lambda _session: body, key=key, status=status, about=about)


async def replayed(
    request: Request, holder: Holder, key: str, *, tagged: bool = False
) -> JSONResponse | None:
    """Return the kept answer of what was done under this key; ``None``: it is to be done.

    For work that is too long for a transaction: asked before it begins. Raises
    :class:`~hotline.accounts.answers.KeyRefused` for a key of another request.
    """
    if not key:
        return None
    parts, fingerprint = parts_of(request), await _fingerprint(request)
    row = await parts.db.read(lambda session: session.get(ApiAnswerRow, (holder.id, key)))
    if row is None or not row.status or row.at < parts.clock.now() - answers.KEPT:
        return None
    if row.fingerprint != fingerprint:
        raise KeyRefused("This Idempotency-Key was used for another request: take a new one.")
    headers = {"Idempotent-Replayed": "true"} | ({"ETag": etags.etag(row.body)} if tagged else {})
    return JSONResponse(row.body, row.status, headers=headers)


async def _fingerprint(request: Request) -> str:
    """A file went to the disk: whoever took it left its digest, else path and name tell it from another."""
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    digest: bytes | None = getattr(request.state, "digest", None)
    if digest is None:
        try:
            digest = await request.body()
        except RuntimeError:
            digest = b""
    return hashlib.sha256(target + digest).hexdigest()
