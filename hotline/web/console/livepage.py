"""Pushes what a live page shows: a sheet of keys and plain values, afterwards only what changed.

Everybody who sees the same is one :class:`Audience`: composed once, compared once, written as JSON once,
however many pages are open. The page's script puts it together (``static/console/live.js``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import Client

from hotline.web.console.livehub import LiveHub

Sheet = Mapping[str, Any]
"""Key to plain values; ``None`` is not used: it says that a key has gone."""
Compose = Callable[[], Sheet]
Send = Callable[[str], None]


def changes(before: Sheet, after: Sheet) -> dict[str, Any]:
    """Return what is new or different, and ``None`` for what has gone."""
    found = {key: value for key, value in after.items() if key not in before or before[key] != value}
    return found | {key: None for key in before if key not in after}


@dataclass(slots=True, eq=False)
class _Member:
    send: Send


class Audience:
    """Pages that see the same."""

    def __init__(self, hub: LiveHub, topics: Collection[str], compose: Compose) -> None:
        """Nothing is composed before somebody joins."""
        self._hub = hub
        self._topics = topics
        self._compose = compose
        self._members: set[_Member] = set()
        self._sheet: Sheet = {}
        self._end: Callable[[], None] = lambda: None

    @property
    def empty(self) -> bool:
        """Whether nobody looks any more."""
        return not self._members

    def join(self, send: Send) -> Callable[[], None]:
        """Send everything now and what changes later; returns what ends it."""
        if self.empty:
            self._sheet = self._compose()
            self._end = self._hub.subscribe(self._topics, self.look)
        else:
            self.look()
        send(_message(self._sheet, whole=True, now=self._hub.now()))
        member = _Member(send)
        self._members.add(member)
        return lambda: self._leave(member)

    def look(self) -> None:
        """Compose, and send everybody what is different."""
        sheet = self._compose()
        found = changes(self._sheet, sheet)
        self._sheet = sheet
        if found:
            text = _message(found, whole=False, now=self._hub.now())
            for member in tuple(self._members):
                member.send(text)

    def _leave(self, member: _Member) -> None:
        self._members.discard(member)
        if self.empty:
            self._end()
            self._end = lambda: None


class Audiences:
    """Audiences by what they see."""

    def __init__(self, hub: LiveHub) -> None:
        """Nobody looks yet."""
        self._hub = hub
        self._found: dict[Hashable, Audience] = {}

    def attach(self, client: Client, key: Hashable, topics: Collection[str], compose: Compose) -> None:
        """Let an open page see what ``compose`` returns, as long as it is connected."""
        ends: list[Callable[[], None]] = []

        def send(text: str) -> None:
            client.run_javascript(f"hotlineLive({text})")

        def begin() -> None:
            end()
            audience = self._found.get(key)
            if audience is None:
                audience = self._found[key] = Audience(self._hub, topics, compose)
            ends.append(audience.join(send))

        def end() -> None:
            while ends:
                ends.pop()()
            audience = self._found.get(key)
            if audience is not None and audience.empty:
                del self._found[key]

        client.on_connect(begin)
        client.on_disconnect(end)
        client.on_delete(end)


def _message(sheet: Sheet, *, whole: bool, now: float) -> str:
    """Return the call's argument: JSON is JavaScript, and is read as nothing else."""
    text = json.dumps({"whole": whole, "now": now, "sheet": sheet}, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
