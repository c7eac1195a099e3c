"""ETags: a reader learns that nothing changed, a writer that somebody else did (RFC 9110 section 13)."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.responses import Response

from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import plain

_LONGEST = 400
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match", max_length=_LONGEST,
        description="The `ETag` it was read with: refused with 412 when it was changed since.",
    ),
]  # fmt: skip


def etag(body: dict[str, Any]) -> str:
    """Return the tag of a representation: the same bytes, the same tag."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def answered(request: Request, body: Any) -> Response:
    """Return something read, with its tag; 304 to who has it already (``If-None-Match``)."""
    found = plain(body)
    tag = etag(found)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _names(request.headers.get("If-None-Match", ""), tag, weak=True):
        return Response(status_code=304, headers=headers)
    return JSONResponse(found, headers=headers)


def must_be_given(given: str) -> None:
    """Raise :class:`ApiRefused` (``if-match-needed``, 428) for a change that must not be put over another."""
    if not given.strip():
        raise ApiRefused(
            "Say with If-Match what you read (its ETag): somebody may have changed it. Nothing was done.",
            code="if-match-needed",
        )


def check(given: str, body: Any) -> None:
    """Raise :class:`ApiRefused` (``changed-meanwhile``, 412) when ``If-Match`` names another state."""
    if given and not _names(given, etag(plain(body)), weak=False):
        raise ApiRefused(
            "Somebody changed it since you read it; nothing was done. Read it again, then decide.",
            code="changed-meanwhile",
        )


def _names(header: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of tags names ``tag``; ``*`` names every state there is."""
    for one in header.split(","):
        given = one.strip()
        if given == "*" or given == tag or (weak and given == f"W/{tag}"):
            return True
    return False
