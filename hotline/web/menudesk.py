"""What pages about menus and prompts work with; implemented in :mod:`hotline.app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hotline.call.errors import Problem
from hotline.ivr.model import Menu
from hotline.ivr.simulate import Walk
from hotline.menubook.book import Menubook
from hotline.menubook.completion import Completion
from hotline.menubook.publishing import Judged

Told = Callable[[int, int, int], None]
"""Gets scenarios run, of how many, and how many went another way."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a glance at a text finds."""

    menu: Menu | None
    """None: it does not hold, or is no menu."""
    problems: tuple[Problem, ...]


class MenuDesk(Protocol):
    """Looks at texts for menus. All but :meth:`judge` block: call them in a thread."""

    @property
    def book(self) -> Menubook:
        """Drafts and history."""
        ...

    def look(self, file: str, text: str) -> Look:
        """Check a text for a file, as it is typed."""
        ...

    def complete(self, file: str, text: str, line: int, column: int) -> Completion:
        """Return what can stand at a place of a text."""
        ...

    def walk(self, menu: Menu, caller: str) -> Walk:
        """Return a simulated call that ``menu`` answers."""
        ...

    async def judge(self, texts: Mapping[str, str], told: Told) -> Judged:
        """Check texts as if they were on disk and run the scenarios they touch, in a process of its own."""
        ...


@dataclass(frozen=True, slots=True)
class PromptLine:
    """One prompt in one language."""

    id: str
    text: str
    """What it says."""
    source: str
    """``own``: recorded or rendered here; ``built``: came with the program; ``missing``."""
    seconds: float | None
    outdated: str
    """Why the sound does not fit the text any more; empty when it does."""
    remarks: tuple[str, ...]
    """What ``hotline prompts check`` says of an own recording."""
    own_text: bool
    recorded: str
    """By whom and when; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A recording that is in service now."""

    seconds: float
    level: float
    """dBFS of the speech, after it was brought to the house's level."""
    remarks: tuple[str, ...]


class PromptDesk(Protocol):
    """What the hotline says. Everything blocks: call it in a thread."""

    def lines(self, language: str) -> list[PromptLine]:
        """Return all prompts of a language."""
        ...

    def sound(self, language: str, prompt: str) -> Path:
        """Return the file that is played; raises ``prompt-unknown``."""
        ...

    def record(self, language: str, prompt: str, sound: bytes, *, by: str) -> Taken:
        """Put a recording in service in the house's form; raises ``prompt-…`` with what is wrong about it."""
        ...

    def back(self, language: str, prompt: str) -> None:
        """Put the built one back in service."""
        ...

    def write(self, language: str, prompt: str, text: str) -> None:
        """Give a prompt another text, or a new one its first; empty: the program's own again."""
        ...

    def without_voice(self) -> str:
        """Return why nothing can be rendered on this machine and what to do; empty when it can."""
        ...

    def render(self, language: str, prompt: str) -> Taken:
        """Speak an own text with the program's voice; takes some seconds."""
        ...
