"""Why the desktop headset cannot begin or go on. Each names the remedy and the exit code."""

from __future__ import annotations

from typing import Any

from hotline.call.errors import HotlineError
from hotline.desktop.wording import Wording

EXIT_GIVEN = 2
"""What was given (address, token, certificate, device) does not hold."""
EXIT_SURROUNDINGS = 3
"""The machine or the network lacks something, or the line was taken over."""
_GIVEN = frozenset(
    {
        "wrong-token", "no-token", "wrong-address", "no-hotline", "wrong-certificate", "bad-ca",
        "unknown-device", "ambiguous-device", "not-a-terminal",
    }
)  # fmt: skip


class HeadsetProblem(HotlineError):
    """The headset cannot be used so; the sentence says what to do. Worded per language."""

    code = "headset"

    def __init__(self, key: str, **facts: Any) -> None:
        """Take the text's key in :mod:`hotline.desktop.wording` and its facts."""
        super().__init__(Wording("en").text(key, **facts), code=f"headset-{key}")
        self.key = key
        self.facts = facts

    @property
    def exit_code(self) -> int:
        """Return 2 when what was given does not hold, 3 when something around it is missing."""
        return EXIT_GIVEN if self.key in _GIVEN else EXIT_SURROUNDINGS

    def worded(self, wording: Wording) -> str:
        """Return the sentence in the operator's language."""
        return wording.text(self.key, **self.facts)
