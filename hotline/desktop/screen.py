"""The operator's screen in a terminal: a few lines that stay where they are, and single keys."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hotline.call.clock import Clock
from hotline.desktop.commands import Ask, Command, Quit, from_key, from_line
from hotline.desktop.situation import Link, Situation
from hotline.desktop.telling import card_rows, state_text
from hotline.desktop.typed import Typed, single_keys
from hotline.desktop.wording import Wording

LINES_KEPT = 6
"""Sentences that stay on the screen."""
REFRESH_EVERY = 0.5
METER_CELLS = 20
QUIETEST = -60.0
"""dB below full scale at which the meter is empty."""
_ENTER, _ESCAPE, _BACKSPACE = ("\r", "\n"), "\x1b", ("\x7f", "\b")


class Screen:
    """Draws the situation and turns keys into commands. Colours only underline what words say."""

    shows_state = True

    def __init__(
        self,
        situation: Situation,
        wording: Wording,
        clock: Clock,
        out: TextIO,
        typed: Typed,
        level: Callable[[], float],
    ) -> None:
        """Draw on ``out``; ``level`` is the microphone's, in dB below full scale."""
        self._situation, self._wording, self._clock = situation, wording, clock
        self._typed, self._level = typed, level
        self._said: deque[str] = deque(maxlen=LINES_KEPT)
        self._asking: Ask | None = None
        self._line = ""
        # rich: NO_COLOR and TERM=dumb are respected
        self._live = Live(console=Console(file=out), auto_refresh=False, get_renderable=self.picture)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Take the terminal over, and give it back as it was."""
        with single_keys(), self._live:
            yield

    def tell(self, text: str) -> None:
        """Keep it for some time among the last sentences."""
        self._said.extend(text.splitlines())
        self.refresh()

    def refresh(self) -> None:
        """Draw."""
        self._live.refresh()

    async def commands(self) -> AsyncIterator[Command]:
        """Return what the keys mean; draws the meter and the passing time meanwhile."""
        ticking = asyncio.create_task(self._tick(), name="screen")
        try:
            async for text in self._typed.chunks():
                for key in keys_of(text):
                    if (command := self.key(key)) is not None:
                        yield command
            yield Quit(anyway=True)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    def key(self, key: str) -> Command | None:
        """Take one key; returns the command that is complete with it."""
        if self._asking is not None:
            return self._answered(key)
        command = from_key(key, self._situation)
        if isinstance(command, Ask):
            self._asking, self._line, command = command, "", None
        self.refresh()
        return command

    def _answered(self, key: str) -> Command | None:
        asking, line = self._asking, self._line
        assert asking is not None
        if key in _ENTER:
            self._asking = None
            self.refresh()
            # without the name that was asked for, the key was pressed by mistake
            return from_line(f"{asking.word} {line}", self._situation) if _enough(asking, line) else None
        if key == _ESCAPE:
            self._asking = None
        elif key in _BACKSPACE:
            self._line = line[:-1]
        elif key.isprintable():
            self._line = line + key
        self.refresh()
        return None

    def picture(self) -> RenderableType:
        """Return the screen as it is now."""
        situation, wording = self._situation, self._wording
        parts: list[RenderableType] = [self._headline()]
        for title, call in (("ring", situation.ringing), ("call", situation.talking)):
            if call is not None:
                parts.append(self._card(title, call.card))
        parts += [Text(line) for line in self._said]
        parts.append(Text(f"{wording.text('level')} {meter(self._level())}"))
        if self._asking is not None:
            parts.append(Text(f"{wording.text(self._asking.question)}{self._line}▏", style="bold"))
        else:
            parts.append(Text(wording.text("help"), style="dim"))
        return Group(*parts)

    def _headline(self) -> Text:
        situation, wording = self._situation, self._wording
        who = f"{situation.operator} {situation.name}".strip()
        if situation.link is not Link.UP:
            return Text(wording.text("connecting"), style="bold")
        style = {"ready": "bold green", "ringing": "bold yellow", "talking": "bold cyan"}
        line = state_text(situation, wording, self._clock.now())
        return Text(f"{who} · {line}", style=style.get(situation.presence, "bold"))

    def _card(self, title: str, card: Mapping[str, str]) -> Panel:
        table = Table.grid(padding=(0, 2))
        for label, value in card_rows(card, self._wording):
            table.add_row(label, Text(value, style="bold"))
        return Panel(table, title=self._wording.text(title), title_align="left", expand=False)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(REFRESH_EVERY)
            self.refresh()


def keys_of(text: str) -> Iterator[str]:
    """Return single keys; sequences of arrow and function keys are left out (ECMA-48: ESC [ … final byte)."""
    position = 0
    while position < len(text):
        if text[position] == _ESCAPE and text[position + 1 : position + 2] in ("[", "O"):
            position += 2
            while position < len(text) and not "@" <= text[position] <= "~":
                position += 1
        else:
            yield text[position]
        position += 1


def meter(level: float) -> str:
    """Return a loudness in dB below full scale as a bar of fixed width."""
    filled = round(METER_CELLS * min(1.0, max(0.0, 1 - level / QUIETEST)))
    return "█" * filled + "·" * (METER_CELLS - filled)


def _enough(asking: Ask, line: str) -> bool:
    return bool(line.strip()) or asking.word == "pause"


def is_dumb() -> bool:
    """Say whether the terminal cannot place text: the line mode is for those."""
    return os.environ.get("TERM", "") in ("", "dumb")
