"""What versions and drafts are called, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from hotline.call.errors import HotlineError, Problem

MOST_BYTES = 500_000
"""Of one file, nine times the shipped menu: the browser's connection carries 1 MB at once, in all."""
LONGEST_REASON = 500


class Kind(StrEnum):
    """How a version came to be."""

    FIRST = "first"
    """What was there when somebody first looked."""
    PUBLISHED = "published"
    ROLLBACK = "rollback"
    DISK = "disk"
    """Changed on disk, past this program."""
    GONE = "gone"
    """The file was deleted."""


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class MenuRefused(HotlineError):
    """Something about a menu's file, draft or version that cannot be done; nothing was changed."""

    code = "menu-refused"


class MenuTooLarge(MenuRefused):
    """A text beyond :data:`MOST_BYTES`."""

    code = "menu-too-large"

    def __init__(self, size: int) -> None:
        """Name the size in bytes."""
        super().__init__(
            f"The text has {size:,} bytes; a menu has at most {MOST_BYTES:,}. Nothing was stored of it, and "
            "nothing was lost: split it into several menus."
        )


class MenuChanged(MenuRefused):
    """The file is not any more what the draft was taken from."""

    code = "menu-changed"

    def __init__(self, file: str, *, base: str, theirs: str, mine: str) -> None:
        """Carry the three contents."""
        super().__init__(
            f"{file}.yaml was changed since this text was taken from it. Nothing was published: compare "
            "both, then go on from the present file."
        )
        self.file = file
        self.base = base
        self.theirs = theirs
        self.mine = mine


class DraftChanged(MenuRefused):
    """Somebody else, or another window, saved the same draft."""

    code = "menu-draft-changed"

    def __init__(self, draft: int, by: str) -> None:
        """Name the draft and who saved it."""
        super().__init__(f"Draft {draft} was saved by {by} meanwhile; what you typed was not put over it.")
        self.by = by


class MenuHasMistakes(MenuRefused):
    """A text that does not hold is not published."""

    code = "menu-has-mistakes"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Carry every mistake."""
        super().__init__(
            "Not published, the menu does not hold:\n" + "\n".join(str(problem) for problem in problems)
        )
        self.problems = tuple(problems)


class ScenariosFail(MenuRefused):
    """Scenarios went another way than written."""

    code = "menu-scenarios-fail"

    def __init__(self, failed: int, total: int) -> None:
        """Name how many."""
        super().__init__(
            f"Not published: {failed} of {total} scenarios went another way than written. Mend the menu or "
            "the scenarios, or publish it all the same on purpose."
        )
