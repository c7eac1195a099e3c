"""Calls tried in the browser: each walks a menu on virtual time in a thread of its own, waiting for keys."""

from __future__ import annotations

import asyncio
import queue
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hotline.call.audio import Clip
from hotline.call.errors import HotlineError
from hotline.call.scripted import Heard
from hotline.ivr.simulate import Walk

MOST = 20
"""Calls tried at once in one process; the oldest gives way."""
IDLE = 600.0
"""Seconds after which nobody is thought to come back to a tried call."""
ANSWERS_WITHIN = 20.0
LONGEST_LINE = 200


class TrialGone(HotlineError):
    """A tried call that is over, or was given up."""

    code = "trial-call-gone"


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said until the caller's turn."""

    said: tuple[str, ...]
    sounds: tuple[tuple[str, str], ...]
    """(language, prompt) in the order they were played."""
    outcome: str | None = None
    """How the call ended; ``None`` while it goes on."""


class _TriedCall:
    """One of them: the walk asks in its thread, the page answers from the event loop."""

    def __init__(self, walk: Walk, owner: str) -> None:
        self.owner = owner
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._turns: queue.Queue[Turn | None] = queue.Queue()
        self._said: list[str] = []
        self._sounds: list[tuple[str, str]] = []
        self._walk = replace(walk, hear=self._hear)
        # daemons: a forgotten call must not keep the process from ending
        threading.Thread(target=self._run, name="tried-call", daemon=True).start()

    def answer(self, line: str | None) -> None:
        """Press, say or (``None``) hang up."""
        self._lines.put(line)

    async def turn(self) -> Turn:
        """Return what is said next."""
        try:
            found = await asyncio.to_thread(self._turns.get, True, ANSWERS_WITHIN)
        except queue.Empty:
            found = None
        if found is None:
            raise TrialGone("This call failed: the menu goes in circles, or asks for what is not there.")
        return found

    def _run(self) -> None:
        outcome: str | None = None
        try:
            outcome = self._walk.run(self._ask, self._said.append)
        finally:
            self._turns.put(self._taken(outcome) if outcome is not None else None)

    def _ask(self, _prompt: str) -> str:
        self._turns.put(self._taken(None))
        try:
            line = self._lines.get(timeout=IDLE)
        except queue.Empty:
            line = None
        if line is None:
            raise EOFError
        return line

    def _hear(self, sounds: Sequence[Heard]) -> None:
        for heard in sounds:
            if isinstance(heard.item, Clip) and len(heard.item.path.parts) == 2:
                self._sounds.append((heard.item.path.parts[0], heard.item.path.name))

    def _taken(self, outcome: str | None) -> Turn:
        turn = Turn(tuple(self._said), tuple(self._sounds), outcome)
        self._said.clear()
        self._sounds.clear()
        return turn


class TrialCalls:
    """All of them in this process."""

    def __init__(self) -> None:
        """None yet."""
        self._calls: dict[str, _TriedCall] = {}

    async def begin(self, walk: Walk, owner: str) -> tuple[str, Turn]:
        """Let a call ring; returns its name and what is said first."""
        while len(self._calls) >= MOST:
            self._calls.pop(next(iter(self._calls))).answer(None)
        name = secrets.token_urlsafe(9)
        call = self._calls[name] = _TriedCall(walk, owner)
        return name, await self._next(name, call)

    async def answer(self, name: str, line: str | None, owner: str) -> Turn:
        """Press keys, say something, stay silent (empty) or hang up (``None``).

        Raises :class:`TrialGone`.
        """
        call = self._calls.get(name)
        if call is None or call.owner != owner:
            raise TrialGone("This call is over: begin another one.")
        call.answer(None if line is None else line[:LONGEST_LINE])
        return await self._next(name, call)

    async def _next(self, name: str, call: _TriedCall) -> Turn:
        try:
            turn = await call.turn()
        except TrialGone:
            self._calls.pop(name, None)
            raise
        if turn.outcome is not None:
            self._calls.pop(name, None)
        return turn
