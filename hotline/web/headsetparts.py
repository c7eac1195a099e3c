"""What headsets' pages work with: the desk's commands and its news, handed in by the web process."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from hotline.call.clock import Clock
from hotline.headsets.protocol import IceServer

log = structlog.get_logger(__name__)

Command = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Has the calls process do something: name and arguments. Raises :class:`HotlineError`."""
Follow = Callable[[], AsyncIterator[dict[str, Any]]]
"""Yields live events of the calls process; ends, or raises :class:`OSError`, when it goes."""
Ice = Callable[[], Sequence[IceServer]]
Listener = Callable[[Mapping[str, Any] | None], None]
"""Gets an operator's state; ``None``: the calls process is another one, ask anew."""

DESK = "operators"
"""The command of the desk."""
_KINDS = frozenset({"desk", "operator"})
_AGAIN_AFTER = 0.5


class DeskNews:
    """One reader of live events for all pages."""

    def __init__(self, follow: Follow, clock: Clock) -> None:
        """Make it; :meth:`run` reads."""
        self._follow = follow
        self._clock = clock
        self._listeners: dict[str, set[Listener]] = {}

    def listen(self, operator: str, listener: Listener) -> None:
        """Hand ``listener`` what concerns the operators of this number."""
        self._listeners.setdefault(operator, set()).add(listener)

    def leave(self, operator: str, listener: Listener) -> None:
        """Stop that."""
        self._listeners.get(operator, set()).discard(listener)

    async def run(self) -> None:
        """Follow the calls process, and the next when it is replaced, until cancelled."""
        while True:
            try:
                async for event in self._follow():
                    self.take(event)
            except (OSError, json.JSONDecodeError):
                log.debug("the calls process cannot be followed for the moment")
            await self._clock.sleep(_AGAIN_AFTER)
            self.take(None)

    def take(self, event: Mapping[str, Any] | None) -> None:
        """Hand one event on; ``None``: the calls process is another one (for who follows it already)."""
        if event is None:
            self._everybody(None)
            return
        if event.get("type") not in _KINDS:
            return
        state = event.get("state")
        for listener in tuple(self._listeners.get(str(event.get("operator", "")), ())):
            listener(state if isinstance(state, dict) else event)

    def _everybody(self, state: None) -> None:
        for listeners in tuple(self._listeners.values()):
            for listener in tuple(listeners):
                listener(state)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsetParts:
    """What the pages of headsets need."""

    run: Path
    """Folder of the gateway's socket."""
    clock: Clock
    command: Command
    news: DeskNews
    ice: Ice = tuple
    """The STUN and TURN servers headsets are told; raises :class:`~hotline.call.errors.EnvironmentFault`."""
