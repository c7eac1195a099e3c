"""``GET /events``: what happens, as Server-Sent Events (https://html.spec.whatwg.org, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from starlette.requests import Request
from starlette.types import Message, Send

from hotline.accounts.rights import Holder
from hotline.accounts.sessions import COOKIE
from hotline.callrecords import hidden
from hotline.callrecords.hidden import Hides
from hotline.db.engine import Database
from hotline.web import ticketsight
from hotline.web.admitted import Admitted, By
from hotline.web.api.guard import guard_of, needs_any
from hotline.web.api.parts import ApiParts, parts_of
from hotline.web.api.problems import ApiRefused
from hotline.web.api.shapes import instant
from hotline.web.eventstreams import MOST_STREAMS, TOPICS, Follower, Told
from hotline.web.masks import Masks

router = APIRouter(tags=["events"])

HEARTBEAT = 15.0
"""Seconds after which a line is sent though nothing happened: proxies close what is silent."""
LAST_WORD = 1.0
"""Seconds for the end of a stream to be taken."""
_SCOPES = tuple(dict.fromkeys(scope for scope, _ in TOPICS.values()))
Anybody = Annotated[Holder, Depends(needs_any(_SCOPES))]
Parts = Annotated[ApiParts, Depends(parts_of)]
_PLAIN = ("leg", "call", "direction", "purpose", "event", "rings", "ring_seconds", "seconds", "disposition",
          "cause", "outcome", "operator", "waiting")  # fmt: skip
"""Fields of live events that are nobody's personal data; others are named below or left out."""
_WRITTEN = ("name", "why")
"""Fields of kept events in which words of people stand."""
_OF_DESK = ("presence", "since", "reason", "until", "afterwards")
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream: `event` is the kind, `data` is JSON, `id` its place (of what is kept).",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 4711\nevent: ticket.changed\ndata: {"estate": "default", '
                '"subject": "202611230001", "state": "assigned"}\n\n',
            }
        },
    }
}


@router.get("/events", response_class=StreamingResponse, responses=_STREAM)
async def follow(
    request: Request, parts: Parts, holder: Anybody,
    topics: Annotated[
        str,
        Query(
            max_length=200, pattern=r"^[a-z,]*$", description=f"Of {', '.join(TOPICS)}; default: all you may."
        ),
    ] = "",
    last: Annotated[
        str,
        Header(
            alias="Last-Event-ID", pattern=r"^\d{0,15}$",
            description="Go on behind this one: what came since is sent first.",
        ),
    ] = "",
) -> StreamingResponse:  # fmt: skip
    """Follow calls, tickets, wake-ups, operators … Events with an `id` are kept and can be asked for again.

    Those of calls under way have none: they are told when they happen. A comment comes every 15 s. Who reads
    too slowly is cut off, and goes on with `Last-Event-ID`.
    """
    wanted = _topics(holder, topics)
    if parts.events.followers >= MOST_STREAMS:
        raise ApiRefused("Too many follow events already: close some.", code="too-many-streams")
    masks = Masks(await guard_of(request).looked(holder, "events"))
    by, id_ = await _admitted_by(request, parts, holder)
    follower = Follower(wanted, holder.estate)
    admitted: Admitted = request.app.state.admitted

    async def body() -> AsyncIterator[bytes]:
        with admitted.open(by, id_, lambda _over: follower.dropped.set()):
            async with (
                parts.events.following(follower, int(last) if last else None) as events,
                aclosing(lines(theirs(events, holder, parts.db), follower, parts, masks)) as told,
            ):
                async for line in told:
                    yield line

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Streamed(body(), follower, media_type="text/event-stream", headers=headers)


class Streamed(StreamingResponse):
    """A stream that ends with its follower, also in the middle of bytes nobody takes."""

    def __init__(self, content: AsyncIterator[bytes], follower: Follower, **more: Any) -> None:
        """Send ``content`` as long as ``follower`` stays."""
        super().__init__(content, **more)
        self._dropped = follower.dropped

    async def stream_response(self, send: Send) -> None:
        """Send piece by piece; a reader that takes none holds nothing but its socket's buffer."""
        gone = asyncio.ensure_future(self._dropped.wait())

        async def send_or_leave(message: Message) -> None:
            sending = asyncio.ensure_future(send(message))
            try:
                await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
                if not sending.done():
                    await asyncio.wait({sending}, timeout=LAST_WORD)
                if not sending.done():
                    raise _Left
                sending.result()
            finally:
                sending.cancel()

        try:
            with suppress(_Left):
                await super().stream_response(send_or_leave)
        finally:
            gone.cancel()


class _Left(Exception):
    """The follower was dropped while it did not read."""


async def theirs(events: AsyncIterator[Told], holder: Holder, db: Database) -> AsyncIterator[Told]:
    """Yield what may be told to them: of tickets what they see, as `GET /tickets/N` shows it.

    Asked anew for each event: tickets change hands, and people their names.
    """
    every = ticketsight.sees_all(holder)
    async for told in events:
        if every or told.topic != "tickets":
            yield told
            continue
        number, estate = str(told.facts["subject"]), told.estate
        if await db.read(partial(ticketsight.shows, number=number, estate=estate, holder=holder)):
            yield told


async def lines(
    events: AsyncIterator[Told], follower: Follower, parts: ApiParts, masks: Masks, *,
    heartbeat: float = HEARTBEAT,
) -> AsyncGenerator[bytes]:  # fmt: skip
    """Yield the stream's bytes: events as they come, a comment when nothing comes for a while."""
    yield b": follows\nretry: 3000\n\n"
    ahead = asyncio.ensure_future(anext(events))
    try:
        while True:
            done, _ = await asyncio.wait({ahead}, timeout=heartbeat)
            if not done:
                yield b":\n\n"
                continue
            try:
                told = ahead.result()
            except StopAsyncIteration:
                return
            yield _line(told, parts, masks)
            ahead = asyncio.ensure_future(anext(events))
    finally:
        ahead.cancel()
        await asyncio.wait({ahead})


def _line(told: Told, parts: ApiParts, masks: Masks) -> bytes:
    facts = _kept(told, masks) if told.id is not None else _live(told, masks)
    data = {"estate": told.estate, **{name: _value(one, parts, told) for name, one in facts.items()}}
    id_ = "" if told.id is None else f"id: {told.id}\n"
    text = json.dumps(data, ensure_ascii=False)
    return f"{id_}event: {told.kind}\ndata: {text}\n\n".encode()


def _kept(told: Told, masks: Masks) -> Mapping[str, Any]:
    """What the outbox has is numbers, states and counts, and a few words people wrote."""
    return {
        name: masks.text(one) if name in _WRITTEN and isinstance(one, str) else one
        for name, one in told.facts.items()
    }


def _value(value: Any, parts: ApiParts, told: Told) -> Any:
    return instant(value, parts.zone(told.estate)) if isinstance(value, datetime) else value


def _live(told: Told, masks: Masks) -> Mapping[str, Any]:
    event = told.facts
    found = {name: event[name] for name in _PLAIN if name in event}
    for name in ("caller", "dialled"):
        if name in event:
            own = name == "dialled" and event.get("direction") == "inbound"  # the hotline's own number
            found[name] = str(event[name]) if own else masks.number("", str(event[name] or ""))
    if "text" in event:
        found["text"] = masks.words(str(event["text"]))
    if isinstance(event.get("detail"), Mapping):
        ways = {
            Hides.KEY: masks.key, Hides.WORDS: masks.words, Hides.NAME: masks.name, Hides.TEXT: masks.text
        }  # fmt: skip
        found["detail"] = hidden.shown(str(event.get("event", "")), event["detail"], ways)
    if isinstance(event.get("state"), Mapping):
        found |= {name: event["state"][name] for name in _OF_DESK if name in event["state"]}
    if told.kind in ("reset",):
        found |= event
    return found


def _topics(holder: Holder, asked: str) -> frozenset[str]:
    names = [name for name in asked.split(",") if name]
    for name in names:
        if name not in TOPICS:
            raise ApiRefused(
                f'There is no topic "{name}"; there are {", ".join(TOPICS)}.', code="topic-unknown"
            )
        if not holder.may(TOPICS[name][0]):
            raise ApiRefused(f"To follow {name} needs {TOPICS[name][0]}.", code="scope-missing")
    allowed = (name for name, (scope, _) in TOPICS.items() if holder.may(scope))
    return frozenset(names or allowed)


async def _admitted_by(request: Request, parts: ApiParts, holder: Holder) -> tuple[By, str]:
    """Return what the stream lives by: it ends with the session or token."""
    if not holder.person:
        return By.TOKEN, holder.id
    signed = await parts.sessions.check(request.cookies.get(COOKIE, ""))
    return By.SESSION, signed.session
