"""Errors as problem+json (RFC 9457): a stable ``code``, a sentence, and for bad input every field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from hotline.call.errors import EnvironmentFault, HotlineError, InvalidInput, Problem

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad request", 401: "Not let in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Refused", 410: "Gone", 412: "Changed meanwhile", 413: "Too large", 415: "Not taken",
    416: "No such part", 422: "Invalid input", 428: "If-Match is needed", 429: "Too many wrong tokens",
    500: "Internal error", 503: "Out of order",
}  # fmt: skip
_STATUS = {
    "token-wrong": 401, "token-expired": 401, "token-missing": 401,
    "session-ended": 401, "csrf": 403, "password-must-change": 403,
    "scope-missing": 403, "basic-reads-only": 403,
    "wakeup-unknown": 404, "bill-unknown": 404, "estate-unknown": 404, "shift-unknown": 404,
    "quality-score": 422, "quality-days": 422, "quality-comment": 422,
    "figure-unknown": 404, "bad-period": 422, "confirmation-unknown": 404, "persons": 422, "plate": 422,
    "too-many-wrong-tokens": 429, "body-too-large": 413,
    "recording-unknown": 404, "recording-gone": 410, "recording-unreadable": 410,
    "changed-meanwhile": 412, "cursor-invalid": 422, "unknown-person": 422, "unknown-room": 422,
    "file-gone": 410, "attachment-too-large": 413, "attachment-refused": 415, "field-not-of-action": 422,
    "webhook-refused": 422, "webhook-address": 422, "webhook-events": 422, "retry-what": 422,
    "topic-unknown": 422, "too-many-streams": 503,
    "no-such-staff": 404, "bad-staff": 422, "nothing-to-change": 422,
    "no-such-room": 404, "outside-no-booking": 404, "outside-no-call": 404, "outside-no-room": 422,
    "bad-username": 422, "bad-user": 422, "bad-name": 422, "no-role": 422, "bad-number": 422,
    "bad-language": 422, "bad-token": 422, "no-number": 422, "flow-unknown": 422,
    "policy-unknown": 422, "menu-name": 422,
    "record-lacks": 422, "implausible-number": 422,
    "room-unknown": 422, "wakeup-no-room": 422, "wakeup-no-number": 422, "wakeup-never": 422,
    "idempotency-key-reused": 422, "span-too-long": 422,
    "if-match-needed": 428, "menu-draft-changed": 412, "menu-changed-on-disk": 412, "menu-too-large": 413,
    "menu-reason": 422, "person-unnamed": 422, "export-gone": 410, "list-too-large": 413,
    "privacy-reason": 422,
    "person-nameless": 422, "person-kind": 422, "person-number": 422, "person-gone": 404,
    "config-changed": 412, "config-too-large": 413, "campaign-whom": 422, "campaign-topic": 422,
    "campaign-past": 422, "campaign-backwards": 422, "prompt-name": 422, "prompt-text": 422,
    "prompt-empty": 422,
    "prompt-length": 422, "prompt-unplayable": 422, "prompt-silent": 422, "prompt-too-large": 413,
}  # fmt: skip
"""Statuses of codes; any other refusal is 409: the request was understood, the rules do not allow it."""
_FIELDS = {
    "room-unknown": "room", "wakeup-no-room": "room", "wakeup-no-number": "to", "wakeup-never": "days",
    "idempotency-key-reused": "Idempotency-Key", "span-too-long": "until", "bad-period": "from",
    "persons": "persons", "plate": "plate", "cursor-invalid": "cursor", "unknown-room": "room",
    "person-unnamed": "number", "menu-reason": "why", "if-match-needed": "If-Match",
    "privacy-reason": "reason",
}  # fmt: skip


class ApiRefused(HotlineError):
    """A request the API itself refuses; see its code."""


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an error as problem+json."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = [dict(one) for one in errors]
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def answer_with_problems(api: FastAPI) -> None:
    """Let every error of an application be a problem."""
    api.add_exception_handler(HotlineError, _refused)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _ours)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HotlineError)
    return answer(error, error.sentence)


def answer(error: HotlineError, sentence: str) -> JSONResponse:
    """Return a refusal as a problem; ``sentence`` is what it is in the language of who asked."""
    lines: Sequence[Problem] = getattr(error, "problems", ())
    if lines or isinstance(error, InvalidInput):
        found = [{"field": one.where, "line": one.line, "message": one.message} for one in lines]
        return problem(422, error.code, "Some of it does not hold; nothing was done.", errors=found)
    status = 503 if isinstance(error, EnvironmentFault) else _status(error.code)
    field = _FIELDS.get(error.code)
    fields = [{"field": field, "message": sentence}] if field else []
    headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "60"}}.get(status)
    return problem(status, error.code, sentence, errors=fields, headers=headers)


def _status(code: str) -> int:
    """Return the status of a refusal: what is not there is 404 by the name of its code."""
    if code in _STATUS:
        return _STATUS[code]
    return 404 if code.startswith("unknown-") or code.endswith("-unknown") else 409


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [_finding(one) for one in error.errors()]
    return problem(422, "invalid-input", "Some of it does not hold; nothing was done.", errors=found)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {400: "unreadable", 404: "no-such-path", 405: "method-not-allowed"}
    code = codes.get(error.status_code, f"http-{error.status_code}")
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


async def _ours(_: Request, error: Exception) -> JSONResponse:
    log.error("the API failed", error=type(error).__name__, exc_info=error)
    return problem(500, "internal-error", "This is our mistake; it is in the log. Nothing was done.")


def _finding(one: Mapping[str, Any]) -> dict[str, str]:
    if one["type"] == "json_invalid":  # its place is a character, which is no field's name
        why = one.get("ctx", {}).get("error", "")
        return {"field": "body", "message": f"This is not JSON (character {one['loc'][-1]}): {why}"}
    return {"field": _field(one["loc"]), "message": one["msg"]}


def _field(where: Sequence[Any]) -> str:
    """``("body", "days", 0)`` → ``days.0``; the whole body is ``body``."""
    inner = where[1:] if where and where[0] in ("body", "query", "path", "header") else where
    return ".".join(str(part) for part in inner) or "body"
