"""Ways out of a step that are not its own endings."""

from __future__ import annotations


class Jump(Exception):
    """Leave the step at once for another one: an everywhere key, the emergency."""

    def __init__(self, step: str, *, emergency: bool = False) -> None:
        """Go to ``step``."""
        super().__init__(step)
        self.step = step
        self.emergency = emergency


class CallerLeft(Exception):
    """The caller hung up; a step that has to go on without them catches it."""


class Summoned(Exception):
    """The operators' queue has news that break off whatever the waiting caller is doing."""


class LoopWithoutInput(Exception):
    """Steps lead to each other without ever waiting for anybody; the loader refuses such menus."""
