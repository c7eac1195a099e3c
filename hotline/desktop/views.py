"""The line mode: one sentence a line out, one command a line in. For screen readers and scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, TextIO

from hotline.desktop.commands import Command, Quit, from_line
from hotline.desktop.situation import Situation
from hotline.desktop.typed import Typed


class View(Protocol):
    """Where the operator reads and types."""

    shows_state: bool
    """The situation is in sight anyway: its changes need not be told."""

    def commands(self) -> AsyncIterator[Command]:
        """Return what the operator wants, as they want it; ends when they have gone."""
        ...

    def tell(self, text: str) -> None:
        """Show one sentence, which may have several lines."""
        ...

    def refresh(self) -> None:
        """Show what has changed in the situation."""
        ...


class LineView:
    """Prints and reads lines. The end of the input means the same as ``quit``."""

    shows_state = False

    def __init__(self, situation: Situation, out: TextIO, typed: Typed) -> None:
        """Write to ``out``, read from ``typed``."""
        self._situation, self._out, self._typed = situation, out, typed

    async def commands(self) -> AsyncIterator[Command]:
        """Return the commands of the lines; then the end."""
        async for line in self._typed.lines():
            if (command := from_line(line, self._situation)) is not None:
                yield command
        yield Quit()
        yield Quit(anyway=True)

    def tell(self, text: str) -> None:
        """Print it, at once: whoever listens waits for it."""
        print(text, file=self._out, flush=True)

    def refresh(self) -> None:
        """Do nothing: what is new has been told."""
