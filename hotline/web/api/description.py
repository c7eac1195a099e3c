"""The API's description: every status an answer may have, with its shape, for every operation."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from hotline.web.api.problems import MEDIA_TYPE
from hotline.web.api.shapes import Problem

_ALWAYS = {
    400: "The body is no text at all (not UTF-8).",
    401: "No token, a wrong one, or one that has expired.",
    403: "The token has no such right, or a browser's password was used to change something.",
    404: "There is no such thing, or it is another estate's.",
    409: "Understood, but a rule does not allow it; `code` says which.",
    413: "The body is too large.",
    422: "Something of the request does not hold; `errors` says what.",
    429: "Too many wrong tokens from this address.",
    500: "Our mistake.",
    503: "The database, the disk or the calls process is out of order: ask again with the same key.",
}
_SAMPLES = {
    400: ("unreadable", "There was an error parsing the body"),
    401: ("token-missing", "A token is needed."),
    403: ("scope-missing", "This token may not do that: it has no scope tickets:write."),
    404: ("unknown-ticket", "There is no ticket 202611230001."),
    409: ("ticket-transition", "It cannot be closed: the ticket is registered; …"),
    412: ("changed-meanwhile", "Somebody changed it since you read it; nothing was done."),
    413: ("body-too-large", "A request has at most 256 KiB."),
    428: ("if-match-needed", "Say with If-Match what you read (its ETag)."),
    422: ("invalid-input", "Some of it does not hold; nothing was done."),
    429: ("too-many-wrong-tokens", "Too many wrong tokens from this address: wait a minute."),
    500: ("internal-error", "This is our mistake; it is in the log. Nothing was done."),
    503: ("calls-silent", "The calls process does not answer."),
}


def refusal(status: int, said: str) -> dict[str, Any]:
    """Return how a status is described."""
    described: dict[str, Any] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if status in _SAMPLES:
        code, detail = _SAMPLES[status]
        described["example"] = {
            "type": "about:blank", "title": said.split(",")[0].rstrip("."), "status": status, "code": code,
            "detail": detail,
        }  # fmt: skip
    return {"description": said, "content": {MEDIA_TYPE: described}}


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: refusal(status, said) for status, said in _ALWAYS.items()
}
"""Of every operation."""
TAGGED: dict[int | str, dict[str, Any]] = {304: {"description": "You have it already (`If-None-Match`)."}}
"""Of an operation that reads one thing."""
MATCHED: dict[int | str, dict[str, Any]] = {
    412: refusal(412, "It was changed since it was read (`If-Match`).")
}
"""Of an operation that changes one thing."""
MUST_MATCH: dict[int | str, dict[str, Any]] = MATCHED | {
    428: refusal(428, "`If-Match` is needed: nothing is put over what somebody else changed.")
}
"""Of an operation that replaces a text people work on."""


def name_of(route: APIRoute) -> str:
    """Return an operation's stable name: its module and function, ``tickets_open``."""
    module = route.endpoint.__module__.rpartition(".")[2]
    return f"{module}_{route.endpoint.__name__}"


def describe(api: FastAPI) -> None:
    """Let an application describe its errors as problems."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            made = get_openapi(
                title=api.title, version=api.version, description=api.description, routes=api.routes,
                servers=[{"url": "/api/v1"}],
            )  # fmt: skip
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
            api.openapi_schema = made
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
