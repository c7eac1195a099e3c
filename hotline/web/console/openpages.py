"""Pages that are open in browsers, and what becomes of them when their session ends.

A session that ran out is told of: what was typed stays, and the page goes on once the same person has signed
in again in the same browser. One that was ended – signed out elsewhere, account removed – closes its pages.
Until then nothing that is clicked or typed there is obeyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from nicegui import Client, core

from hotline.accounts import admission
from hotline.accounts.sessions import SessionEnded
from hotline.call.errors import HotlineError
from hotline.web.api.parts import ApiParts
from hotline.web.console import layout

if TYPE_CHECKING:
    from hotline.web.console.shell import View

log = structlog.get_logger(__name__)

LOOK_EVERY = 5.0
KEPT_FOR = 900.0
"""Seconds a page whose session ran out waits for its person; then it is closed as well."""


@dataclass
class OpenPage:
    """One page in one browser."""

    view: View
    client: Client
    told_at: float | None = None
    closing: bool = False


class OpenPages:
    """All of them in this process."""

    def __init__(self, parts: ApiParts) -> None:
        """Look at the sessions of ``parts`` in :meth:`run`."""
        self._parts = parts
        self._open: dict[str, OpenPage] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def opened(self, view: View, client: Client) -> None:
        """Watch over a page until it is gone."""
        view.client = client
        self._open[client.id] = OpenPage(view, client)
        client.on_delete(lambda: self._gone(client.id))

    def _gone(self, client: str) -> None:
        self._open.pop(client, None)

    def obeys(self, client: str, element: object) -> bool:
        """Whether what happens on a page counts; on one whose session ran out the person is told again."""
        page = self._open.get(client)
        if page is None or page.told_at is None:
            return True
        told = page.view.ended
        if told is not None and element in {told.id, *(one.id for one in told.descendants())}:
            return True  # what tells of it can be put away, to look at what was typed
        if not page.closing:
            layout.tell_session_ended(page.view)
        return False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._parts.clock.sleep(LOOK_EVERY)
            try:
                await self.look()
            except HotlineError as fault:
                log.warning("sessions of open pages cannot be looked at", code=fault.code)

    async def look(self) -> None:
        """Tell, close, or let go on."""
        for page in [page for page in self._open.values() if page.closing]:
            page.client.delete()
        ids = {page.view.signed.session for page in self._open.values()}
        now = self._parts.clock.now()
        ended = await self._parts.db.read(lambda session: admission.ended_sessions(session, ids, now))
        for page in tuple(self._open.values()):
            if page.view.signed.session in ended:
                await self._ended(page, ran_out=ended[page.view.signed.session])

    async def _ended(self, page: OpenPage, *, ran_out: bool) -> None:
        if await self._goes_on(page):
            return
        now = self._parts.clock.monotonic()
        if page.told_at is None:
            page.told_at = now
            layout.tell_session_ended(page.view)
        if not ran_out or now - page.told_at >= KEPT_FOR:
            page.closing = True
            page.client.open(f"/sign-in?next={quote(page.view.request.url.path, safe='')}")

    async def _goes_on(self, page: OpenPage) -> bool:
        """Take up the session of the same person who signed in again in the same browser."""
        try:
            signed = await self._parts.sessions.still(page.view.signed.session)
        except SessionEnded:
            return False
        if signed.holder.name != page.view.signed.holder.name:
            return False
        page.view.signed, page.told_at = signed, None
        layout.session_goes_on(page.view)
        return True


def refuse_events_of_ended(pages: OpenPages) -> None:
    """Have NiceGUI ask before it hands on what a browser sends."""
    obey: Any = core.sio.handlers["/"]["event"]

    def on_event(socket: str, message: Mapping[str, Any]) -> None:
        if pages.obeys(str(message.get("client_id", "")), message.get("id")):
            obey(socket, message)

    core.sio.on("event", on_event)
