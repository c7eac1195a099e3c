"""What scripts of these pages ask for over HTTP: small bodies with a limit, refusals as problem+json."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from hotline.call.errors import HotlineError
from hotline.web.api.problems import answer
from hotline.web.console.refusals import sentence_of


class Answering(APIRoute):
    """A route whose refusals are problems, as the API's are, in the page's language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with refusals answered."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response: Response = await handler(request)
            except HotlineError as refused:
                chinese = request.headers.get("Accept-Language", "").startswith("zh")
                return answer(refused, sentence_of(refused, chinese=chinese))
            return response

        return handle


class TooMuch(HotlineError):
    """A body beyond its limit; nothing was done."""

    code = "body-too-large"


class Unreadable(HotlineError):
    """A body that is not what this page's script sends."""

    code = "invalid-input"


def _too_much(most: int) -> HotlineError:
    return TooMuch(f"At most {most // 1000:,} KB can be sent here at once; nothing was stored.")


async def body_of(
    request: Request, most: int, *, refused: Callable[[int], HotlineError] = _too_much
) -> bytes:
    """Return a request's body; raises what ``refused`` makes of ``most`` bytes before more are there."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            raise refused(most)
    return bytes(found)


async def words_of(request: Request, most: int) -> dict[str, Any]:
    """Return a body that is a map of JSON."""
    try:
        found = json.loads(await body_of(request, most))
    except ValueError as error:
        raise Unreadable("This is not JSON.") from error
    if not isinstance(found, dict):
        raise Unreadable("This is no JSON object.")
    return found


def text_in(words: dict[str, Any], name: str) -> str:
    """Return a text of the body; raises :class:`Unreadable`."""
    found = words.get(name, "")
    if not isinstance(found, str):
        raise Unreadable(f'"{name}" is no text.')
    return found


def number_in(words: dict[str, Any], name: str) -> int:
    """Return a whole number of the body; raises :class:`Unreadable`."""
    found = words.get(name)
    if not isinstance(found, int) or isinstance(found, bool):
        raise Unreadable(f'"{name}" is no number.')
    return found
